"""Asks a printer over HTTP, and says what its refusals mean (RFC 8010, section 4; RFC 8011).

Each request has a connection of its own: over one that a printer has closed meanwhile a document
would be lost on its way without anybody knowing whether it was printed.
"""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from blocks.endpoint import Endpoint
from blocks.ipp import Answer, Attribute, MalformedAnswer, Operation, Tag, decode, encode
from blocks.limits import ended_in_time, limited
from blocks.sessions import Sockets
from blocks.tls import certificate_refusal, trusting
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    IdentityUnknown,
    NotSupported,
    Unreachable,
)

PORT = 631
SCHEMES = {"ipp": "http", "ipps": "https", "http": "http", "https": "https"}
LONGEST_ANSWER = 1 << 24
"""Bytes; a queue with 10,000 jobs stays far below."""
ABORTING = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
"""Closing drops what the system has not sent yet: a document that was given up must not go on
arriving after the job list has been asked about it."""
CONTENT_TYPE = "application/ipp"
SUCCESS = 0xFF
SERVER_ERROR = 0x0500

Kind = type[EndpointError]
WRONG_ADDRESS = (
    DirectoryMissing,
    "There is no printer or queue under this address",
    "Correct the address in the block",
)
LOGIN = (
    AccessRefused,
    "The printer refused the login",
    "Correct user and password in the block",
)
FORBIDDEN = (
    AccessRefused,
    "The printer does not allow this account to print",
    "Have the account or the hub's address allowed there",
)
ENCRYPTION = (
    NotSupported,
    "The printer demands encryption",
    "Write ipps:// in the block's address",
)
FORMAT = (
    NotSupported,
    "The printer does not take this document format",
    "Choose another format in the block, or let a step convert the document",
)
OPTIONS = (
    NotSupported,
    "The printer does not know what the job asks for",
    "Correct copies, sides, tray and media in the block",
)
TOO_LARGE = (
    NotSupported,
    "The printer takes no document of this size",
    "Have its limit raised, or split the document",
)
ACCOUNT = (
    AccessRefused,
    "The printer's accounting refuses the job",
    "Have the account's quota or permission corrected there",
)
TRY_LATER = "Look at the printer; it is tried again later"
HTTP_ANSWERS: Mapping[int, tuple[Kind, str, str]] = {
    401: LOGIN,
    403: FORBIDDEN,
    404: WRONG_ADDRESS,
    413: TOO_LARGE,
    426: ENCRYPTION,
}
IPP_ANSWERS: Mapping[int, tuple[Kind, str, str]] = {
    0x0401: FORBIDDEN,
    0x0402: LOGIN,
    0x0403: FORBIDDEN,
    0x0405: (Unreachable, "The printer has waited too long for the document", TRY_LATER),
    0x0406: WRONG_ADDRESS,
    0x0407: WRONG_ADDRESS,
    0x0408: TOO_LARGE,
    0x040A: FORMAT,
    0x040B: OPTIONS,
    0x040E: OPTIONS,
    0x0410: FORMAT,
    0x0417: (NotSupported, "The document is locked by a password", "Have it sent without"),
    0x0418: FORBIDDEN,
    0x041A: FORMAT,
    0x041B: ACCOUNT,
    0x041C: ACCOUNT,
    0x041D: ACCOUNT,
    0x041E: ACCOUNT,
    0x0501: (NotSupported, "The printer does not know this operation", "Update its firmware"),
    0x0502: (Unreachable, "The printer's service is not available", TRY_LATER),
    0x0503: (NotSupported, "The printer speaks another version of IPP", "Update its firmware"),
    0x0505: (Unreachable, "The printer has an error of its own", TRY_LATER),
    0x0506: (Unreachable, "The printer accepts no jobs at present", TRY_LATER),
    0x0507: (Unreachable, "The printer is busy", TRY_LATER),
    0x050A: (Unreachable, "The printer is deactivated", TRY_LATER),
    0x050B: (Unreachable, "The printer has too many jobs waiting", TRY_LATER),
}
"""Statuses that say more than their class (RFC 8011, appendix B.1)."""


