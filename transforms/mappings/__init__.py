"""Mappings between XML formats: plain functions between dataclasses; `MAPPINGS` is the one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, TypeVar

from transforms.mappings.antrag_to_fachverfahren import antrag_to_fachverfahren
from transforms.schemas import antrag, fachverfahren

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


ANTRAG = Format(antrag.Antrag, SCHEMAS / "antrag-1.xsd", {None: "urn:de:govmanager:antrag:1"})
FACHVERFAHREN = Format(
    fachverfahren.Import,
    SCHEMAS / "fachverfahren-import-1.xsd",
    {None: "urn:de:govmanager:fachverfahren-import:1"},
)

MAPPINGS: Mapping[str, XmlMapping[Any, Any]] = {
    mapping.name: mapping
    for mapping in (
        XmlMapping("antrag-to-fachverfahren", ANTRAG, FACHVERFAHREN, antrag_to_fachverfahren),
    )
}
