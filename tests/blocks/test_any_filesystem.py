"""Any fsspec filesystem: in memory, in a folder behind a chain, and over the network."""

from __future__ import annotations

import asyncio
import errno
import gc
import secrets
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry
from prefect.types import SecretDict
from webdav4.fsspec import WebdavFileSystem  # type: ignore[import-untyped]

from blocks.any_filesystem import AnyFilesystem
from blocks.endpoint import AfterPickup, Endpoint, Locking, Trace
from tests.blocks.contract.crash import CrashContract
from tests.blocks.contract.network import NetworkContract, Variants
from tests.blocks.contract.parts import listed, one, parcel_of, reached
from tests.blocks.contract.refusals import RefusalContract
from tests.blocks.contract.target import DeliveryContract
from tests.blocks.endpoint_contract import BackDoor, EndpointContract, FolderDoor
from tests.servers.rights import rights_heeded
from tests.servers.webdav import RunningWebdav, webdav_server
from transforms.errors import (
    AccessRefused,
    DefinitionWrong,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

DAV = "testdav"


class Dav(WebdavFileSystem):  # type: ignore[misc]  # it carries no types
    """WebDAV as a filesystem of whom this block knows nothing."""

    protocol = DAV

    def __init__(self, base_url: str, user: str, password: str, **options: Any) -> None:
        """Take what JSON can hold, which has no tuples."""
        super().__init__(base_url, auth=(user, password), **options)


class MemoryDoor:
    """The back door to a directory of the filesystem in memory."""

    def __init__(self, root: str) -> None:
        """Open the door to this directory."""
        self._root = root
        self._memory = MemoryFileSystem()
        self._memory.makedirs(root, exist_ok=True)

    def put_raw(self, path: str, content: bytes, *, age: float = 60) -> None:
        """Lay a new file there; its time is that of its creation."""
        del age
        self.make_directory_raw(path.rpartition("/")[0])
        self._memory.pipe_file(f"{self._root}/{path}", content)

    def get_raw(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        file = self._memory.store.get(f"{self._root}/{path}")
        return file.getvalue() if file is not None else None

    def list_raw(self) -> set[str]:
        """Return the paths of all files."""
        start = self._root + "/"
        return {name.removeprefix(start) for name in self._memory.store if name.startswith(start)}

    def remove_raw(self, path: str) -> None:
        """Take a file away."""
        del self._memory.store[f"{self._root}/{path}"]

    def make_directory_raw(self, path: str) -> None:
        """Make a directory and those above it."""
        self._memory.makedirs(f"{self._root}/{path}", exist_ok=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWebdav]:
    fsspec.register_implementation(DAV, Dav, clobber=True)
    with webdav_server(tmp_path_factory.mktemp("webdav") / "data") as running:
        yield running


def dav(server: RunningWebdav, **fields: Any) -> AnyFilesystem:
    """Return the server as an endpoint."""
    options: dict[str, Any] = {"base_url": fields.pop("base_url", server.url), "user": server.user}
    options["timeout"] = 1
    secret = {"password": fields.pop("password", server.password)}
    chosen: dict[str, Any] = {
        "url": f"{DAV}://",
        "options": options,
        "secret_options": SecretDict(secret),
        "connect_seconds": 2,
        "idle_seconds": 2,
    }
    return AnyFilesystem(**chosen | fields)


class TestMemory(EndpointContract):
    """`memory://`."""

    @pytest.fixture
    def root(self) -> str:
        """Return a directory that belongs to one test."""
        return f"/{secrets.token_hex(4)} #1 ö"

    @pytest.fixture
    def door(self, root: str) -> BackDoor:
        """Return the back door."""
        return MemoryDoor(root)

    @pytest.fixture
    def endpoint(self, root: str) -> Endpoint:
        """Return the endpoint."""
        MemoryFileSystem().makedirs(root, exist_ok=True)
        return AnyFilesystem(url=f"memory:/{root}")


class TestChained(DeliveryContract, CrashContract, RefusalContract):
    """`dir::file://`."""

    def as_server(self) -> AbstractContextManager[None]:
        """Heed permissions: no server does it."""
        return rights_heeded()

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """Return an empty folder."""
        folder = tmp_path / "served #1 [ö]"
        folder.mkdir()
        return folder

    @pytest.fixture
    def door(self, root: Path) -> BackDoor:
        """Return the back door."""
        return FolderDoor(root)

    @pytest.fixture
    def endpoint(self, root: Path) -> Endpoint:
        """Return the endpoint."""
        return AnyFilesystem(url=f"dir::file://{root}")


class TestNetwork(NetworkContract):
    """A filesystem on a server, of which nothing is known."""

    @pytest.fixture
    def root(self, server: RunningWebdav) -> Path:
        """Return an empty folder of the server."""
        folder = server.root / secrets.token_hex(4)
        folder.mkdir()
        return folder

    @pytest.fixture
    def door(self, root: Path) -> BackDoor:
        """Return the back door."""
        return FolderDoor(root)

    @pytest.fixture
    def endpoint(self, server: RunningWebdav, root: Path) -> Endpoint:
        """Return the endpoint."""
        return dav(server, url=f"{DAV}://{root.name}")

    @pytest.fixture
    def variants(self, server: RunningWebdav, root: Path) -> Variants:
        """Return the ways in which this endpoint can be set up wrongly."""
        port = int(server.url.split(":")[2].split("/")[0])
        url = f"{DAV}://{root.name}"
        return Variants(
            port=port,
            by_port=lambda other: dav(
                server, url=url, base_url=server.url.replace(f":{port}/", f":{other}/")
            ),
            wrong_secret=dav(server, url=url, password="not-this-secret"),
            secrets=("not-this-secret", server.password),
            unknown_identity=None,
            missing_directory=dav(server, url=f"{DAV}://not there"),
        )


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, type], None]:
    """Return what makes a filesystem known to fsspec, or replaces one, for one test."""
    return lambda name, kind: monkeypatch.setitem(_registry, name, kind)


