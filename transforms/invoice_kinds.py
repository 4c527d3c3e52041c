"""Which kind of e-invoice a file is, by what it holds and never by its name.

An XML invoice is known by its root element and by the specification that it names (BT-24), a
hybrid one by the XML inside its PDF. Sources: EN 16931-1 (BT-24), XRechnung 3.0, section 2,
ZUGFeRD 2.3 / Factur-X 1.0.7, chapter "Business process", ZUGFeRD 1.0.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from lxml import etree

from transforms.invoice_pdf import embedded_xml
from transforms.read_xml import LIMIT, read_xml

EN16931 = "urn:cen.eu:en16931:2017"
"""BT-24 of an invoice that follows the core model and nothing else."""

PDF_HEAD = 1024
"""Bytes within which a PDF names itself (ISO 32000-1, annex H, implementation note 13)."""


class Syntax(StrEnum):
    """The format of the XML."""

    UBL = "ubl"
    UBL_CREDIT_NOTE = "ubl-creditnote"
    CII = "cii"
    ZUGFERD_1 = "zugferd-1"


class Family(StrEnum):
    """Whose rules an invoice follows."""

    XRECHNUNG = "xrechnung"
    EN16931 = "en16931"
    FACTUR_X = "factur-x"
    ZUGFERD_2 = "zugferd-2"
    ZUGFERD_1 = "zugferd-1"
    CIUS = "cius"
    UNKNOWN = "unknown"
    PDF = "pdf"
    NONE = "none"


ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": Syntax.UBL,
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": Syntax.UBL_CREDIT_NOTE,
    "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice": (
        Syntax.CII
    ),
    "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument": Syntax.ZUGFERD_1,
}

GUIDELINES = {
    Syntax.UBL: ("CustomizationID",),
    Syntax.UBL_CREDIT_NOTE: ("CustomizationID",),
    Syntax.CII: (
        "ExchangedDocumentContext",
        "GuidelineSpecifiedDocumentContextParameter",
        "ID",
    ),
    Syntax.ZUGFERD_1: (
        "SpecifiedExchangedDocumentContext",
        "GuidelineSpecifiedDocumentContextParameter",
        "ID",
    ),
}
"""Where BT-24 is, below the root element."""

XRECHNUNG = re.compile(r"urn:(?:xoev-de|xeinkauf\.de):kosit:(?:standard:|extension:)?xrechnung")
PROFILES = (
    (Family.FACTUR_X, re.compile(r"urn:factur-x\.eu:1p0:(\w+)")),
    (Family.ZUGFERD_2, re.compile(r"urn:zugferd\.de:2p0:(\w+)")),
    (Family.ZUGFERD_1, re.compile(r"urn:ferd:(?:CrossIndustryDocument:)?invoice:1p0:(\w+)")),
)


@dataclass(frozen=True, slots=True)
class InvoiceKind:
    """What kind of invoice a file is.

    Attributes:
        family: whose rules it follows; NONE if it is no invoice, PDF if no program can read it.
        syntax: the format of its XML; None if it has none.
        profile: such as `extended`, `basic` or `cvd`; "" if the family has one only.
        guideline: BT-24 as it stands there.
        hybrid: whether the XML is inside a PDF.
    """

    family: Family
    syntax: Syntax | None = None
    profile: str = ""
    guideline: str = ""
    hybrid: bool = False

    @property
    def label(self) -> str:
        """One word, such as `xrechnung-ubl`, `factur-x-extended`, `zugferd-1-comfort`, `pdf`."""
        parts = [self.family.value, self.profile]
        if self.family not in (Family.FACTUR_X, Family.ZUGFERD_1, Family.ZUGFERD_2):
            parts.append(self.syntax or "")
        return "-".join(part for part in parts if part)

    @property
    def container(self) -> str:
        """`pdf` or `xml`; "" if it is no invoice."""
        if self.family is Family.NONE:
            return ""
        return "pdf" if self.hybrid or self.family is Family.PDF else "xml"


@dataclass(frozen=True, slots=True)
class Recognised:
    """An invoice, or what is none.

    Attributes:
        kind: what it is.
        root: its XML; None if it has none.
        attachment: name of the file inside the PDF; "" if the XML is the file itself.
        name: what errors call the file.
    """

    kind: InvoiceKind
    root: etree._Element | None = None
    attachment: str = ""
    name: str = ""


def recognise(path: Path, *, name: str = "") -> Recognised:
    """Tell what kind of invoice a file is; holds its XML in memory.

    Args:
        path: the file.
        name: what errors call it; the leaf name of `path` if empty.

    Raises:
        DocumentInvalid: it is XML or a PDF that cannot be read, that is larger than
            `transforms.read_xml.LIMIT`, or that holds several invoices.
        OSError: it cannot be read.
    """
    name = name or path.name
    with path.open("rb") as file:
        head = file.read(PDF_HEAD)
    if b"%PDF-" in head:
        return _in_pdf(path, name)
    if head and not _looks_like_xml(head):
        return Recognised(InvoiceKind(Family.NONE), name=name)
    root = read_xml(path, name=name, limit=LIMIT)
    return Recognised(kind_of(root), root, name=name)


def kind_of(root: etree._Element) -> InvoiceKind:
    """Tell what kind of invoice an XML document is."""
    syntax = ROOTS.get(str(root.tag))
    if syntax is None:
        return InvoiceKind(Family.NONE)
    guideline = _guideline(root, syntax)
    family, profile = _family(guideline)
    if (family is Family.ZUGFERD_1) is not (syntax is Syntax.ZUGFERD_1):
        # The specification is not one of the syntax it is written in.
        family, profile = Family.UNKNOWN, ""
    return InvoiceKind(family, syntax, profile, guideline)


def _looks_like_xml(head: bytes) -> bool:
    signs = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"\0 \t\r\n"
    return not head.strip(signs) or head.lstrip(signs).startswith(b"<")


def _in_pdf(path: Path, name: str) -> Recognised:
    found = embedded_xml(path, set(ROOTS), name=name)
    if found is None:
        return Recognised(InvoiceKind(Family.PDF), name=name)
    kind = replace(kind_of(found.root), hybrid=True)
    if kind.guideline == EN16931:
        # The profile EN 16931 (COMFORT) of Factur-X names no specification beside the core model.
        kind = replace(kind, family=Family.FACTUR_X, profile="en16931")
    return Recognised(kind, found.root, found.name, name)


def _guideline(root: etree._Element, syntax: Syntax) -> str:
    path = "/".join(f"{{*}}{name}" for name in GUIDELINES[syntax])
    return (root.findtext(path) or "").strip()


def _family(guideline: str) -> tuple[Family, str]:
    if XRECHNUNG.search(guideline):
        return Family.XRECHNUNG, _xrechnung_profile(guideline)
    for family, pattern in PROFILES:
        if found := pattern.search(guideline):
            return family, found.group(1).lower()
    if guideline == EN16931:
        return Family.EN16931, ""
    if guideline.startswith(f"{EN16931}#"):
        return Family.CIUS, ""
    return Family.UNKNOWN, ""


def _xrechnung_profile(guideline: str) -> str:
    if ":extension:" in guideline:
        return "extension"
    return "cvd" if ":cvd" in guideline or "_cvd" in guideline else ""
