"""The SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02), over an open SSH channel.

Why not paramiko's own client: names are bytes to the protocol, and it raises on those that are
not UTF-8; its prefetching either holds a whole file in memory or asks for 32 KiB at a time, which
is several times slower; and it waits for the answer to each close. Extensions of OpenSSH
(PROTOCOL, section 4) are used where the server offers them.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from paramiko import SSHException

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, MKDIR, STAT, RENAME = 11, 12, 13, 14, 17, 18
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201

OK, END_OF_FILE, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE = 0, 1, 2, 3, 4, 5
NO_CONNECTION, CONNECTION_LOST, UNSUPPORTED = 6, 7, 8

FOR_READING, FOR_WRITING, CREATED, EMPTIED, EXCLUSIVE = 0x01, 0x02, 0x08, 0x10, 0x20

HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES, HAS_EXTENDED = 0x01, 0x02, 0x04, 0x08, 0x80000000

REPLACE, SYNC, LIMITS, SPACE = (
    b"posix-rename@openssh.com",
    b"fsync@openssh.com",
    b"limits@openssh.com",
    b"statvfs@openssh.com",
)

PIECE = 32_768
"""Bytes per request that every server must take (draft, section 3)."""
LARGEST_PIECE = 261_120
"""Bytes per request that OpenSSH takes."""
IN_FLIGHT = 4 << 20
"""Bytes asked for, or sent, ahead of the answers."""
BATCHES = 2
"""Parts of a listing asked for ahead."""
LONGEST = 1 << 24
"""Bytes of an answer beyond which the other side is no SFTP server."""


_Request = tuple[int, bytes]
"""Kind and fields."""


class Channel(Protocol):
    """What is asked of an SSH channel."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it or raise."""

    def recv(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""

    def close(self) -> None:
        """End it."""


class SftpStatus(Exception):
    """The server answered that it did not do it.

    Attributes:
        code: number of the draft, section 7.
        text: what the server says in words, maybe nothing.
    """

    def __init__(self, code: int, text: str = "") -> None:
        """Keep both."""
        super().__init__(code, text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the server tells of a name; None where it does not say."""

    size: int | None
    mode: int | None
    modified: int | None


class SftpClient:
    """One SFTP session; for one thread at a time. Names and paths are the server's bytes.

    Raises, from every verb:
        SftpStatus: the server refused.
        EOFError: the connection is lost.
        OSError: it is lost or took too long.
        paramiko.SSHException: the layer below failed.
    """

    def __init__(self, channel: Channel) -> None:
        """Greet the server on a channel whose subsystem sftp was started."""
        self._channel = channel
        self._received = bytearray()
        self._number = 0
        self._early: dict[int, tuple[int, _Fields]] = {}
        self._unwanted: set[int] = set()
        self._extensions = self._greet()
        self._read_piece, self._write_piece = self._limits()

    # -- names -----------------------------------------------------------------------------

    def lstat(self, path: bytes) -> Attributes:
        """Look at a name, links not followed."""
        return self._ask(LSTAT, _string(path)).attributes()

    def stat(self, path: bytes) -> Attributes:
        """Look at a name, links followed."""
        return self._ask(STAT, _string(path)).attributes()

    def scan(self, path: bytes) -> Iterator[tuple[bytes, Attributes]]:
        """Yield the names in a directory, each batch as it arrives."""
        handle = self._ask(OPENDIR, _string(path)).string()
        waiting: deque[int] = deque()
        with self._closed_on_failure(handle, waiting):
            while True:
                while len(waiting) < BATCHES:
                    waiting.append(self._send(READDIR, _string(handle)))
                batch = self._part(waiting.popleft())
                if not batch:
                    break
                yield from batch.names()
        self._abandon(handle, waiting)

    def lstat_many(self, paths: Sequence[bytes]) -> list[Attributes | SftpStatus]:
        """Look at several names at once, links not followed."""
        answers = self._ask_many([(LSTAT, _string(path)) for path in paths])
        return [one if isinstance(one, SftpStatus) else one.attributes() for one in answers]

    def rename_many(self, pairs: Sequence[tuple[bytes, bytes]]) -> list[SftpStatus | None]:
        """Rename several files at once; see `rename`."""
        asked = [(RENAME, _string(old) + _string(new)) for old, new in pairs]
        return [_refusal([one]) for one in self._ask_many(asked)]

    def replace_many(self, pairs: Sequence[tuple[bytes, bytes]]) -> list[SftpStatus | None]:
        """Rename several files at once; see `replace`."""
        self._require(REPLACE)
        asked = [(EXTENDED, _string(REPLACE) + _string(old) + _string(new)) for old, new in pairs]
        return [_refusal([one]) for one in self._ask_many(asked)]

    def remove_many(self, paths: Sequence[bytes]) -> list[SftpStatus | None]:
        """Remove several files at once."""
        return [_refusal([one]) for one in self._ask_many([(REMOVE, _string(p)) for p in paths])]

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename; a server that keeps to the draft refuses where `new` is taken."""
        self._ask(RENAME, _string(old), _string(new))

    def replace(self, old: bytes, new: bytes) -> None:
        """Rename atomically over `new`.

        Raises:
            SftpStatus: `UNSUPPORTED` too, where the server does not offer it.
        """
        self._require(REPLACE)
        self._ask(EXTENDED, _string(REPLACE), _string(old), _string(new))

    def remove(self, path: bytes) -> None:
        """Remove a file."""
        self._ask(REMOVE, _string(path))

    def make_directory(self, path: bytes) -> None:
        """Create a directory with the rights that the server gives."""
        self._ask(MKDIR, _string(path), _number(0))

    @property
    def replaces(self) -> bool:
        """Tell whether the server offers to rename over a file."""
        return REPLACE in self._extensions

    def free_bytes(self, path: bytes) -> int:
        """Return what is free for this account where `path` is."""
        self._require(SPACE)
        fields = self._ask(EXTENDED, _string(SPACE), _string(path))
        _, fragment, _, _, available = (fields.long() for _ in range(5))
        return fragment * available

    # -- contents --------------------------------------------------------------------------

    def read(self, path: bytes, offset: int = 0) -> Iterator[bytes]:
        """Yield a file's bytes from an offset on, in order, `IN_FLIGHT` bytes asked for ahead.

        The first piece travels with the question for the size: a small file takes two round
        trips. A file that grows meanwhile is read up to the size it had.
        """
        handle = self._ask(OPEN, _string(path), _number(FOR_READING), _number(0)).string()
        waiting: deque[int] = deque()
        with self._closed_on_failure(handle, waiting):
            asked = self._send(FSTAT, _string(handle))
            first = self._send_read(handle, offset, self._read_piece)
            waiting.append(first)
            size = self._answer(asked).attributes().size or 0
            waiting.clear()
            yield from self._read_ahead(handle, (first, offset), size, waiting)
        self._abandon(handle, waiting)

    def _read_ahead(
        self, handle: bytes, first: tuple[int, int], size: int, waiting: deque[int]
    ) -> Iterator[bytes]:
        piece = self._read_piece
        parts = deque([(*first, piece)])
        following = first[1] + piece
        while parts:
            number, offset, length = parts.popleft()
            answer = self._part(number)
            data = answer.string() if answer else b""
            missing = min(size, offset + length) - offset - len(data)
            if data and missing > 0:
                # The server gives less per request than was asked for.
                start = offset + len(data)
                parts.appendleft((self._send_read(handle, start, missing), start, missing))
            while data and following < size and len(parts) * piece < IN_FLIGHT:
                parts.append((self._send_read(handle, following, piece), following, piece))
                following += piece
            waiting.clear()
            waiting.extend(number for number, _, _ in parts)
            if not data:
                return
            yield data

    def _part(self, number: int) -> _Fields | None:
        """Return what a request got, None at the end of the file or listing."""
        try:
            return self._answer(number)
        except SftpStatus as status:
            if status.code != END_OF_FILE:
                raise
            return None

    def write(self, path: bytes, chunks: Iterable[bytes], *, exclusive: bool = False) -> None:
        """Write a file whole, `IN_FLIGHT` bytes ahead of the answers; durable where it is offered.

        Args:
            path: created, or emptied if it is there.
            chunks: its bytes.
            exclusive: refuse a name that is taken.
        """
        flags = FOR_WRITING | CREATED | (EXCLUSIVE if exclusive else EMPTIED)
        handle = self._ask(OPEN, _string(path), _number(flags), _number(0)).string()
        waiting: deque[int] = deque()
        try:
            with self._closed_on_failure(handle, waiting):
                self._write_all(handle, chunks, waiting)
                if SYNC in self._extensions and not exclusive:
                    self._ask(EXTENDED, _string(SYNC), _string(handle))
            # Some servers tell only now that a quota is used up: this answer is waited for.
            self._ask(CLOSE, _string(handle))
        except SftpStatus:
            if exclusive:
                # An empty lock file would keep everybody away, and say nobody's name.
                self._unwanted.add(self._send(REMOVE, _string(path)))
            raise

    def _write_all(self, handle: bytes, chunks: Iterable[bytes], waiting: deque[int]) -> None:
        offset = 0
        for piece in _pieces(chunks, self._write_piece):
            waiting.append(self._send(WRITE, _string(handle), _long(offset), _string(piece)))
            offset += len(piece)
            while len(waiting) * self._write_piece > IN_FLIGHT:
                self._answer(waiting.popleft())
        while waiting:
            self._answer(waiting.popleft())

    def read_many(self, paths: Sequence[bytes]) -> list[bytes | SftpStatus]:
        """Read small files at once; of one that is longer than `PIECE` bytes, so much."""
        read = _long(0) + _number(PIECE)
        answers = self._with_handles(
            paths, FOR_READING, lambda _, handle: [(READ, handle + read), (CLOSE, handle)]
        )
        return [one if isinstance(one, SftpStatus) else _content(one[0]) for one in answers]

    def write_many(self, files: Sequence[tuple[bytes, bytes]]) -> list[SftpStatus | None]:
        """Write small files at once, of at most `PIECE` bytes each; see `write`."""
        sync = SYNC in self._extensions

        def requests(number: int, handle: bytes) -> Iterator[_Request]:
            content = files[number][1]
            if content:
                yield WRITE, handle + _long(0) + _string(content)
            if sync:
                yield EXTENDED, _string(SYNC) + handle
            yield CLOSE, handle

        flags = FOR_WRITING | CREATED | EMPTIED
        answers = self._with_handles([path for path, _ in files], flags, requests)
        return [one if isinstance(one, SftpStatus) else _refusal(one) for one in answers]

    def _with_handles(
        self,
        paths: Sequence[bytes],
        flags: int,
        requests: Callable[[int, bytes], Iterable[_Request]],
    ) -> list[SftpStatus | list[_Fields | SftpStatus]]:
        """Open files, and ask for something with every handle; two round trips for all.

        Returns:
            For each path why it was not opened, or the answers to its requests.
        """
        opened = self._ask_many([(OPEN, _string(p) + _number(flags) + _number(0)) for p in paths])
        asked = [
            [] if isinstance(one, SftpStatus) else list(requests(number, _string(one.string())))
            for number, one in enumerate(opened)
        ]
        answers = iter(self._ask_many([request for some in asked for request in some]))
        return [
            one if isinstance(one, SftpStatus) else [next(answers) for _ in some]
            for one, some in zip(opened, asked, strict=True)
        ]

    # -- packets ---------------------------------------------------------------------------

    def _greet(self) -> dict[bytes, bytes]:
        self._channel.sendall(struct.pack(">IBI", 5, INIT, 3))
        kind, fields = self._packet()
        if kind != VERSION:
            raise EOFError
        fields.number()
        extensions = {}
        while fields.left():
            name = fields.string()
            extensions[name] = fields.string()
        return extensions

    def _limits(self) -> tuple[int, int]:
        if LIMITS not in self._extensions:
            return PIECE, PIECE
        fields = self._ask(EXTENDED, _string(LIMITS))
        _, read, write = (fields.long() for _ in range(3))
        return min(read or PIECE, LARGEST_PIECE), min(write or PIECE, LARGEST_PIECE)

    def _require(self, extension: bytes) -> None:
        if extension not in self._extensions:
            raise SftpStatus(UNSUPPORTED, f"no {extension.decode()}")

    @contextmanager
    def _closed_on_failure(self, handle: bytes, waiting: Iterable[int]) -> Iterator[None]:
        """Leave no handle open at the server, unless the connection is lost anyway."""
        try:
            yield
        except (OSError, EOFError, SSHException):
            raise
        except BaseException:
            with suppress(OSError, EOFError, SSHException):
                self._abandon(handle, waiting)
            raise

    def _abandon(self, handle: bytes, waiting: Iterable[int]) -> None:
        """Close a handle; neither this answer nor those under way are waited for."""
        self._unwanted.update(number for number in waiting if not self._early.pop(number, None))
        self._unwanted.add(self._send(CLOSE, _string(handle)))

    def _send_read(self, handle: bytes, offset: int, length: int) -> int:
        return self._send(READ, _string(handle), _long(offset), _number(length))

    def _ask(self, kind: int, *fields: bytes) -> _Fields:
        return self._answer(self._send(kind, *fields))

    def _ask_many(self, requests: Sequence[_Request]) -> list[_Fields | SftpStatus]:
        """Send all requests before the first answer is waited for."""
        packets = [self._packed(kind, body) for kind, body in requests]
        self._channel.sendall(b"".join(packet for _, packet in packets))
        return [self._answer_or_refusal(number) for number, _ in packets]

    def _answer_or_refusal(self, number: int) -> _Fields | SftpStatus:
        try:
            return self._answer(number)
        except SftpStatus as status:
            return status

    def _send(self, kind: int, *fields: bytes) -> int:
        number, packet = self._packed(kind, b"".join(fields))
        self._channel.sendall(packet)
        return number

    def _packed(self, kind: int, body: bytes) -> tuple[int, bytes]:
        self._number = (self._number + 1) & 0xFFFFFFFF
        return self._number, struct.pack(">IBI", len(body) + 5, kind, self._number) + body

    def _answer(self, number: int) -> _Fields:
        """Wait for the answer to one request; those to later ones are kept."""
        while number not in self._early:
            kind, fields = self._packet()
            found = fields.number()
            if found in self._unwanted:
                self._unwanted.discard(found)
            else:
                self._early[found] = (kind, fields)
        kind, fields = self._early.pop(number)
        if kind == STATUS:
            code = fields.number()
            if code != OK:
                raise SftpStatus(code, fields.string().decode(errors="replace"))
        return fields

    def _packet(self) -> tuple[int, _Fields]:
        (length,) = struct.unpack(">I", self._take(4))
        if not 0 < length <= LONGEST:
            raise EOFError
        packet = self._take(length)
        return packet[0], _Fields(packet, 1)

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            data = self._channel.recv(LARGEST_PIECE)
            if not data:
                raise EOFError
            self._received += data
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken


class _Fields:
    """Reads the fields of one answer, in order."""

    def __init__(self, packet: bytes, offset: int) -> None:
        self._packet = packet
        self._offset = offset

    def left(self) -> int:
        return len(self._packet) - self._offset

    def number(self) -> int:
        return int.from_bytes(self._raw(4))

    def long(self) -> int:
        return int.from_bytes(self._raw(8))

    def string(self) -> bytes:
        return self._raw(self.number()) if self.left() else b""

    def names(self) -> Iterator[tuple[bytes, Attributes]]:
        for _ in range(self.number()):
            name = self.string()
            self.string()
            yield name, self.attributes()

    def attributes(self) -> Attributes:
        flags = self.number()
        size = self.long() if flags & HAS_SIZE else None
        if flags & HAS_OWNER:
            self.long()
        mode = self.number() if flags & HAS_MODE else None
        modified = self.long() & 0xFFFFFFFF if flags & HAS_TIMES else None
        for _ in range(self.number() if flags & HAS_EXTENDED else 0):
            self.string()
            self.string()
        return Attributes(size, mode, modified)

    def _raw(self, count: int) -> bytes:
        end = self._offset + count
        if end > len(self._packet):
            raise EOFError
        raw = self._packet[self._offset : end]
        self._offset = end
        return raw


def _content(answer: _Fields | SftpStatus) -> bytes | SftpStatus:
    if isinstance(answer, SftpStatus):
        return b"" if answer.code == END_OF_FILE else answer
    return answer.string()


def _refusal(answers: Iterable[_Fields | SftpStatus]) -> SftpStatus | None:
    return next((one for one in answers if isinstance(one, SftpStatus)), None)


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


def _number(value: int) -> bytes:
    return value.to_bytes(4)


def _long(value: int) -> bytes:
    return value.to_bytes(8)


def _string(value: bytes) -> bytes:
    return _number(len(value)) + value
