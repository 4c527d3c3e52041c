"""SFTP keeps the contract, with a server in pure Python and with OpenSSH."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr, ValidationError

from blocks.endpoint import AfterPickup, Endpoint, Staged
from blocks.names import Encoding
from blocks.sftp import SftpServer
from blocks.ssh_key import SshKey
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import listed, parcel_of, reached
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    NetworkContract,
    RefusalContract,
)
from tests.servers.openssh import RunningOpenssh, openssh_server
from tests.servers.proxy import Fault, proxy_to
from tests.servers.sftp import RunningSftp, sftp_server
from transforms.errors import AccessRefused, IdentityUnknown, NameNotAllowed, Unreachable

OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")


@cache
def private_key(kind: str) -> asyncssh.SSHKey:
    """Make one key of a kind: those of RSA take their time."""
    return asyncssh.generate_private_key(kind)


@pytest.fixture(scope="session")
def asyncssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSftp]:
    """Run one server for all tests; each finds it empty."""
    with sftp_server(tmp_path_factory.mktemp("sftp") / "root") as server:
        yield server


@pytest.fixture(scope="session")
def openssh() -> Iterator[RunningOpenssh]:
    """Run one sshd for all tests; each finds it empty."""
    with openssh_server() as server:
        yield server


def empty(root: Path) -> None:
    """Remove everything in a directory."""
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class TestAsyncssh(EndpointContract, NetworkContract):
    """With password, and a base directory at the server's root."""

    @pytest.fixture
    def door(self, asyncssh_server: RunningSftp) -> BackDoor:
        """Return the back door."""
        return FolderDoor(asyncssh_server.root)

    @pytest.fixture
    def endpoint(self, asyncssh_server: RunningSftp) -> SftpServer:
        """Return the endpoint on the emptied server."""
        empty(asyncssh_server.root)
        return SftpServer(
            host="127.0.0.1",
            port=asyncssh_server.port,
            user=asyncssh_server.user,
            password=SecretStr(asyncssh_server.password),
            host_key=asyncssh_server.host_key,
        )

    @pytest.fixture
    def variants(self, endpoint: SftpServer) -> Variants:
        """Return the endpoint, set up wrongly."""
        return _variants(
            endpoint,
            SftpServer(**_fields(endpoint) | {"password": SecretStr("wr0ng-s3cret")}),
            "wr0ng-s3cret",
        )


