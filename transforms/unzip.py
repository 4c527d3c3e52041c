"""Step `unzip`: every entry of a ZIP archive becomes a document."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import Field

from transforms.document import Document
from transforms.step import Step, Workbench
from transforms.unpacking import MIB, BoundedReader, Unpacking, refused

ENCRYPTED = 1
"""Bit 0 of the general purpose flags (APPNOTE.TXT 4.4.4)."""
END = b"PK\5\6"
END_LENGTH = 22
END_MOST = END_LENGTH + 0xFFFF
"""What the record at the end begins with; its bytes without and with a comment (4.3.16)."""
SPANNING = 4
"""Bytes of the mark that an archive made for several disks begins with (8.5.4)."""
ROOM_EACH = 512
"""Bytes of the directory that an entry has on average, at most."""


class Unzip(Step):
    """Unpack a ZIP archive; only one level, an archive inside is a document."""

    kind: Literal["unzip"] = Field(
        default="unzip",
        title="Step",
        description="Unpacks each ZIP archive; every entry becomes a document.",
    )
    unzip_mib: int = Field(
        default=2048,
        ge=1,
        title="Most MiB",
        description="MiB that all entries of one archive may have together; more is refused.",
    )
    unzip_entries: int = Field(
        default=10_000,
        ge=1,
        title="Most entries",
        description="Entries that one archive may have; more are refused.",
    )
    unzip_encoding: Literal["cp437", "cp850", "cp1252", "utf-8"] = Field(
        default="cp437",
        title="Encoding of names",
        description="Of names that are not marked as UTF-8; old German Windows programs use cp850.",
    )
    unzip_directories: bool = Field(
        default=False,
        title="Directories in names",
        description="Whether Anlagen/a.pdf becomes Anlagen_a.pdf; the fact archive_path has the "
        "directory in any case.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the entries in the order of the archive's directory.

        Raises:
            DocumentInvalid: it is no sound ZIP archive, is encrypted, grows too large, or has an
                entry that leads out, is no file, or is named like another one.
        """
        unpacking = Unpacking(document, self.unzip_mib * MIB, self.unzip_entries)
        try:
            with document.path.open("rb") as file:
                return self._all(file, unpacking, bench)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
            raise refused(document, f"This is no sound ZIP archive: {error}") from error

    def _all(self, file: IO[bytes], unpacking: Unpacking, bench: Workbench) -> list[Document]:
        reader = BoundedReader(file, unpacking.document, MIB + ROOM_EACH * self.unzip_entries)
        with ZipFile(reader, metadata_encoding=self.unzip_encoding) as archive:
            unpacking.count(len(archive.infolist()))
            _check_ends(file, archive, unpacking.document)
            # A directory has no content; one that has is looked at like a file, and refused.
            entries = [
                one for one in archive.infolist() if one.file_size or not one.filename.endswith("/")
            ]
            _check(unpacking.document, entries)
            unpacking.announced(sum(one.file_size for one in entries))
            made = []
            for entry in entries:
                reader.allow(entry.compress_size)
                made.append(self._unpacked(archive, entry, unpacking, bench))
            return made

    def _unpacked(
        self, archive: ZipFile, entry: ZipInfo, unpacking: Unpacking, bench: Workbench
    ) -> Document:
        directory, name = unpacking.name(entry.filename, with_directory=self.unzip_directories)
        path = bench.new(name)
        with archive.open(entry) as source:
            unpacking.copy(source, path)
        return unpacking.document.made(path, name, {"archive_path": directory})


def _check_ends(file: IO[bytes], archive: ZipFile, document: Document) -> None:
    """See that there is one archive only: of two that follow each other, zipfile reads the last."""
    first = min((one.header_offset for one in archive.infolist()), default=0)
    if first > SPANNING:
        raise refused(document, "The archive is not at the beginning of the file")
    file.seek(max(0, file.seek(0, 2) - END_MOST))
    tail = file.read()
    behind = tail[tail.rindex(END) + END_LENGTH + len(archive.comment) :]
    if behind.strip(b"\0"):
        raise refused(document, "Something follows the end of the archive")


def _check(document: Document, entries: Sequence[ZipInfo]) -> None:
    if not entries:
        raise refused(document, "The archive is empty")
    for one in entries:
        if one.flag_bits & ENCRYPTED:
            raise refused(document, "The archive is encrypted", "Ask the sender for an open one")
        if one.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            # Only of these two can zipfile unpack a part at a time.
            raise refused(
                document,
                "The archive is compressed in an unusual way",
                "Ask the sender for one that is compressed with deflate",
            )
        mode = one.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise refused(document, "The archive has an entry that is no file, such as a link")
    # Entries that share bytes are how a few of them become petabytes.
    ordered = sorted(entries, key=lambda one: one.header_offset)
    for one, following in pairwise(ordered):
        if one.header_offset + one.compress_size > following.header_offset:
            raise refused(document, "Entries of the archive overlap")
