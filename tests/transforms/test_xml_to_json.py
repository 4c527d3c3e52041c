"""Step `xml-to-json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from tests.shared_data import shared
from tests.transforms import applications, tables
from tests.transforms.step_contract import StepContract
from transforms.errors import DocumentInvalid, StepFailed
from transforms.json_to_xml import JsonToXml
from transforms.read_xml import read_xml
from transforms.xml_to_json import XmlToJson

FEES = b"""<Liste><Kopf><AGS>03458005</AGS></Kopf>
<Gebuehr nr="1"><Betrag>0090.50</Betrag><Bezahlt>true</Bezahlt></Gebuehr>
<Gebuehr nr="2"><Betrag>12345678901234567890.123</Betrag></Gebuehr></Liste>"""
COLUMNS: list[dict[str, Any]] = [
    {"key": "ags", "path": "/Kopf/AGS"},
    {"key": "gebuehr/nr", "path": "@nr", "json_type": "number"},
    {"key": "gebuehr/betrag", "path": "Betrag", "json_type": "number"},
    {"key": "bezahlt", "path": "Bezahlt", "json_type": "boolean"},
]


class TestXmlToJson(StepContract):
    """The contract."""

    def step(self) -> XmlToJson:
        return XmlToJson()


class TestXmlToJsonOfColumns(StepContract):
    """The contract, where values are chosen."""

    def step(self) -> XmlToJson:
        columns = [{"key": "name", "path": "Antragsteller/Nachname"}]
        return XmlToJson.model_validate({"json_columns": columns})


def made(content: bytes, folder: Path, **options: Any) -> str:
    step = XmlToJson.model_validate(options)
    return tables.made(step, content, folder, "a.xml").decode()


def test_rows_become_objects_with_exact_numbers(tmp_path: Path) -> None:
    text = made(FEES, tmp_path, json_rows="Gebuehr", json_columns=COLUMNS)
    assert text == (
        '[\n  {"ags": "03458005", "gebuehr": {"nr": 1, "betrag": 90.50}, "bezahlt": true},\n'
        '  {"ags": "03458005", "gebuehr": {"nr": 2, "betrag": 12345678901234567890.123}}\n]\n'
    )


def test_lines(tmp_path: Path) -> None:
    options = {"json_rows": "Gebuehr", "json_columns": COLUMNS[:2], "json_lines": True}
    assert made(FEES, tmp_path, **options) == (
        '{"ags": "03458005", "gebuehr": {"nr": 1}}\n{"ags": "03458005", "gebuehr": {"nr": 2}}\n'
    )


def test_what_is_missing(tmp_path: Path) -> None:
    paid = {**COLUMNS[3], "missing": "null"}
    text = made(FEES, tmp_path, json_rows="Gebuehr", json_columns=[paid], json_lines=True)
    assert text == '{"bezahlt": true}\n{"bezahlt": null}\n'
    with pytest.raises(DocumentInvalid, match="Bezahlt has no value"):
        made(FEES, tmp_path, json_rows="Gebuehr", json_columns=[{**paid, "missing": "refuse"}])


def test_the_whole_document(tmp_path: Path) -> None:
    whole = json.loads(made(FEES, tmp_path, json_lists=["Kopf"]))
    assert whole == {
        "Liste": {
            "Kopf": [{"AGS": "03458005"}],
            "Gebuehr": [
                {"@nr": "1", "Betrag": "0090.50", "Bezahlt": "true"},
                {"@nr": "2", "Betrag": "12345678901234567890.123"},
            ],
        }
    }
    rows = json.loads(made(FEES, tmp_path, json_rows="Kopf"))
    assert rows == [{"AGS": "03458005"}]


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="has no element Katze"):
        made(FEES, tmp_path, json_rows="Katze")
    assert json.loads(made(FEES, tmp_path, json_rows="Katze", json_allow_no_rows=True)) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<a>text<b/></a>", "among elements"),
        (b"<a><b/>text</a>", "among elements"),
        (b"<a><b/><c/><b/></a>", "b and c alternate"),
        (b'<a xmlns:x="urn:x"><b/><x:b/></a>', "two namespaces"),
        (b'<a xmlns:x="urn:x" b="1" x:b="2"/>', "two attributes @b"),
    ],
)
def test_what_json_cannot_tell_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=says) as caught:
        made(content, tmp_path)
    assert caught.value.where == "a.xml, line 1"


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="deeper than 100"):
        made(b"<a>" * 200 + b"</a>" * 200, tmp_path)


@pytest.mark.parametrize("text", ["1e3", "NaN", "1,5", ".5", "0x1", "1 0"])
def test_no_number_is_refused_without_being_told(text: str, tmp_path: Path) -> None:
    content = f"<a>{text}</a>".encode()
    columns = [{"key": "a", "path": ".", "json_type": "number"}]
    with pytest.raises(DocumentInvalid, match="is no number") as caught:
        made(content, tmp_path, json_columns=columns)
    assert text not in str(caught.value)


def test_whole_documents_come_back(tmp_path: Path) -> None:
    invoices = sorted(shared("xrechnung-testsuite").rglob("*.xml"))[::12]
    assert invoices
    for path in [applications.APPLICATION, *invoices]:
        text = made(path.read_bytes(), tmp_path)
        space = etree.QName(read_xml(path)).namespace
        back = JsonToXml.model_validate({"json_source_namespace": space})
        xml = tables.made(back, text.encode(), tmp_path, "a.json")
        assert made(xml, tmp_path) == text, path.name
        again = read_xml(tmp_path / "0001")
        assert etree.QName(again).namespace == space
        assert sum(1 for _ in again.iter()) == sum(1 for _ in read_xml(path).iter())


@pytest.mark.parametrize(
    "options",
    [
        {"json_columns": [{"key": "", "path": "a"}]},
        {"json_columns": [{"key": "a//b", "path": "a"}]},
        {"json_columns": [{"key": "a", "path": "/"}]},
        {"json_columns": [{"key": "a", "path": "a"}, {"key": "a", "path": "b"}]},
        {"json_columns": [{"key": "a", "path": "a"}, {"key": "a/b", "path": "b"}]},
        {"json_rows": "a/"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        XmlToJson.model_validate(options)