@pytest.fixture
def folder() -> str:
    """Return a new directory in memory."""
    path = f"/{secrets.token_hex(4)}"
    MemoryFileSystem().mkdir(path)
    return path


class Own(MemoryFileSystem):  # type: ignore[misc]  # fsspec carries no types
    """The filesystem in memory under another protocol."""

    protocol = "own"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        stripped: str = super()._strip_protocol(path.removeprefix(f"{cls.protocol}://"))
        return stripped


class Raising(Own):
    """Refuses every listing."""

    error: BaseException

    def ls(self, *_: Any, **__: Any) -> Any:
        """Raise what the test chose."""
        raise self.error


class Answered(Exception):
    """What libraries of services on the web raise: it carries the answer."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{text} https://host/path?sig=signature")
        self.response = type("Response", (), {"status_code": status})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PermissionError(errno.EACCES, "no"), AccessRefused),
        (OSError(errno.ENOSPC, "full"), SpaceExhausted),
        (OSError(errno.EDQUOT, "full"), SpaceExhausted),
        (OSError(errno.ENAMETOOLONG, "long"), NameNotAllowed),
        (OSError(errno.EIO, "broken"), Unreachable),
        (NotADirectoryError(), DirectoryMissing),
        (ConnectionResetError(), Unreachable),
        (fsspec.exceptions.FSTimeoutError(), Unreachable),
        (ssl.SSLCertVerificationError(), IdentityUnknown),
        (NotImplementedError(), NotSupported),
        (AttributeError("bug"), NotSupported),
        (Answered(401), AccessRefused),
        (Answered(404), DirectoryMissing),
        (Answered(423), Locked),
        (Answered(503), Unreachable),
        (Answered(507), SpaceExhausted),
    ],
)
def test_an_error_is_sorted_by_what_mends_it(
    register: Callable[[str, type], None],
    folder: str,
    error: BaseException,
    kind: type[EndpointError],
) -> None:
    register("raising", type("Here", (Raising,), {"error": error, "protocol": "raising"}))
    with pytest.raises(EndpointError) as caught:
        reached(AnyFilesystem(url=f"raising:/{folder}"), "sub")
    assert type(caught.value) is kind
    assert "any-filesystem:/sub" in caught.value.where
    assert "signature" not in str(caught.value)


def test_no_secret_is_shown(register: Callable[[str, type], None], folder: str) -> None:
    error = Answered(403, "refused token to/ken-1 and to%2Fken-1 of")
    register("raising", type("Here", (Raising,), {"error": error, "protocol": "raising"}))
    endpoint = AnyFilesystem(
        url=f"raising:/{folder}", secret_options=SecretDict({"keys": ["to/ken-1"]})
    )
    with pytest.raises(AccessRefused) as caught:
        reached(endpoint)
    trace = "".join(traceback.format_exception(caught.value))
    assert "refused" in trace
    assert not any(form in trace + repr(endpoint) for form in ("to/ken-1", "to%2Fken-1"))


class Stuck(Own):
    """Hangs in every look at a file named `stuck`, until the test ends."""

    protocol = "stuck"
    go_on: threading.Event

    def info(self, path: str, **options: Any) -> Any:
        """Wait."""
        if path.endswith("stuck"):
            self.go_on.wait()
        return super().info(path, **options)


class Waiting(AsyncFileSystem):  # type: ignore[misc]
    """The same on the loop that all asynchronous filesystems of a process share."""

    protocol = "waiting"

    async def _info(self, path: str, **_: Any) -> Any:
        if path.endswith("stuck"):
            await asyncio.Event().wait()
        return {"name": path, "type": "directory", "size": 0}

    async def _ls(self, *_: Any, **__: Any) -> Any:
        return []


@pytest.mark.parametrize("limits", [{"idle_seconds": 0.3}, {"total_seconds": 0.3}])
@pytest.mark.parametrize("protocol", ["stuck", "waiting"])
def test_a_call_that_hangs_is_given_up_and_hinders_nobody_else(
    register: Callable[[str, type], None],
    folder: str,
    tmp_path: Path,
    protocol: str,
    limits: dict[str, Any],
) -> None:
    go_on = threading.Event()
    register("stuck", type("Here", (Stuck,), {"go_on": go_on}))
    register("waiting", Waiting)
    url = f"{protocol}:/{folder}"
    with AnyFilesystem(url=url, **limits).connect() as connection:
        with pytest.raises(Unreachable):
            connection.stage(parcel_of(tmp_path, name="stuck"))
        with pytest.raises(Unreachable):
            listed(connection)
    with AnyFilesystem(url=url, **limits).connect() as connection:
        assert listed(connection) == set()
        assert connection.is_alive()
    go_on.set()


class Remembering(Own):
    """Keeps its listings, as most filesystems over the network do."""

    protocol = "remembering"

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """List from memory, if it is there."""
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail, **options)
        return self.dircache[path] if path in self.dircache else super().ls(path, detail, **options)


@pytest.mark.parametrize("chain", ["", "dir::"])
def test_a_second_listing_does_not_show_the_past(
    register: Callable[[str, type], None], folder: str, chain: str
) -> None:
    register("remembering", Remembering)
    with AnyFilesystem(url=f"{chain}remembering:/{folder}").connect() as connection:
        assert listed(connection) == set()
        MemoryFileSystem().pipe_file(f"{folder}/new.xml", b"x")
        assert listed(connection) == {"new.xml"}


def test_an_emptied_inbox_of_an_object_store_is_empty_and_a_missing_bucket_is_told(
    register: Callable[[str, type], None], folder: str
) -> None:
    register("oss", type("Store", (Own,), {"protocol": "oss"}))
    with AnyFilesystem(url=f"oss:/{folder}/inbox").connect() as connection:
        assert listed(connection) == set()
        MemoryFileSystem().pipe_file(f"{folder}/inbox/a.xml", b"x")
        assert listed(connection) == {"a.xml"}
    with pytest.raises(DirectoryMissing, match="bucket"):
        reached(AnyFilesystem(url="oss://no-such-bucket/inbox"))


class Cutting(Own):
    """Cuts names at `;`, as some servers do."""

    protocol = "cutting"

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        """Copy to another name than was asked for."""
        super().cp_file(path1, path2.partition(";")[0], **options)


def test_a_name_that_would_be_changed_is_refused_before_the_document_has_it(
    register: Callable[[str, type], None], folder: str, tmp_path: Path
) -> None:
    register("cutting", Cutting)
    endpoint = AnyFilesystem(url=f"cutting:/{folder}", forbidden=";")
    with endpoint.connect() as connection:
        parcel = parcel_of(tmp_path, name="Bauantrag;Version=2.xml")
        staged = connection.stage(parcel)
        with pytest.raises(NameNotAllowed, match="';='"):
            connection.publish(parcel, staged)
        assert listed(connection) == set()
        fits = replace(parcel, name=endpoint.allowed_name(parcel.name))
        connection.publish(fits, connection.stage(fits))
        assert listed(connection) == {"Bauantrag_Version=2.xml"}
    assert len(MemoryFileSystem().ls(folder)) == 1


class Silent(Own):
    """Answers a rename as done, and does nothing."""

    protocol = "hdfs"

    def mv(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def test_a_rename_that_did_not_happen_is_no_delivery(
    register: Callable[[str, type], None], folder: str, tmp_path: Path
) -> None:
    register("hdfs", Silent)
    parcel = parcel_of(tmp_path, name="a.xml")
    with AnyFilesystem(url=f"hdfs:/{folder}").connect() as connection:
        staged = connection.stage(parcel)
        with pytest.raises(DeliveryUnconfirmed):
            connection.publish(parcel, staged)
        assert connection.trace(parcel, staged)[0] is Trace.STAGED


def test_a_part_of_a_file_is_never_completed_later(server: RunningWebdav, tmp_path: Path) -> None:
    root = server.root / secrets.token_hex(4)
    root.mkdir()
    parcel = parcel_of(tmp_path, b"0123456789" * 100_000)
    parcel.path.write_bytes(b"0123456789" * 99_999)
    with dav(server, url=f"{DAV}://{root.name}").connect() as connection:
        with pytest.raises(FileChanged):
            connection.stage(parcel)
        gc.collect()
        assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["Lage%20plan.pdf", "Anlage #3.pdf", "Frage?.xml", "100%.xml"])
def test_a_library_that_mistakes_a_name_never_takes_another_file(
    server: RunningWebdav, tmp_path: Path, name: str
) -> None:
    root = server.root / secrets.token_hex(4)
    root.mkdir()
    for bait in ("Lage plan.pdf", "Anlage ", "Frage", name):
        (root / bait).write_bytes(b"mine" if bait == name else b"bait")
    with dav(server, url=f"{DAV}://{root.name}").connect() as connection:
        file = one(connection, name)
        with suppress(EndpointError):
            connection.fetch(file, tmp_path / "to")
        with suppress(EndpointError):
            connection.acknowledge(file, AfterPickup.DELETE)
    assert not (tmp_path / "to").exists() or (tmp_path / "to").read_bytes() == b"mine"
    assert {path.name for path in root.iterdir()} >= {"Lage plan.pdf", "Anlage ", "Frage"}


@pytest.mark.parametrize("how", [how for how in Locking if how is not Locking.NO_LOCKING])
def test_a_lock_that_would_be_none_is_refused(folder: str, how: Locking) -> None:
    MemoryFileSystem().pipe_file(f"{folder}/a.xml", b"x")
    with AnyFilesystem(url=f"memory:/{folder}").connect() as connection:
        file = one(connection, "a.xml")
        with pytest.raises(NotSupported, match=how):
            connection.lock(file, "mine", how)
        connection.unlock(file, "mine", how)
        assert listed(connection) == {"a.xml"}


def test_a_filesystem_that_is_not_known_to_replace_in_one_step_replaces_nothing(
    server: RunningWebdav, tmp_path: Path
) -> None:
    root = server.root / secrets.token_hex(4)
    root.mkdir()
    (root / "a.xml").write_bytes(b"old")
    parcel = parcel_of(tmp_path, b"new", "a.xml", overwrite=True)
    with dav(server, url=f"{DAV}://{root.name}").connect() as connection:
        staged = connection.stage(parcel)
        with pytest.raises(NotSupported, match="one step"):
            connection.publish(parcel, staged)
    assert (root / "a.xml").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sftp://host/x", "SFTP server"),
        ("ssh://host/x", "SFTP server"),
        ("smb://host/x", "SMB share"),
        ("ftp://host/x", "FTP server"),
        ("ftps://host/x", "FTP server"),
        ("s3://bucket", "S3 bucket"),
        ("webdav://host", "WebDAV server"),
        ("webdavs://host", "WebDAV server"),
        ("http://host", "HTTP service"),
        ("https://host", "HTTP service"),
        ("file:///inbox", "Local folder"),
        ("local:///inbox", "Local folder"),
        ("dir::sftp://host/x", "SFTP server"),
        ("zip://a::simplecache::memory://x", "once were"),
        ("/inbox", "no address"),
        ("webhdfs://user:password@host/x", "password"),
    ],
)
def test_an_address_that_is_another_blocks_business_is_refused(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        AnyFilesystem(url=url)


@pytest.mark.parametrize(
    ("options", "hidden", "told"),
    [
        ({"token": "a"}, {"token": "b"}, "token"),
        ({"target_protocol": "sftp"}, {}, "target_protocol"),
        ({"memory": {"fo": "sftp://host"}}, {}, "fo"),
    ],
)
def test_options_that_contradict_are_refused(
    options: dict[str, Any], hidden: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        AnyFilesystem(url="memory://x", options=options, secret_options=SecretDict(hidden))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("gs://bucket/inbox", "gcsfs"),
        ("oci://bucket/inbox", "ocifs"),
        ("dir::gs://bucket/inbox", "gcsfs"),
        ("nonsense://x", "nonsense"),
        ("github://", "org"),
    ],
)
def test_what_is_missing_to_open_it_is_named(url: str, told: str) -> None:
    with pytest.raises(DefinitionWrong, match=told), AnyFilesystem(url=url).connect():
        pass
