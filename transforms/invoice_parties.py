"""Who takes part in an invoice, as texts for people, and how such texts are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transforms.invoice_words import COUNTRIES, day
from transforms.invoices.model import (
    Address,
    Buyer,
    Contact,
    Delivery,
    Identifier,
    Invoice,
    Payee,
    Seller,
    TaxRepresentative,
)

Row = tuple[str, str]
"""A label and a text."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who takes part: a heading, the lines of a letter's address, and what else is known."""

    heading: str
    lines: Sequence[str]
    rows: Sequence[Row]


def parties_of(invoice: Invoice) -> list[Party]:
    """Return seller, buyer and, where there are any, payee, tax representative and delivery."""
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
        *(("Kennung", identifier(each)) for each in one.identifiers),
        ("Registernummer", identifier(one.legal_registration)),
        ("Elektronische Adresse", identifier(one.electronic_address)),
    ]
    if isinstance(one, Seller):
        rows.append(("Steuernummer", one.tax_registration))
        rows.append(("Rechtliches", one.additional_legal_information))
    return Party(heading, _address(one.name, one.address), filled([*rows, *_contact(one.contact)]))


def _payee(one: Payee) -> Party:
    rows = [("Kennung", identifier(each)) for each in one.identifiers]
    rows.append(("Registernummer", identifier(one.legal_registration)))
    return Party("Zahlungsempfänger", [one.name] if one.name else [], filled(rows))


def _representative(one: TaxRepresentative) -> Party:
    rows = [("USt-IdNr.", one.vat_identifier)]
    return Party("Steuervertretung", _address(one.name, one.address), filled(rows))


def _delivery(one: Delivery) -> Party:
    rows = [("Ausgeführt am", day(one.date)), ("Ort", identifier(one.location))]
    return Party("Lieferung", _address(one.name, one.address), filled(rows))


def _address(name: str, address: Address | None) -> list[str]:
    if address is None:
        return [name] if name else []
    country = COUNTRIES.get(address.country, address.country)
    lines = [
        name,
        address.line_1,
        address.line_2,
        address.line_3,
        joined([address.post_code, address.city], " "),
        address.subdivision,
        country,
    ]
    return [line for line in lines if line]


def _contact(contact: Contact | None) -> list[Row]:
    if contact is None:
        return []
    return [
        ("Kontakt", joined([contact.name, contact.department], ", ")),
        ("Telefon", contact.telephone),
        ("E-Mail", contact.email),
    ]


def identifier(one: Identifier | None) -> str:
    """Return an identifier with its scheme; "" for None."""
    if one is None:
        return ""
    scheme = joined([one.scheme, one.version], ", ")
    return f"{one.value} ({scheme})" if scheme else one.value


def joined(parts: Iterable[str], between: str = " ") -> str:
    """Join what is not empty."""
    return between.join(part for part in parts if part)


def filled(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that have a text."""
    return [(label, text.strip()) for label, text in rows if text.strip()]
