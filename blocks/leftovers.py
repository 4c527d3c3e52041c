"""What dead runs left at a file server: found by exactly our names, removed one by one.

Who is dead, only the ledger knows; this module answers for names. What it finds:

    .govmanager-<32 hex digits>.part      bytes of a delivery, which the digits are the key of
    .govmanager-probe-<32 hex digits>…    what an access check tried with
    name.lock                             a lock file whose content is exactly a key or an id
    .govmanager-<16 hex digits>-name      somebody's document, taken by an execution
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from blocks.driver import Driver, Entry
from blocks.endpoint import Endpoint, Leftover, Remains, RemoteFile
from blocks.file_locks import FileLocks, taken_path
from blocks.file_side import FileSide
from blocks.paths import LOCK, TEMPORARY, join, parent
from transforms.errors import AccessRefused, DirectoryMissing, FileMissing

OURS = TEMPORARY.partition("{key}")[0]
PART = r"\.(?:part|upload)"
"""Nextcloud and ownCloud keep `.part` for themselves; see `blocks.dav_client`."""
TEMPORARY_NAME = re.compile(rf"\.govmanager-([0-9a-f]{{32}}){PART}")
PROBE_NAME = re.compile(rf"\.govmanager-probe-[0-9a-f]{{32}}(?:-[12])?{PART}")
TAKEN_NAME = re.compile(r"\.govmanager-[0-9a-f]{16}(?:-(.+))?", re.DOTALL)
OWNER = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A delivery's key, or an execution's id: that of the flow run that began it."""
OWNER_SIZES = (32, 36)
"""Bytes of these two."""

GONE = "was gone already"


class FileLeftovers(FileSide):
    """What runs have left over one driver.

    Args:
        driver: the raw verbs.
        endpoint: whose label and limits apply.
        locks: those of the session.
    """

    def __init__(self, driver: Driver, endpoint: Endpoint, locks: FileLocks) -> None:
        """Work with this driver."""
        super().__init__(driver, endpoint)
        self._locks = locks

    # -- finding ---------------------------------------------------------------------------

    def find(self, directory: str, *, recursive: bool) -> Iterator[Leftover]:
        """Yield what bears our names; see the contract."""
        open_directories = [self.directory(directory)]
        while open_directories:
            here = open_directories.pop()
            for entry in self._entries(here):
                path = join(here, entry.name)
                if entry.is_directory:
                    open_directories += [path] * recursive
                elif found := self.leftover(path, entry):
                    yield found

    def scan(self, directory: str) -> Iterable[Entry]:
        """Yield all entries that a directory may have leftovers among."""
        return self.driver.scan(directory)

    def _entries(self, directory: str) -> list[Entry]:
        """Keep what may be of interest: a directory has many more files than that."""
        with self.in_time(directory), suppress(DirectoryMissing):
            return [
                entry
                for entry in self.scan(directory)
                if entry.is_directory or entry.name.startswith(OURS) or _may_lock(entry)
            ]
        return []

    def leftover(self, path: str, entry: Entry) -> Leftover | None:
        """Describe a file if it certainly is ours; None if it is not."""
        if found := TEMPORARY_NAME.fullmatch(entry.name):
            return described(path, Remains.TEMPORARY, entry, found[1])
        if PROBE_NAME.fullmatch(entry.name):
            return described(path, Remains.TEMPORARY, entry)
        if found := TAKEN_NAME.fullmatch(entry.name):
            original = join(parent(path), found[1]) if found[1] else ""
            return described(path, Remains.RENAMED, entry, original=original)
        owner = self._owner(path) if _may_lock(entry) else ""
        return described(path, Remains.LOCK, entry, owner) if owner else None

    def _owner(self, path: str) -> str:
        """Return whom a lock file names if that is what we would write, else ""."""
        with self.in_time(path), suppress(AccessRefused):
            owner = self._locks.owner_of(path.removesuffix(LOCK))
            return owner if OWNER.fullmatch(owner) else ""
        return ""

    # -- removing --------------------------------------------------------------------------

    def remove(self, leftover: Leftover) -> str:
        """Remove it, if it still is what was found; see the contract."""
        with self.in_time(leftover.path):
            entry = self.driver.stat(leftover.path)
            if entry is None:
                return GONE
            self._check(leftover, entry)
            if leftover.kind is Remains.RENAMED:
                return self._given_back(leftover)
            try:
                self.discard_whole(leftover)
            except FileMissing:
                return GONE
            return "removed"

    def discard_whole(self, leftover: Leftover) -> None:
        """Remove a temporary or a lock file, and what hangs on it."""
        self.driver.remove(leftover.path)

    def _check(self, leftover: Leftover, entry: Entry) -> None:
        now = self.leftover(leftover.path, entry)
        found = (leftover.kind, leftover.owners, leftover.size, leftover.modified, leftover.version)
        if now is None or (now.kind, now.owners, now.size, now.modified, now.version) != found:
            raise self.changed(leftover.path, "is not, or no longer, what was found")

    def _given_back(self, leftover: Leftover) -> str:
        directory, _, name = leftover.original.rpartition("/")
        if not name or directory != parent(leftover.path):
            raise self.changed(leftover.path, "had a name that nobody knows")
        path = self._locks.name_again(leftover.path, directory, name)
        return f"has its name back: {path}" if path else GONE


def is_taken_by(leftover: Leftover, file: RemoteFile, execution: str) -> bool:
    """Tell whether a document is this file, taken by this execution."""
    return leftover.kind is Remains.RENAMED and taken_path(file, execution) == leftover.path


def described(path: str, kind: Remains, entry: Entry, *owners: str, original: str = "") -> Leftover:
    """Return a leftover of this kind."""
    return Leftover(path, kind, owners, entry.modified, entry.size, entry.version, original)


def _may_lock(entry: Entry) -> bool:
    return entry.name.endswith(LOCK) and entry.size in OWNER_SIZES
