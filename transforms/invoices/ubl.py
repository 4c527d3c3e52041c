"""UBL 2.1 Invoice and CreditNote as EN 16931-3-2 binds them to the terms."""

from __future__ import annotations

import re

from lxml import etree

from transforms.invoices.binding import (
    DATE,
    NUMBER,
    PREFIXES,
    Currencies,
    LeftOut,
    Node,
    Values,
    element,
    fixed,
    identifier,
    number,
    text,
)

SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)
"""How UBL writes the subject of a note (EN 16931-3-2, BT-21)."""
FILLERS = ("NA", "mapped-from-cii")
"""What stands where UBL wants something that EN 16931 does not; the first is written."""
NETWORK = "mapped-from-cii"
TAX_SCHEME = "FC"
MEANS_FIELDS = {"remittance": "remittance_information", "due": "due_date"}
"""Fields of payment means that EN 16931 has once for the whole invoice."""


def _day(tag: str, field: str) -> Node:
    return Node(tag, text=field, kind=DATE)


def _amount(tag: str, field: str, group: str = "", currency: str = "document") -> Node:
    return Node(tag, text=field, kind=NUMBER, group=group, currency=currency)


def _is(path: str, *texts: str) -> object:
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
    element("cac:PartyIdentification", text("cbc:ID", "value", schemeID="scheme"),
            group="identifiers", many=True),
)  # fmt: skip
SEPA = element(
    "cac:PartyIdentification",
    Node("cbc:ID", text="creditor", constants=(("schemeID", "SEPA"),)),
    chosen=_is_sepa,
)


def _vat_identifier(**more: object) -> Node:
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


SELLER = element(
    "cac:AccountingSupplierParty",
    _party(
        _vat_identifier(chosen=_is("cac:TaxScheme/cbc:ID", "VAT")),
        element(
            "cac:PartyTaxScheme",
            text("cbc:CompanyID", "tax_registration"),
            element("cac:TaxScheme", text("cbc:ID", "tax_scheme")),
        ),
        legal_form=(text("cbc:CompanyLegalForm", "additional_legal_information"),),
    ),
    group="seller",
)
BUYER = element("cac:AccountingCustomerParty", _party(_vat_identifier()), group="buyer")
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
    Node("cbc:Description", text="description", group="item"),
    Node("cbc:Name", text="name", group="item"),
    element("cac:BuyersItemIdentification", text("cbc:ID", "buyer_identifier"), group="item"),
    element("cac:SellersItemIdentification", text("cbc:ID", "seller_identifier"), group="item"),
    element(
        "cac:StandardItemIdentification",
        identifier("cbc:ID", "standard_identifier"),
        group="item",
    ),
    element("cac:OriginCountry", text("cbc:IdentificationCode", "origin_country"), group="item"),
    element(
        "cac:CommodityClassification",
        Node(
            "cbc:ItemClassificationCode",
            text="value",
            group="classifications",
            many=True,
            attributes=(("listID", "scheme"), ("listVersionID", "version")),
        ),
        group="item",
        many=False,
    ),
    element(
        "cac:ClassifiedTaxCategory",
        text("cbc:ID", "vat_category"),
        number("cbc:Percent", "vat_rate"),
        VAT,
    ),
    element(
        "cac:AdditionalItemProperty",
        text("cbc:Name", "name"),
        text("cbc:Value", "value"),
        group="attributes",
        many=True,
    ),
)
