"""Schematron rules, compiled to XSLT 2.0 by their makers, run by Saxon: locked down, kept warm.

One processor serves the process, since each takes tens of megabytes, and threads take turns with
it, since Saxon holds Python's lock while it works. It can neither read nor write a file, an
address or the environment, nor read a document type declaration. It is given only what
`transforms.read_xml` has accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor, PyXdmNode, PyXsltExecutable

from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.read_xml import read_xml, read_xml_bytes

FEATURE = "http://saxon.sf.net/feature/"
NO_DTD = (
    f"{FEATURE}parserFeature?uri=http://apache.org/xml/features/disallow-doctype-decl",
    "true",
)
NO_FILES = (f"{FEATURE}allowedProtocols", "")
# Beside extension functions this disables xsl:result-document, which writes files whatever the
# protocols, and environment-variable().
NO_OUTSIDE = (f"{FEATURE}allow-external-functions", "false")

SVRL = "{http://purl.oclc.org/dsdl/svrl}"

ATTACHED = "{*}EmbeddedDocumentBinaryObject", "{*}AttachmentBinaryObject"
LONG = 4096
"""Characters of an attachment from which on the rules see only its beginning: they judge what
stands beside it, and Saxon would hold all of it several times over."""

NAMED = re.compile(r"\[([\w.\-]+)\]\s*-?\s*")
"""How most rules begin their text."""

CODES = re.compile(r"document\('([\w.\-]+_codedb\.xml)'\)")
"""How the rules of Factur-X reach the code lists that lie beside them."""

Stylesheet: TypeAlias = PyXsltExecutable
"""A stylesheet ready to run."""

_turn = Lock()


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that an invoice breaks.

    Attributes:
        rule: its id, such as `BR-CO-15`.
        level: as its makers have it: `fatal`, `error`, `warning`, `information`; "" is an error.
        location: XPath of the element, as the rules' compiler writes it.
        text: its sentence, in the language of its makers; may quote the invoice.
    """

    rule: str
    level: str
    location: str
    text: str


class Tree:
    """An invoice as Saxon holds it, so that several sets of rules share the work."""

    def __init__(self, root: etree._Element, name: str) -> None:
        """Hand an accepted document over.

        Args:
            root: what `transforms.read_xml` has accepted.
            name: what errors call it.

        Raises:
            DocumentInvalid: it is deeper, or has more attributes or longer names, than Saxon's
                parser takes: 100 levels, 200 attributes of an element, 1000 characters.
        """
        text = _written(root)
        with _turn:
            try:
                self._node: PyXdmNode = _processor().parse_xml(xml_text=text)
            except PySaxonApiError:
                # Not chained: what Saxon says can repeat values of the invoice.
                raise DocumentInvalid(
                    "The XML is nested too deeply, or has too many attributes or too long names",
                    where=name,
                    remedy="Ask the sender to make it with another program",
                ) from None

    def hits(self, rules: Path) -> list[Hit]:
        """Return which rules of a compiled Schematron the invoice breaks, in document order.

        Raises:
            DefinitionWrong: the rules cannot be compiled.
            StepFailed: the rules fail over the document.
        """
        answer = self.transformed(_ready(rules), rules.name)
        report = read_xml_bytes(answer.encode(), name=f"report of {rules.name}")
        return [
            Hit(
                rule=one.get("id") or _named(_text(one))[0],
                level=one.get("flag") or one.get("role") or "",
                location=one.get("location", ""),
                text=_named(_text(one))[1],
            )
            for one in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report")
        ]

    def transformed(self, stylesheet: Stylesheet, name: str) -> str:
        """Return what a compiled stylesheet makes of the invoice.

        Raises:
            StepFailed: it fails.
        """
        with _turn:
            try:
                return str(stylesheet.transform_to_string(xdm_node=self._node))
            except PySaxonApiError as error:
                # Not chained: what Saxon says can repeat values of the invoice.
                code = re.search(r"\b[A-Z]{4}\d{4}\b", str(error))
                raise StepFailed(
                    f"The rules stop with {code.group() if code else 'an error'}",
                    where=name,
                    remedy="Install the rules again, or another edition of them",
                ) from None


