"""The messages of SMB 2 and 3 that move files, as bytes (MS-SMB2, section 2.2).

smbprotocol describes each message by a table of fields that it walks for each message, which
costs more than the network does; the few messages that are sent for each file are packed here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
"""MS-SMB2 2.2.1.2: protocol, size, credit charge, status, command, credits, flags, next command,
message id, reserved, tree, session, signature."""
PROTOCOL = b"\xfeSMB"
TRANSFORMED = b"\xfdSMB"
"""Begins what is encrypted (2.2.41)."""
LARGEST = (1 << 24) - 1
"""Bytes of a packet (2.1)."""

CREATE, CLOSE, FLUSH, READ, WRITE, QUERY_DIRECTORY, QUERY_INFO, SET_INFO = (
    5, 6, 7, 8, 9, 14, 16, 17,
)  # fmt: skip

FLAG_ASYNC, FLAG_RELATED, FLAG_SIGNED = 0x2, 0x4, 0x8

RELATED = b"\xff" * 16
"""Stands for the file that the chain has opened (MS-SMB2 3.2.4.1.4)."""

READ_DATA, WRITE_DATA, READ_ATTRIBUTES, WRITE_ATTRIBUTES = 0x1, 0x2, 0x80, 0x100
DELETE, SYNCHRONIZE = 0x10000, 0x100000
SHARE_NONE, SHARE_READ, SHARE_WRITE, SHARE_DELETE = 0x0, 0x1, 0x2, 0x4
SHARE_ALL = SHARE_READ | SHARE_WRITE | SHARE_DELETE
OPEN, CREATE_NEW, OVERWRITE_IF = 1, 2, 5
IS_DIRECTORY, IS_FILE = 0x1, 0x40

ATTRIBUTE_DIRECTORY, ATTRIBUTE_REPARSE = 0x10, 0x400
LINKS = (0xA000000C, 0xA0000003)
"""Reparse tags of symbolic links and mount points (MS-FSCC 2.1.2.1)."""

SUCCESS, PENDING = 0x0, 0x103
NO_MORE_FILES, STOPPED_ON_LINK = 0x80000006, 0x8000002D
NO_SUCH_FILE, END_OF_FILE, ACCESS_DENIED = 0xC000000F, 0xC0000011, 0xC0000022
NAME_INVALID, NAME_NOT_FOUND, NAME_COLLISION = 0xC0000033, 0xC0000034, 0xC0000035
PATH_INVALID, PATH_NOT_FOUND, PATH_SYNTAX_BAD = 0xC0000039, 0xC000003A, 0xC000003B
SHARING_VIOLATION, QUOTA_EXCEEDED, LOCK_CONFLICT = 0xC0000043, 0xC0000044, 0xC0000054
DELETE_PENDING, DISK_FULL, IS_A_DIRECTORY = 0xC0000056, 0xC000007F, 0xC00000BA
NOT_A_DIRECTORY, CANNOT_DELETE = 0xC0000103, 0xC0000121

_CREATE = struct.Struct("<HBBIQQIIIIIHHII")
_CREATED = struct.Struct("<HBBIQQQQQQII16sII")
_BY_HANDLE = struct.Struct("<HHI16s")
_READ = struct.Struct("<HBBIQ16sIIIHH")
_DATA = struct.Struct("<HBBI")
_WRITE = struct.Struct("<HHIQ16sIIHHI")
_WRITTEN = struct.Struct("<HHI")
_QUERY_DIRECTORY = struct.Struct("<HBBI16sHHI")
_QUERY_INFO = struct.Struct("<HBBIHHIII16s")
_BUFFER = struct.Struct("<HHI")
_SET_INFO = struct.Struct("<HBBIHHI16s")
_RENAME = struct.Struct("<B7xQI")
_LISTED = struct.Struct("<IIQQQQQQIIIBB24sHQ")

IMPERSONATION = 2
INFO_FILE = 1
RENAME_INFORMATION, DISPOSITION_INFORMATION, INTERNAL_INFORMATION = 10, 13, 6
ID_BOTH_DIRECTORY_INFORMATION = 37

EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
NO_FILE_ID = (0, 0xFFFFFFFFFFFFFFFF)
"""What file systems without one give (MS-FSCC 2.4.17)."""


class SmbStatus(Exception):
    """The server refused; `code` is its NTSTATUS (MS-ERREF 2.3)."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(f"NTSTATUS 0x{code:08X}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One message to be sent.

    Attributes:
        command: its number.
        body: what follows the header.
        data: bytes that follow the body, apart only to save a copy.
        payload: bytes that it or its answer carries, for the credits.
    """

    command: int
    body: bytes
    data: bytes = b""
    payload: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status and the whole message, header included."""

    status: int
    message: memoryview

    def checked(self) -> memoryview:
        """Return the message; raise `SmbStatus` if it is a refusal."""
        if self.status != SUCCESS:
            raise SmbStatus(self.status)
        return self.message


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file: handle if it is open, attributes, bytes, FILETIME of its change."""

    handle: bytes
    attributes: int
    size: int
    written: int

    @property
    def is_directory(self) -> bool:
        """Tell whether it is a directory."""
        return bool(self.attributes & ATTRIBUTE_DIRECTORY)


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a listing."""

    name: str
    facts: Facts
    file_id: int
    is_link: bool


