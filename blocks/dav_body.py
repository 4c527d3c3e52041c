"""The body of a large answer, taken from the connection itself.

httpx hands a body out in pieces of at most 64 KiB, each of which it copies three times: half of
the time that a gigabyte takes. It gives out the stream beneath (extension `network_stream`), from
which the rest is read once the piece that came with the headers is out.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator

import httpx

PIECE = 1 << 20
"""Bytes handed out at a time, if they come fast enough."""
GATHER_SECONDS = 0.05
"""How long small pieces, such as the 16 KiB of TLS, are put together."""


def body_of(response: httpx.Response) -> Iterator[bytes]:
    """Yield an answer's body as it arrives, as sent, at most 1 MiB at a time.

    Raises:
        httpx.TransportError: the line was lost, or the body ends before its announced length.
    """
    pieces = response.iter_raw()
    left = _length(response)
    sock = _socket(response)
    if left <= PIECE or sock is None:
        yield from pieces
        return
    # All that h11 has taken from the connection; what is left, it has not seen.
    first = next(pieces, b"")
    yield first
    left -= len(first)
    sock.settimeout(response.request.extensions["timeout"]["read"])
    while left:
        piece = _gathered(sock, min(left, PIECE))
        yield piece
        left -= len(piece)


def _socket(response: httpx.Response) -> socket.socket | None:
    """Return the socket that the body comes from; None if it is wrapped in TLS twice."""
    sock = response.extensions["network_stream"].get_extra_info("socket")
    is_bare = isinstance(sock, ssl.SSLSocket) == (response.url.scheme == "https")
    return sock if is_bare and isinstance(sock, socket.socket) else None


def _length(response: httpx.Response) -> int:
    """Return the announced length, 0 if the body's end is marked in another way."""
    if "transfer-encoding" in response.headers:
        return 0
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _gathered(sock: socket.socket, most: int) -> bytes:
    pieces: list[bytes] = []
    size, until = 0, time.monotonic() + GATHER_SECONDS
    while size < most and (not pieces or time.monotonic() < until):
        try:
            piece = sock.recv(most - size)
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    if not pieces:
        message = "the body ends before its announced length"
        raise httpx.RemoteProtocolError(message)
    return b"".join(pieces)