def compiled_text(stylesheet: str, name: str) -> Stylesheet:
    """Compile a stylesheet that includes no other file.

    Raises:
        DefinitionWrong: it is no such stylesheet.
    """
    with _turn:
        try:
            compiler = _processor().new_xslt30_processor()
            compiled = compiler.compile_stylesheet(stylesheet_text=stylesheet)
            # A message of a stylesheet can repeat the invoice, and would go to standard error.
            compiled.set_save_xsl_message(False)
        except PySaxonApiError as error:
            raise DefinitionWrong(
                "The rules cannot be compiled",
                where=name,
                remedy="Install the rules again; they must be XSLT that includes no other file",
            ) from error
        return compiled


@cache
def _processor() -> PySaxonProcessor:
    processor = PySaxonProcessor(license=False)
    for name, value in (NO_DTD, NO_FILES, NO_OUTSIDE):
        processor.set_configuration_property(name, value)
    return processor


def _ready(rules: Path) -> Stylesheet:
    """Return compiled rules, compiled once for each state of the file."""
    try:
        state = rules.stat()
        return _compiled(rules, state.st_mtime_ns, state.st_size)
    except (OSError, DocumentInvalid) as error:
        raise DefinitionWrong(
            "The rules cannot be read", where=rules.name, remedy="Install the rules again"
        ) from error


@lru_cache(maxsize=32)
def _compiled(rules: Path, changed: int, size: int) -> Stylesheet:
    del changed, size
    stylesheet = _lean(rules)
    lists = sorted(set(CODES.findall(stylesheet)))
    compiled = compiled_text(_taking_codes(stylesheet, lists), rules.name)
    for number, name in enumerate(lists):
        codes = etree.tostring(read_xml(rules.with_name(name)), encoding="unicode")
        with _turn:
            compiled.set_parameter(f"codes-{number}", _processor().parse_xml(xml_text=codes))
    return compiled


def _lean(rules: Path) -> str:
    """Return a stylesheet that reports no rules that were merely tried: a third of the time."""
    root = read_xml(rules)
    for tried in list(root.iter(f"{SVRL}fired-rule")):
        parent = tried.getparent()
        if parent is not None:
            parent.remove(tried)
    return etree.tostring(root, encoding="unicode")


def _taking_codes(stylesheet: str, lists: Sequence[str]) -> str:
    """Make a stylesheet take as parameters the code lists that it would read from files."""
    for number, name in enumerate(lists):
        parameter = f'<xsl:param name="codes-{number}"/>'
        stylesheet = stylesheet.replace(f"document('{name}')", f"$codes-{number}")
        stylesheet = re.sub(r"(?=</xsl:(stylesheet|transform)>\s*$)", parameter, stylesheet)
    return stylesheet


def _written(root: etree._Element) -> str:
    """Return a document as text with long attachments cut short; the tree stays as it is."""
    texts = [(one, one.text or "") for one in root.iter(*ATTACHED) if _long(one)]
    try:
        for one, text in texts:
            one.text = text[:LONG]
        return etree.tostring(root, encoding="unicode")
    finally:
        for one, text in texts:
            one.text = text


def _long(element: etree._Element) -> bool:
    return len(element.text or "") > LONG


def _text(element: etree._Element) -> str:
    words = " ".join("".join(one.itertext()) for one in element.iter(f"{SVRL}text"))
    return re.sub(r"\s+", " ", words).strip()


def _named(text: str) -> tuple[str, str]:
    """Split a sentence such as `[BR-02]-An Invoice shall …` into the rule's id and the rest."""
    found = NAMED.match(text)
    return (found.group(1), text[found.end() :]) if found else ("", text)
