"""The endpoint contract fulfilled once, over the few raw verbs a file protocol has to offer.

A protocol gives a `Driver`; names, temporary names, checks, locks, receipts and tracing are
written here and nowhere else. A directory at a target looks like this while a file comes in:

    .govmanager-<key>.part   the bytes, until they are verified
    name.lock                held around the rename, where the definition asks for it
    name                     visible at once and as a whole, by one rename of the server's own
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from itertools import chain, count, islice
from pathlib import Path
from typing import IO

from blocks.driver import Driver, Entry
from blocks.endpoint import (
    AfterPickup,
    Connection,
    Endpoint,
    Finding,
    Locking,
    Parcel,
    Receipt,
    RemoteFile,
    Staged,
    Trace,
    display,
)
from blocks.execution_folder import sync_directory
from blocks.file_locks import FileLocks
from blocks.limits import ended_in_time, limited
from blocks.paths import TEMPORARY, below_base, is_unfinished, join, numbered, parent
from blocks.probing import probed
from transforms.document import CHUNK, Fingerprint, Hasher
from transforms.errors import (
    AlreadyThere,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    NameNotAllowed,
    Unreachable,
)
from transforms.names import safe_name

__all__ = ["Driver", "Entry", "FileConnection", "join"]

DELIVERED = "size and SHA-256 of the file at the target agree"
TAKEN = (
    "the verified copy is no longer under its temporary name: it was published, and the recipient "
    "has taken or changed the file since"
)


PORTION = 1000
"""Entries of a listing that are held at once."""


class FileConnection(Connection):
    """One session with a file server, over its driver.

    Args:
        driver: the raw verbs, below the endpoint's base directory.
        endpoint: whose label and limits apply.
        read_back: whether a delivered file is read again and its hash compared.
    """

    def __init__(self, driver: Driver, endpoint: Endpoint, *, read_back: bool = False) -> None:
        """Take over the driver; closing the connection closes it."""
        self._driver = driver
        self._endpoint = endpoint
        self._read_back = read_back
        self._locks = FileLocks(driver, endpoint.label)

    # -- source ----------------------------------------------------------------------------

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of a directory; see the contract."""
        first = self._directory(directory)
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
        entries = self._driver.scan(directory)
        while True:
            with self._in_time(directory):
                portion = list(islice(entries, PORTION))
            if not portion:
                return
            yield from portion

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one file into the new local file `to`; see the contract."""
        with self._in_time(file.path), to.open("xb") as target:
            try:
                # One look is enough, and it has to be the one after the last byte.
                fingerprint = self._copy(file, target)
                sync_directory(to.parent)
                self._still(file)
            except BaseException as error:
                to.unlink(missing_ok=True)
                if isinstance(error, FileMissing):
                    raise self._gone(file) from error
                raise
        return fingerprint

    def _copy(self, file: RemoteFile, target: IO[bytes]) -> Fingerprint:
        hasher = Hasher()
        for chunk in limited(self._driver.read(file.path), self._endpoint, file.path):
            hasher.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
        fingerprint = hasher.fingerprint()
        if fingerprint.size != file.size:
            raise self._changed(file.path, "grew or shrank while it was read")
        return fingerprint

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Delete, move or keep a file whose bytes are safe; see the contract."""
        if after is AfterPickup.KEEP:
            return "kept"
        with self._in_time(file.path):
            entry = self._driver.stat(file.path)
            if entry is None:
                return "was gone already"
            if not _is_same(entry, file):
                raise self._changed(file.path, "was replaced by another one")
            try:
                if after is AfterPickup.MOVE:
                    return f"moved to {self._move(file, directory)}"
                self._driver.remove(file.path)
            except FileMissing:
                return "was gone already"
            return "deleted"

    def _move(self, file: RemoteFile, directory: str) -> str:
        below = self._directory(directory)
        if not below:
            raise NameNotAllowed(
                "The file is to be moved to where it is, and would be taken again",
                where=self._where(file.path),
                remedy="Name another directory, relative to the file's own",
            )
        target = join(parent(file.path), below)
        self._make_directories(target)
        for number in count(1):
            path = join(target, numbered(file.name, number))
            try:
                self._driver.rename(file.path, path)
            except AlreadyThere:
                continue
            return path
        raise AssertionError

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Take the lock on a source file; see the contract."""
        with self._in_time(file.path):
            return self._locks.take(file, owner, how)

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Give the lock back."""
        with self._in_time(file.path):
            self._locks.give_back(file, owner, how)

    def locked_by(self, file: RemoteFile, how: Locking) -> str:
        """Read who laid the lock file."""
        if how is not Locking.LOCK_FILE:
            return ""
        with self._in_time(file.path):
            return self._locks.owner_of(file.path)

    # -- target ----------------------------------------------------------------------------

    def stage(self, parcel: Parcel) -> Staged:
        """Write the bytes under a temporary name and verify them; see the contract."""
        name = safe_name(parcel.name)
        directory = self._directory(parcel.directory)
        final, temporary = join(directory, name), self._temporary(parcel)
        with self._in_time(final):
            self._check_directory(parcel, directory)
            before = self._driver.stat(final)
            if before and not (parcel.overwrite or parcel.append):
                self._discard(temporary)
                raise self._taken(final)
            old = before if parcel.append else None
            size = parcel.fingerprint.size + (old.size if old else 0)
            sha256 = self._write(parcel, temporary, final if old else "", size)
            self._verify(temporary, size, sha256)
        return Staged(final, temporary, size, sha256, _identity(old))

    def _write(self, parcel: Parcel, temporary: str, appended_to: str, size: int) -> str:
        hasher = Hasher()

        def passing() -> Iterator[bytes]:
            old = self._driver.read(appended_to) if appended_to else iter(())
            for chunk in chain(old, _chunks(parcel.path)):
                hasher.update(chunk)
                yield chunk

        self._driver.write(temporary, limited(passing(), self._endpoint, temporary), size)
        written = hasher.fingerprint()
        if written.size != size or (not appended_to and written != parcel.fingerprint):
            self._discard(temporary)
            raise self._changed(temporary, "is not what was to be sent")
        return written.sha256

    def _verify(self, temporary: str, size: int, sha256: str) -> None:
        entry = self._driver.stat(temporary)
        there = entry.size if entry else None
        told = self._driver.sha256(temporary) if there == size else ""
        differs = bool(told) and told != sha256
        if self._read_back and there == size:
            differs = differs or self._hash(temporary) != sha256
        if there != size or differs:
            self._discard(temporary)
            raise Unreachable(
                f"The target kept {there} of {size} bytes, or other ones",
                where=self._where(temporary),
                remedy="Look at the target's disk and quota; the file is sent again",
            )

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Rename what was staged to its final name; see the contract."""
        with self._in_time(staged.location), self._locks.around(staged.location, parcel):
            try:
                self._rename(parcel, staged)
            except Unreachable as error:
                raise DeliveryUnconfirmed(
                    f"The connection was lost while the file became visible: {error.what}",
                    where=self._where(staged.location),
                    remedy="Nothing is to be done: the target is asked before anything is sent",
                ) from error
            self._flag(parcel, staged)
        proof = "size and SHA-256 read back" if self._read_back else "size verified"
        return Receipt(staged.location, f"{proof}, {staged.size} bytes")

    def _rename(self, parcel: Parcel, staged: Staged) -> None:
        """Give the file its final name.

        Where that is refused, the temporary file stays: were it gone before the ledger knows of
        the refusal, `trace` would take it for published after a crash.
        """
        if parcel.append and _identity(self._driver.stat(staged.location)) != staged.based_on:
            raise self._changed(staged.location, "was changed by others while it was added to")
        if parcel.overwrite or staged.based_on:
            self._driver.replace(staged.temporary, staged.location)
        else:
            self._driver.rename(staged.temporary, staged.location)

    def _flag(self, parcel: Parcel, staged: Staged) -> None:
        """Tell a recipient who waits for a flag file that the document is whole."""
        if parcel.flag_file:
            path = join(parent(staged.location), safe_name(parcel.flag_file))
            self._driver.write(path, (), 0)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got, from the temporary and the final name."""
        with self._in_time(parcel.name):
            if staged is None:
                self._discard(self._temporary(parcel))
                return Trace.ABSENT, "it was never complete at the target"
            self._locks.lift_own(staged.location, parcel)
            found = self._trace(staged)
            if found == (Trace.PUBLISHED, DELIVERED):
                self._flag(parcel, staged)
            return found

    def _trace(self, staged: Staged) -> tuple[Trace, str]:
        temporary = self._driver.stat(staged.temporary)
        if self._is_delivered(staged):
            self._discard(staged.temporary)
            return Trace.PUBLISHED, DELIVERED
        if temporary is None:
            # It had been verified under its temporary name, which only publishing takes away.
            return Trace.PUBLISHED, TAKEN
        if temporary.size == staged.size:
            return Trace.STAGED, "complete under its temporary name"
        # It stays, as a second question after a crash must find it too; `stage` writes it anew.
        return Trace.ABSENT, "incomplete under its temporary name"

    def _is_delivered(self, staged: Staged) -> bool:
        entry = self._driver.stat(staged.location)
        if entry is None or entry.is_directory or entry.size != staged.size:
            return False
        try:
            return self._hash(staged.location) == staged.sha256
        except FileMissing:
            return False

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """List, and write, rename, replace, lock and delete what nobody reads."""
        place = self._directory(directory)
        with self._in_time(place):
            yield from probed(self._driver, self._endpoint, place, write=write)

    def is_alive(self) -> bool:
        """Look at the base directory."""
        try:
            with self._in_time(""):
                return self._driver.stat("") is not None
        except EndpointError:
            return False

    def close(self) -> None:
        """End the session."""
        self._driver.close()

    # -- shared ----------------------------------------------------------------------------

    def _directory(self, directory: str) -> str:
        return below_base(directory, self._endpoint.label)

    def _temporary(self, parcel: Parcel) -> str:
        return join(self._directory(parcel.directory), TEMPORARY.format(key=parcel.key))

    def _check_directory(self, parcel: Parcel, directory: str) -> None:
        if not directory:
            return
        if parcel.create_directories:
            self._make_directories(directory)
        elif self._driver.stat(directory) is None:
            raise DirectoryMissing(
                "The directory is not there",
                where=self._where(directory),
                remedy="Create it, or set create_directories at the target",
            )

    def _make_directories(self, directory: str) -> None:
        if not directory or self._driver.stat(directory):
            return
        self._make_directories(parent(directory))
        self._driver.make_directory(directory)

    def _still(self, file: RemoteFile) -> None:
        entry = self._driver.stat(file.path)
        if entry is None:
            raise self._gone(file)
        if not _is_same(entry, file):
            raise self._changed(file.path, "is not, or no longer, the one that was listed")

    def _gone(self, file: RemoteFile) -> FileMissing:
        return FileMissing(
            "The file was listed and is gone",
            where=self._where(file.path),
            remedy="Find out who else takes files from this directory",
        )

    def _hash(self, path: str) -> str:
        hasher = Hasher()
        for chunk in limited(self._driver.read(path), self._endpoint, path):
            hasher.update(chunk)
        return hasher.fingerprint().sha256

    def _discard(self, path: str) -> None:
        with suppress(FileMissing, DirectoryMissing):
            self._driver.remove(path)

    def _in_time(self, path: str) -> AbstractContextManager[None]:
        return ended_in_time(self._endpoint, path, self._driver.close)

    def _where(self, path: str) -> str:
        return f"{self._endpoint.label}:/{display(path)}"

    def _taken(self, path: str) -> AlreadyThere:
        return AlreadyThere(
            "A file of this name is there already",
            where=self._where(path),
            remedy="Take it away, set overwrite, or make the name unique with {date} or {n}",
        )

    def _changed(self, path: str, how: str) -> FileChanged:
        return FileChanged(
            f"The file {how}",
            where=self._where(path),
            remedy="Nothing is to be done if its writer was still at work; else set a minimum age",
        )


def _remote(path: str, entry: Entry) -> RemoteFile:
    return RemoteFile(path, entry.name, entry.size, entry.modified, entry.version)


def _is_same(entry: Entry, file: RemoteFile) -> bool:
    return (entry.size, entry.modified, entry.version) == (file.size, file.modified, file.version)


def _identity(entry: Entry | None) -> str:
    return f"{entry.size}|{entry.modified}|{entry.version}" if entry else ""


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
