"""What lies inside documents: base64 elements of XML, parts of mails, embedded files of PDFs."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import NoReturn

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.paths_in_xml import below, value_at
from transforms.pdf_inside import TooMuch, Unreadable, opened_pdf, stream_of, unpacked
from transforms.read_xml import LIMIT, read_xml

MIB = 1 << 20
MOST = 1000
"""Files that one document may hold."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A file inside a document.

    Attributes:
        name: as the document tells it, which may be anything.
        content: its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class XmlPlaces:
    """Where attachments are in an XML document, as `transforms.paths_in_xml` writes paths.

    Attributes:
        elements: path of the elements that are attachments, below the root.
        name: path of the name, below such an element.
        data: path of the base64 content, below such an element.
    """

    elements: str
    name: str
    data: str


def in_xml(document: Document, most_bytes: int, places: XmlPlaces) -> Iterator[Inside]:
    """Yield the base64 content of elements (RFC 4648, section 4; white space is left out).

    Raises:
        DocumentInvalid: the document or an attachment cannot be read, or they are too large.
        StepFailed: a path leads to several values.
    """
    root = read_xml(document.path, name=document.name)
    left = most_bytes
    for number, element in enumerate(below([root], places.elements)):
        _check_count(document, number)
        text = value_at(element, places.data, document.name)
        if not text:
            # It is only told of, and travels by another way.
            continue
        if len(text) * 3 // 4 > left:
            _too_large(document, most_bytes)
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise DocumentInvalid(
                "An attachment is no base64",
                where=f"{document.name}, line {element.sourceline}",
                remedy="Ask the sender to correct it",
            ) from error
        left -= len(content)
        yield Inside(value_at(element, places.name, document.name), content)


def in_mail(document: Document, most_bytes: int) -> Iterator[Inside]:
    """Yield the parts of a mail that have a name or are attachments (RFC 2183), mails too.

    Raises:
        DocumentInvalid: it is no mail, or they are too large.
    """
    if document.path.stat().st_size > LIMIT:
        _too_large(document, LIMIT)
    with document.path.open("rb") as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    if not mail.keys() or not any(mail[name] for name in ("From", "Date", "Message-ID", "Subject")):
        raise DocumentInvalid(
            "This is no mail", where=document.name, remedy="Ask the sender for an .eml file"
        )
    left = most_bytes
    for number, part in enumerate(_attached(mail)):
        _check_count(document, number)
        content = _content(part)
        left -= len(content)
        if left < 0:
            _too_large(document, most_bytes)
        yield Inside(part.get_filename() or _subject(part), content)


def _attached(mail: EmailMessage) -> Iterator[EmailMessage]:
    for part in mail.iter_parts() if mail.is_multipart() else [mail]:
        if not isinstance(part, EmailMessage):
            continue
        if part.get_content_type() == "message/rfc822":
            yield part
        elif part.is_multipart():
            yield from _attached(part)
        elif part.get_filename() or part.get_content_disposition() == "attachment":
            yield part


def _content(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        return b"".join(inner.as_bytes() for inner in part.iter_parts())
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _subject(part: EmailMessage) -> str:
    inner = next(iter(part.iter_parts()), None) if part.is_multipart() else None
    subject = str(inner["Subject"] or "") if inner is not None else ""
    return f"{subject.replace('/', '_')}.eml" if subject else ""


def in_pdf(document: Document, most_bytes: int) -> Iterator[Inside]:
    """Yield the embedded files of a PDF (ISO 32000-1, section 7.11.4).

    Raises:
        DocumentInvalid: the PDF or a file inside cannot be read, or they are too large.
    """
    if document.path.stat().st_size > LIMIT:
        _too_large(document, LIMIT)
    left = most_bytes
    # Of a PDF that is cut off some files might be found, and others lost without a word.
    with opened_pdf(document.path, document.name, recover=False) as pdf:
        for number, (name, attached) in enumerate(pdf.attachments.items()):
            _check_count(document, number)
            try:
                packed, deflated = stream_of(attached.obj)
                content = unpacked(packed, left) if deflated else packed
            except TooMuch:
                _too_large(document, most_bytes)
            except (Unreadable, zlib.error) as error:
                raise DocumentInvalid(
                    "A file inside the PDF cannot be unpacked",
                    where=document.name,
                    remedy="Ask the sender to make and send it again",
                ) from error
            left -= len(content)
            yield Inside(attached.filename or name, content)


def _check_count(document: Document, number: int) -> None:
    if number >= MOST:
        raise DocumentInvalid(
            f"The document holds more than {MOST} files",
            where=document.name,
            remedy="Ask the sender to send fewer at a time",
        )


def _too_large(document: Document, most_bytes: int) -> NoReturn:
    raise DocumentInvalid(
        f"What is inside the document has more than {most_bytes // MIB} MiB",
        where=document.name,
        remedy="Raise the step's limit if documents of that size are meant",
    )
