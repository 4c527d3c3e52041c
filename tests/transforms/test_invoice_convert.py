"""What `invoice-convert` promises beside the contract of every step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.transforms import invoice_samples
from tests.transforms.step_contract import StepContract, stored
from transforms.document import Document
from transforms.errors import StepFailed
from transforms.invoice_convert import InvoiceConvert
from transforms.invoices import key_of, read_invoice, terms_of
from transforms.step import Workbench


class TestInvoiceConvert(StepContract):
    """The step from UBL to CII, where nothing else is said."""

    def step(self) -> InvoiceConvert:
        return InvoiceConvert(to_syntax="cii")

    def good(self) -> Mapping[str, bytes]:
        return {"invoice": invoice_samples.ubl()}

    def hostile(self) -> Mapping[str, bytes]:
        breaks = invoice_samples.ubl(issued="2026-13-02")
        return {**invoice_samples.hostile(), **super().hostile(), "no date": breaks}

    def large(self) -> bytes:
        return invoice_samples.with_attachment(11 << 20)

    def test_becomes_cii_and_ubl_again(self, tmp_path: Path, bench: Workbench) -> None:
        given = stored(tmp_path, invoice_samples.ubl())
        (there,) = self.step().apply(given, bench.part(1))
        (back,) = InvoiceConvert(to_syntax="ubl").apply(there, bench.part(2))
        assert there.name == back.name == given.name
        assert b"CrossIndustryInvoice" in there.path.read_bytes()
        assert (there.facts["invoice_syntax"], back.facts["invoice_syntax"]) == ("cii", "ubl")
        assert terms(back) == terms(given)

    def test_one_that_is_in_the_syntax_goes_on_as_it_is(
        self, tmp_path: Path, bench: Workbench
    ) -> None:
        given = stored(tmp_path, invoice_samples.ubl())
        (same,) = InvoiceConvert(to_syntax="ubl").apply(given, bench)
        assert same.path == given.path

    def test_what_is_no_term_is_never_left_out_in_silence(
        self, tmp_path: Path, bench: Workbench
    ) -> None:
        content = invoice_samples.ubl().replace(
            b"<cbc:DocumentCurrencyCode>",
            b"<cbc:TaxPointDate>2026-11-01</cbc:TaxPointDate>"
            b"<cbc:DocumentCurrencyCode listID='ISO4217'>",
        )
        given = stored(tmp_path, content)
        with pytest.raises(StepFailed, match="DocumentCurrencyCode/@listID is no term"):
            self.step().apply(given, bench.part(1))
        lenient = InvoiceConvert(to_syntax="cii", allow_leaving_out=True)
        (made,) = lenient.apply(given, bench.part(2))
        assert made.facts["invoice_left_out"].startswith("DocumentCurrencyCode/@listID")
        assert terms(made) == terms(given)

    def test_a_conversion_that_breaks_the_schema_leaves_nothing(
        self, tmp_path: Path, bench: Workbench
    ) -> None:
        # The schema of UBL lets a buyer be empty, that of CII wants a name.
        content, buyer = invoice_samples.ubl(), b"cac:AccountingCustomerParty>"
        start, end = content.index(b"<" + buyer), content.index(b"</" + buyer)
        given = stored(tmp_path, content[:start] + b"<" + buyer + content[end:])
        with pytest.raises(StepFailed, match="breaks its schema"):
            self.step().apply(given, bench)
        assert not list(bench.directory.iterdir())


def terms(document: Document) -> set[tuple[str, str, str]]:
    """Return the terms of an invoice whatever its syntax."""
    return {key_of(one) for one in terms_of(read_invoice(document.path)) if one.number}
