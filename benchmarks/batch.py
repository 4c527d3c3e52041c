"""`python -m benchmarks.batch [--quick]`: a large XML file is split by its records and mapped.

The hub's side are the steps `split-xml` and `xml-map`, each record validated by both schemas, in a
process of its own. Beside it plain lxml: the whole file in memory, and the same values by an XSLT
1.0 for each record, with nothing validated. `--quick` takes 50 MB instead of 1 GB.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree
from rich.console import Console
from rich.table import Table

from transforms.document import Document
from transforms.map_xml import MapXml
from transforms.split_xml import SplitXml
from transforms.step import Workbench

SAMPLE = Path(__file__).parents[1] / "tests/transforms/samples/ags100_99003002000000.xml"
NAMESPACE = "urn:de:govmanager:antrag:1"
RECORD_BYTES = 10_000
TARGET_MB_PER_S, MOST_MIB = 4, 300

XSLT = b"""<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:a="urn:de:govmanager:antrag:1" exclude-result-prefixes="a">
  <xsl:template match="a:Antrag"><Import>
    <xsl:for-each select=".//*[not(*)]"><Wert name="{local-name()}"><xsl:value-of select="."/>
    </Wert></xsl:for-each></Import></xsl:template>
</xsl:stylesheet>"""


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 MB instead of 1 GB")
    parser.add_argument("--side", choices=SIDES, help="one side, in this process")
    parser.add_argument("--file", type=Path, help="the file for it")
    given = parser.parse_args()
    if given.side:
        _one_side(given.side, given.file)
        return
    with TemporaryDirectory(prefix="govmanager-bench-") as name:
        file = Path(name) / "lieferung.xml"
        size = lay(file, 5_000 if given.quick else 100_000)
        sides = {side: _child(side, file) for side in SIDES}
    _show(size, sides)


def lay(file: Path, records: int) -> int:
    """Write a delivery of applications of 10 kB, an attachment included; return its bytes."""
    text = SAMPLE.read_text(encoding="utf-8").partition("?>")[2].strip()
    content = base64.b64encode(bytes(max(0, RECORD_BYTES - len(text.encode())) * 3 // 4)).decode()
    end = "</SHA256>\n    </Anlage>\n  </Anlagen>"
    with_content = f"</SHA256><Inhalt>{content}</Inhalt></Anlage></Anlagen>"
    body = text.replace(end, with_content).encode()
    with file.open("wb") as target:
        target.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<Lieferung>\n')
        for _ in range(records):
            target.write(body + b"\n")
        target.write(b"</Lieferung>\n")
    return file.stat().st_size


def _by_steps(file: Path, directory: Path) -> int:
    split = SplitXml(record_path="Antrag", record_envelope="NONE")
    mapping = MapXml(mapping="antrag-to-fachverfahren")
    parts = split.apply(Document(file, file.name), Workbench(_made(directory / "split")))
    bench = Workbench(_made(directory / "map"))
    for part in parts:
        mapping.apply(part, bench)
    return len(parts)


def _by_lxml(file: Path, directory: Path) -> int:
    del directory
    # What a script without the hub would do; nothing here comes from outside.
    transform = etree.XSLT(etree.XML(XSLT))  # noqa: TID251
    tree = etree.parse(file, etree.XMLParser(huge_tree=True))  # noqa: TID251
    records = tree.getroot().findall(f"{{{NAMESPACE}}}Antrag")
    return sum(bool(str(transform(record))) for record in records)


SIDES: dict[str, Callable[[Path, Path], int]] = {"steps": _by_steps, "lxml": _by_lxml}


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _one_side(side: str, file: Path) -> None:
    with TemporaryDirectory(dir=file.parent) as name:
        began = time.monotonic()
        count = SIDES[side](file, Path(name))
        seconds = time.monotonic() - began
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    sys.stdout.write(json.dumps({"records": count, "seconds": seconds, "mib": peak}) + "\n")


def _child(side: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.batch", "--side", side, "--file", str(file)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return told


def _show(size: int, sides: dict[str, dict[str, float]]) -> None:
    table = Table("way", "records", "seconds", "MB/s", "peak MiB", "target")
    for side, told in sides.items():
        rate = size / told["seconds"] / 1e6
        target = f"{TARGET_MB_PER_S} MB/s, {MOST_MIB} MiB" if side == "steps" else ""
        figures = (f"{told['seconds']:.1f}", f"{rate:.1f}", f"{told['mib']:.0f}")
        table.add_row(side, f"{told['records']:.0f}", *figures, target)
    Console(stderr=True).print(table)
    figures_ = {
        f"{side}_{name}": round(value, 2)
        for side, told in sides.items()
        for name, value in told.items()
    }
    result = {
        "name": "batch",
        "ratio": round(sides["lxml"]["seconds"] / sides["steps"]["seconds"], 3),
        "rival": "lxml with XSLT 1.0, all in memory, nothing validated",
        "figures": {**figures_, "bytes": size},
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
