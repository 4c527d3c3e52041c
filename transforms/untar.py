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
from transforms.unpacking import MIB, BoundedReader, Unpacking, refused

GZIP = b"\x1f\x8b"
"""What a gzip file begins with (RFC 1952, section 2.3.1)."""
ROOM = 64 * MIB
"""Bytes that an archive may have beyond those of its files, for headers and padding."""
HEADERS_MOST = 2 * MIB
"""Bytes that the headers of one entry may have."""
GLOBALS_MOST = 16
"""Records that may be for all entries (pax, `g`); archives of git have one."""


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
                leads out, is a link, a device or sparse, or is named like another one.
        """
        unpacking = Unpacking(document, self.untar_mib * MIB, self.untar_entries)
        try:
            with _opened(document, bench, unpacking.most_bytes + ROOM) as file:
                made = self._all(file, unpacking, bench)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise refused(document, f"This is no sound tar archive: {error}") from error
        except (ValueError, OverflowError, RecursionError) as error:
            raise refused(document, "This is no sound tar archive: a header is wrong") from error
        if not made:
            raise refused(document, "The archive is empty")
        return made

    def _all(self, file: IO[bytes], unpacking: Unpacking, bench: Workbench) -> list[Document]:
        reader = BoundedReader(file, unpacking.document, HEADERS_MOST)
        with tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r:") as archive:
            made = []
            for entry in _files(archive, unpacking):
                reader.allow(entry.size)
                made.append(self._unpacked(archive, entry, unpacking, bench))
            _check_end(file, archive.offset, unpacking.document)
            return made

    def _unpacked(
        self,
        archive: tarfile.TarFile,
        entry: tarfile.TarInfo,
        unpacking: Unpacking,
        bench: Workbench,
    ) -> Document:
        directory, name = unpacking.name(entry.name, with_directory=self.untar_directories)
        path = bench.new(name)
        source = archive.extractfile(entry)
        if source is None:
            raise refused(unpacking.document, "The archive has an entry without content")
        unpacking.copy(source, path)
        return unpacking.document.made(path, name, {"archive_path": directory})


def _files(archive: tarfile.TarFile, unpacking: Unpacking) -> Iterator[tarfile.TarInfo]:
    while (entry := archive.next()) is not None:
        # It would keep the headers of all of them.
        archive.members.clear()  # type: ignore[attr-defined]
        unpacking.count()
        if len(archive.pax_headers) > GLOBALS_MOST:
            raise refused(unpacking.document, "The archive has too many records for all entries")
        if entry.isdir():
            continue
        if not entry.isreg() or entry.issparse():
            raise refused(
                unpacking.document, "The archive has an entry that is no file, such as a link"
            )
        unpacking.announced(entry.size)
        yield entry


def _check_end(file: IO[bytes], offset: int, document: Document) -> None:
    """See that nothing follows: tarfile ends without an error where a header is damaged."""
    file.seek(offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise refused(document, "The archive has no end: it is cut off or damaged")
    while chunk := file.read(CHUNK):
        if chunk.strip(b"\0"):
            raise refused(document, "Something follows the end of the archive")


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
