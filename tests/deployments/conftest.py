"""A real Prefect server with all its services, for what the test harness leaves out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120

TRANSFER = """\
name: {name}
group: NOLIS
kdnr: "0100"
schedules:
  - cron: 0/5 * ? * *
  - cron: 30 6 * * *
    slug: morning
source:
  endpoint: secret/kombox
  directory: eingang
recipients:
  - name: Bauamt
    targets:
      - endpoint: secret/gnap03
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its API, and the environment of commands that talk to it."""

    url: str
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a module of this Python in the project directory and wait for its end."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the Prefect server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server on a database of its own, with two blocks that transfers may name."""
    home = tmp_path_factory.mktemp("prefect")
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "GOVMANAGER_HOME": str(home / "hub"),
        "PWD": str(ROOT),
    }
    environment.pop("PREFECT_TEST_MODE", None)
    start = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*start, "--port", str(port)],
            cwd=home,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_health(url, process, log)
        with temporary_settings({PREFECT_API_URL: url}):
            for name in ("kombox", "gnap03"):
                Secret(value=SecretStr("only its name matters")).save(name)
        yield Server(url, environment)
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a directory with the files of two transfers."""
    for name in ("NOLIS an KOMBOX", "NOLIS an MAIL"):
        file = tmp_path / "transfers" / f"{name.rpartition(' ')[2].lower()}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(TRANSFER.format(name=name), encoding="utf-8")
    return tmp_path / "transfers"
