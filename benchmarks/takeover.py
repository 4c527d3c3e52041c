"""`python -m benchmarks.takeover`: from `kill -9` of a worker to its files delivered by another.

A Prefect server, two workers with default settings, one transfer whose target has stopped
answering in the middle. The worker that has the run is killed with all its children; the target
answers again; the clock runs until the file has arrived.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr
from rich.console import Console

from blocks import LocalFolder, SftpServer
from blocks.ledger import DeliveryState, Ledger
from deployments.cli import app
from tests.servers.proxy import Fault, Proxy, proxy_to
from tests.servers.sftp import sftp_server
from tests.servers.stack import Stack, running_stack

LIMIT = 120.0
"""Seconds that it may take."""

DEFINITION = """\
name: Übernahme
source: {{endpoint: local-folder/source}}
recipients:
  - name: Amt
    targets: [{{endpoint: sftp-server/amt}}]
"""

console = Console(stderr=True)


def main() -> None:
    """Measure once, say what happened when, and print one JSON object as the last line."""
    with TemporaryDirectory(prefix="govmanager-bench-") as name:
        seconds = measured(Path(name))
    figures = {"seconds": round(seconds, 1)}
    result = {"name": "takeover", "ratio": round(LIMIT / seconds, 2), "rival": "two minutes"}
    sys.stdout.write(json.dumps(result | {"figures": figures}) + "\n")


def measured(root: Path) -> float:
    """Return the seconds from the kill to the delivery."""
    (root / "source").mkdir()
    (root / "inbox").mkdir()
    with (
        running_stack(root / "hub") as stack,
        sftp_server(root / "inbox") as server,
        proxy_to(server.port) as proxy,
        temporary_settings({PREFECT_API_URL: stack.api}),
    ):
        stack.wait_until_ready()
        os.environ["GOVMANAGER_HOME"] = str(root / "hub" / "hub")
        LocalFolder(directory=str(root / "source")).save("source")
        SftpServer(
            host="127.0.0.1",
            port=proxy.port,
            user=server.user,
            password=SecretStr(server.password),
            host_key=server.host_key,
        ).save("amt")
        (root / "transfer.yaml").write_text(DEFINITION.format(), encoding="utf-8")
        app(["apply", str(root / "transfer.yaml")], result_action="return_value")
        (root / "source" / "a.xml").write_bytes(b"<Antrag/>" * 500_000)
        return after_kill(root, stack, proxy)


def after_kill(root: Path, stack: Stack, proxy: Proxy) -> float:
    """Let the first worker begin, kill it, and wait for the second one."""
    proxy.after_upload_of(1 << 20, Fault.HANG)
    first = started_worker(root, stack, "first")
    run = asyncio.run(started_run())
    until(lambda: sending(root), "the delivery to begin")
    second = started_worker(root, stack, "second")
    until(lambda: is_ready(root, "second"), "the second worker to be ready")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    began = time.monotonic()
    console.print("killed the worker with its run")
    proxy.heal()
    try:
        marked = until(lambda: asyncio.run(is_crashed(run)), "the run to be marked as Crashed")
        console.print(f"marked as Crashed after {marked - began:.1f} s")
        arrived = until((root / "inbox" / "a.xml").exists, "the file to arrive")
        console.print(f"delivered after {arrived - began:.1f} s")
        return arrived - began
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()


def started_worker(root: Path, stack: Stack, name: str) -> subprocess.Popen[bytes]:
    """Start a worker in a process group of its own, with Prefect's own settings."""
    environment = dict(stack.environment())
    environment.pop("PREFECT_WORKER_QUERY_SECONDS")
    command = ["worker", "start", "--pool", "govmanager", "--type", "process", "--name", name]
    with (root / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", *command],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def started_run() -> UUID:
    """Start a run of the transfer."""
    async with get_client() as client:
        deployment = await client.read_deployment_by_name("transfer/Übernahme")
        return (await client.create_flow_run_from_deployment(deployment.id)).id


async def is_crashed(run: UUID) -> bool:
    """Tell whether a run is marked as crashed."""
    async with get_client() as client:
        return (await client.read_flow_run(run)).state_type is StateType.CRASHED


def sending(root: Path) -> bool:
    """Tell whether the first run has begun to send."""
    home = root / "hub" / "hub"
    if not (home / "ledger.sqlite").exists():
        return False
    ledger = Ledger(f"sqlite:///{home / 'ledger.sqlite'}", home / "locks")
    with ledger.read() as book:
        states = [one.state for run in book.recent() for one in book.deliveries(run.id)]
    ledger.dispose()
    return DeliveryState.SENDING in states


def is_ready(root: Path, name: str) -> bool:
    """Tell whether a worker says that it has started."""
    return f"Worker '{name}' started" in (root / f"{name}.log").read_text(encoding="utf-8")


def until(happened: Callable[[], bool], what: str) -> float:
    """Wait for something and return when it was seen."""
    end = time.monotonic() + 2 * LIMIT
    while not happened():
        if time.monotonic() > end:
            message = f"waited {2 * LIMIT:g} s for {what}"
            raise TimeoutError(message)
        time.sleep(0.2)
    return time.monotonic()


if __name__ == "__main__":
    main()
