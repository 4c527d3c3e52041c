"""What findings of rules say to those who have to mend an invoice: in German, with the place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

TEXTS = Path(__file__).with_name("invoice_rules_de.toml")

STEP = re.compile(r"/((?:[^/\[{]|\{[^}]*\}|\[(?:'[^']*'|\"[^\"]*\"|[^\]'\"])*\])+)")
"""One step of a location; a slash within quotes, brackets or braces does not end it."""
VAT_RULE = re.compile(r"BR-([A-Z]{1,2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding in German.

    Attributes:
        text: what is wrong.
        mend: what to do about it.
    """

    text: str
    mend: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an invoice something is.

    Attributes:
        line: of the XML; 0 if it is not known.
        path: local names with positions, such as `Invoice/InvoiceLine[3]/Item`.
        words: the same in German, such as `Rechnung, 3. Position, Artikel`.
    """

    line: int
    path: str
    words: str


def explain(rule: str, official: str) -> Explanation:
    """Return what a rule means, in German; its official text in a German frame if none is known.

    Args:
        rule: id of the rule.
        official: what its makers say, in whatever language.
    """
    known = _explained(rule)
    if known is not None:
        return known
    text = official.rstrip(". ")
    return Explanation(
        f"Die Regel {rule or 'ohne Namen'} ist verletzt. Ihr amtlicher Wortlaut: {text}.",
        "Berichtigen Sie die Angabe nach dem Wortlaut der Regel.",
    )


def has_own_text(rule: str) -> bool:
    """Tell whether `explain` has words of its own for a rule."""
    return _explained(rule) is not None


@cache
def _explained(rule: str) -> Explanation | None:
    texts = _texts()
    if rule in texts["rules"]:
        return Explanation(*texts["rules"][rule])
    if of_vat := VAT_RULE.fullmatch(rule):
        category = texts["vat"]["categories"].get(of_vat.group(1))
        words = texts["vat"]["rules"].get(of_vat.group(2))
        if category and words:
            return Explanation(words[0].format(category), words[1])
    for pattern in texts["patterns"]:
        if re.fullmatch(pattern["id"], rule):
            return Explanation(pattern["text"], pattern["mend"])
    return None


def place_of(root: etree._Element, location: str) -> Place:
    """Return where a location of a Schematron report leads to.

    Args:
        root: the invoice.
        location: an XPath as compilers of Schematron write it: `/*:A[namespace-uri()='…'][1]`
            (ISO skeleton), `/Q{…}A[1]` (SchXslt), `/*[local-name()='A'][1]` or `/p:A[1]`.
    """
    steps = list(_steps(location))
    element, names, words = root, [], []
    for number, (name, position) in enumerate(steps):
        alike = [element] if number == 0 else list(element.iterchildren(f"{{*}}{name}"))
        if not name.startswith("@") and len(alike) >= position:
            element = alike[position - 1]
        names.append(f"{name}[{position}]" if len(alike) > 1 else name)
        words.append(_word(name, position if len(alike) > 1 else 0))
    return Place(element.sourceline or 0, "/".join(names), ", ".join(words))


def place_at(line: int) -> Place:
    """Return a place of which only the line is known."""
    return Place(line, "", "")


def _word(name: str, position: int) -> str:
    word: str = _texts()["places"].get(name, name)
    return f"{position}. {word}" if position else word


def _steps(location: str) -> Iterator[tuple[str, int]]:
    for step in STEP.findall(location):
        named = re.search(r"local-name\(\)\s*=\s*['\"]([^'\"]+)", step) or re.match(
            r"(@?)(?:Q\{[^}]*\}|[\w.\-*]+:)?([\w.\-]+)", step
        )
        position = re.search(r"\[(\d+)\]", step)
        if named:
            yield "".join(named.groups()), int(position.group(1)) if position else 1


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))
