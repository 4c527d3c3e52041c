"""How a file is kept from others: a lock file beside it, a new name, or the server's own lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count

from blocks.driver import Driver, Entry
from blocks.endpoint import Locking, Parcel, RemoteFile, display
from blocks.paths import LOCK, join, numbered, parent
from transforms.errors import AlreadyThere, EndpointError, FileChanged, FileMissing, Locked
from transforms.names import LONGEST

LONGEST_OWNER = 200
"""Bytes of a lock file that are read: ours are shorter, and others' are none of our business."""


class FileLocks:
    """The locks that one session takes.

    Args:
        driver: the raw verbs.
        label: the endpoint, for errors.
    """

    def __init__(self, driver: Driver, label: str) -> None:
        """Begin without a lock."""
        self._driver = driver
        self._label = label

    # -- source ----------------------------------------------------------------------------

    def take(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Lock a source file; see `Connection.lock`."""
        if how is Locking.RENAME:
            return self._rename(file, owner)
        if how is Locking.SERVER_LOCK:
            return file if self._driver.hold(file.path, owner) else None
        return file if self.lay(file.path, owner) else None

    def give_back(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """End a lock; see `Connection.unlock`."""
        if how is Locking.RENAME:
            self._rename_back(file, owner)
        elif how is Locking.SERVER_LOCK:
            self._driver.release(file.path)
        else:
            self.lift(file.path)

    def _rename(self, file: RemoteFile, owner: str) -> RemoteFile | None:
        taken = taken_path(file, owner)
        entry = self._driver.stat(taken)
        if entry is None:
            try:
                self._driver.rename(file.path, taken)
            except FileMissing:
                # Who came first has given it another name, or taken it away.
                return None
            entry = self._driver.stat(taken)
            if entry is None or not _is_same(entry, file):
                self._rename_back(file, owner)
                raise FileChanged(
                    "The file is not, or no longer, the one that was listed",
                    where=f"{self._label}:/{display(file.path)}",
                    remedy="Nothing is to be done if its writer was still at work",
                )
        return replace(
            file, path=taken, size=entry.size, modified=entry.modified, version=entry.version
        )

    def _rename_back(self, file: RemoteFile, owner: str) -> None:
        self.name_again(taken_path(file, owner), parent(file.path), file.name)

    def name_again(self, taken: str, directory: str, name: str) -> str:
        """Give a document that was taken its name back, with a number if others have that now.

        Returns:
            Its path, "" if it is gone.
        """
        for number in count(1):
            path = join(directory, numbered(name, number))
            try:
                self._driver.rename(taken, path)
            except FileMissing:
                return ""
            except AlreadyThere:
                continue
            return path
        raise AssertionError

    # -- lock files ------------------------------------------------------------------------

    def lay(self, path: str, owner: str) -> bool:
        """Lay `name.lock` with the owner as its content; True if it is there already."""
        return self._driver.create(path + LOCK, owner.encode()) or self.owner_of(path) == owner

    def owner_of(self, path: str) -> str:
        """Return what a lock file says; "" if there is none, or one that is not ours."""
        content = b""
        try:
            for chunk in self._driver.read(path + LOCK):
                content += chunk
                if len(content) > LONGEST_OWNER:
                    return ""
        except FileMissing:
            return ""
        return content.decode(errors="replace")

    def lift(self, path: str) -> None:
        """Remove a lock file; nothing happens if there is none."""
        with suppress(FileMissing):
            self._driver.remove(path + LOCK)

    # -- target ----------------------------------------------------------------------------

    @contextmanager
    def around(self, path: str, parcel: Parcel) -> Iterator[None]:
        """Keep others off a target's file while it becomes visible, where the parcel asks for it.

        Raises:
            Locked: somebody else keeps us off it.
        """
        if parcel.locking is Locking.SERVER_LOCK:
            with self._held(path, parcel.key):
                yield
            return
        if parcel.locking is not Locking.LOCK_FILE:
            yield
            return
        if not self.lay(path, parcel.key):
            raise Locked(
                "Somebody else has locked the file",
                where=f"{self._label}:/{display(path + LOCK)}",
                remedy="Wait, or remove the lock file if its owner is dead",
            )
        try:
            yield
        finally:
            self._release(path)

    @contextmanager
    def _held(self, path: str, owner: str) -> Iterator[None]:
        """Hold the file that is to be replaced; where there is none, there is nothing to hold."""
        is_held = True
        with suppress(FileMissing):
            is_held = self._driver.hold(path, owner)
        if not is_held:
            raise Locked(
                "Somebody else holds the file",
                where=f"{self._label}:/{display(path)}",
                remedy="Wait, or have the lock removed at the server",
            )
        try:
            yield
        finally:
            with suppress(EndpointError):
                self._driver.release(path)

    def lift_own(self, path: str, parcel: Parcel) -> None:
        """Remove the lock file that an earlier attempt of this delivery may have left."""
        if parcel.locking is Locking.LOCK_FILE and self.owner_of(path) == parcel.key:
            self._release(path)

    def _release(self, path: str) -> None:
        # The same owner finds its own lock again; the proof must not hang on it.
        with suppress(EndpointError):
            self.lift(path)


def taken_path(file: RemoteFile, owner: str) -> str:
    """Return the path under which one owner keeps a file: it starts as nothing others take."""
    mark = hashlib.sha256(f"{owner}\n{file.path}".encode(errors="surrogateescape")).hexdigest()
    name = f".govmanager-{mark[:16]}-{file.name}"
    if len(name.encode(errors="surrogateescape")) > LONGEST:
        name = f".govmanager-{mark[:16]}"
    return join(parent(file.path), name)


def _is_same(entry: Entry, file: RemoteFile) -> bool:
    # A new name may come with a new etag.
    return (entry.size, entry.modified) == (file.size, file.modified)
