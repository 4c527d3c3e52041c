"""Step `validate-xml`: let only those XML documents go on that satisfy a schema and rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from lxml import etree
from pydantic import Field, model_validator

from transforms.catalogue import catalogue_at
from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid
from transforms.read_xml import FINDINGS, read_xml
from transforms.schema_closure import closure_of, compile_closure
from transforms.schematron import Broken, broken_rules
from transforms.step import Step, Workbench


class ValidateXml(Step):
    """Let only those XML documents go on that satisfy a schema and rules.

    Holds the document in memory, up to `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["validate-xml"] = Field(
        default="validate-xml",
        title="Step",
        description="Checks each XML file by XML Schema and Schematron; the file stays as it is.",
    )
    xml_schema: str = Field(
        default="",
        title="XML Schema",
        description="XSD file below the resources; what it imports is never loaded from the "
        "network.",
        examples=["schemas/xbau-2.6/xbau-nachrichten-baugenehmigung.xsd"],
    )
    xml_schema_catalogue: str = Field(
        default="",
        title="Catalogue of schemas",
        description="Directory of XSD files, or an OASIS XML catalogue, below the resources, where "
        "schemas lie that others import by an address; what lies beside the schema is found "
        "anyway.",
        examples=["schemas/xoev"],
    )
    schematron: str = Field(
        default="",
        title="Schematron",
        description="Rules below the resources, compiled to XSLT with a report in SVRL; rules in "
        "XSLT 1.0 may be given as .sch.",
        examples=["schemas/xbau-2.6/xbau-schematron.xsl"],
    )
    schematron_warnings: Literal["pass", "refuse"] = Field(
        default="pass",
        title="Warnings of the rules",
        description="What happens to a document that breaks only rules whose makers call that a "
        "warning or information; if it passes, the fact schematron_warnings tells how many.",
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.xml_schema and not self.schematron:
            message = "name a schema in xml_schema, or rules in schematron, or both"
            raise ValueError(message)
        if self.xml_schema_catalogue and not self.xml_schema:
            message = "xml_schema_catalogue needs an xml_schema"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document, unchanged.

        Raises:
            DocumentInvalid: it is no XML, or breaks the schema or a rule; the remedy lists where.
            DefinitionWrong: schema, catalogue or rules are not at hand or cannot be used.
            StepFailed: the rules fail over the document.
        """
        root = read_xml(document.path, self._schema(bench), name=document.name)
        if not self.schematron:
            return [document.made(document.path)]
        rules = bench.supplies.resource(self.schematron)
        broken = broken_rules(root, document.name, rules, self.schematron)
        counted = broken if self.schematron_warnings == "refuse" else _errors(broken)
        if counted:
            raise DocumentInvalid(
                f"The document breaks {len(counted)} of the rules",
                where=f"{document.name}; {self.schematron}",
                remedy=f"Ask the sender to correct it: {_listed(counted)}",
            )
        facts = {"schematron_warnings": str(len(broken))}
        return [document.made(document.path, facts=facts)]

    def _schema(self, bench: Workbench) -> etree.XMLSchema | None:
        if not self.xml_schema:
            return None
        path = bench.supplies.resource(self.xml_schema)
        if not path.is_file():
            raise DefinitionWrong(
                "The schema is no file", where=self.xml_schema, remedy="Correct the name"
            )
        named = self.xml_schema_catalogue
        catalogue = bench.supplies.resource(named) if named else None
        return _compiled(path, path.stat().st_mtime_ns, catalogue)


@lru_cache(maxsize=32)
def _compiled(path: Path, changed: int, catalogue: Path | None) -> etree.XMLSchema:
    del changed
    return compile_closure(closure_of(path, catalogue_at(catalogue) if catalogue else None))


def _errors(broken: Sequence[Broken]) -> list[Broken]:
    return [one for one in broken if not one.warning]


def _listed(broken: Sequence[Broken]) -> str:
    more = len(broken) - FINDINGS
    shown = [str(one) for one in broken[:FINDINGS]]
    return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])
