"""UBL 2.1 Invoice and CreditNote as EN 16931-3-2 binds them to the terms."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from transforms.invoices.binding import (
    DATE,
    NUMBER,
    PREFIXES,
    Chosen,
    Currencies,
    LeftOut,
    Node,
    Values,
    element,
    fixed,
    identifier,
    number,
    once,
    text,
)
from transforms.invoices.model import Number

SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)
"""How UBL writes the subject of a note (EN 16931-3-2, BT-21)."""
FILLER = "NA"
"""What stands for the order's number where UBL wants one beside the sales order's."""
NETWORK = "mapped-from-cii"
"""What stands for a card's network, which UBL wants and CII has not."""
TAX_SCHEME = "FC"
"""What UBL calls the tax of a registration that comes from CII."""
MOVED = (
    ("payee", "creditor", "creditor_identifier"),
    ("seller", "creditor", "creditor_identifier"),
    ("invoicing_period", "code", "vat_point_date_code"),
)
"""Groups and their fields in UBL that are fields of the invoice in EN 16931."""
CREDIT_NOTE_TYPES = (
    "81",
    "83",
    "261",
    "262",
    "296",
    "308",
    "381",
    "396",
    "420",
    "458",
    "502",
    "503",
    "532",
)
"""Codes of UNTDID 1001 that a UBL credit note may have (EN 16931, rule BR-CL-01)."""
MEANS_FIELDS = {"remittance": "remittance_information", "due": "due_date"}
"""Fields of payment means that EN 16931 has once for the whole invoice."""


def _day(tag: str, field: str) -> Node:
    return Node(tag, text=field, kind=DATE)


def _amount(tag: str, field: str, group: str = "", currency: str = "document") -> Node:
    return Node(tag, text=field, kind=NUMBER, group=group, currency=currency)


def _is(path: str, *texts: str) -> Chosen:
    def chosen(found: etree._Element, _: Currencies) -> bool:
        return (found.findtext(path, "", PREFIXES) or "").strip() in texts

    return chosen


def _vat_in_document_currency(found: etree._Element, currencies: Currencies) -> bool:
    amount = found.find("cbc:TaxAmount", PREFIXES)
    return amount is None or amount.get("currencyID") == currencies.document


def _is_sepa(found: etree._Element, _: Currencies) -> bool:
    one = found.find("cbc:ID", PREFIXES)
    return one is not None and one.get("schemeID") == "SEPA"


VAT = element("cac:TaxScheme", fixed("cbc:ID", "VAT"))


def _reference(tag: str, field: str) -> Node:
    return element(tag, text("cbc:ID", field))


def _address(tag: str) -> Node:
    return element(
        tag,
        text("cbc:StreetName", "line_1"),
        text("cbc:AdditionalStreetName", "line_2"),
        text("cbc:CityName", "city"),
        text("cbc:PostalZone", "post_code"),
        text("cbc:CountrySubentity", "subdivision"),
        element("cac:AddressLine", text("cbc:Line", "line_3")),
        element("cac:Country", text("cbc:IdentificationCode", "country")),
        group="address",
    )


PARTY_IDENTIFIERS = (
    element(
        "cac:PartyIdentification",
        text("cbc:ID", "value", schemeID="scheme"),
        group="identifiers",
        many=True,
    ),
)
SEPA = element(
    "cac:PartyIdentification",
    Node("cbc:ID", text="creditor", constants=(("schemeID", "SEPA"),)),
    chosen=_is_sepa,
)


def _vat_identifier(**more: Any) -> Node:
    return element("cac:PartyTaxScheme", text("cbc:CompanyID", "vat_identifier"), VAT, **more)


def _party(*own: Node, legal_form: tuple[Node, ...] = ()) -> Node:
    return element(
        "cac:Party",
        identifier("cbc:EndpointID", "electronic_address"),
        SEPA,
        *PARTY_IDENTIFIERS,
        element("cac:PartyName", text("cbc:Name", "trading_name")),
        _address("cac:PostalAddress"),
        *own,
        element(
            "cac:PartyLegalEntity",
            text("cbc:RegistrationName", "name"),
            identifier("cbc:CompanyID", "legal_registration"),
            *legal_form,
        ),
        element(
            "cac:Contact",
            text("cbc:Name", "name"),
            text("cbc:Telephone", "telephone"),
            text("cbc:ElectronicMail", "email"),
            group="contact",
        ),
    )


