"""A hybrid invoice: PDF/A-3 with the XML of the invoice inside (ZUGFeRD 2, Factur-X 1).

Sources: ZUGFeRD 2.3 / Factur-X 1.0.07, chapter 6 (embedding, XMP), ISO 19005-3, section 6.8 and
annex E (embedded files), ISO 19005-1, section 6.6.2.3 (extension schemas).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import ROOTS, Family, InvoiceKind, Syntax
from transforms.invoice_pdf import embedded_xml
from transforms.pdf_attaching import Attached, Relationship, attach
from transforms.read_xml import read_xml_bytes

FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFA_ID = "http://www.aiim.org/pdfa/ns/id/"
EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PROPERTY = "http://www.aiim.org/pdfa/ns/property#"

# The byte order mark between the quotes is what XMP part 1, section 7.3.2 wants.
PACKET_BEGINS = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
PACKET_ENDS = '\n<?xpacket end="w"?>'

LEVELS = {
    "minimum": "MINIMUM",
    "basicwl": "BASIC WL",
    "basic": "BASIC",
    "en16931": "EN 16931",
    "extended": "EXTENDED",
}
NO_INVOICE = frozenset({"MINIMUM", "BASIC WL"})
"""Profiles that hold no whole invoice, so that their XML is data to the PDF, not an alternative."""

PROPERTIES = {
    "DocumentType": "The type of the hybrid document",
    "DocumentFileName": "The name of the embedded XML document",
    "Version": "The version of the standard that the embedded XML document follows",
    "ConformanceLevel": "The profile that the embedded XML document follows",
}
UPGRADABLE = ("1", "2", "3")
"""Parts of PDF/A that allow no more than part 3 does."""
SIGNED = 1
"""Bit of SigFlags that says that the PDF is signed (ISO 32000-1, table 219)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How an invoice is embedded.

    Attributes:
        level: `fx:ConformanceLevel`.
        file_name: of the XML inside.
        version: `fx:Version`.
        relationship: of the XML to the pages.
    """

    level: str
    file_name: str
    version: str
    relationship: Relationship


def profile_of(kind: InvoiceKind, where: str) -> Profile:
    """Return how an invoice of a kind is embedded.

    Raises:
        DocumentInvalid: ZUGFeRD embeds no such invoice.
    """
    if kind.syntax is not Syntax.CII:
        raise DocumentInvalid(
            "The invoice is not in the format CII, the only one that ZUGFeRD embeds",
            where=where,
            remedy="Let a step before this one turn it into CII",
        )
    if kind.family is Family.XRECHNUNG:
        version = kind.guideline.rpartition("_")[2]
        return Profile("XRECHNUNG", "xrechnung.xml", version, "Alternative")
    profile = "en16931" if kind.family is Family.EN16931 else kind.profile
    if kind.family not in (Family.EN16931, Family.FACTUR_X) or profile not in LEVELS:
        raise DocumentInvalid(
            "The invoice names no profile of ZUGFeRD 2 or Factur-X (BT-24)",
            where=where,
            remedy="Ask the sender for one of the profiles MINIMUM to EXTENDED, or XRECHNUNG",
        )
    level = LEVELS[profile]
    return Profile(level, "factur-x.xml", "1.0", "Data" if level in NO_INVOICE else "Alternative")


def write_hybrid(
    pdf: bytes | Path,
    xml: bytes,
    profile: Profile,
    path: Path,
    *,
    where: str,
    moment: datetime | None = None,
) -> None:
    """Write a hybrid invoice; the same input gives the same bytes.

    Args:
        pdf: the pages, as PDF/A of part 1, 2 or 3.
        xml: the invoice.
        profile: how it is embedded.
        path: the new file.
        where: what errors call the PDF.
        moment: when the XML is said to have been changed; the beginning of 1970 if None.

    Raises:
        DocumentInvalid: the PDF cannot be read, is locked or signed, is no PDF/A, or holds an
            invoice already.
        OSError: a file cannot be read or written.
    """
    if isinstance(pdf, Path) and embedded_xml(pdf, set(ROOTS), name=where):
        raise DocumentInvalid(
            "The PDF holds an invoice already",
            where=where,
            remedy="Forward it as it is, or take the XML out by unpacking",
        )
    try:
        with pikepdf.open(BytesIO(pdf) if isinstance(pdf, bytes) else pdf) as opened:
            _embed(opened, xml, profile, where, moment)
            opened.save(path, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise DocumentInvalid(
            "The PDF is locked by a password",
            where=where,
            remedy="Ask the sender to send it without one",
        ) from error
    except (pikepdf.PikepdfError, ValueError, TypeError, RuntimeError) as error:
        raise DocumentInvalid(
            "The PDF is damaged: what it is made of cannot be read",
            where=where,
            remedy="Ask the sender to make and send it again",
        ) from error


def _embed(
    pdf: pikepdf.Pdf, xml: bytes, profile: Profile, where: str, moment: datetime | None
) -> None:
    _check(pdf, where)
    packet = _with_profile(_xmp(pdf, where), profile, where)
    pdf.Root.Metadata = pdf.make_stream(
        packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
    )
    if profile.file_name in pdf.attachments:
        raise DocumentInvalid(
            f"The PDF holds a file {profile.file_name} already, which is no invoice",
            where=where,
            remedy="Ask the sender to send it without that file",
        )
    description = "Rechnungsdaten im XML-Format"
    attached = Attached(profile.file_name, xml, "text/xml", description, profile.relationship)
    attach(pdf, attached, moment)


def _check(pdf: pikepdf.Pdf, where: str) -> None:
    if pdf.is_encrypted:
        raise DocumentInvalid(
            "The PDF is encrypted, which PDF/A forbids",
            where=where,
            remedy="Ask the sender to send it without protection",
        )
    form = pdf.Root.get("/AcroForm")
    flags = form.get("/SigFlags", 0) if isinstance(form, pikepdf.Dictionary) else 0
    if isinstance(flags, int) and flags & SIGNED:
        raise DocumentInvalid(
            "The PDF is signed, and putting an XML into it would break the signature",
            where=where,
            remedy="Ask the sender for the hybrid invoice, or forward PDF and XML side by side",
        )


def _xmp(pdf: pikepdf.Pdf, where: str) -> etree._Element:
    """Return the metadata of a PDF/A."""
    stream = pdf.Root.get("/Metadata")
    root = (
        read_xml_bytes(stream.read_bytes(), name=f"{where}, metadata")
        if isinstance(stream, pikepdf.Stream)
        else etree.Element("none")
    )
    if _claim(root, "part") not in UPGRADABLE:
        raise DocumentInvalid(
            "The PDF is no PDF/A of part 1, 2 or 3, which the pages of a ZUGFeRD invoice must be",
            where=where,
            remedy="Ask the sender for PDF/A, or let the step make the pages from the XML alone",
        )
    return root


def _claim(root: etree._Element, name: str) -> str:
    """Return what the metadata say of PDF/A, be it an element or an attribute."""
    key = f"{{{PDFA_ID}}}{name}"
    for description in root.iter(f"{{{RDF}}}Description"):
        if value := description.get(key) or description.findtext(key):
            return value.strip()
    return ""


def _with_profile(root: etree._Element, profile: Profile, where: str) -> bytes:
    rdf = root if root.tag == f"{{{RDF}}}RDF" else root.find(f"{{{RDF}}}RDF")
    if rdf is None or root.find(f".//{{{FX}}}*") is not None:
        raise DocumentInvalid(
            "The metadata of the PDF are none, or name an invoice that is not in it",
            where=where,
            remedy="Ask the sender to make and send it again",
        )
    _claim_part_3(rdf)
    _declare_schema(rdf)
    facts = {
        "DocumentType": "INVOICE",
        "DocumentFileName": profile.file_name,
        "Version": profile.version,
        "ConformanceLevel": profile.level,
    }
    description = _described(rdf, {"fx": FX})
    for key, text in facts.items():
        etree.SubElement(description, f"{{{FX}}}{key}").text = text
    text = etree.tostring(root, encoding="unicode")
    return f"{PACKET_BEGINS}{text}{PACKET_ENDS}".encode()


def _claim_part_3(rdf: etree._Element) -> None:
    key = f"{{{PDFA_ID}}}part"
    for description in rdf.iter(f"{{{RDF}}}Description"):
        if key in description.attrib:
            description.set(key, "3")
        for element in description.iterchildren(key):
            element.text = "3"


def _declare_schema(rdf: etree._Element) -> None:
    """Add the properties of Factur-X to the extension schemas, of which there is one list only."""
    bag = rdf.find(f".//{{{EXTENSION}}}schemas/{{{RDF}}}Bag")
    if bag is None:
        names = {"pdfaExtension": EXTENSION, "pdfaSchema": SCHEMA, "pdfaProperty": PROPERTY}
        schemas = etree.SubElement(_described(rdf, names), f"{{{EXTENSION}}}schemas")
        bag = etree.SubElement(schemas, f"{{{RDF}}}Bag")
    schema = _item(bag)
    own = {"schema": "Factur-X PDFA Extension Schema", "namespaceURI": FX, "prefix": "fx"}
    for key, text in own.items():
        etree.SubElement(schema, f"{{{SCHEMA}}}{key}").text = text
    listed = etree.SubElement(schema, f"{{{SCHEMA}}}property")
    sequence = etree.SubElement(listed, f"{{{RDF}}}Seq")
    for name, text in PROPERTIES.items():
        item = _item(sequence)
        told = {"name": name, "valueType": "Text", "category": "external", "description": text}
        for key, value in told.items():
            etree.SubElement(item, f"{{{PROPERTY}}}{key}").text = value


def _described(rdf: etree._Element, names: dict[str, str]) -> etree._Element:
    description = etree.SubElement(rdf, f"{{{RDF}}}Description", nsmap=names)
    description.set(f"{{{RDF}}}about", "")
    return description


def _item(parent: etree._Element) -> etree._Element:
    item = etree.SubElement(parent, f"{{{RDF}}}li")
    item.set(f"{{{RDF}}}parseType", "Resource")
    return item
