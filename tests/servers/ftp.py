"""An FTP server in pure Python (pyftpdlib), in clear text or with TLS, for any machine."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from tests.servers.certificates import make_certificates

TURN_SECONDS = 0.05


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
    *, tls: bool = False, permissions: str = "elradfmwMT", **attributes: Any
) -> Iterator[RunningFtp]:
    """Serve a new directory until the context ends.

    Args:
        tls: offer AUTH TLS, and demand it for login and files.
        permissions: what the account may, in pyftpdlib's letters.
        attributes: of the handler, such as `encoding`.
    """
    with tempfile.TemporaryDirectory(prefix="ftp-") as place:
        root = Path(place) / "data"
        root.mkdir()
        authority, more = "", dict(attributes)
        if tls:
            certificates = make_certificates(Path(place) / "tls")
            authority = certificates.authority_pem
            more |= {
                "certfile": str(certificates.certificate),
                "keyfile": str(certificates.key),
                "tls_control_required": True,
                "tls_data_required": True,
            }
        users = DummyAuthorizer()
        user, password = "hub", "p4ss wörd"
        users.add_user(user, password, str(root), perm=permissions)
        base = TLS_FTPHandler if tls else FTPHandler
        handler = type("Handler", (base,), {"authorizer": users, "auth_failed_timeout": 0, **more})
        loop = IOLoop()
        server = FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
        ended = threading.Event()

        def serve() -> None:
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
