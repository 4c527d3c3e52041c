"""The mail that carries one document: built whole in memory, seven-bit, free of foreign headers.

Sources: RFC 5322 (message), RFC 2231 (names of attachments), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import PurePath

from blocks.endpoint import Letter, Parcel
from blocks.mail_smime import Protection
from transforms.errors import DocumentRefused, NameNotAllowed, NotSupported, StoreDamaged
from transforms.names import safe_name

POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits; eight would depend on an extension of each one on the way."""

TYPES = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""Never text/…: gateways rewrite the line ends and the charset of such attachments."""

ADDRESS = re.compile(r"([^@\s,;<>\"]+)@([^@\s,;<>\"]+)")
NOT_IN_HEADERS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: controls, halves of characters, line and paragraph separators."""

REPEATED = (
    "\n\nHinweis: Diese Nachricht wird nach einer Störung erneut gesendet, weil für einen "
    "früheren Versand kein Nachweis vorliegt. Sie trägt dieselbe Message-ID wie dieser: "
    "{message_id}. Ist sie bereits eingegangen, brauchen Sie nichts zu tun.\n"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be sent.

    Attributes:
        message_id: with its angle brackets; the same on every attempt of a delivery.
        recipients: envelope addresses in ASCII.
        content: the message with CRLF line ends.
    """

    message_id: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Post:
    """What all mails of an endpoint have in common.

    Attributes:
        sender: address and name they come from.
        where: the endpoint, for errors.
        protection: how they are signed and encrypted.
    """

    sender: Address
    where: str
    protection: Protection = field(default_factory=Protection)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What one mail of a delivery encloses.

    Attributes:
        name: of the attachment; "" attaches nothing.
        start: first byte of the document that it holds.
        size: how many bytes of the document it holds.
        number: which of the mails of the delivery this is, from 1.
        total: how many there are.
        note: what the mail says of it below its text.
        link: where the document lies, if it is not attached; for the proof.
    """

    name: str
    start: int = 0
    size: int = 0
    number: int = 1
    total: int = 1
    note: str = ""
    link: str = ""


def compose(parcel: Parcel, post: Post, enclosure: Enclosure, document: bytes) -> Mail:
    """Build one mail.

    Args:
        parcel: with its letter.
        post: who sends it, and how it is protected.
        enclosure: what it encloses.
        document: these bytes of the document.

    Raises:
        NotSupported: no letter is given, or a recipient has no certificate to encrypt for.
        NameNotAllowed: name, subject or address has characters that no header may have.
    """
    letter, where = _letter(parcel, post.where), post.where
    to, cc, bcc = ([parsed_address(one, where) for one in some] for some in _addresses(letter))
    message_id = message_id_of(parcel, post.sender, enclosure)
    head = EmailMessage(policy=POLICY)
    head["From"] = post.sender
    head["To"] = to
    if cc:
        head["Cc"] = cc
    head["Subject"] = safe_text(_subject(letter, enclosure), "subject", where)
    head["Date"] = formatdate()
    head["Message-ID"] = message_id
    head["Auto-Submitted"] = "auto-generated"
    if letter.repeated:
        head["X-GovManager-Repeated"] = "yes"
    body = EmailMessage(policy=POLICY)
    body.set_content(_text(letter, message_id, enclosure))
    if enclosure.name:
        _attach(body, safe_text(enclosure.name, "file name", where), document)
    recipients = tuple(dict.fromkeys(one.addr_spec for one in (*to, *cc, *bcc)))
    entity = post.protection.protected(body.as_bytes(), recipients, where=where)
    # What ends the header of a message without a body is the empty line.
    return Mail(message_id, recipients, head.as_bytes().removesuffix(b"\r\n") + entity)


def message_id_of(parcel: Parcel, sender: Address, enclosure: Enclosure | None = None) -> str:
    """Return the Message-ID that every attempt of this delivery has, or of one of its parts."""
    part = ""
    if enclosure and enclosure.total > 1:
        part = f".{enclosure.number}.{enclosure.total}"
    return f"<{parcel.key}{part}@{sender.domain}>"


def attachment_name(parcel: Parcel) -> str:
    """Return the name that the recipient sees.

    Raises:
        NameNotAllowed: it has path parts or control characters.
    """
    return safe_name(parcel.name)


def parsed_address(address: str, where: str, name: str = "") -> Address:
    """Read a mail address; a domain with umlauts becomes its ASCII form.

    Raises:
        NameNotAllowed: it is none.
        NotSupported: its part before the @ is not ASCII, which few mail servers carry.
    """
    match = ADDRESS.fullmatch(safe_text(address, "address", where))
    try:
        domain = match[2].encode("idna").decode() if match else ""
    except UnicodeError:
        domain = ""
    if not match or not domain:
        raise NameNotAllowed(
            f"{address!r} is no mail address", where=where, remedy="Write it as name@host"
        )
    if not match[1].isascii():
        raise NotSupported(
            f"The address {address!r} has other letters than ASCII before the @",
            where=where,
            remedy="Have the recipient name an address without them",
        )
    return Address(name, match[1], domain)


def safe_text(text: str, what: str, where: str) -> str:
    """Return the text if it can stand in a header without ending it.

    Raises:
        NameNotAllowed: it cannot.
    """
    if any(unicodedata.category(character) in NOT_IN_HEADERS for character in text):
        raise NameNotAllowed(
            f"The {what} {text!r} has a line break or a control character",
            where=where,
            remedy="Remove it where the text comes from: file name, template or metadata",
        )
    return text


def too_large(size: int, limit: int, where: str) -> DocumentRefused:
    """Return the error for a mail of `size` bytes where `limit` bytes are allowed."""
    return DocumentRefused(
        f"The mail would have about {size:,} bytes, and {limit:,} are allowed",
        where=where,
        remedy="Raise the limits of block and mail server, have the block split large documents "
        "or link to them, or deliver to a file share instead",
    )


def read_document(parcel: Parcel, enclosure: Enclosure) -> bytes:
    """Read the bytes that a mail encloses.

    Raises:
        StoreDamaged: the file is not the one that the fingerprint was taken of.
    """
    if not enclosure.name:
        return b""
    with parcel.path.open("rb") as file:
        file.seek(enclosure.start)
        document = file.read(enclosure.size)
    if len(document) != enclosure.size:
        raise _changed(parcel)
    return document


def check_document(parcel: Parcel) -> None:
    """See whether the local file is the one that is to be sent.

    Raises:
        StoreDamaged: it is not.
    """
    with parcel.path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != parcel.fingerprint.sha256:
            raise _changed(parcel)


def _changed(parcel: Parcel) -> StoreDamaged:
    return StoreDamaged(
        "The local file is not the one that was recorded",
        where=str(parcel.path),
        remedy="Look who changes files in the execution folder",
    )


def _letter(parcel: Parcel, where: str) -> Letter:
    if parcel.letter is None or not parcel.letter.to:
        raise NotSupported(
            "A mail needs at least one address",
            where=where,
            remedy="Enter addresses under 'mail' of the target",
        )
    return parcel.letter


def _addresses(letter: Letter) -> Iterable[tuple[str, ...]]:
    return letter.to, letter.cc, letter.bcc


def _subject(letter: Letter, enclosure: Enclosure) -> str:
    if enclosure.total == 1:
        return letter.subject
    return f"{letter.subject} (Teil {enclosure.number} von {enclosure.total})"


def _text(letter: Letter, message_id: str, enclosure: Enclosure) -> str:
    text = letter.text
    if enclosure.note:
        text = text.rstrip("\n") + enclosure.note
    if letter.repeated:
        text = text.rstrip("\n") + REPEATED.format(message_id=message_id)
    return text


def _attach(message: EmailMessage, name: str, document: bytes) -> None:
    maintype, _, subtype = TYPES.get(
        PurePath(name).suffix.lower(), "application/octet-stream"
    ).partition("/")
    message.add_attachment(document, maintype=maintype, subtype=subtype, filename=name)
