"""Step `xml-to-pdf`: print an XML document as PDF/A-3 for people, the XML attached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from lxml import etree
from pydantic import Field

from transforms.document import Document
from transforms.names import facts_of
from transforms.pdf_attaching import Attached, with_attached
from transforms.read_xml import read_xml
from transforms.readable import label_of, labels_of
from transforms.step import Step, Workbench
from transforms.typesetting import (
    ARCHIVE,
    STANDARDS,
    TEMPLATES,
    check_template,
    moment_of,
    typeset,
)
from transforms.xml_layout import blocks_of, check_depth, values_of


class XmlToPdf(Step):
    """Print an XML document as PDF/A-3 for people, the XML attached.

    Without a template of the operator, everything in the document is laid out by its shape, with
    German labels made of the element names. Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it; of a file inside it only the size is printed.
    """

    kind: Literal["xml-to-pdf"] = Field(
        default="xml-to-pdf", title="Step", description="Makes a PDF of each XML file."
    )
    print_title: str = Field(
        default="",
        title="Title",
        description="What the PDF is headed; left empty, the label of the root element.",
        examples=["Antrag auf Anmeldung eines Hundes"],
    )
    letterhead: list[str] = Field(
        default_factory=list,
        max_length=8,
        title="Letterhead",
        description="Lines at the top of the first page, such as the authority's name and address.",
        examples=[["Gemeinde Ganderkesee", "Fachdienst Steuern · Mühlenstraße 2 · Ganderkesee"]],
    )
    label_table: str = Field(
        default="",
        title="Table of labels",
        description="File of the operator: CSV in UTF-8 with an element name, a semicolon and its "
        "label in each row; an element with an empty label is not printed.",
        examples=["hundesteuer/labels.csv"],
    )
    print_template: str = Field(
        default="",
        title="Typst template",
        description="File of the operator, alone with what it uses in a directory of its own; "
        "left empty, the general layout.",
        examples=["hundesteuer/bescheid.typ"],
    )
    missing_signs: Literal["show-number", "refuse"] = Field(
        default="show-number",
        title="Signs without a picture",
        description="What becomes of a document with a sign that no font has, such as an emoji: "
        "print the sign's number such as [U+1F600] in its place, or refuse the document.",
    )
    attach_xml: bool = Field(
        default=True,
        title="Attach the XML",
        description="Put the XML into the PDF, as what it was made of.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the PDF, named like the document with `.pdf`.

        Raises:
            DocumentInvalid: the document is no XML, has more than fits on paper, or has a sign
                that no font has and is to be refused for it.
            StepFailed: the template or the table of labels cannot be used.
            DefinitionWrong: there is no such file of the operator.
            NameNotAllowed: the new name is too long.
        """
        name = facts_of(document.name)["stem"] + ".pdf"
        path = bench.new(name)
        pdf = self._pdf(document, bench)
        files = [self._source(document)] if self.attach_xml else []
        with_attached(pdf, files, path, moment=moment_of(document.facts))
        return [document.made(path, name)]

    def _pdf(self, document: Document, bench: Workbench) -> bytes:
        root = read_xml(document.path, name=document.name)
        check_depth(root, document.name)
        data = self._data(root, document, bench)
        template, standards = TEMPLATES / "application.typ", STANDARDS
        if self.print_template:
            template, standards = bench.supplies.resource(self.print_template), ARCHIVE
            check_template(template)
            data["values"] = values_of(root)
        return typeset(
            template,
            data,
            where=document.name,
            moment=moment_of(document.facts),
            standards=standards,
            number_missing=self.missing_signs == "show-number",
        )

    def _data(
        self, root: etree._Element, document: Document, bench: Workbench
    ) -> dict[str, object]:
        labels = labels_of(bench.supplies.resource(self.label_table)) if self.label_table else {}
        moment = moment_of(document.facts)
        came_in = [["Eingang", f"{moment:%d.%m.%Y, %H:%M} Uhr"]] if moment else []
        return {
            "title": self.print_title or label_of(str(root.tag).rpartition("}")[2], labels),
            "letterhead": self.letterhead,
            "reference": document.name,
            "footer": document.name,
            "facts": [*came_in, ["Datei", document.name]],
            "blocks": blocks_of(root, labels, where=document.name),
        }

    def _source(self, document: Document) -> Attached:
        return Attached(
            document.name,
            document.path.read_bytes(),
            "application/xml",
            "Daten, aus denen dieses Dokument entstanden ist",
            "Source",
        )
