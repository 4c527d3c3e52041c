"""A throw-away PostgreSQL cluster of the machine's own packages, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemons import daemon_or_skip, free_port

SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that can be taken away and given back.

    Attributes:
        directory: of its data and socket.
        program: pg_ctl.
        port: on 127.0.0.1.
        settings: of the server.
    """

    directory: Path
    program: str
    port: int
    settings: tuple[str, ...]

    @property
    def url(self) -> str:
        """SQLAlchemy URL."""
        return f"postgresql+psycopg://hub@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"-c {one}" for one in (*self.settings, "listen_addresses=127.0.0.1")]
        options = " ".join(
            (f"-p {self.port} -c unix_socket_directories={self.directory}", *settings)
        )
        self._control("-w", "-l", str(self.directory / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End the server at once, as a crash does."""
        self._control("-m", "immediate", "stop")

    def create(self) -> None:
        """Make the empty databases."""
        initdb = str(Path(self.program).with_name("initdb"))
        self._run(initdb, "-D", str(self.directory / "data"), "-U", "hub", "--auth=trust")

    def _control(self, *arguments: str) -> None:
        self._run(self.program, "-D", str(self.directory / "data"), *arguments)

    def _run(self, *command: str) -> None:
        unprivileged = _unprivileged(self.directory)
        subprocess.run(
            [*unprivileged, *command], check=True, capture_output=True, cwd=self.directory
        )


@contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """Start a cluster on a free port; gone afterwards.

    Args:
        settings: of the server; by default a commit is what it is in production.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    program = daemon_or_skip("postgresql", str(binaries[-1]) if binaries else "pg_ctl")
    directory = Path(tempfile.mkdtemp(prefix="govmanager-pg-"))
    found = Cluster(directory, program, free_port(), settings)
    try:
        found.create()
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(directory)


@contextmanager
def postgres() -> Iterator[str]:
    """Start a cluster on a free port and yield its SQLAlchemy URL; gone afterwards."""
    with cluster(*SPEED) as running:
        yield running.url


def _unprivileged(directory: Path) -> list[str]:
    # initdb refuses to run as root.
    if os.geteuid():
        return []
    user = pwd.getpwnam("postgres")
    os.chown(directory, user.pw_uid, user.pw_gid)
    return ["runuser", "-u", "postgres", "--"]
