"""A TCP proxy that can cut the line or go silent, at once or after so many bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

PIECE = 1 << 14
SMALL = 1 << 15
TRICKLE_SECONDS = 0.05


class Fault(Enum):
    """What happens to a line."""

    CUT = "cut"
    HANG = "hang"
    TRICKLE = "trickle"


class Proxy:
    """Passes bytes between clients and one server, until a fault is called for.

    Attributes:
        port: where clients connect to on 127.0.0.1.
        downloaded: bytes that the server has sent to clients.
        faults: how many faults that were called for have happened.
    """

    def __init__(self, target: int) -> None:
        """Listen on a free port for clients of the server on the port `target`."""
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Else the kernel takes megabytes for a server that has stopped reading.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._opened: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._change = threading.Lock()
        self._silent = threading.Event()
        self._slow = threading.Event()
        self._ended = threading.Event()
        self._armed: tuple[Fault, int] | None = None
        self._cut_after: int | None = None
        self.downloaded = 0
        self.faults = 0
        self._start(self._accept)

    def cut(self) -> None:
        """Break every connection; new ones are served."""
        with self._change:
            broken, self._sockets = self._sockets, []
        for one in broken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Stay connected, accept connections, and pass no more bytes."""
        self._silent.set()

    def heal(self) -> None:
        """Serve new connections as if nothing had been; those that hang stay silent."""
        self._silent.clear()

    def trickle(self) -> None:
        """Pass one byte at a time, too slow for any use, yet never silent."""
        self._slow.set()

    def fail(self, fault: Fault) -> None:
        """Have a fault at once."""
        {Fault.CUT: self.cut, Fault.HANG: self.hang, Fault.TRICKLE: self.trickle}[fault]()

    def after_upload_of(self, count: int, fault: Fault) -> None:
        """Call for a fault once clients have sent so many more bytes."""
        with self._change:
            self._armed = (fault, count)

    def cut_after_download_of(self, count: int) -> None:
        """Break every connection once the server has sent so many bytes altogether."""
        self._cut_after = count

    def refuse(self) -> None:
        """Accept no more connections, as if the server were gone; those there are stay."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Break everything and end the threads."""
        self._ended.set()
        self.refuse()
        self.cut()
        for thread in self._threads:
            thread.join()
        for one in self._opened:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._join(client, self._target)

    def _join(self, client: socket.socket, port: int) -> None:
        server = socket.create_connection(("127.0.0.1", port))
        with self._change:
            self._sockets += [client, server]
            self._opened += [client, server]
        self._start(self._pass, client, server, self._count)
        self._start(self._pass, server, client, self._count_down)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _pass(
        self,
        giver: socket.socket,
        taker: socket.socket,
        counted: Callable[[int], None],
    ) -> None:
        # Closing is left to close(): a thread that waits in recv does not notice it.
        with suppress(OSError):
            while piece := giver.recv(PIECE):
                counted(len(piece))
                if self._silent.is_set():
                    # Bytes stay where they are, as with a server that has stopped reading.
                    self._ended.wait()
                    return
                self._hand_on(piece, taker)
            taker.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            # Else a client whose window is full would never learn that the line was cut.
            giver.shutdown(socket.SHUT_RD)
            while giver.recv(PIECE):
                pass

    def _hand_on(self, piece: bytes, taker: socket.socket) -> None:
        if not self._slow.is_set():
            taker.sendall(piece)
            return
        for byte in piece:
            taker.sendall(bytes([byte]))
            if self._ended.wait(TRICKLE_SECONDS):
                return

    def _count_down(self, size: int) -> None:
        with self._change:
            self.downloaded += size
            if self._cut_after is None or self.downloaded < self._cut_after:
                return
            self._cut_after = None
            self.faults += 1
        self.cut()

    def _count(self, size: int) -> None:
        with self._change:
            if self._armed is None:
                return
            fault, left = self._armed
            self._armed = (fault, left - size) if left > size else None
            if self._armed:
                return
            self.faults += 1
        self.fail(fault)


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """Run a proxy before the server on this port of 127.0.0.1."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
