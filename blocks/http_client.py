"""The HTTP side of web services: one connection at a time, bounded answers, errors that help.

Whether a request went out decides what its failure means, so the wire keeps track of it: before
its first byte nothing can have been taken, after it nobody knows. No request is repeated and no
redirect followed here.

Sources: RFC 9110 (HTTP semantics), RFC 9457 (problem details).
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from blocks.endpoint import Endpoint
from blocks.sessions import Sockets
from blocks.tls import certificate_refusal, is_client_refused
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DocumentRefused,
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
"""Idle connections are given up before common servers do it (5 s): one that is lost at the wrong
moment leaves a delivery without proof."""

ANSWER_LIMIT = 1 << 16
"""Bytes of an answer that are read where only its beginning matters."""

LONGEST_LINE = 200
"""Characters of an answer that proofs and errors show."""

Kind = type[EndpointError]
REFUSALS: Mapping[int, tuple[Kind, str]] = {
    401: (AccessRefused, "Correct the login in the block"),
    403: (AccessRefused, "Have the account given the right"),
    404: (FileMissing, "Look who moved or deleted it, or correct the address in the block"),
    407: (AccessRefused, "Correct the proxy of this machine"),
    408: (Unreachable, "Try again later"),
    409: (AlreadyThere, "Look what is there under this name or key"),
    410: (FileMissing, "Look who moved or deleted it"),
    412: (AlreadyThere, "Remove the document there, or let the target overwrite"),
    413: (DocumentRefused, "Have the service's size limit raised"),
    414: (NameNotAllowed, "Give the file a shorter name by the target's file name template"),
    415: (DocumentRefused, "Correct the content type in the block, or have a step transform it"),
    422: (DocumentRefused, "Have the document corrected, and read what the service says of it"),
    423: (Locked, "Wait, or have the lock removed at the service"),
    425: (Unreachable, "Try again later"),
    429: (Unreachable, "Try again later"),
    501: (NotSupported, "Correct the method in the block"),
    505: (NotSupported, "Look into the service's log"),
    507: (SpaceExhausted, "Have the service's quota raised"),
}
NOT_DONE = {501, 503, 505, 507, 508, 511}
"""Server errors that say that the request was not carried out (RFC 9110, section 15.6; RFC 4918,
section 11.5; RFC 5842, section 7.2; RFC 6585, section 6). After any other, such as the 500 of a
program that broke down or the 504 of a gateway, nobody knows."""
TOLD = ("title", "detail", "error", "error_description", "code", "message")
"""Members in which errors say what is wrong: RFC 9457, RFC 6749, and what services use beside."""


class Wire:
    """Requests to servers, one after the other over at most one connection.

    Args:
        limits: the endpoint, for its time limits and its name.
        context: whom to trust, and the client certificate.
    """

    def __init__(self, limits: Endpoint, context: ssl.SSLContext) -> None:
        """Prepare; nothing is sent yet."""
        self._limits = limits
        self._http = httpx.Client(
            verify=context,
            timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_SECONDS),
            headers={"Accept-Encoding": "identity", "User-Agent": "GovManager"},
        )
        self._sockets = Sockets()
        self.is_unanswered = False

    @contextmanager
    def answer(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request and hand out its answer, whatever its status, before the body is read.

        After an error, `is_unanswered` tells whether the request, or a part of it, went out.

        Raises:
            IdentityUnknown: the server's certificate is not trusted; nothing was sent.
            AccessRefused: the server refuses the client certificate, or wants one.
            Unreachable: no connection, or it was lost.
        """
        self.is_unanswered = False
        if self._sockets.is_ended:
            raise self._given_up(url)
        request = self._http.build_request(
            method, url, headers=headers, content=content, extensions={"trace": self._watch}
        )
        try:
            response = self._http.send(request, stream=True)
            self.is_unanswered = False
            try:
                yield response
                _drain(response)
            finally:
                response.close()
        except httpx.TransportError as error:
            raise self._lost(error, url) from error

    def end(self) -> None:
        """Break off what is under way and let nothing begin; a thread that waits wakes up."""
        self._sockets.end()

    def close(self) -> None:
        """End the connection; never raises."""
        self._http.close()

    def _watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn from httpcore what it does."""
        self._sockets.watch(event, info)
        if event.endswith("send_request_headers.started"):
            # To ask a proxy for a tunnel sends nothing to the service.
            self.is_unanswered = info["request"].method != b"CONNECT"

    def _given_up(self, url: httpx.URL) -> Unreachable:
        return Unreachable(
            "The connection was given up, for a request took too long",
            where=where(self._limits.label, url),
            remedy="Check the line, or raise the limits in the endpoint's block",
        )

    def _lost(self, error: httpx.TransportError, url: httpx.URL) -> EndpointError:
        label = self._limits.label
        if self._sockets.is_ended:
            return self._given_up(url)
        refused = certificate_refusal(error)
        if refused:
            return IdentityUnknown(
                f"The server's certificate is not trusted: {refused}",
                where=f"{label}: {url.host}",
                remedy="Check who answers there, then paste the certificate of its authority "
                "into the block's field 'CA certificate'",
            )
        if is_client_refused(error):
            return AccessRefused(
                "The server refuses the hub's client certificate, or wants one",
                where=f"{label}: {url.host}",
                remedy="Correct client certificate and key in the block, and have the certificate "
                "allowed there",
            )
        return Unreachable(
            f"The service was not reached or the connection was lost ({type(error).__name__})",
            where=where(label, url),
            remedy="Check address, line and firewall, and whether the service runs",
        )


def where(label: str, url: httpx.URL) -> str:
    """Return endpoint and address for an error: without user, password and query."""
    return f"{label}: {shown(url)}"


def shown(url: httpx.URL) -> str:
    """Return an address without what may be secret: user, password, query."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Return scheme, host and port, which tell whether two addresses are the same server's."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of the login `Basic` (RFC 7617), in UTF-8."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def status_line(response: httpx.Response) -> str:
    """Return status and reason, such as `201 Created`."""
    return f"{response.status_code} {one_line(response.reason_phrase)}".strip()


