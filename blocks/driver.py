"""The raw verbs a file protocol has to offer; `blocks.filesystem` makes the contract of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What a driver knows of one name: raw leaf name, kind, bytes, time of change, version."""

    name: str
    is_directory: bool
    size: int
    modified: datetime | None
    version: str = ""


class Driver(ABC):
    """The raw verbs of a file protocol; paths are raw, `/`-separated, below the base directory.

    A driver translates its library's errors to `transforms.errors`, in one place, and gives up
    with `Unreachable` after the endpoint's idle limit. A missing file is `FileMissing`, a missing
    directory `DirectoryMissing`.
    """

    @abstractmethod
    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory, without `.` and `..`."""

    @abstractmethod
    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there."""

    @abstractmethod
    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file in chunks of at most 1 MiB, with bounded read-ahead.

        Args:
            path: the file.
            offset: bytes to leave out at the start; other than 0 only where the endpoint
                claims `Can.RESUME`.
        """

    @abstractmethod
    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Create the file, or replace its content, with exactly these bytes.

        They are durable on return where the protocol can say so.
        """

    @abstractmethod
    def create(self, path: str, content: bytes) -> bool:
        """Create a small file only if the name is free, atomically; False if it was taken."""

    @abstractmethod
    def replace(self, old: str, new: str) -> None:
        """Rename within the server, replacing `new` atomically if it is there."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Rename within the server; `AlreadyThere` if `new` is taken, atomically."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Remove exactly this file; `FileMissing` if it is not there."""

    @abstractmethod
    def make_directory(self, path: str) -> None:
        """Create one directory; nothing happens if it is there."""

    def sha256(self, path: str) -> str:
        """Return the hash that the server itself tells, hexadecimal, or "" if it tells none."""
        del path
        return ""

    def hold(self, path: str, owner: str) -> bool:
        """Have the server keep others off a file; False if somebody else holds it.

        Until `release` this session reads, renames and removes the file as the holder.
        Only where the endpoint claims `Can.SERVER_LOCK`.
        """
        raise NotImplementedError

    def release(self, path: str) -> None:
        """End what `hold` began; nothing happens if this session holds nothing."""
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """End the session; never raises."""
