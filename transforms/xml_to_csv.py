"""Step `xml-to-csv`: write one table row for each repeating element of an XML document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from lxml import etree
from pydantic import Field, field_validator, model_validator

from transforms.charsets import encoded
from transforms.document import Document
from transforms.formulas import guarded
from transforms.names import facts_of
from transforms.paths_in_xml import Column, check_element_path, rows_of, values_of
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench


class XmlToCsv(Step):
    """Write one table row for each repeating element of an XML document.

    Elements are found by their local names, whatever their namespace. Values are taken without
    the blanks around them and in NFC (DIN 91379). Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["xml-to-csv"] = Field(
        default="xml-to-csv", title="Step", description="Makes a CSV table of each XML file."
    )
    rows: str = Field(
        default="",
        title="Rows",
        description="Element that repeats, below the root, such as Anlagen/Anlage; left empty, "
        "the document as a whole gives one row.",
        examples=["Anlagen/Anlage"],
    )
    columns: list[Column] = Field(
        min_length=1, title="Columns", description="What each row holds, from left to right."
    )
    delimiter: Literal[";", ",", "|", "\t"] = Field(
        default=";", title="Delimiter", description="Sign between two cells."
    )
    encoding: Literal["utf-8", "utf-8-sig", "iso-8859-15", "windows-1252"] = Field(
        default="utf-8",
        title="Encoding",
        description="A document with a sign that the encoding lacks is refused; utf-8-sig begins "
        "with a byte order mark, as Excel wants it.",
    )
    header: bool = Field(
        default=True, title="Header", description="Begin with a row of the columns' titles."
    )
    guard_formulas: bool = Field(
        default=True,
        title="Guard against formulas",
        description="Put an apostrophe before a cell that a spreadsheet would run as a formula; "
        "this concerns telephone numbers with + and negative numbers, too.",
    )
    allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a document without any such element; otherwise it is refused.",
    )

    @field_validator("rows")
    @classmethod
    def _element_path(cls, rows: str) -> str:
        return check_element_path(rows)

    @model_validator(mode="after")
    def _titles(self) -> Self:
        for title in (column.title for column in self.columns):
            try:
                title.encode(self.encoding)
            except UnicodeEncodeError as error:
                message = f"{self.encoding} lacks {title[error.start]} of the title {title!r}"
                raise ValueError(message) from error
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the table, named like the document with `.csv`.

        Raises:
            DocumentInvalid: the document is no such XML, has no rows, or holds a sign that the
                encoding lacks.
            StepFailed: a path does not lead to one value.
            NameNotAllowed: the new name is too long.
        """
        name = facts_of(document.name)["stem"] + ".csv"
        path = bench.new(name)
        data = self._table(read_xml(document.path, name=document.name), document.name)
        path.write_bytes(data)
        return [document.made(path, name)]

    def _table(self, root: etree._Element, where: str) -> bytes:
        text = io.StringIO(newline="")
        # RFC 4180, section 2: CRLF after every record, quotes where they are needed.
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        if self.header:
            writer.writerow([self._guarded(column.title) for column in self.columns])
        writer.writerows(self._cells(root, where))
        return encoded(text.getvalue(), self.encoding, where, part="the table")

    def _cells(self, root: etree._Element, where: str) -> Iterator[list[str]]:
        rows = rows_of(root, self.rows, where, none=self.allow_no_rows)
        for values in values_of(root, rows, [column.path for column in self.columns], where):
            yield [self._guarded(value) for value in values]

    def _guarded(self, value: str) -> str:
        return guarded(value) if self.guard_formulas else value
