"""A WebDAV server in pure Python (WsgiDAV on cheroot), served from a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from tests.servers.certificates import Certificates

CUT = {"?": "\ue03f", ";": "\ue03b"}
"""WsgiDAV decodes the header Destination before it takes it apart, and so cuts names at these
(https://github.com/mar10/wsgidav/issues/139); the mended server lets stand-ins travel instead."""
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


class _Mended(FilesystemProvider):  # type: ignore[misc]  # WsgiDAV carries no types
    """Takes the stand-ins for what they stand for."""

    def _loc_to_file_path(self, path: str, environ: dict[str, Any] | None = None) -> str:
        for character, stand_in in CUT.items():
            path = path.replace(stand_in, character)
        found: str = super()._loc_to_file_path(path, environ)
        return found


def _mending(app: WSGIApplication) -> WSGIApplication:
    def mended(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for character, stand_in in CUT.items():
            destination = environ.get("HTTP_DESTINATION", "")
            if destination:
                environ["HTTP_DESTINATION"] = destination.replace(quote(character), quote(stand_in))
        return app(environ, start_response)

    return mended


@contextmanager
def webdav_server(
    root: Path,
    *,
    certificates: Certificates | None = None,
    user: str = "hub",
    password: str = "hub-password",
    mended: bool = True,
    before: Callable[[WSGIApplication], WSGIApplication] = lambda app: app,
) -> Iterator[RunningWebdav]:
    """Serve a directory until the context ends.

    Args:
        root: the directory; created if missing.
        certificates: serve https with them.
        user: the only account.
        password: its password.
        mended: whether files can be renamed to names with `?` and `;`.
        before: puts something before the server.
    """
    root.mkdir(parents=True, exist_ok=True)
    provider = _Mended if mended else FilesystemProvider
    app = _app(provider(str(root), readonly=False), user, password)
    whole = before(_mending(app) if mended else app)
    server = wsgi.Server(("127.0.0.1", 0), whole, numthreads=8)
    server.expiration_interval = 0.05  # what stopping it waits for
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


def _app(provider: FilesystemProvider, user: str, password: str) -> WSGIApplication:
    app: WSGIApplication = WsgiDAVApp(
        {
            "provider_mapping": {MOUNT: provider},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "http_authenticator": {
                "accept_basic": True,
                "accept_digest": True,
                "default_to_digest": True,
            },
            "verbose": 0,
            "logging": {"enable": False},
            "lock_storage": True,
            "property_manager": True,
            "dir_browser": {"enable": False},
        }
    )
    return app
