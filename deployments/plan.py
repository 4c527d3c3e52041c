"""What a transfer becomes on the server, and what has to change there; sends nothing."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.utilities.callables import parameter_schema

from deployments.describe import describe
from deployments.files import PROJECT, TransferFile
from flows.definition import Schedule, Transfer
from flows.transfer import transfer as transfer_flow

MANAGED = "govmanager"
"""Tag of every deployment that came from a file; only those are ever removed."""

ENTRYPOINT = "flows.transfer.transfer"
"""A module, not a path: paths would put flows/ at the front of sys.path and load it twice."""


class Change(StrEnum):
    """What happens to one deployment."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Action:
    """One line of a plan: a deployment, what happens to it, and what is sent.

    Attributes:
        wanted: the arguments of `create_deployment`; None for what is pruned.
        present: what the server has; None for what is new.
    """

    name: str
    change: Change
    wanted: Mapping[str, Any] | None = None
    present: DeploymentResponse | None = None


def plan(
    files: Iterable[TransferFile],
    present: Iterable[DeploymentResponse],
    *,
    work_pool: str,
    prune: bool,
) -> list[Action]:
    """Compare the transfers with the deployments that the server has.

    Args:
        files: the transfers as they should be.
        present: all deployments of the flow.
        work_pool: pool in which they shall run.
        prune: whether managed deployments that no file describes are removed.
    """
    there = {deployment.name: deployment for deployment in present}
    actions = []
    for name, wanted in ((one.transfer.name, wanted_for(one.transfer, work_pool)) for one in files):
        now = there.pop(name, None)
        change = Change.NEW if now is None else Change.CHANGED
        if now and now.version == wanted["version"]:
            change = Change.UNCHANGED
        actions.append(Action(name, change, wanted, now))
    if prune:
        gone = sorted(name for name, one in there.items() if MANAGED in one.tags)
        actions += [Action(name, Change.PRUNED, None, there[name]) for name in gone]
    return actions


def wanted_for(transfer: Transfer, work_pool: str) -> dict[str, Any]:
    """Return the arguments of `create_deployment` for a transfer, save the flow's id.

    `version` is a hash of all the others, so that only what changed has to be sent: sending a
    deployment again would delete its scheduled runs.
    """
    wanted: dict[str, Any] = {
        "name": transfer.name,
        "tags": _tags(transfer),
        "description": describe(transfer),
        "parameters": {"definition": transfer.model_dump(mode="json"), "resume_from": ""},
        "parameter_openapi_schema": _form(),
        "enforce_parameter_schema": True,
        "schedules": [
            _schedule(number, schedule) for number, schedule in enumerate(transfer.schedules, 1)
        ],
        "paused": not transfer.active,
        "concurrency_limit": 1,
        "concurrency_options": ConcurrencyOptions(
            collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        "work_pool_name": work_pool,
        "entrypoint": ENTRYPOINT,
        "job_variables": {"working_dir": str(PROJECT), "command": engine_command()},
    }
    content = json.dumps(wanted, sort_keys=True, default=_as_json)
    return wanted | {"version": hashlib.sha256(content.encode()).hexdigest()[:12]}


def engine_command() -> str:
    """Return the command that runs a flow with one start of Python instead of Prefect's two.

    Workers run it in the project directory: where the virtual environment lies within it, it is
    named from there, so that it is right on every machine; else the worker's PATH decides.
    """
    interpreter = Path(sys.executable)
    python = interpreter.parent.resolve() / interpreter.name
    inside = python.is_relative_to(PROJECT)
    command = [str(python.relative_to(PROJECT)) if inside else "python", "-m", "prefect.engine"]
    return shlex.join(command)


@cache
def _form() -> dict[str, Any]:
    """Return the JSON schema of the flow's parameters, which the run form is made of."""
    return parameter_schema(transfer_flow).model_dump_for_openapi()


def _as_json(value: Any) -> Any:
    return value.model_dump(mode="json")


def _tags(transfer: Transfer) -> Sequence[str]:
    marks = {"group": transfer.group, "kdnr": transfer.kdnr}
    return [MANAGED, *(f"{kind}:{value}" for kind, value in marks.items() if value)]


def _schedule(number: int, schedule: Schedule) -> DeploymentScheduleCreate:
    cron = schedule.as_prefect()
    return DeploymentScheduleCreate(
        schedule=CronSchedule(cron=cron.expression, timezone=cron.timezone),
        active=schedule.active,
        slug=schedule.slug or f"schedule-{number}",
    )


def differences(action: Action) -> list[str]:
    """Return what the server has otherwise: keys of the definition, or `hub` for our own part."""
    if action.change is not Change.CHANGED or not action.wanted or not action.present:
        return []
    new = action.wanted["parameters"]["definition"]
    old = action.present.parameters.get("definition", {})
    return [key for key in {**new, **old} if new.get(key) != old.get(key)] or ["hub"]
