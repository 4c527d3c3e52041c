# ruff: noqa: ARG002 - the contract's locks have arguments that a service has no use for
"""Web services: documents fetched from a listing, and delivered by PUT or POST (RFC 9110)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, ClassVar

import httpx

from blocks import icons
from blocks.endpoint import (
    AfterPickup,
    Can,
    Connection,
    Finding,
    Locking,
    Parcel,
    Receipt,
    RemoteFile,
    Staged,
    Trace,
)
from blocks.http_body import BodyKind
from blocks.http_client import origin, where
from blocks.http_session import Session, trusted
from blocks.http_settings import Acknowledge, HttpSettings, Listing, Login, Method
from blocks.http_source import Pages, bare_etag
from blocks.http_target import Sender
from blocks.limits import ended_in_time, limited
from blocks.tls import greeted
from transforms.document import Fingerprint, Hasher
from transforms.errors import EndpointError, FileChanged, FileMissing, NotSupported

__all__ = ["Acknowledge", "BodyKind", "HttpService", "Listing", "Login", "Method"]

GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
TOLD_BEFORE = {HTTPStatus.CONFLICT, HTTPStatus.GONE}
"""Answers to an acknowledgement that came before, and whose answer was lost."""


class HttpService(HttpSettings):
    """A web service that offers documents in a listing, or takes them by PUT or POST.

    Example:
        ```python
        from blocks.http_service import BodyKind, HttpService, Login

        HttpService(
            url="https://dms.example/api/v1",
            login=Login.OAUTH2,
            token_url="https://login.example/token",
            client_id="govmanager",
            client_secret="…",
            delivery_path="documents?source=hub",
            body=BodyKind.MULTIPART,
            reference_from="/id",
        ).save("dms")
        ```
    """

    _block_type_name = "Web service (HTTP)"
    _block_type_slug = "http-service"
    _logo_url = icons.WEBDAV
    _description = "Fetches documents from a web service and delivers documents to it."

    can: ClassVar[frozenset[Can]] = frozenset({Can.FETCH, Can.DELIVER})

    @contextmanager
    def connect(self) -> Iterator[HttpConnection]:
        """Get a token where one is needed, and see whether the service answers.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DefinitionWrong: a certificate or the key in the block is none.
        """
        with HttpConnection(self) as connection:
            connection.check()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        _, host, port = origin(httpx.URL(self.url))
        return host, port

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate of an https address."""
        if httpx.URL(self.url).scheme == "https":
            context = trusted(self)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )


