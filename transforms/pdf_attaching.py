"""Files inside a PDF, as PDF/A-3 wants them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pikepdf

EPOCH = datetime.fromtimestamp(0, UTC)

Relationship = Literal["Source", "Data", "Alternative", "Supplement", "Unspecified"]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes into a PDF.

    Attributes:
        name: its file name there.
        content: its bytes.
        mime: its media type, such as `application/xml`.
        description: what a reader of the PDF is told of it.
        relationship: what it is to the PDF (ISO 19005-3, section 6.8; ISO 32000-2, table 43).
    """

    name: str
    content: bytes
    mime: str
    description: str
    relationship: Relationship


def with_attached(
    pdf: bytes, files: Sequence[Attached], path: Path, *, moment: datetime | None = None
) -> None:
    """Write a PDF with files inside; the same input gives the same bytes.

    Args:
        pdf: one that we made ourselves.
        files: what goes into it; the names differ.
        path: the new file.
        moment: when the files are said to have been changed; the beginning of 1970 if None.

    Raises:
        OSError: the file cannot be written.
    """
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for one in files:
            attach(opened, one, moment)
        opened.save(path, deterministic_id=True)


def attach(pdf: pikepdf.Pdf, file: Attached, moment: datetime | None = None) -> None:
    """Put a file into an open PDF, under a name that is not taken there."""
    when = (moment or EPOCH).astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    # pikepdf lists it in /AF, too, which makes it a file of the document as a whole.
    pdf.attachments[file.name] = pikepdf.AttachedFileSpec(
        pdf,
        file.content,
        filename=file.name,
        description=file.description,
        mime_type=file.mime,
        creation_date=when,
        mod_date=when,
        relationship=pikepdf.Name(f"/{file.relationship}"),
    )
