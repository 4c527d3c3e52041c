"""FTP keeps the contract: vsftpd over TLS, pyftpdlib in clear text through a proxy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from blocks.endpoint import AfterPickup, Connection, Parcel, Receipt
from blocks.ftp import FtpServer, Security
from blocks.ftp_driver import GUARD, GUARD_SECONDS
from blocks.ftp_listing import UnreadableListing, list_entry
from blocks.names import Encoding
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import listed, one, parcel_of, reached
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    NetworkContract,
    RefusalContract,
)
from tests.servers.ftp import RunningFtp, ftp_proxy_to, ftp_server
from tests.servers.proxy import Proxy
from tests.servers.vsftpd import vsftpd_server
from transforms.errors import (
    AccessRefused,
    EndpointError,
    IdentityUnknown,
    Locked,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)


def server_at(server: RunningFtp, **fields: Any) -> FtpServer:
    """Return the endpoint on a server."""
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "password": SecretStr(server.password),
        "security": Security.EXPLICIT_TLS if server.authority else Security.NONE,
        "ca_certificate": server.authority,
        "directory": "data" if server.user == "anonymous" else "",
    }
    return FtpServer(**given | fields)


def empty(root: Path) -> None:
    """Remove everything in a directory."""
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.fixture(scope="module")
def vsftpd() -> Iterator[RunningFtp]:
    """Run one vsftpd for all tests; each finds it empty."""
    with vsftpd_server() as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[RunningFtp]:
    """Run one pyftpdlib for all tests; each finds it empty."""
    with ftp_server() as server:
        yield server


class TestVsftpd(EndpointContract, RefusalContract):
    """Over explicit TLS, below a base directory."""

    @pytest.fixture
    def door(self, vsftpd: RunningFtp) -> BackDoor:
        """Return the back door."""
        return FolderDoor(vsftpd.root)

    @pytest.fixture
    def endpoint(self, vsftpd: RunningFtp) -> FtpServer:
        """Return the endpoint on the emptied server."""
        empty(vsftpd.root)
        return server_at(vsftpd)


class TestPyftpdlib(EndpointContract, NetworkContract, RefusalContract):
    """In clear text, with MLSD."""

    def excused(self, test: str) -> str:
        """Excuse it from saying that its disk is full."""
        return "pyftpdlib aborts without a reason, or says nothing" if "full_disk" in test else ""

    def proxied(self, port: int) -> AbstractContextManager[Proxy]:
        """Lead data connections through the proxy too."""
        return ftp_proxy_to(port)

    @pytest.fixture
    def door(self, plain: RunningFtp) -> BackDoor:
        """Return the back door."""
        return FolderDoor(plain.root)

    @pytest.fixture
    def endpoint(self, plain: RunningFtp) -> FtpServer:
        """Return the endpoint on the emptied server."""
        empty(plain.root)
        return server_at(plain)

    @pytest.fixture
    def variants(self, plain: RunningFtp, endpoint: FtpServer) -> Variants:
        """Return the endpoint, set up wrongly."""
        assert endpoint.port == plain.port
        return Variants(
            port=plain.port,
            by_port=lambda port: server_at(plain, port=port),
            wrong_secret=server_at(plain, password=SecretStr("wr0ng-s3cret")),
            secrets=("wr0ng-s3cret", plain.password),
            unknown_identity=None,
            missing_directory=server_at(plain, directory="gibt es nicht"),
        )


def test_what_the_account_may_not_do_is_refused(tmp_path: Path) -> None:
    with ftp_server(permissions="el") as server:
        (server.root / "a.xml").write_bytes(b"A")
        with server_at(server).connect() as connection:
            file = one(connection, "a.xml")
            for act in (
                lambda: connection.fetch(file, tmp_path / "to"),
                lambda: connection.stage(parcel_of(tmp_path)),
                lambda: connection.acknowledge(file, AfterPickup.DELETE),
                lambda: connection.acknowledge(file, AfterPickup.MOVE, "fertig"),
            ):
                with pytest.raises(AccessRefused) as caught:
                    act()
                assert server.password not in str(caught.value)
        assert (server.root / "a.xml").read_bytes() == b"A"


def _published(connection: Connection, parcel: Parcel) -> Receipt:
    return connection.publish(parcel, connection.stage(parcel))


@pytest.mark.parametrize("security", [Security.EXPLICIT_TLS, Security.IMPLICIT_TLS])
def test_an_unknown_certificate_is_refused_before_the_password(
    vsftpd: RunningFtp, security: Security
) -> None:
    options = ("implicit_ssl=YES",) if security is Security.IMPLICIT_TLS else ()
    with vsftpd_server(*options) as server:
        with pytest.raises(IdentityUnknown, match="not trusted"):
            reached(server_at(server, security=security, ca_certificate=vsftpd.authority))
        assert "SHA-256" in reached(server_at(server, security=security))


def test_an_expired_certificate_is_told() -> None:
    with (
        vsftpd_server(age=timedelta(days=3)) as server,
        pytest.raises(IdentityUnknown, match="expired") as caught,
    ):
        reached(server_at(server))
    assert server.password not in str(caught.value)


def test_a_server_without_tls_gets_no_password(plain: RunningFtp) -> None:
    endpoint = server_at(plain, security=Security.EXPLICIT_TLS)
    with pytest.raises(NotSupported) as caught, endpoint.connect():
        pass
    assert plain.password not in str(caught.value)


def test_a_server_that_demands_tls_refuses_clear_text() -> None:
    with ftp_server(tls=True) as server:
        reached(server_at(server))
        with pytest.raises(EndpointError) as caught:
            reached(server_at(server, security=Security.NONE))
    assert not isinstance(caught.value, Unreachable)


@pytest.mark.parametrize("encoding", [Encoding.CP1252, Encoding.LATIN_1])
def test_names_of_old_servers(tmp_path: Path, encoding: Encoding) -> None:
    name = "Gebührenbescheid.xml"
    with ftp_server(encoding=encoding) as server:
        endpoint = server_at(server, encoding=encoding)
        with endpoint.connect() as connection:
            _published(connection, parcel_of(tmp_path, b"x", endpoint.allowed_name(name)))
            assert listed(connection) == {name}
    assert endpoint.allowed_name("数.xml") == "_.xml"


@pytest.mark.parametrize("telnet", [False, True])
def test_the_byte_that_telnet_takes_for_a_command(tmp_path: Path, *, telnet: bool) -> None:
    with ftp_server(encoding="latin-1", telnet=telnet) as server:
        _there_and_back(
            server_at(server, encoding=Encoding.LATIN_1), server.root, tmp_path, "utf-8"
        )


def test_vsftpd_takes_that_byte_as_it_is(vsftpd: RunningFtp, tmp_path: Path) -> None:
    empty(vsftpd.root)
    endpoint = server_at(vsftpd, encoding=Encoding.LATIN_1)
    _there_and_back(endpoint, vsftpd.root, tmp_path, "latin-1")


def _there_and_back(endpoint: FtpServer, root: Path, place: Path, kept: str) -> None:
    """Deliver, list, fetch and delete names with the byte 255; the server keeps them as `kept`."""
    names = {"Straße ÿ.xml", "ÿÿü.xml", "ÿ"}
    with endpoint.connect() as connection:
        for name in names:
            _published(connection, parcel_of(place, name.encode(), name))
        assert {os.fsencode(path.name) for path in root.iterdir()} == {
            name.encode(kept) for name in names
        }
        assert listed(connection) == names
        for file in list(connection.list_files("", recursive=False)):
            connection.fetch(file, place / file.name)
            assert (place / file.name).read_text() == file.name
            connection.acknowledge(file, AfterPickup.DELETE)
    assert not list(root.iterdir())


def test_a_quota_that_is_used_up_is_told(tmp_path: Path) -> None:
    def refuse(handler: Any, file: str, mode: str = "w") -> None:
        """Say what ProFTPD and Pure-FTPd say to a quota that is used up."""
        del file, mode
        handler.respond("552 Quota exceeded")

    with (
        ftp_server(ftp_STOR=refuse) as server,
        server_at(server).connect() as connection,
        pytest.raises(SpaceExhausted, match="Quota"),
    ):
        connection.stage(parcel_of(tmp_path))


def test_a_guard_of_a_dead_hub_is_lifted_in_the_end(plain: RunningFtp, tmp_path: Path) -> None:
    empty(plain.root)
    parcel = parcel_of(tmp_path, b"x", "a.xml")
    guard = plain.root / (GUARD + sha256(b"a.xml").hexdigest()[:16])
    with server_at(plain).connect() as connection:
        staged = connection.stage(parcel)
        guard.mkdir()
        with pytest.raises(Locked):
            connection.publish(parcel, staged)
        (mark,) = guard.iterdir()
        mark.rename(guard / str(int(mark.name) - GUARD_SECONDS - 1))
        connection.publish(parcel, staged)
    assert [path.name for path in plain.root.iterdir()] == ["a.xml"]


def test_a_listing_that_nobody_knows_is_an_error_and_not_an_empty_directory() -> None:
    for line in ("?rw 1 a.xml", "Nov 23 a.xml"):
        with pytest.raises(UnreadableListing):
            list_entry(line)
    windows = list_entry("11-23-26  08:50PM                   12  führend.xml")
    assert windows is not None
    assert windows.name == " führend.xml"
    unix = list_entry("-rw-r--r--    1 0        0               4 Nov 23 21:05  a -> b.xml")
    assert unix is not None
    assert unix.name == " a -> b.xml"
    assert list_entry("lrwxrwxrwx 1 0 0 4 Nov 23 21:05 a -> b") is None
    assert list_entry("total 8") is None
