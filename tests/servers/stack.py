"""A Prefect server and whatever runs beside it, as processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import httpx

from tests.servers.daemons import free_port

STARTUP_SECONDS = 90
TEMPLATE = Path(__file__).parents[2] / f".govmanager/prefect-{version('prefect')}.sqlite"
"""An empty database of this version of Prefect: to make one takes longer than all else at start."""

USUAL_PORT = 4200


@dataclass
class Stack:
    """A Prefect server and a worker as child processes, with their logs below `home`.

    Attributes:
        home: directory of everything that is written.
        port: where API and UI are served on 127.0.0.1.
        has_ui: whether it serves the UI, too.
        processes: what was started, ended by its own process id.
    """

    home: Path
    port: int
    has_ui: bool
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """Path of the server's database."""
        return self.home / "prefect" / "prefect.db"

    @property
    def api(self) -> str:
        """URL of the Prefect API."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def ui(self) -> str:
        """URL of the Prefect UI."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        """Return the environment of server, worker and this process."""
        inherited = {key: value for key, value in os.environ.items() if key != "PREFECT_TEST_MODE"}
        return {
            **inherited,
            "PREFECT_PROFILES_PATH": str(self.home / "prefect" / "profiles.toml"),
            "PREFECT_HOME": str(self.home / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_UI_URL": self.ui,
            "PREFECT_SERVER_UI_API_URL": self.api,
            "PREFECT_SERVER_UI_ENABLED": str(self.has_ui).lower(),
            # Servers write to the directory they serve from: each needs one of its own.
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.home / "prefect" / "ui"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
            "GOVMANAGER_HOME": str(self.home / "hub"),
        }

    def start_worker(self) -> None:
        """Start a worker on the pool `govmanager`, which it creates if need be.

        Without `--limit`: Prefect 3.8's worker ends when a run is retried that still holds its
        place in the worker's own limit.
        """
        self.start("worker", "worker", "start", "--pool", "govmanager", "--type", "process")

    def start(self, name: str, *arguments: str) -> None:
        """Start one Prefect process; what it prints goes to `<home>/<name>.log`."""
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "prefect", *arguments],
                    env=self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def wait_until_ready(self) -> None:
        """Wait until the API answers.

        Raises:
            RuntimeError: it ended or did not answer in time; the message names its log.
        """
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline and self.processes[0].poll() is None:
            try:
                if self._is_ours():
                    if not TEMPLATE.exists():
                        _keep(self.database)
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        message = f"The Prefect server did not start; read {self.home / 'server.log'}"
        raise RuntimeError(message)

    def _is_ours(self) -> bool:
        """Tell whether what answers is our server, not one that was faster to take the port."""
        answer = httpx.get(f"{self.api}/admin/settings", timeout=5)
        return answer.is_success and answer.json()["home"] == str(self.home / "prefect")

    def stop(self) -> None:
        """End what was started, the worker first, each with its children."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def running_stack(home: Path, *, port: int = 0, has_ui: bool = False) -> Iterator[Stack]:
    """Start a Prefect server on a database of its own, and end whatever was started.

    It is still starting when the context begins: `wait_until_ready`.

    Args:
        home: directory of everything that is written.
        port: where to serve on 127.0.0.1; 0 takes a free one.
        has_ui: whether to serve the UI, too.
    """
    home.mkdir(parents=True, exist_ok=True)
    stack = Stack(home, port or free_port(), has_ui)
    with ExitStack() as cleanup:
        cleanup.callback(stack.stop)
        if TEMPLATE.exists():
            stack.database.parent.mkdir(exist_ok=True)
            shutil.copyfile(TEMPLATE, stack.database)
        stack.start("server", "server", "start", "--host", "127.0.0.1", "--port", str(stack.port))
        yield stack


def _keep(database: Path) -> None:
    TEMPLATE.parent.mkdir(exist_ok=True)
    copy = TEMPLATE.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(TEMPLATE)


def usual_port() -> int:
    """Return Prefect's usual port if nobody has it, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            return free_port()
    return USUAL_PORT
