"""What an IMAP server's refusals and a lost connection mean, and how to mend them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from imapclient.exceptions import (  # type: ignore[import-untyped]
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
)

from blocks.mail_account import Login
from blocks.mail_login import what_to_correct
from blocks.tls import certificate_refusal
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

Kind = type[EndpointError]
CODE = re.compile(r"\[([A-Z-]+)")
ANSWERS: Mapping[str, tuple[Kind, str]] = {
    "ALERT": (AccessRefused, "Read what the server says, and ask its operator"),
    "AUTHENTICATIONFAILED": (AccessRefused, "Correct user and password in the block"),
    "AUTHORIZATIONFAILED": (AccessRefused, "Have the account given the right"),
    "EXPIRED": (AccessRefused, "Set a new password, and enter it in the block"),
    "NOPERM": (AccessRefused, "Have the account given the right"),
    "PRIVACYREQUIRED": (AccessRefused, "Choose TLS or STARTTLS in the block"),
    "OVERQUOTA": (SpaceExhausted, "Have the quota raised or mails removed"),
    "NONEXISTENT": (DirectoryMissing, "Correct the folder, or create it"),
    "TRYCREATE": (DirectoryMissing, "Correct the folder, or create it"),
    "EXPUNGEISSUED": (FileMissing, "Find out who else works in this mailbox"),
    "CANNOT": (NotSupported, "Ask the server's operator for another folder or mark"),
}
"""Response codes (RFC 3501, section 7.1, and RFC 5530); all others may be better later."""
LATER: tuple[Kind, str] = (Unreachable, "It is tried again later")
KINDS: tuple[tuple[type[Exception], Kind, str], ...] = (
    (CapabilityError, NotSupported, "Correct 'Security' and 'Port' in the block"),
    (
        IMAPClientReadOnlyError,
        AccessRefused,
        "Have the account given the right to change the folder",
    ),
)
"""What it means where the server gives no code."""


def is_lost(error: Exception) -> bool:
    """Tell whether the connection is gone with this error; the library hides that in a login."""
    if isinstance(error, LoginError):
        return isinstance(error.__context__, (IMAPClientAbortError, OSError))
    if isinstance(error, IMAPClientReadOnlyError):
        return False
    return isinstance(error, (IMAPClientAbortError, OSError, ValueError))


def lost(error: Exception, where: str) -> EndpointError:
    """Return what a lost connection, or one that never came about, means."""
    refused = certificate_refusal(error)
    if refused:
        return IdentityUnknown(
            f"The mail server's certificate is not trusted: {refused}",
            where=where,
            remedy="Check who answers there, then paste the certificate of its authority "
            "into the block's field 'CA certificate'",
        )
    return Unreachable(
        f"The mail server was not reached or the connection was lost ({type(error).__name__})",
        where=where,
        remedy="Check host, port, security, line and firewall, and whether the server runs",
    )


def refusal(error: IMAPClientError, where: str, missing: Kind) -> EndpointError:
    """Return what a NO means: by its code, else by what was tried.

    Args:
        error: the library's.
        where: endpoint and folder.
        missing: what it means if there is neither.
    """
    said = _readable(str(error))
    code = CODE.search(said)
    if isinstance(error, IMAPClientReadOnlyError):
        # The library's own word, not the server's.
        said = "the folder may only be read"
    if code:
        kind, remedy = ANSWERS.get(code.group(1), LATER)
    else:
        kind, remedy = next(
            ((found, how) for one, found, how in KINDS if isinstance(error, one)),
            (missing, "Correct the folder, or look into the server's log"),
        )
    return kind(f"The mail server refused: {said}", where=where, remedy=remedy)


def login_refusal(error: IMAPClientError, login: Login, where: str) -> EndpointError:
    """Return what the refusal of a login means; without a code, that it is wrong."""
    said = _readable(str(error))
    code = CODE.search(said)
    kind, remedy = ANSWERS.get(code.group(1), LATER) if code else (AccessRefused, "")
    if kind is AccessRefused and (not code or code.group(1) == "AUTHENTICATIONFAILED"):
        remedy = what_to_correct(login)
    return kind(f"The mail server refused the login by {login}: {said}", where=where, remedy=remedy)


def not_removed(where: str) -> AccessRefused:
    """Return what it means that a mail is still there though the server agreed to remove it."""
    return AccessRefused(
        "The mail server left the mail where it is, and said nothing",
        where=where,
        remedy="Have the account given the rights to delete and expunge in this folder",
    )


def gone(where: str) -> FileMissing:
    """Return what it means that a mail which was listed is not there."""
    return FileMissing(
        "The mail was listed and is gone",
        where=where,
        remedy="Find out who else works in this mailbox",
    )


def withheld(where: str) -> Unreachable:
    """Return what it means that a mail is there and its content is not."""
    return Unreachable(
        "The mail server holds the mail and gives nothing of its content",
        where=where,
        remedy="It is tried again; then open the mail by hand, or look into the server's log",
    )


def changed(where: str, how: str) -> FileChanged:
    """Return what it means that a file is not the one that was listed."""
    return FileChanged(
        f"The file {how}",
        where=where,
        remedy="Nothing is to be done: the next listing shows what is there now",
    )


def _readable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
