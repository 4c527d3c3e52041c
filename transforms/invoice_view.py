"""Step `invoice-view`: show an e-invoice to people, in German, as PDF and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.invoice_page import as_html, as_pdf
from transforms.invoice_pdf import Embedded
from transforms.invoice_readable import Readable, readable
from transforms.invoice_source import invoice_xml
from transforms.invoices import reading_of
from transforms.names import facts_of
from transforms.pdf_attaching import Attached, with_attached
from transforms.step import Step, Workbench
from transforms.typesetting import moment_of


class InvoiceView(Step):
    """Show an e-invoice to people, in German, as PDF/A-3 and as HTML.

    Reads XRechnung, UBL, CII and hybrid PDFs; holds the invoice in memory, up to
    `transforms.read_xml.LIMIT` bytes of XML. The HTML page needs nothing beside it and runs no
    scripts.
    """

    kind: Literal["invoice-view"] = Field(
        default="invoice-view", title="Step", description="Makes a readable page of each e-invoice."
    )
    view_format: Literal["pdf", "html", "pdf-and-html"] = Field(
        default="pdf", title="Format", description="What the view is written as."
    )
    view_letterhead: list[str] = Field(
        default_factory=list,
        max_length=8,
        title="Letterhead",
        description="Lines at the top of the first page, such as the authority's name.",
        examples=[["Gemeinde Ganderkesee", "Rechnungseingang"]],
    )
    attach_invoice: bool = Field(
        default=True,
        title="Attach the invoice",
        description="Put the XML of the invoice into the PDF, as what it was made of.",
    )
    keep_invoice: bool = Field(
        default=False,
        title="Keep the invoice",
        description="Let the invoice itself go on, too, before its view.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the view, named like the document with `.pdf` or `.html`.

        Raises:
            DocumentInvalid: the document is no invoice, or has more lines than anybody reads.
            NameNotAllowed: the new name is too long.
        """
        xml = invoice_xml(document.path, document.name)
        view = readable(reading_of(xml.root, document.name), where=document.name)
        stem, suffix = (facts_of(document.name)[key] for key in ("stem", "suffix"))
        made = [document.made(document.path)] if self.keep_invoice else []
        if "pdf" in self.view_format:
            # A hybrid invoice has the name of the view's PDF already.
            name = f"{stem}_ansicht.pdf" if suffix.lower() == ".pdf" else f"{stem}.pdf"
            path = bench.new(name)
            self._write_pdf(view, xml, document, path)
            made.append(document.made(path, name))
        if "html" in self.view_format:
            path = bench.new(f"{stem}.html")
            path.write_bytes(as_html(view, document.name, self.view_letterhead))
            made.append(document.made(path, f"{stem}.html"))
        return made

    def _write_pdf(self, view: Readable, xml: Embedded, document: Document, path: Path) -> None:
        moment = moment_of(document.facts)
        pdf = as_pdf(view, document.name, self.view_letterhead, moment=moment)
        files = [_attached(xml)] if self.attach_invoice else []
        with_attached(pdf, files, path, moment=moment)


def _attached(xml: Embedded) -> Attached:
    description = "Daten der Rechnung, aus denen diese Ansicht entstanden ist"
    return Attached(xml.name, xml.data, "text/xml", description, "Source")
