"""UN/CEFACT Cross Industry Invoice D16B as EN 16931-3-3 binds it to the terms."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from transforms.invoices.binding import (
    DATE_102,
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

IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}")
POINT_DATE_CODES = {"3": "5", "35": "29", "432": "72"}
"""BT-8: UNTDID 2005, as in EN 16931, to UNTDID 2475, as in CII."""
POINT_FIELDS = ("vat_point_date", "vat_point_date_code")
"""What CII says in the VAT breakdown, and EN 16931 once for the whole invoice."""
PROJECT = "Project reference"
FORMAT_102 = (("format", "102"),)


def _day(tag: str, field: str, inner: str = "udt:DateTimeString") -> Node:
    return element(tag, Node(inner, text=field, kind=DATE_102, constants=FORMAT_102))


def _amount(tag: str, field: str) -> Node:
    return Node(tag, text=field, kind=NUMBER, currency="document", optional_currency=True)


def _is(path: str, *texts: str) -> Chosen:
    def chosen(found: etree._Element, _: Currencies) -> bool:
        return (found.findtext(path, "", PREFIXES) or "").strip() in texts

    return chosen


def _scheme(*schemes: str) -> Chosen:
    def chosen(found: etree._Element, _: Currencies) -> bool:
        inner = found.find("ram:ID", PREFIXES)
        return inner is not None and inner.get("schemeID") in schemes

    return chosen


def _in_document_currency(found: etree._Element, currencies: Currencies) -> bool:
    return found.get("currencyID") in (None, currencies.document)


def _reference(tag: str, field: str) -> Node:
    return element(tag, text("ram:IssuerAssignedID", field))


ADDRESS = element(
    "ram:PostalTradeAddress",
    text("ram:PostcodeCode", "post_code"),
    text("ram:LineOne", "line_1"),
    text("ram:LineTwo", "line_2"),
    text("ram:LineThree", "line_3"),
    text("ram:CityName", "city"),
    text("ram:CountryID", "country"),
    text("ram:CountrySubDivisionName", "subdivision"),
    group="address",
)
IDENTIFIERS = (
    Node("ram:ID", text="value", group="identifiers", many=True),
    Node(
        "ram:GlobalID",
        text="value",
        attributes=(("schemeID", "scheme"),),
        group="global_identifiers",
        many=True,
    ),
)
CONTACT = element(
    "ram:DefinedTradeContact",
    text("ram:PersonName", "name"),
    text("ram:DepartmentName", "department"),
    element("ram:TelephoneUniversalCommunication", text("ram:CompleteNumber", "telephone")),
    element("ram:EmailURIUniversalCommunication", text("ram:URIID", "email")),
    group="contact",
)
LEGAL = identifier("ram:ID", "legal_registration")


def _registration(scheme: str, field: str) -> Node:
    return element(
        "ram:SpecifiedTaxRegistration",
        Node("ram:ID", text=field, constants=(("schemeID", scheme),)),
        chosen=_scheme(scheme),
    )


VAT_IDENTIFIER = _registration("VA", "vat_identifier")


def _party(tag: str, group: str, legal_information: tuple[Node, ...], *tax: Node) -> Node:
    return element(
        tag,
        *IDENTIFIERS,
        text("ram:Name", "name"),
        *legal_information,
        element(
            "ram:SpecifiedLegalOrganization",
            LEGAL,
            text("ram:TradingBusinessName", "trading_name"),
        ),
        CONTACT,
        ADDRESS,
        element("ram:URIUniversalCommunication", identifier("ram:URIID", "electronic_address")),
        *tax,
        group=group,
    )


PARTIES = (
    _party(
        "ram:SellerTradeParty",
        "seller",
        (text("ram:Description", "additional_legal_information"),),
        VAT_IDENTIFIER,
        _registration("FC", "tax_registration"),
    ),
    _party(
        "ram:BuyerTradeParty",
        "buyer",
        (),
        VAT_IDENTIFIER,
        _registration("FC", "tax_registration"),
    ),
    element(
        "ram:SellerTaxRepresentativeTradeParty",
        text("ram:Name", "name"),
        ADDRESS,
        VAT_IDENTIFIER,
        group="tax_representative",
    ),
)


def _of_type(code: str, *inner: Node, **more: Any) -> Node:
    return element(
        "ram:AdditionalReferencedDocument",
        inner[0],
        fixed("ram:TypeCode", code),
        *inner[1:],
        chosen=_is("ram:TypeCode", code),
        **more,
    )


def _object(field: str) -> Node:
    return _of_type(
        "130",
        Node("ram:IssuerAssignedID", text="value", group=field),
        Node("ram:ReferenceTypeCode", text="scheme", group=field),
    )


SUPPORTING_DOCUMENTS = element(
    "ram:AdditionalReferencedDocument",
    text("ram:IssuerAssignedID", "reference"),
    text("ram:URIID", "location"),
    fixed("ram:TypeCode", "916"),
    text("ram:Name", "description"),
    Node(
        "ram:AttachmentBinaryObject",
        text="content",
        group="attachment",
        attributes=(("mimeCode", "mime_code"), ("filename", "filename")),
    ),
    group="supporting_documents",
    many=True,
    chosen=_is("ram:TypeCode", "916"),
)
AGREEMENT = element(
    "ram:ApplicableHeaderTradeAgreement",
    text("ram:BuyerReference", "buyer_reference"),
    *PARTIES,
    _reference("ram:SellerOrderReferencedDocument", "sales_order_reference"),
    _reference("ram:BuyerOrderReferencedDocument", "purchase_order_reference"),
    _reference("ram:ContractReferencedDocument", "contract_reference"),
    _of_type("50", text("ram:IssuerAssignedID", "tender_or_lot_reference")),
    _object("invoiced_object"),
    SUPPORTING_DOCUMENTS,
    element(
        "ram:SpecifiedProcuringProject",
        text("ram:ID", "project_reference"),
        fixed("ram:Name", PROJECT),
    ),
    always=True,
)
DELIVERY = element(
    "ram:ApplicableHeaderTradeDelivery",
    element(
        "ram:ShipToTradeParty",
        Node("ram:ID", text="value", group="location"),
        Node(
            "ram:GlobalID",
            text="value",
            group="global_location",
            attributes=(("schemeID", "scheme"),),
        ),
        text("ram:Name", "name"),
        ADDRESS,
        group="delivery",
    ),
    element(
        "ram:ActualDeliverySupplyChainEvent",
        _day("ram:OccurrenceDateTime", "date"),
        group="delivery",
    ),
    _reference("ram:DespatchAdviceReferencedDocument", "despatch_advice_reference"),
    _reference("ram:ReceivingAdviceReferencedDocument", "receiving_advice_reference"),
    always=True,
)
PAYMENT_MEANS = element(
    "ram:SpecifiedTradeSettlementPaymentMeans",
    text("ram:TypeCode", "code"),
    text("ram:Information", "text"),
    element(
        "ram:ApplicableTradeSettlementFinancialCard",
        text("ram:ID", "number"),
        text("ram:CardholderName", "holder"),
        group="card",
    ),
    element("ram:PayerPartyDebtorFinancialAccount", text("ram:IBANID", "debited_account")),
    element(
        "ram:PayeePartyCreditorFinancialAccount",
        text("ram:IBANID", "account"),
        text("ram:AccountName", "account_name"),
        text("ram:ProprietaryID", "proprietary"),
        group="credit_transfer",
    ),
    element(
        "ram:PayeeSpecifiedCreditorFinancialInstitution",
        text("ram:BICID", "provider"),
        group="credit_transfer",
    ),
    group="payment_means",
    many=True,
)


def _period(group: str) -> Node:
    return element(
        "ram:BillingSpecifiedPeriod",
        _day("ram:StartDateTime", "start"),
        _day("ram:EndDateTime", "end"),
        group=group,
    )


def _charge_indicator(*, charge: bool) -> Node:
    return element("ram:ChargeIndicator", fixed("udt:Indicator", str(charge).lower()))


def _allowance(group: str, *vat: Node) -> Node:
    charge = group == "charges"
    return element(
        "ram:SpecifiedTradeAllowanceCharge",
        _charge_indicator(charge=charge),
        number("ram:CalculationPercent", "percentage"),
        _amount("ram:BasisAmount", "base_amount"),
        _amount("ram:ActualAmount", "amount"),
        text("ram:ReasonCode", "reason_code"),
        text("ram:Reason", "reason"),
        *vat,
        group=group,
        many=True,
        chosen=_is(
            "ram:ChargeIndicator/udt:Indicator", *(("true", "1") if charge else ("false", "0"))
        ),
    )


VAT = fixed("ram:TypeCode", "VAT")
ALLOWANCE_VAT = element(
    "ram:CategoryTradeTax",
    VAT,
    text("ram:CategoryCode", "vat_category"),
    number("ram:RateApplicablePercent", "vat_rate"),
)
BREAKDOWN = element(
    "ram:ApplicableTradeTax",
    _amount("ram:CalculatedAmount", "tax_amount"),
    VAT,
    text("ram:ExemptionReason", "exemption_reason"),
    _amount("ram:BasisAmount", "taxable_amount"),
    text("ram:CategoryCode", "category"),
    text("ram:ExemptionReasonCode", "exemption_reason_code"),
    _day("ram:TaxPointDate", "vat_point_date", "udt:DateString"),
    text("ram:DueDateTypeCode", "vat_point_date_code"),
    number("ram:RateApplicablePercent", "rate"),
    group="vat_breakdown",
    many=True,
)
TOTALS = element(
    "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
    _amount("ram:LineTotalAmount", "lines"),
    _amount("ram:ChargeTotalAmount", "charges"),
    _amount("ram:AllowanceTotalAmount", "allowances"),
    _amount("ram:TaxBasisTotalAmount", "without_vat"),
    Node(
        "ram:TaxTotalAmount",
        text="vat",
        kind=NUMBER,
        currency="document",
        chosen=_in_document_currency,
    ),
    Node(
        "ram:TaxTotalAmount",
        text="vat_in_accounting_currency",
        kind=NUMBER,
        currency="accounting",
    ),
    _amount("ram:RoundingAmount", "rounding"),
    _amount("ram:GrandTotalAmount", "with_vat"),
    _amount("ram:TotalPrepaidAmount", "paid"),
    _amount("ram:DuePayableAmount", "due"),
    group="totals",
)
SETTLEMENT = element(
    "ram:ApplicableHeaderTradeSettlement",
    text("ram:CreditorReferenceID", "creditor_identifier"),
    text("ram:PaymentReference", "remittance_information"),
    text("ram:TaxCurrencyCode", "accounting_currency"),
    text("ram:InvoiceCurrencyCode", "currency"),
    element(
        "ram:PayeeTradeParty",
        *IDENTIFIERS,
        text("ram:Name", "name"),
        element("ram:SpecifiedLegalOrganization", LEGAL),
        group="payee",
    ),
    PAYMENT_MEANS,
    BREAKDOWN,
    _period("invoicing_period"),
    _allowance("allowances", ALLOWANCE_VAT),
    _allowance("charges", ALLOWANCE_VAT),
    element(
        "ram:SpecifiedTradePaymentTerms",
        text("ram:Description", "payment_terms"),
        _day("ram:DueDateDateTime", "due_date"),
        text("ram:DirectDebitMandateID", "mandate"),
    ),
    TOTALS,
    element(
        "ram:InvoiceReferencedDocument",
        text("ram:IssuerAssignedID", "number"),
        _day("ram:FormattedIssueDateTime", "issue_date", "qdt:DateTimeString"),
        group="preceding_invoices",
        many=True,
    ),
    element(
        "ram:ReceivableSpecifiedTradeAccountingAccount",
        text("ram:ID", "buyer_accounting_reference"),
    ),
    always=True,
)
PRODUCT = element(
    "ram:SpecifiedTradeProduct",
    identifier("ram:GlobalID", "standard_identifier"),
    text("ram:SellerAssignedID", "seller_identifier"),
    text("ram:BuyerAssignedID", "buyer_identifier"),
    text("ram:Name", "name"),
    text("ram:Description", "description"),
    element(
        "ram:ApplicableProductCharacteristic",
        text("ram:Description", "name"),
        text("ram:Value", "value"),
        group="attributes",
        many=True,
    ),
    element(
        "ram:DesignatedProductClassification",
        text("ram:ClassCode", "value", listID="scheme", listVersionID="version"),
        group="classifications",
        many=True,
    ),
    element("ram:OriginTradeCountry", text("ram:ID", "origin_country")),
    group="item",
)
LINE_AGREEMENT = element(
    "ram:SpecifiedLineTradeAgreement",
    element("ram:BuyerOrderReferencedDocument", text("ram:LineID", "order_line_reference")),
    element(
        "ram:GrossPriceProductTradePrice",
        _amount("ram:ChargeAmount", "gross"),
        number("ram:BasisQuantity", "gross_base_quantity", unitCode="gross_base_unit"),
        element(
            "ram:AppliedTradeAllowanceCharge",
            _charge_indicator(charge=False),
            _amount("ram:ActualAmount", "discount"),
            chosen=_is("ram:ChargeIndicator/udt:Indicator", "false", "0", ""),
        ),
        group="price",
    ),
    element(
        "ram:NetPriceProductTradePrice",
        _amount("ram:ChargeAmount", "net"),
        number("ram:BasisQuantity", "base_quantity", unitCode="base_unit"),
        group="price",
    ),
    always=True,
)
LINE_SETTLEMENT = element(
    "ram:SpecifiedLineTradeSettlement",
    element(
        "ram:ApplicableTradeTax",
        VAT,
        text("ram:ExemptionReason", "vat_exemption_reason"),
        text("ram:CategoryCode", "vat_category"),
        number("ram:RateApplicablePercent", "vat_rate"),
    ),
    _period("period"),
    _allowance("allowances"),
    _allowance("charges"),
    element(
        "ram:SpecifiedTradeSettlementLineMonetarySummation",
        _amount("ram:LineTotalAmount", "net_amount"),
    ),
    _object("object"),
    element(
        "ram:ReceivableSpecifiedTradeAccountingAccount",
        text("ram:ID", "buyer_accounting_reference"),
    ),
    always=True,
)
LINE = element(
    "ram:IncludedSupplyChainTradeLineItem",
    element(
        "ram:AssociatedDocumentLineDocument",
        text("ram:LineID", "identifier"),
        element("ram:IncludedNote", text("ram:Content", "note")),
    ),
    PRODUCT,
    LINE_AGREEMENT,
    element(
        "ram:SpecifiedLineTradeDelivery",
        number("ram:BilledQuantity", "quantity", unitCode="unit"),
        always=True,
    ),
    LINE_SETTLEMENT,
    group="lines",
    many=True,
)
CONTEXT = element(
    "rsm:ExchangedDocumentContext",
    element(
        "ram:BusinessProcessSpecifiedDocumentContextParameter", text("ram:ID", "business_process")
    ),
    element("ram:GuidelineSpecifiedDocumentContextParameter", text("ram:ID", "specification")),
    always=True,
)
DOCUMENT = element(
    "rsm:ExchangedDocument",
    text("ram:ID", "number"),
    text("ram:TypeCode", "type_code"),
    _day("ram:IssueDateTime", "issue_date"),
    element(
        "ram:IncludedNote",
        text("ram:Content", "text"),
        text("ram:SubjectCode", "subject_code"),
        group="notes",
        many=True,
    ),
    always=True,
)
INVOICE = element(
    "rsm:CrossIndustryInvoice",
    CONTEXT,
    DOCUMENT,
    element("rsm:SupplyChainTradeTransaction", LINE, AGREEMENT, DELIVERY, SETTLEMENT, always=True),
)


def settle(values: Values, left_out: list[LeftOut]) -> None:
    """Bring what was read from CII to the shape of the model."""
    for group in ("seller", "buyer", "payee"):
        party = values.get(group, {})
        if others := party.pop("global_identifiers", None):
            party["identifiers"] = [*party.get("identifiers", ()), *others]
    _settle_twice(values.get("delivery", {}), "location", "global_location", left_out)
    for means in values.get("payment_means", ()):
        _settle_twice(means.get("credit_transfer", {}), "account", "proprietary", left_out)
    _settle_mandate(values, left_out)
    for field in POINT_FIELDS:
        once(values, "vat_breakdown", field, field, left_out)
    if code := values.get("vat_point_date_code"):
        there = {cii: un for un, cii in POINT_DATE_CODES.items()}
        values["vat_point_date_code"] = there.get(code, code)


def _settle_twice(values: Values, field: str, other: str, left_out: list[LeftOut]) -> None:
    """Put what stands in one of two elements into the field of both."""
    if found := values.pop(other, None):
        if field in values:
            left_out.append(LeftOut(f"{field} and {other}", 0, "are one term in EN 16931"))
        else:
            values[field] = found


def _settle_mandate(values: Values, left_out: list[LeftOut]) -> None:
    mandate = values.pop("mandate", "")
    means = values.get("payment_means", [])
    debited = [one for one in means if "debited_account" in one] or means[:1]
    if mandate and not debited:
        left_out.append(LeftOut("BT-89", 0, "has no means of payment"))
    for one in debited if mandate else ():
        one["mandate"] = mandate


def prepare(values: Values) -> Node:
    """Bring an invoice to the shape that CII writes."""
    for group in ("seller", "buyer", "payee"):
        party = values.get(group, {})
        found = party.pop("identifiers", ())
        party["identifiers"] = [one for one in found if "scheme" not in one]
        party["global_identifiers"] = [one for one in found if "scheme" in one]
    delivery = values.get("delivery", {})
    if "scheme" in delivery.get("location", {}):
        delivery["global_location"] = delivery.pop("location")
    for means in values.get("payment_means", ()):
        _prepare_means(means, values)
    point = {field: values[field] for field in POINT_FIELDS if field in values}
    if code := point.get("vat_point_date_code"):
        point["vat_point_date_code"] = POINT_DATE_CODES.get(code, code)
    for breakdown in values.get("vat_breakdown", ())[:1]:
        breakdown.update(point)
    for line in values.get("lines", ()):
        _prepare_price(line.get("price", {}))
    return INVOICE


def _prepare_means(means: Values, values: Values) -> None:
    if mandate := means.pop("mandate", ""):
        values.setdefault("mandate", mandate)
    account = means.get("credit_transfer", {})
    if "account" in account and not IBAN.fullmatch(account["account"].replace(" ", "")):
        account["proprietary"] = account.pop("account")


def _prepare_price(price: Values) -> None:
    if "discount" in price and "net" in price and "gross" not in price:
        # CII has no discount without the gross price that it is taken from.
        price["gross"] = Number(f"{price['net'] + price['discount']:f}")
