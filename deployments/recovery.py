"""What brings a hub back to work without a person, created on the server from code.

A maintenance deployment looks every minute for executions whose process is gone. An automation
marks runs as Crashed that have stopped giving signs of life before they had an execution.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from prefect.automations import AutomationCore, EventTrigger, Posture
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound

from deployments.files import PROJECT
from deployments.plan import MANAGED, engine_command
from flows.recover import recover

EVERY = timedelta(minutes=1)
SILENT = timedelta(minutes=10)
"""Three heartbeats of Prefect's usual three minutes, and one for a busy server."""

ZOMBIES = AutomationCore(
    name="GovManager: runs without a sign of life are Crashed",
    description="Created by `govmanager apply`; changes made here are undone by the next one.",
    trigger=EventTrigger(
        after={"prefect.flow-run.heartbeat"},
        # Names of states vary, and so do the events' names.
        expect={"prefect.flow-run.*"},
        match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=SILENT,
    ),
    actions=[
        ChangeFlowRunState(
            name="Crashed",
            state=StateType.CRASHED,
            message="No sign of life for ten minutes: its process is gone",
            force=False,
        )
    ],
)


async def ensure_recovery(client: PrefectClient, work_pool: str) -> None:
    """Create or correct deployment and automation; repeating it changes nothing."""
    await _ensure_deployment(client, work_pool)
    found = await client.read_automations_by_name(ZOMBIES.name)
    if not found:
        await client.create_automation(ZOMBIES)
    elif found[0].model_dump(include=set(AutomationCore.model_fields)) != ZOMBIES.model_dump():
        await client.update_automation(found[0].id, ZOMBIES)


async def _ensure_deployment(client: PrefectClient, work_pool: str) -> None:
    flow = await client.create_flow_from_name(recover.name)
    wanted: dict[str, Any] = {
        "name": MANAGED,
        "tags": ["maintenance"],
        "description": "Sucht jede Minute nach Ausführungen, an denen niemand mehr arbeitet, "
        "und lässt sie fortsetzen.",
        "entrypoint": "flows.recover.recover",
        "work_pool_name": work_pool,
        "job_variables": {"working_dir": str(PROJECT), "command": engine_command()},
    }
    version = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:12]
    if await _version(client) == version:
        # To send it again would delete the runs it has scheduled.
        return
    await client.create_deployment(
        flow_id=flow,
        version=version,
        schedules=[
            DeploymentScheduleCreate(schedule=IntervalSchedule(interval=EVERY), slug="minute")
        ],
        concurrency_limit=1,
        **wanted,
    )


async def _version(client: PrefectClient) -> str | None:
    try:
        return (await client.read_deployment_by_name(f"{recover.name}/{MANAGED}")).version
    except ObjectNotFound:
        return None
