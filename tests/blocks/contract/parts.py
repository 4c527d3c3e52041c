"""What every part of the suite uses: the back door, a parcel, a local file that meddles."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path, PosixPath
from typing import IO, Any, Protocol, Self

import pytest

from blocks.access import check_access
from blocks.endpoint import Can, Connection, Endpoint, Parcel, RemoteFile
from transforms.document import fingerprint_of


class BackDoor(Protocol):
    """The way to the server's files that does not lead through the endpoint."""

    def put_raw(self, path: str, content: bytes, *, age: float = 60) -> None:
        """Lay a new file there, in place of an old one, last changed `age` seconds ago."""

    def get_raw(self, path: str) -> bytes | None:
        """Return a file's bytes, None if it is not there."""

    def list_raw(self) -> set[str]:
        """Return the paths of all files, hidden ones too."""

    def remove_raw(self, path: str) -> None:
        """Take a file away."""

    def make_directory_raw(self, path: str) -> None:
        """Make a directory and those above it."""


class FolderDoor:
    """The back door of a server that serves a directory of this machine."""

    def __init__(self, root: Path) -> None:
        """Open the door to this directory."""
        self._root = root

    @property
    def root(self) -> Path:
        """The directory."""
        return self._root

    def put_raw(self, path: str, content: bytes, *, age: float = 60) -> None:
        """Lay a new file there: another inode, an own time."""
        target = self._root / path
        self.make_directory_raw(path.rpartition("/")[0])
        # Not beside the target: its listing is what the tests look at.
        fresh = self._root.parent / f"{self._root.name}-{secrets.token_hex(4)}"
        fresh.write_bytes(content)
        fresh.chmod(0o666)
        moment = time.time() - age
        os.utime(fresh, (moment, moment))
        fresh.replace(target)

    def get_raw(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        target = self._root / path
        return target.read_bytes() if target.is_file() else None

    def list_raw(self) -> set[str]:
        """Return the paths of all files."""
        return {
            str(Path(place, name).relative_to(self._root))
            for place, _, names in os.walk(self._root)
            for name in names
        }

    def remove_raw(self, path: str) -> None:
        """Take a file away."""
        (self._root / path).unlink()

    def make_directory_raw(self, path: str) -> None:
        """Make a directory that everybody may write to: servers run as other users."""
        here = self._root
        for part in path.split("/") if path else ():
            here /= part
            if not here.is_dir():
                here.mkdir()
                here.chmod(0o777)


class MeddlingPath(PosixPath):
    """A local file; something happens to the remote one as soon as its first bytes are written."""

    meddle: Callable[[], None]

    def open(self, *args: Any, **options: Any) -> IO[Any]:  # type: ignore[override]
        """Open it for the one who fetches."""
        return _Meddling(super().open(*args, **options), self.meddle)  # type: ignore[return-value]

    def with_name(self, name: str) -> Self:
        """Name a file beside it, such as the one its beginning is kept in."""
        made = super().with_name(name)
        made.meddle = self.meddle
        return made


class _Meddling:
    def __init__(self, file: IO[bytes], meddle: Callable[[], None]) -> None:
        self._file = file
        self._meddle: Callable[[], None] | None = meddle

    def write(self, chunk: bytes) -> int:
        if self._meddle:
            self._meddle()
            self._meddle = None
        return self._file.write(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Fixtures:
    """What a protocol gives: the endpoint, and the back door to what it serves, empty at first."""

    @pytest.fixture
    def endpoint(self) -> Endpoint:
        """Return the endpoint, saved or not, with read-back switched off."""
        raise NotImplementedError

    @pytest.fixture
    def door(self) -> BackDoor:
        """Return the back door to the endpoint's base directory."""
        raise NotImplementedError

    def carries(self, name: str) -> bool:  # noqa: ARG002
        """Tell whether the protocol can carry one of `tests.hostile.NAMES` at all."""
        return True

    def carried(self, *names: str) -> list[str]:
        """Return those names that the protocol can carry."""
        return [name for name in names if self.carries(name)]

    def excused(self, test: str) -> str:  # noqa: ARG002
        """Return why the protocol is not held to a test of this name, "" if it is."""
        return ""

    @pytest.fixture(autouse=True)
    def _excused(self, request: pytest.FixtureRequest) -> None:
        """Leave a test out that the protocol is excused from."""
        if reason := self.excused(request.node.originalname):
            pytest.skip(reason)


def needs(endpoint: Endpoint, *abilities: Can) -> None:
    """Leave a test out if the endpoint does not claim what it is about."""
    missing = set(abilities) - endpoint.can
    if missing:
        pytest.skip(f"{endpoint.get_block_type_slug()} does not claim {sorted(missing)}")


def parcel_of(
    place: Path, content: bytes = b"<antrag/>", name: str = "Antrag[1].xml", **options: Any
) -> Parcel:
    """Return a parcel whose local file has this content; its key is new unless given."""
    options.setdefault("key", secrets.token_hex(16))
    path = place / f"outbound-{secrets.token_hex(4)}"
    path.write_bytes(content)
    return Parcel(path=path, fingerprint=fingerprint_of(path), name=name, **options)


def listed(connection: Connection, directory: str = "", *, recursive: bool = False) -> set[str]:
    """Return the paths of a listing."""
    return {file.path for file in connection.list_files(directory, recursive=recursive)}


def one(connection: Connection, path: str) -> RemoteFile:
    """Return the listed file of this path."""
    (file,) = (
        file
        for file in connection.list_files(path.rpartition("/")[0], recursive=False)
        if file.path == path
    )
    return file


def reached(endpoint: Endpoint, directory: str = "") -> str:
    """Check the access and return what was found, as one text.

    Raises:
        EndpointError: of the step that failed.
    """
    findings = check_access(endpoint, directory)
    for finding in findings:
        if finding.error:
            raise finding.error
    return "; ".join(f"{finding.step}: {finding.found}" for finding in findings)