TAX_REGISTRATIONS = (
    _vat_identifier(chosen=_is("cac:TaxScheme/cbc:ID", "VAT")),
    element(
        "cac:PartyTaxScheme",
        text("cbc:CompanyID", "tax_registration"),
        element("cac:TaxScheme", text("cbc:ID", "tax_scheme")),
    ),
)
SELLER = element(
    "cac:AccountingSupplierParty",
    _party(
        *TAX_REGISTRATIONS,
        legal_form=(text("cbc:CompanyLegalForm", "additional_legal_information"),),
    ),
    group="seller",
)
BUYER = element("cac:AccountingCustomerParty", _party(*TAX_REGISTRATIONS), group="buyer")
PAYEE = element(
    "cac:PayeeParty",
    SEPA,
    *PARTY_IDENTIFIERS,
    element("cac:PartyName", text("cbc:Name", "name")),
    element("cac:PartyLegalEntity", identifier("cbc:CompanyID", "legal_registration")),
    group="payee",
)
TAX_REPRESENTATIVE = element(
    "cac:TaxRepresentativeParty",
    element("cac:PartyName", text("cbc:Name", "name")),
    _address("cac:PostalAddress"),
    _vat_identifier(),
    group="tax_representative",
)
DELIVERY = element(
    "cac:Delivery",
    _day("cbc:ActualDeliveryDate", "date"),
    element("cac:DeliveryLocation", identifier("cbc:ID", "location"), _address("cac:Address")),
    element("cac:DeliveryParty", element("cac:PartyName", text("cbc:Name", "name"))),
    group="delivery",
)


def _payment_means(*due: Node) -> Node:
    return element(
        "cac:PaymentMeans",
        text("cbc:PaymentMeansCode", "code", name="text"),
        *due,
        text("cbc:PaymentID", "remittance"),
        element(
            "cac:CardAccount",
            text("cbc:PrimaryAccountNumberID", "number"),
            text("cbc:NetworkID", "network"),
            text("cbc:HolderName", "holder"),
            group="card",
        ),
        element(
            "cac:PayeeFinancialAccount",
            text("cbc:ID", "account"),
            text("cbc:Name", "account_name"),
            element("cac:FinancialInstitutionBranch", text("cbc:ID", "provider")),
            group="credit_transfer",
        ),
        element(
            "cac:PaymentMandate",
            text("cbc:ID", "mandate"),
            element("cac:PayerFinancialAccount", text("cbc:ID", "debited_account")),
        ),
        group="payment_means",
        many=True,
    )


def _allowance(group: str, *vat: Node) -> Node:
    charge = group == "charges"
    return element(
        "cac:AllowanceCharge",
        fixed("cbc:ChargeIndicator", str(charge).lower()),
        text("cbc:AllowanceChargeReasonCode", "reason_code"),
        text("cbc:AllowanceChargeReason", "reason"),
        number("cbc:MultiplierFactorNumeric", "percentage"),
        _amount("cbc:Amount", "amount"),
        _amount("cbc:BaseAmount", "base_amount"),
        *vat,
        group=group,
        many=True,
        chosen=_is("cbc:ChargeIndicator", *(("true", "1") if charge else ("false", "0"))),
    )


ALLOWANCE_VAT = element(
    "cac:TaxCategory", text("cbc:ID", "vat_category"), number("cbc:Percent", "vat_rate"), VAT
)
TAX_TOTALS = (
    element(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", "vat", "totals"),
        element(
            "cac:TaxSubtotal",
            _amount("cbc:TaxableAmount", "taxable_amount"),
            _amount("cbc:TaxAmount", "tax_amount"),
            element(
                "cac:TaxCategory",
                text("cbc:ID", "category"),
                number("cbc:Percent", "rate"),
                text("cbc:TaxExemptionReasonCode", "exemption_reason_code"),
                text("cbc:TaxExemptionReason", "exemption_reason"),
                VAT,
            ),
            group="vat_breakdown",
            many=True,
        ),
        chosen=_vat_in_document_currency,
    ),
    element(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", "vat_in_accounting_currency", "totals", "accounting"),
    ),
)
TOTALS = element(
    "cac:LegalMonetaryTotal",
    _amount("cbc:LineExtensionAmount", "lines"),
    _amount("cbc:TaxExclusiveAmount", "without_vat"),
    _amount("cbc:TaxInclusiveAmount", "with_vat"),
    _amount("cbc:AllowanceTotalAmount", "allowances"),
    _amount("cbc:ChargeTotalAmount", "charges"),
    _amount("cbc:PrepaidAmount", "paid"),
    _amount("cbc:PayableRoundingAmount", "rounding"),
    _amount("cbc:PayableAmount", "due"),
    group="totals",
)


def _of_type(code: str, inner: Node, *chosen: str) -> Node:
    return element(
        "cac:AdditionalDocumentReference",
        inner,
        fixed("cbc:DocumentTypeCode", code),
        chosen=_is("cbc:DocumentTypeCode", code, *chosen),
    )


