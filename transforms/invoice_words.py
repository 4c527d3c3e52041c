"""What the codes of an invoice mean in German, and how German offices write its figures."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

TYPES = {
    "71": "Zahlungsaufforderung",
    "80": "Belastungsanzeige",
    "81": "Gutschriftsanzeige",
    "82": "Rechnung über gemessene Leistungen",
    "84": "Belastungsanzeige",
    "102": "Steueranmeldung",
    "130": "Rechnungsdatenblatt",
    "218": "Schlusszahlungsanforderung",
    "261": "Gutschrift (Selbstfakturierung)",
    "262": "Sammelgutschrift",
    "325": "Proforma-Rechnung",
    "326": "Teilrechnung",
    "380": "Rechnung",
    "381": "Gutschrift",
    "383": "Belastungsanzeige",
    "384": "Rechnungskorrektur",
    "386": "Vorauszahlungsrechnung",
    "388": "Steuerrechnung",
    "389": "Selbst ausgestellte Rechnung (Gutschrift)",
    "393": "Factoring-Rechnung",
    "395": "Konsignationsrechnung",
    "396": "Factoring-Gutschrift",
    "623": "Speditionsrechnung",
    "751": "Rechnungsinformation für Buchungszwecke",
    "875": "Abschlagsrechnung (Bau)",
    "876": "Teilschlussrechnung (Bau)",
    "877": "Schlussrechnung (Bau)",
}
"""UNTDID 1001, as far as EN 16931 allows it."""

VAT = {
    "AE": "Umkehr der Steuerschuldnerschaft",
    "E": "steuerbefreit",
    "G": "Ausfuhr, steuerfrei",
    "K": "innergemeinschaftliche Lieferung",
    "L": "IGIC (Kanarische Inseln)",
    "M": "IPSI (Ceuta, Melilla)",
    "O": "nicht steuerbar",
    "S": "Umsatzsteuer",
    "Z": "Nullsatz",
}
"""UNTDID 5305."""

MEANS = {
    "1": "nicht festgelegt",
    "10": "bar",
    "20": "Scheck",
    "30": "Überweisung",
    "31": "Lastschrift",
    "42": "Zahlung auf Bankkonto",
    "48": "Kartenzahlung",
    "49": "Lastschrift",
    "54": "Kreditkarte",
    "55": "Debitkarte",
    "57": "Dauerauftrag",
    "58": "SEPA-Überweisung",
    "59": "SEPA-Lastschrift",
    "68": "Online-Zahlungsdienst",
    "97": "Verrechnung",
    "ZZZ": "nach Vereinbarung",
}
"""UNTDID 4461."""

UNITS = {
    "ANN": "Jahr",
    "C62": "Stück",
    "CMT": "cm",
    "DAY": "Tag",
    "EA": "Stück",
    "GRM": "g",
    "H87": "Stück",
    "HAR": "ha",
    "HUR": "Std.",
    "KGM": "kg",
    "KMT": "km",
    "KWH": "kWh",
    "KWT": "kW",
    "LS": "pauschal",
    "LTR": "l",
    "MIN": "Min.",
    "MMT": "mm",
    "MON": "Monat",
    "MTK": "m²",
    "MTQ": "m³",
    "MTR": "m",
    "MWH": "MWh",
    "NAR": "Stück",
    "NPR": "Paar",
    "P1": "%",
    "PR": "Paar",
    "QAN": "Quartal",
    "SEC": "s",
    "SET": "Satz",
    "TNE": "t",
    "WEE": "Woche",
    "XBX": "Karton",
    "XPK": "Packung",
    "XPP": "Stück",
}
"""UN/ECE Recommendation 20 and 21; what is missing is shown as its code."""

SUBJECTS = {
    "AAI": "Allgemeines",
    "AAJ": "Zusätzliche Bedingungen",
    "AAK": "Preisbedingungen",
    "ABL": "Rechtliche Angaben",
    "CUS": "Zoll",
    "PMT": "Zahlung",
    "REG": "Registerangaben",
    "SUR": "Anmerkung des Verkäufers",
    "TXD": "Steuerliche Angaben",
}
"""UNTDID 4451."""

TAX_POINTS = {"3": "Rechnungsdatum", "35": "Lieferdatum", "432": "Zahlungsdatum"}
"""UNTDID 2005, as far as EN 16931 allows it."""

COUNTRIES = {
    "AT": "Österreich",
    "BE": "Belgien",
    "CH": "Schweiz",
    "CZ": "Tschechien",
    "DE": "Deutschland",
    "DK": "Dänemark",
    "ES": "Spanien",
    "FR": "Frankreich",
    "GB": "Vereinigtes Königreich",
    "IT": "Italien",
    "LU": "Luxemburg",
    "NL": "Niederlande",
    "PL": "Polen",
    "SE": "Schweden",
    "US": "Vereinigte Staaten",
}
"""ISO 3166-1; what is missing is shown as its code."""

DISCOUNT = re.compile(
    r"#SKONTO#TAGE=(\d+)#PROZENT=(\d+(?:\.\d+)?)(?:#BASISBETRAG=(-?\d+(?:\.\d+)?))?#", re.ASCII
)
INTEREST = re.compile(
    r"#VERZUG#TAGE=(\d+)#PROZENT=(\d+(?:\.\d+)?)(?:#BASISBETRAG=(-?\d+(?:\.\d+)?))?#", re.ASCII
)
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def amount(number: Decimal | None, currency: str = "") -> str:
    """Return an amount such as `1.234,50 EUR`, with all of its digits and at least two; "" for None."""
    if number is None:
        return ""
    text = _with_digits(number, at_least=2)
    return f"{text} {currency}" if currency else text


def quantity(number: Decimal | None, unit: str = "") -> str:
    """Return a quantity such as `2,5 Std.`; "" for None."""
    if number is None:
        return ""
    text = _with_digits(number, at_least=0)
    return f"{text} {UNITS.get(unit, unit)}".strip()


def percentage(number: Decimal | None) -> str:
    """Return a rate such as `7 %`; "" for None."""
    return "" if number is None else f"{_with_digits(number, at_least=0)} %"


def day(value: date | None) -> str:
    """Return a date such as `23.11.2026`; "" for None."""
    return "" if value is None else f"{value:%d.%m.%Y}"


def meaning(code: str, words: dict[str, str]) -> str:
    """Return what a code means and the code behind it; the code alone where that is not known."""
    return f"{words[code]} ({code})" if code in words else code


def account(number: str) -> str:
    """Return an IBAN in groups of four (ISO 13616), any other account as it stands."""
    plain = number.replace(" ", "")
    if not IBAN.fullmatch(plain):
        return number
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def terms_of_payment(text: str, currency: str) -> str:
    """Return terms of payment in which the coded discounts are sentences (XRechnung, BR-DE-18)."""
    text = DISCOUNT.sub(lambda found: _discount(found, currency), text)
    return INTEREST.sub(lambda found: _interest(found, currency), text).strip()


def _discount(found: re.Match[str], currency: str) -> str:
    days, percent, base = found.groups()
    of_base = f" auf {amount(Decimal(base), currency)}" if base else ""
    rate = percentage(Decimal(percent))
    return f"{rate} Skonto{of_base} bei Zahlung innerhalb von {days} Tagen"


def _interest(found: re.Match[str], currency: str) -> str:
    days, percent, base = found.groups()
    of_base = f" auf {amount(Decimal(base), currency)}" if base else ""
    return f"{percentage(Decimal(percent))} Verzugszinsen{of_base} nach {days} Tagen"


def _with_digits(number: Decimal, at_least: int) -> str:
    sign, digits, _ = number.as_tuple()
    whole, _, fraction = f"{abs(number):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(at_least, "0")
    grouped = f"{int(whole or 0):,}".replace(",", ".")
    minus = "-" if sign and any(digits) else ""
    return f"{minus}{grouped},{fraction}" if fraction else f"{minus}{grouped}"
