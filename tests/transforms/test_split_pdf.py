"""Step `split-pdf`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms import pdfs
from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DocumentInvalid
from transforms.split_pdf import SplitPdf
from transforms.step import Workbench

MARKED = [("Antrag", 0), ("Anlage 1", 2), ("Anlage 2", 4)]


class TestSplitPdf(StepContract):
    """The contract, and what is no sound PDF."""

    name = "akte_99003002000000.pdf"

    def step(self) -> SplitPdf:
        return SplitPdf(pdf_pages=2)

    def good(self) -> Mapping[str, bytes]:
        return {"five pages": pdfs.pdf(5)}

    def hostile(self) -> Mapping[str, bytes]:
        return pdfs.hostile()

    def large(self) -> bytes:
        return pdfs.large()


def split(content: bytes, folder: Path, **options: Any) -> dict[str, list[int]]:
    document = stored(folder, content, "akte.pdf")
    made = SplitPdf(**options).apply(document, Workbench(folder))
    return {one.name: pdfs.widths(one.path.read_bytes()) for one in made}


def test_by_a_number_of_pages(tmp_path: Path) -> None:
    assert split(pdfs.pdf(5), tmp_path, pdf_pages=2) == {
        "akte_0001.pdf": [101, 102],
        "akte_0002.pdf": [103, 104],
        "akte_0003.pdf": [105],
    }


def test_by_ranges(tmp_path: Path) -> None:
    made = split(pdfs.pdf(5), tmp_path, pdf_ranges=["2", "4-", "1-2"])
    assert list(made.values()) == [[102], [104, 105], [101, 102]]


def test_at_bookmarks(tmp_path: Path) -> None:
    made = split(pdfs.pdf(5, MARKED), tmp_path, pdf_at_bookmarks=True)
    assert list(made.values()) == [[101, 102], [103, 104], [105]]


@pytest.mark.parametrize("old", [True, False], ids=["PDF 1.1", "PDF 1.2"])
def test_at_bookmarks_that_lead_to_names(*, old: bool, tmp_path: Path) -> None:
    content = pdfs.with_names(5, MARKED, old=old)
    made = split(content, tmp_path, pdf_at_bookmarks=True)
    assert list(made.values()) == [[101, 102], [103, 104], [105]]


def test_pages_before_the_first_bookmark_are_not_lost(tmp_path: Path) -> None:
    made = split(pdfs.pdf(3, [("Anlage", 1)]), tmp_path, pdf_at_bookmarks=True)
    assert list(made.values()) == [[101], [102, 103]]


def test_pages_and_bookmarks_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="has 2 pages, and the step asks for 2-3"):
        split(pdfs.pdf(2), tmp_path, pdf_ranges=["2-3"])
    with pytest.raises(DocumentInvalid, match="no bookmarks"):
        split(pdfs.pdf(2), tmp_path, pdf_at_bookmarks=True)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pdf_pages": 1, "pdf_ranges": ["1"]},
        {"pdf_ranges": ["0"]},
        {"pdf_pages": 1, "pdf_part_name": "a.pdf"},
    ],
)
def test_options_that_do_not_fit_together(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SplitPdf(**options)
