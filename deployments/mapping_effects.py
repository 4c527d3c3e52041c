"""What a mapping does with each field of a document, found by changing one field after the other.

A mapping is a plain function, so nothing in it has to be read or watched: where a changed value of
a field changes the result, there the field went. One that is looked at only to decide something
shows too. What the mapping refuses counts as used: it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any

from xsdata.models.datatype import XmlDate, XmlDateTime, XmlTime

from transforms.errors import HubError

MOST = 2000
"""Fields of a document that are tried; each costs a few runs of the mapping."""
MOST_OTHERS = 10
"""Other values of a field that are tried, such as those of a code list."""
REFUSED = "(a changed value is refused)"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a document.

    Attributes:
        path: names of elements, such as `Antrag/Anlagen/Anlage[2]/Dateiname`.
        holder: what has it: a dataclass instance or a list.
        key: attribute or index there.
        value: its value.
    """

    path: str
    holder: Any
    key: str | int
    value: Any

    def put(self, value: Any) -> None:
        """Give the field another value."""
        if isinstance(self.key, int):
            self.holder[self.key] = value
        else:
            setattr(self.holder, self.key, value)


@dataclass(frozen=True, slots=True)
class Source:
    """A field of the given document and what it leads to.

    Attributes:
        path: of the field.
        value: as text.
        targets: paths and values in the result that depend on it.
    """

    path: str
    value: str
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a mapping does with a document.

    Attributes:
        sources: the fields of the document, in its order.
        constants: paths and values in the result that depend on no field.
        empty: optional fields of the result that have no value.
        left_out: how many fields were not tried.
    """

    sources: tuple[Source, ...]
    constants: tuple[tuple[str, str], ...]
    empty: tuple[str, ...]
    left_out: int


def effects_of(given: Any, function: Callable[[Any], Any]) -> Effects:
    """Run a mapping with each field of a document changed in turn, and tell what that changes.

    Args:
        given: the document; it is changed meanwhile and left as it was.
        function: the mapping, pure.
    """
    whole = function(given)
    values = _values(whole)
    places = list(_places(given))
    sources = tuple(
        Source(place.path, _text(place.value), tuple(_changed(place, given, function, values)))
        for place in places[:MOST]
    )
    reached = {path for one in sources for path, _ in one.targets}
    return Effects(
        sources,
        tuple((path, value) for path, value in values.items() if path not in reached),
        tuple(dict.fromkeys(_empty(whole))),
        max(0, len(places) - MOST),
    )


def _changed(
    place: Place, given: Any, function: Callable[[Any], Any], values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield what changes of a field change in the result."""
    # Only where nothing else shows: another length can move all that follows.
    unlike = [f"{place.value}x", ""] if isinstance(place.value, str) else []
    try:
        found, refused = _differing(place, _others(place.value), given, function, values)
        if not found:
            found, refused_too = _differing(place, unlike, given, function, values)
            refused |= refused_too
    finally:
        place.put(place.value)
    if refused and not found:
        yield REFUSED, ""
    yield from ((path, values.get(path, "")) for path in found)


def _differing(
    place: Place,
    others: Iterable[Any],
    given: Any,
    function: Callable[[Any], Any],
    values: Mapping[str, str],
) -> tuple[list[str], bool]:
    """Return the paths that other values of a field change, and whether one was refused."""
    found: dict[str, None] = {}
    refused = False
    for other in islice(others, MOST_OTHERS):
        place.put(other)
        try:
            now = _values(function(given))
        except (ArithmeticError, AttributeError, HubError, LookupError, TypeError, ValueError):
            refused = True
            continue
        changed = [path for path in values if values[path] != now.get(path)]
        found.update(dict.fromkeys(changed or [path for path in now if path not in values]))
    return list(found), refused


def _others(value: Any) -> Iterator[Any]:
    """Yield values of the same type that look like the given one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, Enum):
        yield from (one for one in type(value) if one is not value)
    elif isinstance(value, int | float | Decimal):
        yield from (value + 1, value - 1)
    elif isinstance(value, XmlDate | XmlDateTime):
        yield type(value).from_datetime(value.to_datetime() + timedelta(days=32))
    elif isinstance(value, XmlTime):
        yield XmlTime((value.hour + 1) % 24, value.minute, value.second)
    elif isinstance(value, bytes):
        yield value + b"\0"
    elif isinstance(value, str):
        yield from _alike(value)


def _alike(text: str) -> Iterator[str]:
    for index in sorted({0, len(text) - 1}) if text else ():
        yield text[:index] + _other_sign(text[index]) + text[index + 1 :]
    yield "".join(_other_sign(sign) for sign in text)


def _other_sign(sign: str) -> str:
    if sign.isdecimal():
        return "1" if sign != "1" else "2"
    return ("x" if sign != "x" else "y") if sign.isalpha() else sign


def _places(value: Any, path: str = "") -> Iterator[Place]:
    """Yield the fields with a value, in document order."""
    path = path or _name(value)
    for name, held, key in _held(value):
        inside = f"{path}/{name}" if name else path
        if isinstance(held, list):
            several = len(held) > 1
            for number, one in enumerate(held):
                place = f"{inside}[{number + 1}]" if several else inside
                yield from _place(Place(place, held, number, one))
        elif held is not None:
            yield from _place(Place(inside, value, key, held))


def _place(place: Place) -> Iterator[Place]:
    if is_dataclass(place.value):
        yield from _places(place.value, place.path)
    elif not isinstance(place.value, dict):
        yield place


def _held(value: Any) -> Iterator[tuple[str, Any, str]]:
    for one in fields(value):
        if one.init:
            attribute = "@" if one.metadata.get("type") == "Attribute" else ""
            text = "type" not in one.metadata and one.name == "value"
            name = "" if text else f"{attribute}{one.metadata.get('name', one.name)}"
            yield name, getattr(value, one.name), one.name


def _values(value: Any) -> dict[str, str]:
    return {place.path: _text(place.value) for place in _places(value)}


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _empty(value: Any, path: str = "") -> Iterator[str]:
    path = path or _name(value)
    for name, held, _ in _held(value):
        if held is None or held == []:
            yield f"{path}/{name}"
        for one in held if isinstance(held, list) else [held]:
            if is_dataclass(one):
                yield from _empty(one, f"{path}/{name}")


def _name(value: Any) -> str:
    meta = getattr(type(value), "Meta", None)
    return str(getattr(meta, "name", None) or type(value).__name__)
