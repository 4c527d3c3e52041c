"""Uploads in pieces to Nextcloud: proxies and PHP limit the size of one request, not of a file.

The pieces go to a collection of their own, beside the files; a MOVE of `.file` joins them. Source:
Nextcloud developer manual, "Chunked file upload", version 2.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

from blocks.dav_client import DavClient
from transforms.errors import DirectoryMissing, EndpointError, FileChanged, Unreachable

MOST_PIECES = 10_000
"""Nextcloud takes no number above."""


def exactly(size: int, chunks: Iterable[bytes], path: str) -> Iterator[bytes]:
    """Pass on exactly `size` bytes; else the upload breaks off and the server drops it."""
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        if sent <= size:
            yield chunk
    if sent != size:
        raise FileChanged(
            f"The local file has {sent} bytes instead of {size}",
            where=path,
            remedy="Look who changes files in the execution folder",
        )


def upload_in_pieces(
    uploads: DavClient, destination: str, chunks: Iterable[bytes], size: int, piece: int
) -> None:
    """Send a file in pieces and have the server join them under the destination.

    Args:
        uploads: session whose base is the account's directory of uploads.
        destination: address of the file.
        chunks: exactly `size` bytes.
        size: of the file.
        piece: bytes of one piece; more where there would be too many.

    Raises:
        EndpointError: nothing, or an old file, is under the destination. The pieces are gone, or
            Nextcloud removes them after a day.
    """
    piece = max(piece, math.ceil(size / MOST_PIECES))
    place = f"govmanager-{secrets.token_hex(16)}"
    about = {"Destination": destination, "OC-Total-Length": str(size)}
    with uploads.answer("MKCOL", place + "/", headers=about):
        pass
    try:
        rest = _Rest(chunks)
        for number, start in enumerate(range(0, size, piece), 1):
            length = min(piece, size - start)
            with uploads.answer(
                "PUT",
                f"{place}/{number:05}",
                headers=about | {"Content-Length": str(length)},
                content=rest.take(length),
            ):
                pass
        rest.end()
        _join(uploads, f"{place}/.file", about)
    except Unreachable:
        raise  # asking on would double the wait
    except BaseException:
        with suppress(EndpointError):
            uploads.request("DELETE", place, add_trailing_slash=True)
        raise


def _join(uploads: DavClient, file: str, about: dict[str, str]) -> None:
    # The server may copy all bytes before it answers.
    with uploads.answer(
        "MOVE", file, missing=DirectoryMissing, headers=about, seconds=uploads.total_seconds
    ):
        pass


class _Rest:
    """What is not sent yet of a stream of bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._over = b""

    def take(self, length: int) -> Iterator[bytes]:
        """Yield the next `length` bytes."""
        while length:
            chunk = self._over or next(self._chunks, b"")
            if not chunk:
                return
            self._over = chunk[length:]
            yield chunk[:length]
            length -= min(length, len(chunk))

    def end(self) -> None:
        """See the stream's end, where it tells whether all came."""
        for _ in self._chunks:
            pass
