"""The invoice of EN 16931-1: its business terms (BT) and groups of terms (BG) as dataclasses.

A field is named after its term in English, and its annotation carries the term's number:
`Annotated[str, "BT-1"]`. Where one class serves several groups, such as the address, the numbers
stand in the annotation of the group (`Group`). `terms.terms_of` lists what an invoice holds.

What a document does not hold is "", None or (). A group that is always there has no None.
Amounts have no currency of their own: they are in `Invoice.currency` (BT-5), and only
`Totals.vat_in_accounting_currency` (BT-111) is in `Invoice.accounting_currency` (BT-6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

DECIMAL = re.compile(r"[ \t\r\n]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")


class Number(Decimal):
    """An amount, a price, a quantity or a percentage that is written as it was written.

    It compares and calculates as a `Decimal`; `str` gives the text of the document, such as
    `10.00` or `100.`.
    """

    text: str

    def __new__(cls, text: str) -> Self:
        """Read a decimal of XML Schema.

        Raises:
            ValueError: the text is no number (XML Schema Part 2, 3.2.3).
        """
        if not DECIMAL.fullmatch(text):
            message = "this is no decimal of XML Schema"
            raise ValueError(message)
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        """Return what the document says."""
        return self.text

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        """Survive pickling with the text."""
        return type(self), (self.text,)


class Group:
    """The number of a group, and those of its terms where its class serves several groups."""

    def __init__(self, number: str, **terms: str) -> None:
        """Keep them.

        Args:
            number: such as `BG-5`.
            terms: numbers by the fields of the class, such as `city="BT-37"`.
        """
        self.number = number
        self.terms = terms


def _address(number: str, first: int, third_line: str) -> Group:
    names = ("line_1", "line_2", "city", "post_code", "subdivision", "country")
    terms = {name: f"BT-{first + index}" for index, name in enumerate(names)}
    return Group(number, **terms, line_3=third_line)


def _allowance(number: str, first: int) -> Group:
    amounts = ("amount", "base_amount", "percentage")
    vat = ("vat_category", "vat_rate")
    of_invoice = number in ("BG-20", "BG-21")
    names = (*amounts, *(vat if of_invoice else ()), "reason", "reason_code")
    return Group(number, **{name: f"BT-{first + index}" for index, name in enumerate(names)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier and the scheme that issued it.

    Attributes:
        value: the identifier.
        scheme: its identification scheme, such as `0204` (ISO/IEC 6523 ICD); "" if not given.
        version: of the scheme; only item classifications have it.
    """

    value: str = ""
    scheme: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark on the invoice as a whole."""

    subject_code: Annotated[str, "BT-21"] = ""
    text: Annotated[str, "BT-22"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingInvoice:
    """An invoice that this one corrects or settles."""

    number: Annotated[str, "BT-25"] = ""
    issue_date: Annotated[date | None, "BT-26"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address."""

    line_1: str = ""
    line_2: str = ""
    line_3: str = ""
    city: str = ""
    post_code: str = ""
    subdivision: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to ask.

    Attributes:
        name: the contact point, a person or whatever the document calls it.
        department: the contact point where CII calls it a department.
        telephone: as written.
        email: as written.
    """

    name: str = ""
    department: str = ""
    telephone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who asks for the money.

    Attributes:
        tax_scheme: what UBL calls the tax of `tax_registration`; no term, and unknown to CII.
    """

    name: Annotated[str, "BT-27"] = ""
    trading_name: Annotated[str, "BT-28"] = ""
    identifiers: Annotated[tuple[Identifier, ...], "BT-29"] = ()
    legal_registration: Annotated[Identifier | None, "BT-30"] = None
    vat_identifier: Annotated[str, "BT-31"] = ""
    tax_registration: Annotated[str, "BT-32"] = ""
    tax_scheme: str = ""
    additional_legal_information: Annotated[str, "BT-33"] = ""
    electronic_address: Annotated[Identifier | None, "BT-34"] = None
    address: Annotated[Address | None, _address("BG-5", 35, "BT-162")] = None
    contact: Annotated[
        Contact | None,
        Group("BG-6", name="BT-41", department="BT-41", telephone="BT-42", email="BT-43"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who is to pay.

    Attributes:
        tax_registration: beside the VAT identifier; no term, but both syntaxes have it.
        tax_scheme: as for the seller.
    """

    name: Annotated[str, "BT-44"] = ""
    trading_name: Annotated[str, "BT-45"] = ""
    identifiers: Annotated[tuple[Identifier, ...], "BT-46"] = ()
    legal_registration: Annotated[Identifier | None, "BT-47"] = None
    vat_identifier: Annotated[str, "BT-48"] = ""
    tax_registration: str = ""
    tax_scheme: str = ""
    electronic_address: Annotated[Identifier | None, "BT-49"] = None
    address: Annotated[Address | None, _address("BG-8", 50, "BT-163")] = None
    contact: Annotated[
        Contact | None,
        Group("BG-9", name="BT-56", department="BT-56", telephone="BT-57", email="BT-58"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who gets the money, if it is not the seller."""

    name: Annotated[str, "BT-59"] = ""
    identifiers: Annotated[tuple[Identifier, ...], "BT-60"] = ()
    legal_registration: Annotated[Identifier | None, "BT-61"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRepresentative:
    """Who pays the seller's VAT for him."""

    name: Annotated[str, "BT-62"] = ""
    vat_identifier: Annotated[str, "BT-63"] = ""
    address: Annotated[Address | None, _address("BG-12", 64, "BT-164")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where and when it was delivered."""

    name: Annotated[str, "BT-70"] = ""
    location: Annotated[Identifier | None, "BT-71"] = None
    date: Annotated[date | None, "BT-72"] = None
    address: Annotated[Address | None, _address("BG-15", 75, "BT-165")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the first to the last day, both included."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """An account to pay to."""

    account: Annotated[str, "BT-84"] = ""
    account_name: Annotated[str, "BT-85"] = ""
    provider: Annotated[str, "BT-86"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCard:
    """The card that was paid with; its number has four to six digits.

    Attributes:
        network: UBL demands it; no term, and unknown to CII.
    """

    number: Annotated[str, "BT-87"] = ""
    holder: Annotated[str, "BT-88"] = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMeans:
    """One way to pay. Both syntaxes repeat BG-16 for every account, and so does this model.

    Attributes:
        code: UNTDID 4461, such as `58` for a SEPA credit transfer.
        text: the same in words.
        credit_transfer: where to pay to.
        card: what was paid with.
        mandate: reference of the direct debit mandate.
        debited_account: what it will be taken from.
    """

    code: Annotated[str, "BT-81"] = ""
    text: Annotated[str, "BT-82"] = ""
    credit_transfer: Annotated[CreditTransfer | None, Group("BG-17")] = None
    card: Annotated[PaymentCard | None, Group("BG-18")] = None
    mandate: Annotated[str, "BT-89"] = ""
    debited_account: Annotated[str, "BT-91"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceCharge:
    """What is taken off or added, on the invoice or on a line; lines have no VAT here."""

    amount: Number | None = None
    base_amount: Number | None = None
    percentage: Number | None = None
    vat_category: str = ""
    vat_rate: Number | None = None
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of the invoice."""

    lines: Annotated[Number | None, "BT-106"] = None
    allowances: Annotated[Number | None, "BT-107"] = None
    charges: Annotated[Number | None, "BT-108"] = None
    without_vat: Annotated[Number | None, "BT-109"] = None
    vat: Annotated[Number | None, "BT-110"] = None
    vat_in_accounting_currency: Annotated[Number | None, "BT-111"] = None
    with_vat: Annotated[Number | None, "BT-112"] = None
    paid: Annotated[Number | None, "BT-113"] = None
    rounding: Annotated[Number | None, "BT-114"] = None
    due: Annotated[Number | None, "BT-115"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatBreakdown:
    """The VAT of one category and rate."""

    taxable_amount: Annotated[Number | None, "BT-116"] = None
    tax_amount: Annotated[Number | None, "BT-117"] = None
    category: Annotated[str, "BT-118"] = ""
    rate: Annotated[Number | None, "BT-119"] = None
    exemption_reason: Annotated[str, "BT-120"] = ""
    exemption_reason_code: Annotated[str, "BT-121"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside the invoice.

    Attributes:
        content: Base64, as written.
        mime_code: such as `application/pdf`.
        filename: as the sender calls it; hostile like every name from outside.
    """

    content: str = field(default="", repr=False)
    mime_code: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportingDocument:
    """What proves or explains the invoice, attached or elsewhere."""

    reference: Annotated[str, "BT-122"] = ""
    description: Annotated[str, "BT-123"] = ""
    location: Annotated[str, "BT-124"] = ""
    attachment: Annotated[Attachment | None, "BT-125"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one base quantity of an item costs.

    Attributes:
        gross_base_quantity: that of the gross price, which only CII tells from the net one's.
        gross_base_unit: likewise.
    """

    net: Annotated[Number | None, "BT-146"] = None
    discount: Annotated[Number | None, "BT-147"] = None
    gross: Annotated[Number | None, "BT-148"] = None
    base_quantity: Annotated[Number | None, "BT-149"] = None
    base_unit: Annotated[str, "BT-150"] = ""
    gross_base_quantity: Annotated[Number | None, "BT-149"] = None
    gross_base_unit: Annotated[str, "BT-150"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAttribute:
    """A property of an item, such as its colour."""

    name: Annotated[str, "BT-160"] = ""
    value: Annotated[str, "BT-161"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The good or service of a line."""

    name: Annotated[str, "BT-153"] = ""
    description: Annotated[str, "BT-154"] = ""
    seller_identifier: Annotated[str, "BT-155"] = ""
    buyer_identifier: Annotated[str, "BT-156"] = ""
    standard_identifier: Annotated[Identifier | None, "BT-157"] = None
    classifications: Annotated[tuple[Identifier, ...], "BT-158"] = ()
    origin_country: Annotated[str, "BT-159"] = ""
    attributes: Annotated[tuple[ItemAttribute, ...], Group("BG-32")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the invoice.

    Attributes:
        vat_exemption_reason: no term, but both syntaxes have it.
    """

    identifier: Annotated[str, "BT-126"] = ""
    note: Annotated[str, "BT-127"] = ""
    object: Annotated[Identifier | None, "BT-128"] = None
    quantity: Annotated[Number | None, "BT-129"] = None
    unit: Annotated[str, "BT-130"] = ""
    net_amount: Annotated[Number | None, "BT-131"] = None
    order_line_reference: Annotated[str, "BT-132"] = ""
    buyer_accounting_reference: Annotated[str, "BT-133"] = ""
    period: Annotated[Period | None, Group("BG-26", start="BT-134", end="BT-135")] = None
    allowances: Annotated[tuple[AllowanceCharge, ...], _allowance("BG-27", 136)] = ()
    charges: Annotated[tuple[AllowanceCharge, ...], _allowance("BG-28", 141)] = ()
    price: Annotated[Price, Group("BG-29")] = Price()
    vat_category: Annotated[str, "BT-151"] = ""
    vat_rate: Annotated[Number | None, "BT-152"] = None
    vat_exemption_reason: str = ""
    item: Annotated[Item, Group("BG-31")] = Item()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice or a credit note; `type_code` (UNTDID 1001) tells which."""

    number: Annotated[str, "BT-1"] = ""
    issue_date: Annotated[date | None, "BT-2"] = None
    type_code: Annotated[str, "BT-3"] = ""
    currency: Annotated[str, "BT-5"] = ""
    accounting_currency: Annotated[str, "BT-6"] = ""
    vat_point_date: Annotated[date | None, "BT-7"] = None
    vat_point_date_code: Annotated[str, "BT-8"] = ""
    due_date: Annotated[date | None, "BT-9"] = None
    buyer_reference: Annotated[str, "BT-10"] = ""
    project_reference: Annotated[str, "BT-11"] = ""
    contract_reference: Annotated[str, "BT-12"] = ""
    purchase_order_reference: Annotated[str, "BT-13"] = ""
    sales_order_reference: Annotated[str, "BT-14"] = ""
    receiving_advice_reference: Annotated[str, "BT-15"] = ""
    despatch_advice_reference: Annotated[str, "BT-16"] = ""
    tender_or_lot_reference: Annotated[str, "BT-17"] = ""
    invoiced_object: Annotated[Identifier | None, "BT-18"] = None
    buyer_accounting_reference: Annotated[str, "BT-19"] = ""
    payment_terms: Annotated[str, "BT-20"] = ""
    notes: Annotated[tuple[Note, ...], Group("BG-1")] = ()
    business_process: Annotated[str, "BT-23"] = ""
    specification: Annotated[str, "BT-24"] = ""
    preceding_invoices: Annotated[tuple[PrecedingInvoice, ...], Group("BG-3")] = ()
    seller: Annotated[Seller, Group("BG-4")] = Seller()
    buyer: Annotated[Buyer, Group("BG-7")] = Buyer()
    payee: Annotated[Payee | None, Group("BG-10")] = None
    tax_representative: Annotated[TaxRepresentative | None, Group("BG-11")] = None
    delivery: Annotated[Delivery | None, Group("BG-13")] = None
    invoicing_period: Annotated[Period | None, Group("BG-14", start="BT-73", end="BT-74")] = None
    payment_means: Annotated[tuple[PaymentMeans, ...], Group("BG-16")] = ()
    remittance_information: Annotated[str, "BT-83"] = ""
    creditor_identifier: Annotated[str, "BT-90"] = ""
    allowances: Annotated[tuple[AllowanceCharge, ...], _allowance("BG-20", 92)] = ()
    charges: Annotated[tuple[AllowanceCharge, ...], _allowance("BG-21", 99)] = ()
    totals: Annotated[Totals, Group("BG-22")] = Totals()
    vat_breakdown: Annotated[tuple[VatBreakdown, ...], Group("BG-23")] = ()
    supporting_documents: Annotated[tuple[SupportingDocument, ...], Group("BG-24")] = ()
    lines: Annotated[tuple[Line, ...], Group("BG-25")] = ()
