"""Step `xml-to-text`: write an XML document as key=value lines, or as a German text to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, Self

from lxml import etree
from pydantic import Field, field_validator, model_validator

from transforms.charsets import Encoding, encoded
from transforms.document import Document
from transforms.fixed_width import LINE_ENDS, check_texts
from transforms.names import facts_of
from transforms.paths_in_xml import (
    Column,
    check_element_path,
    normal,
    plain,
    rows_of,
    values_of,
)
from transforms.plain_layout import fields, plain_text
from transforms.read_xml import read_xml
from transforms.readable import label_of, labels_of, value_of
from transforms.step import Step, Workbench
from transforms.xml_layout import blocks_of, check_depth

ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class XmlToText(Step):
    """Write an XML document as key=value lines, or as a German text for people to read.

    Elements are found by their local names, whatever their namespace. Values are taken without
    the blanks around them and in NFC (DIN 91379). Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["xml-to-text"] = Field(
        default="xml-to-text", title="Step", description="Makes a text file of each XML file."
    )
    text_style: Literal["key-value", "readable"] = Field(
        default="key-value",
        title="Style",
        description="key-value writes Key=value for programs, a line break in a value as \\n and a "
        "backslash as two; readable writes German labels, dates and tables for people.",
    )
    text_columns: list[Column] = Field(
        default_factory=list,
        title="Values",
        description="What is written and what it is called; left empty, everything in the "
        "document, keys being paths such as Anlagen/Anlage[2]/Dateiname.",
    )
    text_rows: str = Field(
        default="",
        title="Rows",
        description="Element that repeats, below the root, such as Anlagen/Anlage; each gives a "
        "paragraph of the values. Left empty, the document as a whole gives one.",
        examples=["Anlagen/Anlage"],
    )
    text_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a document without any such element; otherwise it is refused.",
    )
    text_title: str = Field(
        default="",
        title="Title",
        description="What a readable text is headed; left empty, the label of the root element.",
        examples=["Antrag auf Anmeldung eines Hundes"],
    )
    text_labels: str = Field(
        default="",
        title="Table of labels",
        description="File of the operator for readable texts: CSV in UTF-8 with an element name, a "
        "semicolon and its label in each row; an element with an empty label is left out.",
        examples=["hundesteuer/labels.csv"],
    )
    text_encoding: Encoding = Field(
        default="utf-8",
        title="Encoding",
        description="A document with a sign that the encoding lacks is refused.",
    )
    text_line_end: Literal["crlf", "lf"] = Field(
        default="crlf", title="Line end", description="What each line ends with."
    )

    @field_validator("text_rows")
    @classmethod
    def _element_path(cls, rows: str) -> str:
        return check_element_path(rows)

    @model_validator(mode="after")
    def _titles(self) -> Self:
        titles = [column.title for column in self.text_columns]
        check_texts([self.text_title, *titles], self.text_encoding)
        if any("=" in title or not title.isprintable() for title in titles):
            message = "a title has an equals sign or a line break"
            raise ValueError(message)
        if self.text_rows and not self.text_columns:
            message = "rows need values; list them"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the text, named like the document with `.txt`.

        Raises:
            DocumentInvalid: the document is no such XML, has no rows, is nested too deep or holds
                a sign that the encoding lacks.
            StepFailed: a path does not lead to one value, or the table of labels is none.
            DefinitionWrong: there is no such table of labels.
            NameNotAllowed: the new name is too long.
        """
        labels = labels_of(bench.supplies.resource(self.text_labels)) if self.text_labels else {}
        name = facts_of(document.name)["stem"] + ".txt"
        path = bench.new(name)
        root = read_xml(document.path, name=document.name)
        check_depth(root, document.name)
        made = self._lines(root, labels, document.name)
        text = "".join(line + LINE_ENDS[self.text_line_end] for line in made)
        path.write_bytes(encoded(text, self.text_encoding, document.name, part="the text"))
        return [document.made(path, name)]

    def _lines(self, root: etree._Element, labels: dict[str, str], where: str) -> Iterator[str]:
        readable = self.text_style == "readable"
        title = self.text_title or label_of(plain(str(root.tag)), labels)
        if not self.text_columns:
            if readable:
                yield from plain_text(title, blocks_of(root, labels, where=where))
            else:
                yield from (f"{key}={value.translate(ESCAPES)}" for key, value in _leaves(root))
            return
        if readable:
            yield from plain_text(title, [])
            yield ""
        rows = rows_of(root, self.text_rows, where, none=self.text_allow_no_rows)
        paths = [column.path for column in self.text_columns]
        for number, values in enumerate(values_of(root, rows, paths, where)):
            if number:
                yield ""
            yield from self._paragraph(values, readable=readable)

    def _paragraph(self, values: Sequence[str], *, readable: bool) -> Iterator[str]:
        pairs = [
            (column.title, value) for column, value in zip(self.text_columns, values, strict=True)
        ]
        if readable:
            return fields([[title, value_of(value)] for title, value in pairs])
        return (f"{title}={value.translate(ESCAPES)}" for title, value in pairs)


def _leaves(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the path and value of each text and attribute, in the order of the document."""
    pending = [(root, "")]
    while pending:
        element, path = pending.pop()
        for key, value in element.items():
            yield f"{path}/@{plain(str(key))}".lstrip("/"), normal(str(value))
        texts = [element.text or "", *(child.tail or "" for child in element)]
        text = normal(" ".join(one for one in texts if one.strip()))
        if text or not (len(element) or element.attrib):
            yield path or ".", text
        pending.extend(reversed(_children(element, path)))


def _children(element: etree._Element, path: str) -> list[tuple[etree._Element, str]]:
    names = [plain(str(child.tag)) for child in element]
    seen: dict[str, int] = {}
    counts = Counter(names)
    made = []
    for child, name in zip(element, names, strict=True):
        seen[name] = seen.get(name, 0) + 1
        step = name if counts[name] == 1 else f"{name}[{seen[name]}]"
        made.append((child, f"{path}/{step}".lstrip("/")))
    return made
