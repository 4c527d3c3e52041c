"""Step `xml-to-text`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms import applications, tables
from tests.transforms.step_contract import StepContract
from transforms.errors import DocumentInvalid, StepFailed
from transforms.xml_to_text import XmlToText

COLUMNS = [
    {"title": "Antrag", "path": "/Kopf/AntragsID"},
    {"title": "Datei", "path": "Dateiname"},
]


class TestXmlToText(StepContract):
    """The contract, for programs."""

    def step(self) -> XmlToText:
        return XmlToText()


class TestReadable(StepContract):
    """The contract, for people."""

    def step(self) -> XmlToText:
        return XmlToText(text_style="readable")


def made(folder: Path, content: bytes | None = None, **options: Any) -> str:
    content = content or applications.APPLICATION.read_bytes()
    step = XmlToText.model_validate({"text_line_end": "lf", **options})
    return tables.made(step, content, folder, "a.xml").decode(step.text_encoding)


def test_keys_are_paths(tmp_path: Path) -> None:
    lines = made(tmp_path).splitlines()
    assert lines[0] == "Kopf/AntragsID=HUST-2026-000417"
    assert "Kopf/Onlinedienst/@version=4.2.1" in lines
    assert "Anlagen/Anlage[3]/Dateiname=Foto_Bärli.jpg" in lines
    assert len({line.partition("=")[0] for line in lines}) == len(lines)


@pytest.mark.parametrize("text", ["a\nb", "a\\nb", "a\\", "a=b", "a\tb\r\nc", "\\\\n"])
def test_a_value_never_makes_a_line(text: str, tmp_path: Path) -> None:
    escaped = text.replace("\r", "&#13;")
    (line,) = made(tmp_path, f"<a>{escaped}</a>".encode()).splitlines()
    key, _, value = line.partition("=")
    assert key == "."
    signs = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}
    back, rest = "", value
    while rest:
        size = 2 if rest[:2] in signs else 1
        back, rest = back + signs.get(rest[:2], rest[0]), rest[size:]
    assert back == text


def test_nothing_is_left_out(tmp_path: Path) -> None:
    content = b'<a x="1">one<b/>two<c y="">\n</c><b>three</b></a>'
    assert made(tmp_path, content).splitlines() == [
        "@x=1",
        ".=one two",
        "b[1]=",
        "c/@y=",
        "b[2]=three",
    ]


def test_chosen_values(tmp_path: Path) -> None:
    text = made(tmp_path, text_rows="Anlagen/Anlage", text_columns=COLUMNS)
    assert text.split("\n\n")[1] == ("Antrag=HUST-2026-000417\nDatei=Haftpflicht Nachweis.pdf")
    options: dict[str, Any] = {"text_rows": "Anlagen/Anlage", "text_columns": COLUMNS}
    readable = made(tmp_path, text_style="readable", text_title="Anlagen", **options)
    assert readable.startswith(
        "Anlagen\n=======\n\nAntrag: HUST-2026-000417\nDatei:  Übernahmevertrag.pdf\n"
    )


def test_people_read_german(tmp_path: Path) -> None:
    text = made(tmp_path, text_style="readable")
    assert text.startswith("Antrag\n======\n\nKopf\n----\n\nAntragsnummer: ")
    assert "\nGeburtsdatum: 29.02.1984\n" in text
    assert "\nErsthund:       ja\n" in text
    assert "Straße:       Große Straße" in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_records_that_fit_are_a_table(tmp_path: Path) -> None:
    content = "<a>" + "<Hund><Name>Rex</Name><Tag>2026-01-31</Tag></Hund>" * 2 + "</a>"
    assert made(tmp_path, content.encode(), text_style="readable").splitlines() == [
        "A",
        "=",
        "",
        "Name  Tag",
        "----  ----------",
        "Rex   31.01.2026",
        "Rex   31.01.2026",
    ]


def test_long_texts_are_broken_between_words(tmp_path: Path) -> None:
    content = f"<a><Bemerkung>{'Übernahme ' * 30}</Bemerkung></a>"
    lines = made(tmp_path, content.encode(), text_style="readable").splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines[3:]).split()) == "Bemerkung: " + ("Übernahme " * 30).strip()


def test_labels_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("Rufname;Gerufen\nKopf;\n", encoding="utf-8")
    text = made(tmp_path, text_style="readable", text_labels="labels.csv")
    assert "Gerufen:    Bärli" in text
    assert "HUST-2026" not in text


@pytest.mark.parametrize("encoding", ["iso-8859-15", "windows-1252", "cp850"])
def test_a_letter_that_the_encoding_lacks_is_named(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match=r"U\+0141 .*\(Ł\)") as caught:
        made(tmp_path, text_encoding=encoding)
    assert caught.value.where.endswith("of the text")
    content = "<a>Größe</a>".encode()
    assert made(tmp_path, content, text_encoding=encoding) == ".=Größe\n"


def test_a_path_to_several_values_is_an_error_of_the_set_up(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="3 values"):
        made(tmp_path, text_columns=[{"title": "a", "path": "Anlagen/Anlage/MIME"}])


@pytest.mark.parametrize(
    "options",
    [
        {"text_rows": "Anlagen/Anlage"},
        {"text_rows": "/a", "text_columns": COLUMNS},
        {"text_columns": [{"title": "a=b", "path": "a"}]},
        {"text_columns": [{"title": "a\nb", "path": "a"}]},
        {"text_columns": [{"title": "Đ", "path": "a"}], "text_encoding": "cp850"},
        {"text_style": "html"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        XmlToText.model_validate(options)
