"""Step `invoice-view`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree, html

from tests.shared_data import shared
from tests.transforms import invoice_samples
from tests.transforms.step_contract import StepContract, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.invoice_readable import readable
from transforms.invoice_source import invoice_xml
from transforms.invoice_view import InvoiceView
from transforms.invoice_words import UNITS, amount, percentage, quantity, terms_of_payment
from transforms.invoices import Term, reading_of, terms_of
from transforms.step import Workbench

KINDS = ("xrechnung-testsuite", "zugferd-corpus")
UNREADABLE = "factur-x-invalid-xml-encoding-attribute.pdf"
FIGURES = re.compile(r"-?\d+(\.\d*)?")


class TestInvoiceView(StepContract):
    """The contract."""

    name = "rechnung.xml"

    def step(self) -> InvoiceView:
        return InvoiceView(view_format="pdf-and-html", keep_invoice=True)

    def good(self) -> Mapping[str, bytes]:
        corpus = shared("zugferd-corpus", "XML-Rechnung")
        return {
            "UBL": invoice_samples.ubl(),
            "CII": (corpus / "CII" / "EN16931_Rabatte.cii.xml").read_bytes(),
            "credit note": (corpus / "UBL" / "ubl-tc434-creditnote1.xml").read_bytes(),
            "hybrid": (corpus / "FX" / "XRECHNUNG_Elektron.pdf").read_bytes(),
        }

    def hostile(self) -> Mapping[str, bytes]:
        whole = next(iter(self.good().values()))
        return {
            **super().hostile(),
            "no invoice": b"<Antrag/>",
            "cut off invoice": whole[: len(whole) // 2],
            "no PDF": b"%PDF-1.7 and no more",
        }

    def large(self) -> bytes:
        return invoice_samples.with_attachment(11 << 20)


def viewed(content: bytes, folder: Path, name: str = "r.xml", **options: Any) -> list[Document]:
    """Return what is made of an invoice."""
    bench = folder / "step"
    bench.mkdir(exist_ok=True)
    step = InvoiceView.model_validate(options)
    return list(step.apply(stored(folder, content, name), Workbench(bench)))


def page_of(content: bytes, folder: Path, **options: Any) -> str:
    (made,) = viewed(content, folder, view_format="html", **options)
    return made.path.read_text(encoding="utf-8")


def words_of(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page.encode()).xpath("//body//text()")).split())


def text_of(pdf: Path) -> str:
    found = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


def corpus() -> list[Path]:
    paths = [path for kind in KINDS for path in shared(kind).rglob("*.*")]
    return sorted(path for path in paths if path.suffix.lower() in (".xml", ".pdf"))


def bare(text: str) -> str:
    """Return a text without what only sets it apart, such as the brackets around a scheme."""
    return re.sub(r"[\s(),]", "", text)


def forms_of(term: Term) -> set[str]:
    """Return how a term may be told."""
    forms = {term.value, UNITS.get(term.value, term.value)}
    if FIGURES.fullmatch(term.value):
        number = Decimal(term.value)
        forms |= {amount(number), amount(-number), quantity(number), percentage(number)}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", term.value):
        forms.add(f"{date.fromisoformat(term.value):%d.%m.%Y}")
    return {bare(form) for form in forms}


ELSEWHERE = {
    "BT-21": "is told by its meaning",
    "BT-20": "is told in sentences where it is coded",
    "BT-125": "is told by its size",
    "BT-150": "is that of the line",
    "BT-149": "is one, and that of the line",
    "BT-159": "is told by the country's name",
}
"""Terms that the view tells in other words."""


def test_every_term_of_every_invoice_is_told(tmp_path: Path) -> None:
    told = 0
    for path in corpus():
        if path.name == UNREADABLE:
            continue
        invoice = reading_of(invoice_xml(path, path.name).root, path.name).invoice
        text = bare(words_of(page_of(path.read_bytes(), tmp_path)))
        for term in terms_of(invoice):
            if term.number and term.number not in ELSEWHERE:
                assert any(form in text for form in forms_of(term)), (path.name, term)
                told += 1
    assert told > 3000


def test_pdf_and_page_tell_the_same(tmp_path: Path) -> None:
    path = shared("zugferd-corpus", "XML-Rechnung", "CII", "EN16931_Rabatte.cii.xml")
    pdf, page = viewed(path.read_bytes(), tmp_path, view_format="pdf-and-html")
    told = "".join(text_of(pdf.path).split())
    words = words_of(page.path.read_text(encoding="utf-8")).split()
    assert len(words) > 200
    # A column of the PDF may stand between two words, never within one.
    assert not [word for word in words if word not in told]


def test_a_view_tells_an_invoice_in_german(tmp_path: Path) -> None:
    content = invoice_samples.ubl(number="RE-2026-0815")
    pdf, page = viewed(content, tmp_path, view_format="pdf-and-html", view_letterhead=["Stadt X"])
    assert (pdf.name, page.name) == ("r.pdf", "r.html")
    for text in (text_of(pdf.path), words_of(page.path.read_text(encoding="utf-8"))):
        for words in (
            "Stadt X",
            "Rechnung RE-2026-0815",
            "Bürobedarf Ilmenau GmbH",
            "02.11.2026",
            "04011000-12345-03",
            "119,00 EUR",
            "19 %",
            "Maßgeblich sind deren Daten (XML), nicht diese Ansicht.",
        ):
            assert words in text, words


def test_the_pdf_is_for_the_archive_and_holds_the_invoice(tmp_path: Path) -> None:
    content = invoice_samples.ubl()
    (made,) = viewed(content, tmp_path)
    with pikepdf.open(made.path) as pdf:
        metadata = "".join(pdf.Root.Metadata.read_bytes().decode().split())
        assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<" in metadata
        assert "<pdfuaid:part>1<" in metadata
        (specification,) = pdf.Root.AF
        assert specification.AFRelationship == "/Source"
        assert pdf.attachments["r.xml"].get_file().read_bytes() == content


def test_the_view_of_a_hybrid_invoice_does_not_take_its_name(tmp_path: Path) -> None:
    path = shared("zugferd-corpus", "XML-Rechnung", "FX", "EN16931_Einfach.pdf")
    invoice, view = viewed(path.read_bytes(), tmp_path, "r.pdf", keep_invoice=True)
    assert (invoice.name, view.name) == ("r.pdf", "r_ansicht.pdf")
    assert invoice.path.read_bytes() == path.read_bytes()
    with pikepdf.open(view.path) as pdf:
        assert list(pdf.attachments) == ["factur-x.xml"]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><script>",
    '#read("/etc/passwd")',
    "*fett* _kursiv_ $x$ = Titel",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_never_markup(value: str, tmp_path: Path) -> None:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    content = invoice_samples.ubl(seller=escaped, number=escaped)
    pdf, made = viewed(content, tmp_path, view_format="pdf-and-html")
    page = html.fromstring(made.path.read_bytes())
    assert page.xpath("//h1")[0].text == f"Rechnung {value}"
    assert value in words_of(made.path.read_text(encoding="utf-8"))
    assert value in text_of(pdf.path)
    assert not page.xpath("//script | //img | //a | //iframe | //link | //@onerror | //@href")


def test_the_page_stands_alone_and_can_be_read_aloud(tmp_path: Path) -> None:
    text = page_of(invoice_samples.ubl(), tmp_path)
    page = html.fromstring(text.encode())
    assert text.startswith("<!DOCTYPE html>")
    assert page.get("lang") == "de"
    assert page.xpath("//meta/@charset") == ["utf-8"]
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
    assert not page.xpath("//@src | //@href | //script")
    assert not re.findall(r"url\(|@import", text)
    assert page.xpath("//title")[0].text == page.xpath("//h1")[0].text
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    assert page.xpath("//th") == page.xpath("//th[@scope]")
    levels = [int(str(one.tag)[1]) for one in page.iter("h1", "h2", "h3")]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def many_lines(count: int) -> bytes:
    """Return an invoice with its line repeated."""
    root = etree.fromstring(invoice_samples.ubl())  # noqa: TID251 - our own.
    (line,) = root.findall("{*}InvoiceLine")
    text = etree.tostring(line, encoding="unicode")
    whole = invoice_samples.ubl().decode()
    start = whole.rindex("<cac:InvoiceLine>")
    lines = (
        re.sub(r"(<cbc:ID[^>]*>)1(<)", rf"\g<1>{number}\g<2>", text, count=1)
        for number in range(1, count + 1)
    )
    return (whole[:start] + "".join(lines) + "</Invoice>").encode()


def test_five_thousand_lines_come_out_well(tmp_path: Path) -> None:
    (pdf,) = viewed(many_lines(5000), tmp_path, attach_invoice=False)
    text = text_of(pdf.path)
    with pikepdf.open(pdf.path) as opened:
        pages = len(opened.pages)
    assert f"Seite {pages} von {pages}" in text
    # The head of the table is on each of its pages.
    assert text.count("Pos. Bezeichnung Menge Einzelpreis") >= pages - 2 > 20


def test_more_lines_than_anybody_reads_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="more than 6000 lines"):
        viewed(many_lines(6_001), tmp_path)


def test_what_the_view_cannot_show_is_named(tmp_path: Path) -> None:
    content = (
        shared("zugferd-corpus", "XML-Rechnung", "CII", "EN16931_Einfach.cii.xml")
        .read_text(encoding="utf-8")
        .replace(
            "<rsm:ExchangedDocumentContext>",
            "<rsm:ExchangedDocumentContext><ram:TestIndicator><udt:Indicator>true"
            "</udt:Indicator></ram:TestIndicator>",
        )
        .encode()
    )
    text = words_of(page_of(content, tmp_path))
    assert re.search(r"Nicht in dieser Ansicht .*TestIndicator, Zeile \d+", text)


def test_a_coded_discount_is_a_sentence() -> None:
    coded = "#SKONTO#TAGE=14#PROZENT=2.25#\n#SKONTO#TAGE=30#PROZENT=1.00#BASISBETRAG=357.93#\n"
    assert terms_of_payment(coded, "EUR").splitlines() == [
        "2,25 % Skonto bei Zahlung innerhalb von 14 Tagen",
        "1 % Skonto auf 357,93 EUR bei Zahlung innerhalb von 30 Tagen",
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0,00"),
        ("-0.00", "0,00"),
        ("1234567.8", "1.234.567,80"),
        ("-12.345", "-12,345"),
        ("100.", "100,00"),
        ("0.005", "0,005"),
        (".5", "0,50"),
    ],
)
def test_amounts_are_written_as_in_germany_and_lose_no_digit(number: str, text: str) -> None:
    assert amount(Decimal(number)) == text


def test_an_invoice_without_lines_is_shown(tmp_path: Path) -> None:
    path = shared("zugferd-corpus", "XML-Rechnung", "CII", "EN16931_Einfach.cii.xml")
    reading = reading_of(invoice_xml(path, path.name).root, path.name)
    view = readable(reading, where=path.name)
    assert view.title == "Rechnung 471102"
    content = re.sub(
        rb"<ram:IncludedSupplyChainTradeLineItem>.*</ram:IncludedSupplyChainTradeLineItem>",
        b"",
        path.read_bytes(),
        flags=re.DOTALL,
    )
    assert "Positionen Keine." in words_of(page_of(content, tmp_path))
