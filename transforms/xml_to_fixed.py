"""Step `xml-to-fixed`: write a record of fixed width for each repeating element of XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from lxml import etree
from pydantic import Field, field_validator, model_validator

from transforms.charsets import Encoding, encoded
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.fixed_width import (
    CONTROL,
    LINE_ENDS,
    NUMBERS,
    FixedField,
    check_encoding,
    check_padding,
    check_texts,
    fitting,
    padded,
)
from transforms.names import check_template, facts_of, render
from transforms.paths_in_xml import check_element_path, check_value_path, rows_of, value_at
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench
from transforms.values import Notation

COUNT = "#"
"""Path of the number of rows."""


class FixedColumn(Notation, FixedField):
    """A field of a record."""

    title: str = Field(
        title="Title", description="What the field is called; not written.", examples=["Nachname"]
    )
    path: str = Field(
        default="",
        title="Path",
        description="Where the value is: names below the row's element such as Person/Name, an "
        "attribute as @id, a dot for the element itself, below the root such as /Kopf/AGS, or # "
        "for the number of rows.",
        examples=["Anschrift/PLZ", "/Kopf/AntragsID", "#"],
    )
    constant: str = Field(
        default="",
        title="Constant",
        description="What the field always holds, if it has no path, such as the kind of record; "
        "left empty too, the field is blank.",
        examples=["01"],
    )
    required: bool = Field(
        default=False, title="Required", description="Refuse a document without the value."
    )
    fill: str = Field(
        default=" ",
        pattern=r"^[ -~]$",
        title="Without a value",
        description="Sign that fills the field if there is no value; 0 in a number would make "
        "nothing a nought.",
    )
    cut: bool = Field(
        default=False,
        title="Cut off",
        description="Cut off the end of a text that is too long, and count that in the fact "
        "fixed_cut; otherwise it is refused. Numbers are never cut.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.path and self.constant:
            message = f"{self.title} has a path and a constant; leave one of them empty"
            raise ValueError(message)
        check_padding(self, self.type)
        if self.path not in ("", COUNT):
            check_value_path(self.path)
        return self


class XmlToFixed(Step):
    """Write a record of fixed width for each repeating element of an XML document.

    Elements are found by their local names, whatever their namespace. Values are taken without
    the blanks around them and in NFC (DIN 91379). Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["xml-to-fixed"] = Field(
        default="xml-to-fixed",
        title="Step",
        description="Makes records of fixed width of each XML file.",
    )
    fixed_rows: str = Field(
        default="",
        title="Rows",
        description="Element that repeats, below the root, such as Anlagen/Anlage; left empty, "
        "the document as a whole gives one record.",
        examples=["Anlagen/Anlage"],
    )
    fixed_columns: list[FixedColumn] = Field(
        min_length=1, title="Fields", description="What each record holds, from left to right."
    )
    fixed_head: list[FixedColumn] = Field(
        default_factory=list,
        title="Head record",
        description="Fields of a record before all others; their paths begin at the root.",
    )
    fixed_trailer: list[FixedColumn] = Field(
        default_factory=list,
        title="Trailer record",
        description="Fields of a record after all others; their paths begin at the root.",
    )
    fixed_encoding: Encoding = Field(
        default="iso-8859-15",
        title="Encoding",
        description="Charset in whose bytes widths are counted; a document with a sign that it "
        "lacks is refused.",
    )
    fixed_line_end: Literal["crlf", "lf", "none"] = Field(
        default="crlf", title="Line end", description="What each record ends with."
    )
    fixed_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a document without any such element; otherwise it is refused.",
    )
    fixed_name: str = Field(
        default="{stem}.txt",
        title="Name",
        description="Name of the file; {stem} is that of the document.",
        examples=["{stem}.dat"],
    )

    @field_validator("fixed_rows")
    @classmethod
    def _element_path(cls, rows: str) -> str:
        return check_element_path(rows)

    @field_validator("fixed_encoding")
    @classmethod
    def _no_utf_16(cls, encoding: str) -> str:
        return check_encoding(encoding)

    @field_validator("fixed_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    @model_validator(mode="after")
    def _constants(self) -> Self:
        for column in self._all():
            check_texts([column.constant, column.true_text, column.false_text], self.fixed_encoding)
            if len(column.constant.encode(self.fixed_encoding)) > column.width:
                message = f"the constant of {column.title} is longer than {column.width} bytes"
                raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the records; the facts `fixed_rows` and `fixed_cut` count rows and cut texts.

        Raises:
            DocumentInvalid: the document is no such XML, has no rows, or a value is not of its
                type, does not fit or has a sign that the encoding lacks.
            StepFailed: a path does not lead to one value.
            NameNotAllowed: the new name is not allowed.
        """
        name = render(self.fixed_name, {**document.facts, **facts_of(document.name)})
        root = read_xml(document.path, name=document.name)
        rows = rows_of(root, self.fixed_rows, document.name, none=self.fixed_allow_no_rows)
        path = bench.new(name)
        writer = _Records(root, len(rows), self.fixed_encoding, document.name)
        end = LINE_ENDS[self.fixed_line_end].encode(self.fixed_encoding)
        with path.open("wb") as file:
            for record in self._records(root, rows, writer):
                file.write(record + end)
        facts = {
            "fixed_rows": str(len(rows)),
            "fixed_cut": str(writer.cut.total()),
            "fixed_cut_fields": ", ".join(f"{title} {n}" for title, n in writer.cut.items()),
        }
        return [document.made(path, name, facts)]

    def _records(
        self, root: etree._Element, rows: Sequence[etree._Element], writer: _Records
    ) -> Iterator[bytes]:
        if self.fixed_head:
            yield writer.record(root, self.fixed_head, "the head record")
        for number, row in enumerate(rows, start=1):
            yield writer.record(row, self.fixed_columns, f"row {number}")
        if self.fixed_trailer:
            yield writer.record(root, self.fixed_trailer, "the trailer record")

    def _all(self) -> list[FixedColumn]:
        return [*self.fixed_head, *self.fixed_columns, *self.fixed_trailer]


class _Records:
    """Writes the records of one document, and counts what it cut off."""

    def __init__(self, root: etree._Element, rows: int, encoding: str, name: str) -> None:
        self._root = root
        self._rows = rows
        self._encoding = encoding
        self._name = name
        self._once: dict[str, str] = {}
        self.cut: Counter[str] = Counter()

    def record(self, start: etree._Element, columns: Sequence[FixedColumn], place: str) -> bytes:
        return b"".join(self._field(start, column, place) for column in columns)

    def _field(self, start: etree._Element, column: FixedColumn, place: str) -> bytes:
        value = column.constant or self._value(start, column.path)
        try:
            text = value if column.constant else column.written(value)
        except ValueError as error:
            # Not chained, though the message has no value: what it was made of could.
            raise self._refused(f"The value of {column.title} {error}", place) from None
        if CONTROL.search(text):
            raise self._refused(f"{column.title} has a line break or control character", place)
        if not text:
            if column.required:
                raise self._refused(f"{column.title} has no value", place)
            return column.fill.encode(self._encoding) * column.width
        data = encoded(text, self._encoding, self._name, part=f"{column.title} in {place}")
        if len(data) > column.width:
            data = self._cut(text, column, place)
        number = column.type in NUMBERS
        return padded(data, column, self._encoding, number=number)

    def _cut(self, text: str, column: FixedColumn, place: str) -> bytes:
        if not column.cut or column.type != "text":
            raise self._refused(f"{column.title} is longer than {column.width} bytes", place)
        self.cut[column.title] += 1
        return fitting(text, column.width, self._encoding).encode(self._encoding)

    def _value(self, start: etree._Element, path: str) -> str:
        if path in ("", COUNT):
            return str(self._rows) if path else ""
        if not path.startswith("/"):
            return value_at(start, path, self._name)
        if path not in self._once:
            self._once[path] = value_at(self._root, path, self._name)
        return self._once[path]

    def _refused(self, what: str, place: str) -> DocumentInvalid:
        return DocumentInvalid(
            what,
            where=f"{self._name}, {place}",
            remedy="Ask the sender to correct it, or correct the field of the step",
        )
