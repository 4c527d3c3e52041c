"""An invoice as texts for people, in German: every business term that it holds, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.errors import DocumentInvalid
from transforms.invoice_parties import Party, Row, filled, identifier, joined, parties_of
from transforms.invoice_words import (
    COUNTRIES,
    MEANS,
    SUBJECTS,
    TAX_POINTS,
    TYPES,
    VAT,
    account,
    amount,
    day,
    meaning,
    percentage,
    quantity,
    terms_of_payment,
)
from transforms.invoices import LeftOut, Reading
from transforms.invoices.model import (
    AllowanceCharge,
    Invoice,
    Item,
    Line,
    PaymentMeans,
    Period,
    SupportingDocument,
)
from transforms.readable import size_of

MOST_LINES = 6_000
"""Lines of an invoice that are laid out, for which Typst takes about 800 MB."""

MOST_PLACES = 50
"""Places of what is not shown that a view names."""


@dataclass(frozen=True, slots=True)
class ReadableLine:
    """A line of the invoice.

    Attributes:
        number: BT-126.
        name: of the item.
        details: what is said of it beside, a sentence each.
        quantity: with its unit.
        price: net, with the quantity that it is for.
        vat: rate or category.
        amount: net.
    """

    number: str
    name: str
    details: Sequence[str]
    quantity: str
    price: str
    vat: str
    amount: str


@dataclass(frozen=True, slots=True)
class ReadableVat:
    """VAT of one category and rate."""

    category: str
    rate: str
    base: str
    tax: str
    reason: str


@dataclass(frozen=True, slots=True)
class Readable:
    """An invoice in German texts; what does not exist is empty.

    Attributes:
        title: such as `Rechnung 2026-17`.
        currency: of all amounts without one.
        parties: seller and buyer first.
        facts: numbers, dates and references.
        notes: headings and texts.
        lines: what is charged.
        adjustments: allowances and charges: what for, rate and base, VAT, amount.
        vat: the breakdown by category and rate.
        totals: what is added up; the last is what is to be paid.
        payment: how and where to.
        documents: what is attached or referred to: name, description, what and where.
        not_shown: where the data say something that is no term of EN 16931.
    """

    title: str
    currency: str
    parties: Sequence[Party]
    facts: Sequence[Row]
    notes: Sequence[Row]
    lines: Sequence[ReadableLine]
    adjustments: Sequence[Sequence[str]]
    vat: Sequence[ReadableVat]
    totals: Sequence[Row]
    payment: Sequence[Row]
    documents: Sequence[Sequence[str]]
    not_shown: Sequence[str]


def readable(reading: Reading, *, where: str) -> Readable:
    """Put an invoice into German texts.

    Args:
        reading: what was read.
        where: what errors call the document.

    Raises:
        DocumentInvalid: it has more lines than anybody reads.
    """
    invoice = reading.invoice
    if len(invoice.lines) > MOST_LINES:
        raise DocumentInvalid(
            f"The invoice has more than {MOST_LINES} lines, which nobody reads",
            where=where,
            remedy="Forward the XML itself, or ask the sender for a summary invoice",
        )
    return Readable(
        title=f"{TYPES.get(invoice.type_code, 'Rechnung')} {invoice.number}".strip(),
        currency=invoice.currency,
        parties=parties_of(invoice),
        facts=filled(_facts(invoice)),
        notes=[(SUBJECTS.get(n.subject_code, n.subject_code), n.text) for n in invoice.notes],
        lines=[_line(one) for one in invoice.lines],
        adjustments=[
            *(_adjustment("Nachlass", one, -1) for one in invoice.allowances),
            *(_adjustment("Zuschlag", one, 1) for one in invoice.charges),
        ],
        vat=[
            ReadableVat(
                category=meaning(one.category, VAT),
                rate=percentage(one.rate),
                base=amount(one.taxable_amount),
                tax=amount(one.tax_amount),
                reason=joined([one.exemption_reason, one.exemption_reason_code], " · "),
            )
            for one in invoice.vat_breakdown
        ],
        totals=filled(_totals(invoice)),
        payment=filled(_payment(invoice)),
        documents=[_document(one) for one in invoice.supporting_documents],
        not_shown=_not_shown(reading.left_out),
    )


def _not_shown(left_out: Sequence[LeftOut]) -> list[str]:
    places = [f"{one.place}, Zeile {one.line}" if one.line else one.place for one in left_out]
    more = len(places) - MOST_PLACES
    return places[:MOST_PLACES] + ([f"und {more} weitere"] if more > 0 else [])


def _facts(invoice: Invoice) -> Iterator[Row]:
    yield "Rechnungsnummer", invoice.number
    yield "Rechnungsdatum", day(invoice.issue_date)
    yield "Art", meaning(invoice.type_code, TYPES)
    yield "Währung", invoice.currency
    yield "Währung der Umsatzsteuer", invoice.accounting_currency
    yield "Leitweg-ID oder Käuferreferenz", invoice.buyer_reference
    yield "Leistungszeitraum", _period(invoice.invoicing_period)
    yield "Fällig am", day(invoice.due_date)
    yield "Steuerlich maßgeblich am", day(invoice.vat_point_date)
    yield "Steuerlich maßgeblich", meaning(invoice.vat_point_date_code, TAX_POINTS)
    yield "Bestellung", invoice.purchase_order_reference
    yield "Auftrag des Verkäufers", invoice.sales_order_reference
    yield "Vertrag", invoice.contract_reference
    yield "Projekt", invoice.project_reference
    yield "Vergabe oder Los", invoice.tender_or_lot_reference
    yield "Wareneingang", invoice.receiving_advice_reference
    yield "Lieferschein", invoice.despatch_advice_reference
    yield "Abgerechnetes Objekt", identifier(invoice.invoiced_object)
    yield "Kontierung beim Käufer", invoice.buyer_accounting_reference
    for one in invoice.preceding_invoices:
        yield "Bezug auf Rechnung", joined([one.number, day(one.issue_date)], " vom ")
    yield "Geschäftsprozess", invoice.business_process
    yield "Spezifikation", invoice.specification


def _line(line: Line) -> ReadableLine:
    vat = percentage(line.vat_rate) if line.vat_category == "S" else ""
    return ReadableLine(
        number=line.identifier,
        name=line.item.name,
        details=[f"{label}: {text}" if label else text for label, text in filled(_details(line))],
        quantity=quantity(line.quantity, line.unit),
        price=_price(line),
        vat=vat or joined([percentage(line.vat_rate), line.vat_category], " "),
        amount=amount(line.net_amount),
    )


def _price(line: Line) -> str:
    price = line.price
    if price.base_quantity is None:
        return amount(price.net)
    if price.base_quantity == 1 and price.base_unit in ("", line.unit):
        return amount(price.net)
    return f"{amount(price.net)} je {quantity(price.base_quantity, price.base_unit)}"


def _details(line: Line) -> Iterator[Row]:
    yield "", line.item.description
    yield "", line.note
    yield "Zeitraum", _period(line.period)
    yield from _of_item(line.item)
    yield "Objekt", identifier(line.object)
    yield "Bestellposition", line.order_line_reference
    yield "Kontierung", line.buyer_accounting_reference
    yield "Bruttopreis", amount(line.price.gross)
    yield "Preisnachlass", amount(line.price.discount)
    for one in line.allowances:
        yield "Nachlass", _in_words(one, -1)
    for one in line.charges:
        yield "Zuschlag", _in_words(one, 1)


def _of_item(item: Item) -> Iterator[Row]:
    yield "Artikelnummer", item.seller_identifier
    yield "Artikelnummer des Käufers", item.buyer_identifier
    yield "Artikelkennung", identifier(item.standard_identifier)
    for one in item.classifications:
        yield "Klassifizierung", identifier(one)
    yield "Herkunft", COUNTRIES.get(item.origin_country, item.origin_country)
    for attribute in item.attributes:
        yield attribute.name, attribute.value


def _adjustment(what: str, one: AllowanceCharge, sign: int) -> list[str]:
    vat = joined([percentage(one.vat_rate), "" if one.vat_category == "S" else one.vat_category])
    return [joined([what, _reason(one)], ": "), _base(one), vat, _signed(one, sign)]


def _in_words(one: AllowanceCharge, sign: int) -> str:
    text = joined([_base(one), _reason(one)], ", ")
    return f"{_signed(one, sign)} ({text})" if text else _signed(one, sign)


def _signed(one: AllowanceCharge, sign: int) -> str:
    return amount(None if one.amount is None else one.amount * sign)


def _reason(one: AllowanceCharge) -> str:
    return (
        f"{one.reason} ({one.reason_code})"
        if one.reason and one.reason_code
        else (one.reason or one.reason_code)
    )


def _base(one: AllowanceCharge) -> str:
    return joined([percentage(one.percentage), amount(one.base_amount)], " von ")


def _totals(invoice: Invoice) -> Iterator[Row]:
    sums, currency = invoice.totals, invoice.currency
    yield "Summe der Positionen", amount(sums.lines, currency)
    yield "Summe der Nachlässe", amount(sums.allowances, currency)
    yield "Summe der Zuschläge", amount(sums.charges, currency)
    yield "Gesamtbetrag ohne Umsatzsteuer", amount(sums.without_vat, currency)
    yield "Umsatzsteuer", amount(sums.vat, currency)
    own = invoice.accounting_currency
    yield f"Umsatzsteuer in {own}", amount(sums.vat_in_accounting_currency, own)
    yield "Gesamtbetrag mit Umsatzsteuer", amount(sums.with_vat, currency)
    yield "Bereits gezahlt", amount(sums.paid, currency)
    yield "Rundung", amount(sums.rounding, currency)
    yield "Zahlbetrag", amount(sums.due, currency)


def _payment(invoice: Invoice) -> Iterator[Row]:
    yield "Zahlungsbedingungen", terms_of_payment(invoice.payment_terms, invoice.currency)
    for means in invoice.payment_means:
        yield from _means(means)
    yield "Verwendungszweck", invoice.remittance_information
    yield "Gläubiger-ID", invoice.creditor_identifier


def _means(means: PaymentMeans) -> Iterator[Row]:
    yield "Zahlungsart", joined([meaning(means.code, MEANS), means.text], ", ")
    if transfer := means.credit_transfer:
        yield "Konto", account(transfer.account)
        yield "Kontoinhaber", transfer.account_name
        yield "BIC", transfer.provider
    if card := means.card:
        yield "Karte", card.number
        yield "Karteninhaber", card.holder
    yield "Mandatsreferenz", means.mandate
    yield "Belastetes Konto", account(means.debited_account)


def _document(one: SupportingDocument) -> list[str]:
    where = [one.location]
    if one.attachment:
        content = one.attachment.content
        # Base64 has four letters for three bytes, and signs at the end for what is missing.
        letters = len(content) - sum(content.count(blank) for blank in " \t\r\n")
        size = letters * 3 // 4 - content[-4:].count("=")
        where += [one.attachment.filename, one.attachment.mime_code, size_of(size)]
    return [one.reference, one.description, joined(where, ", ")]


def _period(period: Period | None) -> str:
    if period is None:
        return ""
    if not period.end:
        return f"ab {day(period.start)}" if period.start else ""
    if not period.start:
        return f"bis {day(period.end)}"
    return f"{day(period.start)} bis {day(period.end)}"
