"""What tests of servers need: a free port, patience, a clear word when a daemon is missing."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


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


def eventually(look: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """Ask again until there is an answer; fail with what was waited for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (answer := look()) is not None:
            return answer
        time.sleep(0.2)
    return pytest.fail(f"waited {seconds} s for {what}")
