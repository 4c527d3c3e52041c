"""Step `split-pdf`: a PDF becomes several, by pages or by bookmarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, Self

import pikepdf
from pydantic import Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.packing import check_part_template, named
from transforms.pdf_pages import opened, saved
from transforms.step import Step, Workbench

RANGE = re.compile(r"([1-9][0-9]*)(-([1-9][0-9]*)?)?")


class SplitPdf(Step):
    """Split a PDF; what belongs to the whole of it, such as attachments, stays behind."""

    kind: Literal["split-pdf"] = Field(
        default="split-pdf",
        title="Step",
        description="Splits each PDF by a number of pages, by page ranges or at its bookmarks; "
        "attachments and bookmarks are not in the parts.",
    )
    pdf_pages: int = Field(
        default=0, ge=0, title="Pages", description="Pages of each part; 0: another way."
    )
    pdf_ranges: list[str] = Field(
        default=[],
        title="Page ranges",
        description="Pages of each part, such as 1, 2-3 or 4-, which goes to the end; what is in "
        "no range is left out.",
        examples=[["1", "2-"]],
    )
    pdf_at_bookmarks: bool = Field(
        default=False,
        title="At bookmarks",
        description="Lets a part begin at each bookmark of the first level.",
    )
    pdf_part_name: str = Field(
        default="{stem}_{part}{suffix}",
        min_length=1,
        title="Name",
        description="Template of a part's name; {part}, which it must have, is its number.",
    )

    @field_validator("pdf_part_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_part_template(template)

    @field_validator("pdf_ranges")
    @classmethod
    def _ranges(cls, ranges: list[str]) -> list[str]:
        wrong = next((one for one in ranges if not RANGE.fullmatch(one)), "")
        if wrong:
            message = f"{wrong!r} is no page range; write 1, 2-3 or 4-"
            raise ValueError(message)
        return ranges

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.pdf_pages, self.pdf_ranges, self.pdf_at_bookmarks))) != 1:
            message = "say one of: a number of pages, page ranges, at bookmarks"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the parts in order.

        Raises:
            DocumentInvalid: it is no sound PDF, is encrypted, or lacks the pages or bookmarks.
        """
        with opened(document) as pdf:
            parts = self._parts(pdf, document)
            return [
                self._part(pdf, pages, number, document, bench)
                for number, pages in enumerate(parts, 1)
            ]

    def _part(
        self, pdf: pikepdf.Pdf, pages: range, number: int, document: Document, bench: Workbench
    ) -> Document:
        name = named(self.pdf_part_name, document, part=f"{number:04d}")
        path = bench.new(name)
        with pikepdf.new() as made:
            made.pages.extend(pdf.pages[page] for page in pages)
            saved(made, path)
        return document.made(path, name, {"part": f"{number:04d}"})

    def _parts(self, pdf: pikepdf.Pdf, document: Document) -> list[range]:
        count = len(pdf.pages)
        if self.pdf_pages:
            starts = [*range(0, count, self.pdf_pages), count]
        elif self.pdf_at_bookmarks:
            starts = [*_bookmarks(pdf, document), count]
        else:
            return [_range(one, count, document) for one in self.pdf_ranges]
        return [range(begin, end) for begin, end in pairwise(starts)]


def _range(text: str, count: int, document: Document) -> range:
    first, dash, last = text.partition("-")
    end = int(last) if last else count if dash else int(first)
    if not int(first) <= end <= count:
        raise DocumentInvalid(
            f"The PDF has {count} pages, and the step asks for {text}",
            where=document.name,
            remedy="Correct the step, or ask the sender for the document that was agreed upon",
        )
    return range(int(first) - 1, end)


def _destination(item: pikepdf.OutlineItem, pdf: pikepdf.Pdf) -> object:
    """Return where a bookmark leads to, also by a name (ISO 32000-1, 12.3.2.3)."""
    target: object = item.destination
    if target is None and item.action is not None:
        target = item.action.get("/D")
    if isinstance(target, pikepdf.Name):
        target = pdf.Root.get("/Dests", pikepdf.Dictionary()).get(str(target))
    elif isinstance(target, pikepdf.String):
        names = pdf.Root.get("/Names", pikepdf.Dictionary()).get("/Dests")
        target = pikepdf.NameTree(names).get(str(target)) if names is not None else None
    return target.get("/D") if isinstance(target, pikepdf.Dictionary) else target


def _bookmarks(pdf: pikepdf.Pdf, document: Document) -> list[int]:
    """Return the pages, from 0, that bookmarks of the first level lead to; the first is 0."""
    index = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    with pdf.open_outline(max_depth=1) as outline:
        targets = [_destination(item, pdf) for item in outline.root]
    pages = [one[0].objgen for one in targets if isinstance(one, pikepdf.Array) and len(one)]
    found = {index[page] for page in pages if page in index}
    if not found:
        raise DocumentInvalid(
            "The PDF has no bookmarks that lead to its pages",
            where=document.name,
            remedy="Ask the sender for one with bookmarks, or split it in another way",
        )
    return sorted(found | {0})
