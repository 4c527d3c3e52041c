"""Step `split-csv`: a table becomes several, by rows or by the value of a column (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Literal, Self

from pydantic import Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.packing import check_part_template, named
from transforms.step import Step, Workbench

LONGEST = 1 << 20
"""Characters of one record."""
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
        description="Template of a part's name; {part}, which it must have, is the part's number, "
        "or the column's value.",
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
        return check_part_template(template)

    @field_validator("csv_separator")
    @classmethod
    def _separates(cls, sign: str) -> str:
        if sign in '"\r\n':
            message = "a quote or a line end separates no fields"
            raise ValueError(message)
        return sign

    @field_validator("csv_charset")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            message = f"Python knows no encoding of text {name!r}"
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
            DocumentInvalid: it is no such table: a quote is never closed, a field is longer than
                128 KiB, a column or all rows are missing, or it is written otherwise.
            StepFailed: the column has too many values.
            NameNotAllowed: a value makes a name that no file may have.
        """
        parts: dict[str, tuple[Document, IO[str]]] = {}
        records = self._records(document)
        titles, header = next(records, ([], "")) if self.csv_has_header else ([], "")
        column = self._column(document, titles)
        with ExitStack() as open_ones:
            for number, (fields, record) in enumerate(records):
                key = self._key(document, fields, number, column)
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

    def _key(self, document: Document, fields: list[str], number: int, column: int) -> str:
        if self.csv_rows:
            return f"{number // self.csv_rows + 1:04d}"
        if column >= len(fields):
            raise DocumentInvalid(
                f"A record has no {column + 1}. field",
                where=f"{document.name}, record {number + 2}",
                remedy="Ask the sender to correct it",
            )
        return fields[column].strip()

    def _column(self, document: Document, titles: list[str]) -> int:
        if not self.csv_column:
            return 0
        titles = [title.removeprefix("\ufeff") for title in titles]
        if self.csv_column not in titles:
            raise DocumentInvalid(
                f"The table has no column {self.csv_column}",
                where=document.name,
                remedy="Correct the step, or ask the sender for the table that was agreed upon",
            )
        return titles.index(self.csv_column)

    def _records(self, document: Document) -> Iterator[tuple[list[str], str]]:
        """Yield the fields of each record and how it is written, with its line end."""
        lines: list[str] = []
        end = "\r\n"
        try:
            with document.path.open(encoding=self.csv_charset, newline="") as file:
                reader = csv.reader(
                    _lines(file, lines, document.name), delimiter=self.csv_separator, strict=True
                )
                for fields in reader:
                    record = "".join(lines)
                    lines.clear()
                    end = _line_end(record) or end
                    # An empty line has no fields, and is none of the rows.
                    if fields:
                        # The last may lack its end (RFC 4180, 2.2), and another may follow it here.
                        yield fields, record if _line_end(record) else record + end
        except UnicodeError as error:
            raise DocumentInvalid(
                f"The table is not written in {self.csv_charset}",
                where=document.name,
                remedy="Correct the encoding of the step, or ask the sender for another file",
            ) from error
        except csv.Error as error:
            raise DocumentInvalid(
                f"A record is wrong: {error}",
                where=f"{document.name}, line {reader.line_num}",
                remedy="Ask the sender to correct it",
            ) from error


def _lines(file: IO[str], lines: list[str], where: str) -> Iterator[str]:
    """Yield the lines of a table, and keep those that `lines` still has to take."""
    size = 0
    for line in iter(lambda: file.readline(LONGEST), ""):
        size = size + len(line) if lines else len(line)
        if size >= LONGEST:
            raise DocumentInvalid(
                f"A record is longer than {LONGEST} signs",
                where=where,
                remedy="Ask the sender to correct it",
            )
        lines.append(line)
        yield line


def _line_end(record: str) -> str:
    return record[len(record.rstrip("\r\n")) :][-2:]
