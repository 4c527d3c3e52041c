"""The endpoint contract fulfilled once, over the few raw verbs a file protocol has to offer.

A protocol gives a `Driver`; names, temporary names, checks, locks, receipts and tracing are
written here and nowhere else. A directory at a target looks like this while a file comes in:

    .govmanager-<key>.part   the bytes, until they are verified
    name.lock                held around the rename, where the definition asks for it
    name                     visible at once and as a whole, by one rename of the server's own
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from blocks.driver import Driver, Entry
from blocks.endpoint import (
    AfterPickup,
    Can,
    Connection,
    Endpoint,
    Finding,
    Leftover,
    Locking,
    Parcel,
    Receipt,
    RemoteFile,
    Staged,
    Trace,
)
from blocks.file_locks import FileLocks
from blocks.file_source import FileSource
from blocks.file_target import FileTarget
from blocks.leftovers import FileLeftovers
from blocks.paths import join
from blocks.probing import probed
from transforms.document import Fingerprint
from transforms.errors import EndpointError

FILES_AND_LOCKS = frozenset(
    {
        Can.FETCH,
        Can.DELIVER,
        Can.ATOMIC,
        Can.OVERWRITE,
        Can.APPEND,
        Can.DIRECTORIES,
        Can.TRACE,
        Can.RESUME,
        Can.LOCK,
        Can.RENAME_LOCK,
    }
)
"""What a protocol with every raw verb of the driver can."""

__all__ = ["FILES_AND_LOCKS", "Driver", "Entry", "FileConnection", "join"]


class FileConnection(Connection):
    """A connection to any file protocol.

    Args:
        driver: the raw verbs; paths are below the endpoint's base directory.
        endpoint: whose label and limits apply.
        read_back: whether a delivered file is read again and its hash compared.
    """

    def __init__(self, driver: Driver, endpoint: Endpoint, *, read_back: bool = False) -> None:
        """Take over the driver; closing the connection closes it."""
        self._driver = driver
        self._endpoint = endpoint
        self._locks = FileLocks(driver, endpoint.label)
        self._source = FileSource(driver, endpoint)
        self._target = FileTarget(driver, endpoint, self._locks, read_back=read_back)
        self._leftovers = FileLeftovers(driver, endpoint, self._locks)

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of a directory."""
        return self._source.list_files(directory, recursive=recursive)

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one file into the new local file `to`."""
        return self._source.fetch(file, to)

    def fetch_many(
        self, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        """Fetch several files, the small ones together."""
        return self._source.fetch_many(wanted)

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Delete, move or keep a file whose bytes are safe."""
        return self._source.acknowledge(file, after, directory)

    def acknowledge_many(
        self, files: Sequence[RemoteFile], after: AfterPickup, directory: str = ""
    ) -> list[str | EndpointError]:
        """Delete, move or keep several files whose bytes are safe."""
        return self._source.acknowledge_many(files, after, directory)

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Take the lock on a source file."""
        with self._source.in_time(file.path):
            return self._locks.take(file, owner, how)

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Give the lock back."""
        with self._source.in_time(file.path):
            self._locks.give_back(file, owner, how)

    def locked_by(self, file: RemoteFile, how: Locking) -> str:
        """Read who laid the lock file."""
        if how is not Locking.LOCK_FILE:
            return ""
        with self._source.in_time(file.path):
            return self._locks.owner_of(file.path)

    def stage(self, parcel: Parcel) -> Staged:
        """Write the bytes under a temporary name and verify them.

        Raises:
            EndpointError: as the contract says.
        """
        (answer,) = self.stage_many([parcel])
        if isinstance(answer, EndpointError):
            raise answer
        return answer

    def stage_many(self, parcels: Sequence[Parcel]) -> list[Staged | EndpointError]:
        """Write the bytes of several parcels and verify them, the small ones together."""
        return self._target.stage_many(parcels)

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Rename what was staged to its final name."""
        return self._target.publish(parcel, staged)

    def publish_many(
        self, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[Receipt | EndpointError]:
        """Rename several files to their final names."""
        return self._target.publish_many(staged)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got, from the temporary and the final name."""
        return self._target.trace(parcel, staged)

    def leftovers(self, directory: str, *, recursive: bool) -> Iterator[Leftover]:
        """Yield what runs have left in a directory, or still need."""
        return self._leftovers.find(directory, recursive=recursive)

    def remove_leftover(self, leftover: Leftover) -> str:
        """Remove a leftover, or give a document its name back."""
        return self._leftovers.remove(leftover)

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """List, and write, rename, replace, lock and delete what nobody reads."""
        place = self._source.directory(directory)
        with self._source.in_time(place):
            yield from probed(self._driver, self._endpoint, place, write=write)

    def is_alive(self) -> bool:
        """Look at the base directory."""
        try:
            with self._source.in_time(""):
                return self._driver.stat("") is not None
        except EndpointError:
            return False

    def close(self) -> None:
        """End the session."""
        self._driver.close()
