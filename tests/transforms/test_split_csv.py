"""Step `split-csv`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DocumentInvalid, NameNotAllowed, StepFailed
from transforms.merge import Merge, MergeFormat
from transforms.split_csv import SplitCsv
from transforms.step import Workbench

TABLE = (
    "Nr;Amt;Text\r\n"
    '1;Bauamt;"ein\r\nBrief; ""zwei"" Zeilen"\r\n'
    "2;Steueramt;Größe\r\n"
    "3;Bauamt;ohne Ende"
)


class TestSplitCsv(StepContract):
    """The contract, and what is no such table."""

    name = "tabelle_99003002000000.csv"

    def step(self) -> SplitCsv:
        return SplitCsv(csv_rows=100_000)

    def good(self) -> Mapping[str, bytes]:
        return {"three rows": TABLE.encode()}

    def hostile(self) -> Mapping[str, bytes]:
        return {
            "open quote": b'a;b\n1;"' + b"x\n" * (1 << 20),
            "endless line": b"a;b\n" + b"x" * (3 << 20),
            "wrong encoding": "a;b\nGröße;1\n".encode("cp1252"),
            "endless record": b"a;b\n" + b'"x\n";' * (1 << 18),
            "endless field": b'a;b\n"' + b"x" * 200_000 + b'";1\n',
            "sign behind a quote": b'a;b\n"x"y;1\n',
            "no rows": b"a;b\n\n",
            "empty": b"",
        }

    def large(self) -> bytes:
        return b"a;b\n" + (b"1;" + b"x" * 97 + b"\n") * (110 << 10)


def split(content: str, folder: Path, **options: Any) -> dict[str, str]:
    encoding = options.get("csv_charset", "utf-8")
    document = stored(folder, content.encode(encoding), "liste.csv")
    made = SplitCsv(**options).apply(document, Workbench(folder))
    return {one.name: one.path.read_bytes().decode(encoding) for one in made}


def test_rows_keep_their_bytes_and_the_header_is_repeated(tmp_path: Path) -> None:
    made = split(TABLE, tmp_path, csv_rows=2)
    assert made == {
        "liste_0001.csv": "Nr;Amt;Text\r\n"
        '1;Bauamt;"ein\r\nBrief; ""zwei"" Zeilen"\r\n2;Steueramt;Größe\r\n',
        "liste_0002.csv": "Nr;Amt;Text\r\n3;Bauamt;ohne Ende\r\n",
    }


def test_a_column_parts_the_rows(tmp_path: Path) -> None:
    made = split(TABLE, tmp_path, csv_column="Amt", csv_charset="cp1252")
    assert list(made) == ["liste_Bauamt.csv", "liste_Steueramt.csv"]
    assert made["liste_Bauamt.csv"].endswith("3;Bauamt;ohne Ende\r\n")


def test_a_quote_within_a_field_is_a_sign_like_others(tmp_path: Path) -> None:
    made = split('a;b\n5" Rohr;x\n6" Rohr;y\n', tmp_path, csv_column="b")
    assert made == {"liste_x.csv": 'a;b\n5" Rohr;x\n', "liste_y.csv": 'a;b\n6" Rohr;y\n'}


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    made = split("a;b\n1;x\n\n2;x\n\n", tmp_path, csv_column="b")
    assert made == {"liste_x.csv": "a;b\n1;x\n2;x\n"}


def test_the_last_row_ends_like_the_others(tmp_path: Path) -> None:
    assert split("a;b\n1;x", tmp_path, csv_rows=1) == {"liste_0001.csv": "a;b\n1;x\n"}


def test_a_byte_order_mark_is_no_part_of_a_title(tmp_path: Path) -> None:
    made = split("\ufeffa;b\n1;x\n", tmp_path, csv_column="a")
    assert made == {"liste_1.csv": "\ufeffa;b\n1;x\n"}


def test_without_a_header(tmp_path: Path) -> None:
    made = split("1\n2\n3\n", tmp_path, csv_rows=2, csv_has_header=False)
    assert list(made.values()) == ["1\n2\n", "3\n"]


def test_what_was_split_can_be_joined_again(tmp_path: Path) -> None:
    rows = "a;b\n" + "".join(f"{number};x\n" for number in range(1000))
    document = stored(tmp_path, rows.encode(), "liste.csv")
    bench = Workbench(tmp_path)
    parts = SplitCsv(csv_rows=7).apply(document, bench)
    (joined,) = Merge(merge_format=MergeFormat.CSV, merge_name="ganz.csv").apply_all(parts, bench)
    assert joined.path.read_text() == rows


def test_bad_columns_and_values(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="no column Ort"):
        split(TABLE, tmp_path, csv_column="Ort")
    with pytest.raises(DocumentInvalid, match=r"no 2\. field"):
        split("a;b\n1;2\n3\n", tmp_path, csv_column="b")
    with pytest.raises(NameNotAllowed):
        split("a\n../x\n", tmp_path, csv_column="a")
    with pytest.raises(StepFailed, match="more than 500 values"):
        split("a\n" + "".join(f"{n}\n" for n in range(501)), tmp_path, csv_column="a")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"csv_rows": 1, "csv_column": "a"},
        {"csv_column": "a", "csv_has_header": False},
        {"csv_rows": 1, "csv_charset": "utf-99"},
        {"csv_rows": 1, "csv_charset": "base64"},
        {"csv_rows": 1, "csv_separator": '"'},
        {"csv_rows": 1, "csv_part_name": "{name}"},
    ],
)
def test_options_that_do_not_fit_together(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SplitCsv(**options)
