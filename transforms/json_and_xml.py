"""XML documents as JSON trees, and back.

An element of text is a text, one with others inside an object of their local names, in which those
that repeat are an array; attributes are `@name`, a text beside attributes is `#text`. What JSON
cannot tell (text among elements, the order of elements that alternate, two namespaces for one
name) is refused instead of lost. Comments and processing instructions are no data.
"""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

from transforms.building_xml import NAME
from transforms.errors import DocumentInvalid, StepFailed
from transforms.json_text import DEEPEST, Number, Value
from transforms.paths_in_xml import BLANKS, normal, plain

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def tree_of(element: etree._Element, lists: Collection[str], where: str, depth: int = 1) -> Value:
    """Return an element as JSON has it; locations of schemas are left out.

    Args:
        element: what is converted.
        lists: names of elements that are an array even if they are alone.
        where: what errors call the document.
        depth: level of the element.

    Raises:
        DocumentInvalid: it is nested deeper than `DEEPEST` levels.
        StepFailed: it has what JSON cannot tell.
    """
    if depth > DEEPEST:
        raise DocumentInvalid(
            f"The document is nested deeper than {DEEPEST} levels",
            where=f"{where}, line {element.sourceline}",
            remedy="Ask the sender to correct it",
        )
    made = _attributes(element, where)
    if not len(element):
        text = normal(element.text or "")
        return {**made, "#text": text} if made else text
    _check_text(element, where)
    for same in _groups(element, where):
        name = plain(str(same[0].tag))
        values = [tree_of(one, lists, where, depth + 1) for one in same]
        made[name] = values if len(values) > 1 or name in lists else values[0]
    return made


def element_of(name: str, value: Value, prefix: str, where: str) -> etree._Element:
    """Return what `tree_of` made of an element as that element.

    Args:
        name: its local name.
        value: what it holds; null is an element without anything.
        prefix: its namespace in braces, or "".
        where: what errors call the document.

    Raises:
        DocumentInvalid: a key is no name of XML, an array lies in an array, a text lies among
            elements, or XML lacks a sign of a text.
    """
    nsmap: dict[str | None, str] = {None: prefix[1:-1]} if prefix else {}
    element = etree.Element(prefix + _name(name, where), nsmap=nsmap)
    _fill(element, value, prefix, where)
    return element


def scalar(value: Value) -> str | None:
    """Return a text, number or truth value as XML writes it; None for null.

    Raises:
        ValueError: it is an object or array.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value) if isinstance(value, Number) else normal(value)
    message = "is no single value"
    raise ValueError(message)


def _attributes(element: etree._Element, where: str) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for key, value in element.items():
        if str(key) in (f"{XSI}schemaLocation", f"{XSI}noNamespaceSchemaLocation"):
            continue
        name = f"@{plain(str(key))}"
        if name in made:
            raise _untold(f"The element has two attributes {name}", element, where)
        made[name] = normal(str(value))
    return made


def _check_text(element: etree._Element, where: str) -> None:
    texts = [element.text, *(child.tail for child in element)]
    if any(text and text.strip(BLANKS) for text in texts):
        raise _untold("A text stands among elements", element, where)


def _groups(element: etree._Element, where: str) -> list[list[etree._Element]]:
    groups: dict[str, list[etree._Element]] = {}
    previous = ""
    for child in element:
        name = plain(str(child.tag))
        same = groups.setdefault(name, [])
        if same and same[0].tag != child.tag:
            raise _untold(f"{name} is there in two namespaces", child, where)
        if same and name != previous:
            raise _untold(f"{name} and {previous} alternate", child, where)
        same.append(child)
        previous = name
    return list(groups.values())


def _untold(what: str, element: etree._Element, where: str) -> StepFailed:
    return StepFailed(
        f"{what}, which JSON cannot tell",
        where=f"{where}, line {element.sourceline}",
        remedy="Choose columns in the step instead of the whole document",
    )


def _fill(element: etree._Element, value: Value, prefix: str, where: str) -> None:
    if not isinstance(value, dict):
        element.text = _text(value, plain(str(element.tag)), element, where)
        return
    if "#text" in value and any(not key.startswith(("@", "#")) for key in value):
        raise _invalid("A text stands among elements", where)
    for key, one in value.items():
        if key == "#text":
            element.text = _text(one, key, element, where)
        elif not key.startswith("@"):
            _add(element, key, one, prefix, where)
        elif (text := _text(one, key, element, where)) is not None:
            element.set(_name(key[1:], where), text)


def _add(element: etree._Element, key: str, value: Value, prefix: str, where: str) -> None:
    name = _name(key, where)
    for one in value if isinstance(value, list) else [value]:
        if one is not None:
            _fill(etree.SubElement(element, prefix + name), one, prefix, where)


def _text(value: Value, key: str, element: etree._Element, where: str) -> str | None:
    try:
        text = scalar(value)
        # lxml refuses what XML lacks; the value would be in its error.
        element.text = text
        element.text = None
    except ValueError:
        raise _invalid(
            f"{key} is an object or array in a place of a single value, or has a control character",
            where,
        ) from None
    return text


def _name(key: str, where: str) -> str:
    if not NAME.fullmatch(key):
        raise _invalid("A key is no name that an element may have", where)
    return key


def _invalid(what: str, where: str) -> DocumentInvalid:
    return DocumentInvalid(
        what, where=where, remedy="Ask the sender to correct it, or choose columns in the step"
    )
