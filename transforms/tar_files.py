"""Step `tar`: what was made of one original goes into one tar archive (POSIX.1-2001, pax)."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, cast

from pydantic import Field, field_validator

from transforms.document import Document
from transforms.names import check_template
from transforms.packing import check_distinct, named, time_of
from transforms.step import Step, Workbench


class TarFiles(Step):
    """Pack documents into a tar archive; the same documents make the same bytes."""

    kind: Literal["tar"] = Field(
        default="tar",
        title="Step",
        description="Packs all documents that were made of one original into one tar archive.",
    )
    tar_name: str = Field(
        default="{stem}.tar",
        min_length=1,
        title="Name",
        description="Template of the archive's name; the fields are those of the first document.",
    )
    tar_compressed: bool = Field(
        default=False,
        title="Compressed",
        description="Compresses the archive with gzip; let the name end with .tar.gz then.",
    )

    @field_validator("tar_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return an archive of this one document.

        Raises:
            StepFailed: the template names what is not known of it.
            NameNotAllowed: it makes a name that no file may have.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return one archive of all.

        Raises:
            StepFailed: two documents have one name.
            NameNotAllowed: the template makes a name that no file may have.
        """
        if not documents:
            return []
        first = documents[0]
        check_distinct(documents, first.name)
        name = named(self.tar_name, first)
        path = bench.new(name)
        with (
            self._opened(path, first) as file,
            tarfile.open(mode="w", fileobj=file, format=tarfile.PAX_FORMAT) as archive,
        ):
            for document in documents:
                entry = tarfile.TarInfo(document.name)
                entry.size = document.path.stat().st_size
                entry.mtime = int(time_of(document).timestamp())
                with document.path.open("rb") as source:
                    archive.addfile(entry, source)
        return [first.made(path, name)]

    @contextmanager
    def _opened(self, path: Path, first: Document) -> Iterator[IO[bytes]]:
        with path.open("xb") as file:
            if not self.tar_compressed:
                yield file
                return
            moment = time_of(first).timestamp()
            with gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as compressed:
                yield cast("IO[bytes]", compressed)
