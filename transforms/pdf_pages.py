"""PDFs from outside, as far as pages are concerned: opened with bounds, written repeatably."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from transforms.document import Document
from transforms.errors import DocumentInvalid

LIMIT = 200 * 1024 * 1024
"""Bytes a PDF may have; qpdf keeps its table of objects in memory, not its streams."""


@contextmanager
def opened(document: Document) -> Iterator[pikepdf.Pdf]:
    """Open a PDF from outside.

    Raises:
        DocumentInvalid: it is none, is damaged, encrypted, too large or has no pages; also where
            that comes out only while it is read.
    """
    if document.path.stat().st_size > LIMIT:
        raise _refused(document, f"The PDF has more than {LIMIT} bytes")
    try:
        with pikepdf.open(document.path, attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise _refused(document, "The PDF is encrypted")
            if not pdf.pages:
                raise _refused(document, "The PDF has no pages")
            yield pdf
    except pikepdf.PasswordError as error:
        raise _refused(document, "The PDF is encrypted") from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError) as error:
        raise _refused(document, "This is no sound PDF") from error


def saved(pdf: pikepdf.Pdf, path: Path) -> None:
    """Write a PDF; the same pages give the same bytes."""
    pdf.remove_unreferenced_resources()
    pdf.save(path, deterministic_id=True)


def _refused(document: Document, what: str) -> DocumentInvalid:
    return DocumentInvalid(what, where=document.name, remedy="Ask the sender for a sound PDF")
