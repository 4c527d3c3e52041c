"""What the tests of web services share: a server as new, a parcel, a block, a listing."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Parcel, Receipt
from blocks.http_service import HttpService, Listing, Method
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.proxy import Proxy, proxy_to
from tests.servers.web import Answer, RunningWeb, etag_of, web_server
from transforms.document import fingerprint_of
from transforms.errors import EndpointError

KEY = "0123456789abcdef0123456789abcdef"
CONTENT = bytes(range(256)) * 5000
LARGE = b"0123456789abcdef" * (1 << 20)
SECONDS = 1.0
"""The limits that the tests of hung services set."""
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
ENVELOPE = (
    '<s:Envelope xmlns:s="{ns}"><s:Body><submit xmlns="urn:dms" id="{key}"><name>{name}</name>'
    "<file>{content}</file></submit></s:Body></s:Envelope>"
)
OK = f'<s:Envelope xmlns:s="{SOAP_1_1}"><s:Body><ok/></s:Body></s:Envelope>'.encode()
OWN_URL = {"method": Method.PUT, "delivery_path": "in/{directory}/{name}"}


PLACE = tempfile.TemporaryDirectory(prefix="govmanager-")
"""Where the certificates are, until Python ends."""


class WebFixtures:
    """A service that is as new in each test, and what goes to it."""

    @pytest.fixture(scope="class")
    @classmethod
    def plain(cls) -> Iterator[RunningWeb]:
        """Run one service for the tests of a class."""
        with web_server() as running:
            yield running

    @pytest.fixture
    def server(self, plain: RunningWeb) -> RunningWeb:
        """Return the service as new."""
        plain.reset()
        return plain

    @pytest.fixture
    def proxy(self, server: RunningWeb) -> Iterator[Proxy]:
        """Return a proxy before the service."""
        with proxy_to(server.port) as running:
            yield running

    @pytest.fixture
    def parcel(self, tmp_path: Path) -> Parcel:
        """Return a parcel."""
        return parcel_of(tmp_path)


@cache
def certificates() -> Certificates:
    """Return an authority and a server's certificate, for the whole run."""
    return make_certificates(Path(PLACE.name))


def parcel_of(place: Path, content: bytes = CONTENT, name: str = "antrag.xml") -> Parcel:
    path = place / "outbound"
    path.write_bytes(content)
    return Parcel(KEY, path, fingerprint_of(path), name)


def block(server: RunningWeb, port: Any = 0, **fields: Any) -> HttpService:
    """Return a block for a service; one authority is read faster than all of this machine's."""
    url = server.url.replace(str(server.port), str(port or server.port))
    chosen: dict[str, Any] = {"url": url, "connect_seconds": 10, "idle_seconds": 10}
    return HttpService(**chosen | {"ca_certificate": certificates().authority_pem} | fields)


def source(server: RunningWeb, port: Any = 0, **fields: Any) -> HttpService:
    chosen = {"listing": Listing.JSON, "listing_path": "list"}
    return block(server, port, **chosen | fields)


def send(endpoint: HttpService, parcel: Parcel) -> Receipt:
    with endpoint.connect() as connection:
        return connection.publish(parcel, connection.stage(parcel))


def item(name: str, content: bytes, **change: Any) -> dict[str, Any]:
    known = {"url": name, "name": name, "size": len(content), "etag": etag_of(content)}
    return known | {"modified": "2026-05-04T10:00:00Z"} | change


def offered(
    server: RunningWeb, items: list[dict[str, Any]], page: str = "list", **more: Any
) -> None:
    server.pages[f"/api/{page}"] = Answer(200, json.dumps({"items": items, **more}).encode())


def in_time(call: Callable[[], object], error: type[EndpointError]) -> None:
    """Call, and expect this very error soon after the limit of `SECONDS`."""
    began = time.monotonic()
    with pytest.raises(EndpointError) as caught:
        call()
    assert type(caught.value) is error
    # Twice the limit for its own sake, the rest for a busy machine.
    assert time.monotonic() - began < 2 * SECONDS + 6
