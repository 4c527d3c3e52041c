"""The raw verbs of `blocks.driver` on a Windows share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from blocks import smb_wire as wire
from blocks.driver import Driver, Entry
from blocks.endpoint import display, in_turn
from blocks.names import CONTROL, DEVICE
from blocks.smb_client import READING, SmbClient
from blocks.smb_errors import MISSING, translated
from blocks.smb_wire import Facts, SmbStatus
from transforms.errors import (
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
)

Answer = TypeVar("Answer")

HARMFUL = re.compile(rf'["*:<>?\\|{re.escape(CONTROL)}]|[ .]$')
"""A colon would name a stream of another file; trailing blanks and dots are cut off."""
NOTHING = MISSING | {wire.STOPPED_ON_LINK}
"""Links are nothing to be taken, as in listings."""


class SmbDriver(Driver):
    """The raw verbs over one link.

    Args:
        client: logged in; closing the driver closes it.
        label: the endpoint, for errors.
        directory: the base directory, `/`-separated.
    """

    def __init__(self, client: SmbClient, label: str, directory: str) -> None:
        """Work below this directory of the share."""
        self._client = client
        self._label = label
        self._base = [part for part in directory.split("/") if part]
        self._held: dict[str, Facts] = {}

    def check_base(self) -> None:
        """Raise `DirectoryMissing` unless the base directory is one."""
        with self._translated("", missing=DirectoryMissing):
            entry = self.stat("")
            if entry is None or not entry.is_directory:
                raise SmbStatus(wire.PATH_NOT_FOUND)

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory as they arrive; links are nothing to be taken."""
        with self._translated(directory, missing=DirectoryMissing):
            for one in self._client.scan(self._path(directory)):
                if one.name not in (".", "..") and not one.is_link:
                    yield _entry(one.name, one.facts, wire.version(one.file_id))

    def stat(self, path: str) -> Entry | None:
        """Look at one path; links are nothing."""
        (answer,) = self.stat_many([path])
        if isinstance(answer, EndpointError):
            raise answer
        return answer

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths."""
        answers = self._asked(paths, lambda raw: list(self._client.look(raw)))

        def entry(asked: tuple[str, tuple[Facts, str] | SmbStatus]) -> Entry | None:
            path, answer = asked
            if isinstance(answer, SmbStatus) and answer.code in NOTHING:
                return None
            facts, version = self._accepted((path, answer))
            return _entry(path.rpartition("/")[2], facts, version)

        return in_turn(list(zip(paths, answers, strict=True)), entry)

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file from an offset on."""
        with self._translated(path, directory=FileMissing):
            held = self._held.get(path)
            if held:
                yield from self._client.read_open(held.handle, offset, held.size)
            else:
                yield from self._client.read(self._path(path), offset)

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files."""
        if self._held or most > self._client.piece:
            return super().read_many(paths, most)
        answers = self._asked(paths, lambda raw: list(self._client.read_small(raw, most)))
        pairs = list(zip(paths, answers, strict=True))
        return in_turn(pairs, lambda one: self._accepted(one, directory=FileMissing))

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Write a file, durably."""
        del size
        with self._translated(path, missing=DirectoryMissing):
            self._client.write(self._path(path), chunks)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files, durably."""
        if any(len(content) > self._client.piece for _, content in files):
            return super().write_many(files)
        paths = [path for path, _ in files]
        contents = [content for _, content in files]
        refused = self._asked(
            paths,
            lambda raw: list(self._client.write_small(zip(raw, contents, strict=True))),
        )
        pairs = list(zip(paths, refused, strict=True))
        return in_turn(pairs, lambda one: self._accepted(one, missing=DirectoryMissing))

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file if the name is free."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                self._client.create_small(self._path(path), content)
            except SmbStatus as status:
                if status.code in (wire.NAME_COLLISION, wire.IS_A_DIRECTORY):
                    return False
                raise
            return True

    def replace(self, old: str, new: str) -> None:
        """Rename within the share, replacing a file in one step."""
        # No server replaces a file that anybody has open, be it for us.
        self.release(new)
        self._rename(old, new, replace=True)

    def rename(self, old: str, new: str) -> None:
        """Rename onto a free name, which the server itself looks after."""
        self._rename(old, new, replace=False)

    def _rename(self, old: str, new: str, *, replace: bool) -> None:
        with self._translated(new):
            held = self._held.get(old)
            if held:
                how = wire.rename(self._path(new), replace=replace, handle=held.handle)
                self._client.run(how)[0].checked()
                self.release(old)
                return
            (refused,) = self._client.rename_many(
                [(self._path(old), self._path(new))], replace=replace
            )
            if refused:
                raise self._why(refused, new) if replace else refused

    def _why(self, refused: SmbStatus, new: str) -> SmbStatus:
        """Find out why a file was not replaced: the server denies it whatever the reason."""
        if refused.code != wire.ACCESS_DENIED:
            return refused
        try:
            handle = self._client.open_alone(self._path(new), wire.DELETE).handle
            self._client.close_handle(handle)
        except SmbStatus as status:
            return refused if status.code in MISSING else status
        return refused

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files; those that are refused are tried alone, to learn why."""
        if self._held:
            return super().rename_many(pairs, replace=replace)
        news = [self._path(new) for _, new in pairs]
        refused = self._asked(
            [old for old, _ in pairs],
            lambda raw: list(
                self._client.rename_many(zip(raw, news, strict=True), replace=replace)
            ),
        )
        one_by_one = super().rename_many
        tried = zip(pairs, refused, strict=True)
        return [one_by_one([pair], replace=replace)[0] if again else None for pair, again in tried]

    def remove(self, path: str) -> None:
        """Remove exactly this file."""
        with self._translated(path, directory=FileMissing):
            if path in self._held:
                handle = self._held[path].handle
                self._client.run(wire.dispose(handle))[0].checked()
                self.release(path)
                return
            self._client.remove(self._path(path))

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Remove several files."""
        if self._held:
            return super().remove_many(paths)
        refused = self._asked(paths, lambda raw: list(self._client.remove_many(raw)))
        pairs = list(zip(paths, refused, strict=True))
        return in_turn(pairs, lambda one: self._accepted(one, directory=FileMissing))

    def make_directory(self, path: str) -> None:
        """Create one directory."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                self._client.make_directory(self._path(path))
            except SmbStatus as status:
                there = self.stat(path) if status.code == wire.NAME_COLLISION else None
                if not (there and there.is_directory):
                    raise

    def hold(self, path: str, owner: str) -> bool:
        """Open a file so that nobody else can (share mode); False if somebody has it open."""
        del owner
        if path in self._held:
            return True
        with self._translated(path):
            # Who may only read, and keeps the files where they are, can hold them too.
            for access in (READING | wire.DELETE, READING):
                try:
                    self._held[path] = self._client.open_alone(self._path(path), access)
                except SmbStatus as status:
                    if status.code in (wire.SHARING_VIOLATION, wire.DELETE_PENDING):
                        return False
                    if status.code != wire.ACCESS_DENIED or access == READING:
                        raise
                else:
                    return True
        return False

    def release(self, path: str) -> None:
        """Close what `hold` opened."""
        held = self._held.pop(path, None)
        if held:
            with self._translated(path):
                self._client.close_handle(held.handle)

    def close(self) -> None:
        """End the session: the server closes what was open."""
        self._client.close()

    def _path(self, path: str) -> str:
        parts = [part for part in path.split("/") if part]
        for part in parts:
            if HARMFUL.search(part) or DEVICE.match(part):
                raise NameNotAllowed(
                    f"The name {display(part)!r} is none that a Windows share can hold",
                    where=f"{self._label}:/{display(path)}",
                    remedy="Give the file another name",
                )
        return "\\".join(self._base + parts)

    def _asked(
        self, paths: Sequence[str], ask: Callable[[Iterator[str]], list[Answer]]
    ) -> list[Answer]:
        """Ask for all paths at once; the line's errors are those of the first."""
        if not paths:
            return []
        raw = [self._path(path) for path in paths]
        with self._translated(paths[0]):
            return ask(iter(raw))

    def _accepted(
        self,
        asked: tuple[str, Answer | SmbStatus],
        missing: type[EndpointError] = FileMissing,
        directory: type[EndpointError] = AlreadyThere,
    ) -> Answer:
        path, answer = asked
        if isinstance(answer, SmbStatus):
            with self._translated(path, missing, directory):
                raise answer
        return answer

    def _translated(
        self,
        path: str,
        missing: type[EndpointError] = FileMissing,
        directory: type[EndpointError] = AlreadyThere,
    ) -> AbstractContextManager[None]:
        return translated(self._label, path, missing, directory)


def _entry(name: str, facts: Facts, version: str) -> Entry:
    size = 0 if facts.is_directory else facts.size
    return Entry(name, facts.is_directory, size, wire.moment(facts.written), version)
