"""SMB keeps the contract, with Samba."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from blocks.endpoint import AfterPickup, Connection, Locking, RemoteFile
from blocks.names import fitted
from blocks.smb import Authentication, SmbShare
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import listed, one, parcel_of, reached
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    NetworkContract,
    RefusalContract,
)
from tests.servers.samba import RunningSamba, samba_server
from transforms.errors import (
    AccessRefused,
    EndpointError,
    FileMissing,
    Locked,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

LARGE = b"0123456789abcdef" * (5 << 16)
"""5 MiB: more than are in flight at a time."""


@pytest.fixture(scope="module")
def samba() -> Iterator[RunningSamba]:
    """Run one smbd for all tests; each finds it empty."""
    with samba_server() as server:
        yield server


def share_at(server: RunningSamba, **fields: Any) -> SmbShare:
    """Return the endpoint on a server."""
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "share": "data",
        "username": server.user,
        "password": SecretStr(server.password),
    }
    return SmbShare(**given | fields)


def empty(root: Path) -> None:
    """Remove everything in a directory."""
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class TestSamba(EndpointContract, NetworkContract, RefusalContract):
    """Signed, below a base directory."""

    def carries(self, name: str) -> bool:
        """Tell whether Windows takes the name."""
        return fitted(name, where="", windows=True) == name

    @pytest.fixture
    def door(self, samba: RunningSamba) -> BackDoor:
        """Return the back door."""
        return FolderDoor(samba.root / "hub ü" / "ein")

    @pytest.fixture
    def endpoint(self, samba: RunningSamba) -> SmbShare:
        """Return the endpoint on the emptied server."""
        empty(samba.root)
        (samba.root / "hub ü" / "ein").mkdir(parents=True)
        return share_at(samba, directory="hub ü/ein")

    @pytest.fixture
    def variants(self, samba: RunningSamba, endpoint: SmbShare) -> Variants:
        """Return the endpoint, set up wrongly."""
        base = {"directory": endpoint.directory}
        return Variants(
            port=samba.port,
            by_port=lambda port: share_at(samba, port=port, **base),
            wrong_secret=share_at(samba, password=SecretStr("wr0ng-s3cret")),
            secrets=("wr0ng-s3cret", samba.password),
            unknown_identity=None,
            missing_directory=share_at(samba, directory="gibt es nicht"),
        )


def there_and_back(share: SmbShare, place: Path) -> None:
    """Deliver a large file and several small ones, list them, and fetch them again."""
    sizes = [len(LARGE), 0, 1, 30_000, 70_000]
    parcels = [parcel_of(place, LARGE[:size], f"{number}.bin") for number, size in enumerate(sizes)]
    with share.connect() as connection:
        staged = connection.stage_many(parcels)
        assert not [answer for answer in staged if isinstance(answer, EndpointError)]
        for parcel, where in zip(parcels, staged, strict=True):
            assert not isinstance(where, EndpointError)
            connection.publish(parcel, where)
        files = sorted(connection.list_files("", recursive=False), key=lambda file: file.name)
        assert [file.size for file in files] == sizes
        fetched = connection.fetch_many([(file, place / file.name) for file in files])
    assert fetched == [parcel.fingerprint for parcel in parcels]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("server max protocol = SMB2_02",), "SMB 2.0.2"),
        (("server max protocol = SMB2_10", "server signing = mandatory"), "SMB 2.1.0"),
        (("server max protocol = SMB3_00", "server smb encrypt = required"), "AES-128-CCM"),
        (("server smb encrypt = required",), "SMB 3.1.1, signatures offered, encryption AES-128"),
        (("server signing = mandatory",), "signatures required by the server"),
    ],
)
def test_every_dialect_signed_and_encrypted(
    tmp_path: Path, options: tuple[str, ...], shown: str
) -> None:
    with samba_server(*options) as server:
        share = share_at(server, require_signing=False)
        there_and_back(share, tmp_path)
        assert shown in reached(share)


def test_what_the_block_requires_is_used(samba: RunningSamba, tmp_path: Path) -> None:
    empty(samba.root)
    there_and_back(share_at(samba, require_encryption=True), tmp_path)
    with samba_server("server smb encrypt = off") as server:
        reached(share_at(server))
        with pytest.raises(NotSupported, match="encryption"):
            reached(share_at(server, require_encryption=True))


def test_a_guest_is_refused(tmp_path: Path) -> None:
    del tmp_path
    with samba_server("map to guest = Bad Password") as server:
        wrong = {"password": SecretStr("wr0ng"), "authentication": Authentication.NTLM}
        for sign in (True, False):
            with pytest.raises((AccessRefused, NotSupported), match="guest"):
                reached(share_at(server, require_signing=sign, **wrong))


def test_an_unknown_share_and_a_dead_server_are_told(samba: RunningSamba) -> None:
    with pytest.raises(AccessRefused, match="no share"):
        reached(share_at(samba, share="gibt-es-nicht"))
    with samba_server() as mortal:
        dying = share_at(mortal)
        context = dying.connect()
        connection = context.__enter__()
    with pytest.raises(Unreachable):
        listed(connection)
    assert not connection.is_alive()
    context.__exit__(None, None, None)


@pytest.mark.parametrize(
    "said", [b"\0\0\0\x50" + b"\xfeSMB" + b"x" * 76, b"HTTP/1.1 400 Bad\r\n\r\n"]
)
def test_a_server_that_speaks_something_else_is_told(samba: RunningSamba, said: bytes) -> None:
    def answer() -> None:
        for _ in range(2):
            with listener.accept()[0] as line:
                line.recv(1 << 16)
                line.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        stranger = threading.Thread(target=answer)
        stranger.start()
        share = share_at(samba, port=listener.getsockname()[1])
        with pytest.raises(Unreachable), share.connect():
            pass
        with pytest.raises(Unreachable):
            list(share.greet())
        stranger.join()


def test_kerberos_without_its_packages_says_so(samba: RunningSamba) -> None:
    share = share_at(samba, authentication=Authentication.KERBEROS, domain="rathaus.example")
    with pytest.raises(AccessRefused, match="gssapi"):
        reached(share)


@pytest.mark.parametrize(
    ("domain", "authentication", "expected"),
    [
        ("", "NTLM", "hub"),
        ("RATHAUS", "NTLM", "RATHAUS\\hub"),
        ("RATHAUS", "NEGOTIATE", "RATHAUS\\hub"),
        ("rathaus.example", "NEGOTIATE", "hub@RATHAUS.EXAMPLE"),
        ("rathaus", "KERBEROS", "hub@RATHAUS"),
    ],
)
def test_the_account_is_named_as_the_login_wants_it(
    domain: str, authentication: str, expected: str
) -> None:
    share = SmbShare(
        host="files.example",
        share="austausch",
        username="hub",
        domain=domain,
        authentication=Authentication(authentication),
    )
    assert share.account.user == expected


def test_the_form_refuses_what_leaves_the_share() -> None:
    for wrong in ({"directory": "ein/../.."}, {"directory": "a:b"}, {"share": "a\\b"}):
        with pytest.raises(ValidationError):
            SmbShare.model_validate({"host": "files.example", "share": "austausch", **wrong})
    share = SmbShare(host="files.example", share="austausch", directory="\\ein\\bau/")
    assert share.directory == "ein/bau"


def test_names_that_windows_cannot_hold(samba: RunningSamba, tmp_path: Path) -> None:
    share = share_at(samba)
    assert share.allowed_name('a:b?"c".') == "a_b__c__"
    assert share.allowed_name("CON.xml") == "CON_.xml"
    with pytest.raises(NameNotAllowed):
        share_at(samba, replacement="").allowed_name("a?.xml")
    empty(samba.root)
    (samba.root / "a.xml").write_bytes(b"x")
    with share.connect() as connection:
        for name in ("a.xml:strom", "a.xml.", "a.xml ", "nul", "a?.xml"):
            with pytest.raises(NameNotAllowed):
                connection.stage(parcel_of(tmp_path, b"y", name))
    assert [path.name for path in samba.root.iterdir()] == ["a.xml"]


Verb = Callable[[Connection, RemoteFile, Path], object]

VERBS: tuple[Verb, ...] = (
    lambda connection, _, place: connection.stage(parcel_of(place, name="neu.xml")),
    lambda connection, file, _: connection.acknowledge(file, AfterPickup.DELETE),
    lambda connection, file, _: connection.lock(file, "hub", Locking.RENAME),
    lambda connection, file, _: connection.acknowledge(file, AfterPickup.MOVE, "fertig"),
)


def test_what_a_share_does_not_permit_is_told(samba: RunningSamba, tmp_path: Path) -> None:
    empty(samba.root)
    (samba.root / "a.xml").write_bytes(b"x")
    with share_at(samba, share="readonly").connect() as connection:
        file = one(connection, "a.xml")
        for act in VERBS:
            with pytest.raises(AccessRefused):
                act(connection, file, tmp_path)
    assert [path.name for path in samba.root.iterdir()] == ["a.xml"]


def test_what_somebody_has_open_is_temporarily_locked(samba: RunningSamba, tmp_path: Path) -> None:
    empty(samba.root)
    (samba.root / "a.xml").write_bytes(b"x")
    share = share_at(samba)
    with share.connect() as theirs, share.connect() as mine:
        file = one(mine, "a.xml")
        assert theirs.lock(file, "theirs", Locking.SERVER_LOCK)
        with pytest.raises(Locked):
            mine.fetch(file, tmp_path / "to")
        with pytest.raises(Locked):
            mine.acknowledge(file, AfterPickup.DELETE)
        how = Locking.SERVER_LOCK
        parcel = parcel_of(tmp_path, b"new", "a.xml", overwrite=True, locking=how)
        staged = mine.stage(parcel)
        with pytest.raises(Locked):
            mine.publish(parcel, staged)
        theirs.unlock(file, "theirs", Locking.SERVER_LOCK)
        mine.publish(parcel, staged)
    assert (samba.root / "a.xml").read_bytes() == b"new"


def test_a_file_that_is_held_is_moved_and_replaced_by_its_holder(
    samba: RunningSamba, tmp_path: Path
) -> None:
    empty(samba.root)
    (samba.root / "a.xml").write_bytes(b"x")
    share = share_at(samba)
    with share.connect() as mine, share.connect() as theirs:
        file = one(mine, "a.xml")
        assert mine.lock(file, "mine", Locking.SERVER_LOCK)
        mine.acknowledge(file, AfterPickup.MOVE, "fertig")
        mine.unlock(file, "mine", Locking.SERVER_LOCK)
        moved = one(theirs, "fertig/a.xml")
        assert theirs.fetch(moved, tmp_path / "to").size == 1
        parcel = parcel_of(
            tmp_path,
            b"new",
            "a.xml",
            directory="fertig",
            overwrite=True,
            locking=Locking.SERVER_LOCK,
        )
        mine.publish(parcel, mine.stage(parcel))
    assert (samba.root / "fertig" / "a.xml").read_bytes() == b"new"


def test_a_file_that_is_still_written_is_locked(samba: RunningSamba, tmp_path: Path) -> None:
    empty(samba.root)
    share = share_at(samba)
    writer = share.open_driver()

    def chunks() -> Iterator[bytes]:
        yield b"first half"
        with share.connect() as connection, pytest.raises(Locked):
            connection.fetch(one(connection, "a.xml"), tmp_path / "to")
        yield b"second half"

    try:
        writer.write("a.xml", chunks(), 21)
    finally:
        writer.close()
    assert (samba.root / "a.xml").read_bytes() == b"first halfsecond half"


def test_two_hubs_never_take_the_same_file(samba: RunningSamba) -> None:
    empty(samba.root)
    for number in range(60):
        (samba.root / f"{number}.xml").write_bytes(b"x")
    taken: list[str] = []
    start = threading.Barrier(2)

    def take(owner: str) -> None:
        with share_at(samba).connect() as connection:
            files = sorted(connection.list_files("", recursive=False), key=lambda file: file.path)
            start.wait()
            for file in files:
                try:
                    held = connection.lock(file, owner, Locking.SERVER_LOCK)
                except FileMissing:
                    continue
                if held and connection.acknowledge(held, AfterPickup.DELETE) == "deleted":
                    taken.append(file.path)
                connection.unlock(file, owner, Locking.SERVER_LOCK)

    threads = [threading.Thread(target=take, args=(owner,)) for owner in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"{number}.xml" for number in range(60))
    assert not list(samba.root.iterdir())
