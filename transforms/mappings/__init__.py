"""Mappings between XML formats: plain functions between dataclasses; `MAPPINGS` is the one list.

Mappings of an office's own, outside this package, are found by the entry point group
`govmanager.mappings`; `all_mappings` has both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from transforms.mapping import SCHEMAS, Format, XmlMapping
from transforms.mappings.antrag_to_fachverfahren import antrag_to_fachverfahren
from transforms.own import own_mappings
from transforms.schemas import antrag, fachverfahren

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


@cache
def all_mappings() -> Mapping[str, XmlMapping[Any, Any]]:
    """Return the mappings of this package and those of others, by name.

    Raises:
        DefinitionWrong: one from outside cannot be loaded, or has a name that is taken.
    """
    return {**MAPPINGS, **own_mappings(MAPPINGS)}
