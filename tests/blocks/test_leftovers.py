"""What dead runs left is found by exactly our names, and nothing else is ever touched."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from blocks import s3_parts, s3_target
from blocks.endpoint import Can, Connection, Endpoint, Leftover, Locking, Remains, RemoteFile
from blocks.local import LocalFolder
from blocks.s3 import S3Bucket
from blocks.sftp import SftpServer
from tests.blocks.contract.parts import BackDoor, FolderDoor, needs, one, parcel_of
from tests.servers.s3 import RunningS3, S3Door, moto_server
from tests.servers.sftp import RunningSftp, sftp_server
from transforms.errors import FileChanged

KEY = "0123456789abcdef" * 2
EXECUTION = "6f1c2f6e-3c1f-4c3e-9d0a-0a1b2c3d4e5f"


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSftp]:
    with sftp_server(tmp_path_factory.mktemp("sftp") / "root") as server:
        yield server


@pytest.fixture(scope="module")
def moto() -> Iterator[RunningS3]:
    with moto_server() as server:
        yield server


def bucket(server: RunningS3, prefix: str, staging: str = "") -> S3Bucket:
    return S3Bucket(
        url=server.url,
        bucket=server.bucket,
        access_key=server.access_key,
        secret_key=SecretStr(server.secret_key),
        prefix=prefix,
        staging_prefix=staging,
    )


@pytest.fixture(params=["local", "sftp", "s3"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Endpoint, BackDoor]:
    """Return an endpoint that is empty, and its back door."""
    place = secrets.token_hex(4)
    if request.param == "s3":
        moto: RunningS3 = request.getfixturevalue("moto")
        return bucket(moto, place), S3Door(moto.client(), place)
    if request.param == "local":
        root = tmp_path / "served" / "root"
        root.mkdir(parents=True)
        return LocalFolder(directory=str(root)), FolderDoor(root)
    server: RunningSftp = request.getfixturevalue("sftp")
    (server.root / place).mkdir()
    endpoint = SftpServer(
        host="127.0.0.1",
        port=server.port,
        user=server.user,
        password=SecretStr(server.password),
        host_key=server.host_key,
        directory=place,
    )
    return endpoint, FolderDoor(server.root / place)


@pytest.fixture
def endpoint(served: tuple[Endpoint, BackDoor]) -> Endpoint:
    return served[0]


@pytest.fixture
def door(served: tuple[Endpoint, BackDoor]) -> BackDoor:
    return served[1]


@pytest.fixture
def connection(endpoint: Endpoint) -> Iterator[Connection]:
    with endpoint.connect() as opened:
        yield opened


def found(
    connection: Connection, directory: str = "", *, recursive: bool = False
) -> dict[str, Leftover]:
    listed = connection.leftovers(directory, recursive=recursive)
    return {leftover.path: leftover for leftover in listed}


OTHERS = {
    f".govmanager-{KEY}": b"x",
    f".govmanager-{KEY.upper()}.part": b"x",
    f".govmanager-{KEY}0.part": b"x",
    f"a.govmanager-{KEY}.part": b"x",
    f".govmanager-{KEY}.part.xml": b"x",
    f"{KEY}.part": b"x",
    "Antrag.xml.part": b"x",
    "a.xml": KEY.encode(),
    "a.xml.lock": b"somebody else",
    "b.xml.lock": KEY.encode() + b"\n",
    "c.xml.lock": KEY.upper().encode(),
    "d.xml.lock": b"",
    "~$e.docx": b"x",
}


def test_only_what_is_certainly_ours_is_named(connection: Connection, door: BackDoor) -> None:
    for name, content in OTHERS.items():
        door.put_raw(name, content)
    ours = {
        f".govmanager-{KEY}.part": (Remains.TEMPORARY, (KEY,)),
        f".govmanager-probe-{KEY}-1.part": (Remains.TEMPORARY, ()),
        "e.xml.lock": (Remains.LOCK, (KEY,)),
        "Antrag[1] ü.xml.lock": (Remains.LOCK, (EXECUTION,)),
    }
    contents = {"e.xml.lock": KEY.encode(), "Antrag[1] ü.xml.lock": EXECUTION.encode()}
    for name in ours:
        door.put_raw(name, contents.get(name, b"bytes"), age=3600)
    named = found(connection)
    assert {path: (one.kind, one.owners) for path, one in named.items()} == ours
    assert all(one.modified and one.size for one in named.values())
    for leftover in named.values():
        assert connection.remove_leftover(leftover) == "removed"
    assert door.list_raw() == set(OTHERS)


def test_directories_below_are_looked_into_only_when_asked(
    connection: Connection, door: BackDoor
) -> None:
    name = f".govmanager-{KEY}.part"
    door.put_raw(f"a/b;[1]/{name}", b"x")
    door.put_raw("a/b;[1]/c.xml", b"x")
    assert found(connection) == {}
    assert set(found(connection, recursive=True)) == {f"a/b;[1]/{name}"}
    assert set(found(connection, "a/b;[1]")) == {f"a/b;[1]/{name}"}
    assert found(connection, "never there", recursive=True) == {}


def test_what_changed_since_is_left_alone(connection: Connection, door: BackDoor) -> None:
    temporary, lock = f".govmanager-{KEY}.part", "a.xml.lock"
    door.put_raw(temporary, b"old", age=3600)
    door.put_raw(lock, KEY.encode(), age=60)
    named = found(connection)
    door.put_raw(temporary, b"a new attempt")
    door.put_raw(lock, EXECUTION.encode(), age=60)
    for leftover in named.values():
        with pytest.raises(FileChanged):
            connection.remove_leftover(leftover)
    assert door.list_raw() == {temporary, lock}


def test_what_is_gone_is_no_error(connection: Connection, door: BackDoor) -> None:
    door.put_raw(f".govmanager-{KEY}.part", b"x")
    (leftover,) = found(connection).values()
    door.remove_raw(leftover.path)
    assert connection.remove_leftover(leftover) == "was gone already"


# -- documents that were taken by a new name -----------------------------------------------------


def taken(endpoint: Endpoint, connection: Connection, door: BackDoor, name: str) -> RemoteFile:
    """Take a document and return what it was."""
    needs(endpoint, Can.RENAME_LOCK)
    door.put_raw(f"aus/{name}", b"the citizen's")
    file = one(connection, f"aus/{name}")
    assert connection.lock(file, str(uuid.uuid4()), Locking.RENAME)
    return file


def test_a_document_gets_its_name_back(
    endpoint: Endpoint, connection: Connection, door: BackDoor
) -> None:
    file = taken(endpoint, connection, door, "Antrag[1] ü.xml")
    (leftover,) = found(connection, "aus").values()
    assert (leftover.kind, leftover.original) == (Remains.RENAMED, file.path)
    assert connection.remove_leftover(leftover) == f"has its name back: {file.path}"
    assert door.list_raw() == {file.path}
    assert door.get_raw(file.path) == b"the citizen's"


def test_a_new_document_of_that_name_stays(
    endpoint: Endpoint, connection: Connection, door: BackDoor
) -> None:
    file = taken(endpoint, connection, door, "a.xml")
    door.put_raw(file.path, b"another one")
    (leftover,) = found(connection, "aus").values()
    connection.remove_leftover(leftover)
    assert door.list_raw() == {"aus/a.xml", "aus/a (2).xml"}
    assert door.get_raw("aus/a.xml") == b"another one"
    assert door.get_raw("aus/a (2).xml") == b"the citizen's"


def test_a_document_whose_name_is_not_known_stays_as_it_is(
    endpoint: Endpoint, connection: Connection, door: BackDoor
) -> None:
    file = taken(endpoint, connection, door, "x" * 236 + ".xml")
    (leftover,) = found(connection, "aus").values()
    assert leftover.original == ""
    for wrong in ("", "elsewhere/a.xml"):
        with pytest.raises(FileChanged):
            connection.remove_leftover(replace(leftover, original=wrong))
    assert door.get_raw(leftover.path) == b"the citizen's"
    # The ledger knows it.
    connection.remove_leftover(replace(leftover, original=file.path))
    assert door.list_raw() == {file.path}


# -- buckets -------------------------------------------------------------------------------------


def test_a_note_names_all_deliveries_that_need_it(moto: RunningS3, tmp_path: Path) -> None:
    place = secrets.token_hex(4)
    where: dict[str, Any] = {"directory": "ein", "create_directories": True}
    parcels = [parcel_of(tmp_path, name=f"{n}.xml", **where) for n in range(3)]
    for staging in ("", f"unfinished-{place}"):
        with bucket(moto, place, staging).connect() as connection:
            connection.stage_many(parcels)
            (leftover,) = found(connection, "ein").values()
            assert set(leftover.owners) == {parcel.key for parcel in parcels}
            connection.remove_leftover(leftover)
            assert found(connection, "ein") == {}
    assert S3Door(moto.client(), place).list_raw() == set()


def test_an_upload_ends_with_its_note(
    moto: RunningS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((s3_target, "LARGE"), (s3_parts, "PART")):
        monkeypatch.setattr(module, name, 1 << 16)
    place = secrets.token_hex(4)
    client = moto.client()
    with bucket(moto, place).connect() as connection:
        connection.stage(
            parcel_of(tmp_path, b"x" * (1 << 17), directory="ein", create_directories=True)
        )
        pending = client.list_multipart_uploads(Bucket=moto.bucket, Prefix=f"{place}/")
        assert len(pending["Uploads"]) == 1
        (leftover,) = found(connection, "ein").values()
        connection.remove_leftover(leftover)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=moto.bucket, Prefix=f"{place}/")
