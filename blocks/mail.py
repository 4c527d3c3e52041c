"""The mail that carries one document: built whole in memory, seven-bit, free of foreign headers.

Sources: RFC 5322 (message), RFC 2231 (names of attachments), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import PurePath
from urllib.parse import quote

from blocks.endpoint import Letter, Parcel
from blocks.smime import Sealer
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


LINKED = (
    "\n\nDas Dokument {name} ist mit {size} Byte zu groß für eine E-Mail. Sie finden es unter:\n\n"
    "{address}\n\nPrüfsumme (SHA-256): {sha256}\n"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be sent.

    Attributes:
        message_id: with its angle brackets; the same on every attempt of a delivery.
        recipients: envelope addresses in ASCII.
        content: the message with CRLF line ends.
        is_linked: it says where the document lies instead of carrying it.
    """

    message_id: str
    recipients: tuple[str, ...]
    content: bytes
    is_linked: bool


def compose(
    parcel: Parcel,
    *,
    sender: Address,
    limit: int,
    where: str,
    link: str = "",
    sealer: Sealer | None = None,
) -> Mail:
    """Build the mail for a parcel.

    Args:
        parcel: with its letter.
        sender: address and name it comes from.
        limit: bytes; a document that cannot fit is not even read.
        where: the endpoint, for errors.
        link: address at which the office finds a document that is too large to be attached, with
            `{name}`; "" refuses such documents.
        sealer: encrypts the mail; None leaves it readable.

    Raises:
        NotSupported: no letter is given, or a recipient has no certificate.
        DocumentRefused: the mail is larger than the limit.
        NameNotAllowed: name, subject or address has characters that no header may have.
        StoreDamaged: the file is not the one that the fingerprint was taken of.
    """
    letter = _letter(parcel, where)
    recipients = [parsed_address(address, where) for address in letter.to]
    addresses = tuple(one.addr_spec for one in recipients)
    overhead = OVERHEAD * OVERHEAD if sealer else OVERHEAD
    is_linked = bool(link) and parcel.fingerprint.size * overhead + len(letter.text) > limit
    if not is_linked and parcel.fingerprint.size * overhead > limit:
        raise too_large(int(parcel.fingerprint.size * overhead), limit, where)
    message = _headed(parcel, letter, sender, recipients, where)
    text = _text(letter, message_id_of(parcel, sender))
    if is_linked:
        message.set_content(text.rstrip("\n") + _linked(parcel, link))
    else:
        message.set_content(text)
        _attach(message, parcel, where)
    content = (sealer.seal(message, addresses) if sealer else message).as_bytes()
    if len(content) > limit:
        raise too_large(len(content), limit, where)
    return Mail(str(message["Message-ID"]), addresses, content, is_linked=is_linked)


def _headed(
    parcel: Parcel, letter: Letter, sender: Address, recipients: Sequence[Address], where: str
) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = recipients
    message["Subject"] = _safe(letter.subject, "subject", where)
    message["Date"] = formatdate()
    message["Message-ID"] = message_id_of(parcel, sender)
    message["Auto-Submitted"] = "auto-generated"
    if letter.repeated:
        message["X-GovManager-Repeated"] = "yes"
    return message


def _linked(parcel: Parcel, link: str) -> str:
    return LINKED.format(
        name=parcel.name,
        size=f"{parcel.fingerprint.size:,}".replace(",", "."),
        address=link.replace("{name}", quote(parcel.name, safe="")),
        sha256=parcel.fingerprint.sha256,
    )


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
        remedy="Raise the limits of block and mail server, give the block a link for large "
        "documents, or deliver to a file share instead",
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
