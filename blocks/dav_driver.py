"""The raw verbs of WebDAV over one session.

PUT with If-None-Match and MOVE with Overwrite: F are not atomic on WsgiDAV and Apache: of four
clients that raced for one name, two or more won in up to two of three rounds. Creating a
collection is atomic everywhere, so a collection of our own guards each name while it is taken.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import httpx

from blocks.at_once import AtOnce
from blocks.dav_body import body_of
from blocks.dav_client import DavClient
from blocks.dav_locks import ServerLocks
from blocks.dav_upload import exactly, upload_in_pieces
from blocks.driver import Driver, Entry
from blocks.multistatus import Resource
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

GUARD = ".govmanager-guard-"
GUARD_SECONDS = 300
"""A guard is held for two requests; one that is older was left by a crash."""

ODD = frozenset(";?")
NEW = {"If-None-Match": "*"}
NO_TRASH = {"X-NC-Skip-Trashbin": "true"}
"""Nextcloud would keep every guard in its trash bin; other servers know nothing of this."""
AT_ONCE = 4
"""Requests under way together, where many files are asked for."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """How large files go up in pieces.

    Attributes:
        uploads: session whose base is the account's directory of uploads.
        size: bytes of one piece; a file that has no more goes up as a whole.
    """

    uploads: DavClient
    size: int


class WebdavDriver(Driver):
    """The raw verbs over one HTTP session."""

    def __init__(
        self,
        client: DavClient,
        *,
        pieces: Pieces | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            client: the session; closed with the driver.
            pieces: how large files go up in pieces; None where the server has no such thing.
            at_once: requests under way together, where many files are asked for.
        """
        self._client = client
        self._pieces = pieces
        self._at_once = AtOnce(at_once, "webdav")
        self._closing: dict[str, str] = {}
        # A file may take all its time while nothing prolongs its lock.
        self._locks = ServerLocks(client, 2 * client.total_seconds)

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory; the listing is read before the first is yielded."""
        resources, _ = self._client.look(directory + "/", depth=1, missing=DirectoryMissing)
        own = min(resources, key=lambda one: one.path.count("/"), default=None)
        if own is None or not own.is_collection:
            raise self._client.refusal_of(409, directory)
        for resource in resources:
            entry = _entry(resource)
            if resource is not own and not entry.name.startswith(GUARD):
                yield entry

    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there."""
        try:
            try:
                resources, _ = self._client.look(path or "/", depth=0)
            except AlreadyThere:
                resources, _ = self._client.look(path + "/", depth=0)
        except FileMissing:
            return None
        return _entry(resources[0]) if resources else None

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file as they arrive; a body cut short is `Unreachable`.

        Raises:
            NotSupported: an offset is asked for, and the server sends whole files only.
        """
        self._locks.keep(path)
        wanted = {"Range": f"bytes={offset}-"} if offset else {}
        with self._readable(path), self._client.answer("GET", path, headers=wanted) as response:
            if offset and response.status_code != httpx.codes.PARTIAL_CONTENT:
                raise NotSupported(
                    "The server cannot send a part of a file",
                    where=self._client.where(path),
                    remedy="Nothing is to be done: the whole file is fetched again",
                )
            yield from body_of(response)

    @contextmanager
    def _readable(self, path: str) -> Iterator[None]:
        try:
            yield
        except (AlreadyThere, AccessRefused) as error:
            entry = self.stat(path)
            if not (entry and entry.is_directory):
                raise
            raise FileChanged(
                "A directory is in the file's place",
                where=self._client.where(path),
                remedy="Find out who else works in this directory",
            ) from error

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Send a file with its length; a connection that breaks leaves nothing, or a part."""
        self._locks.keep(path)
        content = exactly(size, chunks, path)
        if self._pieces and size > self._pieces.size:
            address = str(self._client.join_url(path))
            upload_in_pieces(self._pieces.uploads, address, content, size, self._pieces.size)
        else:
            self._put(path, content, {"Content-Length": str(size)})

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file only if the name is free, under a guard."""
        with self._guarding(path) as alone:
            # nginx does not know If-None-Match.
            if not alone or self.stat(path):
                return False
            try:
                self._put(path, [content], NEW | {"Content-Length": str(len(content))})
            except AlreadyThere:
                return False
        return True

    def replace(self, old: str, new: str) -> None:
        """Rename, replacing a file, never a directory: MOVE would delete all that is in it."""
        self._locks.keep(new)
        taken = self.stat(new)
        if taken and taken.is_directory:
            raise self._client.refusal_of(412, new)
        self._move(old, new, overwrite=True)

    def rename(self, old: str, new: str) -> None:
        """Rename under a guard; `AlreadyThere` if `new` is taken, `Locked` while it is."""
        self._locks.keep(old)
        with self._guarding(new) as alone:
            if not alone:
                raise self._client.refusal_of(423, new)
            self._move(old, new, overwrite=False)

    def remove(self, path: str) -> None:
        """Remove exactly this file; `FileMissing` if it is not there."""
        self._locks.keep(path)
        self._client.remove(path)

    def make_directory(self, path: str) -> None:
        """Create one directory; nothing happens if it is there."""
        with suppress(AlreadyThere):
            self._client.mkdir(path)

    def hold(self, path: str, owner: str) -> bool:
        """Lock a file at the server; False if somebody else holds it."""
        return self._locks.take(path, owner)

    def release(self, path: str) -> None:
        """End what `hold` began; nothing happens if this session holds nothing."""
        self._locks.give_back(path)

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files; of one that has more than `most` bytes, a part."""
        return self._at_once.ask(paths, lambda path: self._content(path, most))

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths; see `stat`."""
        return self._at_once.ask(paths, self.stat)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files, each path with its content; see `write`."""
        return self._at_once.ask(files, lambda one: self.write(one[0], [one[1]], len(one[1])))

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files, each from old to new; see `rename` and `replace`."""
        rename = self.replace if replace else self.rename
        return self._at_once.ask(pairs, lambda one: rename(*one))

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Remove several files; see `remove`."""
        return self._at_once.ask(paths, self.remove)

    def close(self) -> None:
        """End the session, from any thread."""
        self._client.close()
        if self._pieces:
            self._pieces.uploads.close()
        self._at_once.close()

    def _content(self, path: str, most: int) -> bytes:
        data = bytearray()
        for chunk in self.read(path):
            data += chunk
            if len(data) > most:
                break
        return bytes(data)

    def _put(self, path: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        try:
            with self._client.answer(
                "PUT", path, headers=headers, content=chunks, missing=DirectoryMissing
            ):
                pass
        except Unreachable as error:
            raise self._clarified(error, path) from error.__cause__

    def _move(self, old: str, new: str, *, overwrite: bool) -> None:
        to = new + self._close(new)
        try:
            self._client.move(old, to, overwrite=overwrite)
        except Unreachable as error:
            if not _is_answer(error) or self.stat(old) is None:
                raise  # it may have become visible
            raise self._clarified(error, old, new) from error.__cause__

    def _clarified(self, error: Unreachable, *paths: str) -> EndpointError:
        """Return what an error of the server amounts to.

        To a PUT or MOVE in a directory that is closed to the account Apache and nginx answer 500,
        which may be anything; to an MKCOL they say what it is.
        """
        for path in paths if _is_answer(error) else ():
            if self._is_closed(path.rpartition("/")[0]):
                return self._client.refusal_of(403, path)
        return error

    def _is_closed(self, directory: str) -> bool:
        """Tell whether the account is forbidden to add to a directory."""
        place = f"{directory}/{GUARD}{secrets.token_hex(8)}"
        try:
            self._client.mkdir(place)
        except AccessRefused:
            return True
        except EndpointError:
            return False
        self._drop(place)
        return False

    @contextmanager
    def _guarding(self, path: str) -> Iterator[bool]:
        """Keep other clients of ours from taking a name at the same moment; False if one does.

        An account that may not create collections works without the guard, and then the
        server's own check has to do.
        """
        directory, _, name = path.rpartition("/")
        digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
        guard = f"{directory}/{GUARD}{digest}"
        try:
            held = self._take(guard)
        except (AccessRefused, NotSupported):
            yield True
            return
        try:
            yield held
        finally:
            if held:
                self._drop(guard)

    def _take(self, guard: str) -> bool:
        if self._made(guard):
            return True
        if not self._is_stale(guard):
            return False
        self._drop(guard)
        return self._made(guard)

    def _made(self, guard: str) -> bool:
        """Create the guard's collection; False if it is there.

        The loser of a race gets 405, but from WsgiDAV 500 and from Apache 403 too: whether that
        means what it says shows in the next attempt.
        """
        for last in (False, False, True):
            try:
                self._client.mkdir(guard)
            except AlreadyThere:
                return False
            except (AccessRefused, Unreachable) as error:
                if isinstance(error.__cause__, httpx.TransportError):
                    raise  # no answer at all: asking on would double the wait
                if self.stat(guard):
                    return False
                if last:
                    raise
            else:
                return True
        return False

    def _is_stale(self, guard: str) -> bool:
        try:
            (resource, *_), now = self._client.look(guard + "/", depth=0)
        except (FileMissing, ValueError):
            return False
        age = now - resource.modified if now and resource.modified else timedelta()
        return age > timedelta(seconds=GUARD_SECONDS)

    def _close(self, path: str) -> str:
        """Return what must follow a name in the header Destination: a slash or nothing.

        WsgiDAV decodes the header before it takes it apart and cuts names at `;` and `?`: the
        file would appear under another name. A slash behind the name saves `;`, yet nginx
        refuses it, so a server is tried with files of our own before such a name is used.
        """
        directory, _, name = path.rpartition("/")
        odd = "".join(sorted(ODD & set(name)))
        if odd and odd not in self._closing:
            self._closing[odd] = self._probe(directory, odd)
        return self._closing.get(odd, "")

    def _probe(self, directory: str, odd: str) -> str:
        place = f"{directory}/{GUARD}{secrets.token_hex(8)}"
        self._client.mkdir(place)
        try:
            for number, end in enumerate(("", "/")):
                old, new = f"{place}/{number}", f"{place}/{number}{odd}"
                self._put(old, [b""], {"Content-Length": "0"})
                with suppress(EndpointError):
                    self._client.move(old, new + end)
                if self.stat(new):
                    return end
        finally:
            self._drop(place)
        raise NameNotAllowed(
            f"This server's MOVE cuts names at {' and '.join(odd)}",
            where=place.rpartition("/")[0] or "/",
            remedy="Give the file another name by the target's file name template",
        )

    def _drop(self, guard: str) -> None:
        with (
            suppress(EndpointError),
            self._client.answer("DELETE", guard + "/", headers=NO_TRASH),
        ):
            pass


def _is_answer(error: Unreachable) -> bool:
    """Tell whether the server itself said so; else there was no answer."""
    return not isinstance(error.__cause__, Exception)


def _entry(resource: Resource) -> Entry:
    name = resource.path.rpartition("/")[2]
    return Entry(name, resource.is_collection, resource.size, resource.modified, resource.etag)
