"""Step `xml-to-pdf`."""

from __future__ import annotations

import html
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.shared_data import shared
from tests.transforms import applications
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.read_xml import read_xml
from transforms.step import NoSupplies, Supplies, Workbench
from transforms.xml_to_pdf import XmlToPdf


class TestXmlToPdf(StepContract):
    """The contract."""

    def step(self) -> XmlToPdf:
        return XmlToPdf(letterhead=["Gemeinde Ganderkesee", "Fachdienst Steuern"])


@dataclass
class Files(NoSupplies):
    """An operator's files."""

    folder: Path

    def resource(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def files(tmp_path: Path) -> Files:
    folder = tmp_path / "resources"
    folder.mkdir()
    return Files(folder)


def printed(
    content: bytes, tmp_path: Path, supplies: Supplies | None = None, **options: Any
) -> Document:
    """Return the PDF of a document."""
    directory = tmp_path / "step"
    directory.mkdir(exist_ok=True)
    bench = Workbench(directory, supplies or NoSupplies())
    (made,) = XmlToPdf.model_validate(options).apply(stored(tmp_path, content), bench)
    return made


def text_of(pdf: Path) -> str:
    """Return the words of a PDF, page by page, as a reader finds them."""
    found = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


def small(inside: str) -> bytes:
    """Return a document of few fields."""
    return f"<Antrag><Angabe>{inside}</Angabe></Antrag>".encode()


def test_an_application_is_printed_with_german_labels_and_values(tmp_path: Path) -> None:
    made = printed(
        applications.APPLICATION.read_bytes(), tmp_path, letterhead=["Gemeinde Ganderkesee"]
    )
    text = text_of(made.path)
    for words in (
        "Gemeinde Ganderkesee Antrag Eingang 23.11.2026, 07:15 Uhr",
        "Postleitzahl 27777",
        "Straße Große Straße",
        "Geburtsdatum 29.02.1984",
        "Ersthund ja",
        "E-Mail zoe.mueller@example.org",
        "Onlinedienst Hundesteuer online (Version: 4.2.1)",
        "Müller-Đorđević",
        "Halsband =rot",
        "Dateiname Dateityp Prüfsumme (SHA-256)",
        "Foto_Bärli.jpg image/jpeg",
        "Seite 2 von 2",
    ):
        assert words in text, words
    # What belongs to the application stands before the dog's own fields, not below them.
    assert text.index("Haltungsbeginn") < text.index("Rufname")


def test_it_is_for_the_archive_and_for_the_blind_and_holds_the_xml(tmp_path: Path) -> None:
    content = applications.APPLICATION.read_bytes()
    made = printed(content, tmp_path)
    assert made.name == made.facts["name"] == "ags100_99003002000000.pdf"
    with pikepdf.open(made.path) as pdf:
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<" in "".join(metadata.split())
        assert "<pdfuaid:part>1<" in metadata
        assert str(pdf.Root.Lang) == "de-DE"
        assert pdf.Root.MarkInfo.Marked
        (specification,) = pdf.Root.AF
        assert specification.AFRelationship == "/Source"
        assert specification.EF.F.Subtype == "/application/xml"
        assert str(specification.EF.F.Params.ModDate) == "D:20261123061500Z"
        assert list(pdf.attachments) == ["ags100_99003002000000.xml"]
        assert pdf.attachments["ags100_99003002000000.xml"].get_file().read_bytes() == content
        assert str(pdf.docinfo.CreationDate).startswith("D:20261123061500")


def test_the_xml_can_be_left_out(tmp_path: Path) -> None:
    made = printed(applications.APPLICATION.read_bytes(), tmp_path, attach_xml=False)
    with pikepdf.open(made.path) as pdf:
        assert not list(pdf.attachments)
        assert "/AF" not in pdf.Root


def test_xml_of_another_encoding_is_attached_byte_by_byte(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>Größe</b></a>'.encode("latin-1")
    made = printed(content, tmp_path)
    assert "Größe" in text_of(made.path)
    with pikepdf.open(made.path) as pdf:
        (attached,) = pdf.attachments.values()
        assert attached.get_file().read_bytes() == content


@pytest.mark.parametrize(
    "value",
    [
        '#read("/etc/passwd")',
        '#panic("x")',
        "*bold* _weak_ `raw` $x^2$",
        "= heading",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "@label // comment \\ end",
        "#sys.inputs",
    ],
)
def test_a_value_is_never_markup(value: str, tmp_path: Path) -> None:
    made = printed(small(value), tmp_path)
    shown = value.replace("&lt;", "<").replace("&gt;", ">")
    assert f"Angabe {shown} antrag" in text_of(made.path).replace("ags100_9", "antrag")


def test_every_letter_of_din_91379_is_printed(tmp_path: Path) -> None:
    (path,) = shared("din91379").rglob("*.xml")
    letters = [
        "".join(chr(int(code, 16)) for code in (one.text or "").split())
        for one in read_xml(path).iter("{*}cp")
    ]
    assert len(letters) > 900
    made = printed(small(html.escape(" ".join(letters))), tmp_path)
    text = text_of(made.path)
    assert not [letter for letter in letters if letter.strip() and letter not in text]


@pytest.mark.parametrize(
    ("sign", "code"), [("漢", "U+6F22"), ("😀", "U+1F600"), ("\ue000", "U+E000")]
)
def test_a_sign_without_a_picture_is_refused_by_its_number(
    sign: str, code: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentInvalid, match=code.replace("+", r"\+")) as caught:
        printed(small(f"geheim {sign}"), tmp_path, missing_signs="refuse")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Gruß 😀!", "Gruß [U+1F600]!"),
        ("漢字 \ue000", "[U+6F22][U+5B57] [U+E000]"),
        ("1\ufe0f\u20e3", "1[U+FE0F][U+20E3]"),
    ],
)
def test_a_sign_without_a_picture_is_printed_as_its_number(
    value: str, shown: str, tmp_path: Path
) -> None:
    made = printed(small(value), tmp_path)
    assert shown in text_of(made.path)


