"""The few facts of an invoice that route it and tell it from another: who, which, when, for whom.

Sources: EN 16931-1 (BT-1, BT-2, BT-10, BT-27 to BT-32, BT-43), EN 16931-3-2 (UBL), -3-3 (CII);
for the Leitweg-ID its format specification 2.0.2 of KoSIT.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lxml import etree
from stdnum.de import leitweg
from stdnum.exceptions import ValidationError

from transforms.invoice_kinds import Syntax

LEITWEG = re.compile(r"\d{2,12}(-[A-Z0-9]{0,30})?-\d{2}", re.ASCII | re.IGNORECASE)
MAIL = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+\.[^@\s<>,;:\"().]+")
CII_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)

UBL_NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
CII_NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
ZUGFERD_1_NAMES = {
    "rsm": "urn:ferd:CrossIndustryDocument:invoice:1p0",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15",
}

UBL_PARTY = "cac:AccountingSupplierParty/cac:Party"
UBL_PATHS = {
    "number": ("cbc:ID",),
    "date": ("cbc:IssueDate",),
    "buyer_reference": ("cbc:BuyerReference",),
    "name": (
        f"{UBL_PARTY}/cac:PartyLegalEntity/cbc:RegistrationName",
        f"{UBL_PARTY}/cac:PartyName/cbc:Name",
    ),
    "vat": (f"{UBL_PARTY}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",),
    "tax": (f"{UBL_PARTY}/cac:PartyTaxScheme/cbc:CompanyID",),
    "register": (
        f"{UBL_PARTY}/cac:PartyLegalEntity/cbc:CompanyID",
        f"{UBL_PARTY}/cac:PartyIdentification/cbc:ID",
    ),
    "mail": (f"{UBL_PARTY}/cac:Contact/cbc:ElectronicMail",),
}
CII_AGREEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
ZUGFERD_1_AGREEMENT = (
    "rsm:SpecifiedSupplyChainTradeTransaction/ram:ApplicableSupplyChainTradeAgreement"
)


def _cii_paths(document: str, agreement: str) -> dict[str, tuple[str, ...]]:
    seller = f"{agreement}/ram:SellerTradeParty"
    return {
        "number": (f"{document}/ram:ID",),
        "date": (f"{document}/ram:IssueDateTime/udt:DateTimeString",),
        "buyer_reference": (f"{agreement}/ram:BuyerReference",),
        "name": (f"{seller}/ram:Name",),
        "vat": (f"{seller}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']",),
        "tax": (f"{seller}/ram:SpecifiedTaxRegistration/ram:ID",),
        "register": (
            f"{seller}/ram:SpecifiedLegalOrganization/ram:ID",
            f"{seller}/ram:GlobalID",
            f"{seller}/ram:ID",
        ),
        "mail": (f"{seller}/ram:DefinedTradeContact/ram:EmailURIUniversalCommunication/ram:URIID",),
    }


PATHS: Mapping[Syntax, Mapping[str, tuple[str, ...]]] = {
    Syntax.UBL: UBL_PATHS,
    Syntax.UBL_CREDIT_NOTE: UBL_PATHS,
    Syntax.CII: _cii_paths("rsm:ExchangedDocument", CII_AGREEMENT),
    Syntax.ZUGFERD_1: _cii_paths("rsm:HeaderExchangedDocument", ZUGFERD_1_AGREEMENT),
}
NAMES: Mapping[Syntax, Mapping[str, str]] = {
    Syntax.UBL: UBL_NAMES,
    Syntax.UBL_CREDIT_NOTE: UBL_NAMES,
    Syntax.CII: CII_NAMES,
    Syntax.ZUGFERD_1: ZUGFERD_1_NAMES,
}


@dataclass(frozen=True, slots=True)
class InvoiceHeader:
    """Who sent which invoice when, and to whom.

    Attributes:
        number: BT-1.
        date: BT-2 in ISO 8601; "" if it is missing or no date.
        seller: BT-27.
        seller_id: VAT identifier (BT-31), else tax number (BT-32), else register or other
            identifier (BT-30, BT-29); "" if there is none.
        buyer_reference: BT-10.
        seller_mail: BT-43 if it can be an address; "" otherwise.
    """

    number: str
    date: str
    seller: str
    seller_id: str
    buyer_reference: str
    seller_mail: str

    @property
    def leitweg_id(self) -> str:
        """The buyer reference if it has the form of a Leitweg-ID; "" otherwise."""
        return self.buyer_reference if LEITWEG.fullmatch(self.buyer_reference) else ""

    @property
    def leitweg_id_doubtful(self) -> bool:
        """Whether the check digits of the Leitweg-ID are wrong; some in use are."""
        if not self.leitweg_id:
            return False
        try:
            leitweg.validate(self.leitweg_id)
        except ValidationError:
            return True
        return False

    @property
    def key(self) -> str:
        """What no second invoice may have: seller, number and date; "" if one is unknown.

        § 14 (4) no. 4 UStG: a seller gives each number once. A VAT identifier is compared
        without blanks and in capitals, a name without regard to case and number of blanks.
        """
        seller = re.sub(r"\s+", "", self.seller_id).upper() or self.seller.casefold()
        parts = [seller, self.number, self.date]
        if not all(parts):
            return ""
        return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)


def header_of(root: etree._Element, syntax: Syntax) -> InvoiceHeader:
    """Read the header of an invoice, valid or not; what is missing is empty."""
    names = NAMES[syntax]
    found = {key: _first(root, paths, names) for key, paths in PATHS[syntax].items()}
    mail = found["mail"]
    return InvoiceHeader(
        number=found["number"],
        date=_iso(found["date"]),
        seller=found["name"],
        seller_id=found["vat"] or found["tax"] or found["register"],
        buyer_reference=found["buyer_reference"],
        seller_mail=mail if MAIL.fullmatch(mail) else "",
    )


def _first(root: etree._Element, paths: tuple[str, ...], names: Mapping[str, str]) -> str:
    for path in paths:
        text = str(root.xpath(f"normalize-space({path})", namespaces=dict(names)))
        if text:
            return text
    return ""


def _iso(text: str) -> str:
    if compact := CII_DATE.fullmatch(text[:8]):
        text = "-".join(compact.groups())
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""
