"""The terms of an invoice one by one, and the way between its dataclasses and plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from transforms.invoices.binding import Values
from transforms.invoices.model import Group, Identifier, Invoice

T = TypeVar("T")


class Term(NamedTuple):
    """One business term of an invoice.

    Attributes:
        number: such as `BT-131`; "" for what only a syntax demands.
        place: fields from the invoice, such as `lines[0].net_amount`.
        value: as text; dates as YYYY-MM-DD.
    """

    number: str
    place: str
    value: str


class _Field(NamedTuple):
    name: str
    kind: type | None
    many: bool
    term: str
    terms: dict[str, str]


_KNOWN: dict[type, tuple[_Field, ...]] = {}


def _fields(kind: type) -> tuple[_Field, ...]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind, include_extras=True)
        names = [one.name for one in dataclasses.fields(kind)]
        _KNOWN[kind] = tuple(_field(name, hints[name]) for name in names)
    return _KNOWN[kind]


def _field(name: str, hint: Any) -> _Field:
    term, terms = "", {}
    if get_origin(hint) is Annotated:
        hint, mark = get_args(hint)
        term = mark.number if isinstance(mark, Group) else mark
        terms = mark.terms if isinstance(mark, Group) else {}
    many = get_origin(hint) is tuple
    options = get_args(hint) if many or isinstance(hint, UnionType) else (hint,)
    kind = next((one for one in options if dataclasses.is_dataclass(one)), None)
    return _Field(name, kind if isinstance(kind, type) else None, many, term, terms)


def key_of(term: Term) -> tuple[str, str, str]:
    """Return what makes two terms the same wherever their group has them."""
    if not term.number:
        return term.place, "", term.value
    return term.number, term.place.rpartition(".")[0], term.value


def built(kind: type[T], values: Values) -> T:
    """Make a dataclass of the model of what was read."""
    given: Values = {}
    for one in _fields(kind):
        value = values.get(one.name)
        if value is None or value == {}:
            continue
        if one.kind is None:
            given[one.name] = value
        elif one.many:
            given[one.name] = tuple(built(one.kind, inner) for inner in value)
        else:
            given[one.name] = built(one.kind, value)
    return kind(**given)


def values_of(group: Any) -> Values:
    """Return the values of a dataclass of the model, without what is absent."""
    values: Values = {}
    for one in _fields(type(group)):
        value = getattr(group, one.name)
        if value is None or value in ("", ()):
            continue
        if one.kind is None:
            values[one.name] = value
        elif one.many:
            values[one.name] = [values_of(inner) for inner in value]
        else:
            values[one.name] = values_of(value)
    return values


def terms_of(invoice: Invoice) -> list[Term]:
    """Return every business term of an invoice, in the order of the model.

    Identifiers, which have no order, are not numbered in the places.
    """
    return list(_terms(invoice, "", {}))


def _terms(group: Any, place: str, terms: dict[str, str]) -> Iterator[Term]:
    for one in _fields(type(group)):
        value = getattr(group, one.name)
        if value is None or value in ("", ()):
            continue
        where = f"{place}{one.name}"
        term = one.term or terms.get(one.name, "")
        if one.kind is Identifier:
            for inner in value if one.many else (value,):
                yield Term(term, where, _told(inner))
        elif one.kind is None:
            yield Term(term, where, value.isoformat() if isinstance(value, date) else str(value))
        elif not one.many:
            yield from _terms(value, f"{where}.", one.terms or _whole(one, term))
        else:
            for index, inner in enumerate(value):
                yield from _terms(inner, f"{where}[{index}].", one.terms)


def _whole(one: _Field, term: str) -> dict[str, str]:
    """Return the number of a term that consists of several fields, such as BT-125, for each."""
    return (
        {}
        if one.kind is None or term.startswith("BG")
        else dict.fromkeys((inner.name for inner in _fields(one.kind)), term)
    )


def _told(one: Identifier) -> str:
    return " ".join(part for part in (one.value, one.scheme, one.version) if part)
