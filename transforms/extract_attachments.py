"""Step `attachments`: files that lie inside XML documents, mails and PDFs become documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid, NameNotAllowed
from transforms.inside import Inside, XmlPlaces, in_mail, in_pdf, in_xml
from transforms.names import facts_of, safe_name
from transforms.paths_in_xml import check_element_path, check_value_path
from transforms.step import Step, Workbench

MIB = 1 << 20


class AttachmentSource(StrEnum):
    """What documents are looked into."""

    XML = "XML"
    MAIL = "MAIL"
    PDF = "PDF"


class ExtractAttachments(Step):
    """Take files out of a document; what they are called inside is made harmless.

    Holds an XML document or a mail in memory, up to `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["attachments"] = Field(
        default="attachments",
        title="Step",
        description="Takes files out of XML documents, mails or PDFs; each becomes a document.",
    )
    attachments_of: AttachmentSource = Field(
        title="Out of",
        description="XML takes base64 elements, MAIL the attachments of an .eml file, PDF its "
        "embedded files.",
    )
    attachment_elements: str = Field(
        default="",
        title="Elements",
        description="For XML: path of the elements that are attachments, below the root, such as "
        "Anlagen/Anlage; prefixes are left out.",
        examples=["Anlagen/Anlage"],
    )
    attachment_name: str = Field(
        default="@filename",
        title="Name",
        description="For XML: where the name is, from such an element on: @filename, Dateiname.",
    )
    attachment_data: str = Field(
        default=".",
        title="Data",
        description="For XML: where the base64 content is, from such an element on: a dot for the "
        "element itself, or Daten.",
    )
    attachments_keep_original: bool = Field(
        default=True,
        title="Keep the original",
        description="Whether the document itself goes on too, before its attachments.",
    )
    attachments_needed: bool = Field(
        default=False,
        title="Needed",
        description="Whether a document without any attachment is refused.",
    )
    attachments_mib: int = Field(
        default=200,
        ge=1,
        title="Most MiB",
        description="MiB that all attachments of one document may have together.",
    )

    @field_validator("attachment_elements")
    @classmethod
    def _elements(cls, path: str) -> str:
        return check_element_path(path)

    @field_validator("attachment_name", "attachment_data")
    @classmethod
    def _values(cls, path: str) -> str:
        return check_value_path(path)

    @model_validator(mode="after")
    def _xml_has_elements(self) -> Self:
        if (self.attachments_of is AttachmentSource.XML) != bool(self.attachment_elements):
            message = "say which elements are attachments for XML, and for XML only"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document, if it is kept, and what was inside it.

        Raises:
            DocumentInvalid: it cannot be read, has a broken or too large attachment, or none.
        """
        original = [document.renamed(safe_name(document.name))]
        made = [
            self._made(document, bench, number, one)
            for number, one in enumerate(self._found(document), 1)
        ]
        if not made and (self.attachments_needed or not self.attachments_keep_original):
            raise DocumentInvalid(
                "The document has no attachment",
                where=document.name,
                remedy="Ask the sender for it, or let documents without attachments go on",
            )
        _number_twins(made)
        return [*(original if self.attachments_keep_original else []), *made]

    def _found(self, document: Document) -> Iterator[Inside]:
        most = self.attachments_mib * MIB
        if self.attachments_of is AttachmentSource.MAIL:
            return in_mail(document, most)
        if self.attachments_of is AttachmentSource.PDF:
            return in_pdf(document, most)
        places = XmlPlaces(self.attachment_elements, self.attachment_name, self.attachment_data)
        return in_xml(document, most, places)

    def _made(self, document: Document, bench: Workbench, number: int, inside: Inside) -> Document:
        name = _name(inside.name, number)
        path = bench.directory / f"attachment-{number:05d}"
        path.write_bytes(inside.content)
        return document.made(path, name, {"attachment_of": document.name})


def _name(told: str, number: int) -> str:
    leaf = told.replace("\\", "/").rpartition("/")[2].strip()
    leaf = "".join(sign for sign in leaf if sign.isprintable())
    try:
        return safe_name(leaf)
    except NameNotAllowed:
        return f"Anlage_{number:03d}"


def _number_twins(made: list[Document]) -> None:
    """Give attachments of one name different ones."""
    taken: set[str] = set()
    for place, one in enumerate(made):
        name, number = one.name, 2
        parts = facts_of(one.name)
        while name.casefold() in taken:
            name, number = f"{parts['stem']}_{number}{parts['suffix']}", number + 1
        taken.add(name.casefold())
        if name != one.name:
            made[place] = one.made(one.path, name)
