"""Step `fixed-to-xml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.transforms import tables
from tests.transforms.step_contract import StepContract
from transforms.errors import DocumentInvalid
from transforms.fixed_to_xml import FixedToXml
from transforms.xml_to_fixed import XmlToFixed

RESERVE = 300
FIELDS: list[dict[str, Any]] = [
    {"title": "Art", "width": 2},
    {"title": "Nr", "path": "@nr", "width": 5, "type": "integer", "align": "right", "pad": "0"},
    {"title": "Name", "path": "Hund/Name", "width": 6},
    {"title": "Tag", "path": "Tag", "width": 8, "type": "date", "date_format": "%Y%m%d"},
    {"title": "Reserve", "width": RESERVE},
]
OPTIONS: dict[str, Any] = {
    "fixed_source_encoding": "iso-8859-1",
    "fixed_source_fields": FIELDS,
    "fixed_source_line_end": "lf",
}
RECORDS = b"".join(
    f"{record}{' ' * RESERVE}\n".encode("iso-8859-1")
    for record in ("0100007Bärli 20240229", "01-0008Rex   00000000")
)


class TestFixedToXml(StepContract):
    """The contract."""

    name = "ags100_99003002000000.dat"

    def step(self) -> FixedToXml:
        return FixedToXml.model_validate(OPTIONS)

    def good(self) -> Mapping[str, bytes]:
        return {"plain": RECORDS, "last without an end": RECORDS[:-1]}

    def large(self) -> bytes:
        return RECORDS * 17_500

    def hostile(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "no records": b"\n",
            "short record": RECORDS.replace(b"Rex   ", b"Rex"),
            "long record": RECORDS.replace(b"Rex   ", b"Rex          "),
            "cut off": RECORDS[:-4],
            "other line end": RECORDS.replace(b"\n", b"\r\n"),
            "no line end": RECORDS.replace(b"\n", b""),
            "100 MB line": b"x" * (100 << 20),
            "end of file of DOS": RECORDS + b"\x1a",
            "NUL": RECORDS.replace(b"Rex", b"R\0x"),
            "control character": RECORDS.replace(b"Rex", b"R\x1bx"),
            "windows-1252": RECORDS.replace(b"Rex", b"R\x80x"),
            "UTF-8": RECORDS.decode("iso-8859-1").encode(),
            "byte order mark": b"\xef\xbb\xbf" + RECORDS,
            "no integer": RECORDS.replace(b"00007", b"0000a"),
            "no date": RECORDS.replace(b"20240229", b"20230229"),
        }


def made(content: bytes, folder: Path, **options: Any) -> str:
    step = FixedToXml.model_validate({**OPTIONS, **options})
    return tables.made(step, content, folder, "a.dat").decode()


def test_records_become_elements(tmp_path: Path) -> None:
    assert made(RECORDS, tmp_path).splitlines()[1:] == [
        "<Liste>",
        '<Zeile nr="7"><Hund><Name>Bärli</Name></Hund><Tag>2024-02-29</Tag></Zeile>',
        '<Zeile nr="-8"><Hund><Name>Rex</Name></Hund></Zeile>',
        "</Liste>",
    ]


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 7), ("cp850", 6), ("cp273", 6)])
@pytest.mark.parametrize(("end", "name"), [("\r\n", "crlf"), ("\n", "lf"), ("", "none")])
def test_encodings_and_line_ends(
    encoding: str, width: int, end: str, name: str, tmp_path: Path
) -> None:
    content = (f"Bärli {end}Größe {end}" if width == 6 else f"Bärli {end}Bärla {end}").encode(
        encoding
    )
    fields = [{"title": "a", "path": ".", "width": width}]
    xml = made(
        content,
        tmp_path,
        fixed_source_fields=fields,
        fixed_source_encoding=encoding,
        fixed_source_line_end=name,
    )
    assert "<Zeile>Bärli</Zeile>" in xml
    assert xml.count("<Zeile>") == 2


def test_a_field_that_ends_within_a_letter_is_refused(tmp_path: Path) -> None:
    fields = [{"title": "a", "path": "a", "width": 2}, {"title": "b", "path": "b", "width": 2}]
    options = {"fixed_source_fields": fields, "fixed_source_encoding": "utf-8"}
    with pytest.raises(DocumentInvalid, match="are not utf-8") as caught:
        made("abcd\naßb\n".encode(), tmp_path, **options)
    assert caught.value.where == "a.dat, record 2"


def test_head_and_trailer_records_are_no_rows(tmp_path: Path) -> None:
    content = b"H" * (21 + RESERVE) + b"\n" + RECORDS + b"T" * (21 + RESERVE) + b"\n"
    xml = made(content, tmp_path, fixed_source_head=1, fixed_source_trailer=1)
    assert xml.count("<Zeile") == 2
    with pytest.raises(DocumentInvalid, match="no rows"):
        made(content, tmp_path, fixed_source_head=2, fixed_source_trailer=2)
    options = {"fixed_source_head": 4, "fixed_source_allow_no_rows": True}
    assert "<Zeile" not in made(content, tmp_path, **options)


def test_zeros_of_a_text_are_no_padding(tmp_path: Path) -> None:
    fields = [{"title": "AGS", "path": "AGS", "width": 9, "align": "right", "pad": "0"}]
    assert "<AGS>003458000</AGS>" in made(b"003458000", tmp_path, fixed_source_fields=fields)


def test_a_schema_of_the_operator_checks_the_result(tmp_path: Path) -> None:
    tables.schema_in(tmp_path)
    options = {
        "fixed_source_fields": [{"title": "Name", "path": "Name", "width": 3}],
        "fixed_source_schema": "dogs.xsd",
        "fixed_source_namespace": tables.NAMESPACE,
    }
    assert "<Name>Rex</Name>" in made(b"Rex\n", tmp_path, **options)
    with pytest.raises(DocumentInvalid, match="breaks"):
        made(b"Rex\n   \n", tmp_path, **options)


def test_100_mb_take_a_few_mb(tmp_path: Path) -> None:
    path = tmp_path / "big"
    fields = [{"title": "a", "path": "a", "width": 5_000}]
    path.write_bytes((b"x" * 5_000 + b"\n") * 20_000)
    options = {**OPTIONS, "fixed_source_fields": fields}
    assert tables.peak("fixed-to-xml", options, path) < 20 * 1024


SIGNS = st.text(st.sampled_from("abcäöüß€0 -'&<"), max_size=8)


@given(rows=st.lists(st.tuples(st.integers(-9999, 99999), SIGNS), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_was_fixed_is_fixed_again(
    rows: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("fixed")
    fields = [
        {"title": "Nr", "path": "@nr", "width": 5, "type": "integer", "align": "right", "pad": "0"},
        {"title": "Name", "path": "Name", "width": 9},
    ]
    back = XmlToFixed.model_validate(
        {"fixed_rows": "Zeile", "fixed_columns": fields, "fixed_encoding": "iso-8859-15"}
    )
    one = FixedToXml.model_validate(
        {"fixed_source_encoding": "iso-8859-15", "fixed_source_fields": fields}
    )
    content = "".join(f"{nr:05d}{name.strip():9}\r\n" for nr, name in rows).encode("iso-8859-15")
    assert tables.made(back, tables.made(one, content, folder), folder) == content


@pytest.mark.parametrize(
    "options",
    [
        {"fixed_source_encoding": "utf-16-be"},
        {"fixed_source_encoding": None},
        {"fixed_source_fields": []},
        {"fixed_source_fields": [{"title": "a", "path": "/a", "width": 1}]},
        {"fixed_source_fields": [{"title": "a", "path": "a", "width": 1}] * 2},
        {"fixed_source_fields": [{"title": "a", "width": 1, "type": "integer", "pad": "0"}]},
        {"fixed_source_row": ""},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FixedToXml.model_validate({**OPTIONS, **options})
