"""WebDAV servers: Nextcloud, ownCloud, Apache, IIS and their like (RFC 4918).

PUT with If-None-Match and MOVE with Overwrite: F are not atomic on WsgiDAV and Apache: of four
clients that raced for one name, two or more won in up to two of three rounds. Creating a
collection is atomic everywhere, so a collection of our own guards each name while it is taken.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import ClassVar

import httpx
from pydantic import Field, SecretStr, field_validator

from blocks import icons
from blocks.dav_client import DavClient
from blocks.driver import Driver, Entry
from blocks.endpoint import Can, Endpoint, Finding, display
from blocks.filesystem import FileConnection
from blocks.multistatus import Resource
from blocks.tls import greeted, trusting
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


class WebdavServer(Endpoint):
    """A WebDAV share, such as a folder of Nextcloud, ownCloud, Apache or IIS.

    Example:
        ```python
        from blocks.webdav import WebdavServer

        WebdavServer(
            url="https://cloud.example/remote.php/dav/files/govmanager",
            user="govmanager",
            password="…",
            directory="KomBox/Eingang",
        ).save("kombox")
        ```
    """

    _block_type_name = "WebDAV server"
    _block_type_slug = "webdav-server"
    _logo_url = icons.WEBDAV
    _description = "Fetches files from a WebDAV share and delivers files to it."

    can: ClassVar[frozenset[Can]] = frozenset(
        {
            Can.FETCH,
            Can.DELIVER,
            Can.ATOMIC,
            Can.OVERWRITE,
            Can.APPEND,
            Can.DIRECTORIES,
            Can.TRACE,
            Can.RESUME,
            Can.LOCK,
            Can.RENAME_LOCK,
        }
    )

    url: str = Field(
        title="Address",
        description="Address of the share; with http the password travels readable.",
        examples=["https://cloud.example/remote.php/dav/files/govmanager"],
    )
    user: str = Field(
        default="", title="User", description="Account at the server; empty: no login."
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="Password or app password."
    )
    directory: str = Field(
        default="",
        title="Base directory",
        description="Directory of the share that all transfers of this block stay below.",
        examples=["KomBox/Eingang"],
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the server's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            message = "this is no address; write https://host/path"
            raise ValueError(message) from error
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            message = "write an address such as https://host/path"
            raise ValueError(message)
        if parsed.userinfo or parsed.query or parsed.fragment:
            message = "leave user, ? and # out of the address; user and password have own fields"
            raise ValueError(message)
        return url

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Open a session and look at the base directory.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: address or base directory is wrong.
            NotSupported: what answers is no WebDAV server.
        """
        driver = WebdavDriver(self)
        with FileConnection(driver, self, read_back=self.read_back) as connection:
            if driver.stat("") is None:
                raise DirectoryMissing(
                    "The address or its base directory is not there",
                    where=f"{self.label}:/{self.directory}",
                    remedy="Correct address or base directory in the block",
                )
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        url = httpx.URL(self.url)
        return url.host, url.port or (443 if url.scheme == "https" else 80)

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate of an https address."""
        if httpx.URL(self.url).scheme == "https":
            context = trusting(self.ca_certificate, where=self.label)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )


class WebdavDriver(Driver):
    """The raw verbs over one HTTP session."""

    def __init__(self, server: WebdavServer) -> None:
        """Prepare a session; nothing is sent yet.

        Raises:
            DefinitionWrong: the CA certificate is no certificate.
        """
        self._client = DavClient(
            server.url,
            server.directory,
            (server.user, server.password.get_secret_value()) if server.user else None,
            context=trusting(server.ca_certificate, where=server.label),
            limits=server,
        )
        self._label = server.label
        self._closing: dict[str, str] = {}

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory; the listing is read before the first is yielded."""
        resources, _ = self._client.look(
            directory, depth=1, directory=True, missing=DirectoryMissing
        )
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
                resources, _ = self._client.look(path, depth=0, directory=not path.strip("/"))
            except AlreadyThere:
                resources, _ = self._client.look(path, depth=0, directory=True)
        except FileMissing:
            return None
        return _entry(resources[0]) if resources else None

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file as they arrive; a body cut short is `Unreachable`.

        Raises:
            NotSupported: an offset is asked for, and the server sends whole files only.
        """
        wanted = {"Range": f"bytes={offset}-"} if offset else {}
        with self._client.answer("GET", path, headers=wanted) as response:
            if offset and response.status_code != httpx.codes.PARTIAL_CONTENT:
                raise NotSupported(
                    "The server cannot send a part of a file",
                    where=f"{self._label}:/{display(path)}",
                    remedy="Nothing is to be done: the whole file is fetched again",
                )
            yield from response.iter_raw()

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Send a file with its length; a connection that breaks leaves nothing, or a part."""
        self._put(path, _exactly(size, chunks, path), {"Content-Length": str(size)})

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file only if the name is free, under a guard."""
        with self._guarding(path) as alone:
            if not alone:
                return False
            try:
                self._put(path, [content], NEW | {"Content-Length": str(len(content))})
            except AlreadyThere:
                return False
        return True

    def replace(self, old: str, new: str) -> None:
        """Rename, replacing a file, never a directory: MOVE would delete all that is in it."""
        taken = self.stat(new)
        if taken and taken.is_directory:
            raise self._client.refusal_of(412, new)
        self._client.move(old, new + self._close(new), overwrite=True)

    def rename(self, old: str, new: str) -> None:
        """Rename under a guard; `AlreadyThere` if `new` is taken, `Locked` while it is."""
        with self._guarding(new) as alone:
            if not alone:
                raise self._client.refusal_of(423, new)
            self._client.move(old, new + self._close(new), overwrite=False)

    def remove(self, path: str) -> None:
        """Remove exactly this file; `FileMissing` if it is not there."""
        self._client.remove(path)

    def make_directory(self, path: str) -> None:
        """Create one directory; nothing happens if it is there."""
        with suppress(AlreadyThere):
            self._client.mkdir(path)

    def close(self) -> None:
        """End the session."""
        self._client.http.close()

    def _put(self, path: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        with self._client.answer(
            "PUT", path, headers=headers, content=chunks, missing=DirectoryMissing
        ):
            pass

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
            (resource, *_), now = self._client.look(guard, depth=0, directory=True)
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
            self._client.answer("DELETE", guard, directory=True, headers=NO_TRASH),
        ):
            pass


def _entry(resource: Resource) -> Entry:
    name = resource.path.rpartition("/")[2]
    return Entry(name, resource.is_collection, resource.size, resource.modified, resource.etag)


def _exactly(size: int, chunks: Iterable[bytes], path: str) -> Iterator[bytes]:
    """Pass on exactly `size` bytes; else the upload breaks off and the server drops it."""
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        if sent <= size:
            yield chunk
    if sent != size:
        raise FileChanged(
            f"The local file has {sent} bytes instead of {size}",
            where=path,
            remedy="Look who changes files in the execution folder",
        )
