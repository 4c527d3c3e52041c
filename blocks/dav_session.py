"""What a session over httpx needs: login by a token, and an end that wakes who waits."""

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
        self._change = threading.Lock()
        self._open: list[socket] = []
        self._ended = False

    def sent(self, http: httpx.Client, request: httpx.Request) -> httpx.Response:
        """Send a request, unless the session was ended."""
        if self._ended:
            raise Ended
        try:
            return http.send(request, stream=True)
        except RuntimeError as error:
            if not self._ended:
                raise
            raise Ended from error

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn from httpcore what it does."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        sock = info["return_value"].get_extra_info("socket")
        with self._change:
            self._open = [one for one in self._open if one.fileno() >= 0] + [sock]
            if self._ended:
                _shut(sock)

    def end(self) -> None:
        """Break off what is under way, and let nothing begin."""
        with self._change:
            self._ended = True
            for sock in self._open:
                _shut(sock)


def _shut(sock: socket) -> None:
    # Not the method of an SSL socket, which would take away TLS under a thread that reads.
    with suppress(OSError):
        socket.shutdown(sock, SHUT_RDWR)
