"""What FTP servers and lost lines say, as errors of the hub."""

from __future__ import annotations

import ftplib
import re
from collections.abc import Iterator
from contextlib import contextmanager

from blocks.endpoint import Finding, display
from blocks.ftp_line import ERRORS, Account, FtpLine, Reply
from blocks.tls import certificate_refusal, shown
from transforms.errors import (
    AccessRefused,
    EndpointError,
    IdentityUnknown,
    Locked,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

LOGIN = frozenset({331, 332, 430, 530, 532, 534})
UNAVAILABLE = frozenset({550, 553})
"""What is wrong with the file or its directory: which of many things, has to be found out."""
FULL = frozenset({452, 552})
WRITING = frozenset({426, 451, 550, 553})
ROOM = re.compile("space|quota|disk|full|writing to local file", re.IGNORECASE)
BUSY = 450
REFUSED_FOR_GOOD = 5
UNKNOWN_COMMAND = frozenset({500, 501, 502, 504})


def greeted_by(account: Account, label: str) -> Iterator[Finding]:
    """Say what a server shows before the login; nothing where it speaks no TLS.

    Raises:
        IdentityUnknown, Unreachable, NotSupported
    """
    line = FtpLine(account)
    try:
        with translated(label):
            sock = line.greet()
            if sock:
                yield from shown(sock)
    finally:
        line.close()


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn what a session raises outside of any file into the errors of the hub."""
    try:
        yield
    except (ftplib.error_temp, ftplib.error_perm) as error:
        raise refusal(reply_of(error), f"{label}:/") from error
    except ERRORS as error:
        raise lost(error, f"{label}:/") from error


def reply_of(error: ftplib.Error) -> Reply:
    """Return the reply that ftplib raised."""
    text = str(error)
    return Reply(int(text[:3]) if text[:3].isdigit() else 0, text)


def lost(error: BaseException, where: str) -> EndpointError:
    """Return the error of a line that broke, or did not come about."""
    refused = certificate_refusal(error)
    if refused:
        return IdentityUnknown(
            f"The server's certificate is not trusted: {refused}",
            where=where,
            remedy="Check who answers there, then paste the certificate of its authority into the "
            "block's field 'CA certificate'",
        )
    kind = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    return Unreachable(
        f"The connection was lost or did not come about ({kind})",
        where=where,
        remedy="Check host, port and security in the block, and whether passive ports are open",
    )


def refusal(reply: Reply, where: str) -> EndpointError:
    """Return the error for a reply that refuses (RFC 959, section 4.2)."""
    kind: type[EndpointError] = AccessRefused
    remedy = "Have the account given the right, or look into the server's log"
    if reply.code in LOGIN:
        remedy = "Correct user, password or security in the block"
    elif reply.code in FULL or (reply.code in WRITING and ROOM.search(reply.text)):
        kind, remedy = SpaceExhausted, "Make room at the server, or have the quota raised"
    elif reply.code == BUSY:
        kind, remedy = Locked, "Wait until nobody else works on the file"
    elif reply.code in UNKNOWN_COMMAND:
        kind, remedy = NotSupported, "Look whether the server can be set up to do this"
    elif reply.code // 100 != REFUSED_FOR_GOOD:
        kind, remedy = Unreachable, "Try again later, or look into the server's log"
    said = display(reply.text.splitlines()[0] if reply.text else str(reply.code))
    return kind(f"The server refused: {said}", where=where, remedy=remedy)
