"""WebDAV against WsgiDAV and a real Apache: the contract, and what only WebDAV gets wrong."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from blocks.endpoint import Endpoint
from blocks.multistatus import Multistatus
from blocks.webdav import GUARD, WebdavDriver, WebdavServer
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import reached
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    NetworkContract,
)
from tests.servers.apache import RunningApache, apache_server
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.webdav import RunningWebdav, webdav_server
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

Running = RunningWebdav | RunningApache


@pytest.fixture(scope="module")
def wsgidav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWebdav]:
    with webdav_server(tmp_path_factory.mktemp("webdav") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def apache() -> Iterator[RunningApache]:
    with apache_server() as server:
        yield server


@pytest.fixture(params=["wsgidav", "apache"])
def server(request: pytest.FixtureRequest) -> Running:
    running: Running = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def folder(server: Running) -> Path:
    return folder_of(server)


@pytest.fixture
def endpoint(server: Running, folder: Path) -> WebdavServer:
    return block(server, directory=folder.name)


@pytest.fixture
def driver(endpoint: WebdavServer) -> Iterator[WebdavDriver]:
    driver = WebdavDriver(endpoint)
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def block(server: Running, **fields: Any) -> WebdavServer:
    chosen: dict[str, Any] = {
        "url": server.url,
        "user": server.user,
        "password": server.password,
        "connect_seconds": 3,
        "idle_seconds": 3,
    }
    return WebdavServer(**chosen | fields)


def folder_of(server: Running) -> Path:
    """Make a directory that belongs to one test, open to the server's account."""
    folder = server.root / f"{secrets.token_hex(4)} #1 ö"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


class WebdavContract(EndpointContract, NetworkContract):
    """The contract, as far as it is the same for both servers."""

    @pytest.fixture
    def endpoint(self, server: Running, folder: Path) -> Endpoint:
        """Return the endpoint."""
        return self.made(server, folder)

    @pytest.fixture
    def door(self, folder: Path) -> BackDoor:
        """Return the back door."""
        return FolderDoor(folder)

    @pytest.fixture
    def variants(self, server: Running, folder: Path, certificates: Certificates) -> Variants:
        """Return the ways in which this endpoint can be set up wrongly."""
        url = httpx.URL(self.address(server))
        unknown = self.made(server, folder, ca_certificate=certificates.authority_pem)
        return Variants(
            port=url.port or 0,
            by_port=lambda port: self.made(server, folder, url=str(url.copy_with(port=port))),
            wrong_secret=self.made(server, folder, password="not-this-secret"),
            secrets=("not-this-secret", server.password),
            unknown_identity=unknown if url.scheme == "https" else None,
            missing_directory=self.made(server, folder, directory="not there"),
        )

    def address(self, server: Running) -> str:
        """Return the address that is tested."""
        return server.url

    def made(self, server: Running, folder: Path, **fields: Any) -> WebdavServer:
        """Return the endpoint, some of its fields changed."""
        return block(server, **{"directory": folder.name} | fields)


class TestWsgidav(WebdavContract):
    """WsgiDAV over http."""

    @pytest.fixture
    def server(self, wsgidav: RunningWebdav) -> Running:
        """Return the server."""
        return wsgidav


class TestApache(WebdavContract):
    """Apache over https."""

    @pytest.fixture
    def server(self, apache: RunningApache) -> Running:
        """Return the server."""
        return apache

    def address(self, server: Running) -> str:
        """Return the https address."""
        assert isinstance(server, RunningApache)
        return server.tls_url

    def made(self, server: Running, folder: Path, **fields: Any) -> WebdavServer:
        """Return the endpoint with its authority pinned."""
        assert isinstance(server, RunningApache)
        pinned = {
            "url": server.tls_url,
            "ca_certificate": server.certificates.authority_pem,
        }
        return super().made(server, folder, **pinned | fields)


def test_a_server_that_cuts_names_is_found_out_before_a_file_gets_a_wrong_one(
    tmp_path: Path,
) -> None:
    with webdav_server(tmp_path / "data", mended=False) as server:
        driver = WebdavDriver(block(server))
        driver.write("here", [b"x"], 1)
        with pytest.raises(NameNotAllowed, match=r"cuts names at \?"):
            driver.rename("here", "Rückfrage?.xml")
        assert [path.name for path in server.root.iterdir()] == ["here"]

        driver.rename("here", "Bauantrag;Version=2.xml")
        assert [path.name for path in server.root.iterdir()] == ["Bauantrag;Version=2.xml"]
        driver.close()


