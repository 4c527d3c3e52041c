"""A throw-away PostgreSQL cluster of the machine's own packages, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.daemons import daemon_or_skip, free_port

SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgres() -> Iterator[str]:
    """Start a cluster on a free port and yield its SQLAlchemy URL; gone afterwards."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    program = daemon_or_skip("postgresql", str(binaries[-1]) if binaries else "pg_ctl")
    directory = Path(tempfile.mkdtemp(prefix="govmanager-pg-"))
    port = free_port()
    unprivileged = _unprivileged(directory)
    data = directory / "data"

    def run(*command: str) -> None:
        subprocess.run([*unprivileged, *command], check=True, capture_output=True, cwd=directory)

    run(str(Path(program).with_name("initdb")), "-D", str(data), "-U", "hub", "--auth=trust")
    settings = [f"-c {setting}" for setting in (*SPEED, "listen_addresses=127.0.0.1")]
    options = " ".join((f"-p {port} -c unix_socket_directories={directory}", *settings))
    run(program, "-D", str(data), "-w", "-l", str(directory / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://hub@127.0.0.1:{port}/postgres"
    finally:
        run(program, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(directory)


def _unprivileged(directory: Path) -> list[str]:
    # initdb refuses to run as root.
    if os.geteuid():
        return []
    user = pwd.getpwnam("postgres")
    os.chown(directory, user.pw_uid, user.pw_gid)
    return ["runuser", "-u", "postgres", "--"]