class HttpConnection(Connection):
    """One session with a web service."""

    def __init__(self, settings: HttpSettings) -> None:
        """Prepare the session; the first use opens it.

        Raises:
            DefinitionWrong: a certificate or the key in the block is none.
        """
        self._settings = settings
        self._session = Session(settings)
        self._pages = Pages(settings, self._session)
        self._sender = Sender(settings, self._session)

    def check(self) -> None:
        """Log in and ask for the service's address; any answer will do but a refused login.

        Raises:
            EndpointError: it does not answer, or refuses the login.
        """
        with (
            self._in_time(""),
            self._session.request("HEAD", self._session.below("")) as response,
        ):
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                raise self._session.refused(response)

    # -- source ----------------------------------------------------------------------------

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield what the listing offers, page by page; a service has no directories within it."""
        del recursive
        return self._pages.files(directory, self._in_time)

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one document into the new local file `to`; see the contract."""
        url = self._pages.url_of(file)
        with self._in_time(url.path), to.open("xb") as target:
            try:
                with self._session.get(url) as response:
                    self._still(file, response.headers)
                    return self._copy(file, response, target)
            except BaseException:
                to.unlink(missing_ok=True)
                raise

    def _copy(self, file: RemoteFile, response: httpx.Response, target: IO[bytes]) -> Fingerprint:
        hasher = Hasher()
        left = file.size
        for chunk in limited(response.iter_raw(), self._settings, response.url.path.lstrip("/")):
            left -= len(chunk)
            if left < 0:
                raise self._changed(file)
            hasher.update(chunk)
            target.write(chunk)
        if left:
            raise self._changed(file)
        return hasher.fingerprint()

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Delete a document, or tell the service that it was taken; see the contract.

        Raises:
            NotSupported: MOVE is asked for.
        """
        del directory
        if after is AfterPickup.KEEP:
            return "kept"
        if after is AfterPickup.MOVE:
            raise self._unable("move documents", "Choose DELETE or KEEP after the pickup")
        url = self._pages.url_of(file)
        with self._in_time(url.path):
            try:
                headers = self._session.head(url)
            except FileMissing:
                return "was gone already"
            if headers is not None:
                self._still(file, headers)
            if self._settings.acknowledge is Acknowledge.DELETE:
                return self._delete(file, url, headers or httpx.Headers())
            return self._tell(file)

    def _delete(self, file: RemoteFile, url: httpx.URL, seen: httpx.Headers) -> str:
        # A weak ETag never satisfies the condition (RFC 9110, section 13.1.1).
        is_strong = file.version and not seen.get("etag", "").startswith("W/")
        condition = {"If-Match": f'"{file.version}"'} if is_strong else {}
        with self._session.request("DELETE", url, headers=condition) as response:
            if response.status_code in GONE:
                return "was gone already"
            if response.status_code == HTTPStatus.PRECONDITION_FAILED:
                raise self._changed(file)
            if not response.is_success:
                raise self._session.refused(response)
        return "deleted"

    def _tell(self, file: RemoteFile) -> str:
        how, url = self._settings.acknowledge.value, self._pages.acknowledge_url(file)
        with self._session.request(how, url, headers={"Content-Length": "0"}) as response:
            if response.status_code in TOLD_BEFORE:
                return "was acknowledged already"
            if not response.is_success:
                raise self._session.refused(response)
        return f"acknowledged by {how}"

    def _still(self, file: RemoteFile, headers: httpx.Headers) -> None:
        size = headers.get("content-length", "")
        etag = bare_etag(headers.get("etag", ""))
        if (size and size != str(file.size)) or (file.version and etag and etag != file.version):
            raise self._changed(file)

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Not supported."""
        raise self._unable("lock documents", "Set the source's locking to NO_LOCKING")

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Not supported."""
        raise self._unable("lock documents", "Set the source's locking to NO_LOCKING")

    # -- target ----------------------------------------------------------------------------

    def stage(self, parcel: Parcel) -> Staged:
        """Check all that can be checked without sending the document; see `Sender.stage`."""
        with self._in_time(parcel.name):
            return self._sender.stage(parcel)

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Send the document; see `Sender.publish`."""
        with self._in_time(parcel.name):
            return self._sender.publish(parcel, staged)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Say what is known of a delivery; see `Sender.trace`."""
        with self._in_time(parcel.name):
            return self._sender.trace(parcel, staged)

    # -- shared ----------------------------------------------------------------------------

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """Read the listing if there is one; sends no document."""
        del write
        settings = self._settings
        if settings.listing is not Listing.NONE:
            count = sum(1 for _ in self.list_files(directory, recursive=False))
            yield Finding("list", f"{count} documents offered")
        how = f"{settings.method.value}, {settings.body.value}"
        yield Finding("deliver", f"not tried, for a document would arrive: {how}")

    def is_alive(self) -> bool:
        """Ask for the service's address."""
        try:
            self.check()
        except EndpointError:
            return False
        return True

    def close(self) -> None:
        """End the session; never raises."""
        self._session.close()

    def _in_time(self, path: str) -> AbstractContextManager[None]:
        return ended_in_time(self._settings, path.lstrip("/"), self._session.end)

    def _changed(self, file: RemoteFile) -> FileChanged:
        return FileChanged(
            "The document is not, or no longer, the one that was listed",
            where=where(self._settings.label, self._pages.url_of(file)),
            remedy="Nothing is to be done: the next run takes it as it is then",
        )

    def _unable(self, what: str, remedy: str) -> NotSupported:
        return NotSupported(
            f"The hub cannot {what} at a web service", where=self._settings.label, remedy=remedy
        )
