"""`python -m benchmarks.pdfs [--quick]`: what it takes to print an application.

Every application differs from the others, as Typst keeps what it has set already. Times are those
of the whole step: the XML read safely, laid out, set as PDF/A-3a and PDF/UA-1, the XML attached.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pikepdf
from rich.console import Console
from rich.table import Table

from tests.transforms import applications
from transforms.document import Document
from transforms.step import Workbench
from transforms.xml_to_pdf import XmlToPdf

TARGET = 30.0
"""Milliseconds, warm."""
WARM_UP = 5
FACTS = {"date": "2026-11-23T07:15:00+01:00"}
ATTACHMENT = "<Anlage><Dateiname>Beleg {n}.pdf</Dateiname><MIME>application/pdf</MIME></Anlage>"


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pdfs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 times instead of 200")
    count = 20 if parser.parse_args().quick else 200
    table = Table("document", "pages", "median (ms)", "95 % below (ms)", "target (ms)")
    figures: dict[str, float] = {}
    for title, attachments in {"application": 3, "application, 100 attachments": 100}.items():
        times, pages = measured(attachments, count)
        worse = sorted(times)[int(len(times) * 0.95)]
        figures[title] = round(median(times), 2)
        aim = f"{TARGET:.0f}" if attachments == 3 else ""
        table.add_row(title, f"{pages}", f"{median(times):.1f}", f"{worse:.1f}", aim)
    Console(stderr=True).print(table)
    result = {"name": "pdfs", "milliseconds": figures["application"], "figures": figures}
    sys.stdout.write(json.dumps(result) + "\n")


def measured(attachments: int, count: int) -> tuple[list[float], int]:
    """Return milliseconds of each application and the pages of one."""
    step, times, pages = XmlToPdf(letterhead=["Gemeinde Ganderkesee"]), [], 0
    with TemporaryDirectory(prefix="govmanager-bench-") as name:
        for number, content in enumerate(various(attachments, count + WARM_UP)):
            bench = Path(name) / f"{number}"
            bench.mkdir()
            (bench / "antrag.xml").write_bytes(content)
            document = Document(bench / "antrag.xml", "antrag.xml", FACTS)
            began = time.perf_counter()
            (made,) = step.apply(document, Workbench(bench))
            times.append((time.perf_counter() - began) * 1000)
            with pikepdf.open(made.path) as pdf:
                pages = len(pdf.pages)
                assert list(pdf.attachments) == ["antrag.xml"]
    return times[WARM_UP:], pages


def various(attachments: int, count: int) -> Iterator[bytes]:
    """Yield applications that differ in what is on every page."""
    text = applications.APPLICATION.read_text(encoding="utf-8")
    begins, ends = text.index("<Anlagen>") + len("<Anlagen>"), text.index("</Anlagen>")
    for number in range(count):
        listed = "".join(ATTACHMENT.format(n=f"{number}-{one}") for one in range(attachments))
        other = (text[:begins] + listed + text[ends:]).replace("000417", f"{number:06d}")
        yield other.replace("Müller", f"Müller{number}").replace("Hund", f"Hund{number}").encode()


if __name__ == "__main__":
    main()