def moment(filetime: int) -> datetime | None:
    """Return a FILETIME (100 ns since 1601, MS-DTYP 2.3.3) in whole microseconds; 0 is none."""
    return EPOCH + timedelta(microseconds=filetime // 10) if filetime else None


def utf16(text: str) -> bytes:
    """Return a name as the wire has it; unpaired surrogates of a listing stay what they were."""
    return text.encode("utf-16-le", "surrogatepass")


# -- requests -------------------------------------------------------------------------------


def create(path: str, access: int, share: int, disposition: int, options: int = 0) -> Request:
    """Open or create a path below the share (2.2.13)."""
    name = utf16(path)
    fixed = _CREATE.pack(
        57, 0, 0, IMPERSONATION, 0, 0, access | SYNCHRONIZE, 0, share, disposition, options,
        HEADER.size + _CREATE.size, len(name), 0, 0,
    )  # fmt: skip
    return Request(CREATE, fixed + (name or b"\0\0"))


def close(handle: bytes = RELATED) -> Request:
    """Close a file (2.2.15)."""
    return Request(CLOSE, _BY_HANDLE.pack(24, 0, 0, handle))


def flush(handle: bytes = RELATED) -> Request:
    """Have a file written to the server's disk (2.2.17)."""
    return Request(FLUSH, _BY_HANDLE.pack(24, 0, 0, handle))


def read(length: int, offset: int, handle: bytes = RELATED) -> Request:
    """Read from a file (2.2.19)."""
    body = _READ.pack(49, HEADER.size + 16, 0, length, offset, handle, 0, 0, 0, 0, 0)
    return Request(READ, body + b"\0", payload=length)


def write(data: bytes, offset: int, handle: bytes = RELATED) -> Request:
    """Write into a file (2.2.21)."""
    at = HEADER.size + _WRITE.size
    body = _WRITE.pack(49, at, len(data), offset, handle, 0, 0, 0, 0, 0)
    return Request(WRITE, body, data, payload=len(data))


def query_directory(length: int, handle: bytes = RELATED) -> Request:
    """Ask for the next entries of a directory, with sizes, times and ids (2.2.33)."""
    name = utf16("*")
    at = HEADER.size + _QUERY_DIRECTORY.size
    kind = ID_BOTH_DIRECTORY_INFORMATION
    body = _QUERY_DIRECTORY.pack(33, kind, 0, 0, handle, at, len(name), length)
    return Request(QUERY_DIRECTORY, body + name, payload=length)


def query_id(handle: bytes = RELATED) -> Request:
    """Ask for the number that the file keeps through renames (2.2.37, MS-FSCC 2.4.22)."""
    kind = INTERNAL_INFORMATION
    return Request(
        QUERY_INFO, _QUERY_INFO.pack(41, INFO_FILE, kind, 8, 0, 0, 0, 0, 0, handle) + b"\0"
    )


def rename(path: str, *, replace: bool, handle: bytes = RELATED) -> Request:
    """Give a file another path below the share (2.2.39, MS-FSCC 2.4.37.2)."""
    name = utf16(path)
    content = (_RENAME.pack(replace, 0, len(name)) + name).ljust(24, b"\0")
    return _set_info(RENAME_INFORMATION, content, handle)


def dispose(handle: bytes = RELATED) -> Request:
    """Have a file removed when it is closed (2.2.39, MS-FSCC 2.4.11)."""
    return _set_info(DISPOSITION_INFORMATION, b"\1", handle)


def _set_info(kind: int, content: bytes, handle: bytes) -> Request:
    at = HEADER.size + _SET_INFO.size
    body = _SET_INFO.pack(33, INFO_FILE, kind, len(content), at, 0, 0, handle)
    return Request(SET_INFO, body + content)


# -- replies --------------------------------------------------------------------------------


def opened(reply: Reply) -> Facts:
    """Read the answer to `create` (2.2.14)."""
    fields = _CREATED.unpack_from(reply.checked(), HEADER.size)
    return Facts(handle=fields[12], attributes=fields[10], size=fields[9], written=fields[6])


def data_of(reply: Reply) -> memoryview:
    """Read the answer to `read` (2.2.20); nothing at the end of the file."""
    if reply.status == END_OF_FILE:
        return memoryview(b"")
    _, at, _, length = _DATA.unpack_from(reply.checked(), HEADER.size)
    return reply.message[at : at + length]


def check_written(reply: Reply, length: int) -> None:
    """Read the answer to `write` (2.2.22); a server that takes a part only has no room."""
    _, _, count = _WRITTEN.unpack_from(reply.checked(), HEADER.size)
    if count != length:
        raise SmbStatus(DISK_FULL)


def id_of(reply: Reply) -> str:
    """Read the answer to `query_id`; "" where the file system has none."""
    if reply.status != SUCCESS:
        return ""
    _, at, _ = _BUFFER.unpack_from(reply.message, HEADER.size)
    return version(struct.unpack_from("<Q", reply.message, at)[0])


def version(file_id: int) -> str:
    """Return a file id as versions show it; "" for none."""
    return "" if file_id in NO_FILE_ID else f"{file_id:x}"


def listed(reply: Reply) -> Iterator[Listed]:
    """Read the answer to `query_directory` (2.2.34, MS-FSCC 2.4.17)."""
    _, at, length = _BUFFER.unpack_from(reply.checked(), HEADER.size)
    buffer = reply.message[at : at + length]
    while len(buffer) >= _LISTED.size:
        fields = _LISTED.unpack_from(buffer)
        name = bytes(buffer[_LISTED.size : _LISTED.size + fields[9]])
        facts = Facts(b"", attributes=fields[8], size=fields[6], written=fields[4])
        # The size of extended attributes is the reparse tag where there is one.
        is_link = bool(fields[8] & ATTRIBUTE_REPARSE) and fields[10] in LINKS
        yield Listed(name.decode("utf-16-le", "surrogatepass"), facts, fields[15], is_link)
        if not fields[0]:
            return
        buffer = buffer[fields[0] :]
