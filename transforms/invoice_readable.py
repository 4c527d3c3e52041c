"""An invoice as texts for people, in German: every business term that it holds, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transforms.errors import DocumentInvalid
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
from transforms.invoices.model import (
    Address,
    AllowanceCharge,
    Buyer,
    Contact,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    Payee,
    PaymentMeans,
    Period,
    Seller,
    SupportingDocument,
    TaxRepresentative,
)
from transforms.readable import size_of

MOST_LINES = 20_000
"""Lines of an invoice that are laid out: about a thousand pages."""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Party:
    """Who takes part: a heading, the lines of a letter's address, and what else is known."""

    heading: str
    lines: Sequence[str]
    rows: Sequence[Row]


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


def readable(invoice: Invoice, *, where: str) -> Readable:
    """Put an invoice into German texts.

    Args:
        invoice: what was read.
        where: what errors call the document.

    Raises:
        DocumentInvalid: it has more lines than anybody reads.
    """
    if len(invoice.lines) > MOST_LINES:
        raise DocumentInvalid(
            f"The invoice has more than {MOST_LINES} lines, which nobody reads",
            where=where,
            remedy="Forward the XML itself, or ask the sender for a summary invoice",
        )
    return Readable(
        title=f"{TYPES.get(invoice.type_code, 'Rechnung')} {invoice.number}".strip(),
        currency=invoice.currency,
        parties=_parties(invoice),
        facts=_filled(_facts(invoice)),
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
                reason=_joined([one.exemption_reason, one.exemption_reason_code], " · "),
            )
            for one in invoice.vat_breakdown
        ],
        totals=_filled(_totals(invoice)),
        payment=_filled(_payment(invoice)),
        documents=[_document(one) for one in invoice.supporting_documents],
    )


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
    yield "Abgerechnetes Objekt", _identifier(invoice.invoiced_object)
    yield "Kontierung beim Käufer", invoice.buyer_accounting_reference
    for one in invoice.preceding_invoices:
        yield "Bezug auf Rechnung", _joined([one.number, day(one.issue_date)], " vom ")
    yield "Geschäftsprozess", invoice.business_process
    yield "Spezifikation", invoice.specification


def _parties(invoice: Invoice) -> list[Party]:
    parties = [_party("Verkäufer", invoice.seller), _party("Käufer", invoice.buyer)]
    if invoice.payee:
        parties.append(_payee(invoice.payee))
    if invoice.tax_representative:
        parties.append(_representative(invoice.tax_representative))
    if invoice.delivery:
        parties.append(_delivery(invoice.delivery))
    return parties


def _party(heading: str, one: Seller | Buyer) -> Party:
    rows: list[Row] = [
        ("Handelsname", one.trading_name),
        ("USt-IdNr.", one.vat_identifier),
        *(("Kennung", _identifier(each)) for each in one.identifiers),
        ("Registernummer", _identifier(one.legal_registration)),
        ("Elektronische Adresse", _identifier(one.electronic_address)),
    ]
    if isinstance(one, Seller):
        rows.append(("Steuernummer", one.tax_registration))
        rows.append(("Rechtliches", one.additional_legal_information))
    return Party(heading, _address(one.name, one.address), _filled([*rows, *_contact(one.contact)]))


def _payee(one: Payee) -> Party:
    rows = [("Kennung", _identifier(each)) for each in one.identifiers]
    rows.append(("Registernummer", _identifier(one.legal_registration)))
    return Party("Zahlungsempfänger", [one.name] if one.name else [], _filled(rows))


def _representative(one: TaxRepresentative) -> Party:
    rows = [("USt-IdNr.", one.vat_identifier)]
    return Party("Steuervertretung", _address(one.name, one.address), _filled(rows))


def _delivery(one: Delivery) -> Party:
    rows = [("Liefer- oder Leistungsdatum", day(one.date)), ("Ort", _identifier(one.location))]
    return Party("Lieferung", _address(one.name, one.address), _filled(rows))


def _address(name: str, address: Address | None) -> list[str]:
    if address is None:
        return [name] if name else []
    country = COUNTRIES.get(address.country, address.country)
    lines = [
        name,
        address.line_1,
        address.line_2,
        address.line_3,
        _joined([address.post_code, address.city], " "),
        address.subdivision,
        country,
    ]
    return [line for line in lines if line]


def _contact(contact: Contact | None) -> list[Row]:
    if contact is None:
        return []
    return [
        ("Kontakt", _joined([contact.name, contact.department], ", ")),
        ("Telefon", contact.telephone),
        ("E-Mail", contact.email),
    ]


def _line(line: Line) -> ReadableLine:
    vat = percentage(line.vat_rate) if line.vat_category == "S" else ""
    return ReadableLine(
        number=line.identifier,
        name=line.item.name,
        details=[f"{label}: {text}" if label else text for label, text in _filled(_details(line))],
        quantity=quantity(line.quantity, line.unit),
        price=_price(line),
        vat=vat or _joined([percentage(line.vat_rate), line.vat_category], " "),
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
    yield "Objekt", _identifier(line.object)
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
    yield "Artikelkennung", _identifier(item.standard_identifier)
    for one in item.classifications:
        yield "Klassifizierung", _identifier(one)
    yield "Herkunft", COUNTRIES.get(item.origin_country, item.origin_country)
    for attribute in item.attributes:
        yield attribute.name, attribute.value


def _adjustment(what: str, one: AllowanceCharge, sign: int) -> list[str]:
    vat = _joined([percentage(one.vat_rate), "" if one.vat_category == "S" else one.vat_category])
    return [_joined([what, _reason(one)], ": "), _base(one), vat, _signed(one, sign)]


def _in_words(one: AllowanceCharge, sign: int) -> str:
    text = _joined([_base(one), _reason(one)], ", ")
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
    return _joined([percentage(one.percentage), amount(one.base_amount)], " von ")


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
    yield "Zahlungsart", _joined([meaning(means.code, MEANS), means.text], ", ")
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
    return [one.reference, one.description, _joined(where, ", ")]


def _identifier(one: Identifier | None) -> str:
    if one is None:
        return ""
    scheme = _joined([one.scheme, one.version], ", ")
    return f"{one.value} ({scheme})" if scheme else one.value


def _period(period: Period | None) -> str:
    if period is None:
        return ""
    if not period.end:
        return f"ab {day(period.start)}" if period.start else ""
    if not period.start:
        return f"bis {day(period.end)}"
    return f"{day(period.start)} bis {day(period.end)}"


def _joined(parts: Iterable[str], between: str = " ") -> str:
    return between.join(part for part in parts if part)


def _filled(rows: Iterable[Row]) -> list[Row]:
    return [(label, text.strip()) for label, text in rows if text.strip()]
