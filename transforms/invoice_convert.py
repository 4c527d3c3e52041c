"""Step `invoice-convert`: turn an e-invoice in UBL into CII, or one in CII into UBL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lxml import etree
from pydantic import Field

from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.invoices import LeftOut, Syntax, made_from, reading_of, schema_for
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench

LISTED = 20
"""Places that an error or a fact lists."""


class InvoiceConvert(Step):
    """Turn an e-invoice in UBL into CII, or one in CII into UBL, by the terms of EN 16931.

    What was made is read again and compared with the invoice, so nothing is left out unnoticed.
    Holds the invoice in memory, up to `transforms.read_xml.LIMIT` bytes of it. Facts that it adds:
    `invoice_syntax` (ubl or cii) and, if something was left out, `invoice_left_out` (places).
    """

    kind: Literal["invoice-convert"] = Field(
        default="invoice-convert",
        title="Step",
        description="Turns each e-invoice into UBL or CII by the terms of EN 16931; one that is in "
        "it already goes on as it is.",
    )
    to_syntax: Literal["ubl", "cii"] = Field(
        title="Syntax",
        description="Format that the recipient reads: ubl is UBL 2.1, where the type code makes it "
        "an Invoice or a CreditNote; cii is UN/CEFACT Cross Industry Invoice D16B.",
    )
    allow_leaving_out: bool = Field(
        default=False,
        title="Leave out what is no term",
        description="Convert an invoice also if it holds what is no term of EN 16931 or has no "
        "place in the syntax, and leave that out; otherwise it is refused.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the invoice in the syntax, under the same name.

        Raises:
            DocumentInvalid: it is no invoice in UBL or CII, or breaks the schema.
            StepFailed: something would be left out, or what was made breaks the schema.
        """
        syntax = Syntax(self.to_syntax)
        root = read_xml(document.path, name=document.name)
        schema = schema_for(root, document.name)
        reading = reading_of(read_xml(document.path, schema, name=document.name), document.name)
        if reading.syntax is syntax:
            return [document.made(document.path, facts={"invoice_syntax": self.to_syntax})]
        made, missing = made_from(reading.invoice, syntax, document.name)
        left_out = [*reading.left_out, *missing]
        if left_out and not self.allow_leaving_out:
            raise _refusal(left_out, document.name)
        path = bench.new(document.name)
        _write(made, path, document.name)
        facts: dict[str, str] = {"invoice_syntax": self.to_syntax}
        if left_out:
            facts["invoice_left_out"] = "; ".join(_places(left_out))
        return [document.made(path, facts=facts)]


def _write(made: etree._Element, path: Path, name: str) -> None:
    tree = etree.ElementTree(made)
    tree.write(str(path), encoding="UTF-8", xml_declaration=True, pretty_print=True)
    try:
        read_xml(path, schema_for(made, name), name=name)
    except DocumentInvalid as error:
        path.unlink()
        raise StepFailed(
            f"What was made of the invoice, a {etree.QName(made).localname}, breaks its schema",
            where=name,
            remedy=f"Check the invoice by the rules of EN 16931 before. {error.remedy}",
        ) from error


def _refusal(left_out: Sequence[LeftOut], name: str) -> StepFailed:
    line = next((one.line for one in left_out if one.line), 0)
    return StepFailed(
        "The invoice holds what would be lost by converting it",
        where=f"{name}, line {line}" if line else name,
        remedy=f"Deliver it as it is, or allow leaving out: {'; '.join(_places(left_out))}",
    )


def _places(left_out: Sequence[LeftOut]) -> list[str]:
    told = list(dict.fromkeys(f"{one.place} {one.reason}" for one in left_out))
    more = len(told) - LISTED
    return told[:LISTED] + ([f"and {more} more"] if more > 0 else [])