class IppClient:
    """One printer or queue, and the account that prints there.

    Attributes:
        uri: the printer's address as IPP writes it.
    """

    def __init__(
        self, uri: str, login: tuple[str, str] | None, ca_certificate: str, limits: Endpoint
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            uri: address with the scheme ipp, ipps, http or https.
            login: user and password; None prints without.
            ca_certificate: as for `blocks.tls.trusting`.
            limits: the endpoint, for its time limits and its name.

        Raises:
            DefinitionWrong: the certificate is none.
        """
        self.uri = str(ipp_address(uri))
        self._url = http_address(uri)
        self._login = login
        self._limits = limits
        self._context = trusting(ca_certificate, where=limits.label)
        self._numbers = itertools.count(1)

    def ask(
        self,
        operation: Operation,
        attributes: Sequence[Attribute],
        job: Sequence[Attribute] = (),
        document: Iterable[bytes] = (),
        size: int = 0,
    ) -> Answer:
        """Send one request and return the answer to it.

        Args:
            operation: what to do.
            attributes: of the operation, beside those that every request has.
            job: what the job asks for.
            document: bytes that follow the request.
            size: how many there are.

        Raises:
            DeliveryUnconfirmed: a document was on its way, and no clear answer came back.
            EndpointError: the printer refused it or was not reached.
        """
        head = encode(
            operation,
            next(self._numbers) & 0x7FFFFFFF,
            [(Tag.OPERATION_GROUP, (*self._preamble(), *attributes)), (Tag.JOB_GROUP, job)],
        )
        body = itertools.chain([head], document)
        content = self._exchange(operation, body, len(head) + size)
        try:
            answer = decode(content)
        except MalformedAnswer as error:
            raise self._unclear(operation, f"The answer is none of a printer: {error}") from error
        if answer.status > SUCCESS:
            raise self._ipp_refusal(operation, answer)
        return answer

    @property
    def _where(self) -> str:
        return f"{self._limits.label}: {self.uri}"

    def _preamble(self) -> Sequence[Attribute]:
        """Return what each request begins with, in this order (RFC 8011, section 4.1.4)."""
        user = self._login[0] if self._login else "GovManager"
        return (
            Attribute("attributes-charset", Tag.CHARSET, ["utf-8"]),
            Attribute("attributes-natural-language", Tag.LANGUAGE, ["en"]),
            Attribute("printer-uri", Tag.URI, [self.uri]),
            Attribute("requesting-user-name", Tag.NAME, [user]),
        )

    def _exchange(self, operation: Operation, body: Iterable[bytes], size: int) -> bytes:
        sent = _Watched(limited(body, self._limits, self.uri))
        headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(size)}
        line = Sockets()
        try:
            with (
                self._session() as http,
                ended_in_time(self._limits, self.uri, line.end),
                self._translated(),
                http.stream(
                    "POST",
                    self._url,
                    content=sent,
                    headers=headers,
                    extensions={"trace": line.watch},
                ) as response,
            ):
                self._check(operation, response)
                return self._content(operation, response)
        except Unreachable as error:
            if operation is Operation.PRINT_JOB and sent.begun:
                raise self._unclear(operation, error.what) from error
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.StreamError) as error:
            raise self._lost(error) from error

    def _session(self) -> httpx.Client:
        limits = self._limits
        return httpx.Client(
            auth=self._login,
            transport=httpx.HTTPTransport(verify=self._context, socket_options=[ABORTING]),
            timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            headers={
                "Accept-Encoding": "identity",
                "Connection": "close",
                "User-Agent": "GovManager",
            },
        )

    def _check(self, operation: Operation, response: httpx.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.OK:
            if not response.headers.get("content-type", "").startswith(CONTENT_TYPE):
                raise self._unclear(operation, "What answers is no printer")
            return
        kind, what, remedy = HTTP_ANSWERS.get(
            status,
            (
                Unreachable if response.is_server_error else NotSupported,
                f"The printer answered with HTTP status {status}",
                "Correct the address in the block, or look into the printer's log",
            ),
        )
        raise kind(what, where=self._where, remedy=remedy)

    def _content(self, operation: Operation, response: httpx.Response) -> bytes:
        content = bytearray()
        for chunk in limited(response.iter_raw(), self._limits, self.uri):
            content += chunk
            if len(content) > LONGEST_ANSWER:
                what = f"The printer's answer has more than {LONGEST_ANSWER} bytes"
                raise self._unclear(operation, what)
        return bytes(content)

    def _unclear(self, operation: Operation, what: str) -> EndpointError:
        """Return the error for an answer that is none: after a document, it proves nothing."""
        if operation is Operation.PRINT_JOB:
            return DeliveryUnconfirmed(
                f"{what}, after the document was on its way",
                where=self._where,
                remedy="Look into the printer's job list before it is sent again",
            )
        return NotSupported(
            what,
            where=self._where,
            remedy="Correct the address in the block, such as ipp://host/ipp/print",
        )

    def _ipp_refusal(self, operation: Operation, answer: Answer) -> EndpointError:
        status = answer.status
        said = answer.first_of(Tag.OPERATION_GROUP).get("status-message", ())
        named = sorted(answer.first_of(Tag.UNSUPPORTED_GROUP))
        details = ", ".join([f"{status:#06x}", *(_readable(str(one)) for one in said), *named])
        if known := IPP_ANSWERS.get(status):
            kind, what, remedy = known
            return kind(f"{what} ({details})", where=self._where, remedy=remedy)
        what = f"The printer refused the request ({details})"
        if status < SERVER_ERROR:
            return NotSupported(what, where=self._where, remedy="Look into the printer's log")
        if operation is Operation.PRINT_JOB:
            # An internal or device error may come when sheets have been printed already.
            return self._unclear(operation, what)
        return Unreachable(what, where=self._where, remedy=TRY_LATER)

    def _lost(self, error: Exception) -> EndpointError:
        refused = certificate_refusal(error)
        if refused:
            return IdentityUnknown(
                f"The printer's certificate is not trusted: {refused}",
                where=self._where,
                remedy="Check who answers there, then paste the certificate of its authority "
                "into the block's field 'CA certificate'",
            )
        return Unreachable(
            f"The printer was not reached or the connection was lost ({type(error).__name__})",
            where=self._where,
            remedy="Check address, line and firewall, and whether the printer is switched on",
        )


class _Watched:
    """Knows whether anything was taken of a body: before that no printer can have seen it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.begun = False

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        yield from self._chunks


def http_address(uri: str) -> httpx.URL:
    """Return where a printer is reached by HTTP (RFC 8010, section 4; RFC 7472).

    Raises:
        httpx.InvalidURL: it is no address.
        KeyError: its scheme is not one of IPP.
    """
    url = httpx.URL(uri)
    port = url.port or (PORT if url.scheme.startswith("ipp") else None)
    return url.copy_with(scheme=SCHEMES[url.scheme], port=port)


def ipp_address(uri: str) -> httpx.URL:
    """Return an address as the attribute `printer-uri` has it: never with http or https."""
    url = http_address(uri)
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    return url.copy_with(scheme="ipps" if secure else "ipp", port=None if port == PORT else port)


def _readable(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]