INVOICED_OBJECT = _of_type("130", identifier("cbc:ID", "invoiced_object"))
SUPPORTING_DOCUMENTS = element(
    "cac:AdditionalDocumentReference",
    text("cbc:ID", "reference"),
    text("cbc:DocumentDescription", "description"),
    element(
        "cac:Attachment",
        Node(
            "cbc:EmbeddedDocumentBinaryObject",
            text="content",
            group="attachment",
            attributes=(("mimeCode", "mime_code"), ("filename", "filename")),
        ),
        element("cac:ExternalReference", text("cbc:URI", "location")),
    ),
    group="supporting_documents",
    many=True,
)
PRICE = element(
    "cac:Price",
    _amount("cbc:PriceAmount", "net"),
    number("cbc:BaseQuantity", "base_quantity", unitCode="base_unit"),
    element(
        "cac:AllowanceCharge",
        fixed("cbc:ChargeIndicator", "false"),
        _amount("cbc:Amount", "discount"),
        _amount("cbc:BaseAmount", "gross"),
        chosen=_is("cbc:ChargeIndicator", "false", "0"),
    ),
    group="price",
)
ITEM = element(
    "cac:Item",
    text("cbc:Description", "description"),
    text("cbc:Name", "name"),
    element("cac:BuyersItemIdentification", text("cbc:ID", "buyer_identifier")),
    element("cac:SellersItemIdentification", text("cbc:ID", "seller_identifier")),
    element("cac:StandardItemIdentification", identifier("cbc:ID", "standard_identifier")),
    element("cac:OriginCountry", text("cbc:IdentificationCode", "origin_country")),
    element(
        "cac:CommodityClassification",
        text("cbc:ItemClassificationCode", "value", listID="scheme", listVersionID="version"),
        group="classifications",
        many=True,
    ),
    element(
        "cac:ClassifiedTaxCategory",
        text("cbc:ID", "vat_category"),
        number("cbc:Percent", "vat_rate"),
        text("cbc:TaxExemptionReason", "vat_exemption_reason"),
        VAT,
    ),
    element(
        "cac:AdditionalItemProperty",
        text("cbc:Name", "name"),
        text("cbc:Value", "value"),
        group="attributes",
        many=True,
    ),
    group="item",
)


def _period(group: str, *more: Node) -> Node:
    return element(
        "cac:InvoicePeriod",
        _day("cbc:StartDate", "start"),
        _day("cbc:EndDate", "end"),
        *more,
        group=group,
    )


def _line(tag: str, quantity: str) -> Node:
    return element(
        tag,
        text("cbc:ID", "identifier"),
        text("cbc:Note", "note"),
        number(quantity, "quantity", unitCode="unit"),
        _amount("cbc:LineExtensionAmount", "net_amount"),
        text("cbc:AccountingCost", "buyer_accounting_reference"),
        _period("period"),
        element("cac:OrderLineReference", text("cbc:LineID", "order_line_reference")),
        element(
            "cac:DocumentReference",
            identifier("cbc:ID", "object"),
            fixed("cbc:DocumentTypeCode", "130"),
            chosen=_is("cbc:DocumentTypeCode", "130", ""),
        ),
        _allowance("allowances"),
        _allowance("charges"),
        ITEM,
        PRICE,
        group="lines",
        many=True,
    )


IGNORED = (Node("cbc:UBLVersionID", ignored=True),)
HEAD = (
    text("cbc:CustomizationID", "specification"),
    text("cbc:ProfileID", "business_process"),
    text("cbc:ID", "number"),
    _day("cbc:IssueDate", "issue_date"),
)
NOTE = Node("cbc:Note", text="text", group="notes", many=True)
POINT_DATE = _day("cbc:TaxPointDate", "vat_point_date")
CODES = (
    text("cbc:DocumentCurrencyCode", "currency"),
    text("cbc:TaxCurrencyCode", "accounting_currency"),
    text("cbc:AccountingCost", "buyer_accounting_reference"),
    text("cbc:BuyerReference", "buyer_reference"),
    _period("invoicing_period", text("cbc:DescriptionCode", "code")),
    element(
        "cac:OrderReference",
        text("cbc:ID", "purchase_order_reference"),
        text("cbc:SalesOrderID", "sales_order_reference"),
    ),
    element(
        "cac:BillingReference",
        element(
            "cac:InvoiceDocumentReference",
            text("cbc:ID", "number"),
            _day("cbc:IssueDate", "issue_date"),
        ),
        group="preceding_invoices",
        many=True,
    ),
    _reference("cac:DespatchDocumentReference", "despatch_advice_reference"),
    _reference("cac:ReceiptDocumentReference", "receiving_advice_reference"),
)
TENDER = _reference("cac:OriginatorDocumentReference", "tender_or_lot_reference")
CONTRACT = _reference("cac:ContractDocumentReference", "contract_reference")
PARTIES = (SELLER, BUYER, PAYEE, TAX_REPRESENTATIVE, DELIVERY)
PAYMENT_TERMS = element("cac:PaymentTerms", text("cbc:Note", "payment_terms"))
SUMS = (
    PAYMENT_TERMS,
    _allowance("allowances", ALLOWANCE_VAT),
    _allowance("charges", ALLOWANCE_VAT),
    *TAX_TOTALS,
    TOTALS,
)
INVOICE = element(
    "inv:Invoice",
    *IGNORED,
    *HEAD,
    _day("cbc:DueDate", "due_date"),
    text("cbc:InvoiceTypeCode", "type_code"),
    NOTE,
    POINT_DATE,
    *CODES,
    TENDER,
    CONTRACT,
    INVOICED_OBJECT,
    SUPPORTING_DOCUMENTS,
    _reference("cac:ProjectReference", "project_reference"),
    *PARTIES,
    _payment_means(),
    *SUMS,
    _line("cac:InvoiceLine", "cbc:InvoicedQuantity"),
)
CREDIT_NOTE = element(
    "cn:CreditNote",
    *IGNORED,
    *HEAD,
    POINT_DATE,
    text("cbc:CreditNoteTypeCode", "type_code"),
    NOTE,
    *CODES,
    CONTRACT,
    INVOICED_OBJECT,
    _of_type("50", text("cbc:ID", "project_reference")),
    SUPPORTING_DOCUMENTS,
    TENDER,
    *PARTIES,
    _payment_means(_day("cbc:PaymentDueDate", "due")),
    *SUMS,
    _line("cac:CreditNoteLine", "cbc:CreditedQuantity"),
)