def test_long_words_and_empty_fields_and_many_attachments_stay_on_the_page(tmp_path: Path) -> None:
    attachments = "".join(
        f"<Anlage><Dateiname>Beleg {n}.pdf</Dateiname><Art/></Anlage>" for n in range(100)
    )
    word = "Donaudampfschifffahrt" * 40
    content = f"<A><Wort>{word}</Wort><Leer/><Anlagen>{attachments}</Anlagen></A>".encode()
    made = printed(content, tmp_path)
    text = text_of(made.path)
    assert word[:800] in text.replace(" ", "")
    assert "Beleg 99.pdf" in text
    # The head of a table is repeated on each of its pages.
    assert text.count("Dateiname Art") == text.count("Seite ") > 2


def test_five_thousand_rows_are_printed(tmp_path: Path) -> None:
    rows = "".join(
        f"<Z><Nr>{n}</Nr><Wert>{n * 3}</Wert><Ort>Oldenburg</Ort></Z>" for n in range(5000)
    )
    text = text_of(printed(f"<Liste>{rows}</Liste>".encode(), tmp_path).path)
    assert "4999 14997 Oldenburg" in text


def test_what_nobody_prints_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"<Z><Nr>{n}</Nr><W>x</W></Z>" for n in range(10_001))
    with pytest.raises(DocumentInvalid, match="more than 20000 fields"):
        printed(f"<Liste>{rows}</Liste>".encode(), tmp_path)
    with pytest.raises(DocumentInvalid, match="letters to print"):
        printed(small("viel Text " * 300_000), tmp_path)
    with pytest.raises(DocumentInvalid, match="nested deeper than 60"):
        printed(b"<a>" * 100 + b"</a>" * 100, tmp_path)


def test_a_file_inside_is_told_by_its_size(tmp_path: Path) -> None:
    made = printed(applications.with_attachment(3_000_000), tmp_path)
    assert "Dateiinhalt, 3,0 MB" in text_of(made.path)


def test_a_code_of_xoev_is_one_value(tmp_path: Path) -> None:
    code = (
        '<staat listURI="urn:x" listVersionID="1"><code>000</code><name>Deutschland</name></staat>'
    )
    text = text_of(printed(f"<a>{code}<land><code>03</code></land></a>".encode(), tmp_path).path)
    assert "Staat Deutschland (000) Land 03" in text
    assert "urn:x" not in text


def test_the_operator_names_and_hides_elements(tmp_path: Path, files: Files) -> None:
    (files.folder / "labels.csv").write_text("Angabe;Das Gewünschte\nGeheim;\n", encoding="utf-8")
    content = b"<Antrag><Angabe>ja bitte</Angabe><Geheim>unsichtbar</Geheim></Antrag>"
    options = {"label_table": "labels.csv", "print_title": "Antrag auf alles"}
    text = text_of(printed(content, tmp_path, files, **options).path)
    assert "Antrag auf alles Eingang" in text
    assert "Das Gewünschte ja bitte" in text
    assert "unsichtbar" not in text


