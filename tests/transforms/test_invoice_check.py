"""Step `invoice-check`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.shared_data import shared
from tests.transforms import invoice_samples as samples
from tests.transforms.step_contract import StepContract, stored
from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid
from transforms.invoice_check import InvoiceCheck
from transforms.invoice_kinds import EN16931
from transforms.step import NoSupplies, Workbench

WRONG = samples.ubl(payable="1.00")
NAME = "rechnung.xml"


class TestInvoiceCheck(StepContract):
    """The contract, with refusal."""

    def step(self) -> InvoiceCheck:
        return InvoiceCheck()

    def good(self) -> Mapping[str, bytes]:
        return {"ubl": samples.ubl(), "hybrid": samples.hybrid(samples.ubl())}

    def hostile(self) -> Mapping[str, bytes]:
        return {**samples.hostile(), "no invoice": b"<a/>", "wrong": WRONG, "text": b"Guten Tag"}

    def large(self) -> bytes:
        return samples.with_attachment(11 << 20)


class TestInvoiceCheckWithReport(StepContract):
    """The contract, where what is invalid goes on with a report."""

    def step(self) -> InvoiceCheck:
        return InvoiceCheck(on_invalid_invoice="report")

    def good(self) -> Mapping[str, bytes]:
        return {"wrong": WRONG, "ubl": samples.ubl(), "none": b"Guten Tag"}

    def hostile(self) -> Mapping[str, bytes]:
        return samples.hostile()

    def large(self) -> bytes:
        return samples.with_attachment(11 << 20)


class Shelf(NoSupplies):
    """Gives what lies in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def resource(self, name: str) -> Path:
        return self.directory / name


def checked(content: bytes, folder: Path, **options: Any) -> list[Document]:
    step = InvoiceCheck.model_validate(options)
    bench = folder / "bench"
    bench.mkdir(exist_ok=True)
    return list(step.apply(stored(folder, content, NAME), Workbench(bench, Shelf(folder))))


def test_a_valid_invoice_goes_on_with_what_routes_it(tmp_path: Path) -> None:
    (one,) = checked(samples.ubl(guideline=EN16931), tmp_path)
    found = {key: one.facts[key] for key in one.facts if key not in ("date", "n", "kdnr", "name")}
    assert found == {
        "stem": "rechnung",
        "suffix": ".xml",
        "document": "invoice",
        "invoice_format": "en16931-ubl",
        "invoice_container": "xml",
        "invoice_verdict": "valid",
        "invoice_rules": "XSD UBL 2.1; EN 16931 (UBL)",
        "invoice_number": "RE-2026-0815",
        "invoice_date": "2026-11-02",
        "seller": "Bürobedarf Ilmenau GmbH",
        "buyer_reference": "04011000-12345-03",
        "leitweg_id": "04011000-12345-03",
        "sender_mail": "rechnung@bürobedarf.example",
        "unique": "DE123456789|RE-2026-0815|2026-11-02",
    }


def test_without_the_pack_the_verdict_says_that_rules_are_missing(tmp_path: Path) -> None:
    (one,) = checked(samples.ubl(), tmp_path)
    assert one.facts["invoice_verdict"] == "partly-checked"
    assert one.facts["invoice_rules_missing"] == "XRechnung"


def test_with_the_pack_the_verdict_is_whole(tmp_path: Path) -> None:
    samples.official_pack(tmp_path / "pack")
    (one,) = checked(samples.ubl(), tmp_path, rules_pack="pack")
    assert one.facts["invoice_verdict"] == "valid"
    assert "invoice_rules_missing" not in one.facts


def test_a_pack_that_is_not_there_is_an_error_of_the_set_up(tmp_path: Path) -> None:
    with pytest.raises(DefinitionWrong):
        checked(samples.ubl(), tmp_path, rules_pack="pack")


def test_an_invalid_invoice_is_refused_with_rule_and_place_and_no_values(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="BR-CO-16 at line") as caught:
        checked(WRONG, tmp_path)
    assert "1.00" not in str(caught.value)
    assert "Ilmenau" not in str(caught.value)


def test_a_rejected_invoice_goes_on_with_a_report_to_its_sender(tmp_path: Path) -> None:
    invoice, report = checked(WRONG, tmp_path, on_invalid_invoice="report")
    assert (invoice.name, report.name) == (NAME, "rechnung_Zurueckweisung.html")
    assert invoice.facts["invoice_verdict"] == "rejected"
    assert invoice.facts["invoice_findings"] == "BR-CO-16"
    assert (invoice.facts["document"], report.facts["document"]) == ("invoice", "rejection")
    assert report.facts["sender_mail"] == "rechnung@bürobedarf.example"
    page = report.path.read_text(encoding="utf-8")
    for words in ("BR-CO-16", "RE-2026-0815", "Summen", "Was ist zu tun", "Fehler", "EN 16931"):
        assert words in page


def test_a_rejected_invoice_may_come_again_under_its_number(tmp_path: Path) -> None:
    for one in checked(WRONG, tmp_path, on_invalid_invoice="report"):
        assert "unique" not in one.facts
    (again,) = checked(samples.ubl(), tmp_path, on_invalid_invoice="report")
    assert again.facts["unique"] == "DE123456789|RE-2026-0815|2026-11-02"


def test_an_invalid_invoice_may_pass_and_is_then_not_to_come_twice(tmp_path: Path) -> None:
    (one,) = checked(WRONG, tmp_path, on_invalid_invoice="pass")
    assert (one.facts["invoice_verdict"], "unique" in one.facts) == ("invalid", True)