class TestOpenssh(EndpointContract, RefusalContract):
    """With a key, and a base directory below the one that login opens."""

    @pytest.fixture
    def door(self, openssh: RunningOpenssh) -> BackDoor:
        """Return the back door."""
        return FolderDoor(openssh.root / "hub ü")

    @pytest.fixture
    def endpoint(self, openssh: RunningOpenssh) -> SftpServer:
        """Return the endpoint on the emptied server."""
        empty(openssh.root)
        (openssh.root / "hub ü").mkdir()
        return SftpServer(
            host="127.0.0.1",
            port=openssh.port,
            user=openssh.user,
            key=SshKey(private_key=SecretStr(openssh.private_key)),
            host_key=openssh.host_keys[0],
            directory="hub ü",
        )

    def test_a_key_that_is_not_the_accounts_is_refused_and_not_shown(
        self, endpoint: SftpServer
    ) -> None:
        stranger = OTHER_KEY.export_private_key().decode()
        with pytest.raises(AccessRefused) as caught:
            reached(
                SftpServer(**_fields(endpoint) | {"key": SshKey(private_key=SecretStr(stranger))})
            )
        assert not isinstance(caught.value, IdentityUnknown)
        assert not any(line in str(caught.value) for line in stranger.splitlines()[1:-1])

    def test_a_changed_host_key_is_told_with_the_new_one(
        self, openssh: RunningOpenssh, endpoint: SftpServer
    ) -> None:
        former = OTHER_KEY.export_public_key().decode()
        with pytest.raises(IdentityUnknown, match="not the pinned one") as caught:
            reached(SftpServer(**_fields(endpoint) | {"host_key": former}))
        assert any(key in caught.value.remedy for key in openssh.host_keys)

    @pytest.mark.parametrize("kind", [0, 1, 2])
    def test_each_kind_of_host_key_can_be_pinned(
        self, openssh: RunningOpenssh, endpoint: SftpServer, kind: int
    ) -> None:
        pinned = openssh.host_keys[kind]
        printed = asyncssh.import_public_key(pinned).get_fingerprint()
        names = ("ED25519", "ECDSA", "RSA")
        for text in (f"# ours\n[127.0.0.1]:22 {pinned}\n", f"256 {printed} hub ({names[kind]})"):
            reached(SftpServer(**_fields(endpoint) | {"host_key": text}))

    @pytest.mark.parametrize("encoding", list(Encoding))
    def test_names_of_any_encoding_are_listed_fetched_moved_and_delivered(
        self, openssh: RunningOpenssh, endpoint: SftpServer, tmp_path: Path, encoding: Encoding
    ) -> None:
        empty(openssh.root)
        # The second is no UTF-8, and its bytes are none of CP1252's: they are kept all the same.
        names = ["Gebäude ß.xml".encode(encoding), b"\x81 \xe4.xml"]
        for raw in names:
            (openssh.root / os.fsdecode(raw)).write_bytes(raw)
        server = SftpServer(**_fields(endpoint) | {"directory": "", "encoding": encoding})
        with server.connect() as connection:
            files = {file.name: file for file in connection.list_files("", recursive=False)}
            assert set(files) == {raw.decode(encoding, "surrogateescape") for raw in names}
            for name, file in files.items():
                to = tmp_path / f"{file.size}"
                connection.fetch(file, to)
                assert to.read_bytes() == name.encode(encoding, "surrogateescape")
            connection.acknowledge(files["Gebäude ß.xml"], AfterPickup.MOVE, "Ämter")
            parcel = parcel_of(tmp_path, name="Bescheid ü.xml")
            connection.publish(parcel, connection.stage(parcel))
        there = {"Ämter".encode(encoding), names[1], "Bescheid ü.xml".encode(encoding)}
        assert {os.fsencode(path.name) for path in openssh.root.iterdir()} == there

    def test_links_are_nothing_to_be_taken(
        self, openssh: RunningOpenssh, endpoint: SftpServer, door: BackDoor
    ) -> None:
        door.put_raw("ein/a.xml", b"x")
        base = openssh.root / "hub ü"
        (base / "link.xml").symlink_to(base / "ein" / "a.xml")
        (base / "loop").symlink_to(base)
        (base / "nowhere").symlink_to("missing")
        with endpoint.connect() as connection:
            assert listed(connection, recursive=True) == {"ein/a.xml"}
            assert listed(connection, "loop/ein") == {"loop/ein/a.xml"}


