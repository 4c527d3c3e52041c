"""Files inside a PDF from outside, taken out in bounded memory.

A stream of a PDF can claim to be short and unpack to gigabytes. So nothing is unpacked by the PDF
library: the packed bytes, which are never more than the file, are unpacked here up to a limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pikepdf
from pikepdf.settings import set_qpdf_limits

from transforms.errors import DocumentInvalid
from transforms.read_xml import LIMIT

CHUNK = 1 << 20
"""Bytes that are unpacked at a time."""


@contextmanager
def opened_pdf(path: Path, name: str, *, recover: bool = True) -> Iterator[pikepdf.Pdf]:
    """Open a PDF; what is wrong with it may come out only while it is read.

    Args:
        path: the PDF.
        name: what errors call it.
        recover: whether what is found of a damaged PDF is enough.

    Raises:
        DocumentInvalid: it is locked or damaged.
        OSError: the file cannot be read.
    """
    _bound_qpdf()
    try:
        with pikepdf.open(path, attempt_recovery=recover) as pdf:
            yield pdf
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


class Unreadable(Exception):
    """An attachment has no stream, or one that is packed as no invoice is."""


class TooMuch(Exception):
    """What is unpacked grows beyond the limit."""


def stream_of(specification: pikepdf.Object) -> tuple[bytes, bool]:
    """Return an attachment's bytes as they lie in the file, and whether they are deflated."""
    # ISO 32000-1, section 7.11.4: the embedded file's streams by platform; /F is what is used.
    files = specification.get("/EF")
    stream = None
    if isinstance(files, pikepdf.Dictionary):
        stream = files.get("/F", files.get("/UF"))
    if not isinstance(stream, pikepdf.Stream):
        raise Unreadable
    packing = stream.get("/Filter")
    names = [str(one) for one in packing] if isinstance(packing, pikepdf.Array) else [str(packing)]
    if packing is not None and names not in (["/FlateDecode"], []):
        raise Unreadable
    return stream.read_raw_bytes(), packing is not None and bool(names)


def unpacked(packed: bytes, most: int) -> bytes:
    """Return what was deflated (RFC 1950), if it is at most that many bytes."""
    parts: list[bytes] = []
    size = 0
    for part in parts_of(packed, CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise TooMuch
    return b"".join(parts)


def parts_of(packed: bytes, most: int) -> Iterator[bytes]:
    """Yield what was deflated in parts of at most that many bytes."""
    machine = zlib.decompressobj()
    while not machine.eof:
        part = machine.decompress(packed, most)
        packed = machine.unconsumed_tail
        if not part and not machine.eof:
            raise Unreadable
        yield part


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
