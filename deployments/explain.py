"""Turns what pydantic finds in a definition into findings that an operator can act on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails
from yaml.nodes import ScalarNode

from deployments.findings import Finding
from deployments.yaml_text import Place, YamlText, joined

LAYOUT = {
    "list_type": ("this must be a list", "begin each element on its own line with a dash"),
    "model_type": ("this must have keys of its own", "write them below it, indented"),
    "model_attributes_type": ("this must have keys of its own", "write them below it, indented"),
    "dict_type": ("this must have keys of its own", "write them below it, indented"),
    "bool_type": ("this is neither true nor false", "write true or false"),
    "bool_parsing": ("this is neither true nor false", "write true or false"),
    "int_type": ("this is no whole number", "write digits only"),
    "int_parsing": ("this is no whole number", "write digits only"),
    "int_from_float": ("this is no whole number", "write digits only"),
    "float_type": ("this is no number", "write a number such as 10 or 0.5"),
    "float_parsing": ("this is no number", "write a number such as 10 or 0.5"),
    "too_short": ("the list is empty", "write at least one element"),
    "string_too_short": ("the text is empty", "write at least one character"),
}


def explain(error: ErrorDetails, text: YamlText, schema: dict[str, Any]) -> Finding:
    """Say where in the file an error lies, what is wrong, and how to mend it.

    Args:
        error: one of `ValidationError.errors()`.
        text: the file that was validated.
        schema: JSON schema of the model it was validated with.
    """
    location = error["loc"]
    kind = error["type"]
    place = text.place((*location, "kind") if kind == "union_tag_invalid" else location)
    if kind == "missing":
        field, what, remedy = joined(place.field, str(location[-1])), *_missing(location, schema)
    elif kind == "extra_forbidden":
        field, what, remedy = place.field, *_unknown(location, schema)
    elif kind in {"enum", "literal_error"}:
        field, what, remedy = place.field, *_not_among(error)
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        field, what, remedy = place.field, *_no_such_kind(error, location, schema)
    elif kind == "string_type":
        field, what, remedy = place.field, *_no_text(place)
    elif kind == "value_error":
        what, _, remedy = str(error["ctx"]["error"]).partition("; ")
        field = place.field
    else:
        field, what, remedy = place.field, *LAYOUT.get(kind, (_lower(error["msg"]), ""))
    return Finding(text.path, place.line, field, what, remedy)


def _missing(location: Sequence[str | int], schema: dict[str, Any]) -> tuple[str, str]:
    meaning = str(_schema_at(location, schema).get("description", "")).rstrip(".")
    name = str(location[-1])
    return "the key is missing", f"add `{name}:`" + (f" ({meaning})" if meaning else "")


def _unknown(location: Sequence[str | int], schema: dict[str, Any]) -> tuple[str, str]:
    known = list(_schema_at(location[:-1], schema).get("properties", {}))
    hint = _closest(str(location[-1]), known)
    return "there is no such key here", hint or f"the keys here are {', '.join(known)}"


def _not_among(error: ErrorDetails) -> tuple[str, str]:
    allowed = _quoted(error["ctx"]["expected"])
    hint = _closest(str(error["input"]), allowed)
    return f"{error['input']!r} is not allowed here", hint or f"write {' or '.join(allowed)}"


def _no_such_kind(
    error: ErrorDetails, location: Sequence[str | int], schema: dict[str, Any]
) -> tuple[str, str]:
    known = sorted(_schema_at(location, schema).get("discriminator", {}).get("mapping", {}))
    if error["type"] == "union_tag_not_found":
        return "the key `kind` is missing", f"add it; the kinds are {', '.join(known)}"
    tag = str(error["ctx"]["tag"])
    hint = _closest(tag, known)
    return f"there is no kind {tag!r}", hint or f"the kinds are {', '.join(known)}"


def _no_text(place: Place) -> tuple[str, str]:
    node = place.node
    if not isinstance(node, ScalarNode):
        return "this must be a text", "write it on the line of its key, without dashes or keys"
    if not node.value:
        return "there is no text behind the colon", 'write "" for an empty one, or drop the key'
    what = f"{node.value} without quotes is no text to YAML"
    return what, f'put it in quotes: "{node.value}"'


def _closest(word: str, known: Sequence[str]) -> str:
    """Return a suggestion, or "" if nothing known resembles the word."""
    by_case = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_case, n=1, cutoff=0.6)
    return f"did you mean {by_case[found[0]]}?" if found else ""


def _quoted(expected: str) -> list[str]:
    """Return the values of pydantic's `'FLAT', 'DEEP' or 'ALL'`."""
    return [part for part in expected.split("'")[1::2] if part]


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].replace("Input", "the value")


def _schema_at(location: Sequence[str | int], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow keys, indexes and names of union members through a JSON schema; {} if it ends."""
    node = schema
    for part in location:
        node = _resolved(node, schema)
        kinds = node.get("discriminator", {}).get("mapping", {})
        if isinstance(part, int):
            node = node.get("items", {})
        elif part in kinds:
            node = {"$ref": kinds[part]}
        else:
            node = node.get("properties", {}).get(part, {})
    return {**_resolved(node, schema), **node}


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = schema.get("$defs", {}).get(name, node)
    return found
