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
from itertools import chain, count
from pathlib import Path
from typing import IO

from blocks.driver import Driver, Entry
from blocks.endpoint import (
    AfterPickup,
    Connection,
    Endpoint,
    Locking,
    Parcel,
    Receipt,
    RemoteFile,
    Staged,
    Trace,
    display,
)
from blocks.execution_folder import sync_directory
from blocks.limits import ended_in_time, limited
from blocks.paths import LOCK, TEMPORARY, below_base, is_unfinished, join, numbered, parent
from transforms.document import CHUNK, Fingerprint, Hasher
from transforms.errors import (
    AlreadyThere,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    Locked,
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

    # -- source ----------------------------------------------------------------------------

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of a directory; see the contract."""
        first = self._directory(directory)
        open_directories = [first]
        while open_directories:
            here = open_directories.pop()
            try:
                with self._in_time(here):
                    entries = list(self._driver.scan(here))
            except DirectoryMissing:
                if here == first:
                    raise
                continue
            for entry in entries:
                if entry.is_directory:
                    if recursive:
                        open_directories.append(join(here, entry.name))
                elif not is_unfinished(entry.name):
                    path = join(here, entry.name)
                    yield RemoteFile(path, entry.name, entry.size, entry.modified, entry.version)

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

    def lock(self, file: RemoteFile, owner: str) -> bool:
        """Lay `name.lock` beside the file, with the owner as content; see the contract."""
        with self._in_time(file.path):
            return self._lock(file.path, owner)

    def unlock(self, file: RemoteFile) -> None:
        """Remove `name.lock`."""
        with self._in_time(file.path):
            self._unlock(file.path)

    def _lock(self, path: str, owner: str) -> bool:
        return self._driver.create(path + LOCK, owner.encode()) or self._holds(path, owner)

    def _holds(self, path: str, owner: str) -> bool:
        content = b""
        try:
            for chunk in self._driver.read(path + LOCK):
                content += chunk
                if len(content) > len(owner.encode()):
                    return False
        except FileMissing:
            return False
        return content == owner.encode()

    def _unlock(self, path: str) -> None:
        with suppress(FileMissing):
            self._driver.remove(path + LOCK)

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
        if there != size or (self._read_back and self._hash(temporary) != sha256):
            self._discard(temporary)
            raise Unreachable(
                f"The target kept {there} of {size} bytes, or other ones",
                where=self._where(temporary),
                remedy="Look at the target's disk and quota; the file is sent again",
            )

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Rename what was staged to its final name; see the contract."""
        locked = parcel.locking is Locking.LOCK_FILE
        with self._in_time(staged.location):
            if locked and not self._lock(staged.location, parcel.key):
                raise self._locked(staged.location)
            try:
                self._rename(parcel, staged)
            except Unreachable as error:
                raise DeliveryUnconfirmed(
                    f"The connection was lost while the file became visible: {error.what}",
                    where=self._where(staged.location),
                    remedy="Nothing is to be done: the target is asked before anything is sent",
                ) from error
            finally:
                if locked:
                    self._release(staged.location)
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

    def _release(self, path: str) -> None:
        # The same owner finds its own lock again; the proof must not hang on it.
        with suppress(EndpointError):
            self._unlock(path)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got, from the temporary and the final name."""
        with self._in_time(parcel.name):
            if staged is None:
                self._discard(self._temporary(parcel))
                return Trace.ABSENT, "it was never complete at the target"
            if parcel.locking is Locking.LOCK_FILE and self._holds(staged.location, parcel.key):
                self._release(staged.location)
            return self._trace(staged)

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

    def _locked(self, path: str) -> Locked:
        return Locked(
            "Somebody else has locked the file",
            where=self._where(path + LOCK),
            remedy="Wait, or remove the lock file if its owner is dead",
        )

    def _changed(self, path: str, how: str) -> FileChanged:
        return FileChanged(
            f"The file {how}",
            where=self._where(path),
            remedy="Nothing is to be done if its writer was still at work; else set a minimum age",
        )


def _is_same(entry: Entry, file: RemoteFile) -> bool:
    return (entry.size, entry.modified, entry.version) == (file.size, file.modified, file.version)


def _identity(entry: Entry | None) -> str:
    return f"{entry.size}|{entry.modified}|{entry.version}" if entry else ""


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
