"""How a syntax writes the terms: a table of elements, read and written by the same walk.

A `Node` is an element and what it holds: text of a field, attributes of fields, constants, other
elements in the order of the schema. Reading makes nested dictionaries, by the names of the
model's fields; what no node takes is a `LeftOut`, never dropped in silence. Writing goes the same
table the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.invoices.model import Number

Values = dict[str, Any]
"""Fields of a group: a text, a number, a date, the values of a group, or a list of these."""

OASIS = "urn:oasis:names:specification:ubl:schema:xsd:"
UNECE = "urn:un:unece:uncefact:data:standard:"
PREFIXES = {
    "inv": f"{OASIS}Invoice-2",
    "cn": f"{OASIS}CreditNote-2",
    "cac": f"{OASIS}CommonAggregateComponents-2",
    "cbc": f"{OASIS}CommonBasicComponents-2",
    "rsm": f"{UNECE}CrossIndustryInvoice:100",
    "ram": f"{UNECE}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{UNECE}UnqualifiedDataType:100",
    "qdt": f"{UNECE}QualifiedDataType:100",
}
BOOLEANS = {"0": "false", "1": "true"}
"""The other way to write them (XML Schema Part 2, 3.2.2)."""
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
CURRENCY = "currencyID"


class LeftOut(NamedTuple):
    """Something in a document that is no term of EN 16931, or has no place in a syntax.

    Attributes:
        place: names of elements from the root, or the number of the term.
        line: of the document, from 1; 0 if it has no line.
        reason: why, as half a sentence; never a value.
    """

    place: str
    line: int
    reason: str


class Currencies(NamedTuple):
    """What the amounts of a document are in: BT-5, and BT-6 or ""."""

    document: str
    accounting: str


class Chosen(Protocol):
    """Tells whether an element is meant by a node."""

    def __call__(self, found: etree._Element, currencies: Currencies, /) -> bool:
        """Look at the element, and at what the document's amounts are in."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a text becomes a value and the other way."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


TEXT = Kind("text", str, str)
NUMBER = Kind("decimal", Number, str)
DATE = Kind("date", lambda text: _day(text, 10), date.isoformat)
DATE_102 = Kind("date of format 102", lambda text: _day(text, 8), lambda day: f"{day:%Y%m%d}")


