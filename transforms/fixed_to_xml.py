"""Step `fixed-to-xml`: make an XML document of records of fixed width."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, Literal, Self

from pydantic import Field, field_validator, model_validator

from transforms.building_xml import Layout, check_name, check_result, write_rows
from transforms.charsets import Encoding, decoded, mark_length
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.fixed_width import (
    LINE_ENDS,
    FixedField,
    check_encoding,
    check_padding,
    unpadded,
)
from transforms.names import facts_of
from transforms.step import Step, Workbench
from transforms.table_to_xml import Row, SourceColumn, elements_of, some


class FixedSource(SourceColumn, FixedField):
    """A field of a record that becomes XML."""

    @model_validator(mode="after")
    def _padding(self) -> Self:
        check_padding(self, self.type)
        return self


class FixedToXml(Step):
    """Make an XML document of records of fixed width, an element for each record.

    Streams, save for the check by a schema. Values are taken without padding and blanks around
    them and in NFC (DIN 91379).
    """

    kind: Literal["fixed-to-xml"] = Field(
        default="fixed-to-xml",
        title="Step",
        description="Makes an XML file of each file with records of fixed width.",
    )
    fixed_source_encoding: Encoding = Field(
        title="Encoding",
        description="Charset in whose bytes widths are counted; a file that contradicts it is "
        "refused.",
    )
    fixed_source_fields: list[FixedSource] = Field(
        min_length=1,
        title="Fields",
        description="All fields of a record from left to right; one without a path is left out.",
    )
    fixed_source_line_end: Literal["crlf", "lf", "none"] = Field(
        default="crlf",
        title="Line end",
        description="What each record ends with; the last one may lack it.",
    )
    fixed_source_head: int = Field(
        default=0,
        ge=0,
        le=100,
        title="Head records",
        description="Records at the beginning that are no rows and are left out; they have the "
        "same length.",
    )
    fixed_source_trailer: int = Field(
        default=0,
        ge=0,
        le=100,
        title="Trailer records",
        description="Records at the end that are no rows and are left out; they have the same "
        "length.",
    )
    fixed_source_root: str = Field(
        default="Liste", title="Root element", description="Name of the root element."
    )
    fixed_source_row: str = Field(
        default="Zeile", title="Row element", description="Name of the element of each record."
    )
    fixed_source_namespace: str = Field(
        default="",
        title="Namespace",
        description="Namespace of all elements; left empty, they have none.",
        examples=["urn:de:ganderkesee:hunde:1"],
    )
    fixed_source_schema: str = Field(
        default="",
        title="Schema",
        description="XSD file of the operator that the result must satisfy; the result is held in "
        "memory for that.",
        examples=["hundesteuer/liste.xsd"],
    )
    fixed_source_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a file without any row; otherwise it is refused.",
    )

    @field_validator("fixed_source_root", "fixed_source_row")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(name)

    @field_validator("fixed_source_encoding")
    @classmethod
    def _no_utf_16(cls, encoding: str) -> str:
        return check_encoding(encoding)

    @model_validator(mode="after")
    def _layout(self) -> Self:
        Layout([field.path for field in self.fixed_source_fields])
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the XML, named like the document with `.xml`.

        Raises:
            DocumentInvalid: a record has another length, a value is not of its type, or the
                result breaks the schema.
            StepFailed: the schema cannot be used.
            DefinitionWrong: there is no such schema.
            NameNotAllowed: the new name is too long.
        """
        named = self.fixed_source_schema
        schema = bench.supplies.resource(named) if named else None
        name = facts_of(document.name)["stem"] + ".xml"
        path = bench.new(name)
        rows = elements_of(
            self._rows(document), self.fixed_source_fields, self.fixed_source_row, document.name
        )
        if not self.fixed_source_allow_no_rows:
            rows = some(rows, document.name)
        write_rows(path, self.fixed_source_root, self.fixed_source_namespace, rows)
        check_result(path, schema, document.name)
        return [document.made(path, name)]

    def _rows(self, document: Document) -> Iterator[Row]:
        waiting: deque[tuple[int, bytes]] = deque()
        with document.path.open("rb") as file:
            head = file.read(4)
            file.seek(mark_length(head, self.fixed_source_encoding, document.name))
            for number, record in enumerate(self._records(file, document.name), start=1):
                if number <= self.fixed_source_head:
                    continue
                waiting.append((number, record))
                if len(waiting) > self.fixed_source_trailer:
                    yield self._row(*waiting.popleft(), document.name)

    def _records(self, file: IO[bytes], name: str) -> Iterator[bytes]:
        size = sum(field.width for field in self.fixed_source_fields)
        end = LINE_ENDS[self.fixed_source_line_end].encode(self.fixed_source_encoding)
        number = 0
        while record := file.read(size + len(end)):
            number += 1
            last_without_end = len(record) == size
            if not last_without_end and not (
                len(record) == size + len(end) and record.endswith(end)
            ):
                raise DocumentInvalid(
                    f"A record has another length than {size} bytes and its line end",
                    where=f"{name}, record {number}",
                    remedy="Ask the sender to correct it, or correct the step's widths, line end "
                    "or encoding",
                )
            yield record[:size]

    def _row(self, number: int, record: bytes, name: str) -> Row:
        place, values, start = f"record {number}", [], 0
        for field in self.fixed_source_fields:
            data = record[start : start + field.width]
            start += field.width
            where = f"{name}, {place}"
            text = decoded(data, self.fixed_source_encoding, where) if field.path else ""
            values.append(unpadded(text, field))
        return place, values
