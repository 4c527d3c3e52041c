"""What a job asks for: copies, sides, tray, media, document format (RFC 8011, PWG 5100.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from blocks.ipp import Attribute, Tag

HUNDREDTHS = {"mm": 100, "in": 2540}
"""Hundredths of a millimetre, the unit of `media-size` (PWG 5100.7, section 6.3)."""
MEDIA_SIZE = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$")
"""Where a media name tells its size (PWG 5101.1, section 5.1)."""


class Sides(StrEnum):
    """On which sides of the sheets is printed."""

    PRINTER_DEFAULT = "PRINTER_DEFAULT"
    ONE_SIDED = "ONE_SIDED"
    TWO_SIDED_LONG_EDGE = "TWO_SIDED_LONG_EDGE"
    TWO_SIDED_SHORT_EDGE = "TWO_SIDED_SHORT_EDGE"

    @property
    def keyword(self) -> str:
        """The keyword of IPP, "" to leave it to the printer."""
        plain = self.value.lower().replace("_", "-")
        return "" if self is Sides.PRINTER_DEFAULT else plain


class DocumentFormat(StrEnum):
    """How the printer is to read the documents."""

    AUTOMATIC = "AUTOMATIC"
    PDF = "PDF"
    POSTSCRIPT = "POSTSCRIPT"
    TEXT = "TEXT"
    JPEG = "JPEG"
    PWG_RASTER = "PWG_RASTER"
    PRINTER_DECIDES = "PRINTER_DECIDES"


MIME_TYPES = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.POSTSCRIPT: "application/postscript",
    DocumentFormat.TEXT: "text/plain",
    DocumentFormat.JPEG: "image/jpeg",
    DocumentFormat.PWG_RASTER: "image/pwg-raster",
    DocumentFormat.PRINTER_DECIDES: "application/octet-stream",
}
SUFFIXES = {
    ".pdf": DocumentFormat.PDF,
    ".ps": DocumentFormat.POSTSCRIPT,
    ".txt": DocumentFormat.TEXT,
    ".jpg": DocumentFormat.JPEG,
    ".jpeg": DocumentFormat.JPEG,
    ".pwg": DocumentFormat.PWG_RASTER,
}


def mime_type(chosen: DocumentFormat, name: str) -> str:
    """Return the MIME type for a document of this name; the printer decides on unknown suffixes."""
    if chosen is DocumentFormat.AUTOMATIC:
        chosen = SUFFIXES.get(PurePath(name).suffix.lower(), DocumentFormat.PRINTER_DECIDES)
    return MIME_TYPES[chosen]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a job asks for.

    Attributes:
        document_format: MIME type.
        copies: how many.
        sides: keyword of IPP, "" for the printer's default.
        tray: keyword of `media-source`, "" for the printer's default.
        media: name of the paper, "" for the printer's default.
    """

    document_format: str
    copies: int = 1
    sides: str = ""
    tray: str = ""
    media: str = ""

    def attributes(self) -> Sequence[Attribute]:
        """Return the job template attributes; what is left to the printer is left out.

        Raises:
            ValueError: tray and media are both given, and the name of the media has no size.
        """
        asked = []
        if self.copies > 1:
            asked.append(Attribute("copies", Tag.INTEGER, [self.copies]))
        if self.sides:
            asked.append(Attribute("sides", Tag.KEYWORD, [self.sides]))
        if self.tray:
            asked.append(Attribute("media-col", Tag.BEGIN_COLLECTION, [self._media_col()]))
        elif self.media:
            asked.append(Attribute("media", Tag.KEYWORD, [self.media]))
        return asked

    def __str__(self) -> str:
        """Return what is asked for in one phrase."""
        asked = (self.document_format, f"copies {self.copies}", self.sides, self.tray, self.media)
        return ", ".join(one for one in asked if one)

    def _media_col(self) -> Sequence[Attribute]:
        """Return tray and size: beside `media-col` no `media` is allowed (PWG 5100.7)."""
        tray = Attribute("media-source", Tag.KEYWORD, [self.tray])
        if not self.media:
            return [tray]
        width, height = media_size(self.media)
        sides = [
            Attribute("x-dimension", Tag.INTEGER, [width]),
            Attribute("y-dimension", Tag.INTEGER, [height]),
        ]
        return [Attribute("media-size", Tag.BEGIN_COLLECTION, [sides]), tray]


def media_size(media: str) -> tuple[int, int]:
    """Return width and height in hundredths of a millimetre as the name tells them.

    Raises:
        ValueError: it does not, as `iso_a4_210x297mm` does.
    """
    found = MEDIA_SIZE.search(media)
    if not found:
        message = f"{media!r} does not tell its size; write a name such as iso_a4_210x297mm"
        raise ValueError(message)
    factor = HUNDREDTHS[found[3]]
    return round(float(found[1]) * factor), round(float(found[2]) * factor)
