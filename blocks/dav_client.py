"""The HTTP side of WebDAV: raw names, bounded answers, and errors that say how to mend them.

It stands on webdav4, the client beneath fsspec's WebDAV file system, not on that file system
itself: that one strips blanks from names and asks for the kind of a file before each read.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

import httpx
from webdav4.client import Client  # type: ignore[import-untyped]

from blocks.endpoint import Endpoint, display
from blocks.limits import limited
from blocks.multistatus import PROPFIND, Multistatus, Resource
from blocks.sessions import Ended, Sockets
from blocks.tls import certificate_refusal, is_client_refused
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

KEEP_SECONDS = 3.0
"""Idle connections are given up before common servers do it (5 s), for a lost one costs a retry."""
BODY_LIMIT = 1 << 16
"""Bytes of an answer's body that are read only to use the connection again."""
CHANGING = frozenset({"PUT", "DELETE", "MOVE"})
"""Requests that a lock stands against, unless they carry its token (RFC 4918, section 7)."""
INVALID_PATH = b"InvalidPath"
"""Nextcloud's and ownCloud's word, in the body of a 400, for a name that they do not take."""
OWN_PART = re.compile(r"((?:^|/)\.govmanager-[^/]*)\.part$")
"""Our temporary names, as Nextcloud and ownCloud refuse them: they keep `.part` for themselves."""
Kind = type[EndpointError]
ANSWERS: Mapping[int, tuple[Kind, str, str]] = {
    400: (NotSupported, "The server does not understand the request", "Check the block's address"),
    401: (AccessRefused, "The server refused the login", "Correct user and password in the block"),
    403: (
        AccessRefused,
        "The server does not allow this account to do that",
        "Have the account given the right, or correct the directory",
    ),
    404: (FileMissing, "There is nothing of this name", "Look who moved or deleted it"),
    407: (AccessRefused, "The proxy refused the login", "Correct the proxy of this machine"),
    409: (
        DirectoryMissing,
        "The directory is not there",
        "Create it, or let the transfer create directories",
    ),
    412: (AlreadyThere, "The name is taken", "Remove the file, or let the target overwrite"),
    413: (NotSupported, "The server takes no file of this size", "Have its limit raised"),
    423: (Locked, "Somebody else holds the lock", "Wait, or have the lock removed at the server"),
    429: (Unreachable, "The server is asked too often", "Try again later"),
    507: (
        SpaceExhausted,
        "The server's space is used up",
        "Have the quota raised or files removed",
    ),
}


