"""What sessions over httpx need: login by a token, and an end that wakes who waits."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import Any

import httpx


class Bearer(httpx.Auth):
    """Logs in with a token (RFC 6750)."""

    def __init__(self, token: str) -> None:
        """Use this token."""
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token into a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Ended(Exception):
    """The session was ended meanwhile."""


class Sockets:
    """The sockets of a session: closing a client does not wake a thread that waits in recv()."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._change = threading.Lock()
        self._open: list[socket] = []
        self._connected: dict[int, socket] = {}
        self._shaking: dict[int, socket] = {}
        self.is_ended = False

    def sent(self, http: httpx.Client, request: httpx.Request) -> httpx.Response:
        """Send a request, unless the session was ended."""
        if self.is_ended:
            raise Ended
        try:
            return http.send(request, stream=True)
        except RuntimeError as error:
            if not self.is_ended:
                raise
            raise Ended from error

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn from httpcore what it does; each connection is made by one thread."""
        thread, step = threading.get_ident(), event.removeprefix("connection.")
        if step == "start_tls.started" and thread in self._connected:
            # A handshake takes the descriptor away from the socket: only a copy can be shut.
            self._shaking[thread] = self._connected.pop(thread).dup()
            self._keep(self._shaking[thread])
        elif step in {"start_tls.complete", "start_tls.failed"} and thread in self._shaking:
            self._shaking.pop(thread).close()
        if step in {"connect_tcp.complete", "start_tls.complete"}:
            sock = info["return_value"].get_extra_info("socket")
            self._keep(sock)
            if step == "connect_tcp.complete":
                self._connected[thread] = sock

    def _keep(self, sock: socket) -> None:
        with self._change:
            self._open = [one for one in self._open if one.fileno() >= 0] + [sock]
            if self.is_ended:
                _shut(sock)

    def end(self) -> None:
        """Break off what is under way, and let nothing begin."""
        with self._change:
            self.is_ended = True
            for sock in self._open:
                _shut(sock)


def _shut(sock: socket) -> None:
    # Not the method of an SSL socket, which would take away TLS under a thread that reads.
    with suppress(OSError):
        socket.shutdown(sock, SHUT_RDWR)
