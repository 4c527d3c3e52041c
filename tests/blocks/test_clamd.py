"""The virus scanner: a real clamd, and ones that hang or die."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from blocks.clamd import VirusScanner
from tests.servers.clamd import EICAR, MOST, NAME, RunningClamd, clamd_server
from tests.servers.daemons import free_port
from transforms.errors import Unreachable


@pytest.fixture(scope="module")
def server() -> Iterator[RunningClamd]:
    with clamd_server() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "antrag.xml"
    path.write_bytes(b"<Antrag/>")
    return path


@pytest.fixture(params=["tcp", "socket"])
def scanner(request: pytest.FixtureRequest, server: RunningClamd) -> VirusScanner:
    if request.param == "tcp":
        return VirusScanner(port=server.port)
    return VirusScanner(socket_path=server.socket_path)


def test_clean_and_infected(scanner: VirusScanner, file: Path) -> None:
    assert scanner.scan(file) == ""
    file.write_bytes(b"")
    assert scanner.scan(file) == ""
    file.write_text(EICAR)
    assert scanner.scan(file).removesuffix(".UNOFFICIAL") == NAME
    file.write_bytes(b"x" * (3 << 20) + EICAR.encode())
    assert scanner.scan(file).removesuffix(".UNOFFICIAL") == NAME


def test_it_says_who_it_is(scanner: VirusScanner) -> None:
    assert scanner.check().startswith("ClamAV ")


def test_what_is_too_large_is_not_called_clean(scanner: VirusScanner, file: Path) -> None:
    with file.open("wb") as large:
        large.truncate((MOST + 5) << 20)
    with pytest.raises(Unreachable) as caught:
        scanner.scan(file)
    assert "clean" not in str(caught.value)


@contextmanager
def listener(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen, and let `answer` deal with the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def _drained(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass


def test_one_that_hangs_is_given_up(file: Path) -> None:
    with listener(_drained) as port, pytest.raises(Unreachable, match="timed out"):
        VirusScanner(port=port, idle_seconds=0.2).scan(file)


def test_one_that_trickles_is_given_up(file: Path) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.settimeout(0.05)
        try:
            while True:
                connection.sendall(b"x")
                try:
                    if not connection.recv(1 << 16):
                        return
                except TimeoutError:
                    continue
        except OSError:
            return

    with listener(trickle) as port, pytest.raises(Unreachable, match="virus scanner fails"):
        VirusScanner(port=port, idle_seconds=5, total_seconds=0.5).scan(file)


@pytest.mark.parametrize("said", [b"", b"stream: ", b"stream: Can't open file ERROR\0", b"UNKNOWN"])
def test_what_gives_no_verdict_is_not_clean(file: Path, said: bytes) -> None:
    def half(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(said)

    with listener(half) as port, pytest.raises(Unreachable):
        VirusScanner(port=port).scan(file)


def test_one_that_is_away(file: Path, tmp_path: Path) -> None:
    for scanner in (
        VirusScanner(port=free_port()),
        VirusScanner(socket_path=str(tmp_path / "none")),
    ):
        with pytest.raises(Unreachable, match="virus scanner fails"):
            scanner.scan(file)
