"""Headings, fields and tables as plain text for people to read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from transforms.xml_layout import Block, Row

WIDTH = 80
"""Signs of a line, which printers and mails take."""
WIDEST_LABEL = 30
"""Signs that labels are aligned to; a longer one has its value below it."""
UNDERLINES = {1: "=", 2: "-"}


def plain_text(title: str, blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the lines of a document, without their ends."""
    yield from _heading(title, 1)
    for block in blocks:
        yield ""
        if block["kind"] == "heading":
            yield from _heading(block["text"], block["level"])
        elif block["kind"] == "fields":
            yield from fields(block["rows"])
        else:
            yield from _listing(block["titles"], block["rows"])


def fields(rows: Sequence[Row]) -> Iterator[str]:
    """Yield labels and values, the values below each other and broken at `WIDTH`."""
    wide = max((len(label) for label, _ in rows if len(label) <= WIDEST_LABEL), default=0) + 2
    for label, value in rows:
        parts = _broken(value, WIDTH - wide) or [""]
        if len(label) > WIDEST_LABEL:
            yield f"{label}:"
        else:
            yield f"{f'{label}:'.ljust(wide)}{parts.pop(0)}".rstrip()
        for part in parts:
            yield f"{' ' * wide}{part}".rstrip()


def _heading(text: str, level: int) -> Iterator[str]:
    yield text
    if level in UNDERLINES:
        yield UNDERLINES[level] * len(text)


def _listing(titles: Row, rows: Sequence[Row]) -> Iterator[str]:
    table = [titles, *rows]
    widths = [max(len(row[index]) for row in table) for index in range(len(titles))]
    if sum(widths) + 2 * len(widths) > WIDTH or any("\n" in cell for row in rows for cell in row):
        for number, row in enumerate(rows, start=1):
            if number > 1:
                yield ""
            yield from fields([["Nr.", str(number)], *map(list, zip(titles, row, strict=True))])
        return
    for row in (titles, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _broken(value: str, width: int) -> list[str]:
    return [
        part
        for line in value.split("\n")
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        or [""]
    ]
