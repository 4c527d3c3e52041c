"""Letters of DIN 91379 written with A to Z, for systems that lack them.

DIN 91379 holds the letters that German authorities must be able to store; few of them exist in the
charsets of older systems. Its table of mappings (DIN SPEC 91379:2019-03, section 5, table 9, which
extends ICAO Doc 9303, part 3, section 6, table A) is in `din91379.tsv`, made of KoSIT's
machine-readable list String.Latin+ 1.2 by `tests/transforms/make_din91379.py`.

The standard maps onto capitals only. Here a small letter gets small ones, and a capital that needs
two letters gets the second one small before a small letter: `Ǻse` is `Aase`, `ǺSE` is `AASE`.
Signs that are no letters, such as €, have no mapping.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

MARKS = 30
"""Marks that one letter may have (Unicode Standard Annex 15, Stream-Safe Text Format)."""

DOUBLE = frozenset(map(chr, range(0x35C, 0x363)))
"""Marks that reach over the next letter, too."""
JOINING = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
"""Hangul that joins what stands before it; no mark by its category."""


@cache
def mappings() -> dict[str, str]:
    """Return the capitals A to Z for each letter or sequence, which is in NFC."""
    text = files("transforms").joinpath("din91379.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {letter: capitals for capitals, letters in rows for letter in letters.split(" ")}


def transliterated(letter: str, following: str = "") -> str | None:
    """Return how a letter is written with A to Z, or None if there is no official mapping.

    Args:
        letter: one letter with its marks.
        following: the sign after it, which decides on small and capital letters.
    """
    plain = unicodedata.normalize("NFC", letter)
    capitals = mappings().get(plain)
    if capitals is None:
        return None
    if plain.islower():
        return capitals.lower()
    return capitals.capitalize() if not plain.isupper() or following.islower() else capitals


def letter_at(text: str, index: int) -> tuple[int, int]:
    """Return where the letter that the sign at `index` belongs to begins and ends, with its marks.

    At most `MARKS` of them are looked at on either side.
    """
    start = index
    while start > max(0, index - MARKS) and joins(text, start):
        start -= 1
    end = index + 1
    while end < min(len(text), index + MARKS) and joins(text, end):
        end += 1
    return start, end


def joins(text: str, index: int) -> bool:
    """Tell whether the sign at `index` belongs to what stands before it."""
    sign = text[index]
    if sign < "\u0300" and (index == 0 or text[index - 1] not in DOUBLE):
        return False
    return (
        unicodedata.category(sign).startswith("M")
        or (index > 0 and text[index - 1] in DOUBLE)
        or JOINING.match(sign) is not None
    )