def one_line(text: str) -> str:
    """Return a server's words as one short line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[
        :LONGEST_LINE
    ]


def location(response: httpx.Response) -> str:
    """Return where the service says the document is, without a query, which may be secret."""
    link = response.headers.get("location", "")
    try:
        return shown(response.request.url.join(link)) if link else ""
    except httpx.InvalidURL:
        return ""


def beginning(response: httpx.Response, limit: int = ANSWER_LIMIT) -> bytes:
    """Read an answer up to `limit` bytes; the rest is left where it is."""
    read = bytearray()
    for chunk in response.iter_raw():
        read += chunk
        if len(read) > limit:
            return bytes(read[:limit])
    return bytes(read)


def json_value(content: bytes) -> Any:
    """Return what JSON says; None if it is none."""
    with suppress(ValueError, RecursionError):
        return json.loads(content)
    return None


def members(content: bytes) -> dict[str, Any]:
    """Return the members of a JSON object; none if it is anything else."""
    told = json_value(content)
    return told if isinstance(told, dict) else {}


def pointed(data: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to; None if there is nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict):
            data = data.get(name)
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return None
    return data


def problem(content: bytes) -> str:
    """Return what the body of an error says in JSON; "" if it is anything else."""
    told = members(content)
    inner = told.get("error")
    told = inner if isinstance(inner, dict) else told
    said = (told.get(name) for name in TOLD)
    return ", ".join(str(one) for one in said if isinstance(one, str | int) and one)


def refusal(
    response: httpx.Response, label: str, *, missing: Kind = FileMissing, said: str = ""
) -> EndpointError:
    """Return the error that an answer without success is.

    Args:
        response: the answer; its body is not read.
        label: the endpoint's name.
        missing: what 404 and 410 mean here.
        said: the service's own words, without secrets.
    """
    request, status = response.request, response.status_code
    place = where(label, request.url)
    if response.has_redirect_location:
        return _sent_on(response, place)
    kind, remedy = REFUSALS.get(
        status,
        (Unreachable if response.is_server_error else NotSupported, "Look into the service's log"),
    )
    kind = missing if kind is FileMissing else kind
    what = f"The service answered {request.method} with {status_line(response)}"
    return kind(f"{what}: {said}" if said else what, where=place, remedy=remedy)


def unencoded(response: httpx.Response, label: str) -> httpx.Response:
    """Return the answer if its bytes are the document's own.

    Raises:
        NotSupported: it is compressed, though that was not asked for.
    """
    coding = response.headers.get("content-encoding", "identity")
    if coding != "identity":
        raise NotSupported(
            f"The service sends its answer as {one_line(coding)}, which was not asked for",
            where=where(label, response.request.url),
            remedy="Have the service heed Accept-Encoding: identity",
        )
    return response


def _sent_on(response: httpx.Response, place: str) -> NotSupported:
    return NotSupported(
        f"The service sends the hub on to {one_line(location(response))}, which it does not follow",
        where=place,
        remedy="If that is the right server, enter its address in the block",
    )


def _drain(response: httpx.Response) -> None:
    """Read a short answer to its end, so that the connection can be used again."""
    if not response.is_stream_consumed:
        with suppress(httpx.TransportError):
            beginning(response)