class DavClient(Client):  # type: ignore[misc]  # webdav4 carries no types
    """webdav4's client with its faults mended.

    Paths are raw and percent-encoded here, so that `#`, `?`, `%20` and `;` stay what they are; an
    answer is never trusted to be short; no request is repeated and no redirect followed, so
    that the password goes to no other server.
    """

    def __init__(
        self,
        url: str,
        directory: str,
        login: httpx.Auth | None,
        *,
        context: ssl.SSLContext,
        limits: Endpoint,
        takes_part: bool = True,
    ) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            url: address of the share.
            directory: raw path below it that all paths start from.
            login: how to log in; None goes without.
            context: whom to trust.
            limits: the endpoint, for its time limits and its name.
            takes_part: whether the server takes names that end in `.part`.
        """
        self._limits = limits
        self._takes_part = takes_part
        self._sockets = Sockets()
        self.tokens: dict[str, str] = {}
        """Lock tokens of this session, by address; requests that need them carry them."""
        base = httpx.URL(url)
        root = base.raw_path.rstrip(b"/") + _quoted(directory)
        http = httpx.Client(
            auth=login,
            verify=context,
            timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            limits=httpx.Limits(keepalive_expiry=KEEP_SECONDS),
            headers={"Accept-Encoding": "identity", "User-Agent": "GovManager"},
        )
        super().__init__(base.copy_with(raw_path=root or b"/"), http_client=http, retry=False)

    def join_url(
        self,
        path: str,
        add_trailing_slash: bool = False,  # noqa: FBT001, FBT002 - webdav4's signature
    ) -> httpx.URL:
        """Return the address of a raw path; a slash at its end stays."""
        if not self._takes_part:
            path = OWN_PART.sub(r"\1.upload", path)
        raw = self.base_url.raw_path.rstrip(b"/") + _quoted(path)
        closed = add_trailing_slash or path.endswith("/") or not raw
        address: httpx.URL = self.base_url.copy_with(raw_path=raw + b"/" if closed else raw)
        return address

    def request(
        self,
        method: str,
        path: str,
        add_trailing_slash: bool = False,  # noqa: FBT001, FBT002 - webdav4's signature
        **rest: Any,
    ) -> httpx.Response:
        """Send a request whose answer has no content; webdav4's own verbs call this.

        Raises:
            EndpointError: the server refused it or was not reached.
        """
        closed = path + "/" if add_trailing_slash else path
        with self.answer(method, closed, **rest) as response:
            return response

    @contextmanager
    def answer(
        self,
        method: str,
        path: str,
        *,
        missing: Kind = FileMissing,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        seconds: float = 0,
    ) -> Iterator[httpx.Response]:
        """Send a request and hand out its answer before the body is read.

        Args:
            method: HTTP method.
            path: raw path below the base directory; with a slash at its end, the collection.
            missing: what a 404 means here.
            headers: further headers.
            content: body; a stream needs a Content-Length among the headers.
            seconds: how long the server may be silent; 0 is the endpoint's limit.

        Raises:
            EndpointError: the server refused it or was not reached.
        """
        url = self.join_url(path)
        request = self.http.build_request(
            method,
            url,
            headers=headers,
            content=content,
            extensions={"trace": self._sockets.watch},
            timeout=httpx.Timeout(
                seconds or self._limits.idle_seconds, connect=self._limits.connect_seconds
            ),
        )
        self._show_tokens(request)
        try:
            response = self._sockets.sent(self.http, request)
            try:
                if not response.is_success:
                    raise self._refusal(response, path, missing)
                yield response
                _drain(response)
            finally:
                response.close()
        except (httpx.TransportError, httpx.StreamError, Ended) as error:
            raise self._lost(error, path) from error

    def _show_tokens(self, request: httpx.Request) -> None:
        """Add the tokens of our locks that a request meets (RFC 4918, section 10.4)."""
        if request.method not in CHANGING or not self.tokens:
            return
        to = request.headers.get("destination", "").rstrip("/")
        met = {one: self.tokens[one] for one in (str(request.url), to) if one in self.tokens}
        lists = [f"<{form}> (<{token}>)" for one, token in met.items() for form in _forms(one)]
        if lists:
            request.headers.encoding = "utf-8"
            request.headers["If"] = " ".join(lists)

    def close(self) -> None:
        """End the session, from any thread: one that waits for the server wakes up."""
        self._sockets.end()
        self.http.close()

    def look(
        self, path: str, *, depth: int, missing: Kind = FileMissing, question: bytes = PROPFIND
    ) -> tuple[list[Resource], datetime | None]:
        """Ask for a resource (depth 0), or for it and its members (depth 1).

        Args:
            path: raw path below the base directory; with a slash at its end, the collection.
            depth: 0 or 1.
            missing: what a 404 means here.
            question: the properties asked for.

        Returns:
            The resources, and the server's time of day if it tells.

        Raises:
            EndpointError: as `answer`; `NotSupported` where no WebDAV server answers.
        """
        headers = {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}
        listing = Multistatus()
        with self.answer(
            "PROPFIND",
            path,
            missing=missing,
            headers=headers,
            content=question,
        ) as response:
            try:
                for chunk in limited(response.iter_raw(), self._limits, path):
                    listing.feed(chunk)
            except ValueError as error:
                raise NotSupported(
                    f"The answer is none of a WebDAV server: {error}",
                    where=self.where(path),
                    remedy="Correct the address in the block: it must be the one for WebDAV",
                ) from error
        try:
            return listing.close(), _moment(response.headers.get("date", ""))
        except ValueError as error:
            raise Unreachable(
                f"The server's answer breaks off: {error}",
                where=self.where(path),
                remedy="Look into the server's log; the listing is tried again",
            ) from error

    def refusal_of(self, status: int, path: str) -> EndpointError:
        """Return the error that an answer of this status would be."""
        kind, what, remedy = ANSWERS[status]
        return kind(what, where=self.where(path), remedy=remedy)

    @property
    def total_seconds(self) -> float:
        """How long one file may take altogether."""
        return self._limits.total_seconds

    def where(self, path: str) -> str:
        """Return a path as errors show it."""
        return f"{self._limits.label}:/{display(path.strip('/'))}"

    def _refusal(self, response: httpx.Response, path: str, missing: Kind) -> EndpointError:
        request, status = response.request, response.status_code
        where = self.where(path) + _destination(request)
        if response.is_redirect:
            return _redirect(response, where)
        if status == HTTPStatus.BAD_REQUEST and INVALID_PATH in _beginning(response):
            return NameNotAllowed(
                "The server does not take this name",
                where=where,
                remedy="Give the file another name by the target's file name template",
            )
        if status == HTTPStatus.METHOD_NOT_ALLOWED and request.method in {"PUT", "MKCOL"}:
            status = HTTPStatus.PRECONDITION_FAILED  # something has the name already
        if status == HTTPStatus.BAD_REQUEST and request.url.path.endswith("/"):
            status = HTTPStatus.CONFLICT  # Apache's word for a file where a directory is meant
        known = ANSWERS.get(status)
        if known:
            kind, what, remedy = known
            kind = missing if kind is FileMissing else kind
            return kind(what, where=where, remedy=remedy)
        kind = Unreachable if response.is_server_error else NotSupported
        what = f"The server answered {request.method} with {status}"
        return kind(what, where=where, remedy="Look into the server's log")

    def _lost(self, error: Exception, path: str) -> EndpointError:
        refused = certificate_refusal(error)
        if refused:
            return IdentityUnknown(
                f"The server's certificate is not trusted: {refused}",
                where=self._limits.label,
                remedy="Check who answers there, then paste the certificate of its authority "
                "into the block's field 'CA certificate'",
            )
        if is_client_refused(error):
            return AccessRefused(
                "The server refuses the hub's client certificate, or wants one",
                where=self._limits.label,
                remedy="Correct client certificate and key in the block, and have the certificate "
                "allowed there",
            )
        return Unreachable(
            f"The server was not reached or the connection was lost ({type(error).__name__})",
            where=self.where(path),
            remedy="Check address, line and firewall, and whether the server runs",
        )


def _forms(address: str) -> list[str]:
    """Return an address as Apache wants it in the header If, and as nginx does: decoded."""
    decoded = unquote(address, errors="surrogateescape")
    is_safe = decoded.isprintable() and not set("<>") & set(decoded)
    return [address, decoded] if is_safe and decoded != address else [address]


def _destination(request: httpx.Request) -> str:
    to = request.headers.get("destination", "")
    return f" -> {httpx.URL(to).path.rstrip('/').rpartition('/')[2]}" if to else ""


def _redirect(response: httpx.Response, where: str) -> EndpointError:
    url = response.request.url
    to = url.join(response.headers.get("location", ""))
    if (to.host, to.port, to.path) == (url.host, url.port, url.path + "/"):
        # Apache tells by this redirect that a file was meant and a directory has the name.
        return AlreadyThere(
            "A directory has this name", where=where, remedy="Choose another name or remove it"
        )
    return NotSupported(
        f"The server sends the hub on to {to.scheme}://{to.host}, which it does not follow",
        where=where,
        remedy="If that is the right server, enter its address in the block",
    )


def _drain(response: httpx.Response) -> None:
    """Read what is left of a short answer, so that the connection can be used again."""
    if not response.is_stream_consumed:
        _beginning(response)


def _beginning(response: httpx.Response) -> bytes:
    read = bytearray()
    for chunk in response.iter_raw():
        read += chunk
        if len(read) > BODY_LIMIT:
            break
    return bytes(read)


def _quoted(path: str) -> bytes:
    plain = path.strip("/")
    return f"/{quote(plain, safe='/', errors='surrogateescape')}".encode() if plain else b""


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
