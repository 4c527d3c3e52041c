"""An XML document as sections, fields and tables for people to read.

What is known of no schema is told by shape: an element with texts only below it is a group of
fields, elements of one name that repeat are a table or numbered sections, a pair of a name and a
value is a field of that name, and a code of XÖV (`code` with an optional `name`) is one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypedDict, Union

from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.readable import label_of, value_of

DEEPEST = 60
"""Levels of elements that are laid out."""
LEVELS = 4
"""Levels of headings; deeper ones look like the last."""
WIDEST = 5
"""Columns that a table may have on a page; records with more fields become sections."""
LONGEST_CELL = 120
"""Letters that a cell of a table may have; longer ones make the records sections."""
MOST = 20_000
"""Fields that a document may have: some hundred pages, for which Typst takes about 600 MB."""

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
OF_A_LIST = frozenset({"listURI", "listVersionID", "listID", "listAgencyID"})
"""Attributes that say where a code is listed (XÖV-Handbuch, code data types)."""
NAMES = frozenset({"name", "bezeichnung", "feldname", "schluessel", "key", "label"})
VALUES = frozenset({"wert", "value", "inhalt", "feldwert", "antwort"})

Row = list[str]


class Heading(TypedDict):
    """A heading; the title of the document is level 1."""

    kind: Literal["heading"]
    level: int
    text: str


class Fields(TypedDict):
    """Labels and values."""

    kind: Literal["fields"]
    rows: list[Row]


class Listing(TypedDict):
    """Records of the same fields."""

    kind: Literal["listing"]
    titles: Row
    rows: list[Row]


Block = Union[Heading, Fields, Listing]  # noqa: UP007 - TypedDicts.


def blocks_of(
    root: etree._Element, labels: Mapping[str, str] | None = None, *, where: str
) -> list[Block]:
    """Lay out what is below the root of a document: what an element holds itself, then its parts.

    Args:
        root: the document.
        labels: the operator's own labels by element name; an element whose label is empty is
            left out.
        where: what errors call the document.

    Raises:
        DocumentInvalid: it is nested too deep or has too many fields to be printed.
    """
    blocks: list[Block] = []
    layout = _Layout(labels or {}, where)
    for block in layout.inside(root, level=2):
        last = blocks[-1] if blocks else None
        if block["kind"] == "fields" and last is not None and last["kind"] == "fields":
            last["rows"].extend(block["rows"])
        else:
            blocks.append(block)
    return blocks


def values_of(root: etree._Element) -> object:
    """Return a document as JSON has it, for an operator's own template.

    An element of text is that text; one with others inside is an object of their local names, in
    which those that repeat are an array. Attributes are `@name`, a text beside attributes is
    `#text`. A file in base64 is only told by its size.
    """
    text = _text(root)
    if not len(root) and not root.attrib:
        return text
    values: dict[str, object] = {f"@{_local(key)}": str(root.get(key)) for key in root.attrib}
    for name, same in _by_name(root).items():
        values[name] = values_of(same[0]) if len(same) == 1 else [values_of(one) for one in same]
    if text:
        values["#text"] = text
    return values


def check_depth(root: etree._Element, where: str) -> None:
    """Refuse what is nested too deep to be laid out.

    Raises:
        DocumentInvalid: it is.
    """
    pending = [(root, 1)]
    while pending:
        element, depth = pending.pop()
        if depth > DEEPEST:
            raise DocumentInvalid(
                f"The document is nested deeper than {DEEPEST} levels",
                where=f"{where}, line {element.sourceline}",
                remedy="Ask the sender to correct it; no application is nested so deep",
            )
        pending.extend((child, depth + 1) for child in element)


class _Layout:
    def __init__(self, labels: Mapping[str, str], where: str) -> None:
        self._labels = labels
        self._where = where
        self._fields = 0

    def inside(self, element: etree._Element, level: int) -> Iterator[Block]:
        """Yield what is within an element, which has its heading already."""
        if attributes := self._attributes(element):
            yield self._some_fields(attributes)
        if text := _text(element) if len(element) else "":
            yield self._some_fields([[self._label("Text"), text]])
        groups = [same for name, same in _by_name(element).items() if self._label(name)]
        # What belongs to the element itself goes before its sections: below one of those it
        # would be read as a part of it.
        for same in groups:
            if all(_is_value(one) for one in same):
                yield self._some_fields([self._field(one) for one in same])
            elif all(_is_pair(one) for one in same):
                yield self._some_fields([_pair(one) for one in same])
        for same in groups:
            if not all(_is_value(one) for one in same) and not all(_is_pair(one) for one in same):
                yield from self._records(same, level, alone=len(groups) == 1)

    def _records(
        self, same: Sequence[etree._Element], level: int, *, alone: bool
    ) -> Iterator[Block]:
        table = self._table(same) if len(same) > 1 else None
        if table is None:
            yield from self._sections(same, level)
            return
        if not alone:
            yield _heading(self._label(_local(same[0].tag)), level)
        yield table

    def _sections(self, same: Sequence[etree._Element], level: int) -> Iterator[Block]:
        for number, one in enumerate(same, start=1):
            label = self._label(_local(one.tag))
            yield _heading(f"{label} {number}" if len(same) > 1 else label, level)
            yield from self.inside(one, level + 1)

    def _table(self, same: Sequence[etree._Element]) -> Listing | None:
        """Return a table if the records are flat, narrow and short enough for one."""
        if not all(len(one) and not one.attrib and _is_flat(one) for one in same):
            return None
        names = list(dict.fromkeys(_local(child.tag) for one in same for child in one))
        names = [name for name in names if self._label(name)]
        if len(names) > WIDEST:
            return None
        rows = [_row(one, names) for one in same]
        if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
            return None
        self._count(len(rows) * len(names))
        return {
            "kind": "listing",
            "titles": [self._label(name) for name in names],
            "rows": rows,
        }

    def _field(self, element: etree._Element) -> Row:
        value = _value(element)
        more = [f"{label}: {text}" for label, text in self._attributes(element)]
        return [self._label(_local(element.tag)), f"{value} ({'; '.join(more)})" if more else value]

    def _attributes(self, element: etree._Element) -> list[Row]:
        return [
            [label, value_of(str(element.get(key)))]
            for key in element.attrib
            if not str(key).startswith(XSI)
            and str(key) not in OF_A_LIST
            and (label := self._label(_local(key)))
        ]

    def _some_fields(self, rows: list[Row]) -> Fields:
        self._count(len(rows))
        return {"kind": "fields", "rows": rows}

    def _count(self, fields: int) -> None:
        self._fields += fields
        if self._fields > MOST:
            raise DocumentInvalid(
                f"The document has more than {MOST} fields, which nobody prints",
                where=self._where,
                remedy="Make a table of it by the step xml-to-csv, or split it first",
            )

    def _label(self, name: str) -> str:
        return label_of(name, self._labels)


def _heading(text: str, level: int) -> Heading:
    return {"kind": "heading", "level": min(level, LEVELS), "text": text}


def _is_value(element: etree._Element) -> bool:
    return not len(element) or _is_code(element)


def _is_code(element: etree._Element) -> bool:
    names = [_local(child.tag) for child in element]
    return names in (["code"], ["code", "name"]) and not any(len(child) for child in element)


def _is_flat(element: etree._Element) -> bool:
    names = [child.tag for child in element]
    return len(names) == len(set(names)) and all(
        _is_value(child) and not (set(map(str, child.attrib)) - OF_A_LIST) for child in element
    )


def _is_pair(element: etree._Element) -> bool:
    names = [_local(child.tag).lower() for child in element]
    return (
        len(names) == 2  # noqa: PLR2004 - of a pair.
        and names[0] in NAMES
        and names[1] in VALUES
        and not element.attrib
        and not any(len(child) or child.attrib for child in element)
    )


def _pair(element: etree._Element) -> Row:
    return [_text(element[0]), _text(element[1])]


def _row(element: etree._Element, names: Sequence[str]) -> Row:
    cells = {_local(child.tag): _value(child) for child in element}
    return [cells.get(name, "") for name in names]


def _value(element: etree._Element) -> str:
    if not len(element):
        return _text(element)
    texts = [text for child in element if (text := _text(child))]
    return texts[0] if len(texts) == 1 else f"{texts[1]} ({texts[0]})" if texts else ""


def _text(element: etree._Element) -> str:
    parts = [element.text or "", *(child.tail or "" for child in element)]
    return value_of(" ".join(part for part in parts if part.strip(" \t\r\n")))


def _by_name(element: etree._Element) -> dict[str, list[etree._Element]]:
    found: dict[str, list[etree._Element]] = {}
    for child in element:
        found.setdefault(_local(child.tag), []).append(child)
    return found


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
