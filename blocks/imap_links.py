"""Links in mails of form services: which there are, and how the file behind one is fetched."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

import httpx

from blocks.endpoint import Endpoint
from blocks.limits import limited
from blocks.mail_parts import safe_leaf
from blocks.sessions import Sockets
from blocks.tls import certificate_refusal
from transforms.errors import (
    AccessRefused,
    EndpointError,
    FileMissing,
    IdentityUnknown,
    NotSupported,
    Unreachable,
)

LINK = re.compile(r"https://[^\s<>\"']+")
AT_THE_END = ".,;:!?)]}*"
HTTPS_PORT = 443
REDIRECTS = 5
WEB_PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class Link:
    """One https link of a mail.

    Attributes:
        number: its place among all https links of the mail, from 1; it lasts as the mail does.
        url: the whole address, which may hold a secret and is never shown.
        name: safe leaf name of the file, from the address.
    """

    number: int
    url: str
    name: str


def links_of(texts: list[tuple[str, str]], allowed: tuple[str, ...]) -> list[Link]:
    """Return the links to allowed hosts.

    Args:
        texts: media type and content of each text of the mail, in order.
        allowed: hosts, `host` for port 443 or `host:port`.
    """
    every: dict[str, None] = {}
    for kind, text in texts:
        every.update(dict.fromkeys(_in_page(text) if kind == WEB_PAGE else _in_text(text)))
    return [
        Link(number, url, _name(url, number))
        for number, url in enumerate(every, 1)
        if is_allowed(url, allowed)
    ]


def is_allowed(url: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether an address is https, without a login in it, and of an allowed host."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if parsed.scheme != "https" or parsed.userinfo:
        return False
    port = parsed.port or HTTPS_PORT
    names = {f"{parsed.host}:{port}"} | ({parsed.host} if port == HTTPS_PORT else set())
    return bool(names & {host.lower() for host in allowed})


class LinkClient:
    """Fetches what links name, from allowed hosts only.

    Args:
        context: whom to trust.
        login: user and password for HTTP Basic, sent to allowed hosts only; None for none.
        allowed: hosts, as `is_allowed` takes them.
        limits: the endpoint, for its time limits and its name.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        login: tuple[str, str] | None,
        allowed: tuple[str, ...],
        limits: Endpoint,
    ) -> None:
        """Prepare a session; nothing is sent yet."""
        self._allowed = allowed
        self._limits = limits
        self._sockets = Sockets()
        self._http = httpx.Client(
            auth=login,
            verify=context,
            timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            headers={"Accept-Encoding": "identity", "User-Agent": "GovManager"},
        )

    def read(self, link: Link, path: str) -> Iterator[bytes]:
        """Yield the bytes behind a link; redirects are followed among allowed hosts only.

        Raises:
            EndpointError: it was refused, is gone, or the connection was lost.
        """
        url = link.url
        for _ in range(REDIRECTS):
            with self._answer(url, path) as response:
                if not response.is_redirect:
                    self._check(response, link, path)
                    yield from limited(response.iter_bytes(), self._limits, path)
                    return
                url = self._next(response, path)
        raise self._error(NotSupported, "The link leads in circles", path)

    def close(self) -> None:
        """End the session, from any thread; never raises."""
        self._sockets.end()
        self._http.close()

    @contextmanager
    def _answer(self, url: str, path: str) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(
                "GET", url, extensions={"trace": self._sockets.watch}
            ) as response:
                yield response
        except httpx.TransportError as error:
            refused = certificate_refusal(error)
            if refused:
                what = f"The certificate of the link's host is not trusted: {refused}"
                raise self._error(IdentityUnknown, what, path) from error
            what = f"The link's host was not reached or was lost ({type(error).__name__})"
            raise self._error(Unreachable, what, path) from error

    def _next(self, response: httpx.Response, path: str) -> str:
        to = str(response.request.url.join(response.headers.get("location", "")))
        if not is_allowed(to, self._allowed):
            what = "The link leads on to a host that is not allowed, or away from https"
            raise self._error(AccessRefused, what, path)
        return to

    def _check(self, response: httpx.Response, link: Link, path: str) -> None:
        status = response.status_code
        if status in {401, 403}:
            what = f"The link's host refused access ({status})"
            raise self._error(AccessRefused, what, path)
        if status in {404, 410}:
            raise self._error(FileMissing, f"The link leads nowhere any more ({status})", path)
        if status != httpx.codes.OK:
            kind = Unreachable if response.is_server_error or status == 429 else NotSupported  # noqa: PLR2004 - too many requests
            raise self._error(kind, f"The link's host answered with {status}", path)
        kind_of_body = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind_of_body == WEB_PAGE and not link.name.lower().endswith((".html", ".htm")):
            # Where a login has expired, a form service answers with its login page.
            what = "The link leads to a web page instead of a file"
            raise self._error(AccessRefused, what, path)

    def _error(self, kind: type[EndpointError], what: str, path: str) -> EndpointError:
        remedy = "Open the mail's link by hand; then correct the allowed hosts, the link's login "
        remedy += "or the link's CA certificate in the block"
        return kind(what, where=f"{self._limits.label}:/{path}", remedy=remedy)


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where an anchor leads to."""
        to = dict(attrs).get("href") or ""
        if tag == "a" and to.strip().startswith("https://"):
            self.found.append(to.strip())


def _in_page(text: str) -> list[str]:
    anchors = _Anchors()
    anchors.feed(text)
    anchors.close()
    return anchors.found


def _in_text(text: str) -> list[str]:
    return [found.rstrip(AT_THE_END) for found in LINK.findall(text)]


def _name(url: str, number: int) -> str:
    try:
        leaf = unquote(httpx.URL(url).path.rstrip("/").rpartition("/")[2])
    except httpx.InvalidURL:
        leaf = ""
    return safe_leaf(leaf) or f"link-{number}"
