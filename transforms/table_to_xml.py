"""What the steps have in common that make XML of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from lxml import etree
from pydantic import Field

from transforms.building_xml import Layout, no_xml
from transforms.errors import DocumentInvalid
from transforms.paths_in_xml import normal
from transforms.values import Notation

Row = tuple[str, Sequence[str]]
"""Where a row is, such as `line 7`, and its values."""


class SourceColumn(Notation):
    """A column of a table that becomes XML."""

    title: str = Field(
        title="Title", description="What the column is called.", examples=["Nachname"]
    )
    path: str = Field(
        default="",
        title="Path",
        description="Where the value goes: names below the row's element such as Person/Name, an "
        "attribute as @id, the row's element itself as a dot; left empty, the column is left out.",
        examples=["Anschrift/PLZ", "@id"],
    )
    empty: Literal["omit", "write", "refuse"] = Field(
        default="omit",
        title="Without a value",
        description="omit leaves the element out, write makes an empty one, refuse refuses the "
        "file.",
    )


def elements_of(
    rows: Iterable[Row], columns: Sequence[SourceColumn], row_name: str, name: str
) -> Iterator[etree._Element]:
    """Yield an element for each row.

    Args:
        rows: the table; each row has a value for each column.
        columns: what the values are and where they go.
        row_name: local name of each element.
        name: what errors call the document.

    Raises:
        DocumentInvalid: a value is not of its type, missing, or cannot be in XML.
    """
    layout = Layout([column.path for column in columns])
    for place, values in rows:
        where = f"{name}, {place}"
        made = [_value(column, value, where) for column, value in zip(columns, values, strict=True)]
        try:
            element = layout.element(row_name, made)
        except ValueError:
            # Not chained: the error could repeat the value.
            raise no_xml(where) from None
        yield element


def some(elements: Iterator[etree._Element], name: str) -> Iterator[etree._Element]:
    """Yield the elements, if there are any.

    Raises:
        DocumentInvalid: there are none.
    """
    first = next(elements, None)
    if first is None:
        raise DocumentInvalid(
            "The document has no rows",
            where=name,
            remedy="Ask the sender to correct it, or allow no rows in the step",
        )
    yield first
    yield from elements


def _value(column: SourceColumn, text: str, where: str) -> str | None:
    if not column.path:
        return None
    try:
        value = column.read(normal(text))
    except ValueError as error:
        # Not chained, though the message has no value: what it was made of could.
        raise DocumentInvalid(
            f"The value of {column.title} {error}",
            where=where,
            remedy="Ask the sender to correct it, or correct the type of the column",
        ) from None
    if value or column.empty == "write":
        return value
    if column.empty == "omit":
        return None
    raise DocumentInvalid(
        f"{column.title} has no value", where=where, remedy="Ask the sender to correct it"
    )
