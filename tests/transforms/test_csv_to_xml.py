"""Step `csv-to-xml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.transforms import applications, tables
from tests.transforms.step_contract import StepContract
from transforms.charsets import LONGEST_LINE
from transforms.csv_to_xml import LONGEST_ROW, CsvToXml
from transforms.errors import DocumentInvalid
from transforms.paths_in_xml import Column
from transforms.read_xml import read_xml
from transforms.xml_to_csv import XmlToCsv

OPTIONS: dict[str, Any] = {
    "csv_source_encoding": "utf-8",
    "csv_source_columns": [
        {"title": "Nr", "path": "@nr", "type": "integer"},
        {"title": "Name", "path": "Person/Name"},
        {"title": "Tag", "path": "Person/Geburt/Tag", "type": "date"},
        {"title": "Betrag", "path": "Betrag", "type": "decimal"},
        {"title": "Ersthund", "path": "Ersthund", "type": "boolean"},
    ],
}
TABLE = "Nr;Name;Tag;Betrag;Ersthund\r\n007;Zoë;29.02.1984;12,50;J\r\n8;;;;N\r\n"


class TestCsvToXml(StepContract):
    """The contract."""

    name = "ags100_99003002000000.csv"

    def step(self) -> CsvToXml:
        return CsvToXml.model_validate(OPTIONS)

    def good(self) -> Mapping[str, bytes]:
        return {
            "plain": TABLE.encode(),
            "byte order mark": b"\xef\xbb\xbf" + TABLE.encode(),
            "other order": b"Betrag;Nr;Tag;Name;Ersthund\n1,00;1;01.01.2026;A;J",
            "quotes": b'"Nr";Name;Tag;Betrag;Ersthund\r\n1;"a;""b""\r\nc";;;\r\n',
            "blank lines": TABLE.replace("\r\n", "\r\n\r\n").encode(),
        }

    def large(self) -> bytes:
        head, row, _, _ = TABLE.split("\r\n")
        filled = row.replace("Zoë", "Zoë " * 250)
        return (head + "\r\n" + f"{filled}\r\n" * 11_000).encode()

    def hostile(self) -> Mapping[str, bytes]:
        head = b"Nr;Name;Tag;Betrag;Ersthund\r\n"
        return {
            "empty": b"",
            "blank": b"\r\n\r\n",
            "no rows": head,
            "quote never closed": head + b'1;"Zo\r\n' + b"2;b;;;\r\n" * 200_000,
            "quote never closed at the end": head + b'1;"Zo',
            "text after a quote": head + b'1;"a"b;;;\r\n',
            "line without end": head + b"1;" + b"a" * (3 * LONGEST_LINE),
            "row without end": head + b'1;"a\r\nb"' + b';"a\r\nb"' * (LONGEST_ROW // 8),
            "cell without end": head + b"1;" + b"a" * 140_000 + b";;;\r\n",
            "NUL": head + b"1;a\0b;;;\r\n",
            "control character": head + b"1;a\x1bb;;;\r\n",
            "not UTF-8": head + "1;Zoë;;;\r\n".encode("latin-1"),
            "overlong": head + b"1;\xc0\xaf;;;\r\n",
            "UTF-16": TABLE.encode("utf-16"),
            "too few cells": head + b"1;a\r\n",
            "too many cells": head + b"1;a;;;;\r\n",
            "another delimiter": TABLE.replace(";", ",").encode(),
            "title twice": b"Nr;Name;Tag;Betrag;Name\r\n1;a;;;b\r\n",
            "title missing": b"Nr;Name;Tag;Betrag\r\n1;a;;\r\n",
            "title not listed": b"Nr;Name;Tag;Betrag;Ersthund;More\r\n1;a;;;;b\r\n",
            "no integer": head + b"1.5;a;;;\r\n",
            "digits of another script": head + "\u0661;a;;;\r\n".encode(),
            "no date": head + b"1;a;31.02.2026;;\r\n",
            "short date": head + b"1;a;1.2.2026;;\r\n",
            "decimal point": head + b"1;a;;1.50;\r\n",
            "too many places": head + b"1;a;;1,505;\r\n",
            "NaN": head + b"1;a;;NaN;\r\n",
            "no boolean": head + b"1;a;;;ja\r\n",
            "XML": applications.APPLICATION.read_bytes(),
        }


def step(**options: Any) -> CsvToXml:
    return CsvToXml.model_validate({**OPTIONS, **options})


def test_rows_become_elements_and_values_are_what_they_are(tmp_path: Path) -> None:
    made = tables.made(step(csv_source_namespace="urn:x"), TABLE.encode(), tmp_path).decode()
    person = "<Person><Name>Zoë</Name><Geburt><Tag>1984-02-29</Tag></Geburt></Person>"
    rest = "<Betrag>12.50</Betrag><Ersthund>true</Ersthund>"
    assert made.splitlines()[1:] == [
        '<Liste xmlns="urn:x">',
        f'<Zeile nr="7">{person}{rest}</Zeile>',
        '<Zeile nr="8"><Ersthund>false</Ersthund></Zeile>',
        "</Liste>",
    ]


@pytest.mark.parametrize(
    ("empty", "written"), [("omit", "<Zeile/>"), ("write", "<Zeile><Name></Name></Zeile>")]
)
def test_a_cell_without_a_value(empty: str, written: str, tmp_path: Path) -> None:
    columns = [{"title": "Name", "path": "Name", "empty": empty}, {"title": "Nr"}]
    made = tables.made(step(csv_source_columns=columns), b"Name;Nr\n ;1\n", tmp_path)
    assert written in made.decode()


def test_a_cell_without_a_value_is_refused_if_that_is_asked_for(tmp_path: Path) -> None:
    columns = [{"title": "Name", "path": "Name", "empty": "refuse"}]
    with pytest.raises(DocumentInvalid, match="Name has no value") as caught:
        tables.made(step(csv_source_columns=columns), b'Name\na\n" "\n', tmp_path)
    assert caught.value.where == "a.txt, line 3"


def test_columns_by_their_order(tmp_path: Path) -> None:
    columns = [{"title": "a", "path": "A"}, {"title": "b"}, {"title": "c", "path": "C"}]
    one = step(csv_source_columns=columns, csv_source_header=False, csv_source_delimiter=",")
    assert "<Zeile><A>1</A><C>3</C></Zeile>" in tables.made(one, b"1,2,3", tmp_path).decode()


def test_columns_that_are_not_listed_are_ignored_if_that_is_asked_for(tmp_path: Path) -> None:
    columns = [{"title": "b", "path": "B"}]
    one = step(csv_source_columns=columns, csv_source_others="ignore")
    assert "<Zeile><B>2</B></Zeile>" in tables.made(one, b"a;b\n1;2\n", tmp_path).decode()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "cp850", "utf-16-le"])
def test_the_charset_is_the_one_configured(encoding: str, tmp_path: Path) -> None:
    content = TABLE.replace("Zoë", "Größe").encode(encoding)
    made = tables.made(step(csv_source_encoding=encoding), content, tmp_path)
    assert "<Name>Größe</Name>" in made.decode()


def test_lines_of_ebcdic_end_with_next_line(tmp_path: Path) -> None:
    content = TABLE.replace("\r\n", "\x85").encode("cp273")
    made = tables.made(step(csv_source_encoding="cp273"), content, tmp_path)
    assert made.count(b"<Zeile") == 2


def test_a_schema_of_the_operator_checks_the_result(tmp_path: Path) -> None:
    tables.schema_in(tmp_path)
    columns = [{"title": "Name", "path": "Name"}, {"title": "Tag", "path": "Tag"}]
    one = step(
        csv_source_columns=columns,
        csv_source_namespace=tables.NAMESPACE,
        csv_source_schema="dogs.xsd",
    )
    assert b"<Tag>2026-01-31</Tag>" in tables.made(one, b"Name;Tag\nA;2026-01-31\n", tmp_path)
    with pytest.raises(DocumentInvalid, match=r"breaks dogs\.xsd") as caught:
        tables.made(one, b"Name;Tag\nA;\nB;27777\n", tmp_path)
    assert "line 4" in caught.value.where
    assert "27777" not in str(caught.value)


def test_100_mb_take_a_few_mb(tmp_path: Path) -> None:
    head, row, _, _ = TABLE.split("\r\n")
    path = tmp_path / "big"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{head}\n")
        for _ in range(100):
            file.write(f"{row.replace('Zoë', 'Zoë ' * 500)}\n" * 400)
    assert path.stat().st_size > 100_000_000
    assert tables.peak("csv-to-xml", OPTIONS, path) < 30 * 1024


VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=12
)


@given(rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_was_csv_is_csv_again(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = [
        {"title": "a", "path": "A/@a", "empty": "write"},
        {"title": "b", "path": "A/B", "empty": "write"},
    ]
    back = XmlToCsv(
        rows="Zeile", columns=[Column(title="a", path="A/@a"), Column(title="b", path="A/B")]
    )
    folder = tmp_path_factory.mktemp("csv")
    escaped = [[cell.replace('"', '""') for cell in row] for row in rows]
    content = "".join(f'"{a}";"{b}"\r\n' for a, b in [["a", "b"], *escaped])
    one = step(csv_source_columns=columns, csv_source_guarded=True)
    xml = tables.made(one, content.encode(), folder, "a.csv")
    first = tables.made(back, xml, folder)
    again = tables.made(back, tables.made(one, first, folder, "a.csv"), folder)
    assert first == again
    assert len(read_xml(folder / "0001")) == len(rows)


@pytest.mark.parametrize(
    "options",
    [
        {"csv_source_encoding": "auto"},
        {"csv_source_columns": []},
        {"csv_source_columns": [{"title": "a", "path": "/a"}]},
        {"csv_source_columns": [{"title": "a", "path": "a//b"}]},
        {"csv_source_columns": [{"title": "a", "path": "a"}, {"title": "b", "path": "a"}]},
        {"csv_source_columns": [{"title": "a", "path": "a"}, {"title": "b", "path": "a/b"}]},
        {"csv_source_columns": [{"title": "a", "path": "a"}, {"title": "a", "path": "b"}]},
        {"csv_source_columns": [{"title": "a", "type": "date", "date_format": "%x"}]},
        {"csv_source_columns": [{"title": "a", "type": "boolean", "true_text": "N"}]},
        {"csv_source_root": "1a"},
        {"csv_source_row": "a:b"},
        {"csv_source_delimiter": "::"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(**options)