def test_a_full_send_buffer_is_no_reason_to_wait_for_ever(
    asyncssh_server: RunningSftp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a real line the kernel takes far less ahead than on this machine's own."""

    def narrow(address: tuple[str, int], timeout: float | None = None) -> socket.socket:
        sock = connect(address, timeout)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        return sock

    connect = socket.create_connection
    with proxy_to(asyncssh_server.port) as proxy:
        server = SftpServer(
            host="127.0.0.1",
            port=proxy.port,
            user=asyncssh_server.user,
            password=SecretStr(asyncssh_server.password),
            host_key=asyncssh_server.host_key,
            idle_seconds=2,
        )
        monkeypatch.setattr(socket, "create_connection", narrow)
        with server.connect() as connection:
            monkeypatch.undo()
            proxy.after_upload_of(1 << 20, Fault.HANG)
            with pytest.raises(Unreachable):
                connection.stage(parcel_of(tmp_path, bytes(8 << 20), "a.bin"))


def test_a_name_that_the_encoding_lacks_is_replaced_or_refused(
    asyncssh_server: RunningSftp, tmp_path: Path
) -> None:
    empty(asyncssh_server.root)
    server = SftpServer(
        host="127.0.0.1",
        port=asyncssh_server.port,
        user=asyncssh_server.user,
        password=SecretStr(asyncssh_server.password),
        host_key=asyncssh_server.host_key,
        encoding=Encoding.LATIN_1,
    )
    assert server.allowed_name("数 ü €.xml") == "_ ü _.xml"
    with pytest.raises(NameNotAllowed):
        SftpServer(**_fields(server) | {"replacement": ""}).allowed_name("€.xml")
    parcels = [parcel_of(tmp_path, b"x", name) for name in ("€.xml", "ü.xml")]
    with server.connect() as connection:
        refused, staged = connection.stage_many(parcels)
        assert isinstance(refused, NameNotAllowed)
        assert isinstance(staged, Staged)
        connection.publish(parcels[1], staged)
        assert listed(connection) == {"ü.xml"}
    assert [os.fsencode(path.name) for path in asyncssh_server.root.iterdir()] == [
        "ü.xml".encode("latin-1")
    ]


def test_an_unpinned_server_shows_what_to_paste(asyncssh_server: RunningSftp) -> None:
    empty(asyncssh_server.root)
    server = SftpServer(
        host="127.0.0.1",
        port=asyncssh_server.port,
        user=asyncssh_server.user,
        password=SecretStr(asyncssh_server.password),
    )
    with pytest.raises(IdentityUnknown) as caught:
        reached(server)
    assert asyncssh_server.host_key in caught.value.remedy
    printed = asyncssh.import_public_key(asyncssh_server.host_key).get_fingerprint()
    assert printed in caught.value.remedy
    pinned = {"host_key": printed}
    assert "0 files" in reached(SftpServer(**_fields(server) | pinned), "/")


@pytest.mark.parametrize("text", ["hello", "ssh-ed25519", "ssh-ed25519 !!!", "SHA256:short"])
def test_a_host_key_that_is_none_is_refused_in_the_form(text: str) -> None:
    with pytest.raises(ValidationError, match="is no host key"):
        SftpServer(host="sftp.example", user="hub", host_key=text)


@pytest.mark.parametrize("one_line", [False, True])
@pytest.mark.parametrize(
    ("kind", "form", "passphrase"),
    [
        ("ssh-ed25519", "openssh", ""),
        ("ssh-ed25519", "openssh", "p4ss phrase"),
        ("ssh-ed25519", "pkcs8-pem", "p4ss phrase"),
        ("ecdsa-sha2-nistp384", "openssh", ""),
        ("ecdsa-sha2-nistp256", "pkcs1-pem", ""),
        ("ssh-rsa", "openssh", ""),
        ("ssh-rsa", "pkcs1-pem", ""),
        ("ssh-rsa", "pkcs8-pem", "p4ss phrase"),
    ],
)
def test_keys_of_every_usual_form_are_read(
    kind: str, form: str, passphrase: str, *, one_line: bool
) -> None:
    key = private_key(kind)
    text = key.export_private_key(form, passphrase or None, rounds=50).decode()
    if one_line:
        text = text.replace("\n", " ")
    loaded = SshKey(private_key=SecretStr(text), passphrase=SecretStr(passphrase)).load_key()
    assert loaded.get_base64() == key.export_public_key().decode().split()[1]


@pytest.mark.parametrize(("given", "used"), [("", "wr0ng"), ("p4ss", ""), ("p4ss", "wr0ng")])
def test_a_wrong_passphrase_says_so_and_is_not_shown(given: str, used: str) -> None:
    text = OTHER_KEY.export_private_key(passphrase=given or None, rounds=50).decode()
    with pytest.raises(AccessRefused, match="passphrase") as caught:
        SshKey(private_key=SecretStr(text), passphrase=SecretStr(used)).load_key()
    assert "wr0ng" not in str(caught.value)
    assert text.splitlines()[1] not in str(caught.value)


def test_a_text_that_is_no_key_says_so() -> None:
    with pytest.raises(AccessRefused, match="cannot be read"):
        SshKey(private_key=SecretStr("PuTTY-User-Key-File-3: ssh-ed25519")).load_key()


@pytest.mark.usefixtures("prefect_server")
def test_a_server_and_its_key_are_saved_and_loaded() -> None:
    SshKey(private_key=SecretStr("the key")).save("hub-key", overwrite=True)
    key = SshKey.load("hub-key")
    assert isinstance(key, SshKey)
    SftpServer(host="sftp.example", user="hub", key=key).save("by-key", overwrite=True)
    SftpServer(host="sftp.example", user="hub", password=SecretStr("pw")).save(
        "by-password", overwrite=True
    )
    by_key, by_password = SftpServer.load("by-key"), SftpServer.load("by-password")
    assert isinstance(by_key, SftpServer)
    assert isinstance(by_password, SftpServer)
    assert by_key.label == "by-key"
    assert by_key.key is not None
    assert by_key.key.private_key.get_secret_value() == "the key"
    assert by_password.key is None
    assert by_password.password.get_secret_value() == "pw"


def _fields(server: SftpServer) -> dict[str, Any]:
    return {name: getattr(server, name) for name in type(server).model_fields}


def _variants(endpoint: SftpServer, wrong_secret: Endpoint, *secrets: str) -> Variants:
    fields = _fields(endpoint)
    stranger = OTHER_KEY.export_public_key().decode()
    return Variants(
        port=endpoint.port,
        by_port=lambda port: SftpServer(**fields | {"port": port}),
        wrong_secret=wrong_secret,
        secrets=secrets,
        unknown_identity=SftpServer(**fields | {"host_key": stranger}),
        missing_directory=SftpServer(**fields | {"directory": "gibt es nicht"}),
    )
