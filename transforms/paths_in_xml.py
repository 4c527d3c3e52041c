"""Values and repeating elements of an XML document, by short paths of local names.

Paths are what operators write into forms: `Person/Name`, `Person/@id`, a dot for the element
itself, `/Kopf/AGS` from the root. Elements are found by their local names, whatever their
namespace.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, field_validator

from transforms.errors import DocumentInvalid, StepFailed

NAME = r"[^\W\d][\w.\-]*"
ELEMENT_PATH = re.compile(rf"{NAME}(/{NAME})*")
VALUE_PATH = re.compile(rf"\.|/?({NAME}(/{NAME})*(/@{NAME})?|@{NAME})")

BLANKS = " \t\r\n"
"""White space of XML 1.0, section 2.3."""


def check_value_path(path: str) -> str:
    """Return a path if it can lead to a value.

    Raises:
        ValueError: it cannot; the message says how to write one.
    """
    if not VALUE_PATH.fullmatch(path):
        message = f"{path!r} is no path; write Person/Name, Person/@id, a dot or /Kopf/AGS"
        raise ValueError(message)
    return path


def check_element_path(path: str) -> str:
    """Return a path if it can lead to elements below the root; "" is the root itself.

    Raises:
        ValueError: it cannot; the message says how to write one.
    """
    if path and not ELEMENT_PATH.fullmatch(path):
        message = f"{path!r} is no path; write names below the root, such as Anlagen/Anlage"
        raise ValueError(message)
    return path


class Column(BaseModel):
    """One value of each row, and what it is called."""

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
        return check_value_path(path)


def below(elements: list[etree._Element], path: str) -> list[etree._Element]:
    """Return the elements at an element path below others, in the order of the document."""
    for name in path.split("/") if path else ():
        elements = [child for one in elements for child in one.iterchildren(f"{{*}}{name}")]
    return elements


def rows_of(root: etree._Element, path: str, where: str, *, none: bool) -> list[etree._Element]:
    """Return the elements that repeat.

    Args:
        root: the document.
        path: where they are, below the root; the root itself if "".
        where: what errors call the document.
        none: whether there may be none of them.

    Raises:
        DocumentInvalid: there is none.
    """
    rows = below([root], path)
    if not rows and not none:
        raise DocumentInvalid(
            f"The document, a {plain(str(root.tag))}, has no element {path}",
            where=where,
            remedy="Ask the sender to correct it, or correct or relax the step's rows",
        )
    return rows


def values_of(
    root: etree._Element, rows: list[etree._Element], paths: Sequence[str], where: str
) -> Iterator[list[str]]:
    """Yield the values of each row, by paths; what begins at the root is looked up once.

    Raises:
        StepFailed: a path does not lead to one value.
    """
    once = {path: value_at(root, path, where) for path in paths if path.startswith("/")}
    for row in rows:
        yield [once[path] if path in once else value_at(row, path, where) for path in paths]


def value_at(start: etree._Element, path: str, where: str) -> str:
    """Return the one value at a path, or "" if there is none.

    It is taken without the blanks around it and in NFC (DIN 91379).

    Raises:
        StepFailed: the path leads to several values, or to an element with others inside.
    """
    elements, _, attribute = path.partition("@")
    found = below([start], "" if path == "." else elements.strip("/"))
    if len(found) > 1:
        raise StepFailed(
            f"The path {path} leads to {len(found)} values",
            where=f"{where}, line {found[1].sourceline}",
            remedy="Make what repeats the rows of the step, or choose another path",
        )
    return _text(found[0], attribute, path, where) if found else ""


def _text(element: etree._Element, attribute: str, path: str, where: str) -> str:
    if attribute:
        text = next((str(v) for k, v in element.items() if plain(str(k)) == attribute), "")
    elif len(element):
        raise StepFailed(
            f"The path {path} leads to an element with elements inside",
            where=f"{where}, line {element.sourceline}",
            remedy="Name the one that holds the value",
        )
    else:
        text = element.text or ""
    return normal(text)


def normal(text: str) -> str:
    """Return a text without the blanks around it and in NFC."""
    return unicodedata.normalize("NFC", text.strip(BLANKS))


def plain(name: str) -> str:
    """Return the local name of an element or attribute."""
    return name.rpartition("}")[2]
