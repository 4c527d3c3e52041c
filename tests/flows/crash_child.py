"""A run that is killed at its n-th step towards the outside: commit, rename, link or removal.

Runs in a child of a fork server that has imported everything and opened nothing, so that a kill
costs a fraction of a second and is as real as any: SIGKILL, no clean-up, no exception.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.flows.office import start

WATCHED = frozenset({"os.rename", "os.link", "os.remove"})


def run_and_kill(run: UUID, api: str, root: str, kill_at: int, trail: str) -> None:
    """Work on a flow run and die before the step of this number, counted from 1.

    Args:
        run: the flow run.
        api: URL of the Prefect server.
        root: only steps on paths below it count.
        kill_at: 0 lets the run end by itself.
        trail: file that gets one line for each step.
    """
    step = _counter(kill_at, Path(trail))

    def on_audit(name: str, details: tuple[Any, ...]) -> None:
        if name in WATCHED and str(details[0]).startswith(root):
            step(f"{name} {Path(str(details[0])).name}")

    def on_commit(connection: Any) -> None:
        if connection.get_execution_options().get("govmanager_write"):
            step("commit")

    event.listen(Engine, "commit", on_commit)
    sys.addaudithook(on_audit)
    os.environ["GOVMANAGER_HOME"] = str(Path(root) / "home")
    with temporary_settings({PREFECT_API_URL: api}):
        asyncio.run(start(run))


def _counter(kill_at: int, trail: Path) -> Callable[[str], None]:
    count = 0

    def step(what: str) -> None:
        nonlocal count
        count += 1
        with trail.open("a") as file:
            file.write(what + "\n")
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return step
