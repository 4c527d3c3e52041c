"""What Nextcloud's WebDAV has beyond WsgiDAV's, imitated: no Nextcloud is among the test servers.

A WSGI middleware. It refuses names that end in `.part` or `.filepart` as Nextcloud does, with 400
and the exception's name; it limits the size of one request as a proxy does; it has a quota for
what is uploaded, and refuses with 507 what goes beyond; and it takes uploads
in pieces (chunked upload, version 2): MKCOL, PUT of numbered pieces and MOVE of `.file`, each with
the header Destination, joined in the order of the numbers if their sizes make up OC-Total-Length.
Source: Nextcloud developer manual, "Chunked file upload"; apps/dav/lib/Upload in its source code.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tests.servers.webdav import MOUNT

UPLOADS = MOUNT.replace("/files/", "/uploads/")
INVALID = (
    b'<?xml version="1.0" encoding="utf-8"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
    b"<s:exception>OCA\\DAV\\Connector\\Sabre\\Exception\\InvalidPath</s:exception></d:error>"
)


class NextcloudLike:
    """Stands before a WsgiDAV that serves `root` at the path of an account's files.

    Attributes:
        requests: method and path of every request for an upload in pieces.
        most: bytes that one PUT may have.
        left: bytes that the account's quota still allows.
    """

    def __init__(
        self, app: WSGIApplication, root: Path, most: int = 1 << 30, left: int = 1 << 30
    ) -> None:
        """Keep pieces beside the files."""
        self._app = app
        self._root = root
        self._pieces = root.with_name(f"{root.name}-uploads")
        self.most = most
        self.left = left
        self.requests: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let WsgiDAV do it."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if method == "PUT" and length > self.most:
            return _answer(start_response, "413 Request Entity Too Large")
        if method == "PUT" and length > self.left:
            return _answer(start_response, "507 Insufficient Storage")
        self.left -= length if method == "PUT" else 0
        if path.startswith(UPLOADS):
            self.requests.append(f"{method} {path.removeprefix(UPLOADS)}")
            return _answer(start_response, self._upload(environ, path.removeprefix(UPLOADS)))
        destination = unquote(urlsplit(environ.get("HTTP_DESTINATION", "")).path)
        made = destination if method == "MOVE" else path if method == "PUT" else ""
        if made.endswith((".part", ".filepart")):
            return _answer(start_response, "400 Bad Request", INVALID)
        return self._app(environ, start_response)

    def _upload(self, environ: WSGIEnvironment, path: str) -> str:
        """Take one step of an upload in pieces and return the status."""
        method, length = environ["REQUEST_METHOD"], int(environ.get("CONTENT_LENGTH") or 0)
        place = self._pieces / path.strip("/")
        if method == "DELETE":
            shutil.rmtree(place)
            return "204 No Content"
        destination = unquote(urlsplit(environ.get("HTTP_DESTINATION", "")).path)
        if not destination.startswith(MOUNT):
            return "400 Bad Request"
        if method == "MKCOL":
            place.mkdir(parents=True)
            return "201 Created"
        if method == "PUT" and place.name.isdecimal() and 1 <= int(place.name) <= 10_000:
            place.write_bytes(environ["wsgi.input"].read(length))
            return "201 Created"
        if method == "MOVE" and place.name == ".file":
            return self._join(place.parent, destination, int(environ["HTTP_OC_TOTAL_LENGTH"]))
        return "400 Bad Request"

    def _join(self, place: Path, destination: str, total: int) -> str:
        pieces = sorted(place.iterdir(), key=lambda one: int(one.name))
        if sum(one.stat().st_size for one in pieces) != total:
            return "400 Bad Request"
        # PATH_INFO and the like are WSGI strings; the header was decoded here.
        target = self._root / destination.removeprefix(MOUNT).strip("/")
        if not target.parent.is_dir():
            return "409 Conflict"
        with target.open("wb") as file:
            for piece in pieces:
                file.write(piece.read_bytes())
        shutil.rmtree(place)
        return "201 Created"


def _answer(start_response: StartResponse, status: str, body: bytes = b"") -> list[bytes]:
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]
