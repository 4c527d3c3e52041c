"""What a mail server's refusals mean, and how they are mended (RFC 5321, 4.2; RFC 3463)."""

from __future__ import annotations

import re
import smtplib

from blocks.tls import certificate_refusal
from transforms.errors import (
    AccessRefused,
    DocumentRefused,
    EndpointError,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

FULL = {452, 552}
PERMANENT = 500
ENHANCED = re.compile(rb"[45]\.(\d{1,3}\.\d{1,3})\b")
"""Class, subject and detail of a refusal."""
MAILBOX_FULL = b"2.2"
TOO_LARGE = {b"2.3", b"3.4"}
"""Larger than the recipient's limit, or than the server's."""
TOO_MANY = b"5.3"


def refusal(code: int, answer: bytes, what: str, *, where: str) -> EndpointError:
    """Return the error for an answer that is no success.

    Args:
        code: of the answer.
        answer: its text, which may begin with an enhanced status code.
        what: what was refused, such as `the mail`.
        where: the endpoint.
    """
    said = f"The mail server does not take {what}: {code} {readable(answer)}"
    match = ENHANCED.match(answer.strip())
    detail = match[1] if match else b""
    if detail in TOO_LARGE:
        remedy = (
            "Lower the size limit in the block, and have it split large documents or link to them"
        )
        return DocumentRefused(said, where=where, remedy=remedy)
    if detail == TOO_MANY:
        remedy = "Divide the addresses among several targets"
        return NotSupported(said, where=where, remedy=remedy)
    if code in FULL or detail == MAILBOX_FULL:
        remedy = "Have the mailbox or the queue emptied"
        return SpaceExhausted(said, where=where, remedy=remedy)
    if code >= PERMANENT:
        remedy = "Correct the address, or have the account allowed to send this"
        return AccessRefused(said, where=where, remedy=remedy)
    return Unreachable(said, where=where, remedy="Try again later")


def lost(error: BaseException, *, where: str) -> EndpointError:
    """Return the error for a session that was refused, or a connection that broke."""
    refused = certificate_refusal(error)
    if refused:
        return IdentityUnknown(
            f"The mail server's certificate is not trusted: {refused}",
            where=where,
            remedy="Check who answers there, then paste the certificate of its authority "
            "into the block's field 'CA certificate'",
        )
    if isinstance(error, smtplib.SMTPResponseException):
        if error.smtp_code >= PERMANENT:
            return AccessRefused(
                f"The mail server refused the session with {error.smtp_code}",
                where=where,
                remedy="Have the hub's address and account allowed there",
            )
        return Unreachable(
            f"The mail server takes no session now ({error.smtp_code})",
            where=where,
            remedy="Try again later",
        )
    return Unreachable(
        f"The mail server was not reached or the connection was lost ({type(error).__name__})",
        where=where,
        remedy="Check host, port, line and firewall, and whether the server runs",
    )


def readable(answer: bytes) -> str:
    """Return a server's answer as one short line."""
    text = answer.decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]
