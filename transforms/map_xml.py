"""Step `xml-map`: turn an XML document into another XML format by a mapping written in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from transforms.document import Document
from transforms.mappings import all_mappings
from transforms.read_xml import parse_as, write_xml
from transforms.step import Step, Workbench


def _offer_mappings(schema: JsonDict) -> None:
    # Only when the form is made: packages with mappings of their own import this one.
    schema["enum"] = schema["examples"] = [*sorted(all_mappings())]


class MapXml(Step):
    """Turn an XML document into another XML format by a mapping written in Python.

    Holds the document in memory, up to `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["xml-map"] = Field(
        default="xml-map",
        title="Step",
        description="Maps each XML file to another format; both are checked by their schemas.",
    )
    mapping: str = Field(
        title="Mapping",
        description="Which format becomes which.",
        json_schema_extra=_offer_mappings,
    )

    @field_validator("mapping")
    @classmethod
    def _known(cls, mapping: str) -> str:
        if mapping not in all_mappings():
            choice = ", ".join(sorted(all_mappings()))
            message = f"There is no mapping {mapping!r}; choose one of {choice}"
            raise ValueError(message)
        return mapping

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document in the target format, under the same name.

        Raises:
            DocumentInvalid: it is no document of the source format.
            StepFailed: the mapping made what the target format does not allow.
        """
        mapping = all_mappings()[self.mapping]
        source, target = mapping.source, mapping.target
        given = parse_as(document.path, source.kind, source.schema, name=document.name)
        value = mapping.function(given)
        path = bench.new(document.name)
        write_xml(value, path, target.schema, target.ns_map)
        return [document.made(path)]
