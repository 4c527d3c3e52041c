"""Step `csv-to-xml`: make an XML document of a CSV table, an element for each row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from transforms.building_xml import Layout, check_name, check_result, write_rows
from transforms.charsets import Encoding, lines
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.formulas import unguarded
from transforms.names import facts_of
from transforms.step import Step, Workbench
from transforms.table_to_xml import Row, SourceColumn, elements_of, some

LONGEST_ROW = 4 << 20
"""Signs that a row may have; a cell may have as many as Python's csv module permits, 131072."""


class CsvToXml(Step):
    """Make an XML document of a CSV table, an element for each row.

    Streams, save for the check by a schema. Values are taken without the blanks around them and
    in NFC (DIN 91379).
    """

    kind: Literal["csv-to-xml"] = Field(
        default="csv-to-xml", title="Step", description="Makes an XML file of each CSV table."
    )
    csv_source_encoding: Encoding = Field(
        title="Encoding", description="Charset of the table; one that contradicts it is refused."
    )
    csv_source_columns: list[SourceColumn] = Field(
        min_length=1,
        title="Columns",
        description="Columns of the table and where their values go; elements appear in this "
        "order.",
    )
    csv_source_delimiter: Literal[";", ",", "|", "\t"] = Field(
        default=";", title="Delimiter", description="Sign between two cells."
    )
    csv_source_header: bool = Field(
        default=True,
        title="Header",
        description="The first row holds the titles, by which columns are found; otherwise they "
        "are found by their order, and every row has all of them.",
    )
    csv_source_others: Literal["refuse", "ignore"] = Field(
        default="refuse",
        title="Other columns",
        description="What is done if the header has a title that is not listed.",
    )
    csv_source_guarded: bool = Field(
        default=False,
        title="Guarded formulas",
        description="Take away the apostrophe before what a spreadsheet would run as a formula.",
    )
    csv_source_root: str = Field(
        default="Liste", title="Root element", description="Name of the root element."
    )
    csv_source_row: str = Field(
        default="Zeile", title="Row element", description="Name of the element of each row."
    )
    csv_source_namespace: str = Field(
        default="",
        title="Namespace",
        description="Namespace of all elements; left empty, they have none.",
        examples=["urn:de:ganderkesee:hunde:1"],
    )
    csv_source_schema: str = Field(
        default="",
        title="Schema",
        description="XSD file of the operator that the result must satisfy; the result is held in "
        "memory for that.",
        examples=["hundesteuer/liste.xsd"],
    )
    csv_source_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a table without any row; otherwise it is refused.",
    )

    @field_validator("csv_source_root", "csv_source_row")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(name)

    @model_validator(mode="after")
    def _layout(self) -> Self:
        Layout([column.path for column in self.csv_source_columns])
        titles = [column.title for column in self.csv_source_columns]
        if self.csv_source_header and len(set(titles)) < len(titles):
            message = "two columns have the same title"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the XML, named like the document with `.xml`.

        Raises:
            DocumentInvalid: the document is no such table, a value is not of its type, or the
                result breaks the schema.
            StepFailed: the schema cannot be used.
            DefinitionWrong: there is no such schema.
            NameNotAllowed: the new name is too long.
        """
        named = self.csv_source_schema
        schema = bench.supplies.resource(named) if named else None
        name = facts_of(document.name)["stem"] + ".xml"
        path = bench.new(name)
        rows = elements_of(
            self._rows(document), self.csv_source_columns, self.csv_source_row, document.name
        )
        if not self.csv_source_allow_no_rows:
            rows = some(rows, document.name)
        write_rows(path, self.csv_source_root, self.csv_source_namespace, rows)
        check_result(path, schema, document.name)
        return [document.made(path, name)]

    def _rows(self, document: Document) -> Iterator[Row]:
        records = self._records(document)
        columns = self.csv_source_columns
        order, width = list(range(len(columns))), len(columns)
        if self.csv_source_header:
            line, titles = next(records, (1, []))
            order, width = self._order(titles, f"{document.name}, line {line}"), len(titles)
        for line, cells in records:
            if len(cells) != width:
                raise DocumentInvalid(
                    f"A row has {len(cells)} cells instead of {width}",
                    where=f"{document.name}, line {line}",
                    remedy="Ask the sender to correct it, or correct the delimiter of the step",
                )
            values = [cells[index] for index in order]
            yield (
                f"line {line}",
                list(map(unguarded, values)) if self.csv_source_guarded else values,
            )

    def _records(self, document: Document) -> Iterator[tuple[int, list[str]]]:
        source = _Lines(lines(document.path, self.csv_source_encoding, document.name), document)
        # RFC 4180, section 2; strict, or a quote that is never closed would swallow the rest.
        reader = csv.reader(source, delimiter=self.csv_source_delimiter, strict=True)
        try:
            for cells in reader:
                source.size = 0
                if cells:
                    yield reader.line_num, cells
        except csv.Error as error:
            raise DocumentInvalid(
                f"The table is no CSV: {error}",
                where=f"{document.name}, line {reader.line_num}",
                remedy="Ask the sender to correct it, or correct the delimiter of the step",
            ) from error

    def _order(self, titles: list[str], where: str) -> list[int]:
        found = [unguarded(title.strip()) for title in titles]
        wanted = [column.title for column in self.csv_source_columns]
        doubtful = [title for title in wanted if found.count(title) != 1]
        others = [] if self.csv_source_others == "ignore" else set(found) - set(wanted)
        if doubtful or others:
            raise DocumentInvalid(
                f"The header has {len(others)} columns that are not listed"
                if others
                else f"The header has {found.count(doubtful[0])} columns {doubtful[0]}",
                where=where,
                remedy="Ask the sender to correct it, or correct the step's columns, delimiter or "
                "encoding",
            )
        return [found.index(title) for title in wanted]


class _Lines:
    """Lines for the reader of CSV, which bound the size of a row."""

    def __init__(self, source: Iterator[str], document: Document) -> None:
        self._source = source
        self._name = document.name
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self.size += len(line)
        if self.size > LONGEST_ROW:
            raise DocumentInvalid(
                f"A row has more than {LONGEST_ROW} signs",
                where=self._name,
                remedy="Ask the sender to correct it",
            )
        return line
