"""JSON from outside, read without losing anything, and JSON written with exact numbers.

RFC 8259 leaves open what a reader makes of keys that are there twice, of huge numbers and of deep
nesting; libraries keep the last key, round the number or crash. All of it is refused here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from transforms.errors import DocumentInvalid

LIMIT = 32 * 1024 * 1024
"""Bytes a document may have. It is held in memory as a whole, and takes up to 25 times its size
there."""
DEEPEST = 100
"""Levels of objects and arrays."""
DIGITS = 40
"""Digits that a number may have before and after its point, written without an exponent."""

NUMBER = re.compile(r"([+-]?)0*(\d+)(?:\.(\d+))?", re.ASCII)


class Number(str):
    """A number, as XML Schema's decimal writes it."""

    __slots__ = ()


Value = None | bool | str | Number | list["Value"] | dict[str, "Value"]


def number(text: str) -> Number:
    """Return a decimal of XML as JSON writes it: without a plus and leading zeros.

    Raises:
        ValueError: it is none.
    """
    found = NUMBER.fullmatch(text)
    if found is None:
        message = "is no number"
        raise ValueError(message)
    minus = "-" if found[1] == "-" else ""
    return Number(minus + found[2] + (f".{found[3]}" if found[3] else ""))


def parsed(text: str, where: str) -> Value:
    """Read JSON.

    Args:
        text: one JSON value.
        where: what errors call the place.

    Raises:
        DocumentInvalid: it is no JSON, has a key twice, NaN, a number of more than `DIGITS`
            digits or half a surrogate pair, or is nested deeper than `DEEPEST`.
    """
    try:
        value: Value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_constant,
        )
        _check(value, 1)
    except json.JSONDecodeError as error:
        # Not chained: the error holds the document.
        raise _invalid(
            f"The text is no JSON: {error.msg}", f"{where}, line {error.lineno}"
        ) from None
    except RecursionError:
        raise _invalid(f"JSON is nested deeper than {DEEPEST} levels", where) from None
    except _Doubtful as error:
        raise _invalid(str(error), where) from None
    return value


def rendered(value: Value, indent: str | None = None) -> str:
    """Write JSON; numbers are written as they are.

    Args:
        value: what to write.
        indent: what each line of a level begins with; None for all in one line.
    """
    if isinstance(value, Number):
        return str(value)
    inner = None if indent is None else f"{indent}  "
    if isinstance(value, Mapping):
        pairs = [
            f"{json.dumps(k, ensure_ascii=False)}: {rendered(v, inner)}" for k, v in value.items()
        ]
        return _joined(pairs, "{}", indent)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _joined([rendered(one, inner) for one in value], "[]", indent)
    return json.dumps(value, ensure_ascii=False)


def _joined(parts: Sequence[str], brackets: str, indent: str | None) -> str:
    if not parts:
        return brackets
    if indent is None:
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"
    inside = ",".join(f"\n{indent}  {part}" for part in parts)
    return f"{brackets[0]}{inside}\n{indent}{brackets[1]}"


class _Doubtful(Exception):
    """JSON that readers understand differently."""


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Doubtful("An object of JSON has a key twice")
    return made


def _number(text: str) -> Number:
    if len(text) > DIGITS + DIGITS:
        raise _Doubtful(f"A number has more than {DIGITS} digits")
    value = Decimal(text)
    if not value:
        value = abs(value) if -DIGITS <= int(value.as_tuple().exponent) <= 0 else Decimal(0)
    elif not -DIGITS <= value.adjusted() < DIGITS:
        raise _Doubtful(f"A number has more than {DIGITS} digits")
    return Number(format(value, "f"))


def _constant(name: str) -> Value:
    raise _Doubtful(f"{name} is no number of JSON")


def _check(value: Value, depth: int) -> None:
    if depth > DEEPEST:
        raise _Doubtful(f"JSON is nested deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        for key, one in value.items():
            _check(key, depth)
            _check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    elif isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Doubtful("A text has half a surrogate pair") from None


def _invalid(what: str, where: str) -> DocumentInvalid:
    return DocumentInvalid(what, where=where, remedy="Ask the sender to correct it")
