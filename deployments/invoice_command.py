"""`govmanager invoice check`: whether files are valid e-invoices, outside of any transfer."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from transforms.errors import DocumentInvalid, HubError
from transforms.invoice_kinds import recognise
from transforms.invoice_packs import Pack, load_pack
from transforms.invoice_report import SEVERITIES, german_format, german_place
from transforms.invoice_rules import RuleFinding, Severity, Verdict
from transforms.invoice_rules import check as check_invoice

FINDINGS = 1
"""Exit code if a file is no invoice, or one that breaks its rules."""
UNREADABLE = 2
"""Exit code if a file cannot be read."""

STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "dim"}

app = App(name="invoice", help="E-invoices: XRechnung, ZUGFeRD, Factur-X.")
out = Console()


@dataclass(frozen=True, slots=True)
class _Checked:
    file: Path
    verdict: Verdict | None = None
    error: str = ""

    @property
    def word(self) -> str:
        return self.verdict.word if self.verdict else "unreadable"

    @property
    def code(self) -> int:
        codes = {"unreadable": UNREADABLE, "invalid": FINDINGS, "unchecked": FINDINGS}
        return codes.get(self.word, 0)


@app.command
def check(
    *files: Path,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    pack: Path | None = None,
) -> None:
    """Tell format, verdict and findings of invoices; needs no server.

    Ends with 0 if all are valid, with 1 if one breaks its rules or is no invoice, with 2 if one
    cannot be read.

    Args:
        files: XML or PDF files.
        as_json: Print JSON instead of tables.
        pack: Directory with the official validator configuration of XRechnung; without it only
            schemas and the rules of EN 16931 and Factur-X are applied.
    """
    rules = load_pack(pack) if pack else None
    checked = [_checked(file, rules) for file in files]
    if as_json:
        answer = json.dumps([_as_json(one) for one in checked], ensure_ascii=False, indent=2)
        sys.stdout.write(f"{answer}\n")
    else:
        for one in checked:
            _show(one)
    code = max((one.code for one in checked), default=UNREADABLE)
    if code:
        raise SystemExit(code)


def _checked(file: Path, pack: Pack | None) -> _Checked:
    try:
        return _Checked(file, check_invoice(recognise(file), pack))
    except (DocumentInvalid, OSError) as error:
        told = f"{error.what}. {error.remedy}." if isinstance(error, HubError) else error.strerror
        return _Checked(file, error=told or "cannot be read")


def _as_json(one: _Checked) -> dict[str, Any]:
    if one.verdict is None:
        return {"file": str(one.file), "verdict": one.word, "error": one.error, "findings": []}
    return {
        "file": str(one.file),
        "format": one.verdict.kind.label,
        "container": one.verdict.kind.container,
        "verdict": one.word,
        "rules": list(one.verdict.applied),
        "rules_missing": list(one.verdict.missing),
        "findings": [_finding_as_json(finding) for finding in one.verdict.findings],
    }


def _finding_as_json(finding: RuleFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "line": finding.place.line,
        "path": finding.place.path,
        "place": german_place(finding),
        "text": finding.german.text,
        "mend": finding.german.mend,
        "official": finding.official,
    }


def _show(one: _Checked) -> None:
    out.print(f"[bold]{escape(str(one.file))}[/bold]: {one.word}", highlight=False)
    if one.verdict is None:
        out.print(f"    {escape(one.error)}", highlight=False)
        return
    out.print(f"    Format: {escape(german_format(one.verdict))}", highlight=False)
    for title, rules in (("Geprüft", one.verdict.applied), ("Fehlt", one.verdict.missing)):
        if rules:
            out.print(f"    {title}: {escape('; '.join(rules))}", highlight=False)
    if one.verdict.findings:
        out.print(_table(one.verdict))


def _table(verdict: Verdict) -> Table:
    table = Table("Regel", "Schwere", "Stelle", "Was ist falsch", "Was ist zu tun")
    for one in verdict.findings:
        german = one.german
        cells = (one.rule, SEVERITIES[one.severity], german_place(one), german.text, german.mend)
        table.add_row(*map(escape, cells), style=STYLES[one.severity])
    return table
