"""The hub's home directory on one machine: where the bytes of executions lie."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from uuid import uuid4


def home_name(home: Path) -> str:
    """Return the lasting name of a home directory, made at its first use.

    Whoever sees the directory sees the same name: all runs of a machine, and several machines
    that share a storage.

    Args:
        home: the directory; created if missing.

    Returns:
        The name of the machine that made it, and eight random digits.
    """
    file = home / "name"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f".name-{uuid4().hex}"
        fresh.write_text(f"{socket.gethostname()[:40]}-{uuid4().hex[:8]}", encoding="utf-8")
        try:
            # Of several runs that are first at once, one wins.
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text(encoding="utf-8")
