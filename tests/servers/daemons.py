"""What tests of servers need: a free port, patience, a clear word when a daemon is missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

START_SECONDS = 30


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def daemon_or_skip(package: str, *programs: str) -> str:
    """Return the first of these programs that the machine has.

    A user's machine without it skips the test; in CI a missing daemon is a failure.
    """
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    for program in programs:
        if found := shutil.which(program, path=path):
            return found
    reason = f"{package} is not installed (apt install {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a daemon that was just started listens.

    Raises:
        RuntimeError: it ended, or did not come in time; what it wrote to its log is in the text.
    """
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            probe.settimeout(START_SECONDS)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    said = log.read_text() if log.exists() else ""
    message = f"{process.args!r} did not start: {said}"
    raise RuntimeError(message)


def eventually(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """Ask again until there is an answer; fail with what was waited for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (answer := look()) is not None:
            return answer
        time.sleep(0.2)
    return pytest.fail(f"waited {seconds} s for {what}")