def race(drivers: list[WebdavDriver], attempt: Any) -> list[Any]:
    """Let every driver try at the same moment; an error of the endpoint is its result."""
    start, results = threading.Barrier(len(drivers)), []

    def run(number: int) -> None:
        start.wait()
        try:
            results.append(attempt(drivers[number], number))
        except EndpointError as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(drivers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def rivals(endpoint: WebdavServer) -> Iterator[list[WebdavDriver]]:
    drivers = [WebdavDriver(endpoint) for _ in range(4)]
    yield drivers
    for driver in drivers:
        driver.close()


def test_of_many_that_create_one_name_one_succeeds(
    rivals: list[WebdavDriver], folder: Path
) -> None:
    for round_number in range(15):
        name = f"{round_number}.lock"
        results = race(
            rivals, lambda driver, number, name=name: driver.create(name, b"%d" % number)
        )
        assert results.count(True) == 1
        assert all(isinstance(one, bool | Unreachable) for one in results)
    assert len(list(folder.iterdir())) == 15


def test_of_many_that_rename_to_one_name_one_succeeds_and_no_file_is_lost(
    rivals: list[WebdavDriver], folder: Path
) -> None:
    for round_number in range(15):
        for number, driver in enumerate(rivals):
            driver.write(f"{round_number}-{number}", [b"%d" % number], 1)

        def attempt(driver: WebdavDriver, number: int, to: str = f"{round_number}.xml") -> bool:
            driver.rename(f"{to.removesuffix('.xml')}-{number}", to)
            return True

        results = race(rivals, attempt)
        assert results.count(True) == 1
        assert all(
            one is True or isinstance(one, AlreadyThere | Locked | Unreachable) for one in results
        )
    assert len(list(folder.iterdir())) == 15 * len(rivals)


def test_a_guard_that_a_crash_left_is_not_in_the_way_for_ever(
    driver: WebdavDriver, folder: Path
) -> None:
    digest = hashlib.sha256(b"a.lock").hexdigest()[:16]
    guard = folder / f"{GUARD}{digest}"
    guard.mkdir()
    assert driver.create("a.lock", b"") is False

    os.utime(guard, (0, 0))
    assert driver.create("a.lock", b"") is True
    assert [path.name for path in folder.iterdir()] == ["a.lock"]


def test_a_directory_is_never_replaced_by_a_file(driver: WebdavDriver, folder: Path) -> None:
    (folder / "archive").mkdir()
    (folder / "archive" / "kept.xml").write_bytes(b"kept")
    driver.write("new", [b"x"], 1)

    with pytest.raises(AlreadyThere):
        driver.replace("new", "archive")
    assert (folder / "archive" / "kept.xml").read_bytes() == b"kept"


def test_a_listing_of_ten_thousand_files_is_complete(endpoint: WebdavServer, folder: Path) -> None:
    for number in range(10_000):
        (folder / f"Antrag {number} ü.xml").touch()
    # WsgiDAV says nothing until it has looked at every file.
    patient = endpoint.model_copy(update={"idle_seconds": 60})
    with patient.connect() as connection:
        names = {file.name for file in connection.list_files("", recursive=False)}
    assert names == {f"Antrag {number} ü.xml" for number in range(10_000)}


def test_a_wrong_password_is_refused_and_not_told(server: Running) -> None:
    with pytest.raises(AccessRefused, match="login") as caught:
        reached(block(server, password="not-this-secret"))
    assert "not-this-secret" not in str(caught.value)


def test_a_wrong_address_or_directory_is_told(server: Running) -> None:
    with pytest.raises(DirectoryMissing, match="base directory"):
        reached(block(server, directory="not there"))
    with pytest.raises(DirectoryMissing):
        reached(block(server), "not there")


def test_an_unknown_certificate_is_refused_until_pinned(
    certificates: Certificates, tmp_path: Path
) -> None:
    with webdav_server(tmp_path / "data", certificates=certificates) as server:
        with pytest.raises(IdentityUnknown, match="CA certificate"):
            reached(block(server))
        pinned = block(server, ca_certificate=certificates.authority_pem)
        assert "0 files" in reached(pinned)


class Elsewhere(BaseHTTPRequestHandler):
    """Sends every request on to another host name, and notes who came with a password."""

    logins: list[str | None]
    location: str
    body = b""
    status = 302

    def do_PROPFIND(self) -> None:
        """Note the login and answer."""
        # Closing with a request unread resets the line, and the answer is lost with it.
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.logins.append(self.headers["Authorization"])
        self.send_response(self.status)
        self.send_header("Location", self.location)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def elsewhere() -> Iterator[tuple[type[Elsewhere], str]]:
    handler = type("Here", (Elsewhere,), {"logins": [], "location": ""})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield handler, f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_redirect_is_told_and_takes_no_password_along(
    elsewhere: tuple[type[Elsewhere], str],
) -> None:
    handler, address = elsewhere
    handler.location = f"http://localhost:{address.rpartition(':')[2]}/stolen"

    with pytest.raises(NotSupported, match="http://localhost"):
        reached(WebdavServer(url=f"http://{address}/dav", user="a", password=SecretStr("b")))
    assert len(handler.logins) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>Anmeldung</html>", NotSupported),
        (
            b'<!DOCTYPE m [<!ENTITY a "x">]><multistatus xmlns="DAV:">&a;</multistatus>',
            NotSupported,
        ),
        (b'<multistatus xmlns="DAV:"><response><href>' + b"a" * 100_000, NotSupported),
        (b'<multistatus xmlns="DAV:"><response><href>/dav/</hr', Unreachable),
    ],
)
def test_an_answer_that_is_no_listing_is_told(
    elsewhere: tuple[type[Elsewhere], str], body: bytes, error: type[EndpointError]
) -> None:
    handler, address = elsewhere
    handler.status, handler.body = 207, body
    with pytest.raises(error):
        reached(WebdavServer(url=f"http://{address}/dav"))


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/dav"
        with pytest.raises(Unreachable):
            reached(WebdavServer(url=url, idle_seconds=0.3))


def test_a_weak_entity_tag_is_the_same_as_the_strong_one() -> None:
    def read(tag: str) -> str:
        listing = Multistatus()
        listing.feed(
            f'<multistatus xmlns="DAV:"><response><href>http://host/a%2520b</href><propstat><prop><getetag>'
            f"{tag}</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>".encode()
        )
        (resource,) = listing.close()
        assert resource.path == "/a%20b"
        return resource.etag

    assert read('W/"1-2"') == read('"1-2"') == '"1-2"'


@pytest.mark.parametrize(
    "url", ["ftp://host/", "host/dav", "https://user:pw@host/", "https://host/?a=b", "https://"]
)
def test_the_address_is_checked_in_the_form(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        WebdavServer(url=url)


def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    with webdav_server(tmp_path) as gone:
        endpoint = block(gone)
    with pytest.raises(Unreachable):
        reached(endpoint)
