"""Step `merge`: what was made of one original becomes one document."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Literal

import pikepdf
from pydantic import Field, field_validator

from transforms.document import CHUNK, Document
from transforms.errors import DocumentInvalid
from transforms.names import check_template
from transforms.packing import named
from transforms.pdf_pages import opened, saved
from transforms.step import Step, Workbench

LONGEST_HEADER = 1 << 20


class MergeFormat(StrEnum):
    """How documents are joined."""

    PDF = "PDF"
    CSV = "CSV"
    TEXT = "TEXT"


class Merge(Step):
    """Join documents into one: pages, rows under one header, or lines."""

    kind: Literal["merge"] = Field(
        default="merge",
        title="Step",
        description="Joins all documents that were made of one original into one.",
    )
    merge_format: MergeFormat = Field(
        title="Format",
        description="PDF joins pages, CSV rows under one header, which must be the same in all, "
        "TEXT bytes with a line end between.",
    )
    merge_name: str = Field(
        default="{name}",
        min_length=1,
        title="Name",
        description="Template of the name; the fields are those of the first document.",
    )
    merge_by_name: bool = Field(
        default=False,
        title="By name",
        description="Sorts the documents by name; otherwise they keep their order.",
    )

    @field_validator("merge_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the one document, looked at and written anew.

        Raises:
            DocumentInvalid: it is no sound PDF.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return the one document that all of them make.

        Raises:
            DocumentInvalid: one is no sound PDF, or two tables have different headers.
        """
        if not documents:
            return []
        ordered = sorted(documents, key=lambda one: one.name) if self.merge_by_name else documents
        name = named(self.merge_name, ordered[0])
        path = bench.new(name)
        if self.merge_format is MergeFormat.PDF:
            _join_pages(ordered, path)
        else:
            _join_lines(ordered, path, has_header=self.merge_format is MergeFormat.CSV)
        return [ordered[0].made(path, name)]


def _join_pages(documents: Sequence[Document], path: Path) -> None:
    with pikepdf.new() as made:
        for document in documents:
            with opened(document) as pdf:
                made.pages.extend(pdf.pages)
        saved(made, path)


def _join_lines(documents: Sequence[Document], path: Path, *, has_header: bool) -> None:
    header = b""
    with path.open("xb") as target:
        for number, document in enumerate(documents):
            with document.path.open("rb") as source:
                if has_header:
                    own = source.readline(LONGEST_HEADER)
                    header = header or own
                    if own.rstrip(b"\r\n") != header.rstrip(b"\r\n"):
                        raise DocumentInvalid(
                            f"The header is not that of {documents[0].name}",
                            where=f"{document.name}, line 1",
                            remedy="Join tables of one kind only",
                        )
                    if number == 0:
                        target.write(own)
                _append(source, target)


def _append(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy the rest, and end its last line."""
    begin = target.tell()
    shutil.copyfileobj(source, target, CHUNK)
    if target.tell() > begin:
        source.seek(-1, 2)
        if source.read(1) not in (b"\n", b"\r"):
            target.write(b"\n")
