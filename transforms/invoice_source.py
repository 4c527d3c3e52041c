"""The XML of an invoice, be it a file of its own or inside a PDF."""

from __future__ import annotations

from pathlib import Path

from transforms.errors import DocumentInvalid
from transforms.invoice_kinds import PDF_HEAD, ROOTS
from transforms.invoice_pdf import Embedded, embedded_xml
from transforms.read_xml import read_xml


def is_pdf(path: Path) -> bool:
    """Tell whether a file names itself a PDF.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return b"%PDF-" in file.read(PDF_HEAD)


def invoice_xml(path: Path, name: str) -> Embedded:
    """Return the XML of an invoice; all of it is held in memory.

    Args:
        path: an XML invoice or a hybrid PDF.
        name: what errors call it, and the XML if it is a file of its own.

    Raises:
        DocumentInvalid: it is no invoice that a program can read, or one that cannot be read.
        OSError: it cannot be read.
    """
    if is_pdf(path):
        found = embedded_xml(path, set(ROOTS), name=name)
    else:
        root = read_xml(path, name=name)
        found = Embedded(name, root, path.read_bytes()) if str(root.tag) in ROOTS else None
    if found is None:
        raise DocumentInvalid(
            "The document is no e-invoice: there is neither UBL, CII nor ZUGFeRD in it",
            where=name,
            remedy="Ask the sender for an XRechnung or a ZUGFeRD invoice",
        )
    return found
