"""Step `untar`: every file of a tar archive, compressed with gzip or not, becomes a document."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Literal, cast

from pydantic import Field

from transforms.document import CHUNK, Document
from transforms.step import Step, Workbench
from transforms.unpacking import MIB, Unpacking, refused

GZIP = b"\x1f\x8b"
"""What a gzip file begins with (RFC 1952, section 2.3.1)."""
ROOM = 64 * MIB
"""Bytes that an archive may have beyond those of its files, for headers and padding."""
HEADER_MOST = 2 * CHUNK
"""Bytes that one record of names may have; tarfile reads it into memory at once."""


class Untar(Step):
    """Unpack a tar archive; only one level, an archive inside is a document."""

    kind: Literal["untar"] = Field(
        default="untar",
        title="Step",
        description="Unpacks each tar archive, compressed with gzip or not; every file in it "
        "becomes a document.",
    )
    untar_mib: int = Field(
        default=2048,
        ge=1,
        title="Most MiB",
        description="MiB that all files of one archive may have together; more is refused.",
    )
    untar_entries: int = Field(
        default=10_000,
        ge=1,
        title="Most entries",
        description="Files that one archive may have; more are refused.",
    )
    untar_directories: bool = Field(
        default=False,
        title="Directories in names",
        description="Whether Anlagen/a.pdf becomes Anlagen_a.pdf; the fact archive_path has the "
        "directory in any case.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the files in the order of the archive.

        Raises:
            DocumentInvalid: it is no sound tar archive, grows too large, or has an entry that
                leads out, is a link or a device, or is named like another one.
        """
        unpacking = Unpacking(document, self.untar_mib * MIB, self.untar_entries)
        try:
            with (
                _opened(document, bench, unpacking.most_bytes + ROOM) as file,
                tarfile.open(
                    fileobj=cast("IO[bytes]", _Bounded(file, document)), mode="r:"
                ) as archive,
            ):
                made = [
                    self._unpacked(archive, one, unpacking, bench)
                    for one in archive
                    if not one.isdir()
                ]
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise refused(document, f"This is no sound tar archive: {error}") from error
        except (ValueError, OverflowError) as error:
            raise refused(document, "This is no sound tar archive: a number is wrong") from error
        if not made:
            raise refused(document, "The archive is empty")
        return made

    def _unpacked(
        self,
        archive: tarfile.TarFile,
        entry: tarfile.TarInfo,
        unpacking: Unpacking,
        bench: Workbench,
    ) -> Document:
        if not entry.isreg():
            raise refused(
                unpacking.document, "The archive has an entry that is no file, such as a link"
            )
        unpacking.announced(entry.size)
        directory, name = unpacking.name(entry.name, with_directory=self.untar_directories)
        path = bench.new(name)
        source = archive.extractfile(entry)
        if source is None:
            raise refused(unpacking.document, "The archive has an entry without content")
        unpacking.copy(source, path)
        return unpacking.document.made(path, name, {"archive_path": directory})


class _Bounded:
    """A file of which nobody reads so much at once that it would fill the memory."""

    def __init__(self, file: IO[bytes], document: Document) -> None:
        self._file = file
        self._document = document
        self.tell = file.tell
        self.seek = file.seek

    def read(self, size: int) -> bytes:
        if size > HEADER_MOST:
            raise refused(self._document, "The archive has a record of names that is too large")
        return self._file.read(size)


@contextmanager
def _opened(document: Document, bench: Workbench, most_bytes: int) -> Iterator[IO[bytes]]:
    """Open an archive; a compressed one is unpacked first, as reading it goes back and forth."""
    with document.path.open("rb") as file:
        is_compressed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not is_compressed:
            yield file
            return
        plain = bench.directory / ".tar"
        with gzip.GzipFile(fileobj=file) as packed:
            Unpacking(document, most_bytes, 1).copy(cast("IO[bytes]", packed), plain)
    with plain.open("rb") as file:
        yield file
    plain.unlink()
