"""Step `invoice-check`: tell whether a document is a valid e-invoice, and who it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import InvoiceKind, recognise
from transforms.invoice_packs import Pack, load_pack
from transforms.invoice_report import rejection
from transforms.invoice_rules import RuleFinding, Severity, Verdict, check
from transforms.invoice_texts import place_at
from transforms.names import facts_of
from transforms.step import Step, Workbench

LISTED = 20
"""Findings that an error lists."""

BOOKING_AIDS = frozenset({"minimum", "basicwl"})
"""Profiles of Factur-X that hold too little for an invoice (§ 14 UStG; ZUGFeRD 2.3, section 4)."""

Accepted = Literal[
    "xrechnung",
    "en16931",
    "factur-x",
    "zugferd-2",
    "zugferd-1",
    "cius",
    "booking-aid",
    "unknown",
    "pdf",
    "none",
]


class InvoiceCheck(Step):
    """Recognise and validate an e-invoice, and add what routes it and tells it from another.

    Holds the invoice's XML in memory, up to `transforms.read_xml.LIMIT` bytes of it. Facts that it
    adds: `invoice_format` (such as xrechnung-ubl), `invoice_container` (xml or pdf),
    `invoice_verdict` (valid, partly-checked, invalid, rejected or unchecked), `invoice_rules`,
    `invoice_rules_missing`, `invoice_findings` (ids of the rules that it breaks), and where the
    invoice tells them `invoice_number`, `invoice_date`, `seller`, `buyer_reference`, `leitweg_id`,
    `sender_mail`, and, unless it is rejected, `unique`, which no second invoice may have.
    """

    kind: Literal["invoice-check"] = Field(
        default="invoice-check",
        title="Step",
        description="Recognises and validates each e-invoice and finds out who it is for.",
    )
    rules_pack: str = Field(
        default="",
        title="Validator pack",
        description="Directory with the official validator configuration of XRechnung, below the "
        "resources; left empty, only schemas and the rules of EN 16931 and Factur-X are applied.",
        examples=["validator-configuration-xrechnung"],
    )
    accept_formats: list[Accepted] = Field(
        default=["xrechnung", "en16931", "factur-x", "zugferd-2", "cius"],
        min_length=1,
        title="Accepted formats",
        description="An invoice in another format counts as invalid; booking-aid stands for the "
        "profiles MINIMUM and BASIC WL, pdf for a PDF without invoice data, none for whatever is "
        "no invoice.",
    )
    on_invalid_invoice: Literal["refuse", "report", "pass"] = Field(
        default="refuse",
        title="Invalid invoice",
        description="Refuse it as any broken document; or let it go on as rejected, with a German "
        "report to its sender beside it; or let it pass, marked as invalid.",
    )
    rejection_format: Literal["html", "text"] = Field(
        default="html", title="Format of the report", description="Page or plain text."
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document with what was found, and with `report` the report on a rejected one.

        The report has the fact `document` = `rejection`, the invoice `document` = `invoice`.

        Raises:
            DocumentInvalid: it cannot be read, or is invalid and to be refused.
            DefinitionWrong: the validator pack cannot be used.
            StepFailed: its rules cannot be applied.
        """
        pack = self._pack(bench)
        verdict = self._judged(check(recognise(document.path, name=document.name), pack))
        if verdict.errors and self.on_invalid_invoice == "refuse":
            raise _refusal(verdict, document.name)
        facts = {**_facts(verdict), "document": "invoice"}
        if verdict.errors and self.on_invalid_invoice == "report":
            rejected = document.made(document.path, facts={**facts, "invoice_verdict": "rejected"})
            return [rejected, self._report(rejected, verdict, bench)]
        return [document.made(document.path, facts={**facts, **_unique(verdict)})]

    def _pack(self, bench: Workbench) -> Pack | None:
        return load_pack(bench.supplies.resource(self.rules_pack)) if self.rules_pack else None

    def _judged(self, verdict: Verdict) -> Verdict:
        if _accepted_as(verdict.kind) in self.accept_formats:
            return verdict
        text = f"The format {verdict.kind.label} is not accepted"
        finding = RuleFinding("FORMAT", Severity.ERROR, place_at(0), text)
        return replace(verdict, findings=(finding, *verdict.findings))

    def _report(self, invoice: Document, verdict: Verdict, bench: Workbench) -> Document:
        as_html = self.rejection_format == "html"
        stem = facts_of(invoice.name)["stem"]
        name = f"{stem}_Zurueckweisung.{'html' if as_html else 'txt'}"
        path = bench.new(name)
        path.write_bytes(rejection(verdict, invoice.name, as_html=as_html))
        return invoice.made(path, name, {"document": "rejection"})


def _accepted_as(kind: InvoiceKind) -> str:
    return "booking-aid" if kind.profile in BOOKING_AIDS else kind.family.value


def _facts(verdict: Verdict) -> dict[str, str]:
    rules = dict.fromkeys(one.rule for one in verdict.findings if one.severity is Severity.ERROR)
    facts = {
        "invoice_format": verdict.kind.label,
        "invoice_container": verdict.kind.container,
        "invoice_verdict": verdict.word,
        "invoice_rules": "; ".join(verdict.applied),
        "invoice_rules_missing": "; ".join(verdict.missing),
        "invoice_findings": " ".join(rules),
    }
    if header := verdict.header:
        facts |= {
            "invoice_number": header.number,
            "invoice_date": header.date,
            "seller": header.seller,
            "buyer_reference": header.buyer_reference,
            "leitweg_id": header.leitweg_id,
            "sender_mail": header.seller_mail,
        }
    return {key: value for key, value in facts.items() if value}


def _unique(verdict: Verdict) -> dict[str, str]:
    """Return the key; a rejected invoice has none, as it comes again under the same number."""
    return {"unique": verdict.header.key} if verdict.header and verdict.header.key else {}


def _refusal(verdict: Verdict, name: str) -> DocumentInvalid:
    """Name rules and places; the texts of rules can quote the invoice and stay out."""
    errors = [one for one in verdict.findings if one.severity is Severity.ERROR]
    told = [_told(one) for one in errors[:LISTED]]
    if len(errors) > LISTED:
        told.append(f"and {len(errors) - LISTED} more")
    first = errors[0].place.line
    return DocumentInvalid(
        f"The {verdict.kind.label} is no invoice that is accepted: {len(errors)} errors",
        where=f"{name}, line {first}" if first else name,
        remedy=f"Ask the sender to correct it: {'; '.join(told)}",
    )


def _told(finding: RuleFinding) -> str:
    if finding.rule == "XSD":
        return f"line {finding.place.line}: {finding.official}"
    if finding.rule == "FORMAT":
        return finding.official
    where = f" at line {finding.place.line}, {finding.place.path}" if finding.place.path else ""
    return f"{finding.rule}{where}"
