"""Step `invoice-hybrid`: build a ZUGFeRD invoice of PDF and XML, or take the XML out of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.hybrid_pdf import profile_of, write_hybrid
from transforms.invoice_builtin import builtin_scenario
from transforms.invoice_kinds import ROOTS, kind_of
from transforms.invoice_page import as_pdf
from transforms.invoice_pdf import Embedded, embedded_xml
from transforms.invoice_readable import readable
from transforms.invoice_source import invoice_xml, is_pdf
from transforms.invoices import reading_of
from transforms.names import facts_of
from transforms.read_xml import findings_of, schema_of
from transforms.step import Step, Workbench
from transforms.typesetting import moment_of


class InvoiceHybrid(Step):
    """Build a ZUGFeRD invoice (Factur-X) of PDF and XML, or take the XML out of one.

    Where an original gave both a PDF and an XML, they belong together if their names are alike
    but for the suffix, or if they are the only ones. An XML alone gets pages made of it. Holds the
    XML in memory, up to `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["invoice-hybrid"] = Field(
        default="invoice-hybrid",
        title="Step",
        description="Puts e-invoices into PDFs (ZUGFeRD, Factur-X), or takes them out.",
    )
    hybrid_action: Literal["build", "unpack"] = Field(
        default="build",
        title="Action",
        description="Build makes one PDF of an invoice in CII and its PDF, or of the invoice "
        "alone; unpack takes the invoice out of such a PDF.",
    )
    hybrid_letterhead: list[str] = Field(
        default_factory=list,
        max_length=8,
        title="Letterhead",
        description="Lines at the top of pages that are made of an invoice alone.",
        examples=[["Stadtwerke Musterstadt GmbH"]],
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the hybrid PDF, or the XML out of it, named like the document.

        Raises:
            DocumentInvalid: there is no such invoice, or the PDF cannot be used.
            NameNotAllowed: the new name is too long.
        """
        if self.hybrid_action == "unpack":
            return [_unpacked(document, bench)]
        if is_pdf(document.path):
            raise _without_xml(document)
        return [self._built(document, None, bench)]

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return a hybrid PDF for each invoice, with the PDF that belongs to it.

        Raises:
            DocumentInvalid: a PDF has no invoice or several, or as `apply`.
        """
        if self.hybrid_action == "unpack":
            return super().apply_all(documents, bench)
        pdfs = [one for one in documents if is_pdf(one.path)]
        invoices = [one for one in documents if one not in pdfs]
        made = []
        for number, invoice in enumerate(invoices):
            pages = _belonging(invoice, pdfs, alone=len(invoices) == 1)
            made.append(self._built(invoice, pages, bench.part(number)))
            pdfs = [one for one in pdfs if one is not pages]
        if pdfs:
            raise _without_xml(pdfs[0])
        return made

    def _built(self, invoice: Document, pages: Document | None, bench: Workbench) -> Document:
        xml = invoice_xml(invoice.path, invoice.name)
        profile = profile_of(kind_of(xml.root), invoice.name)
        _check(xml, invoice.name)
        name = pages.name if pages else facts_of(invoice.name)["stem"] + ".pdf"
        path = bench.new(name)
        write_hybrid(
            pages.path if pages else self._pages(xml, invoice),
            xml.data,
            profile,
            path,
            where=pages.name if pages else invoice.name,
            moment=moment_of(invoice.facts),
        )
        return invoice.made(path, name)

    def _pages(self, xml: Embedded, invoice: Document) -> bytes:
        view = readable(reading_of(xml.root, invoice.name), where=invoice.name)
        moment = moment_of(invoice.facts)
        return as_pdf(view, invoice.name, self.hybrid_letterhead, moment=moment)


def _unpacked(document: Document, bench: Workbench) -> Document:
    found = embedded_xml(document.path, set(ROOTS), name=document.name)
    if found is None:
        raise DocumentInvalid(
            "The PDF holds no invoice that a program can read",
            where=document.name,
            remedy="Ask the sender for a ZUGFeRD invoice or an XRechnung",
        )
    name = facts_of(document.name)["stem"] + ".xml"
    path = bench.new(name)
    path.write_bytes(found.data)
    return document.made(path, name)


def _belonging(invoice: Document, pdfs: Sequence[Document], *, alone: bool) -> Document | None:
    """Return the PDF that shows an invoice; None if there is none."""
    stem = facts_of(invoice.name)["stem"].casefold()
    same = [one for one in pdfs if facts_of(one.name)["stem"].casefold() == stem]
    found = same or (list(pdfs) if alone else [])
    if len(found) > 1:
        raise DocumentInvalid(
            f"There are {len(found)} PDFs for one invoice",
            where=invoice.name,
            remedy="Ask the sender to name the PDF like the XML",
        )
    return found[0] if found else None


def _check(xml: Embedded, where: str) -> None:
    schema = builtin_scenario(kind_of(xml.root)).schema
    if schema and (findings := findings_of(xml.root, schema_of(schema))):
        line, text = findings[0]
        raise DocumentInvalid(
            "The invoice breaks the schema of its profile",
            where=f"{where}, line {line}",
            remedy=f"Ask the sender to correct it: {text}",
        )


def _without_xml(pdf: Document) -> DocumentInvalid:
    return DocumentInvalid(
        "There is no XML invoice for the PDF",
        where=pdf.name,
        remedy="Ask the sender to send the XML with it, under the same name",
    )
