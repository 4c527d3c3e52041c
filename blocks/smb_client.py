"""Files on a share by as few round trips as SMB allows: chains of requests, several in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from blocks import smb_wire as wire
from blocks.smb_link import SmbLink
from blocks.smb_wire import Facts, Listed, Reply, Request, SmbStatus

AHEAD = 4
"""Pieces of a large file that are asked for before the first is there."""
TOGETHER = 32
"""Chains for small files that are asked for before the first is answered."""

READING = wire.READ_DATA | wire.READ_ATTRIBUTES
WRITING = wire.WRITE_DATA | wire.READ_ATTRIBUTES | wire.WRITE_ATTRIBUTES
HARMLESS = wire.SHARE_READ | wire.SHARE_DELETE
"""Others may read and remove meanwhile, not write."""


class SmbClient:
    r"""The verbs over one link; paths are below the share, `\`-separated.

    Refusals are `SmbStatus`; a line that is lost or silent is `OSError` or `EOFError`.
    """

    def __init__(self, link: SmbLink) -> None:
        """Work over this link."""
        self._link = link
        self.piece = link.piece

    def close(self) -> None:
        """End the link."""
        self._link.close()

    def run(self, *chain: Request) -> list[Reply]:
        """Send one chain and wait for all answers."""
        return [self._link.receive(number) for number in self._link.send(*chain)]

    def run_many(self, chains: Iterable[Sequence[Request]]) -> Iterator[list[Reply]]:
        """Send many chains, some at a time, and yield their answers in order."""
        waiting: deque[list[int]] = deque()
        for chain in chains:
            waiting.append(self._link.send(*chain))
            if len(waiting) >= TOGETHER:
                yield [self._link.receive(number) for number in waiting.popleft()]
        for numbers in waiting:
            yield [self._link.receive(number) for number in numbers]

    # -- directories -----------------------------------------------------------------------

    def scan(self, path: str) -> Iterator[Listed]:
        """Yield the entries of a directory; the next ones are asked for while these are used."""
        how = wire.create(path, READING, wire.SHARE_ALL, wire.OPEN, wire.IS_DIRECTORY)
        first, then = self._link.send(how, wire.query_directory(self._link.listing))
        try:
            directory = wire.opened(self._link.receive(first)).handle
        except SmbStatus:
            self._link.forget([then])
            raise
        try:
            while True:
                reply = self._link.receive(then)
                if reply.status in (wire.NO_MORE_FILES, wire.NO_SUCH_FILE):
                    return
                reply.checked()
                more = wire.query_directory(self._link.listing, directory)
                (then,) = self._link.send(more)
                yield from wire.listed(reply)
        finally:
            self._link.forget([then])
            self._close(directory)

    def make_directory(self, path: str) -> None:
        """Create one directory; the name must be free."""
        how = wire.create(
            path, wire.READ_ATTRIBUTES, wire.SHARE_ALL, wire.CREATE_NEW, wire.IS_DIRECTORY
        )
        self.run(how, wire.close())[0].checked()

    # -- whole files -----------------------------------------------------------------------

    def look(self, paths: Iterable[str]) -> Iterator[tuple[Facts, str] | SmbStatus]:
        """Look at each path: what it is, and the number it keeps through renames."""
        chains = (
            (
                wire.create(path, wire.READ_ATTRIBUTES, wire.SHARE_ALL, wire.OPEN),
                wire.query_id(),
                wire.close(),
            )
            for path in paths
        )
        for opened, numbered, _ in self.run_many(chains):
            try:
                yield wire.opened(opened), wire.id_of(numbered)
            except SmbStatus as status:
                yield status

    def read_small(self, paths: Iterable[str], most: int) -> Iterator[bytes | SmbStatus]:
        """Read the first bytes of each file."""
        chains = (
            (
                wire.create(path, READING, HARMLESS, wire.OPEN, wire.IS_FILE),
                wire.read(most, 0),
                wire.close(),
            )
            for path in paths
        )
        for opened, data, _ in self.run_many(chains):
            try:
                opened.checked()
                yield bytes(wire.data_of(data))
            except SmbStatus as status:
                yield status

    def write_small(self, files: Iterable[tuple[str, bytes]]) -> Iterator[SmbStatus | None]:
        """Create or replace each file, and have it written to the server's disk."""
        for replies in self.run_many(self._writing(*file) for file in files):
            yield _refusal(replies)

    def create_small(self, path: str, data: bytes) -> None:
        """Create a file only if the name is free."""
        replies = self.run(*self._writing(path, data, wire.CREATE_NEW))
        replies[0].checked()
        refusal = _refusal(replies)
        if refusal:
            with suppress(SmbStatus):
                self.remove(path)
            raise refusal

    @staticmethod
    def _writing(path: str, data: bytes, how: int = wire.OVERWRITE_IF) -> list[Request]:
        opening = wire.create(path, WRITING, HARMLESS, how, wire.IS_FILE)
        writing = [wire.write(data, 0)] if data else []
        return [opening, *writing, wire.flush(), wire.close()]

    def remove_many(self, paths: Iterable[str]) -> Iterator[SmbStatus | None]:
        """Remove each file."""
        chains = (
            (
                wire.create(path, wire.DELETE, wire.SHARE_ALL, wire.OPEN, wire.IS_FILE),
                wire.dispose(),
                wire.close(),
            )
            for path in paths
        )
        for replies in self.run_many(chains):
            yield _refusal(replies)

    def remove(self, path: str) -> None:
        """Remove one file."""
        for refusal in self.remove_many([path]):
            if refusal:
                raise refusal

    def rename_many(
        self, pairs: Iterable[tuple[str, str]], *, replace: bool
    ) -> Iterator[SmbStatus | None]:
        """Rename each file, from old to new."""
        chains = (
            (
                wire.create(old, wire.DELETE, wire.SHARE_ALL, wire.OPEN, wire.IS_FILE),
                wire.rename(new, replace=replace),
                wire.close(),
            )
            for old, new in pairs
        )
        for replies in self.run_many(chains):
            yield _refusal(replies)

    # -- open files ------------------------------------------------------------------------

    def open_alone(self, path: str, access: int) -> Facts:
        """Open a file so that nobody else can, until `close_handle`."""
        how = wire.create(path, access, wire.SHARE_NONE, wire.OPEN, wire.IS_FILE)
        return wire.opened(self.run(how)[0])

    def close_handle(self, handle: bytes) -> None:
        """Close what `open_alone` opened."""
        self.run(wire.close(handle))

    def read(self, path: str, offset: int) -> Iterator[bytes]:
        """Yield the bytes of a file from an offset on."""
        how = wire.create(path, READING, HARMLESS, wire.OPEN, wire.IS_FILE)
        facts = wire.opened(self.run(how)[0])
        try:
            yield from self.read_open(facts.handle, offset, facts.size)
        finally:
            self._close(facts.handle)

    def read_open(self, handle: bytes, offset: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of an open file up to `end`, some pieces ahead."""
        waiting: deque[tuple[int, int, int]] = deque()
        pieces = iter(range(offset, end, self.piece))

        def ask() -> None:
            for at in pieces:
                length = min(self.piece, end - at)
                (number,) = self._link.send(wire.read(length, at, handle))
                waiting.append((number, at, length))
                if len(waiting) >= AHEAD:
                    return

        try:
            ask()
            while waiting:
                number, at, length = waiting.popleft()
                data = bytes(wire.data_of(self._link.receive(number)))
                ask()
                while data:
                    yield data
                    at, length = at + len(data), length - len(data)
                    data = self._rest(handle, at, length)
                if length:
                    # It was cut meanwhile, which the caller's look at it will show.
                    return
        finally:
            self._link.forget([number for number, _, _ in waiting])

    def _rest(self, handle: bytes, at: int, length: int) -> bytes:
        """Ask for what a server has left out of a piece."""
        if not length:
            return b""
        return bytes(wire.data_of(self.run(wire.read(length, at, handle))[0]))

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Create or replace a file and have it written to the server's disk.

        A file that the server refuses to take as a whole is removed again.
        """
        access = WRITING | wire.DELETE
        how = wire.create(path, access, HARMLESS, wire.OVERWRITE_IF, wire.IS_FILE)
        handle = wire.opened(self.run(how)[0]).handle
        try:
            self._write_open(handle, chunks)
            self.run(wire.flush(handle))[0].checked()
        except SmbStatus:
            self.run(wire.dispose(handle), wire.close(handle))
            raise
        except BaseException:
            self._close(handle)
            raise
        self.run(wire.close(handle))[0].checked()

    def _write_open(self, handle: bytes, chunks: Iterable[bytes]) -> None:
        waiting: deque[tuple[int, int]] = deque()

        def take(most: int) -> None:
            while len(waiting) > most:
                number, length = waiting.popleft()
                wire.check_written(self._link.receive(number), length)

        at = 0
        try:
            for piece in _pieces(chunks, self.piece):
                (number,) = self._link.send(wire.write(piece, at, handle))
                waiting.append((number, len(piece)))
                at += len(piece)
                take(AHEAD - 1)
            take(0)
        finally:
            self._link.forget([number for number, _ in waiting])

    def _close(self, handle: bytes) -> None:
        """Close a handle without waiting; a line that is lost has closed it already."""
        with suppress(OSError, EOFError):
            self._link.forget(self._link.send(wire.close(handle)))


def _refusal(replies: Sequence[Reply]) -> SmbStatus | None:
    """Return the first refusal of a chain."""
    codes = (reply.status for reply in replies)
    return next((SmbStatus(code) for code in codes if code != wire.SUCCESS), None)


def _pieces(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), most):
            yield chunk[start : start + most] if len(chunk) > most else chunk
