"""Step `split-csv`: a table becomes several, by rows or by the value of a column (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from typing import IO, Literal, Self

from pydantic import Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.names import check_template
from transforms.packing import named
from transforms.step import Step, Workbench

LONGEST = 1 << 20
"""Characters of one record; a quote that is never closed ends here."""
MOST_VALUES = 500
"""Tables that are written at once."""


class SplitCsv(Step):
    """Split a CSV file; records keep their bytes, and the header is repeated."""

    kind: Literal["split-csv"] = Field(
        default="split-csv",
        title="Step",
        description="Splits each CSV file by a number of rows, or by the value of a column.",
    )
    csv_rows: int = Field(
        default=0,
        ge=0,
        title="Rows",
        description="Rows of each part, without the header; 0: by the value of a column.",
    )
    csv_column: str = Field(
        default="",
        title="Column",
        description="Title of the column whose values part the rows; empty: by a number of rows.",
    )
    csv_part_name: str = Field(
        default="{stem}_{part}{suffix}",
        min_length=1,
        title="Name",
        description="Template of a part's name; {part} is its number, or the column's value.",
    )
    csv_separator: str = Field(
        default=";",
        min_length=1,
        max_length=1,
        title="Separator",
        description="The sign between two fields.",
    )
    csv_charset: str = Field(
        default="utf-8",
        title="Encoding",
        description="How the file is written, such as utf-8, utf-8-sig or cp1252; parts are the "
        "same.",
    )
    csv_has_header: bool = Field(
        default=True, title="Header", description="Whether the first record has the titles."
    )

    @field_validator("csv_part_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    @field_validator("csv_charset")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError as error:
            message = f"Python knows no encoding {name!r}"
            raise ValueError(message) from error
        return name

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.csv_rows) == bool(self.csv_column):
            message = "say either a number of rows or a column"
            raise ValueError(message)
        if self.csv_column and not self.csv_has_header:
            message = "a column is found by its title, so the file needs a header"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the parts, in the order in which they begin.

        Raises:
            DocumentInvalid: it is no such table: a sign, a quote or a column is missing.
            StepFailed: the column has too many values.
            NameNotAllowed: a value makes a name that no file may have.
        """
        parts: dict[str, tuple[Document, IO[str]]] = {}
        records = self._records(document)
        header = next(records, "") if self.csv_has_header else ""
        column = self._column(document, header)
        with ExitStack() as open_ones:
            for number, record in enumerate(records):
                key = self._key(document, record, number, column)
                if key not in parts:
                    if self.csv_rows:
                        open_ones.close()
                    parts[key] = self._begun(document, bench, key, open_ones, len(parts))
                    parts[key][1].write(header)
                parts[key][1].write(record)
        if not parts:
            raise DocumentInvalid(
                "The table has no rows", where=document.name, remedy="Ask the sender for another"
            )
        return [made for made, _ in parts.values()]

    def _begun(
        self, document: Document, bench: Workbench, key: str, open_ones: ExitStack, begun: int
    ) -> tuple[Document, IO[str]]:
        if self.csv_column and begun >= MOST_VALUES:
            raise StepFailed(
                f"The column has more than {MOST_VALUES} values",
                where=document.name,
                remedy="Choose another column, or split by a number of rows",
            )
        name = named(self.csv_part_name, document, part=key)
        path = bench.new(name)
        file = open_ones.enter_context(path.open("x", encoding=self.csv_charset, newline=""))
        return document.made(path, name, {"part": key}), file

    def _key(self, document: Document, record: str, number: int, column: int) -> str:
        if self.csv_rows:
            return f"{number // self.csv_rows + 1:04d}"
        fields = next(csv.reader([record], delimiter=self.csv_separator))
        if column >= len(fields):
            raise DocumentInvalid(
                f"A record has no {column + 1}. field",
                where=f"{document.name}, record {number + 2}",
                remedy="Ask the sender to correct it",
            )
        return fields[column].strip()

    def _column(self, document: Document, header: str) -> int:
        if not self.csv_column:
            return 0
        titles = next(csv.reader([header], delimiter=self.csv_separator), [])
        if self.csv_column not in titles:
            raise DocumentInvalid(
                f"The table has no column {self.csv_column}",
                where=document.name,
                remedy="Correct the step, or ask the sender for the table that was agreed upon",
            )
        return titles.index(self.csv_column)

    def _records(self, document: Document) -> Iterator[str]:
        """Yield records as they are written, with their line ends."""
        try:
            with document.path.open(encoding=self.csv_charset, newline="") as file:
                yield from _records(file, document.name)
        except UnicodeDecodeError as error:
            raise DocumentInvalid(
                f"The table is not written in {self.csv_charset}",
                where=document.name,
                remedy="Correct the encoding of the step, or ask the sender for another file",
            ) from error


def _records(file: IO[str], where: str) -> Iterator[str]:
    lines: list[str] = []
    quotes = size = 0
    began = 1
    for number in count(1):
        line = file.readline(LONGEST)
        quotes += line.count('"')
        size += len(line)
        if size >= LONGEST or (not line and quotes % 2):
            raise DocumentInvalid(
                "A record does not end: a quote is never closed, or the line is too long",
                where=f"{where}, line {began}",
                remedy="Ask the sender to correct it",
            )
        lines.append(line)
        if quotes % 2 == 0 and line.endswith(("\n", "\r")):
            yield "".join(lines)
            lines, size, began = [], 0, number + 1
        elif not line:
            break
    if size:
        # The last record may lack its line end (RFC 4180, section 2.2); a part may go on after it.
        yield "".join(lines) + "\r\n"