def settle(values: Values, left_out: list[LeftOut]) -> None:
    """Bring what was read from UBL to the shape of the model."""
    for note in values.get("notes", ()):
        if found := SUBJECT.fullmatch(note.get("text", "")):
            note["subject_code"], note["text"] = found.groups()
    for field, whole in MEANS_FIELDS.items():
        once(values, "payment_means", field, whole, left_out)
    for group, field, whole in MOVED:
        if found := values.get(group, {}).pop(field, ""):
            values.setdefault(whole, found)
    _drop_fillers(values)
    for line in values.get("lines", ()):
        _move_vat(line.get("item", {}), line)


def _drop_fillers(values: Values) -> None:
    """Drop what says nothing: it is written again where UBL wants it."""
    if "sales_order_reference" in values and values.get("purchase_order_reference") == FILLER:
        del values["purchase_order_reference"]
    for group in ("seller", "buyer"):
        if values.get(group, {}).get("tax_scheme") == TAX_SCHEME:
            del values[group]["tax_scheme"]
    for means in values.get("payment_means", ()):
        if means.get("card", {}).get("network") == NETWORK:
            del means["card"]["network"]


def _move_vat(source: Values, target: Values) -> None:
    for field in ("vat_category", "vat_rate", "vat_exemption_reason"):
        if field in source:
            target[field] = source.pop(field)


def prepare(values: Values) -> Node:
    """Bring an invoice to the shape that UBL writes, and choose the document."""
    for note in values.get("notes", ()):
        if code := note.pop("subject_code", ""):
            note["text"] = f"#{code}#{note.get('text', '')}"
    _prepare_means(values)
    if creditor := values.get("creditor_identifier"):
        values.setdefault("payee" if "payee" in values else "seller", {})["creditor"] = creditor
    if code := values.get("vat_point_date_code"):
        values.setdefault("invoicing_period", {})["code"] = code
    if "sales_order_reference" in values:
        values.setdefault("purchase_order_reference", FILLER)
    for group in ("seller", "buyer"):
        _prepare_party(values.get(group, {}))
    for line in values.get("lines", ()):
        _move_vat(line, line.setdefault("item", {}))
        _prepare_price(line.get("price", {}))
    return CREDIT_NOTE if values.get("type_code") in CREDIT_NOTE_TYPES else INVOICE


def _prepare_means(values: Values) -> None:
    whole = {field: values[one] for field, one in MEANS_FIELDS.items() if one in values}
    for means in values.get("payment_means", ()):
        means.update(whole)
        if "card" in means:
            means["card"].setdefault("network", NETWORK)


def _prepare_party(party: Values) -> None:
    if "tax_registration" in party:
        party.setdefault("tax_scheme", TAX_SCHEME)
    contact = party.get("contact", {})
    if "department" in contact:
        contact.setdefault("name", contact["department"])


def _prepare_price(price: Values) -> None:
    for field in ("base_quantity", "base_unit"):
        if f"gross_{field}" in price:
            price.setdefault(field, price[f"gross_{field}"])
    if "gross" in price and "net" in price and "discount" not in price:
        # UBL has no gross price without the discount that leads to the net one.
        price["discount"] = Number(f"{price['gross'] - price['net']:f}")
