"""`python -m benchmarks.invoice_rules [--quick]`: are verdicts right, and how long do they take.

Right is what the makers of the rules expect: every unit test of CEN, every standard case of
XRechnung without an error, every hybrid PDF of the corpus recognised. The rival is lxml, which
parses and validates the schema only: what a check costs that knows no business rule.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.shared_data import DATA
from tests.transforms import invoice_samples as samples
from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import recognise
from transforms.invoice_packs import load_pack
from transforms.invoice_rules import check
from transforms.invoice_saxon import Tree
from transforms.read_xml import read_xml, schema_of


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.invoice_rules", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of five times")
    repeat = 1 if parser.parse_args().quick else 5
    if samples.xrechnung_rules() is None:
        parser.error("the compiled rules of XRechnung are not at hand; set XRECHNUNG_XSLT")
    figures: dict[str, float | int] = {}
    with TemporaryDirectory() as folder:
        pack = samples.official_pack(Path(folder))
        figures |= units(pack)
        figures |= cases(pack, repeat)
    figures |= hybrids()
    table = Table("what", "figure")
    for name, figure in figures.items():
        table.add_row(name, f"{figure}")
    Console(stderr=True).print(table)
    ratio = round(figures["xsd_only_ms"] / figures["ubl_ms"], 3)
    result = {"name": "invoice_rules", "ratio": ratio, "rival": "lxml, schema only"}
    sys.stdout.write(json.dumps(result | {"figures": figures}) + "\n")


def units(pack: Path) -> dict[str, int]:
    """Return how many of CEN's expectations there are, and how many are met."""
    met = count = 0
    cii = pack / "resources/cii/16b/xsl/EN16931-CII-validation.xsl"
    for folder in ("Invoice-unit-UBL", "CreditNote-unit-UBL", "cii"):
        rules = cii if folder == "cii" else samples.UBL_RULES
        for file in sorted((DATA / "en16931" / "test" / folder).glob("*.xml")):
            for one in samples.expectations(file):
                hits = [hit.rule for hit in Tree(one.root, one.title).hits(rules)].count(one.rule)
                met += hits == one.hits if one.hits is not None else hits > 0
                count += 1
    return {"cen_expectations": count, "cen_met": met}


def cases(pack: Path, repeat: int) -> dict[str, float | int]:
    """Return standard cases, those with an error, and milliseconds for each of them, warm."""
    folder = DATA / "xrechnung-testsuite" / "business-cases" / "standard"
    loaded = load_pack(pack)
    schema = schema_of(pack / "resources/ubl/2.1/xsd/maindoc/UBL-Invoice-2.1.xsd")
    figures: dict[str, float | int] = {}
    wrong = 0
    for title, ending in (("ubl", "_ubl.xml"), ("cii", "_uncefact.xml")):
        files = sorted(folder.glob(f"*{ending}"))
        wrong += sum(bool(check(recognise(file), loaded).errors) for file in files)
        spent = timed(lambda file: check(recognise(file), loaded), files, repeat)
        bare = timed(lambda file: check(recognise(file)), files, repeat)
        figures |= {f"{title}_cases": len(files), f"{title}_ms": spent}
        figures[f"{title}_without_pack_ms"] = bare
    files = sorted(folder.glob("*_ubl.xml"))
    figures["xsd_only_ms"] = timed(lambda file: read_xml(file, schema), files, repeat)
    return {"standard_cases_with_errors": wrong, **figures}


def timed(work: Callable[[Path], object], files: Sequence[Path], repeat: int) -> float:
    """Return the median of the milliseconds for one file; the first round does not count."""
    rounds = []
    for _ in range(repeat + 1):
        began = time.process_time()
        for file in files:
            work(file)
        rounds.append((time.process_time() - began) / len(files) * 1000)
    return round(median(rounds[1:]), 2)


def hybrids() -> dict[str, int]:
    """Return how many PDFs the corpus has, and in how many the invoice was found or refused."""
    pdfs = sorted((DATA / "zugferd-corpus").rglob("*.pdf"))
    found = refused = 0
    for pdf in pdfs:
        try:
            found += recognise(pdf).kind.hybrid
        except DocumentInvalid:
            refused += 1
    return {"hybrid_pdfs": len(pdfs), "hybrid_found": found, "hybrid_refused": refused}


if __name__ == "__main__":
    main()
