"""The XML inside a hybrid invoice (ZUGFeRD, Factur-X), taken out in bounded memory."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pikepdf
from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.pdf_inside import TooMuch, Unreadable, opened_pdf, parts_of, stream_of, unpacked
from transforms.read_xml import LIMIT, read_xml_bytes

ATTACHMENTS = 1000
"""Attachments that are looked at; the XML among them may have `LIMIT` bytes together."""

BEGINNING = 512
"""Bytes of an attachment that tell whether it is XML."""

NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
"""What the standards call the invoice (Factur-X 1.0.7, section 6.2); in lower case. An attachment
of such a name that cannot be read is an error, any other one is no invoice."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """An XML document inside a PDF.

    Attributes:
        name: its file name there.
        root: its root element.
        data: its bytes.
    """

    name: str
    root: etree._Element
    data: bytes


def embedded_xml(path: Path, roots: Collection[str], *, name: str = "") -> Embedded | None:
    """Return the one XML document inside a PDF that has one of these root elements.

    Args:
        path: the PDF.
        roots: qualified names of root elements, as `{namespace}name`.
        name: what errors call the PDF; the leaf name of `path` if empty.

    Raises:
        DocumentInvalid: the PDF or the invoice inside cannot be read, it is too large, or there
            are several that differ.
        OSError: the file cannot be read.
    """
    name = name or path.name
    if path.stat().st_size > LIMIT:
        raise DocumentInvalid(
            f"The PDF has more than {LIMIT} bytes",
            where=name,
            remedy="Ask the sender for a smaller one",
        )
    found: dict[bytes, Embedded] = {}
    for one in _read(path, name):
        if str(one.root.tag) in roots:
            found.setdefault(one.data, one)
    if len(found) > 1:
        raise DocumentInvalid(
            f"The PDF holds {len(found)} invoices that differ",
            where=name,
            remedy="Ask the sender to send one invoice in each file",
        )
    return next(iter(found.values()), None)


def _read(path: Path, name: str) -> Iterator[Embedded]:
    """Yield the XML documents inside; those without a standard's name only if they are sound."""
    for inner, data in _xml_attachments(path, name):
        try:
            root = read_xml_bytes(data, name=f"{name}, attachment {inner}")
        except DocumentInvalid:
            if inner.lower() in NAMES:
                raise
            continue
        yield Embedded(inner, root, data)


def _xml_attachments(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    left = LIMIT
    with opened_pdf(path, name) as pdf:
        for inner, attached in islice(pdf.attachments.items(), ATTACHMENTS):
            if (data := _xml_of(attached.obj, inner, name, left)) is not None:
                left -= len(data)
                yield inner, data


def _xml_of(specification: pikepdf.Object, inner: str, name: str, most: int) -> bytes | None:
    """Return an attachment's bytes if it is XML; None if it is something else."""
    expected = inner.lower() in NAMES
    try:
        packed, deflated = stream_of(specification)
        beginning = next(parts_of(packed, BEGINNING), b"") if deflated else packed[:BEGINNING]
        if not expected and not _is_xml(beginning):
            return None
        return unpacked(packed, most) if deflated else packed
    except TooMuch as error:
        raise DocumentInvalid(
            f"The XML inside the PDF unpacks to more than {LIMIT} bytes",
            where=f"{name}, attachment {inner}",
            remedy="Ask the sender for a smaller one",
        ) from error
    except (Unreadable, zlib.error) as error:
        if not expected:
            return None
        raise DocumentInvalid(
            "The invoice inside the PDF cannot be unpacked",
            where=f"{name}, attachment {inner}",
            remedy="Ask the sender to make and send it again",
        ) from error


def _is_xml(beginning: bytes) -> bool:
    return beginning.lstrip(codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"\0 \t\r\n").startswith(b"<")
