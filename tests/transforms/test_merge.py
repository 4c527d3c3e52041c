"""Step `merge`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.transforms import pdfs
from tests.transforms.step_contract import StepContract, document_of
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.merge import Merge, MergeFormat
from transforms.step import Workbench


class TestMergePdf(StepContract):
    """The contract, and what is no sound PDF."""

    name = "akte_99003002000000.pdf"

    def step(self) -> Merge:
        return Merge(merge_format=MergeFormat.PDF)

    def good(self) -> Mapping[str, bytes]:
        return {"two pages": pdfs.pdf(2)}

    def hostile(self) -> Mapping[str, bytes]:
        return pdfs.hostile()

    def large(self) -> bytes:
        return pdfs.large()


class TestMergeText(StepContract):
    """The contract, for what is joined without a look at it."""

    refuses = False

    def step(self) -> Merge:
        return Merge(merge_format=MergeFormat.TEXT)


def documents(folder: Path, *contents: bytes) -> list[Document]:
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{9 - number}.txt"
        path.write_bytes(content)
        made.append(document_of(path))
    return made


def merged(folder: Path, *contents: bytes, **options: Any) -> bytes:
    (folder / "bench").mkdir()
    (made,) = Merge(**options).apply_all(documents(folder, *contents), Workbench(folder / "bench"))
    return made.path.read_bytes()


def test_pages_follow_each_other(tmp_path: Path) -> None:
    made = merged(tmp_path, pdfs.pdf(2), pdfs.pdf(1), merge_format="PDF")
    assert pdfs.widths(made) == [101, 102, 101]


def test_rows_go_under_one_header(tmp_path: Path) -> None:
    made = merged(tmp_path, b"a;b\r\n1;2", b"a;b\n3;4\n", b"a;b\n", merge_format="CSV")
    assert made == b"a;b\r\n1;2\r\n3;4\n"


def test_a_table_of_a_header_only_comes_first(tmp_path: Path) -> None:
    assert merged(tmp_path, b"a;b", b"a;b\n3;4\n", merge_format="CSV") == b"a;b\r\n3;4\n"


def test_a_title_may_have_a_line_end(tmp_path: Path) -> None:
    head = b'\xef\xbb\xbf"Nr.\nalt";b\n'
    made = merged(tmp_path, head + b"1;2\n", head[3:] + b"3;4\n", merge_format="CSV")
    assert made == head + b"1;2\n3;4\n"


@pytest.mark.parametrize(
    "content", [b"", b"\n", b'"a;b\n1;2\n', b"x" * (2 << 20), "a;b\n".encode("utf-16")], ids=len
)
def test_a_table_without_a_header_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid):
        merged(tmp_path, content, b"a;b\n3;4\n", merge_format="CSV")


def test_documents_of_several_kinds_are_an_error_of_the_set_up(tmp_path: Path) -> None:
    both = documents(tmp_path, b"1", b"2")
    both[1] = both[1].renamed("b.xml")
    with pytest.raises(StepFailed, match=r"several kinds: '\.txt', '\.xml'"):
        Merge(merge_format=MergeFormat.TEXT).apply_all(both, Workbench(tmp_path))


def test_tables_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match=r"The header is not that of 9\.txt"):
        merged(tmp_path, b"a;b\n1;2\n", b"b;a\n3;4\n", merge_format="CSV")


def test_by_name_or_in_the_given_order(tmp_path: Path) -> None:
    given, sorted_ = tmp_path / "given", tmp_path / "sorted"
    given.mkdir()
    sorted_.mkdir()
    assert merged(given, b"1", b"2", merge_format="TEXT") == b"1\n2\n"
    assert merged(sorted_, b"1", b"2", merge_format="TEXT", merge_by_name=True) == b"2\n1\n"
