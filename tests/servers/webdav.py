"""A WebDAV server in pure Python (WsgiDAV on cheroot), served from a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from tests.servers.certificates import Certificates

MOUNT = "/remote.php/dav/files/hub"
"""Where the directory is served: deep, as Nextcloud does it."""


@dataclass(frozen=True, slots=True)
class RunningWebdav:
    """A WebDAV server that answers.

    Attributes:
        url: address of the served directory.
        root: the served directory, the back door of the tests.
        user: account name.
        password: its password.
    """

    url: str
    root: Path
    user: str
    password: str


@contextmanager
def webdav_server(
    root: Path,
    *,
    port: int = 0,
    certificates: Certificates | None = None,
    user: str = "hub",
    password: str = "hub-password",
) -> Iterator[RunningWebdav]:
    """Serve a directory until the context ends.

    Args:
        root: the directory; created if missing.
        port: port on 127.0.0.1; 0 takes a free one.
        certificates: serve https with them.
        user: the only account.
        password: its password.
    """
    root.mkdir(parents=True, exist_ok=True)
    server = wsgi.Server(("127.0.0.1", port), _app(root, user, password), numthreads=8)
    if certificates:
        server.ssl_adapter = BuiltinSSLAdapter(str(certificates.certificate), str(certificates.key))
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    scheme = "https" if certificates else "http"
    try:
        yield RunningWebdav(
            f"{scheme}://127.0.0.1:{server.bind_addr[1]}{MOUNT}", root, user, password
        )
    finally:
        server.stop()
        thread.join()


def _app(root: Path, user: str, password: str) -> WsgiDAVApp:
    return WsgiDAVApp(
        {
            "provider_mapping": {MOUNT: FilesystemProvider(str(root), readonly=False)},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "http_authenticator": {
                "accept_basic": True,
                "accept_digest": False,
                "default_to_digest": False,
            },
            "verbose": 0,
            "logging": {"enable": False},
            "lock_storage": True,
            "property_manager": True,
            "dir_browser": {"enable": False},
        }
    )
