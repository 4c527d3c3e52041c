"""Make the table of `transforms.din91379` out of the official list of characters.

    python -m tests.transforms.make_din91379 latinchars.xml > transforms/din91379.tsv

The list is KoSIT's `latinchars.xml` (String.Latin+ 1.2, published 2020-01-16 with DIN SPEC 91379).
Taken from it are the mappings of letters onto A to Z: `icao` and `icao-ext`, which are table 9 in
section 5 of DIN SPEC 91379:2019-03, and the two mapped ones of `suchform` (ª and º).
"""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

from transforms.read_xml import read_xml

NAMESPACE = "{http://xoev.de/latinchars}"
KINDS = {"icao", "icao-ext", "suchform"}


def entries(path: Path) -> list[tuple[str, str]]:
    """Return each entry of the list in its order: the letter or sequence, and its mapping or ""."""
    root = read_xml(path)
    return [
        (_signs(one.findtext(f"{NAMESPACE}cp") or ""), _mapping(one))
        for one in root.iter(f"{NAMESPACE}char", f"{NAMESPACE}sequence")
    ]


def table(path: Path) -> str:
    """Return the table: a mapping in each line, and after a tab the letters it belongs to."""
    lines: dict[str, list[str]] = {}
    for letter, mapping in entries(path):
        if mapping and not letter.isascii():
            lines.setdefault(mapping, []).append(letter)
    return "".join(f"{mapping}\t{' '.join(lines[mapping])}\n" for mapping in sorted(lines))


def _mapping(entry: etree._Element) -> str:
    for one in entry.iter(f"{NAMESPACE}mapping"):
        if one.get("type") == "mapped" and one.get("internal-mapping") in KINDS:
            return _signs(" ".join(dest.text or "" for dest in one.iter(f"{NAMESPACE}dest")))
    return ""


def _signs(code_points: str) -> str:
    return "".join(chr(int(one, 16)) for one in code_points.split())


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(table(Path(sys.argv[1])))
