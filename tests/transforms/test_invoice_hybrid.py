"""Step `invoice-hybrid`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import facturx  # type: ignore[import-untyped]
import pikepdf
import pytest

from tests.shared_data import shared
from tests.transforms import invoice_samples
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.invoice_hybrid import InvoiceHybrid
from transforms.step import Workbench

CORPUS = ("zugferd-corpus", "XML-Rechnung")


def cii(name: str = "EN16931_Einfach") -> bytes:
    return shared(*CORPUS, "CII", f"{name}.cii.xml").read_bytes()


def pages(**changes: Any) -> bytes:
    """Return a PDF of one empty page that says it is PDF/A-1b, or what the changes make of it."""
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        if claim := changes.get("claim", 'pdfaid:part="1" pdfaid:conformance="B"'):
            pdf.Root.Metadata = pdf.make_stream(XMP.format(claim=claim).encode())
        if changes.get("signed"):
            pdf.Root.AcroForm = pikepdf.Dictionary(SigFlags=3)
        pdf.save(buffer, encryption=changes.get("encryption", False))
    return buffer.getvalue()


XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" {claim}/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


class TestBuilding(StepContract):
    """The contract, for building."""

    name = "rechnung.xml"

    def step(self) -> InvoiceHybrid:
        return InvoiceHybrid(hybrid_letterhead=["Stadtwerke Musterstadt GmbH"])

    def good(self) -> Mapping[str, bytes]:
        names = ("EN16931_Einfach", "EN16931_Rabatte", "XRECHNUNG_Einfach", "XRECHNUNG_Elektron")
        return {name: cii(name) for name in names}

    def hostile(self) -> Mapping[str, bytes]:
        invoice = cii()
        return {
            **super().hostile(),
            "no invoice": b"<Antrag/>",
            "UBL": invoice_samples.ubl(),
            "cut off invoice": invoice[: len(invoice) // 2],
            "breaks its schema": invoice.replace(b"ram:TypeCode>380", b"ram:TypeKode>380"),
            "names no profile": invoice.replace(b"urn:cen.eu:en16931:2017", b"urn:example"),
            "a PDF alone": pages(),
        }

    def large(self) -> bytes:
        return with_attachment(11 << 20)


class TestUnpacking(StepContract):
    """The contract, for unpacking."""

    name = "rechnung.pdf"

    def step(self) -> InvoiceHybrid:
        return InvoiceHybrid(hybrid_action="unpack")

    def good(self) -> Mapping[str, bytes]:
        return {path.stem: path.read_bytes() for path in hybrids()[:5]}

    def hostile(self) -> Mapping[str, bytes]:
        whole = hybrids()[0].read_bytes()
        encryption = pikepdf.Encryption(owner="geheim", user="geheim")
        return {
            **super().hostile(),
            "no attachment": pages(),
            "locked": hybrid(cii(), encryption=encryption),
            "a bomb inside": hybrid(b"<a>" + b" " * (101 << 20)),
            "cut off": whole[: len(whole) // 2],
            "head only": b"%PDF-1.7\n",
        }

    def large(self) -> bytes:
        return hybrid(with_attachment(11 << 20))


def hybrids() -> list[Path]:
    """Return the hybrid invoices that are valid."""
    valid = [
        *shared(*CORPUS, "FX").glob("*.pdf"),
        *shared("zugferd-corpus", "ZUGFeRDv2", "correct").rglob("*.pdf"),
    ]
    return sorted(valid)


def hybrid(xml: bytes, **options: Any) -> bytes:
    """Return a PDF with an invoice inside, not made by the step."""
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages())) as pdf:
        pdf.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(pdf, xml)
        pdf.save(buffer, **options)
    return buffer.getvalue()


def with_attachment(size: int) -> bytes:
    """Return an invoice in CII with an attachment of that many bytes."""
    text = cii().decode()
    place = text.index("</ram:ApplicableHeaderTradeAgreement>")
    inside = "QUJD" * (size // 3)
    document = (
        "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>A</ram:IssuerAssignedID>"
        "<ram:TypeCode>916</ram:TypeCode><ram:AttachmentBinaryObject "
        f'mimeCode="application/pdf" filename="a.pdf">{inside}</ram:AttachmentBinaryObject>'
        "</ram:AdditionalReferencedDocument>"
    )
    return (text[:place] + document + text[place:]).encode()


def built(folder: Path, **files: bytes) -> list[Document]:
    """Return what is built of an original that gave these files."""
    documents = []
    for number, (name, content) in enumerate(files.items()):
        path = folder / f"{number}"
        path.write_bytes(content)
        documents.append(document_of(path, name.replace("_", ".")))
    bench = folder / "step"
    bench.mkdir()
    return list(InvoiceHybrid().apply_all(documents, Workbench(bench)))


def metadata(pdf: pikepdf.Pdf) -> str:
    return "".join(pdf.Root.Metadata.read_bytes().decode().split())


def test_the_xml_of_every_valid_hybrid_invoice_is_found(tmp_path: Path) -> None:
    paths = hybrids()
    assert len(paths) > 25
    for number, path in enumerate(paths):
        bench = tmp_path / f"{number}"
        bench.mkdir()
        document = Document(path, path.name)
        (made,) = InvoiceHybrid(hybrid_action="unpack").apply(document, Workbench(bench))
        _, xml = facturx.get_xml_from_pdf(path.read_bytes(), check_xsd=False)
        assert made.name == f"{path.stem}.xml"
        assert made.path.read_bytes() == xml


def test_a_hybrid_invoice_whose_xml_is_broken_is_refused(tmp_path: Path) -> None:
    name = "factur-x-invalid-xml-encoding-attribute.pdf"
    path = shared("zugferd-corpus", "ZUGFeRDv2", "fail", "Mustangproject", name)
    with pytest.raises(DocumentInvalid, match="XML is not well-formed"):
        InvoiceHybrid(hybrid_action="unpack").apply(Document(path, name), Workbench(tmp_path))


def test_pages_and_invoice_become_one(tmp_path: Path) -> None:
    xml = cii()
    (made,) = built(tmp_path, rechnung_pdf=pages(), rechnung_xml=xml)
    assert made.name == "rechnung.pdf"
    with pikepdf.open(made.path) as pdf:
        (specification,) = pdf.Root.AF
        assert specification.AFRelationship == "/Alternative"
        assert specification.EF.F.Subtype == "/text/xml"
        assert str(specification.EF.F.Params.ModDate) == "D:20261123061500Z"
        assert 'pdfaid:part="3"pdfaid:conformance="B"' in metadata(pdf)
        for told in (
            "<fx:DocumentType>INVOICE<",
            "<fx:DocumentFileName>factur-x.xml<",
            "<fx:Version>1.0<",
            "<fx:ConformanceLevel>EN16931<",
            "<pdfaSchema:prefix>fx<",
        ):
            assert told in metadata(pdf)
    found = facturx.get_xml_from_pdf(made.path.read_bytes(), check_xsd=True)
    assert found == ("factur-x.xml", xml)


@pytest.mark.parametrize(
    ("name", "level", "file"),
    [
        ("EN16931_Einfach", "EN16931", "factur-x.xml"),
        ("XRECHNUNG_Einfach", "XRECHNUNG", "xrechnung.xml"),
    ],
)
def test_an_invoice_alone_gets_pages(name: str, level: str, file: str, tmp_path: Path) -> None:
    (made,) = built(tmp_path, a_xml=cii(name))
    with pikepdf.open(made.path) as pdf:
        assert f"<fx:ConformanceLevel>{level}<" in metadata(pdf)
        assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<" in metadata(pdf)
        assert metadata(pdf).count("<pdfaExtension:schemas>") == 1
        assert list(pdf.attachments) == [file]
        assert pdf.attachments[file].get_file().read_bytes() == cii(name)


def test_what_was_built_can_be_unpacked(tmp_path: Path) -> None:
    (made,) = built(tmp_path, a_xml=cii())
    bench = tmp_path / "again"
    bench.mkdir()
    (xml,) = InvoiceHybrid(hybrid_action="unpack").apply(made, Workbench(bench))
    assert xml.path.read_bytes() == cii()
    assert xml.name == "a.xml"


def test_pdf_and_xml_of_one_name_belong_together(tmp_path: Path) -> None:
    files = {"b_PDF": pages(), "a_pdf": pages(), "a_xml": cii(), "b_xml": cii("EN16931_Rabatte")}
    first, second = built(tmp_path, **files)
    assert (first.name, second.name) == ("a.pdf", "b.PDF")
    with pikepdf.open(second.path) as pdf:
        inside = pdf.attachments["factur-x.xml"].get_file().read_bytes()
    assert inside == cii("EN16931_Rabatte")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"claim": ""}, "no PDF/A of part 1, 2 or 3"),
        ({"claim": 'pdfaid:part="4"'}, "no PDF/A of part 1, 2 or 3"),
        ({"signed": True}, "break the signature"),
        ({"encryption": pikepdf.Encryption(owner="a", user="b")}, "locked by a password"),
        ({"encryption": pikepdf.Encryption(owner="a", user="")}, "encrypted"),
    ],
)
def test_pages_that_cannot_be_hybrid_are_refused(
    changes: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentInvalid, match=says) as caught:
        built(tmp_path, a_pdf=pages(**changes), a_xml=cii())
    assert caught.value.where.startswith("a.pdf")


def test_an_invoice_is_not_put_beside_another_one(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="holds an invoice already"):
        built(tmp_path, a_pdf=hybrid(cii()), a_xml=cii())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("a.pdf",), "no XML invoice for the PDF"),
        (("a.pdf", "b.pdf", "c.xml"), "2 PDFs for one invoice"),
        (("a.xml", "b.xml", "c.pdf"), "no XML invoice for the PDF"),
    ],
)
def test_what_belongs_to_nothing_is_refused(
    files: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    contents = {
        name.replace(".", "_"): pages() if name.endswith("pdf") else cii() for name in files
    }
    with pytest.raises(DocumentInvalid, match=says):
        built(tmp_path, **contents)


def test_damaged_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="damaged"):
        built(tmp_path, a_pdf=b"%PDF-1.7\nnonsense", a_xml=cii())


def test_a_pdf_that_opens_without_a_password_is_unpacked(tmp_path: Path) -> None:
    restricted = hybrid(cii(), encryption=pikepdf.Encryption(owner="geheim", user=""))
    document = stored(tmp_path, restricted, "a.pdf")
    bench = tmp_path / "step"
    bench.mkdir()
    (made,) = InvoiceHybrid(hybrid_action="unpack").apply(document, Workbench(bench))
    assert made.path.read_bytes() == cii()


def test_it_is_stored_as_it_was_sent(tmp_path: Path) -> None:
    document = stored(tmp_path, hybrid(b"\xef\xbb\xbf" + cii()), "a.pdf")
    bench = tmp_path / "step"
    bench.mkdir()
    (made,) = InvoiceHybrid(hybrid_action="unpack").apply(document, Workbench(bench))
    assert made.path.read_bytes() == b"\xef\xbb\xbf" + cii()
