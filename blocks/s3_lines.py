"""Signed requests to an object store, over a few lines that another thread can end.

No client library is used: the usual one takes 2 ms of the processor for a request, and keeps no
handle by which a line that hangs could be ended.
No redirect is followed, and hardly anything repeated: the hub tries again itself, and asks first
what came of the last attempt.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from select import select
from urllib.parse import quote, urlsplit
from weakref import WeakSet

from blocks.s3_signing import Account, Signer

LINES = 8
"""Lines kept open: so many requests of one connection are under way at once."""
CHUNK = 1 << 20
LONGEST_ANSWER = 32 << 20
"""Bytes of an answer that is held in memory: a page of a listing, or a part of a file."""
TOO_MANY, SERVER_ERRORS = 429, 500
"""Statuses of a store that is not asked on."""

LOST = (OSError, HTTPException, UnicodeError)
"""What a line raises that could not be opened, also for want of such a host, or was lost."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the bucket, or of the object of one key."""

    method: str
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request; of a stream, without the body."""

    status: int
    headers: HTTPMessage
    body: bytes = field(default=b"", repr=False)


class Lines:
    """A pool of lines to one bucket; any thread may ask.

    Args:
        account: where it is and who asks.
        context: whom to trust; None for plain http.
        connect_seconds: until a line must stand.
        idle_seconds: without a byte until a line is given up.
    """

    def __init__(
        self,
        account: Account,
        context: ssl.SSLContext | None,
        *,
        connect_seconds: float,
        idle_seconds: float,
    ) -> None:
        """Prepare the pool; nothing is sent yet."""
        url = urlsplit(account.url)
        host = url.hostname or ""
        self._host = host if account.path_style else f"{account.bucket}.{host}"
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._context = context
        port = f":{url.port}" if url.port else ""
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self._path = f"/{account.bucket}" if account.path_style else ""
        self._signer = Signer(account, f"{shown}{port}")
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._idle: list[HTTPConnection] = []
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._change = threading.Lock()
        self._closed = False

    def ask(self, request: Request) -> Answer:
        """Send a request and return its answer.

        Raises:
            OSError, HTTPException, UnicodeError: see `LOST`.
        """
        line = self._sent(request)
        return self._answered(line)

    def ask_all(self, requests: Sequence[Request]) -> list[Answer | Exception]:
        """Have several requests under way at once, from this one thread; bodies must be small.

        One that the store fails at is repeated once, unless that could hide its success.

        Returns:
            Each one's answer, or what its line raised. A store that is lost or has too much to do
            is not asked on: the rest gets what came last.
        """
        waiting, under_way = deque(requests), deque[tuple[Request, HTTPConnection]]()
        answers: list[Answer | Exception] = []
        last: Answer | Exception | None = None
        while waiting or under_way:
            try:
                while waiting and len(under_way) < LINES:
                    request = waiting.popleft()
                    under_way.append((request, self._sent(request)))
                request, line = under_way.popleft()
                answer = self._answered(line)
                if answer.status == SERVER_ERRORS and "If-None-Match" not in request.headers:
                    # InternalError: "please try again" (Amazon S3 API, Error responses).
                    answer = self.ask(request)
                answers.append(answer)
            except LOST as error:
                # Each of the others would make us wait once more.
                for _, line in under_way:
                    line.close()
                last = error
                break
            if answer.status == TOO_MANY or answer.status >= SERVER_ERRORS:
                last = answer
                waiting.clear()
        missing = len(requests) - len(answers)
        return answers + [last] * missing if last else answers

    @contextmanager
    def stream(self, request: Request) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """Send a request and hand out its answer before the body, and the body as it arrives.

        The body of an answer that is no success is read, and none is streamed.

        Raises:
            OSError, HTTPException, UnicodeError: see `LOST`; a body that is cut short is one of them.
        """
        line = self._sent(request)
        try:
            response = line.getresponse()
            if not _is_success(response.status):
                yield Answer(response.status, response.headers, _bounded(response)), iter(())
            else:
                yield Answer(response.status, response.headers), _chunks(response)
            if response.isclosed() and not response.will_close:
                self._give_back(line)
                return
        except BaseException:
            line.close()
            raise
        line.close()

    def close(self) -> None:
        """End every line, also one that another thread waits on."""
        self._closed = True
        for one in list(self._sockets):
            with suppress(OSError):
                # Not the method of the TLS socket: that would take its state from the reader.
                socket.socket.shutdown(one, socket.SHUT_RDWR)
        with self._change:
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    # -- one line --------------------------------------------------------------------------

    def _sent(self, request: Request) -> HTTPConnection:
        target, headers = self._signed(request)
        line = self._line()
        try:
            line.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                line.putheader(name, value)
            # A store that refuses a large body may answer and close before it has all of it: the
            # answer tells more than the line that broke.
            with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
                line.endheaders(request.body or None)
        except BaseException:
            line.close()
            raise
        return line

    def _answered(self, line: HTTPConnection) -> Answer:
        try:
            response = line.getresponse()
            answer = Answer(response.status, response.headers, _bounded(response))
        except BaseException:
            line.close()
            raise
        if response.will_close:
            line.close()
        else:
            self._give_back(line)
        return answer

    def _signed(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return target and headers of a request, with its signature."""
        path = self._path + "/" + quote(request.key, safe="/~") if request.key else self._path
        path = path or "/"
        words = (f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in request.query.items())
        query = "&".join(sorted(words))
        headers = self._signer.signed(request.method, path, query, request.headers, request.body)
        if request.method in {"PUT", "POST"}:
            headers["Content-Length"] = str(len(request.body))
        return f"{path}?{query}" if query else path, headers

    # -- the pool --------------------------------------------------------------------------

    def _line(self) -> HTTPConnection:
        while True:
            with self._change:
                line = self._idle.pop() if self._idle else None
            if line is None:
                return self._opened()
            if not select([line.sock], [], [], 0)[0]:
                return line
            line.close()  # The store has ended it meanwhile.

    def _opened(self) -> HTTPConnection:
        sock = socket.create_connection((self._host, self._port), self._connect_seconds)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                sock = self._context.wrap_socket(
                    sock, server_hostname=self._host, do_handshake_on_connect=False
                )
                self._keep(sock)
                sock.do_handshake()
            self._keep(sock)
            sock.settimeout(self._idle_seconds)
        except BaseException:
            sock.close()
            raise
        line = HTTPConnection(self._host, self._port)
        line.auto_open = 0
        line.sock = sock
        return line

    def _keep(self, sock: socket.socket) -> None:
        self._sockets.add(sock)
        if self._closed:
            raise ConnectionAbortedError("the session has been ended")

    def _give_back(self, line: HTTPConnection) -> None:
        with self._change:
            self._idle.append(line)


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - the class of HTTP's successes


def _bounded(response: HTTPResponse) -> bytes:
    """Read a body that is held in memory; one that is cut short is an `HTTPException`."""
    length = response.length
    if length is not None and length <= LONGEST_ANSWER:
        return response.read()
    body = b"" if length else response.read(LONGEST_ANSWER + 1)
    if length or len(body) > LONGEST_ANSWER:
        raise HTTPException("the answer has no end")
    return body


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(CHUNK):
        yield chunk
    if response.length:
        raise HTTPException("the answer was cut short")
