"""An FTP server in pure Python (pyftpdlib), in clear text or with TLS, for any machine."""

from __future__ import annotations

import re
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler  # type: ignore[import-untyped]
from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]
from pyftpdlib.servers import FTPServer  # type: ignore[import-untyped]

from tests.servers.certificates import make_certificates
from tests.servers.proxy import SMALL, Proxy
from tests.servers.rights import rights_heeded

TURN_SECONDS = 0.05
COMMAND = re.compile(rb"(\xff)\xff|\xff[\xf0-\xfa]")
PASSIVE = re.compile(rb"^227 [^\r\n]*\((?:\d+,){4}(\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class RunningFtp:
    """An FTP server that answers.

    Attributes:
        port: port on 127.0.0.1.
        root: what the login leads to, or `data` below it: the back door of the tests.
        user: account name.
        password: its password.
        authority: PEM of the authority, "" without TLS.
    """

    port: int
    root: Path
    user: str
    password: str
    authority: str


@contextmanager
def ftp_server(
    *,
    tls: bool = False,
    telnet: bool = False,
    permissions: str = "elradfmwMT",
    **attributes: Any,
) -> Iterator[RunningFtp]:
    """Serve a new directory until the context ends.

    Args:
        tls: offer AUTH TLS, and demand it for login and files.
        telnet: heed the rules of Telnet, without TLS only.
        permissions: what the account may, in pyftpdlib's letters.
        attributes: of the handler, such as `encoding`.
    """
    with tempfile.TemporaryDirectory(prefix="ftp-") as place:
        root = Path(place) / "data"
        root.mkdir()
        authority, more = _tls(Path(place)) if tls else ("", {})
        users = DummyAuthorizer()
        user, password = "hub", "p4ss wörd"
        users.add_user(user, password, str(root), perm=permissions)
        plain = TelnetHandler if telnet else FTPHandler
        base = TLS_FTPHandler if tls else plain
        handler = type(
            "Handler",
            (base,),
            {"authorizer": users, "auth_failed_timeout": 0, **more, **attributes},
        )
        loop = IOLoop()
        server = FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
        ended = threading.Event()

        def serve() -> None:
            with rights_heeded():
                while not ended.is_set():
                    loop.loop(TURN_SECONDS, blocking=False)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield RunningFtp(int(server.address[1]), root, user, password, authority)
        finally:
            ended.set()
            thread.join()
            server.close_all()


def _tls(place: Path) -> tuple[str, dict[str, Any]]:
    """Return the authority, and what demands TLS of a handler."""
    certificates = make_certificates(place / "tls")
    return certificates.authority_pem, {
        "certfile": str(certificates.certificate),
        "keyfile": str(certificates.key),
        "tls_control_required": True,
        "tls_data_required": True,
    }


class TelnetHandler(FTPHandler):  # type: ignore[misc]  # it carries no types
    """Reads Telnet on the control channel (RFC 854), as ProFTPD does."""

    def collect_incoming_data(self, data: bytes) -> None:
        """Drop commands, and take a doubled byte 255 for one."""
        super().collect_incoming_data(COMMAND.sub(rb"\1", data))


class FtpProxy(Proxy):
    """A proxy before a server in clear text, whose data connections lead through it too."""

    def _hand_on(self, piece: bytes, taker: socket.socket) -> None:
        super()._hand_on(PASSIVE.sub(self._led_here, piece), taker)

    def _led_here(self, told: re.Match[bytes]) -> bytes:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        with self._change:
            self._sockets.append(listener)
            self._opened.append(listener)
        self._start(self._accept_data, listener, (int(told[1]) << 8) + int(told[2]))
        port = int(listener.getsockname()[1])
        return b"227 Passive (127,0,0,1,%d,%d)" % (port >> 8, port & 255)

    def _accept_data(self, listener: socket.socket, port: int) -> None:
        with suppress(OSError):
            client, _ = listener.accept()
            self._join(client, port)


@contextmanager
def ftp_proxy_to(port: int) -> Iterator[Proxy]:
    """Run a proxy before the FTP server on this port of 127.0.0.1."""
    proxy = FtpProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
