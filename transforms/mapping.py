"""What a mapping between two XML formats is: two formats and a plain function between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, TypeVar

from transforms.errors import StepFailed

SCHEMAS = Path(str(files("transforms.schemas")))
"""Directory of the XSD files, installed with the package."""

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Format(Generic[T]):
    """An XML format: the dataclass of its root element, its schema, its prefixes for writing."""

    kind: type[T]
    schema: Path
    ns_map: Mapping[str | None, str]


@dataclass(frozen=True, slots=True)
class XmlMapping(Generic[S, T]):
    """One way from a format to another.

    Attributes:
        name: what definitions call it, in lower case with dashes.
        source: the format that is read and validated.
        target: the format that is written and validated.
        function: pure; every document that satisfies the source's schema must become one that
            satisfies the target's, with nothing left out.
    """

    name: str
    source: Format[S]
    target: Format[T]
    function: Callable[[S], T]


class FieldOpen(StepFailed):
    """A mapping that is not finished came to a field that nobody has mapped yet."""


def open_field(given: object, path: str) -> Any:
    """Stand where a mandatory field has no expression yet; fits every type.

    Args:
        given: what the field is to be made of; not looked at.
        path: the field, such as `Person/Geburtsdatum`.

    Raises:
        FieldOpen: always, so that no document goes out with a value that nobody chose.
    """
    del given
    raise FieldOpen(
        f"The mapping leaves the mandatory field {path} open",
        where=path,
        remedy="Write in the mapping where its value comes from",
    )
