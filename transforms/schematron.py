"""Schematron (ISO/IEC 19757-3): rules of a schema's makers or of an operator, and what breaks them.

Rules compiled to XSLT, which report in SVRL, are run by Saxon; the source of rules in XSLT 1.0 is
compiled by lxml's own compiler. Both are locked down: they read nothing but the document. Before
they run, what would quote the document is taken out of their sentences, since findings end up in
logs, mails and on screens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree, isoschematron

from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.invoice_saxon import Tree, compiled_text
from transforms.read_xml import read_schema, read_xml_bytes

XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}"
QUOTING = tuple(f"{XSL}{word}" for word in ("value-of", "copy-of", "apply-templates", "for-each"))
"""What makes a sentence repeat the document."""
READING = re.compile(
    r"\b(document|doc|doc-available|unparsed-text[a-z-]*|json-doc|(uri-)?collection)\s*\("
)
"""Functions that read files. They could not; but where one stands in a pattern, its failure counts
as no match (XSLT 3.0, section 5.5.4), and the rule would let everything pass without a word."""
WARNINGS = ("warning", "warn", "information", "info", "hint")

Report = Callable[[etree._Element, str], etree._Element]  # noqa: SLF001 - lxml's only name.


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a document breaks.

    Attributes:
        rule: its id, or its test where it has none.
        warning: whether its makers call it less than an error.
        place: names of the elements that lead there, such as `Antrag/Kopf[2]/AGS`.
        text: its sentence, with … where it would quote the document.
    """

    rule: str
    warning: bool
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.place}" + (f": {self.text}" if self.text else "")


def broken_rules(root: etree._Element, document: str, rules: Path, name: str) -> list[Broken]:
    """Return which rules a document breaks, in document order.

    Args:
        root: an accepted document.
        document: what errors call it.
        rules: Schematron compiled to XSLT, or its source with the query binding of XSLT 1.0.
        name: what errors call the rules.

    Raises:
        DocumentInvalid: the document is deeper than Saxon reads.
        DefinitionWrong: the rules cannot be used.
        StepFailed: they fail over the document.
    """
    if not rules.is_file():
        raise _unfit(name, "are no file", "Correct the name in the step")
    state = rules.stat()
    report = _ready(rules, name, state.st_mtime_ns, state.st_size)(root, document)
    return [_broken(one) for one in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report")]


@lru_cache(maxsize=32)
def _ready(rules: Path, name: str, changed: int, size: int) -> Report:
    del changed, size
    try:
        root = read_schema(rules)
    except (DocumentInvalid, OSError) as error:
        raise _unfit(name, f"cannot be read: {error}", "Install the rules again") from error
    if any(READING.search(value) for one in root.iter("*") for value in one.attrib.values()):
        raise _unfit(name, "read other files, which they may not", "Write into them what they need")
    if root.tag == f"{SCHEMATRON}schema":
        return _by_lxml(root, name)
    if root.tag not in (f"{XSL}stylesheet", f"{XSL}transform"):
        raise _unfit(name, "are neither Schematron nor XSLT", "Name a .xsl or .sch file")
    return _by_saxon(root, name)


def _by_saxon(root: etree._Element, name: str) -> Report:
    compiled = compiled_text(etree.tostring(_unquoting(root), encoding="unicode"), name)

    def report(root: etree._Element, document: str) -> etree._Element:
        answer = Tree(root, document).transformed(compiled, name)
        return read_xml_bytes(answer.encode(), name=f"report of {name}")

    return report


def _by_lxml(root: etree._Element, name: str) -> Report:
    binding = root.get("queryBinding", "xslt").lower()
    if binding not in ("xslt", "xslt1"):
        raise _unfit(
            name,
            f"have the query binding {binding}, for which no compiler is at hand",
            "Compile them to XSLT once, with SchXslt or the ISO Schematron skeleton for XSLT 2 "
            "(iso_svrl_for_xslt2.xsl), and name the result",
        )
    if next(root.iter(f"{SCHEMATRON}include"), None) is not None:
        raise _unfit(name, "include other files", "Write all rules into one file")
    try:
        made = isoschematron.Schematron(root, include=False, store_xslt=True)
        compiled: Any = made.validator_xslt
        sheet = _unquoting(compiled.getroot())
        transform = etree.XSLT(sheet, access_control=etree.XSLTAccessControl.DENY_ALL)
    except (etree.SchematronParseError, etree.XSLTParseError, etree.XSLTApplyError) as error:
        raise _unfit(name, f"cannot be compiled: {error}", "Correct the rules") from error

    def report(root: etree._Element, document: str) -> etree._Element:
        del document
        try:
            return transform(root).getroot()
        except etree.XSLTApplyError:
            # Not chained: what libxslt says can repeat values of the document.
            raise StepFailed(
                "The rules fail over the document", where=name, remedy="Correct the rules"
            ) from None

    return report


def _unquoting(sheet: etree._Element) -> etree._Element:
    """Take out of the sentences of compiled rules what would repeat the document."""
    for text in sheet.iter(f"{SVRL}text", f"{SVRL}diagnostic-reference"):
        for quoting in list(text.iter(*QUOTING)):
            parent = quoting.getparent()
            if parent is not None and text in (quoting, *quoting.iterancestors()):
                said = etree.Element(f"{XSL}text")
                said.text, said.tail = "…", quoting.tail
                parent.replace(quoting, said)
    return sheet


def _broken(one: etree._Element) -> Broken:
    level = (one.get("role") or one.get("flag") or "").lower()
    words = " ".join("".join(text.itertext()) for text in one.iter(f"{SVRL}text"))
    return Broken(
        rule=one.get("id") or one.get("test") or "a rule without a name",
        warning=level in WARNINGS,
        place=_place(one.get("location", "")),
        text=" ".join(words.split()),
    )


def _place(location: str) -> str:
    """Return a location of SVRL as names, without namespaces and needless numbers."""
    plain = re.sub(r"\[namespace-uri\(\)\s*=\s*(?:'[^']*'|\"[^\"]*\")\]", "", location)
    plain = re.sub(r"\*\[local-name\(\)\s*=\s*['\"]([^'\"]*)['\"](?: and [^\]]*)?\]", r"\1", plain)
    plain = re.sub(r"Q\{[^}]*\}|\*:|[\w.\-]+:(?=[\w])|\[1\]", "", plain)
    return plain.strip("/") or "the root"


def _unfit(name: str, what: str, remedy: str) -> DefinitionWrong:
    return DefinitionWrong(f"The rules {what}", where=name, remedy=remedy)
