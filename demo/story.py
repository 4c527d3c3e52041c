"""The acts of the demo: three transfers run, one fails, Retry mends it, everything is compared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.states import Scheduled

from demo.endpoints import OUTGOING, Endpoints
from transforms.document import Document
from transforms.map_xml import MapXml
from transforms.step import Workbench

FILES = Path(__file__).parent / "files"
RUN_SECONDS = 120
TRANSFERS = ("NOLIS an KOMBOX", "NOLIS an MAIL", "NOLIS an GNAP03")


async def run_all() -> dict[str, FlowRun]:
    """Start the three transfers as the Run button does, and wait for their ends."""
    async with get_client() as client:
        runs = {name: await _start(client, name) for name in TRANSFERS}
        return {name: await _ended(client, run, 1) for name, run in runs.items()}


async def press_retry(run: UUID) -> FlowRun:
    """Do what the Retry button of the UI does, and wait for the end."""
    async with get_client() as client:
        await client.set_flow_run_state(run, Scheduled(name="AwaitingRetry"), force=True)
        return await _ended(client, run, 2)


async def _start(client: PrefectClient, name: str) -> UUID:
    deployment = await client.read_deployment_by_name(f"transfer/{name}")
    return (await client.create_flow_run_from_deployment(deployment.id)).id


async def _ended(client: PrefectClient, run: UUID, count: int) -> FlowRun:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        found = await client.read_flow_run(run)
        if found.state and found.state.is_final() and found.run_count >= count:
            return found
        await asyncio.sleep(0.3)
    message = f"The run {run} did not end within {RUN_SECONDS} s; read the worker's log"
    raise TimeoutError(message)


def applications() -> dict[str, Path]:
    """Return the sample application for each of the online service's outgoing folders."""
    return dict(zip(OUTGOING, sorted(FILES.glob("ags*.xml")), strict=True))


def differences(endpoints: Endpoints, scratch: Path) -> list[str]:
    """Compare what arrived with what should have, byte for byte; empty if all is well."""
    sent = applications()
    expected = {
        "KOMBOX": {sent["kombox"].name: sent["kombox"].read_bytes()},
        "MAIL": {sent["mail"].name: sent["mail"].read_bytes()},
        "GNAP03": _mapped(sent["gnap03"], scratch),
    }
    arrived = {
        "KOMBOX": _contents(endpoints.root / "kombox/eingang"),
        "MAIL": endpoints.attachments(),
        "GNAP03": _contents(endpoints.root / "gnap03/eingang"),
    }
    wrong = [name for name in expected if expected[name] != arrived[name]]
    left = [path.name for path in (endpoints.root / "nolis").rglob("*.xml")]
    return [f"{name}: what arrived is not what was sent" for name in wrong] + [
        f"{name} is still at the source" for name in left
    ]


def _mapped(file: Path, scratch: Path) -> Mapping[str, bytes]:
    scratch.mkdir()
    step = MapXml(mapping="antrag-to-fachverfahren")
    (made,) = step.apply(Document(file, file.name), Workbench(scratch))
    return {f"gnap03_{file.stem}_{datetime.now().astimezone():%Y%m%d}.xml": made.path.read_bytes()}


def _contents(directory: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.rglob("*.xml")}
