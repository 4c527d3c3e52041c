"""The raw verbs a file protocol has to offer; `blocks.filesystem` makes the contract of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from blocks.endpoint import in_turn
from transforms.errors import EndpointError


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

    # -- the same for many files: a protocol that can ask for all before it waits does so ------

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files; of one that has more than `most` bytes, a part."""

        def content(path: str) -> bytes:
            data = bytearray()
            for chunk in self.read(path):
                data += chunk
                if len(data) > most:
                    break
            return bytes(data)

        return in_turn(paths, content)

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths; see `stat`."""
        return in_turn(paths, self.stat)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files, each path with its content; see `write`."""
        return in_turn(files, lambda one: self.write(one[0], [one[1]], len(one[1])))

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files, each from old to new; see `rename` and `replace`."""
        rename = self.replace if replace else self.rename
        return in_turn(pairs, lambda one: rename(*one))

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Remove several files; see `remove`."""
        return in_turn(paths, self.remove)

    @abstractmethod
    def close(self) -> None:
        """End the session; never raises."""
