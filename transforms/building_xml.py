"""XML made of rows: values put at element paths, written row by row, checked by a schema.

`Layout` is made of paths such as `Person/Name` and `Person/@id`; paths that begin alike share
their elements. What is written is never held as a whole, save for the check by a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.paths_in_xml import VALUE_PATH
from transforms.read_xml import findings_of, read_xml, schema_of

NAME = re.compile(r"[^\W\d][\w.\-]*")
"""Names without a colon that XML 1.0 permits, save rare signs."""
LISTED = 5
"""Findings of a schema that an error lists."""


def check_name(name: str) -> str:
    """Return a name if elements may have it.

    Raises:
        ValueError: they may not.
    """
    if not NAME.fullmatch(name):
        message = f"{name!r} is no name of an element; write letters, digits, _, - and dots"
        raise ValueError(message)
    return name


@dataclass(slots=True)
class _Place:
    """An element of a row: which values are its text and attributes, and what is below it."""

    text: int | None = None
    attributes: dict[str, int] = field(default_factory=dict)
    elements: dict[str, _Place] = field(default_factory=dict)


class Layout:
    """Where each value of a row goes.

    Args:
        paths: a path below the row's element for each value, in the order of the values; ""
            leaves a value out.

    Raises:
        ValueError: a path is none, is there twice, or is an element of text with others inside.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._top = _Place()
        for index, path in enumerate(paths):
            if path:
                self._take(index, path)
        _check(self._top, "")

    def _take(self, index: int, path: str) -> None:
        if not VALUE_PATH.fullmatch(path) or path.startswith("/"):
            message = f"{path!r} is no path; write Person/Name, Person/@id or a dot"
            raise ValueError(message)
        elements, _, attribute = path.partition("@")
        place = self._top
        for name in elements.strip("/").split("/") if elements.strip("/.") else ():
            place = place.elements.setdefault(name, _Place())
        taken = attribute in place.attributes if attribute else place.text is not None
        if taken:
            message = f"two columns go to {path!r}"
            raise ValueError(message)
        if attribute:
            place.attributes[attribute] = index
        else:
            place.text = index

    def element(self, name: str, values: Sequence[str | None]) -> etree._Element:
        """Return the element of a row, without a namespace.

        Args:
            name: its local name.
            values: texts in the order of the paths; None leaves an element or attribute out.

        Raises:
            ValueError: a value has a sign that XML lacks.
        """
        element = etree.Element(name)
        self._fill(element, self._top, values)
        return element

    def _fill(self, element: etree._Element, place: _Place, values: Sequence[str | None]) -> bool:
        filled = False
        for name, index in place.attributes.items():
            if (value := values[index]) is not None:
                element.set(name, value)
                filled = True
        if place.text is not None and (text := values[place.text]) is not None:
            element.text = text
            filled = True
        for name, below in place.elements.items():
            child = etree.SubElement(element, name)
            if self._fill(child, below, values):
                filled = True
            else:
                element.remove(child)
        return filled


def _check(place: _Place, path: str) -> None:
    if place.text is not None and place.elements:
        message = f"{path or '.'} is to hold a text and has elements inside"
        raise ValueError(message)
    for name, below in place.elements.items():
        _check(below, f"{path}/{name}" if path else name)


def write_rows(path: Path, root: str, namespace: str, rows: Iterable[etree._Element]) -> None:
    """Write a document in UTF-8 whose root element holds rows, each in a line of its own.

    Args:
        path: the new file.
        root: local name of the root element.
        namespace: of all elements; "" if none.
        rows: what is in it, made one after the other and without a namespace: the default one
            of the root is theirs when they are read, and is so declared once only.
    """
    tag = f"{{{namespace}}}{root}" if namespace else root
    nsmap: dict[str | None, str] = {None: namespace} if namespace else {}
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(tag, nsmap=nsmap):
            for row in rows:
                file.write("\n", row)
            file.write("\n")


def check_result(path: Path, schema: Path | None, name: str) -> None:
    """Check by a schema what was made; without one nothing is done.

    The document is held in memory for that, up to `transforms.read_xml.LIMIT` bytes of it.

    Args:
        path: what was made.
        schema: the XSD; None if there is none.
        name: what errors call the document it was made of.

    Raises:
        DocumentInvalid: it breaks the schema.
        StepFailed: the schema cannot be used.
    """
    if schema is None:
        return
    findings = findings_of(read_xml(path, name=name), schema_of(schema))
    if findings:
        listed = "; ".join(f"line {line}: {text}" for line, text in findings[:LISTED])
        raise DocumentInvalid(
            f"What was made of the document breaks {schema.name}",
            where=f"{name}, line {findings[0][0]} of the XML",
            remedy=f"Correct the step's paths and types, or ask the sender to correct it: {listed}",
        )


def no_xml(place: str) -> DocumentInvalid:
    """Return the error for a value that XML cannot hold."""
    return DocumentInvalid(
        "A value has a control character, which XML cannot hold",
        where=place,
        remedy="Ask the sender to correct it",
    )
