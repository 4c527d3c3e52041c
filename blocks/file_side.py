"""What both sides of a file endpoint share: the driver, its limits, paths and errors."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

from blocks.driver import Driver, Entry
from blocks.endpoint import Endpoint, display
from blocks.limits import ended_in_time, limited
from blocks.paths import below_base, parent
from transforms.document import Hasher
from transforms.errors import DirectoryMissing, FileChanged, FileMissing

SMALL = 1 << 15
"""Bytes up to which files are asked for together: what every SFTP server gives at once."""


class FileSide:
    """One driver and the endpoint whose label and limits apply."""

    def __init__(self, driver: Driver, endpoint: Endpoint) -> None:
        """Work with this driver."""
        self.driver = driver
        self.endpoint = endpoint

    def directory(self, directory: str) -> str:
        """Return a directory below the base directory; see `below_base`."""
        return below_base(directory, self.endpoint.label)

    def make_directories(self, directory: str) -> None:
        """Create what is missing of a directory."""
        if directory and not self.is_directory(directory):
            self.make_directories(parent(directory))
            self.driver.make_directory(directory)

    def is_directory(self, path: str) -> bool:
        """Tell whether a directory is there; False if nothing is.

        Raises:
            DirectoryMissing: a file is in its place.
        """
        entry = self.driver.stat(path)
        if entry and not entry.is_directory:
            raise DirectoryMissing(
                "A file is where the directory should be",
                where=self.where(path),
                remedy="Take the file away, or correct the directory in the definition",
            )
        return entry is not None

    def hash(self, path: str) -> str:
        """Read a file and return its SHA-256, hexadecimal."""
        hasher = Hasher(with_md5=False)
        for chunk in limited(self.driver.read(path), self.endpoint, path):
            hasher.update(chunk)
        return hasher.sha256

    def discard(self, path: str) -> None:
        """Remove a file of ours, if it is there."""
        with suppress(FileMissing, DirectoryMissing):
            self.driver.remove(path)

    def in_time(self, path: str) -> AbstractContextManager[None]:
        """End the connection once the endpoint's total limit is over."""
        return ended_in_time(self.endpoint, path, self.driver.close)

    def where(self, path: str) -> str:
        """Return a path as errors show it."""
        return f"{self.endpoint.label}:/{display(path)}"

    def changed(self, path: str, how: str) -> FileChanged:
        """Return the error of a file that is not what it was."""
        return FileChanged(
            f"The file {how}",
            where=self.where(path),
            remedy="Nothing is to be done if its writer was still at work; else set a minimum age",
        )


def identity(entry: Entry | None) -> str:
    """Return what tells one state of a file from another; "" if it is not there."""
    return f"{entry.size}|{entry.modified}|{entry.version}" if entry else ""
