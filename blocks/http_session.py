"""A session with a web service: its login, its links, and no secret for other servers.

Sources: RFC 6750 (bearer tokens), RFC 6749, section 4.4 (OAuth 2.0 client credentials).
"""

from __future__ import annotations

import math
import re
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import quote_plus, urlencode

import httpx

from blocks.http_client import (
    Kind,
    Wire,
    basic,
    beginning,
    members,
    one_line,
    origin,
    problem,
    refusal,
    shown,
    status_line,
    unencoded,
    where,
)
from blocks.http_settings import HttpSettings, Login, is_token
from blocks.tls import identified, trusting
from transforms.errors import (
    AccessRefused,
    EndpointError,
    FileMissing,
    NotSupported,
)

REDIRECTS = 5
MARGIN_SECONDS = 30
"""A token is renewed so long before its end, for requests take time."""
TOKEN_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
CODE = re.compile(r"[a-z_]{1,40}")
"""Error codes of a token endpoint (RFC 6749, section 5.2); nothing else of it is repeated."""
NOT_TOLD = {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
"""Answers to HEAD of services that take documents and show none."""


class Session:
    """Requests with the login of the block, to the service and to the hosts it may name.

    Args:
        settings: the block.
    """

    def __init__(self, settings: HttpSettings) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            DefinitionWrong: a certificate or the key in the block is none.
        """
        self._settings = settings
        self.base = httpx.URL(settings.url)
        own = trusted(settings)
        self._wire = Wire(settings, own)
        # Others see neither login nor client certificate.
        has_own = settings.client_certificate.strip()
        bare = trusting(settings.ca_certificate, where=settings.label) if has_own else own
        self._elsewhere = Wire(settings, bare)
        self._token_wire = Wire(settings, own)
        self._oauth = None
        if settings.login is Login.OAUTH2:
            self._oauth = ClientCredentials(self._token_wire, settings)

    @property
    def is_unanswered(self) -> bool:
        """Whether the latest request to the service, or a part of it, went out in vain."""
        return self._wire.is_unanswered

    @contextmanager
    def request(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: Callable[[], Iterable[bytes]] | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request and hand out its answer, whatever its status.

        Hosts other than the service's see no login. A token that is refused is renewed and the
        request sent again, once: a refusal is an answer, so nothing was done.

        Args:
            method: HTTP method.
            url: of the service, or of an allowed host.
            headers: beside those of the login.
            content: makes the body anew for each attempt; needs a Content-Length in the headers.

        Raises:
            EndpointError: as `Wire.answer`.
        """
        is_ours = origin(url) == origin(self.base)
        wire = self._wire if is_ours else self._elsewhere
        wire.is_unanswered = False  # To get a token may fail before anything is sent.
        for last in (self._oauth is None or not is_ours, True):
            every = {**(headers or {}), **(self._login() if is_ours else {})}
            body = content() if content else None
            with wire.answer(method, url, headers=every, content=body) as response:
                if last or response.status_code != HTTPStatus.UNAUTHORIZED:
                    yield response
                    return
            if self._oauth:
                self._oauth.forget()

    @contextmanager
    def get(
        self,
        url: httpx.URL,
        *,
        method: str = "GET",
        missing: Kind = FileMissing,
        tolerated: Collection[int] = (),
    ) -> Iterator[httpx.Response]:
        """Read from the service or an allowed host, following redirects among them.

        Args:
            url: where to begin.
            method: GET or HEAD.
            missing: what 404 means.
            tolerated: statuses beside success that are handed out too.

        Raises:
            EndpointError: the answer is no success, or leads elsewhere.
        """
        for _ in range(REDIRECTS):
            with self.request(method, url) as response:
                if not response.has_redirect_location:
                    if not response.is_success and response.status_code not in tolerated:
                        raise self.refused(response, missing=missing)
                    yield unencoded(response, self._settings.label)
                    return
                url = self.resolved(url, response.headers["location"])
        raise NotSupported(
            f"The service sends the hub from one address to the next, more than {REDIRECTS} times",
            where=where(self._settings.label, url),
            remedy="Have the service's redirects mended",
        )

    def head(self, url: httpx.URL) -> httpx.Headers | None:
        """Return what the service tells of a document; None if it answers no HEAD.

        Raises:
            FileMissing: there is no document.
        """
        with self.get(url, method="HEAD", tolerated=NOT_TOLD) as response:
            return response.headers if response.is_success else None

    def resolved(self, page: httpx.URL, link: str) -> httpx.URL:
        """Return the address that a link means.

        Raises:
            NotSupported: it is none, or leads to a host that is not allowed.
        """
        try:
            url = page.join(link)
        except (httpx.InvalidURL, ValueError):
            raise self._astray(page, "no address") from None
        if not self._is_allowed(url):
            raise self._astray(page, shown(url))
        return url

    def below(self, path: str) -> httpx.URL:
        """Return the address of a quoted path, and query, below the block's address."""
        raw = self.base.raw_path.rstrip(b"/")
        raw += b"/" + path.encode() if path and not path.startswith("?") else path.encode()
        return self.base.copy_with(raw_path=raw or b"/")

    def refused(
        self, response: httpx.Response, content: bytes | None = None, *, missing: Kind = FileMissing
    ) -> EndpointError:
        """Return the error that an answer without success is, with the service's own words.

        Args:
            response: the answer.
            content: beginning of its body; None reads it.
            missing: what 404 and 410 mean here.
        """
        if content is None:
            content = b""
            with suppress(httpx.TransportError):
                content = beginning(response)
        said = self.scrubbed(problem(content))
        return refusal(response, self._settings.label, missing=missing, said=said)

    def scrubbed(self, text: str) -> str:
        """Return a server's words as one line in which no secret of the block is readable."""
        settings = self._settings
        login = basic(settings.user, settings.password.get_secret_value())["Authorization"]
        secrets = (
            settings.password.get_secret_value(),
            settings.token.get_secret_value(),
            settings.client_secret.get_secret_value(),
            login.removeprefix("Basic "),
            self._oauth.current if self._oauth else "",
        )
        for secret in filter(None, secrets):
            text = text.replace(secret, "…")
        return one_line(text)

    def end(self) -> None:
        """Break all connections off; another thread that waits for them wakes up."""
        for wire in self._wires:
            wire.end()

    def close(self) -> None:
        """End all connections; never raises."""
        for wire in self._wires:
            wire.close()

    @property
    def _wires(self) -> tuple[Wire, ...]:
        return self._wire, self._elsewhere, self._token_wire

    def _login(self) -> dict[str, str]:
        settings = self._settings
        if self._oauth:
            return {"Authorization": f"Bearer {self._oauth.token()}"}
        if settings.login is Login.BEARER:
            return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        if settings.login is Login.BASIC:
            return basic(settings.user, settings.password.get_secret_value())
        return {}

    def _is_allowed(self, url: httpx.URL) -> bool:
        if url.userinfo or url.scheme != self.base.scheme:
            return False
        allowed = {
            origin(httpx.URL(f"{self.base.scheme}://{host}"))
            for host in self._settings.allowed_hosts
        }
        return origin(url) in allowed | {origin(self.base)}

    def _astray(self, page: httpx.URL, to: str) -> NotSupported:
        return NotSupported(
            f"The service points to {one_line(to)}, where the hub may not go",
            where=where(self._settings.label, page),
            remedy="If it belongs to the service, add it to 'Other hosts' in the block",
        )


def trusted(settings: HttpSettings) -> ssl.SSLContext:
    """Return whom to trust, with the hub's own certificate where the block has one.

    Raises:
        DefinitionWrong: one of the texts is no certificate or key, or they do not belong together.
    """
    return identified(
        trusting(settings.ca_certificate, where=settings.label),
        settings.client_certificate,
        settings.client_key,
        settings.client_passphrase,
        where=settings.label,
    )


class ClientCredentials:
    """The token of one client at one authorisation server, kept until it expires.

    Args:
        wire: how to reach the server.
        settings: the block.
    """

    def __init__(self, wire: Wire, settings: HttpSettings) -> None:
        """Prepare; the first use asks for the token."""
        self._wire = wire
        self._url = httpx.URL(settings.token_url)
        self._label = settings.label
        self._headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        form = {"grant_type": "client_credentials"}
        if settings.scope:
            form["scope"] = settings.scope
        if secret := settings.client_secret.get_secret_value():
            # Section 2.3.1: both are form-encoded before they become user and password.
            self._headers |= basic(quote_plus(settings.client_id), quote_plus(secret))
        else:
            # Without a secret the client certificate says who asks (RFC 8705, section 2).
            form["client_id"] = settings.client_id
        self._form = urlencode(form).encode()
        self._token = ""
        self._until = 0.0

    @property
    def current(self) -> str:
        """The latest token, "" if there is none."""
        return self._token

    def token(self) -> str:
        """Return a token that is still good.

        Raises:
            AccessRefused: the server refuses the client.
            NotSupported: it is no token endpoint.
            Unreachable: it does not answer.
        """
        if not self._token or time.monotonic() >= self._until:
            self._fetch()
        return self._token

    def forget(self) -> None:
        """Throw the token away: the service no longer takes it."""
        self._token = ""

    def _fetch(self) -> None:
        asked = time.monotonic()
        with self._wire.answer(
            "POST", self._url, headers=self._headers, content=self._form
        ) as response:
            told = members(beginning(response))
            if not response.is_success:
                raise self._refused(response, told)
        token, kind = told.get("access_token"), str(told.get("token_type", "")).lower()
        if not isinstance(token, str) or not is_token(token):
            raise self._no_token("no access_token")
        if kind != "bearer":
            raise self._no_token("a token of another type than bearer")
        # Where the server does not tell, the token is kept until the service refuses it.
        seconds = str(told.get("expires_in", ""))
        lifetime = int(seconds) if seconds.isdecimal() else math.inf
        self._token = token
        self._until = asked + max(lifetime - MARGIN_SECONDS, lifetime / 2)

    def _refused(self, response: httpx.Response, told: dict[str, object]) -> EndpointError:
        if response.status_code not in TOKEN_REFUSED:
            return refusal(response, self._label, missing=NotSupported)
        code = str(told.get("error", ""))
        said = f": {code}" if CODE.fullmatch(code) else ""
        return AccessRefused(
            f"The token endpoint refused the login with {status_line(response)}{said}",
            where=where(self._label, self._url),
            remedy="Correct client id, client secret and scope in the block",
        )

    def _no_token(self, how: str) -> NotSupported:
        return NotSupported(
            f"The token endpoint's answer has {how}",
            where=where(self._label, self._url),
            remedy="Correct the token endpoint's address in the block",
        )
