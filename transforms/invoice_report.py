"""The report to the sender of an invoice that was not accepted: in German, as HTML or as text."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.html import builder, tostring

from transforms.invoice_rules import OWN, RuleFinding, Severity, Verdict

TITLE = "Ihre Rechnung konnte nicht angenommen werden"
REQUEST = (
    "Ihre Rechnung hält die Regeln nicht ein, nach denen sie verarbeitet wird. Sie wurde deshalb "
    "nicht angenommen und nicht weitergegeben. Bitte berichtigen Sie, was unten steht, und senden "
    "Sie die Rechnung erneut; ihre Nummer kann dieselbe bleiben."
)
SEVERITIES = {
    Severity.ERROR: "Fehler",
    Severity.WARNING: "Warnung",
    Severity.INFORMATION: "Hinweis",
}
HEAD = ("Regel", "Schwere", "Stelle", "Was ist falsch", "Was ist zu tun", "Wortlaut der Regel")
STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#1a1a1a}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{border:1px solid #999;padding:.4em .6em;text-align:left;vertical-align:top}"
    "th{background:#eee}"
)

FORMATS = {
    "xrechnung": "XRechnung",
    "en16931": "EN 16931",
    "factur-x": "Factur-X / ZUGFeRD",
    "zugferd-2": "ZUGFeRD 2.0",
    "zugferd-1": "ZUGFeRD 1",
    "cius": "EN 16931 mit eigenen Regeln (CIUS)",
    "unknown": "Rechnung ohne bekannten Standard",
    "pdf": "PDF ohne Rechnungsdaten",
    "none": "keine Rechnung",
}


def german_place(finding: RuleFinding) -> str:
    """Return where a finding is, such as `Zeile 12: Rechnung, 3. Position`."""
    line = f"Zeile {finding.place.line}" if finding.place.line else ""
    return ": ".join(part for part in (line, finding.place.words) if part) or "ganze Rechnung"


def german_format(verdict: Verdict) -> str:
    """Return the format of an invoice, such as `XRechnung (xrechnung-ubl)`."""
    where = ", im PDF" if verdict.kind.hybrid else ""
    return f"{FORMATS[verdict.kind.family]} ({verdict.kind.label}{where})"


def rejection(verdict: Verdict, name: str, *, as_html: bool) -> bytes:
    """Write the report, in UTF-8.

    Args:
        verdict: what came of checking the invoice.
        name: its file name.
        as_html: a page; otherwise plain text.
    """
    return _html(verdict, name) if as_html else _text(verdict, name).encode()


def _facts(verdict: Verdict, name: str) -> list[tuple[str, str]]:
    header = verdict.header
    facts = [
        ("Rechnungsnummer", header.number if header else ""),
        ("Rechnungsdatum", ".".join(reversed(header.date.split("-"))) if header else ""),
        ("Verkäufer", header.seller if header else ""),
        ("Käuferreferenz", header.buyer_reference if header else ""),
        ("Datei", name),
        ("Format", german_format(verdict)),
        ("Geprüft nach", "; ".join(verdict.applied)),
        ("Nicht geprüft nach", "; ".join(verdict.missing)),
    ]
    return [(title, _plain(value)) for title, value in facts if value]


def _cells(finding: RuleFinding) -> Sequence[str]:
    german = finding.german
    cells = (
        finding.rule,
        SEVERITIES[finding.severity],
        german_place(finding),
        german.text,
        german.mend,
        "" if finding.rule in OWN else finding.official,
    )
    return [_plain(cell) for cell in cells]


def _html(verdict: Verdict, name: str) -> bytes:
    facts = [
        builder.TR(builder.TH(title), builder.TD(value)) for title, value in _facts(verdict, name)
    ]
    head = builder.TR(*[builder.TH(title) for title in HEAD])
    rows = [builder.TR(*[builder.TD(cell) for cell in _cells(one)]) for one in verdict.findings]
    page = builder.HTML(
        builder.HEAD(builder.META(charset="utf-8"), builder.TITLE(TITLE), builder.STYLE(STYLE)),
        builder.BODY(
            builder.H1(TITLE),
            builder.P(REQUEST),
            builder.TABLE(*facts),
            builder.TABLE(head, *rows),
        ),
        lang="de",
    )
    etree.indent(page)
    return bytes(tostring(page, encoding="utf-8", doctype="<!DOCTYPE html>")) + b"\n"


def _text(verdict: Verdict, name: str) -> str:
    lines = [TITLE, "", REQUEST, ""]
    lines += [f"{title}: {value}" for title, value in _facts(verdict, name)]
    for number, finding in enumerate(verdict.findings, 1):
        rule, severity, place, text, mend, official = _cells(finding)
        lines += [
            "",
            f"{number}. {severity}: {text}",
            f"   Stelle: {place}",
            f"   Was ist zu tun: {mend}",
            f"   Regel: {rule}{': ' if official else ''}{official}",
        ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return a text without what HTML cannot hold and without line breaks."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
