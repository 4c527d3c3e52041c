"""`python -m benchmarks.invoices [--quick]`: how many invoices a second on one core, warm.

Every standard case of XRechnung is read, checked by its schema and by the rules at hand, and
turned from UBL into CII or the other way. The rival is lxml with an XSLT 1.0 stylesheet that maps
the head, the parties' names, the totals and the lines from UBL to CII, and checks nothing of what
it leaves out; both sides parse, map and serialise the same UBL documents.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from lxml import etree
from rich.console import Console
from rich.table import Table

from tests.shared_data import DATA
from transforms.invoice_kinds import recognise
from transforms.invoice_rules import check
from transforms.invoices import Syntax, made_from, read_invoice, reading_of, schema_for
from transforms.read_xml import read_xml

CASES = DATA / "xrechnung-testsuite" / "business-cases" / "standard"
TARGET = 100
STYLESHEET = """
<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<x:template match="/*"><rsm:CrossIndustryInvoice>
  <rsm:ExchangedDocument>
    <ram:ID><x:value-of select="cbc:ID"/></ram:ID>
    <ram:TypeCode><x:value-of select="cbc:InvoiceTypeCode"/></ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">
      <x:value-of select="translate(cbc:IssueDate,'-','')"/>
    </udt:DateTimeString></ram:IssueDateTime>
    <x:for-each select="cbc:Note"><ram:IncludedNote><ram:Content>
      <x:value-of select="."/></ram:Content></ram:IncludedNote></x:for-each>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
    <x:for-each select="cac:InvoiceLine"><ram:IncludedSupplyChainTradeLineItem>
      <ram:LineID><x:value-of select="cbc:ID"/></ram:LineID>
      <ram:Name><x:value-of select="cac:Item/cbc:Name"/></ram:Name>
      <ram:ChargeAmount><x:value-of select="cac:Price/cbc:PriceAmount"/></ram:ChargeAmount>
      <ram:BilledQuantity unitCode="{cbc:InvoicedQuantity/@unitCode}">
        <x:value-of select="cbc:InvoicedQuantity"/></ram:BilledQuantity>
      <ram:LineTotalAmount><x:value-of select="cbc:LineExtensionAmount"/></ram:LineTotalAmount>
    </ram:IncludedSupplyChainTradeLineItem></x:for-each>
    <ram:ApplicableHeaderTradeAgreement>
      <ram:BuyerReference><x:value-of select="cbc:BuyerReference"/></ram:BuyerReference>
      <x:for-each select="cac:AccountingSupplierParty|cac:AccountingCustomerParty">
        <ram:Name><x:value-of select="cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"/>
        </ram:Name></x:for-each>
    </ram:ApplicableHeaderTradeAgreement>
    <x:for-each select="cac:LegalMonetaryTotal/*">
      <ram:Amount><x:value-of select="."/></ram:Amount></x:for-each>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice></x:template></x:stylesheet>
"""


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.invoices", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of seven times")
    repeat = 1 if parser.parse_args().quick else 7
    files = sorted(CASES.glob("*.xml"))
    if not files:
        parser.error("the standard cases of XRechnung are not at hand in ../shared/data")
    of_ubl = [path for path in files if path.stem.endswith("_ubl")]
    stylesheet = etree.XSLT(etree.fromstring(STYLESHEET))  # noqa: TID251 - our own text.
    figures = {
        "parse and XSD": rate(schema_checked, files, repeat),
        "read as terms": rate(read_invoice, files, repeat),
        "check by rules": rate(lambda path: check(recognise(path)), files, repeat),
        "convert": rate(convert, files, repeat),
        "check and convert": rate(checked_and_converted, files, repeat),
        "convert UBL": rate(convert, of_ubl, repeat),
        "XSLT of a part, UBL": rate(lambda path: by_xslt(path, stylesheet), of_ubl, repeat),
    }
    table = Table("what", "invoices a second", "target")
    for name, figure in figures.items():
        table.add_row(name, f"{figure:.0f}", str(TARGET) if name == "check and convert" else "")
    Console(stderr=True).print(table)
    ratio = figures["convert UBL"] / figures["XSLT of a part, UBL"]
    result = {"name": "invoices", "ratio": round(ratio, 3), "rival": "lxml XSLT of a part"}
    sys.stdout.write(json.dumps(result | {"figures": figures}) + "\n")


def schema_checked(path: Path) -> etree._Element:
    """Read an invoice, and have it checked by its schema."""
    return read_xml(path, schema_for(read_xml(path), path.name))


def convert(path: Path) -> bytes:
    """Turn an invoice into the other syntax, and make sure that nothing is lost."""
    reading = reading_of(read_xml(path), path.name)
    other = Syntax.UBL if reading.syntax is Syntax.CII else Syntax.CII
    made, missing = made_from(reading.invoice, other, path.name)
    assert not missing, path.name
    return bytes(etree.tostring(made))


def checked_and_converted(path: Path) -> bytes:
    """Do what a transfer does with an invoice."""
    check(recognise(path))
    return convert(path)


def by_xslt(path: Path, stylesheet: etree.XSLT) -> bytes:
    """Map the same document by the stylesheet."""
    return bytes(etree.tostring(stylesheet(read_xml(path))))


def rate(work: Callable[[Path], object], files: Sequence[Path], repeat: int) -> float:
    """Return the median rate over all files, in files a second, after one pass to warm up."""
    rates = []
    for number in range(repeat + 1):
        began = time.process_time()
        for path in files:
            work(path)
        rates.append(len(files) / (time.process_time() - began))
        if number == 0:
            rates.clear()
    return round(median(rates), 1)


if __name__ == "__main__":
    main()
