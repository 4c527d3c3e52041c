"""A real Prefect server with all its services, for what the test harness leaves out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from tests.servers.stack import running_stack

ROOT = Path(__file__).resolve().parents[2]

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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server on a database of its own, with two blocks that transfers may name."""
    with running_stack(tmp_path_factory.mktemp("prefect")) as stack:
        stack.wait_until_ready()
        with temporary_settings({PREFECT_API_URL: stack.api}):
            for name in ("kombox", "gnap03"):
                Secret(value=SecretStr("only its name matters")).save(name)
        yield Server(stack.api, {**stack.environment(), "PWD": str(ROOT)})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a directory with the files of two transfers."""
    for name in ("NOLIS an KOMBOX", "NOLIS an MAIL"):
        file = tmp_path / "transfers" / f"{name.rpartition(' ')[2].lower()}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(TRANSFER.format(name=name), encoding="utf-8")
    return tmp_path / "transfers"
