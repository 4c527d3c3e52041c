"""The XML inside a hybrid invoice (ZUGFeRD, Factur-X), taken out in bounded memory.

A stream of a PDF can claim to be short and unpack to gigabytes. So nothing is unpacked by the PDF
library: the packed bytes, which are never more than the file, are unpacked here up to a limit.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import pikepdf
from lxml import etree
from pikepdf.settings import set_qpdf_limits

from transforms.errors import DocumentInvalid
from transforms.read_xml import LIMIT, read_xml_bytes

ATTACHMENTS = 1000
"""Attachments that are looked at; the XML among them may have `LIMIT` bytes together."""

BEGINNING = 512
"""Bytes of an attachment that tell whether it is XML."""

CHUNK = 1 << 20
"""Bytes that are unpacked at a time."""

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
    _bound_qpdf()
    try:
        with pikepdf.open(path) as pdf:
            left = LIMIT
            for inner, attached in islice(pdf.attachments.items(), ATTACHMENTS):
                if (data := _xml_of(attached.obj, inner, name, left)) is not None:
                    left -= len(data)
                    yield inner, data
    except pikepdf.PasswordError as error:
        raise DocumentInvalid(
            "The PDF is locked by a password",
            where=name,
            remedy="Ask the sender to send it without one",
        ) from error
    except (pikepdf.PikepdfError, ValueError, TypeError, RuntimeError) as error:
        raise DocumentInvalid(
            "The PDF is damaged: what it is made of cannot be read",
            where=name,
            remedy="Ask the sender to make and send it again",
        ) from error


def _xml_of(specification: pikepdf.Object, inner: str, name: str, most: int) -> bytes | None:
    """Return an attachment's bytes if it is XML; None if it is something else."""
    expected = inner.lower() in NAMES
    try:
        packed, deflated = _stream(specification)
        beginning = next(_parts(packed, BEGINNING), b"") if deflated else packed[:BEGINNING]
        if not expected and not _is_xml(beginning):
            return None
        return _unpacked(packed, most) if deflated else packed
    except _TooMuch as error:
        raise DocumentInvalid(
            f"The XML inside the PDF unpacks to more than {LIMIT} bytes",
            where=f"{name}, attachment {inner}",
            remedy="Ask the sender for a smaller one",
        ) from error
    except (_Unreadable, zlib.error) as error:
        if not expected:
            return None
        raise DocumentInvalid(
            "The invoice inside the PDF cannot be unpacked",
            where=f"{name}, attachment {inner}",
            remedy="Ask the sender to make and send it again",
        ) from error


class _Unreadable(Exception):
    """An attachment has no stream, or one that is packed as no invoice is."""


class _TooMuch(Exception):
    """What is unpacked grows beyond the limit."""


def _stream(specification: pikepdf.Object) -> tuple[bytes, bool]:
    """Return an attachment's bytes as they lie in the file, and whether they are deflated."""
    # ISO 32000-1, section 7.11.4: the embedded file's streams by platform; /F is what is used.
    files = specification.get("/EF")
    stream = None
    if isinstance(files, pikepdf.Dictionary):
        stream = files.get("/F", files.get("/UF"))
    if not isinstance(stream, pikepdf.Stream):
        raise _Unreadable
    packing = stream.get("/Filter")
    names = [str(one) for one in packing] if isinstance(packing, pikepdf.Array) else [str(packing)]
    if packing is not None and names not in (["/FlateDecode"], []):
        raise _Unreadable
    return stream.read_raw_bytes(), packing is not None and bool(names)


def _unpacked(packed: bytes, most: int) -> bytes:
    """Return what was deflated (RFC 1950), if it is at most that many bytes."""
    parts: list[bytes] = []
    size = 0
    for part in _parts(packed, CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise _TooMuch
    return b"".join(parts)


def _parts(packed: bytes, most: int) -> Iterator[bytes]:
    """Yield what was deflated in parts of at most that many bytes."""
    machine = zlib.decompressobj()
    while not machine.eof:
        part = machine.decompress(packed, most)
        packed = machine.unconsumed_tail
        if not part and not machine.eof:
            raise _Unreadable
        yield part


def _is_xml(beginning: bytes) -> bool:
    return beginning.lstrip(codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"\0 \t\r\n").startswith(b"<")


@cache
def _bound_qpdf() -> None:
    """Bound what qpdf unpacks to read the structure of a PDF; holds for the whole process."""
    set_qpdf_limits(
        flate_max_memory=LIMIT,
        run_length_max_memory=LIMIT,
        png_max_memory=LIMIT,
        tiff_max_memory=LIMIT,
        doc_max_warnings=1000,
    )
