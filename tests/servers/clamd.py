"""A real clamd with one signature of its own: that of the harmless EICAR test file."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port

EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of the European Institute for Computer Antivirus Research; it does no harm."""
NAME = "Eicar.Pruefdatei"
MOST = 20
"""MiB that a file may have."""


@dataclass(frozen=True, slots=True)
class RunningClamd:
    """A virus scanner that answers; `process` may be ended at will."""

    port: int
    socket_path: str
    process: subprocess.Popen[bytes]


@contextmanager
def clamd_server() -> Iterator[RunningClamd]:
    """Start clamd without any signature from outside, until the context ends."""
    program = daemon_or_skip("clamav-daemon", "clamd")
    with TemporaryDirectory(prefix="clamd-") as name:
        root = Path(name)
        port, log = free_port(), root / "log"
        _write_signatures(root)
        (root / "clamd.conf").write_text(_configuration(root, port))
        command = [program, "--foreground", f"--config-file={root / 'clamd.conf'}"]
        with log.open("wb") as told:
            process = subprocess.Popen(command, stdout=told, stderr=told)
        try:
            wait_for_port(port, process, log)
            yield RunningClamd(port, str(root / "socket"), process)
        finally:
            process.kill()
            process.wait()


def _write_signatures(root: Path) -> None:
    database = root / "database"
    database.mkdir()
    content = EICAR.encode()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    (database / "own.hdb").write_text(f"{digest}:{len(content)}:{NAME}\n")
    (database / "own.ndb").write_text(f"{NAME}:0:*:{content.hex()}\n")


def _configuration(root: Path, port: int) -> str:
    lines = {
        "DatabaseDirectory": root / "database",
        "TCPSocket": port,
        "TCPAddr": "127.0.0.1",
        "LocalSocket": root / "socket",
        "StreamMaxLength": f"{MOST}M",
        "User": "root",
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())
