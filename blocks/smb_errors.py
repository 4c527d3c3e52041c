"""What an NTSTATUS or a lost line means to the hub, in one place (MS-ERREF 2.3.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from smbprotocol.exceptions import (  # type: ignore[import-untyped]
    SMBAuthenticationError,
    SMBException,
    SMBResponseException,
)

from blocks import smb_wire as wire
from blocks.endpoint import display
from blocks.smb_wire import SmbStatus
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    EndpointError,
    FileMissing,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

MISSING = frozenset(
    {wire.NO_SUCH_FILE, wire.NAME_NOT_FOUND, wire.PATH_NOT_FOUND, wire.NOT_A_DIRECTORY}
)
"""Nothing is there, or a file where a directory should be."""

Kind = tuple[type[EndpointError], str, str]

LOGIN: Kind = (
    AccessRefused,
    "The server refused the login",
    "Correct user, password and domain in the block, or ask the server's operator",
)
ACCOUNT = "Have the account put in order by the server's operator, then correct the block"
PERMISSION: Kind = (
    AccessRefused,
    "The server refused access",
    "Give the account the right to it, in the share's and in the folder's permissions",
)
FULL: Kind = (SpaceExhausted, "Disk or quota of the server is full", "Make room at the server")
HELD: Kind = (
    Locked,
    "Somebody else has the file open",
    "Nothing is to be done if its writer was still at work; else close it at the server",
)
NAME: Kind = (
    NameNotAllowed,
    "The server refused the name",
    "Give the file another or a shorter name",
)
TAKEN: Kind = (
    AlreadyThere,
    "The name is taken",
    "Take the file away, allow overwriting, or choose another name",
)
SHARE: Kind = (
    AccessRefused,
    "The server has no share of this name",
    "Correct the share in the block",
)
BUSY: Kind = (
    Unreachable,
    "The server is out of resources or not available",
    "Ask the server's operator; it is tried again",
)
UNABLE: Kind = (
    NotSupported,
    "The server cannot do it",
    "Ask the server's operator whether this is a usual share",
)
KINDS: dict[int, Kind] = {
    wire.ACCESS_DENIED: PERMISSION,
    wire.CANNOT_DELETE: PERMISSION,
    0xC0000061: PERMISSION,  # PRIVILEGE_NOT_HELD
    0xC00000A2: PERMISSION,  # MEDIA_WRITE_PROTECTED
    0xC00000CA: PERMISSION,  # NETWORK_ACCESS_DENIED
    wire.DISK_FULL: FULL,
    wire.QUOTA_EXCEEDED: FULL,
    0xC0000802: FULL,  # DISK_QUOTA_EXCEEDED
    0xC0000904: (SpaceExhausted, "The file is too large for the server", FULL[2]),
    wire.SHARING_VIOLATION: HELD,
    wire.LOCK_CONFLICT: HELD,
    0xC0000055: HELD,  # LOCK_NOT_GRANTED
    wire.DELETE_PENDING: HELD,
    wire.NAME_COLLISION: TAKEN,
    wire.IS_A_DIRECTORY: TAKEN,
    wire.NAME_INVALID: NAME,
    wire.PATH_INVALID: NAME,
    wire.PATH_SYNTAX_BAD: NAME,
    0xC0000106: NAME,  # NAME_TOO_LONG
    0xC000006D: LOGIN,  # LOGON_FAILURE
    0xC000006A: LOGIN,  # WRONG_PASSWORD
    0xC0000064: LOGIN,  # NO_SUCH_USER
    0xC000015B: (AccessRefused, "The account may not log in over the network", ACCOUNT),
    0xC000006E: (AccessRefused, "The account is restricted", ACCOUNT),
    0xC000006F: (AccessRefused, "The account may not log in at this time of day", ACCOUNT),
    0xC0000070: (AccessRefused, "The account may not log in from this computer", ACCOUNT),
    0xC0000071: (AccessRefused, "The password has expired", ACCOUNT),
    0xC0000072: (AccessRefused, "The account is disabled", ACCOUNT),
    0xC0000193: (AccessRefused, "The account has expired", ACCOUNT),
    0xC0000224: (AccessRefused, "The password has to be changed first", ACCOUNT),
    0xC0000234: (AccessRefused, "The account is locked", ACCOUNT),
    0xC00000CC: SHARE,
    0xC00000CB: SHARE,  # BAD_DEVICE_TYPE: a printer or a pipe
    0xC0000010: UNABLE,  # INVALID_DEVICE_REQUEST
    0xC00000BB: UNABLE,  # NOT_SUPPORTED
    wire.STOPPED_ON_LINK: (
        NotSupported,
        "The path leads over a link of the server",
        "Name the real directory in the block",
    ),
    0xC0000257: (
        NotSupported,
        "The path is kept on another server (DFS)",
        "Name the server and the share behind it in the block",
    ),
    0xC000009A: BUSY,  # INSUFFICIENT_RESOURCES
    0xC0000205: BUSY,  # INSUFF_SERVER_RESOURCES
    0xC00000D0: BUSY,  # REQUEST_NOT_ACCEPTED: too many sessions
    0xC0000466: BUSY,  # SERVER_UNAVAILABLE
}
OTHERWISE: Kind = (
    Unreachable,
    "The server failed",
    "Ask the server's operator; it is tried again",
)


def refusal(
    code: int, where: str, missing: type[EndpointError], directory: type[EndpointError]
) -> EndpointError:
    """Return the error that a status stands for.

    Args:
        code: NTSTATUS.
        where: endpoint and path.
        missing: what it is if nothing is there.
        directory: what it is if a directory is in place of the file.
    """
    if code in MISSING:
        return missing("It is not there", where=where, remedy="Check the path at the server")
    if code == wire.IS_A_DIRECTORY and directory is not AlreadyThere:
        return directory(
            "A directory is in place of the file", where=where, remedy="Look at it at the server"
        )
    kind, what, remedy = KINDS.get(code, OTHERWISE)
    return kind(f"{what} (NTSTATUS 0x{code:08X})", where=where, remedy=remedy)


@contextmanager
def translated(
    label: str,
    path: str,
    missing: type[EndpointError] = FileMissing,
    directory: type[EndpointError] = AlreadyThere,
) -> Iterator[None]:
    """Turn what smbprotocol, the link and the server raise into the hub's errors.

    Raises:
        EndpointError: see `refusal`; `Unreachable` for the line.
    """
    where = f"{label}:/{display(path)}"
    try:
        yield
    except SmbStatus as status:
        raise refusal(status.code, where, missing, directory) from status
    except SMBResponseException as error:
        raise refusal(error.status, where, missing, directory) from error
    except SMBAuthenticationError as error:
        _, what, remedy = LOGIN
        raise AccessRefused(f"{what}: {error}", where=label, remedy=remedy) from error
    except SMBException as error:
        raise NotSupported(
            f"Server and block do not agree: {error}",
            where=label,
            remedy="Compare signing and encryption in the block with what the server offers",
        ) from error
    except (ValueError, struct.error) as error:
        raise Unreachable(
            "The server says something that is not SMB 2 or 3",
            where=where,
            remedy="Check host and port in the block",
        ) from error
    except TimeoutError as error:
        raise Unreachable(
            "The server did not answer in time",
            where=where,
            remedy="Check server and line, or raise the limits in the endpoint's block",
        ) from error
    except (OSError, EOFError) as error:
        raise Unreachable(
            f"The connection failed or was lost: {str(error) or 'it was closed'}",
            where=where,
            remedy="Check host and port in the block, the server, and the line",
        ) from error
