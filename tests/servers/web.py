"""A web service in pure Python that takes and offers documents, with logins, served from threads.

It records what arrives, and answers as it is told: with a status, or by hanging up.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.servers.certificates import Certificates

TOKEN_PATH = "/token"
CLIENT = ("hub:client", "client-secret&1")
"""Id and secret that OAuth2 asks for; with signs that must be encoded."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came.

    Attributes:
        method: HTTP method.
        path: path and query, quoted as they were sent.
        headers: of the request.
        body: decoded bytes.
        certificate: common name of the client's certificate, "" if it showed none.
    """

    method: str
    path: str
    headers: Message
    body: bytes
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the next delivery is answered with; status 0 hangs up instead."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RunningWeb:
    """A service that answers, and how it is to behave.

    Attributes:
        port: port on 127.0.0.1.
        scheme: http or https.
        documents: what is offered and what was put, by unquoted path.
        pages: answers to GET, by path and query.
        answers: what the next PUT, POST or DELETE are answered with instead of being done.
        authorization: what the header must be; "" lets everybody in.
        oauth: ask for a token instead.
        token_seconds: how long a token is said to live.
        has_head: whether HEAD is answered.
        weak: whether ETags are weak ones.
        reads: whether a delivery is read before it is answered.
        tokens: those that were given out, in order; only those in `valid` are taken.
        received: all requests for documents, in order.
        connections: how many were opened.
        asked: forms that came to the token endpoint.
    """

    port: int = 0
    scheme: str = "http"
    documents: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, Answer] = field(default_factory=dict)
    answers: deque[Answer] = field(default_factory=deque)
    authorization: str = ""
    oauth: bool = False
    token_seconds: int = 3600
    has_head: bool = True
    weak: bool = False
    reads: bool = True
    valid: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Address of the service."""
        return f"{self.scheme}://127.0.0.1:{self.port}/api"

    def reset(self) -> None:
        """Become as new."""
        fresh = RunningWeb(self.port, self.scheme)
        for name in RunningWeb.__slots__:
            setattr(self, name, getattr(fresh, name))

    def sent(self, *methods: str) -> list[Received]:
        """Return the requests by PUT and POST, or by these methods."""
        return [one for one in self.received if one.method in (methods or ("PUT", "POST"))]

    def issue(self) -> str:
        """Make a token that is taken from now on."""
        token = f"token-{len(self.asked)}"
        self.valid.add(token)
        return token


def basic(user: str, password: str) -> str:
    """Return the header that the login `Basic` must have."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def etag_of(content: bytes) -> str:
    """Return the ETag of a document, without quotes."""
    return hashlib.sha256(content).hexdigest()[:16]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers leave in one piece: else each would wait for the client's acknowledgement.
    wbufsize = -1
    running: RunningWeb

    def do_HEAD(self) -> None:
        if not self._may_enter(b""):
            return
        if self.running.has_head:
            self._give()
        else:
            self._answer(Answer(405))

    def do_GET(self) -> None:
        if self._may_enter(b""):
            self._give()

    def do_PUT(self) -> None:
        body = self._body()
        if body is None or not self._may_enter(body) or self._as_told():
            return
        path = unquote(self.path)
        if self.headers.get("If-None-Match") == "*" and path in self.running.documents:
            self._answer(Answer(412))
            return
        self.running.documents[path] = body
        self._answer(Answer(201, b"stored\n", {"Location": self.path}))

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path == TOKEN_PATH:
            self._issue(body)
        elif self._may_enter(body) and not self._as_told():
            answer = json.dumps({"id": "D-4711", "state": "received"}).encode()
            self._answer(Answer(201, answer, {"Location": "/api/documents/4711?secret=1"}))

    def do_DELETE(self) -> None:
        if not self._may_enter(b"") or self._as_told():
            return
        path = unquote(self.path)
        content = self.running.documents.get(path)
        wanted = self.headers.get("If-Match", "")
        if content is None:
            self._answer(Answer(404))
        elif wanted and (self.running.weak or wanted.strip('"') != etag_of(content)):
            self._answer(Answer(412))
        else:
            del self.running.documents[path]
            self._answer(Answer(204))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Keep the tests' output free of it."""

    def _give(self) -> None:
        page = self.running.pages.get(self.path)
        content = self.running.documents.get(unquote(self.path))
        if page:
            self._answer(page)
        elif content is not None:
            mark = "W/" if self.running.weak else ""
            self._answer(Answer(200, content, {"ETag": f'{mark}"{etag_of(content)}"'}))
        else:
            self._answer(Answer(404))

    def _body(self) -> bytes | None:
        if not self.running.reads:
            self._answer(Answer(201, b"taken"))
            self.close_connection = True
            return None
        size = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return None
        return body

    def _may_enter(self, body: bytes) -> bool:
        running = self.running
        running.received.append(
            Received(self.command, self.path, self.headers, body, self._certificate())
        )
        given = self.headers.get("Authorization", "")
        if running.oauth:
            is_known = given.removeprefix("Bearer ") in running.valid
        else:
            is_known = running.authorization in {"", given}
        if not is_known:
            self._answer(Answer(401, given.encode(), {"WWW-Authenticate": "Basic"}))
        return is_known

    def _certificate(self) -> str:
        if not isinstance(self.connection, ssl.SSLSocket):
            return ""
        shown: Any = self.connection.getpeercert() or {}
        return str(dict(part[0] for part in shown.get("subject", ())).get("commonName", ""))

    def _as_told(self) -> bool:
        if not self.running.answers:
            return False
        self._answer(self.running.answers.popleft())
        return True

    def _issue(self, form: bytes) -> None:
        running = self.running
        running.asked.append(parse_qs(form.decode()))
        known = basic("hub%3Aclient", "client-secret%261")
        # Without a secret, the client's certificate is its login (RFC 8705, section 2).
        by_name = running.asked[-1].get("client_id") == [CLIENT[0]] and bool(self._certificate())
        if self.headers.get("Authorization") != known and not by_name:
            self._answer(Answer(401, b'{"error": "invalid_client"}'))
            return
        told = {
            "access_token": running.issue(),
            "token_type": "Bearer",
            "expires_in": running.token_seconds,
        }
        self._answer(Answer(200, json.dumps(told).encode()))

    def _answer(self, answer: Answer) -> None:
        if not answer.status:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    running: RunningWeb
    context: ssl.SSLContext | None = None

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count connections; each has a thread."""
        self.running.connections += 1
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, so that none holds up the others."""
        sock = self.context.wrap_socket(request, server_side=True) if self.context else request
        super().finish_request(sock, client_address)
        sock.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what the tests are about."""


@contextmanager
def web_server(
    *,
    certificates: Certificates | None = None,
    client_certificate: bool = False,
) -> Iterator[RunningWeb]:
    """Serve until the context ends.

    Args:
        certificates: serve over TLS with them.
        client_certificate: ask clients for a certificate of the same authority.
    """
    running = RunningWeb(scheme="https" if certificates else "http")
    handler = type("Handler", (_Handler,), {"running": running})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.running = running
        running.port = int(server.server_address[1])
        if certificates:
            server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            server.context.load_cert_chain(certificates.certificate, certificates.key)
            if client_certificate:
                server.context.load_verify_locations(certificates.authority)
                server.context.verify_mode = ssl.CERT_REQUIRED
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
