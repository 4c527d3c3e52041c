"""A virus scanner: clamd, over TCP or a Unix socket, by its own protocol (clamd(8), INSTREAM)."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl

from blocks import icons
from transforms.document import CHUNK
from transforms.errors import Unreachable

FOUND, CLEAN = " FOUND", " OK"
LIMIT = "INSTREAM size limit exceeded"
LONGEST_ANSWER = 4096


class VirusScanner(Block):
    """A clamd that reads what the hub sends it; a file never counts as clean without its answer.

    Example:
        ```python
        from blocks.clamd import VirusScanner

        VirusScanner(host="scanner.kommune.example").save("clamd")
        ```
    """

    _block_type_name: ClassVar[str] = "Virus scanner"
    _block_type_slug: ClassVar[str] = "virus-scanner"
    _logo_url: ClassVar[HttpUrl | None] = icons.KEY
    _description: ClassVar[str] = "A clamd that the step virus-scan asks."

    host: str = Field(
        default="127.0.0.1", title="Host", description="Where clamd listens; see TCPAddr."
    )
    port: int = Field(
        default=3310, ge=1, le=65535, title="Port", description="Its TCP port; see TCPSocket."
    )
    socket_path: str = Field(
        default="",
        title="Socket",
        description="Path of its Unix socket, such as /run/clamav/clamd.ctl; takes the place of "
        "host and port.",
    )
    connect_seconds: float = Field(
        default=10, gt=0, title="Seconds to connect", description="Until the connection is there."
    )
    idle_seconds: float = Field(
        default=60, gt=0, title="Idle seconds", description="Without any progress or answer."
    )
    total_seconds: float = Field(
        default=600, gt=0, title="Total seconds", description="For one file altogether."
    )

    @property
    def where(self) -> str:
        """How errors call the scanner."""
        return f"clamd {self.socket_path or f'{self.host}:{self.port}'}"

    def scan(self, path: Path) -> str:
        """Let clamd read a file.

        Returns:
            What it found, such as `Eicar-Signature`; "" if the file is clean.

        Raises:
            Unreachable: it does not answer, takes too long, or cannot scan the file.
        """
        deadline = time.monotonic() + self.total_seconds
        try:
            with self._connected() as connection, path.open("rb") as file:
                connection.sendall(b"zINSTREAM\0")
                try:
                    while chunk := file.read(CHUNK):
                        self._in_time(connection, deadline)
                        connection.sendall(struct.pack("!I", len(chunk)) + chunk)
                    connection.sendall(struct.pack("!I", 0))
                except (BrokenPipeError, ConnectionResetError):
                    # It hangs up as soon as a file is too large; the answer may be there.
                    pass
                return self._judged(self._answer(connection, deadline))
        except OSError as error:
            raise self._unreachable(
                f"The virus scanner fails: {error.strerror or error}"
            ) from error

    def check(self) -> str:
        """Return the version of the scanner and of its signatures.

        Raises:
            Unreachable: it does not answer.
        """
        deadline = time.monotonic() + self.total_seconds
        try:
            with self._connected() as connection:
                connection.sendall(b"zVERSION\0")
                return self._answer(connection, deadline)
        except OSError as error:
            raise self._unreachable(
                f"The virus scanner fails: {error.strerror or error}"
            ) from error

    def _connected(self) -> socket.socket:
        if not self.socket_path:
            return socket.create_connection((self.host, self.port), self.connect_seconds)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.connect_seconds)
        try:
            connection.connect(self.socket_path)
        except OSError:
            connection.close()
            raise
        return connection

    def _in_time(self, connection: socket.socket, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"more than {self.total_seconds:g} s altogether")
        connection.settimeout(min(left, self.idle_seconds))

    def _answer(self, connection: socket.socket, deadline: float) -> str:
        told = b""
        while not told.endswith(b"\0") and len(told) < LONGEST_ANSWER:
            self._in_time(connection, deadline)
            some = connection.recv(LONGEST_ANSWER)
            if not some:
                break
            told += some
        return told.rstrip(b"\0").decode("utf-8", "replace").strip()

    def _judged(self, answer: str) -> str:
        _, _, verdict = answer.partition(": ")
        if answer.endswith(FOUND):
            return verdict.removesuffix(FOUND)
        if answer.endswith(CLEAN):
            return ""
        if LIMIT in answer:
            raise self._unreachable(
                "The file is larger than the virus scanner takes", "Raise StreamMaxLength of clamd"
            )
        raise self._unreachable(f"The virus scanner gave no verdict: {answer[:200] or 'nothing'}")

    def _unreachable(self, what: str, remedy: str = "") -> Unreachable:
        return Unreachable(
            what, where=self.where, remedy=remedy or "Check that clamd runs and has signatures"
        )
