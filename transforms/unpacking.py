"""Guards for what is unpacked: no path leads out, nothing grows without bound."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from unicodedata import normalize

from transforms.document import CHUNK, Document
from transforms.errors import DocumentInvalid, NameNotAllowed
from transforms.names import safe_name

MIB = 1 << 20
DRIVE = re.compile(r"[A-Za-z]:")
LONGEST_SHOWN = 60


def refused(document: Document, what: str, remedy: str = "") -> DocumentInvalid:
    """Return the error for an archive that is not taken."""
    return DocumentInvalid(
        what, where=document.name, remedy=remedy or "Ask the sender for a sound archive"
    )


def leaf_of(document: Document, entry: str) -> tuple[str, str]:
    """Return directory and leaf name of an archive's entry, both harmless.

    Args:
        document: the archive, for errors.
        entry: the path that the archive gives, with `/`.

    Raises:
        DocumentInvalid: the path is absolute, leads up, or has a name that no file may have.
    """
    parts = [part for part in normalize("NFC", entry).split("/") if part != "."]
    leads_out = entry.startswith("/") or ".." in parts or DRIVE.match(entry) or "\\" in entry
    if leads_out or not parts:
        raise refused(document, f"An entry leads out of the archive: {_shown(entry)}")
    try:
        names = [safe_name(part) for part in parts]
    except NameNotAllowed as error:
        raise refused(document, f"{error.what}, in the archive: {_shown(entry)}") from error
    return "/".join(names[:-1]), names[-1]


def _shown(entry: str) -> str:
    return ascii(entry if len(entry) <= LONGEST_SHOWN else f"{entry[:LONGEST_SHOWN]}…")


class BoundedReader:
    """An archive of which a library reads only so much beside the content of its entries.

    Headers are what a library keeps in memory, and an archive may consist of nothing else.
    """

    def __init__(self, file: IO[bytes], document: Document, room: int) -> None:
        """Allow for headers only.

        Args:
            file: the archive, opened.
            document: the archive, for errors.
            room: bytes that may be read until `allow` is called, and then beside each entry.
        """
        self._file = file
        self._document = document
        self._room = self._left = room
        self.tell = file.tell
        self.seekable = file.seekable

    def allow(self, size: int) -> None:
        """Let the content of the next entry be read, of this many bytes, and what is around it."""
        self._left = size + self._room

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place.

        Raises:
            DocumentInvalid: it is before the beginning, as a wrong number in a header has it.
        """
        if whence == 0 and offset < 0:
            raise refused(self._document, "The archive has a number that is wrong")
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """Read as a file does.

        Raises:
            DocumentInvalid: the headers are too large.
        """
        if size <= self._left:
            data = self._file.read(size if size >= 0 else self._left + 1)
            self._left -= len(data)
            if self._left >= 0:
                return data
        raise refused(self._document, "The archive has headers that are too large")


@dataclass(slots=True)
class Unpacking:
    """One archive while it is unpacked.

    Attributes:
        document: the archive.
        most_bytes: what all entries together may have.
        most_entries: how many there may be.
    """

    document: Document
    most_bytes: int
    most_entries: int
    _bytes: int = 0
    _names: set[str] = field(default_factory=set)
    _entries: int = 0

    def count(self, entries: int = 1) -> None:
        """Take entries into account; directories are some, too.

        Raises:
            DocumentInvalid: there are too many.
        """
        self._entries += entries
        if self._entries > self.most_entries:
            raise refused(self.document, f"The archive has more than {self.most_entries} entries")

    def announced(self, size: int) -> None:
        """Refuse at once what an archive says to be too large.

        Raises:
            DocumentInvalid: it would be.
        """
        if size > self.most_bytes - self._bytes:
            raise self._too_large()

    def name(self, entry: str, *, with_directory: bool) -> tuple[str, str]:
        """Return the directory and the name under which an entry goes on.

        Args:
            entry: the path that the archive gives.
            with_directory: whether the directory becomes part of the name, with `_`.

        Raises:
            DocumentInvalid: the path leads out, or another entry has the name.
        """
        directory, leaf = leaf_of(self.document, entry)
        name = "_".join((*filter(None, directory.split("/")), leaf)) if with_directory else leaf
        try:
            safe_name(name)
        except NameNotAllowed as error:
            raise refused(self.document, f"{error.what}, in the archive") from error
        if name.casefold() in self._names:
            raise refused(
                self.document,
                f"Two entries would be called {_shown(name)}",
                "Let the directories be part of the names, or ask the sender for other names",
            )
        self._names.add(name.casefold())
        return directory, name

    def copy(self, source: IO[bytes], target: Path) -> None:
        """Write one entry, as long as the archive stays within its bounds.

        Raises:
            DocumentInvalid: it does not.
        """
        with target.open("xb") as file:
            while chunk := source.read(CHUNK):
                self._bytes += len(chunk)
                if self._bytes > self.most_bytes:
                    raise self._too_large()
                file.write(chunk)

    def _too_large(self) -> DocumentInvalid:
        return refused(
            self.document,
            f"Unpacked, the archive has more than {self.most_bytes // MIB} MiB",
            "Raise the step's limit if archives of that size are meant",
        )
