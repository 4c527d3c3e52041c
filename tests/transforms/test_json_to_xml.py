"""Step `json-to-xml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.transforms import applications, tables
from tests.transforms.step_contract import StepContract
from transforms.errors import DocumentInvalid
from transforms.json_text import LIMIT, Number, number, parsed, rendered
from transforms.json_to_xml import JsonToXml
from transforms.xml_to_json import XmlToJson

COLUMNS: list[dict[str, Any]] = [
    {"title": "nr", "path": "@nr", "type": "integer"},
    {"title": "person/name", "path": "Person/Name"},
    {"title": "betrag", "path": "Betrag", "type": "decimal"},
    {"title": "ersthund", "path": "Ersthund", "type": "boolean"},
]
ROWS = '[{"nr": 7, "person": {"name": "Zoë"}, "betrag": 12.50, "ersthund": true}, {"nr": "8"}]'


class TestJsonToXml(StepContract):
    """The contract."""

    name = "ags100_99003002000000.json"

    def step(self) -> JsonToXml:
        return JsonToXml()

    def good(self) -> Mapping[str, bytes]:
        return {
            "object": b'{"Antrag": {"@id": 1, "Name": ["a", {"#text": "b"}], "x": null}}',
            "array": b'[{"a": 1}, {"a": {"b": "c"}}, "text", null]',
            "byte order mark": b'\xef\xbb\xbf{"a": 1}',
        }

    def large(self) -> bytes:
        return json.dumps([{"name": "x" * 100}] * 100_000).encode()

    def hostile(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "blank": b" \n",
            "no JSON": b"Liste",
            "cut off": ROWS.encode()[:-5],
            "two values": b'{"a": 1} {"a": 2}',
            "comment": b'{"a": 1} // more',
            "key twice": b'{"a": {"b": 1, "b": 2}}',
            "key twice by an escape": b'{"a": {"b": 1, "\\u0062": 2}}',
            "NaN": b'{"a": NaN}',
            "infinity": b'{"a": -Infinity}',
            "huge number": b'{"a": 1' + b"0" * 5_000 + b"}",
            "huge exponent": b'{"a": 1e999999999}',
            "tiny exponent": b'{"a": 1e-999999999}',
            "arrays without end": b"[" * 1_000_000,
            "deep arrays": b"[" * 5_000 + b"]" * 5_000,
            "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
            "not UTF-8": '{"a": "Zoë"}'.encode("latin-1"),
            "overlong": b'{"a": "\xc0\xaf"}',
            "UTF-16": '{"a": 1}'.encode("utf-16"),
            "half a pair": b'{"a": "\\ud800"}',
            "half a pair as a key": b'{"\\ud800": 1}',
            "NUL": b'{"a": "\\u0000"}',
            "control character": b'{"a": "\\u001b"}',
            "no character": b'{"a": "\\uffff"}',
            "key that is no name": b'{"a": {"b c": 1}}',
            "key that is markup": b'{"a": {"b><c": 1}}',
            "key with a colon": b'{"a": {"x:b": 1}}',
            "empty key": b'{"a": {"": 1}}',
            "array in an array": b'{"a": {"b": [[1]]}}',
            "text among elements": b'{"a": {"#text": "b", "c": 1}}',
            "attribute that is an object": b'{"a": {"@b": {"c": 1}}}',
            "several roots": b'{"a": 1, "b": 2}',
            "no root": b'"text"',
            "no rows": b"[]",
            "too large": b'{"a": "' + b"x" * LIMIT + b'"}',
            "XML": applications.APPLICATION.read_bytes(),
        }


class TestJsonLinesToXml(StepContract):
    """The contract, for JSON Lines and chosen values."""

    name = "ags100_99003002000000.jsonl"

    def step(self) -> JsonToXml:
        return JsonToXml.model_validate({"json_source_columns": COLUMNS, "json_source_lines": True})

    def good(self) -> Mapping[str, bytes]:
        return {"lines": b'{"nr": 1}\n\n{"nr": 2, "person": {}}\r\n{"ersthund": false}'}

    def large(self) -> bytes:
        return (
            b'{"nr": 1, "person": {"name": "'
            + b"x" * 100_000
            + b'"}}\n' * 1
            + (b'{"nr": 2, "person": {"name": "' + b"y" * 10_000 + b'"}}\n') * 1_100
        )

    def hostile(self) -> Mapping[str, bytes]:
        return {
            "empty": b"",
            "line without end": b'{"nr": "' + b"1" * (40 << 20),
            "object over lines": b'{"nr":\n1}',
            "no object": b"[1]",
            "other key": b'{"nr": 1, "more": 2}',
            "other key inside": b'{"person": {"name": "a", "more": 2}}',
            "array": b'{"nr": [1]}',
            "object": b'{"nr": {"a": 1}}',
            "no integer": b'{"nr": 1.5}',
            "no boolean": b'{"ersthund": "J"}',
            "no decimal": b'{"betrag": "1,5"}',
            "control character": b'{"person": {"name": "\\u0001"}}',
        }


def made(content: str, folder: Path, **options: Any) -> str:
    step = JsonToXml.model_validate(options)
    return tables.made(step, content.encode(), folder, "a.json").decode()


def test_rows_become_elements(tmp_path: Path) -> None:
    text = made(ROWS, tmp_path, json_source_columns=COLUMNS, json_source_namespace="urn:x")
    person = "<Person><Name>Zoë</Name></Person>"
    assert text.splitlines()[1:] == [
        '<Liste xmlns="urn:x">',
        f'<Zeile nr="7">{person}<Betrag>12.50</Betrag><Ersthund>true</Ersthund></Zeile>',
        '<Zeile nr="8"/>',
        "</Liste>",
    ]
    inside = f'{{"daten": {{"zeilen": {ROWS}}}}}'
    options = {"json_source_columns": COLUMNS, "json_source_namespace": "urn:x"}
    assert made(inside, tmp_path, json_source_rows="daten/zeilen", **options) == text


def test_a_single_object_is_one_row(tmp_path: Path) -> None:
    assert '<Zeile nr="7"/>' in made('{"nr": 7}', tmp_path, json_source_columns=COLUMNS)


def test_keys_that_are_not_listed(tmp_path: Path) -> None:
    options = {"json_source_columns": COLUMNS[:1]}
    with pytest.raises(DocumentInvalid, match="3 keys that are not listed") as caught:
        made(ROWS, tmp_path, **options)
    assert caught.value.where == "a.json, object 1"
    assert '<Zeile nr="7"/>' in made(ROWS, tmp_path, json_source_others="ignore", **options)


def test_rows_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="no array daten"):
        made('{"zeilen": []}', tmp_path, json_source_rows="daten")
    with pytest.raises(DocumentInvalid, match="no rows"):
        made("[]", tmp_path)
    assert "Zeile" not in made("[]", tmp_path, json_source_allow_no_rows=True)


def test_the_whole_document(tmp_path: Path) -> None:
    text = (
        '{"Antrag": {"@nr": 1, "Name": ["a", {"@x": true, "#text": "b<"}], "Kopf": {}, "n": null}}'
    )
    xml = '<Antrag nr="1"><Name>a</Name><Name x="true">b&lt;</Name><Kopf/></Antrag>'
    assert made(text, tmp_path).splitlines()[1:] == [xml]
    inside = made(text, tmp_path, json_source_root="Daten", json_source_namespace="urn:x")
    assert inside.splitlines()[1:] == [f'<Daten xmlns="urn:x">{xml}</Daten>']


def test_a_schema_of_the_operator_checks_the_result(tmp_path: Path) -> None:
    tables.schema_in(tmp_path)
    options = {"json_source_namespace": tables.NAMESPACE, "json_source_schema": "dogs.xsd"}
    assert "Rex" in made('[{"Name": "Rex", "Tag": "2026-01-31"}]', tmp_path, **options)
    with pytest.raises(DocumentInvalid, match=r"breaks dogs\.xsd") as caught:
        made('[{"Name": "Rex", "Tag": "27777"}]', tmp_path, **options)
    assert "27777" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", "1.50"),
        ("-0", "0"),
        ("0e99999999", "0"),
        ("1E3", "1000"),
        ("1e-3", "0.001"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ],
)
def test_numbers_stay_exact(text: str, value: str) -> None:
    assert parsed(text, "a") == Number(value)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    TEXTS,
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999).map(
        lambda value: number(format(value, "f"))
    ),
)
TREES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=10,
)


@given(TREES)
@settings(deadline=None)
def test_what_is_written_is_read_again(value: Any) -> None:
    for indent in (None, ""):
        assert parsed(rendered(value, indent), "a") == value


WORDS = st.text("abcäöü &<>\"'", min_size=1, max_size=5).map(str.strip).filter(bool)
NAMES = st.sampled_from(["a", "Straße", "b-1", "_c", "d.e"])
NODES = st.recursive(
    WORDS,
    lambda inside: st.dictionaries(
        NAMES, inside | st.lists(inside, min_size=2, max_size=3), min_size=1, max_size=3
    ),
    max_leaves=8,
)


@given(tree=NODES)
@settings(max_examples=60, deadline=None)
def test_what_was_json_is_json_again(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("json")
    xml = made(json.dumps({"root": tree}), folder)
    assert json.loads(tables.made(XmlToJson(), xml.encode(), folder)) == {"root": tree}


@pytest.mark.parametrize(
    "options",
    [
        {"json_source_root": "a b"},
        {"json_source_row": ""},
        {"json_source_lines": True, "json_source_rows": "a"},
        {"json_source_columns": [{"title": "a", "path": "a"}, {"title": "a", "path": "b"}]},
        {"json_source_columns": [{"title": "a", "path": "/a"}]},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        JsonToXml.model_validate(options)
