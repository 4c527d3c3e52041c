"""Recognising e-invoices: by what is in them, whatever they are called, and hostile ones too."""

from __future__ import annotations

import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import pikepdf
import pytest

from tests.shared_data import shared
from tests.transforms import invoice_samples as samples
from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import EN16931, Family, InvoiceKind, Syntax, recognise

CII = """<rsm:CrossIndustryInvoice
  xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">
  <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>{guideline}</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
</rsm:CrossIndustryInvoice>"""
ZUGFERD_1 = """<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12">
  <rsm:SpecifiedExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>{guideline}</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter></rsm:SpecifiedExchangedDocumentContext>
</rsm:CrossIndustryDocument>"""


def kind(content: bytes, folder: Path, name: str = "0001") -> InvoiceKind:
    path = folder / name
    path.write_bytes(content)
    return recognise(path).kind


@pytest.mark.parametrize(
    ("guideline", "label"),
    [
        (samples.XRECHNUNG, "xrechnung-ubl"),
        (samples.SPECIFICATIONS["xrechnung.extension.id"], "xrechnung-extension-ubl"),
        (samples.SPECIFICATIONS["xrechnung.cvd.id"], "xrechnung-cvd-ubl"),
        (f"{EN16931}#compliant#urn:xoev-de:kosit:standard:xrechnung_2.3", "xrechnung-ubl"),
        (EN16931, "en16931-ubl"),
        (f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", "cius-ubl"),
        ("", "unknown-ubl"),
        ("XRechnung", "unknown-ubl"),
    ],
)
def test_ubl_is_known_by_the_specification_it_names(
    guideline: str, label: str, tmp_path: Path
) -> None:
    assert kind(samples.ubl(guideline=guideline), tmp_path).label == label


@pytest.mark.parametrize(
    ("guideline", "label"),
    [
        (samples.XRECHNUNG, "xrechnung-cii"),
        (EN16931, "en16931-cii"),
        ("urn:factur-x.eu:1p0:minimum", "factur-x-minimum"),
        ("urn:factur-x.eu:1p0:basicwl", "factur-x-basicwl"),
        (f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic", "factur-x-basic"),
        (f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended", "factur-x-extended"),
        (f"{EN16931}#conformant#urn:zugferd.de:2p0:extended", "zugferd-2-extended"),
    ],
)
def test_cii_is_known_by_the_specification_it_names(
    guideline: str, label: str, tmp_path: Path
) -> None:
    assert kind(CII.format(guideline=guideline).encode(), tmp_path).label == label


@pytest.mark.parametrize("profile", ["basic", "comfort", "extended"])
def test_zugferd_1_is_known_by_its_root_element(profile: str, tmp_path: Path) -> None:
    guideline = f"urn:ferd:CrossIndustryDocument:invoice:1p0:{profile}"
    found = kind(ZUGFERD_1.format(guideline=guideline).encode(), tmp_path)
    assert (found.syntax, found.label) == (Syntax.ZUGFERD_1, f"zugferd-1-{profile}")


def test_a_credit_note_is_told_from_an_invoice(tmp_path: Path) -> None:
    content = samples.ubl().replace(b":Invoice-2", b":CreditNote-2")
    content = content.replace(b"<Invoice ", b"<CreditNote ").replace(
        b"</Invoice>", b"</CreditNote>"
    )
    assert kind(content, tmp_path).label == "xrechnung-ubl-creditnote"


def test_names_of_files_do_not_matter(tmp_path: Path) -> None:
    assert kind(samples.ubl(), tmp_path, "rechnung.pdf").family is Family.XRECHNUNG
    assert kind(samples.hybrid(samples.ubl()), tmp_path, "invoice.xml").hybrid
    assert kind(b"Rechnung", tmp_path, "xrechnung.xml").family is Family.NONE


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"Guten Tag", b"<a/>", b"{}", b"\xff\xd8\xff\xe0JFIF"]
)
def test_what_is_no_invoice_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    assert kind(content, tmp_path) == InvoiceKind(Family.NONE)


def test_a_pdf_without_invoice_data_is_a_plain_one(tmp_path: Path) -> None:
    assert kind(samples.hybrid(b"%PDF-", name="a.pdf"), tmp_path) == InvoiceKind(Family.PDF)
    order = samples.hybrid(b"<order/>", name="order-x.xml")
    assert kind(order, tmp_path).family is Family.PDF


def test_the_profile_en_16931_of_a_hybrid_is_factur_x(tmp_path: Path) -> None:
    found = kind(samples.hybrid(CII.format(guideline=EN16931).encode()), tmp_path)
    assert (found.label, found.hybrid) == ("factur-x-en16931", True)


def test_the_invoice_inside_a_pdf_may_have_any_name(tmp_path: Path) -> None:
    more = {"anlage.xml": b"<a/>", "kaputt.xml": b"<a>", "bild.png": b"\x89PNG"}
    path = tmp_path / "0001"
    path.write_bytes(samples.hybrid(samples.ubl(), name="Rechnung 1.xml", more=more))
    found = recognise(path)
    assert (found.kind.label, found.attachment) == ("xrechnung-ubl", "Rechnung 1.xml")


def test_two_invoices_in_one_pdf_are_refused_unless_they_are_the_same(tmp_path: Path) -> None:
    one, other = samples.ubl(), samples.ubl(payable="1.00")
    assert kind(samples.hybrid(one, more={"b.xml": one}), tmp_path).hybrid
    with pytest.raises(DocumentInvalid, match="2 invoices that differ"):
        kind(samples.hybrid(one, more={"b.xml": other}), tmp_path)


def test_every_valid_hybrid_pdf_of_the_corpus_is_recognised() -> None:
    broken = {"factur-x-invalid-xml-encoding-attribute.pdf"}
    pdfs = sorted(shared("zugferd-corpus").rglob("*.pdf"))
    assert len(pdfs) > 30
    for pdf in pdfs:
        if pdf.name in broken:
            with pytest.raises(DocumentInvalid):
                recognise(pdf)
            continue
        found = recognise(pdf)
        assert found.kind.hybrid, pdf.name
        assert found.root is not None
        if "fail" not in pdf.parts:
            expected = ("xrechnung-cii",) if "XRECHNUNG" in pdf.name else ("factur-x-en16931",)
            assert found.kind.label in (*expected, "xrechnung-cii"), pdf.name


def test_every_xml_of_the_corpora_is_recognised() -> None:
    folders = ("zugferd-corpus/XML-Rechnung", "xrechnung-testsuite", "en16931/ubl/examples")
    for file in (one for folder in folders for one in shared(folder).rglob("*.xml")):
        found = recognise(file).kind
        assert found.family not in (Family.NONE, Family.PDF), file.name
        if "xrechnung-testsuite" in file.parts:
            syntax = "ubl" if file.stem.endswith("ubl") else "cii"
            assert found.label == f"xrechnung-{syntax}", file.name


def test_utf_16_with_and_without_byte_order_mark_is_read_or_refused(tmp_path: Path) -> None:
    text = samples.ubl().decode().replace("UTF-8", "UTF-16")
    assert kind(text.encode("utf-16"), tmp_path).label == "xrechnung-ubl"
    # XML 1.0, section 4.3.3 asks for the mark; libxml2 sees the encoding by the first signs.
    assert kind(text.encode("utf-16-le"), tmp_path).label == "xrechnung-ubl"
    with pytest.raises(DocumentInvalid):
        kind(text.encode("utf-16")[2:-1], tmp_path)


@pytest.mark.parametrize("trick", sorted(samples.hostile()))
def test_hostile_xml_is_refused_alone_and_within_a_pdf(trick: str, tmp_path: Path) -> None:
    content = samples.hostile()[trick]
    for one in (content, samples.hybrid(content)):
        with pytest.raises(DocumentInvalid):
            kind(one, tmp_path)


def pdf_of(**keys: pikepdf.Object) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        attached = pikepdf.AttachedFileSpec(pdf, samples.ubl(), filename="factur-x.xml")
        for key, value in keys.items():
            attached.obj[f"/{key}"] = value
        pdf.attachments["factur-x.xml"] = attached
        return samples.saved(pdf)


@cache
def hostile_pdf() -> dict[str, bytes]:
    whole = samples.hybrid(samples.ubl())
    deflated = zlib.compress(samples.ubl())
    return {
        "head only": b"%PDF-1.7\n",
        "noise": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "not a stream": pdf_of(EF=pikepdf.Dictionary(F=pikepdf.String("x"))),
        "no stream": pdf_of(EF=pikepdf.Dictionary()),
        "an array for a dictionary": pdf_of(EF=pikepdf.Array([1])),
        "deflated is cut off": samples.packed(deflated[:-40]),
        "deflated is noise": samples.packed(b"\x78\x9c" + bytes(range(200))),
        "packed unusually": samples.packed(deflated, packing="/LZWDecode"),
        "no xml inside": samples.hybrid(b"not at all"),
        "empty": samples.hybrid(b""),
        "bomb": samples.packed(samples.bomb(110 << 20)),
        "cut off": whole[: len(whole) // 3],
    }


@pytest.mark.parametrize("trick", sorted(hostile_pdf()))
def test_a_hostile_pdf_is_refused(trick: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        kind(hostile_pdf()[trick], tmp_path)
    assert caught.value.where.startswith("0001")
    assert "Bürobedarf" not in str(caught.value)


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a", encryption=pikepdf.Encryption(user="x", owner="y"))
    with pytest.raises(DocumentInvalid, match="locked by a password"):
        recognise(tmp_path / "a")


def test_an_attachment_that_claims_to_be_huge_is_read_as_it_is(tmp_path: Path) -> None:
    content = samples.hybrid(samples.ubl())
    size = f"/Size {len(samples.ubl())}".encode()
    assert content.count(size) == 1
    assert kind(content.replace(size, b"/Size 999999999999"), tmp_path).hybrid


def test_bombs_take_bounded_memory(tmp_path: Path) -> None:
    bomb = samples.bomb(300 << 20)
    (tmp_path / "a").write_bytes(samples.packed(bomb))
    (tmp_path / "b").write_bytes(samples.packed(bomb, name="other.xml"))
    head = b"%PDF-1.5\n"
    table = b"<</Type/XRef/Size 3/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length "
    structure = head + b"1 0 obj" + table + str(len(bomb)).encode() + b">>stream\n" + bomb
    (tmp_path / "c").write_bytes(structure + b"\nendstream endobj\nstartxref\n9\n%%EOF\n")
    told = subprocess.run(
        [sys.executable, "-c", PEAK, *(str(tmp_path / one) for one in "abc")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert told[:-1] == ["refused"] * 3
    assert int(told[-1]) < 350 << 10, told


PEAK = r"""
import re, sys
from pathlib import Path
from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import recognise
for name in sys.argv[1:]:
    try:
        print(recognise(Path(name)).kind.label)
    except DocumentInvalid:
        print("refused")
print(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
"""
