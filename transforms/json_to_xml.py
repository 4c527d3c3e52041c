"""Step `json-to-xml`: make an XML document of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from lxml import etree
from pydantic import Field, field_validator, model_validator

from transforms.building_xml import Layout, check_name, check_result, write_rows
from transforms.charsets import decoded, lines
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.json_and_xml import element_of, scalar
from transforms.json_text import LIMIT, Value, parsed
from transforms.names import facts_of
from transforms.step import Step, Workbench
from transforms.table_to_xml import Row, SourceColumn, elements_of, some

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ROOT = "Liste"


class JsonSource(SourceColumn):
    """A value of an object that becomes XML; numbers and truth values are as JSON writes them."""

    title: str = Field(
        title="Key",
        description="What the value is called; a slash leads into an object.",
        examples=["name", "anschrift/plz"],
    )
    decimal_sign: Literal[",", ".", ""] = Field(
        default=".", title="Decimal sign", description="Sign before the decimal places."
    )
    decimal_places: int = Field(
        default=18,
        ge=0,
        le=18,
        title="Decimal places",
        description="Places that a decimal may have; one with more of them is refused.",
    )
    date_format: str = Field(
        default="%Y-%m-%d",
        title="Date format",
        description="Day %d, month %m, year %Y, hour %H, minute %M, second %S; with an hour, XML "
        "has a dateTime and otherwise a date.",
        examples=["%Y-%m-%d", "%d.%m.%Y"],
    )
    true_text: str = Field(
        default="true", min_length=1, title="True", description="What stands for true."
    )
    false_text: str = Field(
        default="false", min_length=1, title="False", description="What stands for false."
    )


class JsonToXml(Step):
    """Make an XML document of JSON in UTF-8 (RFC 8259).

    Keys that are there twice, NaN, huge numbers and deep nesting are refused. Texts are taken
    without the blanks around them and in NFC (DIN 91379); null is no value. Holds the document in
    memory, up to `transforms.json_text.LIMIT` bytes of it; JSON Lines are streamed.
    """

    kind: Literal["json-to-xml"] = Field(
        default="json-to-xml", title="Step", description="Makes an XML file of each JSON file."
    )
    json_source_columns: list[JsonSource] = Field(
        default_factory=list,
        title="Values",
        description="Values of each object and where they go, in the order of the elements; left "
        "empty, keys become elements, @name an attribute and #text the text of an element.",
    )
    json_source_rows: str = Field(
        default="",
        title="Rows",
        description="Key of the array whose objects become rows, a slash leading into an object; "
        "left empty, the document itself is that array, or one object.",
        examples=["antraege", "daten/antraege"],
    )
    json_source_lines: bool = Field(
        default=False,
        title="JSON Lines",
        description="Each line is an object of its own and becomes a row.",
    )
    json_source_others: Literal["refuse", "ignore"] = Field(
        default="refuse",
        title="Other keys",
        description="What is done if an object has a key that is not among the values.",
    )
    json_source_root: str = Field(
        default="",
        title="Root element",
        description="Name of the root element; left empty, the one key of a document without rows "
        "is taken, and Liste for rows.",
    )
    json_source_row: str = Field(
        default="Zeile", title="Row element", description="Name of the element of each row."
    )
    json_source_namespace: str = Field(
        default="",
        title="Namespace",
        description="Namespace of all elements; left empty, they have none.",
        examples=["urn:de:ganderkesee:hunde:1"],
    )
    json_source_schema: str = Field(
        default="",
        title="Schema",
        description="XSD file of the operator that the result must satisfy; the result is held in "
        "memory for that.",
        examples=["hundesteuer/liste.xsd"],
    )
    json_source_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept an array without any object; otherwise it is refused.",
    )

    @field_validator("json_source_root", "json_source_row")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(name) if name else name

    @model_validator(mode="after")
    def _layout(self) -> Self:
        Layout([column.path for column in self.json_source_columns])
        titles = [column.title for column in self.json_source_columns]
        if len(set(titles)) < len(titles):
            message = "two values have the same key"
            raise ValueError(message)
        if not self.json_source_row:
            message = "the row element has no name"
            raise ValueError(message)
        if self.json_source_lines and self.json_source_rows:
            message = "JSON Lines have no key of rows"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the XML, named like the document with `.xml`.

        Raises:
            DocumentInvalid: the document is no such JSON, a value is not of its type or cannot be
                in XML, or the result breaks the schema.
            StepFailed: the schema cannot be used.
            DefinitionWrong: there is no such schema.
            NameNotAllowed: the new name is too long.
        """
        named = self.json_source_schema
        schema = bench.supplies.resource(named) if named else None
        name = facts_of(document.name)["stem"] + ".xml"
        path = bench.new(name)
        self._write(document, path)
        check_result(path, schema, document.name)
        return [document.made(path, name)]

    def _write(self, document: Document, path: Path) -> None:
        if self.json_source_lines:
            self._write_rows(_of_lines(document), document.name, path)
            return
        whole = parsed(_text(document), document.name)
        rows = _at(whole, self.json_source_rows)
        if isinstance(rows, list):
            numbered = ((f"object {n}", one) for n, one in enumerate(rows, start=1))
            self._write_rows(numbered, document.name, path)
        elif self.json_source_columns and isinstance(rows, dict):
            self._write_rows(iter([("object 1", rows)]), document.name, path)
        elif self.json_source_rows:
            raise _invalid(f"There is no array {self.json_source_rows}", document.name)
        else:
            self._write_tree(whole, document.name, path)

    def _write_tree(self, whole: Value, where: str, path: Path) -> None:
        root = self.json_source_root
        if not root:
            if not isinstance(whole, dict) or len(whole) != 1:
                raise _invalid("The document is no object of one key, the root element", where)
            ((root, whole),) = whole.items()
        space = self.json_source_namespace
        element = element_of(root, whole, f"{{{space}}}" if space else "", where)
        etree.ElementTree(element).write(str(path), encoding="utf-8", xml_declaration=True)

    def _write_rows(self, rows: Iterator[tuple[str, Value]], where: str, path: Path) -> None:
        if self.json_source_columns:
            values = (self._row(place, one, where) for place, one in rows)
            elements = elements_of(values, self.json_source_columns, self.json_source_row, where)
        else:
            elements = (
                element_of(self.json_source_row, one, "", f"{where}, {place}")
                for place, one in rows
            )
        if not self.json_source_allow_no_rows:
            elements = some(elements, where)
        root = self.json_source_root or ROOT
        write_rows(path, root, self.json_source_namespace, elements)

    def _row(self, place: str, one: Value, where: str) -> Row:
        if not isinstance(one, dict):
            raise _invalid("A row is no object", f"{where}, {place}")
        wanted = {column.title for column in self.json_source_columns}
        if self.json_source_others == "refuse" and (others := _keys(one) - wanted):
            raise _invalid(
                f"The object has {len(others)} keys that are not listed", f"{where}, {place}"
            )
        values = []
        for column in self.json_source_columns:
            try:
                values.append(scalar(_at(one, column.title)) or "")
            except ValueError as error:
                raise _invalid(f"{column.title} {error}", f"{where}, {place}") from None
        return place, values


def _text(document: Document) -> str:
    with document.path.open("rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise DocumentInvalid(
            f"The document has more than {LIMIT} bytes",
            where=document.name,
            remedy="Ask the sender to split it, or to send JSON Lines",
        )
    return decoded(data.removeprefix(BYTE_ORDER_MARK), "utf-8", document.name)


def _of_lines(document: Document) -> Iterator[tuple[str, Value]]:
    for number, line in enumerate(lines(document.path, "utf-8", document.name), start=1):
        if line.strip():
            yield f"line {number}", parsed(line, f"{document.name}, line {number}")


def _at(value: Value, path: str) -> Value:
    for key in path.split("/") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _keys(value: dict[str, Value], before: str = "") -> set[str]:
    """Return the paths of all values that are no objects."""
    found: set[str] = set()
    for key, one in value.items():
        found |= _keys(one, f"{before}{key}/") if isinstance(one, dict) else {before + key}
    return found


def _invalid(what: str, where: str) -> DocumentInvalid:
    return DocumentInvalid(
        what, where=where, remedy="Ask the sender to correct it, or correct the step"
    )