def _day(text: str, length: int) -> date:
    text = text.strip()
    if len(text) != length:
        raise ValueError(length)
    return date.fromisoformat(text)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One element of a syntax.

    Attributes:
        tag: with a prefix of `PREFIXES`.
        children: elements inside, in the order of the schema.
        text: the field that its text is.
        kind: what the text is.
        group: the field of whose group everything inside is; "" for the group around.
        many: whether it may repeat.
        attributes: fields by attributes.
        constants: what attributes must be.
        fixed: what the text must be, without blanks around it.
        chosen: tells whether an element of this tag is meant; None takes every one.
        currency: `document` or `accounting` if it is an amount with its currency as an attribute.
        optional_currency: the currency is not written.
        always: written even if it holds nothing.
        ignored: read without a trace and never written.
    """

    tag: str
    children: tuple[Node, ...] = ()
    text: str = ""
    kind: Kind = TEXT
    group: str = ""
    many: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    fixed: str = ""
    chosen: Chosen | None = None
    currency: str = ""
    optional_currency: bool = False
    always: bool = False
    ignored: bool = False
    name: str = field(init=False)
    inside: dict[str, list[Node]] = field(init=False, default_factory=dict)
    constant: bool = field(init=False)

    def __post_init__(self) -> None:
        """Resolve the prefix, and find the children by their names."""
        prefix, _, local = self.tag.partition(":")
        object.__setattr__(self, "name", f"{{{PREFIXES[prefix]}}}{local}")
        for child in self.children:
            self.inside.setdefault(child.name, []).append(child)
        all_constant = bool(self.children) and all(child.constant for child in self.children)
        object.__setattr__(self, "constant", bool(self.fixed) or all_constant)


def element(tag: str, *children: Node, **more: Any) -> Node:
    """Return an element with elements inside."""
    return Node(tag, children, **more)


def text(tag: str, field_name: str, **attributes: str) -> Node:
    """Return an element whose text, and whose attributes, are fields."""
    return Node(tag, text=field_name, attributes=tuple(attributes.items()))


def number(tag: str, field_name: str, **attributes: str) -> Node:
    """Return an element whose text is a number without a currency."""
    return Node(tag, text=field_name, kind=NUMBER, attributes=tuple(attributes.items()))


def fixed(tag: str, constant: str) -> Node:
    """Return an element that says what the schema wants to be said."""
    return Node(tag, fixed=constant)


def identifier(tag: str, group: str, scheme: str = "schemeID", **more: Any) -> Node:
    """Return an element that is an `Identifier`."""
    return Node(tag, text="value", group=group, attributes=((scheme, "scheme"),), **more)


class Reader:
    """Reads one document by a table."""

    def __init__(self, currencies: Currencies, name: str) -> None:
        """Start with nothing left out.

        Args:
            currencies: of the document.
            name: what errors call the document.
        """
        self.left_out: list[LeftOut] = []
        self._currencies = currencies
        self._name = name

    def read(self, found: etree._Element, node: Node, values: Values) -> None:
        """Put what an element holds into the values of its group.

        Raises:
            DocumentInvalid: a number or a date is none.
        """
        if found.attrib:
            self._attributes(found, node, values)
        if node.text or node.fixed:
            self._text(found, node, values)
        seen: set[int] = set()
        for child in found:
            one = self._node(child, node)
            if one is None:
                self.leave_out(child, "is no term of EN 16931")
            elif one.ignored:
                continue
            elif id(one) in seen and not one.many:
                self.leave_out(child, "repeats what EN 16931 has once")
            else:
                seen.add(id(one))
                self.read(child, one, _target(one, values))

    def leave_out(self, found: etree._Element, reason: str, attribute: str = "") -> None:
        """Note what is left out."""
        place = "/".join([*(_local(one) for one in reversed([*found.iterancestors()]))][1:])
        place = f"{place}/{_local(found)}".lstrip("/") + (f"/@{attribute}" if attribute else "")
        self.left_out.append(LeftOut(place, found.sourceline or 0, reason))

    def _node(self, found: etree._Element, node: Node) -> Node | None:
        for one in node.inside.get(str(found.tag), ()):
            if one.chosen is None or one.chosen(found, self._currencies):
                return one
        return None

    def _text(self, found: etree._Element, node: Node, values: Values) -> None:
        given = found.text or ""
        if node.fixed:
            if BOOLEANS.get(given.strip(), given.strip()) not in ("", node.fixed):
                self.leave_out(found, f"says something else than {node.fixed}")
        elif given.strip():
            try:
                value = node.kind.read(given)
            except ValueError:
                # Not chained: what Python says repeats values of the document.
                raise DocumentInvalid(
                    f"{_local(found)} is no {node.kind.name}",
                    where=f"{self._name}, line {found.sourceline}",
                    remedy="Ask the sender to correct it",
                ) from None
            if node.text in values:
                self.leave_out(found, "says again what was said already")
            else:
                values[node.text] = value

    def _attributes(self, found: etree._Element, node: Node, values: Values) -> None:
        fields = dict(node.attributes)
        constants = dict(node.constants)
        for name, value in found.items():
            key = str(name)
            if key in fields:
                if value:
                    values[fields[key]] = str(value)
            elif key == CURRENCY and node.currency:
                if value != getattr(self._currencies, node.currency):
                    self.leave_out(found, "is another currency than the invoice's", key)
            elif constants.get(key) != value and not key.startswith(SCHEMA_INSTANCE):
                self.leave_out(found, "is no term of EN 16931", _unqualified(key))


def _target(node: Node, values: Values) -> Values:
    if not node.group:
        return values
    if not node.many:
        group: Values = values.setdefault(node.group, {})
        return group
    new: Values = {}
    values.setdefault(node.group, []).append(new)
    return new


def write(node: Node, values: Values, parent: etree._Element, currencies: Currencies) -> bool:
    """Write what a node stands for below an element, if there is anything to write.

    Returns:
        Whether something of the invoice was written.
    """
    if node.ignored or not (node.always or _may_hold(node, values)):
        return False
    held = [
        _written(node, one, etree.SubElement(parent, node.name), currencies)
        for one in _groups(node, values)
    ]
    return any(held)


def _may_hold(node: Node, values: Values) -> bool:
    """Tell whether it is worth making an element, which costs more than to look."""
    return node.group in values if node.group else not node.text or node.text in values


def _groups(node: Node, values: Values) -> Iterable[Values]:
    if not node.group:
        return (values,)
    if not node.many:
        return (values.get(node.group, {}),)
    groups: list[Values] = values.get(node.group, [])
    return groups


def _written(node: Node, values: Values, made: etree._Element, currencies: Currencies) -> bool:
    held = False
    if node.text and node.text in values:
        made.text = node.kind.write(values[node.text])
        held = True
        if node.currency and not node.optional_currency:
            made.set(CURRENCY, getattr(currencies, node.currency))
    elif node.fixed:
        made.text = node.fixed
    given = [(name, values[one]) for name, one in node.attributes if one in values]
    for attribute, value in (*given, *node.constants):
        made.set(attribute, value)
    for child in node.children:
        held = write(child, values, made, currencies) or held
    parent = made.getparent()
    if not (held or node.always or node.constant) and parent is not None:
        parent.remove(made)
    return held


def _local(found: etree._Element) -> str:
    return _unqualified(str(found.tag))


def _unqualified(name: str) -> str:
    return name.rpartition("}")[2]


def once(values: Values, groups: str, field: str, whole: str, left_out: list[LeftOut]) -> None:
    """Make a field of the invoice of one that each of several groups may say."""
    found = [one.pop(field) for one in values.get(groups, ()) if field in one]
    if found:
        values[whole] = found[0]
    if len(set(found)) > 1:
        left_out.append(LeftOut(groups, 0, f"have more than one {field}"))
