"""EN 16931 by terms: both syntaxes say the same, and nothing of it is lost between them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tests.shared_data import DATA, shared
from tests.transforms import invoice_samples
from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import recognise
from transforms.invoice_rules import check
from transforms.invoices import (
    Invoice,
    Syntax,
    key_of,
    made_from,
    read_invoice,
    reading_of,
    schema_for,
    terms_of,
    written_as,
)
from transforms.invoices.model import (
    AllowanceCharge,
    Contact,
    Identifier,
    Line,
    Number,
    PaymentMeans,
    Price,
    Seller,
    VatBreakdown,
)
from transforms.read_xml import findings_of, read_xml, schema_of

STANDARD = "xrechnung-testsuite/business-cases/standard"
EXAMPLES = ("en16931/ubl/examples", "en16931/cii/examples", "en16931/test/testfiles")
D16B = "cii-d16b/src/main/resources/external/schemas/d16b/data/standard"
UNORDERED = {
    "AdditionalDocumentReference",
    "AdditionalReferencedDocument",
    "AllowanceCharge",
    "PartyIdentification",
    "PartyTaxScheme",
    "SpecifiedTaxRegistration",
    "SpecifiedTradeAllowanceCharge",
    "TaxTotal",
    "TaxTotalAmount",
}
"""Elements that repeat in whatever order."""
Canonical = tuple[str, tuple[tuple[str, str], ...], str, tuple["Canonical", ...]]


def files_of(*folders: str) -> list[Path]:
    found = [path for one in folders for path in sorted((DATA / one).glob("*.xml"))]
    return found or [DATA / folders[0]]


def root_of(path: Path) -> etree._Element:
    return read_xml(shared(*path.relative_to(DATA).parts))


def canonical(found: etree._Element) -> Canonical:
    """Return an element without blanks between elements, comments and empty elements."""
    children = [canonical(one) for one in found]
    children = [one for one in children if one[1] or one[2] or one[3]]
    places = [index for index, one in enumerate(children) if one[0] in UNORDERED]
    for index, one in zip(places, sorted(children[index] for index in places), strict=True):
        children[index] = one
    given = [(str(name), str(value)) for name, value in found.items()]
    kept = sorted(one for one in given if "XMLSchema-instance" not in one[0])
    text = "" if len(found) else found.text or ""
    return etree.QName(found).localname, tuple(kept), text, tuple(children)


def terms(invoice: Invoice) -> set[tuple[str, str, str]]:
    return {key_of(one) for one in terms_of(invoice) if one.number}


def other(syntax: Syntax) -> Syntax:
    return Syntax.UBL if syntax is Syntax.CII else Syntax.CII


@pytest.mark.parametrize("path", files_of(STANDARD), ids=lambda path: path.stem)
def test_a_standard_case_is_written_as_it_was_read(path: Path) -> None:
    root = root_of(path)
    reading = reading_of(root, path.name)
    assert reading.left_out == ()
    assert canonical(written_as(reading.invoice, reading.syntax)) == canonical(root)


@pytest.mark.parametrize("path", files_of(STANDARD), ids=lambda path: path.stem)
def test_a_standard_case_keeps_every_term_there_and_back(path: Path) -> None:
    reading = reading_of(root_of(path), path.name)
    there, missing = made_from(reading.invoice, other(reading.syntax), path.name)
    assert not missing
    assert not findings_of(there, schema_for(there, path.name))
    again = reading_of(there, path.name)
    back, missing = made_from(again.invoice, reading.syntax, path.name)
    assert (missing, again.left_out) == ([], ())
    assert not findings_of(back, schema_for(back, path.name))
    assert terms(reading_of(back, path.name).invoice) == terms(reading.invoice)


def test_cii_satisfies_the_whole_schema_of_d16b() -> None:
    schema = schema_of(shared(D16B, "CrossIndustryInvoice_100pD16B.xsd"))
    for path in files_of(STANDARD):
        reading = reading_of(root_of(path), path.name)
        made = etree.tostring(written_as(reading.invoice, Syntax.CII))
        assert not findings_of(etree.fromstring(made), schema), path.name  # noqa: TID251 - ours.


@pytest.mark.parametrize("stem", ["01.01a", "01.15a", "02.01a", "03.02a", "03.06a"])
def test_what_is_made_breaks_no_rule_of_en_16931(stem: str, tmp_path: Path) -> None:
    for ending in ("ubl", "uncefact"):
        path = shared(STANDARD, f"{stem}-INVOICE_{ending}.xml")
        reading = reading_of(root_of(path), path.name)
        made, _ = made_from(reading.invoice, other(reading.syntax), path.name)
        target = tmp_path / f"{ending}.xml"
        target.write_bytes(etree.tostring(made))
        verdict = check(recognise(target))
        assert not verdict.errors, (path.name, [one.rule for one in verdict.findings])


@pytest.mark.parametrize("path", files_of(*EXAMPLES), ids=lambda path: path.stem)
def test_an_example_keeps_every_term_or_says_which_it_cannot(path: Path) -> None:
    reading = reading_of(root_of(path), path.name)
    there, missing = made_from(reading.invoice, other(reading.syntax), path.name)
    lost = terms(reading.invoice) - terms(reading_of(there, path.name).invoice)
    assert {one[0] for one in lost} == {one.place for one in missing if one.place[:3] == "BT-"}


def test_an_element_that_is_no_term_is_told_by_its_place_and_line() -> None:
    found = list(
        left_out(ubl().replace("<cbc:IssueDate>", "<cbc:UUID>1</cbc:UUID><cbc:IssueDate>"))
    )
    assert [(place, reason) for place, _, reason in found] == [("UUID", "is no term of EN 16931")]
    assert all(line > 0 for _, line, _ in found)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("<cbc:ID>", "<cbc:ID schemeAgencyID='6'>", "ID/@schemeAgencyID"),
        ('currencyID="EUR"', 'currencyID="USD"', "LegalMonetaryTotal/PayableAmount/@currencyID"),
        (
            "<cbc:IssueDate>",
            "<cbc:IssueDate>2026-11-02</cbc:IssueDate><cbc:IssueDate>",
            "IssueDate",
        ),
    ],
)
def test_attributes_currencies_and_repetitions_are_told(old: str, new: str, place: str) -> None:
    assert place in [one for one, _, _ in left_out(ubl().replace(old, new))]


@pytest.mark.parametrize("text", ["Mustermann", "NaN", "1e3", "1_000", "\u0661"])
def test_a_number_that_is_none_is_refused_without_its_value(text: str) -> None:
    content = ubl().replace("119.00", text)
    with pytest.raises(DocumentInvalid, match="is no decimal") as caught:
        list(left_out(content))
    assert text not in str(caught.value)


def test_what_is_no_invoice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<a/>")
    with pytest.raises(DocumentInvalid, match="is no invoice"):
        read_invoice(tmp_path / "a.xml", name="Rechnung.xml")


def test_numbers_stay_as_they_were_written_and_calculate() -> None:
    number = Number("100.")
    assert (str(number), number + 1) == ("100.", Decimal(101))
    assert str(pickle.loads(pickle.dumps(number))) == "100."  # noqa: S301 - our own bytes.


@pytest.mark.parametrize("code", ["381", "396"])
def test_a_credit_note_becomes_cii_and_ubl_again(code: str) -> None:
    invoice = credit_note(code)
    there, missing = made_from(invoice, Syntax.CII, "a.xml")
    assert not missing
    back, missing = made_from(reading_of(there, "a.xml").invoice, Syntax.UBL, "a.xml")
    assert (etree.QName(back).localname, missing) == ("CreditNote", [])
    assert terms(reading_of(back, "a.xml").invoice) == terms(invoice)


def test_a_due_date_needs_means_of_payment_in_a_ubl_credit_note() -> None:
    invoice = Invoice(type_code="381", currency="EUR", due_date=date(2026, 12, 1))
    _, missing = made_from(invoice, Syntax.UBL, "a.xml")
    assert [one.place for one in missing] == ["BT-9"]


def test_a_discount_or_gross_price_gets_the_other_where_the_syntax_wants_it() -> None:
    def there(price: Price, syntax: Syntax) -> Price:
        invoice = Invoice(currency="EUR", lines=(Line(identifier="1", price=price),))
        made, missing = made_from(invoice, syntax, "a.xml")
        assert not missing
        return reading_of(made, "a.xml").invoice.lines[0].price

    net, discount, gross = Number("9.90"), Number("0.10"), Number("10.00")
    whole = Price(net=net, discount=discount, gross=gross)
    assert there(Price(net=net, discount=discount), Syntax.CII) == whole
    assert there(Price(net=net, gross=gross), Syntax.UBL) == whole


def test_what_the_other_syntax_has_no_place_for_is_told() -> None:
    seller = Seller(name="A", contact=Contact(name="Frau B", department="Einkauf"))
    _, missing = made_from(Invoice(currency="EUR", seller=seller), Syntax.UBL, "a.xml")
    assert [one.place for one in missing] == ["BT-41"]


def test_terms_have_their_numbers_by_their_group() -> None:
    charge = AllowanceCharge(amount=Number("5.00"), reason_code="FC")
    invoice = Invoice(charges=(charge,), allowances=(charge,))
    assert [(one.number, one.value) for one in terms_of(invoice)] == [
        ("BT-92", "5.00"), ("BT-98", "FC"), ("BT-99", "5.00"), ("BT-105", "FC"),
    ]  # fmt: skip


def credit_note(code: str) -> Invoice:
    """Return what UBL says otherwise in a credit note than in an invoice."""
    return Invoice(
        number="G-1",
        type_code=code,
        currency="EUR",
        due_date=date(2026, 12, 1),
        vat_point_date_code="35",
        project_reference="Schulneubau",
        sales_order_reference="S-1",
        invoiced_object=Identifier(value="7", scheme="ABZ"),
        seller=Seller(name="A", identifiers=(Identifier(value="1", scheme="0088"),)),
        payment_means=(PaymentMeans(code="59", mandate="M-1", debited_account="DE021"),),
        creditor_identifier="DE98ZZZ",
        remittance_information="Gutschrift",
        vat_breakdown=(VatBreakdown(category="S", rate=Number("19")),),
    )


def ubl() -> str:
    return invoice_samples.ubl().decode()


def left_out(content: str) -> Iterator[tuple[str, int, str]]:
    root = etree.fromstring(content.encode())  # noqa: TID251 - the test's own.
    yield from reading_of(root, "a.xml").left_out
