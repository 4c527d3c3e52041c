"""A file server as a source: listings, fetching, and what becomes of the originals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import IO, ClassVar

from blocks.driver import Entry
from blocks.endpoint import AfterPickup, Can, RemoteFile, in_turn
from blocks.file_side import SMALL, FileSide
from blocks.limits import limited
from blocks.paths import is_unfinished, join, numbered, parent, part_of
from transforms.document import Fingerprint, Hasher
from transforms.errors import (
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

PORTION = 1000
"""Entries of a listing that are waited for at a time."""
HASHED = 1 << 20
"""Bytes of what has come already that are hashed at a time."""

GONE = "was gone already"


class FileSource(FileSide):
    """The source's half of the contract over a driver."""

    let_go: ClassVar = 10
    """Files that are looked at and then removed together: the less, the sooner after the look."""

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of a directory; see the contract."""
        first = self.directory(directory)
        open_directories = [first]
        while open_directories:
            here = open_directories.pop()
            try:
                for entry in self._scan(here):
                    path = join(here, entry.name)
                    if not entry.is_directory and not is_unfinished(entry.name):
                        yield _remote(path, entry)
                    elif entry.is_directory and recursive:
                        open_directories.append(path)
            except DirectoryMissing:
                if here == first:
                    raise

    def _scan(self, directory: str) -> Iterator[Entry]:
        """Scan in portions: the time that the caller takes for each entry is not the server's."""
        entries = self.driver.scan(directory)
        while True:
            with self.in_time(directory):
                portion = list(islice(entries, PORTION))
            if not portion:
                return
            yield from portion

    # -- fetch -----------------------------------------------------------------------------

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one file into the new local file `to`; see the contract."""
        part = part_of(to)
        to.touch(exist_ok=False)
        resumed = part.exists()
        try:
            with self.in_time(file.path), part.open("r+b" if resumed else "x+b") as target:
                # One look is enough, and it has to be the one after the last byte.
                fingerprint = self._copy(file, target)
                self._check(file, self.driver.stat(file.path))
            part.replace(to)
        except BaseException as error:
            to.unlink()
            if not (isinstance(error, Unreachable) and Can.RESUME in self.endpoint.can):
                part.unlink(missing_ok=True)
            if isinstance(error, FileMissing):
                raise self._gone(file) from error
            if isinstance(error, NotSupported) and resumed:
                return self.fetch(file, to)
            raise
        return fingerprint

    def _copy(self, file: RemoteFile, target: IO[bytes]) -> Fingerprint:
        hasher = Hasher()
        while chunk := target.read(HASHED):
            hasher.update(chunk)
        rest = self.driver.read(file.path, target.tell())
        for chunk in limited(rest, self.endpoint, file.path):
            hasher.update(chunk)
            target.write(chunk)
        fingerprint = hasher.fingerprint()
        if fingerprint.size != file.size:
            raise self.changed(file.path, "grew or shrank while it was read")
        return fingerprint

    def fetch_many(
        self, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        """Fetch several files, the small ones together; see the contract."""
        small = [one for one in wanted if one[0].size <= SMALL]
        if len(small) <= 1:
            return in_turn(wanted, lambda one: self.fetch(*one))
        answers = dict(zip(small, self._fetch_small(small), strict=True))
        large = [one for one in wanted if one not in answers]
        answers |= zip(large, in_turn(large, lambda one: self.fetch(*one)), strict=True)
        return [answers[one] for one in wanted]

    def _fetch_small(
        self, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        paths = [file.path for file, _ in wanted]
        with self.in_time(paths[0]):
            contents = self.driver.read_many(paths, SMALL)
            entries = self.driver.stat_many(paths)
        found = zip(wanted, contents, entries, strict=True)
        return in_turn(list(found), lambda one: self._keep(*one[0], *one[1:]))

    def _keep(
        self,
        file: RemoteFile,
        to: Path,
        content: bytes | EndpointError,
        entry: Entry | EndpointError | None,
    ) -> Fingerprint:
        """Write down what came, if it is the file that was listed."""
        if isinstance(content, FileMissing):
            raise self._gone(file) from content
        if isinstance(content, EndpointError):
            raise content
        if len(content) != file.size:
            # A server may give less at a time than there is.
            return self.fetch(file, to)
        hasher = Hasher()
        hasher.update(content)
        self._check(file, entry)
        with to.open("xb", buffering=0) as target:
            target.write(content)
        return hasher.fingerprint()

    def _check(self, file: RemoteFile, entry: Entry | EndpointError | None) -> None:
        if isinstance(entry, EndpointError):
            raise entry
        if entry is None:
            raise self._gone(file)
        if not is_same(entry, file):
            raise self.changed(file.path, "is not, or no longer, the one that was listed")

    def _gone(self, file: RemoteFile) -> FileMissing:
        return FileMissing(
            "The file was listed and is gone",
            where=self.where(file.path),
            remedy="Find out who else takes files from this directory",
        )

    # -- acknowledge -----------------------------------------------------------------------

    def acknowledge_many(
        self, files: Sequence[RemoteFile], after: AfterPickup, directory: str
    ) -> list[str | EndpointError]:
        """Delete, move or keep files whose bytes are safe; see the contract."""
        if after is not AfterPickup.DELETE or len(files) <= 1:
            return in_turn(files, lambda one: self.acknowledge(one, after, directory))
        answers: list[str | EndpointError] = []
        for start in range(0, len(files), self.let_go):
            answers += self._delete(files[start : start + self.let_go])
        return answers

    def _delete(self, files: Sequence[RemoteFile]) -> list[str | EndpointError]:
        with self.in_time(files[0].path):
            entries = self.driver.stat_many([file.path for file in files])
            looked = in_turn(list(zip(files, entries, strict=True)), lambda one: self._ours(*one))
            mine = [file.path for file, ours in zip(files, looked, strict=True) if ours is True]
            removed = iter(self.driver.remove_many(mine))
        return [_deleted(next(removed)) if ours is True else ours or GONE for ours in looked]

    def _ours(self, file: RemoteFile, entry: Entry | EndpointError | None) -> bool:
        """Tell whether the file that was read is still there."""
        if isinstance(entry, EndpointError):
            raise entry
        if entry and not is_same(entry, file):
            raise self.changed(file.path, "was replaced by another one")
        return entry is not None

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Delete, move or keep a file whose bytes are safe; see the contract."""
        if after is AfterPickup.KEEP:
            return "kept"
        with self.in_time(file.path):
            if not self._ours(file, self.driver.stat(file.path)):
                return GONE
            try:
                if after is AfterPickup.MOVE:
                    return f"moved to {self._move(file, directory)}"
                self.driver.remove(file.path)
            except FileMissing:
                # It may as well be the directory to which it was to be moved.
                if self.driver.stat(file.path):
                    raise
                return GONE
            return "deleted"

    def _move(self, file: RemoteFile, directory: str) -> str:
        below = self.directory(directory)
        if not below:
            raise NameNotAllowed(
                "The file is to be moved to where it is, and would be taken again",
                where=self.where(file.path),
                remedy="Name another directory, relative to the file's own",
            )
        target = join(parent(file.path), below)
        self.make_directories(target)
        for number in count(1):
            path = join(target, numbered(file.name, number))
            try:
                self.driver.rename(file.path, path)
            except AlreadyThere:
                continue
            return path
        raise AssertionError


def _deleted(answer: EndpointError | None) -> str | EndpointError:
    if isinstance(answer, FileMissing):
        return GONE
    return answer or "deleted"


def is_same(entry: Entry, file: RemoteFile) -> bool:
    """Tell whether a name still is the file that was listed."""
    return (entry.size, entry.modified, entry.version) == (file.size, file.modified, file.version)


def _remote(path: str, entry: Entry) -> RemoteFile:
    return RemoteFile(path, entry.name, entry.size, entry.modified, entry.version)