def test_the_report_can_be_plain_text(tmp_path: Path) -> None:
    options = {"on_invalid_invoice": "report", "rejection_format": "text"}
    _, report = checked(WRONG, tmp_path, **options)
    text = report.path.read_text(encoding="utf-8")
    assert report.name == "rechnung_Zurueckweisung.txt"
    assert "\n1. Fehler: Der fällige Betrag (BT-115)" in text
    assert "   Stelle: Zeile " in text
    assert "   Was ist zu tun: Berichtigen Sie den fälligen Betrag." in text


def test_nothing_of_an_invoice_becomes_markup_of_the_report(tmp_path: Path) -> None:
    hard = "&lt;script&gt;alert(1)&lt;/script&gt;&#133;"
    _, report = checked(
        samples.ubl(payable="1.00", seller=hard, number=hard), tmp_path, on_invalid_invoice="report"
    )
    page = report.path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 2


def test_warnings_do_not_make_an_invoice_invalid(tmp_path: Path) -> None:
    (one,) = checked(samples.ubl(reference="04011000-12345-04"), tmp_path)
    assert one.facts["invoice_verdict"] == "partly-checked"
    assert one.facts["leitweg_id"] == "04011000-12345-04"


@pytest.mark.parametrize(
    ("content", "accept", "label"),
    [
        (samples.ubl(), ["pdf"], "xrechnung-ubl"),
        (samples.hybrid(b"x", name="a.txt"), ["xrechnung"], "pdf"),
        (b"Guten Tag", ["xrechnung", "pdf"], "none"),
        (samples.ubl(guideline="urn:factur-x.eu:1p0:minimum"), ["factur-x"], "factur-x-minimum"),
    ],
)
def test_a_format_that_is_not_accepted_is_invalid(
    content: bytes, accept: list[str], label: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentInvalid, match=f"{label} is not accepted"):
        checked(content, tmp_path, accept_formats=accept)
    invoice, report = checked(content, tmp_path, accept_formats=accept, on_invalid_invoice="report")
    assert "FORMAT" in invoice.facts["invoice_findings"]
    assert "nimmt der Empfänger nicht an" in report.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "accept"),
    [(samples.hybrid(b"x", name="a.txt"), "pdf"), (b"Guten Tag", "none"), (b"<a/>", "none")],
)
def test_what_has_no_data_passes_unchecked_where_it_is_accepted(
    content: bytes, accept: str, tmp_path: Path
) -> None:
    (one,) = checked(content, tmp_path, accept_formats=[accept])
    assert one.facts["invoice_verdict"] == "unchecked"
    assert "unique" not in one.facts


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"vat": " de 123 456 789 "}, "DE123456789|RE-2026-0815|2026-11-02"),
        ({"number": "A|B%"}, "DE123456789|A%7CB%25|2026-11-02"),
        ({"vat": ""}, "bürobedarf ilmenau gmbh|RE-2026-0815|2026-11-02"),
        (
            {"vat": "", "seller": "BÜROBEDARF  Ilmenau\nGmbH"},
            "bürobedarf ilmenau gmbh|RE-2026-0815|2026-11-02",
        ),
        ({"number": ""}, None),
        ({"vat": "", "seller": ""}, None),
    ],
)
def test_the_key_is_made_of_seller_number_and_date(
    changes: dict[str, str], key: str | None, tmp_path: Path
) -> None:
    (one,) = checked(samples.ubl(**changes), tmp_path, on_invalid_invoice="pass")
    assert one.facts.get("unique") == key


@pytest.mark.parametrize(
    ("reference", "is_leitweg"),
    [
        ("04011000-12345-03", True),
        ("991-03730-19", True),
        ("PO-4711", False),
        ("Herr Müller", False),
        ("0401100012345", False),
    ],
)
def test_a_buyer_reference_of_that_form_is_a_leitweg_id(
    reference: str, tmp_path: Path, *, is_leitweg: bool
) -> None:
    (one,) = checked(samples.ubl(reference=reference), tmp_path)
    assert one.facts["buyer_reference"] == reference
    assert ("leitweg_id" in one.facts) == is_leitweg


@pytest.mark.parametrize(
    "mail", ["x", "a@b", "a@b.de\n\nBcc: c@d.de", "a@b.de,c@d.de", "<a@b.de>", "a b@c.de"]
)
def test_what_is_no_address_is_none(mail: str, tmp_path: Path) -> None:
    (one,) = checked(samples.ubl(mail=mail.replace("<", "&lt;")), tmp_path)
    assert "sender_mail" not in one.facts


@pytest.mark.parametrize("number", range(3))
def test_header_of_every_syntax(number: int, tmp_path: Path) -> None:
    files = (
        "xrechnung-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml",
        "xrechnung-testsuite/business-cases/standard/01.01a-INVOICE_uncefact.xml",
        "zugferd-corpus/XML-Rechnung/FX/XRECHNUNG_Einfach.pdf",
    )
    content = shared(*files[number].split("/")).read_bytes()
    (one,) = checked(content, tmp_path, on_invalid_invoice="pass")
    for fact in ("invoice_number", "invoice_date", "seller", "buyer_reference", "unique"):
        assert one.facts[fact], fact
    assert len(one.facts["invoice_date"]) == len("2026-11-02")


@pytest.mark.parametrize(
    "options",
    [
        {"accept_formats": []},
        {"accept_formats": ["edifact"]},
        {"on_invalid_invoice": "ignore"},
        {"rejection_format": "pdf"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InvoiceCheck.model_validate(options)
