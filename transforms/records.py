"""Flat records of dataclasses, for mappings to formats that know no nesting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any


def fields_of(value: Any) -> dict[str, str]:
    """Return the values of a dataclass, of xsdata or any other, by their paths.

    Names are those of the XML, where the dataclass knows them: `Antragsteller/Nachname`,
    `Onlinedienst/@version`, `Anlagen/Anlage[2]/Dateiname`. What is None is left out.

    Args:
        value: an instance of a dataclass.

    Raises:
        TypeError: it is none, or holds bytes, of which it is not known how to write them.
    """
    if not is_dataclass(value) or isinstance(value, type):
        message = f"{type(value).__name__} is no dataclass"
        raise TypeError(message)
    return dict(_leaves(value, ""))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), _below(path, field.metadata, field.name))
    elif isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        for number, one in enumerate(value, start=1):
            yield from _leaves(one, f"{path}[{number}]" if len(value) > 1 else path)
    else:
        yield path or ".", _text(value)


def _below(path: str, metadata: Any, name: str) -> str:
    kind = metadata.get("type")
    # xsdata calls the text of an element with attributes so, without a type.
    if kind == "Text" or (kind is None and name == "value"):
        return path
    name = metadata.get("name", name)
    step = f"@{name}" if kind == "Attribute" else name
    return f"{path}/{step}" if path else step


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        message = "bytes are no text; encode them in the mapping"
        raise TypeError(message)
    if isinstance(value, Enum):
        return _text(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value)
