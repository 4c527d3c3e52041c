"""Connections are lent, used again, and no more of them are open than an endpoint allows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from blocks.endpoint import Connection
from blocks.local import LocalFolder
from blocks.pool import Pool
from blocks.sftp import SftpServer
from tests.servers.proxy import Proxy, proxy_to
from tests.servers.sftp import sftp_server
from transforms.errors import Unreachable


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SftpServer, Proxy]]:
    with (
        sftp_server(tmp_path_factory.mktemp("served")) as server,
        proxy_to(server.port) as proxy,
    ):
        block = SftpServer(
            host="127.0.0.1",
            port=proxy.port,
            user=server.user,
            password=SecretStr(server.password),
            host_key=server.host_key,
            queue_seconds=0,
        )
        yield block, proxy


@pytest.fixture
def endpoint(served: tuple[SftpServer, Proxy]) -> SftpServer:
    return served[0].model_copy()


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    pool = Pool(tmp_path / "places")
    yield pool
    pool.close_idle()


def lent(pool: Pool, endpoint: SftpServer) -> Connection:
    with pool.connection(endpoint) as connection:
        list(connection.list_files("", recursive=False))
        return connection


def test_a_connection_is_used_again(pool: Pool, endpoint: SftpServer) -> None:
    assert lent(pool, endpoint) is lent(pool, endpoint)


def test_a_block_that_was_changed_connects_anew(pool: Pool, endpoint: SftpServer) -> None:
    first = lent(pool, endpoint)
    changed = endpoint.model_copy(update={"directory": "."})
    assert lent(pool, changed) is not first


def test_what_failed_is_not_used_again(pool: Pool, endpoint: SftpServer) -> None:
    def fail() -> Connection:
        with pool.connection(endpoint) as connection:
            failed.append(connection)
            raise KeyError

    failed: list[Connection] = []
    with pytest.raises(KeyError):
        fail()
    assert lent(pool, endpoint) is not failed[0]


def test_what_has_died_meanwhile_is_opened_again(
    pool: Pool, served: tuple[SftpServer, Proxy]
) -> None:
    endpoint, proxy = served
    first = lent(pool, endpoint)
    proxy.cut()
    assert lent(pool, endpoint) is not first


def test_two_threads_never_share_one(pool: Pool, endpoint: SftpServer) -> None:
    both = threading.Barrier(2, timeout=20)
    seen: list[Connection] = []

    def use() -> None:
        with pool.connection(endpoint) as connection:
            seen.append(connection)
            both.wait()

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 2


def test_no_more_are_open_than_the_block_allows(tmp_path: Path, endpoint: SftpServer) -> None:
    endpoint.maximum_connections = 2
    first, second, third = (Pool(tmp_path / "places") for _ in range(3))
    with first.connection(endpoint):
        lent(second, endpoint)
        with pytest.raises(Unreachable, match="All 2 connections stay in use"):
            lent(third, endpoint)
        second.close_idle()
        lent(third, endpoint)
    first.close_idle()
    third.close_idle()


def test_whoever_waits_is_served_when_one_is_free(tmp_path: Path, endpoint: SftpServer) -> None:
    endpoint.maximum_connections, endpoint.queue_seconds = 1, 20
    pool, other = Pool(tmp_path / "places"), Pool(tmp_path / "places")
    served = threading.Event()

    def use() -> None:
        lent(other, endpoint)
        served.set()

    with pool.connection(endpoint):
        waiting = threading.Thread(target=use)
        waiting.start()
    pool.close_idle()
    waiting.join(20)
    assert served.is_set()
    other.close_idle()


def test_whoever_waits_gives_back_what_is_idle(tmp_path: Path, endpoint: SftpServer) -> None:
    """Else two runs could wait for each other's connections."""
    endpoint.maximum_connections = 1
    elsewhere = endpoint.model_copy(update={"directory": "."})
    elsewhere._block_document_name = "elsewhere"
    pool, other = Pool(tmp_path / "places"), Pool(tmp_path / "places")
    lent(pool, endpoint)
    with other.connection(elsewhere):
        with pytest.raises(Unreachable):
            lent(pool, elsewhere)
        lent(other, endpoint)
    other.close_idle()


def test_the_places_of_a_dead_run_are_free(tmp_path: Path, endpoint: SftpServer) -> None:
    endpoint.maximum_connections = 1
    script = (
        "import sys, time, pathlib\n"
        "from blocks.local import LocalFolder\n"
        "from blocks.pool import Pool\n"
        "pool = Pool(pathlib.Path(sys.argv[1]))\n"
        "folder = LocalFolder(directory=sys.argv[1], maximum_connections=1)\n"
        "with pool.connection(folder):\n"
        "    print('open', flush=True)\n"
        "    time.sleep(60)\n"
    )
    folder = LocalFolder(directory=str(tmp_path), maximum_connections=1, queue_seconds=0)
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"open\n"
        pool = Pool(tmp_path)
        with pytest.raises(Unreachable), pool.connection(folder):
            pass
        run.kill()
        run.wait()
        with pool.connection(folder) as connection:
            assert connection.is_alive()
        pool.close_idle()
