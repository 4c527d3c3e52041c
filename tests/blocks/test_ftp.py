"""FTP keeps the contract: vsftpd over TLS, pyftpdlib in clear text through a proxy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from blocks.ftp import FtpServer, Security
from tests.blocks.contract.network import Variants
from tests.blocks.endpoint_contract import BackDoor, EndpointContract, FolderDoor, NetworkContract
from tests.servers.ftp import RunningFtp, ftp_server
from tests.servers.vsftpd import vsftpd_server


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


class TestVsftpd(EndpointContract):
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


class TestPyftpdlib(EndpointContract):
    """In clear text, with MLSD."""

    @pytest.fixture
    def door(self, plain: RunningFtp) -> BackDoor:
        """Return the back door."""
        return FolderDoor(plain.root)

    @pytest.fixture
    def endpoint(self, plain: RunningFtp) -> FtpServer:
        """Return the endpoint on the emptied server."""
        empty(plain.root)
        return server_at(plain)
