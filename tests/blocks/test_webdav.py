"""WebDAV against WsgiDAV, a real Apache and a real nginx: the contract, and its own pitfalls."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from pydantic import SecretStr

from blocks.dav_driver import GUARD, WebdavDriver
from blocks.endpoint import AfterPickup, Connection, Endpoint, Locking, RemoteFile
from blocks.file_target import chunks_of
from blocks.multistatus import Multistatus
from blocks.webdav import Kind, Login, WebdavServer
from tests.blocks.contract.crash import CrashContract
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import Fixtures, parcel_of, reached
from tests.blocks.contract.source import AcknowledgeContract, ListingContract
from tests.blocks.contract.target import AppendContract, DeliveryContract, NamesContract
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    NetworkContract,
)
from tests.servers.apache import RunningApache, apache_server
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.nextcloud_like import NextcloudLike
from tests.servers.nginx import RunningNginx, nginx_server
from tests.servers.proxy import Proxy, proxy_to
from tests.servers.webdav import RunningWebdav, webdav_server
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DefinitionWrong,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

Running = RunningWebdav | RunningApache | RunningNginx


@pytest.fixture(scope="module")
def wsgidav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWebdav]:
    with webdav_server(tmp_path_factory.mktemp("webdav") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def apache() -> Iterator[RunningApache]:
    with apache_server() as server:
        yield server


@pytest.fixture(scope="module")
def nginx() -> Iterator[RunningNginx]:
    with nginx_server() as server:
        yield server


@pytest.fixture(params=["wsgidav", "apache", "nginx"])
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
    driver = endpoint.driver()
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


class WebdavFixtures(Fixtures):
    """What the contract asks for, as far as it is the same for all servers."""

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
            by_port=lambda port: self.made(
                server,
                folder,
                url=str(url.copy_with(port=port)),
                connect_seconds=0.4,
                idle_seconds=0.4,
            ),
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


class TestWsgidav(
    WebdavFixtures,
    ListingContract,
    AcknowledgeContract,
    NamesContract,
    DeliveryContract,
    AppendContract,
    CrashContract,
):
    """WsgiDAV over http: what needs no Apache, and where servers differ."""

    @pytest.fixture
    def server(self, wsgidav: RunningWebdav) -> Running:
        """Return the server."""
        return wsgidav


class TestApache(WebdavFixtures, EndpointContract, NetworkContract):
    """Apache over https."""

    seconds = 0.4

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


class TestNginx(WebdavFixtures, ListingContract, AcknowledgeContract, NamesContract):
    """nginx over http: names and renaming, where servers differ."""

    @pytest.fixture
    def server(self, nginx: RunningNginx) -> Running:
        """Return the server."""
        return nginx

    def carries(self, name: str) -> bool:
        """Tell whether nginx lists it: hidden files it leaves out."""
        return not name.startswith(".")


def test_a_server_that_cuts_names_is_found_out_before_a_file_gets_a_wrong_one(
    tmp_path: Path,
) -> None:
    with webdav_server(tmp_path / "data", mended=False) as server:
        driver = block(server).driver()
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
    drivers = [endpoint.driver() for _ in range(4)]
    yield drivers
    for driver in drivers:
        driver.close()


def test_of_many_that_create_one_name_one_succeeds(
    rivals: list[WebdavDriver], folder: Path
) -> None:
    for round_number in range(8):
        name = f"{round_number}.lock"
        results = race(
            rivals, lambda driver, number, name=name: driver.create(name, b"%d" % number)
        )
        assert results.count(True) == 1
        assert all(isinstance(one, bool | Unreachable) for one in results)
    assert len(list(folder.iterdir())) == 8


def test_of_many_that_rename_to_one_name_one_succeeds_and_no_file_is_lost(
    rivals: list[WebdavDriver], folder: Path
) -> None:
    for round_number in range(8):
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
    assert len(list(folder.iterdir())) == 8 * len(rivals)


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


@pytest.mark.parametrize("server", ["apache"], indirect=True)
def test_a_listing_of_two_thousand_files_is_complete(endpoint: WebdavServer, folder: Path) -> None:
    for number in range(2_000):
        (folder / f"Antrag {number} ü.xml").touch()
    with endpoint.connect() as connection:
        names = {file.name for file in connection.list_files("", recursive=False)}
    assert names == {f"Antrag {number} ü.xml" for number in range(2_000)}


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


ONE_LINE = str.maketrans("\n", " ")


def test_a_server_that_asks_for_a_certificate_gets_the_hubs(
    apache: RunningApache, tmp_path: Path
) -> None:
    made = apache.certificates
    protected = load_pem_private_key(made.key.read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"not-this-secret")
    )
    own = {
        "url": apache.mutual_url,
        "ca_certificate": made.authority_pem,
        "client_certificate": made.certificate.read_text(),
        "client_key": made.key.read_text().translate(ONE_LINE),
    }
    under_passphrase = own | {"client_key": protected.decode()}
    folder = folder_of(apache)
    (folder / "a.xml").write_bytes(b"x")

    for good in (own, under_passphrase | {"client_passphrase": "not-this-secret"}):
        assert "1 file" in reached(block(apache, directory=folder.name, **good))
    stranger = make_certificates(tmp_path)
    strange = {
        "client_certificate": stranger.certificate.read_text(),
        "client_key": stranger.key.read_text(),
    }
    for bad in (own | {"client_certificate": ""}, own | strange):
        with pytest.raises(AccessRefused, match="client certificate"):
            reached(block(apache, **bad))
    for wrong in (own | {"client_key": strange["client_key"]}, under_passphrase):
        with pytest.raises(DefinitionWrong, match="belong together") as caught:
            reached(block(apache, **wrong))
        assert not any(line in str(caught.value) for line in wrong["client_key"].splitlines())


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
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
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


# -- Nextcloud -----------------------------------------------------------------------------------


@contextmanager
def nextcloud(place: Path, **limits: int) -> Iterator[tuple[RunningWebdav, NextcloudLike]]:
    """Run what is like a Nextcloud."""
    made: list[NextcloudLike] = []

    def before(app: WSGIApplication) -> WSGIApplication:
        made.append(NextcloudLike(app, place / "data", **limits))
        return made[0]

    with webdav_server(place / "data", before=before) as server:
        yield server, made[0]


def test_a_cloud_needs_only_the_servers_address(tmp_path: Path) -> None:
    with nextcloud(tmp_path) as (server, _):
        address = str(httpx.URL(server.url).join("/")).rstrip("/")
        for ending in ("", "/", "/remote.php/webdav", "/remote.php/dav/files/other"):
            assert "0 files" in reached(block(server, kind=Kind.NEXTCLOUD, url=address + ending))
        assert "0 files" in reached(block(server, kind=Kind.OWNCLOUD, url=address))
        with pytest.raises(DirectoryMissing):
            reached(block(server, kind=Kind.OWNCLOUD, url=address, account="a b/c"))


def test_a_cloud_needs_an_account() -> None:
    with pytest.raises(ValueError, match="account"):
        WebdavServer(kind=Kind.NEXTCLOUD, url="https://cloud.example")


def test_a_large_file_goes_up_in_pieces(tmp_path: Path) -> None:
    content = secrets.token_bytes((10 << 20) + 1)
    parcel = parcel_of(tmp_path, content, "Luftbild #1 ö.tif", directory="ein #2")
    with nextcloud(tmp_path, most=5 << 20) as (server, cloud):
        (server.root / "ein #2").mkdir()
        endpoint = block(server, kind=Kind.NEXTCLOUD, piece_mebibytes=5)
        with endpoint.connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
        assert (server.root / "ein #2" / "Luftbild #1 ö.tif").read_bytes() == content
        assert len(list((server.root / "ein #2").iterdir())) == 1
        assert [one.partition(" ")[0] for one in cloud.requests] == ["MKCOL", *["PUT"] * 3, "MOVE"]


@pytest.mark.parametrize(
    ("limit", "error"),
    [({"most": 1 << 20}, NotSupported), ({"left": 6 << 20}, SpaceExhausted)],
    ids=["size of a request", "quota"],
)
def test_pieces_without_room_are_taken_away_again(
    tmp_path: Path, limit: dict[str, int], error: type[EndpointError]
) -> None:
    parcel = parcel_of(tmp_path, bytes(7 << 20), "a.bin")
    with nextcloud(tmp_path, **limit) as (server, cloud):
        endpoint = block(server, kind=Kind.NEXTCLOUD, piece_mebibytes=5)
        with endpoint.connect() as connection, pytest.raises(error) as caught:
            connection.stage(parcel)
        assert caught.value.remedy
        assert list(server.root.iterdir()) == []
        assert cloud.requests[-1].startswith("DELETE")


def test_a_name_that_a_cloud_keeps_for_itself_is_told(tmp_path: Path) -> None:
    parcel = parcel_of(tmp_path, name="a.part")
    with nextcloud(tmp_path) as (server, _):
        endpoint = block(server, kind=Kind.NEXTCLOUD)
        with endpoint.connect() as connection, pytest.raises(NameNotAllowed, match="name"):
            connection.publish(parcel, connection.stage(parcel))


# -- login ---------------------------------------------------------------------------------------


def test_login_by_digest(tmp_path: Path) -> None:
    parcel = parcel_of(tmp_path, bytes(1 << 20), "a.bin")
    with webdav_server(tmp_path / "data") as server:
        with block(server, login=Login.DIGEST).connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
            assert connection.fetch(one_of(connection), tmp_path / "to") == parcel.fingerprint
        with pytest.raises(AccessRefused, match="login"):
            reached(block(server, login=Login.DIGEST, password="not-this-secret"))


def test_login_by_token(tmp_path: Path) -> None:
    seen: list[str] = []

    def before(app: WSGIApplication) -> WSGIApplication:
        def checked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            seen.append(environ.get("HTTP_AUTHORIZATION", ""))
            environ["HTTP_AUTHORIZATION"] = "Basic aHViOmh1Yi1wYXNzd29yZA=="
            return app(environ, start_response)

        return checked

    with webdav_server(tmp_path / "data", before=before) as server:
        assert "0 files" in reached(block(server, login=Login.BEARER, user="", password="abc.def"))
    assert set(seen) == {"Bearer abc.def"}


# -- bodies --------------------------------------------------------------------------------------


def test_a_large_body_without_an_announced_length_arrives_whole(tmp_path: Path) -> None:
    content = secrets.token_bytes(3 << 20)

    def before(app: WSGIApplication) -> WSGIApplication:
        def chunked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                is_whole = environ["REQUEST_METHOD"] == "GET"
                kept = [one for one in headers if not is_whole or one[0] != "Content-Length"]
                return start_response(status, kept, *rest)

            return app(environ, start)

        return chunked

    with webdav_server(tmp_path / "data", before=before) as server:
        (server.root / "a.bin").write_bytes(content)
        with block(server).connect() as connection:
            connection.fetch(one_of(connection), tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == content


# -- LOCK ----------------------------------------------------------------------------------------


def one_of(connection: Connection) -> RemoteFile:
    """Return the only file."""
    (file,) = connection.list_files("", recursive=False)
    return file


def test_an_owner_finds_its_own_lock_after_a_crash(endpoint: WebdavServer, folder: Path) -> None:
    if "nginx" in str(folder):
        pytest.skip("nginx forgets whose lock it is")
    (folder / "a ö.xml").write_bytes(b"x")
    (folder / "a ö.xml").chmod(0o666)
    with endpoint.connect() as crashed:
        file = one_of(crashed)
        assert crashed.lock(file, "hub <1> & co", Locking.SERVER_LOCK)
    with endpoint.connect() as theirs, endpoint.connect() as again:
        assert theirs.lock(file, "hub 2", Locking.SERVER_LOCK) is None
        with pytest.raises(Locked):
            theirs.acknowledge(file, AfterPickup.DELETE)
        assert again.lock(file, "hub <1> & co", Locking.SERVER_LOCK)
        again.acknowledge(file, AfterPickup.MOVE, "fertig")
        again.unlock(file, "hub <1> & co", Locking.SERVER_LOCK)
    assert (folder / "fertig" / "a ö.xml").read_bytes() == b"x"


def test_a_lock_that_is_given_back_is_gone(endpoint: WebdavServer, folder: Path) -> None:
    (folder / "a.xml").write_bytes(b"x")
    with endpoint.connect() as mine, endpoint.connect() as theirs:
        file = one_of(mine)
        assert mine.lock(file, "mine", Locking.SERVER_LOCK)
        mine.unlock(file, "mine", Locking.SERVER_LOCK)
        mine.unlock(file, "mine", Locking.SERVER_LOCK)
        assert theirs.lock(file, "theirs", Locking.SERVER_LOCK)
        theirs.unlock(file, "theirs", Locking.SERVER_LOCK)


def test_a_lock_on_nothing_creates_nothing(endpoint: WebdavServer, folder: Path) -> None:
    with endpoint.connect() as connection, pytest.raises(FileMissing):
        connection.lock(RemoteFile("a.xml", "a.xml", 0, None), "mine", Locking.SERVER_LOCK)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_is_replaced_under_a_lock(
    endpoint: WebdavServer, folder: Path, tmp_path: Path, *, overwrite: bool
) -> None:
    options = {"overwrite": overwrite, "locking": Locking.SERVER_LOCK}
    parcel = parcel_of(tmp_path, b"new", "a ö.xml", **options)
    if overwrite:
        (folder / "a ö.xml").write_bytes(b"old")
        (folder / "a ö.xml").chmod(0o666)
    with endpoint.connect() as mine, endpoint.connect() as theirs:
        staged = mine.stage(parcel)
        file = RemoteFile("a ö.xml", "a ö.xml", 3, None)
        if overwrite:
            assert theirs.lock(file, "theirs", Locking.SERVER_LOCK)
            with pytest.raises(Locked):
                mine.publish(parcel, staged)
            theirs.unlock(file, "theirs", Locking.SERVER_LOCK)
        mine.publish(parcel, staged)
        assert theirs.lock(file, "theirs", Locking.SERVER_LOCK), "the lock is still there"
        theirs.unlock(file, "theirs", Locking.SERVER_LOCK)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"new"]


def test_a_server_that_only_pretends_to_lock_is_told(tmp_path: Path) -> None:
    def before(app: WSGIApplication) -> WSGIApplication:
        def pretending(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != "LOCK":
                return app(environ, start_response)
            start_response("200 OK", [("Lock-Token", "<fake>"), ("Content-Length", "0")])
            return [b""]

        return pretending

    with webdav_server(tmp_path / "data", before=before) as server:
        (server.root / "a.xml").write_bytes(b"x")
        with block(server).connect() as connection, pytest.raises(NotSupported, match="LOCK"):
            connection.lock(one_of(connection), "mine", Locking.SERVER_LOCK)


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["list", "read", "write", "rename", "delete"])
@pytest.mark.parametrize("server", ["apache", "nginx"], indirect=True)
def test_what_the_account_may_not_do_is_told(
    driver: WebdavDriver, server: Running, folder: Path, verb: str
) -> None:
    # It answers 500 to this, which may be anything, so it is tried again.
    unclear = verb == "list" and isinstance(server, RunningNginx)
    inner = folder / "ein"
    inner.mkdir()
    (inner / "a.xml").write_bytes(b"x")
    (inner / "a.xml").chmod(0o000 if verb == "read" else 0o644)
    inner.chmod(0o000 if verb == "list" else 0o555)
    attempts: dict[str, Callable[[], object]] = {
        "list": lambda: list(driver.scan("ein")),
        "read": lambda: list(driver.read("ein/a.xml")),
        "write": lambda: driver.write("ein/b.xml", [b"x"], 1),
        "rename": lambda: driver.rename("ein/a.xml", "ein/b.xml"),
        "delete": lambda: driver.remove("ein/a.xml"),
    }
    try:
        with pytest.raises(Unreachable if unclear else AccessRefused, match="ein") as caught:
            attempts[verb]()
    finally:
        inner.chmod(0o755)
    assert caught.value.remedy
    assert [path.name for path in inner.iterdir()] == ["a.xml"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("507 Insufficient Storage", SpaceExhausted),
        ("423 Locked", Locked),
        ("503 Busy", Unreachable),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "MOVE"])
def test_a_refused_delivery_leaves_nothing_visible(
    tmp_path: Path, method: str, status: str, error: type[EndpointError]
) -> None:
    def before(app: WSGIApplication) -> WSGIApplication:
        def refusing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != method:
                return app(environ, start_response)
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response(status, [("Content-Length", "0")])
            return [b""]

        return refusing

    expected = DeliveryUnconfirmed if (method, error) == ("MOVE", Unreachable) else error
    parcel = parcel_of(tmp_path, b"x" * 100_000, "a.xml")
    with webdav_server(tmp_path / "data", before=before) as server:
        with block(server).connect() as connection, pytest.raises(expected) as caught:
            connection.publish(parcel, connection.stage(parcel))
        assert caught.value.remedy
        assert not (server.root / "a.xml").exists()


def test_a_file_that_one_request_cannot_carry_is_told(tmp_path: Path) -> None:
    parcel = parcel_of(tmp_path, bytes(4 << 20), "a.bin")
    with nginx_server(most="1m") as server:
        with block(server).connect() as connection, pytest.raises(NotSupported, match="size"):
            connection.stage(parcel)
        assert list(server.root.iterdir()) == []


def test_a_directory_in_a_files_place_is_told(
    endpoint: WebdavServer, folder: Path, tmp_path: Path
) -> None:
    (folder / "a.xml").write_bytes(b"x")
    with endpoint.connect() as connection:
        file = one_of(connection)
        (folder / "a.xml").unlink()
        (folder / "a.xml").mkdir()
        with pytest.raises(FileChanged):
            connection.fetch(file, tmp_path / "to")
        with pytest.raises(FileChanged):
            connection.acknowledge(file, AfterPickup.DELETE)
    assert (folder / "a.xml").is_dir()


def test_an_expired_certificate_is_told(tmp_path: Path) -> None:
    old = make_certificates(tmp_path / "tls", timedelta(days=3))
    with (
        webdav_server(tmp_path / "data", certificates=old) as server,
        pytest.raises(IdentityUnknown, match="expired"),
    ):
        reached(block(server, ca_certificate=old.authority_pem))


@pytest.mark.parametrize("way", ["down", "up"])
def test_a_server_that_is_killed_in_the_middle_leaves_nothing_half(
    tmp_path: Path, way: str
) -> None:
    parcel = parcel_of(tmp_path, bytes(16 << 20), "b.bin")
    with nginx_server() as server:
        (server.root / "a.bin").write_bytes(bytes(16 << 20))
        driver = block(server).driver()

        def passing(chunks: Iterable[bytes]) -> Iterator[bytes]:
            for number, chunk in enumerate(chunks):
                if number == 2:
                    server.kill()
                yield chunk

        attempts: dict[str, Callable[[], object]] = {
            "down": lambda: list(passing(driver.read("a.bin"))),
            "up": lambda: driver.write("b.bin", passing(chunks_of(parcel.path)), 16 << 20),
        }
        with pytest.raises(Unreachable, match=r"[ab]\.bin"):
            attempts[way]()
        with pytest.raises(Unreachable):
            driver.stat("a.bin")
        driver.close()
        assert [path.name for path in server.root.iterdir()] == ["a.bin"]


# -- limits that end -----------------------------------------------------------------------------


@pytest.fixture
def distant(nginx: RunningNginx) -> Iterator[tuple[WebdavDriver, Proxy]]:
    """Reach nginx through a proxy, with no limit that would end anything."""
    folder = folder_of(nginx)
    (folder / "a.bin").write_bytes(bytes(16 << 20))
    port = httpx.URL(nginx.url).port or 0
    with proxy_to(port) as proxy:
        url = nginx.url.replace(f":{port}", f":{proxy.port}")
        driver = block(nginx, url=url, directory=folder.name, idle_seconds=60).driver()
        assert driver.stat("a.bin")
        yield driver, proxy


@pytest.mark.parametrize(
    ("way", "fault"), [("down", Proxy.hang), ("down", Proxy.trickle), ("up", Proxy.hang)]
)
def test_closing_from_another_thread_wakes_a_transfer(
    distant: tuple[WebdavDriver, Proxy], way: str, fault: Callable[[Proxy], None]
) -> None:
    driver, proxy = distant
    under_way, results = threading.Event(), []

    def passing(chunks: Iterable[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks):
            if number == 1:
                fault(proxy)
                under_way.set()
            yield chunk

    def transfer() -> None:
        try:
            if way == "down":
                list(passing(driver.read("a.bin")))
            else:
                driver.write("b.bin", passing([bytes(1 << 16)] * 512), 32 << 20)
        except EndpointError as error:
            results.append(type(error))

    thread = threading.Thread(target=transfer)
    thread.start()
    under_way.wait()
    driver.close()
    thread.join(10)
    assert results == [Unreachable]
    with pytest.raises(Unreachable):
        driver.stat("a.bin")
