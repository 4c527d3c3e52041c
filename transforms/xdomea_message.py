"""Step `xdomea-message`: a case and its documents become one xdomea message for a DMS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.names import check_template, facts_of, render
from transforms.packing import pack_zip, time_of
from transforms.paths_in_xml import check_value_path, value_at
from transforms.read_xml import check_schema, read_xml, tree_of
from transforms.step import Step, Workbench
from transforms.xdomea import MESSAGE, NS_MAP, Case, Formats, filed, message, process_id


class XdomeaMessage(Step):
    """Put all documents of one original into the archive of an xdomea 3.1 message.

    The first document must be XML, and is held in memory, up to `transforms.read_xml.LIMIT` bytes
    of it. It travels with the others, so nothing of it is left out.
    """

    kind: Literal["xdomea-message"] = Field(
        default="xdomea-message",
        title="Step",
        description="Puts an application (XML) and all that was made beside it into a message "
        "Information.Information.0101 of xdomea 3.1, a ZIP archive for a DMS.",
    )
    xdomea_sender: str = Field(
        min_length=1, title="Sender", description="Name of the institution that sends it."
    )
    xdomea_receiver: str = Field(
        min_length=1, title="Receiver", description="Name of the institution that gets it."
    )
    xdomea_subject: str = Field(
        default="{stem}",
        min_length=1,
        title="Subject",
        description="Template of the case's subject (Betreff), with facts and the values below.",
    )
    xdomea_reference: str = Field(
        default="",
        title="Reference",
        description="Template of the sender's reference (Kennzeichen); empty: none.",
    )
    xdomea_values: dict[str, str] = Field(
        default={},
        title="Values",
        description="Names for the templates, each with a path in the application, such as id: "
        "Kopf/AntragsID. family_name and first_name are the applicant's.",
    )
    xdomea_format_codes: dict[str, str] = Field(
        default={},
        title="Format codes",
        description="Code of the list dateiformat for each suffix, such as .pdf.",
    )
    xdomea_format_other: str = Field(
        min_length=1,
        title="Other format",
        description="Code of that list for everything else (Sonstiges).",
    )
    xdomea_format_list: str = Field(
        min_length=1,
        title="Version of the list",
        description="Version of the code list urn:xoev-de:xdomea:codeliste:dateiformat.",
    )
    xdomea_schema: str = Field(
        default="",
        title="Schema",
        description="Path of xdomea-Nachrichten-InformationAustauschen.xsd below the resources; "
        "with it every message is checked before it goes out.",
    )

    @field_validator("xdomea_subject", "xdomea_reference")
    @classmethod
    def _templates(cls, template: str) -> str:
        return check_template(template)

    @field_validator("xdomea_values")
    @classmethod
    def _paths(cls, values: dict[str, str]) -> dict[str, str]:
        for path in values.values():
            check_value_path(path)
        return values

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the message of a case with this one document.

        Raises:
            DocumentInvalid: it is no XML.
            StepFailed: a template names what is not known, or the message breaks the schema.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return the message of a case with all documents; the first is the application.

        Raises:
            DocumentInvalid: the first is no XML.
            StepFailed: a template names what is not known, or the message breaks the schema.
        """
        if not documents:
            return []
        first = documents[0]
        case = self._case(first)
        moment = time_of(first)
        process = process_id(documents)
        parts = filed(process, documents)
        formats = Formats(
            self.xdomea_format_list, self.xdomea_format_codes, self.xdomea_format_other
        )
        tree = tree_of(message(process, case, parts, formats, moment), NS_MAP)
        if self.xdomea_schema:
            check_schema(tree, bench.supplies.resource(self.xdomea_schema))
        xml = bench.directory / "message.xml"
        tree.write(str(xml), encoding="UTF-8", xml_declaration=True, pretty_print=True)
        name = f"{process}_{MESSAGE}.zip"
        path = bench.new(name)
        entries = [
            (f"{process}_{MESSAGE}.xml", xml),
            *((one.name, one.document.path) for one in parts),
        ]
        pack_zip(path, entries, moment)
        return [first.made(path, name, {"xdomea_process": str(process)})]

    def _case(self, document: Document) -> Case:
        root = read_xml(document.path, name=document.name)
        values = {
            name: value_at(root, path, document.name) for name, path in self.xdomea_values.items()
        }
        present = facts_of(document.name)
        own = {key: present[key] for key in ("name", "stem", "suffix")}
        facts = {**document.facts, **own, **values}
        subject = render(self.xdomea_subject, facts).strip()
        if not subject:
            raise DocumentInvalid(
                "The application has nothing that the case's subject is made of",
                where=document.name,
                remedy="Correct the template or the paths of the step",
            )
        reference = render(self.xdomea_reference, facts) if self.xdomea_reference else ""
        return Case(
            self.xdomea_sender,
            self.xdomea_receiver,
            subject,
            reference,
            values.get("family_name", ""),
            values.get("first_name", ""),
        )
