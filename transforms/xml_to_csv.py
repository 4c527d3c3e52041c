"""Step `xml-to-csv`: write one table row for each repeating element of an XML document."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.names import facts_of
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench

NAME = r"[^\W\d][\w.\-]*"
ELEMENT_PATH = re.compile(rf"{NAME}(/{NAME})*")
VALUE_PATH = re.compile(rf"\.|/?({NAME}(/{NAME})*(/@{NAME})?|@{NAME})")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV Injection)."""


class Column(BaseModel):
    """One column of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(title="Title", description="Head of the column.", examples=["Nachname"])
    path: str = Field(
        title="Path",
        description="Where the value is: names below the row's element such as Person/Name, an "
        "attribute as @id, the row's element itself as a dot, or below the root such as /Kopf/AGS.",
        examples=["Anschrift/PLZ", "/Kopf/AntragsID"],
    )

    @field_validator("path")
    @classmethod
    def _value_path(cls, path: str) -> str:
        if not VALUE_PATH.fullmatch(path):
            message = f"{path!r} is no path; write Person/Name, Person/@id, a dot or /Kopf/AGS"
            raise ValueError(message)
        return path


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
        if rows and not ELEMENT_PATH.fullmatch(rows):
            message = f"{rows!r} is no path; write names below the root, such as Anlagen/Anlage"
            raise ValueError(message)
        return rows

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
        return self._encoded(text.getvalue(), where)

    def _cells(self, root: etree._Element, where: str) -> Iterator[list[str]]:
        once = {
            column.path: _value(root, column.path, where)
            for column in self.columns
            if column.path.startswith("/")
        }
        for row in self._rows(root, where):
            values = (
                once[column.path] if column.path in once else _value(row, column.path, where)
                for column in self.columns
            )
            yield [self._guarded(value) for value in values]

    def _rows(self, root: etree._Element, where: str) -> list[etree._Element]:
        rows = _below([root], self.rows)
        if not rows and not self.allow_no_rows:
            raise DocumentInvalid(
                f"The document, a {_plain(str(root.tag))}, has no element {self.rows}",
                where=where,
                remedy="Ask the sender to correct it, or correct or relax the step's rows",
            )
        return rows

    def _guarded(self, value: str) -> str:
        return f"'{value}" if self.guard_formulas and value.startswith(FORMULA) else value

    def _encoded(self, text: str, where: str) -> bytes:
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            sign = text[error.start]
            name = unicodedata.name(sign, "without a name")
            line = text.count("\r\n", 0, error.start) + 1
            raise DocumentInvalid(
                f"{self.encoding} lacks the sign U+{ord(sign):04X} {name} ({sign})",
                where=f"{where}, line {line} of the table",
                remedy="Choose the encoding utf-8 if the recipient can read it",
            ) from error


def _below(elements: list[etree._Element], path: str) -> list[etree._Element]:
    for name in path.split("/") if path else ():
        elements = [child for one in elements for child in one.iterchildren(f"{{*}}{name}")]
    return elements


def _value(start: etree._Element, path: str, where: str) -> str:
    """Return the one value at a path, or "" if there is none."""
    elements, _, attribute = path.partition("@")
    found = _below([start], "" if path == "." else elements.strip("/"))
    if len(found) > 1:
        raise StepFailed(
            f"The path {path} leads to {len(found)} values",
            where=f"{where}, line {found[1].sourceline}",
            remedy="Make what repeats the rows of the step, or choose another path",
        )
    return _text(found[0], attribute, path, where) if found else ""


def _text(element: etree._Element, attribute: str, path: str, where: str) -> str:
    if attribute:
        text = next((str(v) for k, v in element.items() if _plain(str(k)) == attribute), "")
    elif len(element):
        raise StepFailed(
            f"The path {path} leads to an element with elements inside",
            where=f"{where}, line {element.sourceline}",
            remedy="Name the one that holds the value",
        )
    else:
        text = element.text or ""
    return unicodedata.normalize("NFC", text.strip(" \t\r\n"))


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
