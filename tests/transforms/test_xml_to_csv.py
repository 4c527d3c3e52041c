"""Step `xml-to-csv`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.errors import DocumentInvalid, NameNotAllowed, StepFailed
from transforms.paths_in_xml import Column
from transforms.step import Workbench
from transforms.xml_to_csv import XmlToCsv

PERSON = [
    {"title": "Antrag", "path": "/Kopf/AntragsID"},
    {"title": "Version", "path": "/Kopf/Onlinedienst/@version"},
    {"title": "Name", "path": "Antragsteller/Nachname"},
]
FILES = [{"title": "Antrag", "path": "/Kopf/AntragsID"}, {"title": "Datei", "path": "Dateiname"}]


class TestXmlToCsv(StepContract):
    """The contract."""

    def step(self) -> XmlToCsv:
        return XmlToCsv(columns=[Column(title="Name", path="Antragsteller/Nachname")])


def table(content: bytes, folder: Path, **options: Any) -> bytes:
    step = XmlToCsv.model_validate({"columns": PERSON, **options})
    (made,) = step.apply(stored(folder, content), Workbench(folder))
    return made.path.read_bytes()


def test_the_whole_document_gives_one_row(tmp_path: Path) -> None:
    content = applications.APPLICATION.read_bytes()
    assert table(content, tmp_path).decode() == (
        "Antrag;Version;Name\r\nHUST-2026-000417;4.2.1;Müller-Đorđević\r\n"
    )


def test_an_element_that_repeats_gives_a_row_each(tmp_path: Path) -> None:
    content = applications.APPLICATION.read_bytes()
    made = table(content, tmp_path, rows="Anlagen/Anlage", columns=FILES, header=False)
    assert made.decode().splitlines() == [
        "HUST-2026-000417;Übernahmevertrag.pdf",
        "HUST-2026-000417;Haftpflicht Nachweis.pdf",
        "HUST-2026-000417;Foto_Bärli.jpg",
    ]


def test_no_row_is_refused_unless_allowed(tmp_path: Path) -> None:
    content = (applications.FOLDER / "ags03458005_99003002000001.xml").read_bytes()
    with pytest.raises(DocumentInvalid, match="has no element Anlagen/Anlage"):
        table(content, tmp_path, rows="Anlagen/Anlage", columns=FILES)
    options = {"rows": "Anlagen/Anlage", "columns": FILES, "allow_no_rows": True}
    assert table(content, tmp_path, **options) == b"Antrag;Datei\r\n"


def test_a_reader_of_csv_gets_the_values_back(tmp_path: Path) -> None:
    hard = 'a;b "c"\n\nd'
    content = applications.replaced(">=rot<", f">{hard}<")
    columns = [{"title": "Ti;tel", "path": "Wert"}]
    options = {"rows": "Anliegen/Angaben/Feld", "columns": columns}
    for delimiter in (";", ",", "|", "\t"):
        made = table(content, tmp_path, delimiter=delimiter, **options).decode()
        rows = list(csv.reader(made.splitlines(keepends=True), delimiter=delimiter))
        assert rows[0] == ["Ti;tel"]
        assert rows[2] == [hard]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+49 4222", "-5", "@SUM(A1)"])
def test_a_formula_is_guarded_unless_told_otherwise(cell: str, tmp_path: Path) -> None:
    content = applications.replaced(">=rot<", f">{cell}<")
    columns = [{"title": "=Titel", "path": "Wert"}]
    options = {"rows": "Anliegen/Angaben/Feld", "columns": columns, "delimiter": "|"}
    guarded = table(content, tmp_path, **options).decode()
    assert guarded.startswith("'=Titel\r\n")
    assert list(csv.reader(guarded.splitlines()[-1:], delimiter="|")) == [["'" + cell]]
    plain = table(content, tmp_path, guard_formulas=False, **options).decode()
    assert list(csv.reader(plain.splitlines()[-1:], delimiter="|")) == [[cell]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-15", "windows-1252"])
def test_the_encoding_is_the_one_asked_for(encoding: str, tmp_path: Path) -> None:
    content = applications.replaced("Müller-Đorđević", "Größe € Šimek")
    made = table(content, tmp_path, encoding=encoding)
    assert made.decode(encoding).endswith("Größe € Šimek\r\n")
    assert made.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")


@pytest.mark.parametrize("encoding", ["iso-8859-15", "windows-1252"])
def test_a_letter_that_the_encoding_lacks_is_named_and_never_replaced(
    encoding: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentInvalid, match=r"U\+0110 .*\(Đ\)") as caught:
        table(applications.APPLICATION.read_bytes(), tmp_path, encoding=encoding)
    assert "line 2 of the table" in caught.value.where
    assert "orđević" not in str(caught.value)


def test_a_decomposed_letter_is_written_as_one(tmp_path: Path) -> None:
    content = applications.replaced("Müller-Đorđević", "Mu\u0308ller")
    columns = [{"title": "Name", "path": "Antragsteller/Nachname"}]
    options = {"columns": columns, "encoding": "iso-8859-15", "header": False}
    assert table(content, tmp_path, **options) == "Müller\r\n".encode("iso-8859-15")


def test_a_missing_value_is_an_empty_cell(tmp_path: Path) -> None:
    columns = [
        {"title": "a", "path": "Anliegen/HundAnmelden/Kassenzeichen"},
        {"title": "b", "path": "/@id"},
        {"title": "c", "path": "Kopf/@id"},
        {"title": "d", "path": "Kopf/AGS"},
    ]
    made = table(applications.APPLICATION.read_bytes(), tmp_path, columns=columns, header=False)
    assert made == b";;;03458005\r\n"


def test_the_row_itself_can_be_the_value(tmp_path: Path) -> None:
    columns = [{"title": "a", "path": "."}, {"title": "b", "path": "@version"}]
    options = {"rows": "Kopf/Onlinedienst", "columns": columns, "header": False}
    made = table(applications.APPLICATION.read_bytes(), tmp_path, **options)
    assert made == b"Hundesteuer online;4.2.1\r\n"


@pytest.mark.parametrize(
    ("path", "says"), [("Anlagen/Anlage/MIME", "3 values"), ("Kopf", "elements inside")]
)
def test_a_path_to_more_than_one_value_is_an_error_of_the_set_up(
    path: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(StepFailed, match=says):
        table(
            applications.APPLICATION.read_bytes(),
            tmp_path,
            columns=[{"title": "a", "path": path}],
        )


def test_name_and_facts_follow_the_new_name(tmp_path: Path) -> None:
    step = XmlToCsv.model_validate({"columns": PERSON})
    (made,) = step.apply(document_of(applications.APPLICATION), Workbench(tmp_path))
    assert made.name == made.facts["name"] == "ags100_99003002000000.csv"
    assert (made.facts["stem"], made.facts["suffix"]) == ("ags100_99003002000000", ".csv")


def test_a_name_that_becomes_too_long_is_refused(tmp_path: Path) -> None:
    step = XmlToCsv.model_validate({"columns": PERSON})
    document = document_of(applications.APPLICATION, "a" * 253 + ".x")
    with pytest.raises(NameNotAllowed):
        step.apply(document, Workbench(tmp_path))


@pytest.mark.parametrize(
    "options",
    [
        {"columns": []},
        {"columns": [{"title": "a", "path": "//Name"}]},
        {"columns": [{"title": "a", "path": "a[1]"}]},
        {"columns": [{"title": "a", "path": "@a/b"}]},
        {"columns": [{"title": "a", "path": "x:y"}]},
        {"rows": "/Anlagen"},
        {"rows": "Anlagen/"},
        {"delimiter": ";;"},
        {"encoding": "cp850"},
        {"columns": [{"title": "Đ", "path": "a"}], "encoding": "iso-8859-15"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        XmlToCsv.model_validate({"columns": PERSON, **options})
