"""The mail that carries one document: built whole in memory, seven-bit, free of foreign headers.

Sources: RFC 5322 (message), RFC 2231 (names of attachments), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import PurePath

from blocks.endpoint import Letter, Parcel
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

OVERHEAD = 1.37
"""Bytes of a mail per byte of its attachment: base64 and its line ends."""

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


def compose(parcel: Parcel, *, sender: Address, limit: int, where: str) -> Mail:
    """Build the mail for a parcel.

    Args:
        parcel: with its letter.
        sender: address and name it comes from.
        limit: bytes; a document that cannot fit is not even read.
        where: the endpoint, for errors.

    Raises:
        NotSupported: no letter is given.
        DocumentRefused: the mail is larger than the limit.
        NameNotAllowed: name, subject or address has characters that no header may have.
        StoreDamaged: the file is not the one that the fingerprint was taken of.
    """
    letter = _letter(parcel, where)
    if parcel.fingerprint.size * OVERHEAD > limit:
        raise too_large(int(parcel.fingerprint.size * OVERHEAD), limit, where)
    recipients = [parsed_address(address, where) for address in letter.to]
    message_id = message_id_of(parcel, sender)
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = recipients
    message["Subject"] = _safe(letter.subject, "subject", where)
    message["Date"] = formatdate()
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    if letter.repeated:
        message["X-GovManager-Repeated"] = "yes"
    message.set_content(_text(letter, message_id))
    _attach(message, parcel, where)
    content = message.as_bytes()
    if len(content) > limit:
        raise too_large(len(content), limit, where)
    return Mail(message_id, tuple(one.addr_spec for one in recipients), content)


def message_id_of(parcel: Parcel, sender: Address) -> str:
    """Return the Message-ID that every attempt of this delivery has."""
    return f"<{parcel.key}@{sender.domain}>"


def parsed_address(address: str, where: str, name: str = "") -> Address:
    """Read a mail address; a domain with umlauts becomes its ASCII form.

    Raises:
        NameNotAllowed: it is none.
        NotSupported: its part before the @ is not ASCII, which few mail servers carry.
    """
    match = ADDRESS.fullmatch(_safe(address, "address", where))
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


def too_large(size: int, limit: int, where: str) -> DocumentRefused:
    """Return the error for a mail of `size` bytes where `limit` bytes are allowed."""
    return DocumentRefused(
        f"The mail would have about {size:,} bytes, and {limit:,} are allowed",
        where=where,
        remedy="Raise the limits of block and mail server, or deliver to a file share instead",
    )


def _letter(parcel: Parcel, where: str) -> Letter:
    if parcel.letter is None or not parcel.letter.to:
        raise NotSupported(
            "A mail needs at least one address",
            where=where,
            remedy="Enter addresses under 'mail' of the target",
        )
    return parcel.letter


def _text(letter: Letter, message_id: str) -> str:
    if not letter.repeated:
        return letter.text
    return letter.text.rstrip("\n") + REPEATED.format(message_id=message_id)


def _attach(message: EmailMessage, parcel: Parcel, where: str) -> None:
    name = _safe(safe_name(parcel.name), "file name", where)
    document = parcel.path.read_bytes()
    if hashlib.sha256(document).hexdigest() != parcel.fingerprint.sha256:
        raise StoreDamaged(
            "The local file is not the one that was recorded",
            where=str(parcel.path),
            remedy="Look who changes files in the execution folder",
        )
    maintype, _, subtype = TYPES.get(
        PurePath(name).suffix.lower(), "application/octet-stream"
    ).partition("/")
    message.add_attachment(document, maintype=maintype, subtype=subtype, filename=name)


def _safe(text: str, what: str, where: str) -> str:
    """Return the text if it can stand in a header without ending it."""
    if any(unicodedata.category(character) in NOT_IN_HEADERS for character in text):
        raise NameNotAllowed(
            f"The {what} {text!r} has a line break or a control character",
            where=where,
            remedy="Remove it where the text comes from: file name, template or metadata",
        )
    return text