@pytest.mark.parametrize("content", [b"nur eine Spalte\n", "Größe;x".encode("latin-1")])
def test_a_wrong_table_of_labels_is_an_error_of_the_set_up(
    content: bytes, tmp_path: Path, files: Files
) -> None:
    (files.folder / "labels.csv").write_bytes(content)
    with pytest.raises(StepFailed, match="table of labels"):
        printed(small("x"), tmp_path, files, label_table="labels.csv")


def own(files: Files, template: str, **others: str) -> str:
    """Lay out an operator's template with the files beside it."""
    folder = files.folder / "bescheid"
    folder.mkdir()
    for name, text in {"main.typ": template, **others}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return "bescheid/main.typ"


TEMPLATE = """
#import "own.typ": greet
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(lang: "de")
#greet(data.values.Antragsteller.Nachname)
#for one in data.values.Anlagen.Anlage [#one.Dateiname ]
#data.values.Kopf.Onlinedienst.at("@version")
"""


def test_an_operators_template_sees_the_values_by_name(tmp_path: Path, files: Files) -> None:
    name = own(files, TEMPLATE, **{"own.typ": "#let greet(name) = [Guten Tag #name]"})
    content = applications.APPLICATION.read_bytes()
    made = printed(content, tmp_path, files, print_template=name)
    text = text_of(made.path)
    assert "Guten Tag Müller-Đorđević" in text
    assert "Übernahmevertrag.pdf Haftpflicht Nachweis.pdf Foto_Bärli.jpg 4.2.1" in text
    with pikepdf.open(made.path) as pdf:
        assert len(pdf.attachments) == 1


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ('#read("../secret.txt")', "escape"),
        ('#read("/../secret.txt")', "escape"),
        ('#image("../../secret.png")', "escape"),
        ('#import "@preview/cetz:0.3.0"', "package of the network"),
        ("#data.x", "unknown variable: data"),
        ("#panic(sys.inputs.data)", "panic or assert"),
        ("#let f(x) = f(x)\n#f(1)", "maximum function call depth"),
        ("#while true {}", "condition is always true"),
        ("#json(bytes(sys.inputs.data)).nothing", 'does not contain key "nothing"'),
    ],
)
def test_a_template_that_fails_or_looks_outside_is_an_error_of_the_set_up(
    template: str, says: str, tmp_path: Path, files: Files
) -> None:
    (files.folder / "secret.txt").write_text("geheim")
    name = own(files, template)
    with pytest.raises(StepFailed, match=says) as caught:
        printed(applications.APPLICATION.read_bytes(), tmp_path, files, print_template=name)
    assert not [name for name in applications.NAMES_OF_CITIZENS if name in str(caught.value)]
    assert str(tmp_path) not in str(caught.value)


def test_a_link_that_leads_out_of_a_templates_directory_is_refused(
    tmp_path: Path, files: Files
) -> None:
    name = own(files, '#read("link.txt")')
    (tmp_path / "secret.txt").write_text("geheim")
    (files.folder / "bescheid" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(StepFailed, match="leads out of its directory"):
        printed(small("x"), tmp_path, files, print_template=name)


def test_an_absolute_path_of_a_template_stays_in_its_directory(
    tmp_path: Path, files: Files
) -> None:
    name = own(files, '#read("/etc/hostname")')
    with pytest.raises(StepFailed, match="file not found"):
        printed(small("x"), tmp_path, files, print_template=name)


def test_labels_are_german(tmp_path: Path) -> None:
    names: Mapping[str, str] = {
        "staatsangehoerigkeit": "Staatsangehörigkeit",
        "DatumDerEheschliessung": "Datum der Eheschließung",
        "Groesse": "Größe",
        "neueSteuernummer": "Neue Steuernummer",
        "aktuelleQuelle": "Aktuelle Quelle",
        "HausNr": "Haus Nr",
        "IBAN": "IBAN",
        "massnahme_vom": "Maßnahme vom",
    }
    inside = "".join(f"<{name}>.</{name}>" for name in names)
    text = text_of(printed(f"<a>{inside}</a>".encode(), tmp_path).path)
    for label in names.values():
        assert f"{label} ." in text


def test_a_document_without_a_date_is_printed_without_one(tmp_path: Path) -> None:
    bench = tmp_path / "step"
    bench.mkdir()
    document = document_of(applications.APPLICATION)
    bare = Document(document.path, document.name)
    (made,) = XmlToPdf().apply(bare, Workbench(bench))
    assert "Eingang" not in text_of(made.path)
