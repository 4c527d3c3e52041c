"""Step `merge`: what was made of one original becomes one document."""

from __future__ import annotations

import shutil
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Literal

import pikepdf
from pydantic import Field, field_validator

from transforms.document import CHUNK, Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.names import check_template, facts_of
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
            DocumentInvalid: it is no sound PDF, or no table with a header.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return the one document that all of them make.

        Raises:
            DocumentInvalid: one is no sound PDF, or a table has another header or none.
            StepFailed: they are not all of one suffix.
        """
        if not documents:
            return []
        ordered = sorted(documents, key=lambda one: one.name) if self.merge_by_name else documents
        _check_one_kind(ordered)
        name = named(self.merge_name, ordered[0])
        path = bench.new(name)
        JOINS[self.merge_format](ordered, path)
        return [ordered[0].made(path, name)]


def _join_pages(documents: Sequence[Document], path: Path) -> None:
    with pikepdf.new() as made:
        for document in documents:
            with opened(document) as pdf:
                made.pages.extend(pdf.pages)
        saved(made, path)


def _check_one_kind(documents: Sequence[Document]) -> None:
    suffixes = sorted({facts_of(one.name)["suffix"].lower() for one in documents})
    if len(suffixes) > 1:
        raise StepFailed(
            f"The documents are of several kinds: {', '.join(map(repr, suffixes))}",
            where=documents[0].name,
            remedy="Let a filter before this step keep those that are to be joined",
        )


def _join_text(documents: Sequence[Document], path: Path) -> None:
    with path.open("xb") as target:
        for document in documents:
            with document.path.open("rb") as source:
                _append(source, target, b"\n")


def _join_rows(documents: Sequence[Document], path: Path) -> None:
    first = end = b""
    with path.open("xb") as target:
        for document in documents:
            with document.path.open("rb") as source:
                header = _header(source, document)
                plain = header.rstrip(b"\r\n")
                if not first:
                    first = plain
                    end = header[len(plain) :] or b"\r\n"
                    target.write(plain + end)
                if plain.removeprefix(BOM_UTF8) != first.removeprefix(BOM_UTF8):
                    raise DocumentInvalid(
                        f"The header is not that of {documents[0].name}",
                        where=f"{document.name}, line 1",
                        remedy="Join tables of one kind only",
                    )
                _append(source, target, end)


def _header(source: IO[bytes], document: Document) -> bytes:
    """Read the first record; a title may have line ends within quotes (RFC 4180, 2.6)."""
    lines: list[bytes] = []
    quotes = size = 0
    while line := source.readline(LONGEST_HEADER):
        lines.append(line)
        quotes += line.count(b'"')
        size += len(line)
        if quotes % 2 == 0 or size >= LONGEST_HEADER:
            break
    header = b"".join(lines)
    if quotes % 2 or size >= LONGEST_HEADER or not header.strip():
        raise DocumentInvalid(
            "The table has no header, or one that does not end",
            where=f"{document.name}, line 1",
            remedy="Ask the sender to correct it",
        )
    if header.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise DocumentInvalid(
            "The table is written in UTF-16",
            where=document.name,
            remedy="Let a step before convert it to UTF-8",
        )
    return header


def _append(source: IO[bytes], target: IO[bytes], end: bytes) -> None:
    """Copy the rest, and end its last line."""
    begin = target.tell()
    shutil.copyfileobj(source, target, CHUNK)
    if target.tell() > begin:
        source.seek(-1, 2)
        if source.read(1) not in (b"\n", b"\r"):
            target.write(end)


JOINS = {
    MergeFormat.PDF: _join_pages,
    MergeFormat.CSV: _join_rows,
    MergeFormat.TEXT: _join_text,
}
