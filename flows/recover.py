"""Finds executions that nobody works on any more, and has them continued.

Whether somebody does, the lock on the execution tells: it ends with the process that holds it.
So a killed worker is noticed at once, while Prefect would show its runs as Running for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import flow, get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from prefect.states import Completed, Crashed, Failed, Scheduled

from blocks.home import home_name
from blocks.ledger import Execution, Ledger
from flows.settings import Settings
from flows.verdict import FAILED
from transforms.errors import Busy, HubError

PATIENCE = timedelta(minutes=5)
"""How long after its time an execution may wait for the run that was planned for it."""

LONG = timedelta(minutes=30)
"""How long another machine may leave alone what only it can go on with."""

UNDER_WAY = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]


@flow(name="recover", flow_run_name="recover", persist_result=False)
async def recover() -> State[None]:
    """Continue what crashed runs, workers and machines have left behind."""
    try:
        left, elsewhere = await asyncio.to_thread(_left_behind, Settings())
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    if elsewhere:
        return Failed(name=f"{FAILED}STORE_UNAVAILABLE", message=_no_worker_there(elsewhere))
    if not left:
        return Completed(message="Nothing was left behind")
    async with get_client() as client:
        for execution in left:
            await _mark_crashed(client, execution)
        transfers = dict.fromkeys(one.transfer for one in left)
        begun = [one for one in transfers if await _started(client, one)]
    told = f"{len(left)} executions left behind; started: {', '.join(begun) or 'none'}"
    get_run_logger().info("%s", told)
    return Completed(message=told)


def _left_behind(settings: Settings) -> tuple[list[Execution], list[Execution]]:
    """Find what nobody works on, here, and for long on machines that this one does not see."""
    ledger = Ledger(settings.ledger, settings.home / "locks")
    try:
        with ledger.read() as book:
            ours = book.unfinished(home=home_name(settings.home))
            known = {one.id for one in ours}
            others = [one for one in book.unfinished() if one.id not in known]
        left = [one for one in ours if _is_due(one) and _is_free(ledger, one.id)]
        return left, [one for one in others if _is_old(one) and _is_free(ledger, one.id)]
    finally:
        ledger.dispose()


def _is_old(execution: Execution) -> bool:
    times = (execution.started_at, execution.ended_at, execution.continue_at)
    return max(filter(None, times)) + LONG < datetime.now(UTC)


def _no_worker_there(left: Sequence[Execution]) -> str:
    homes = ", ".join(sorted({one.home for one in left}))
    return (
        f"{len(left)} executions lie in home directories whose machines do not go on with them "
        f"({homes}). Start a worker there, or let this machine share the directory."
    )


def _is_due(execution: Execution) -> bool:
    """Tell whether no run has come to its end over it, or the one planned for it did not come."""
    if execution.ended_at is None:
        return True
    expected = max(execution.continue_at or execution.ended_at, execution.ended_at)
    return datetime.now(UTC) > expected + PATIENCE


def _is_free(ledger: Ledger, execution: str) -> bool:
    try:
        with ledger.hold(execution):
            return True
    except Busy:
        return False


async def _mark_crashed(client: PrefectClient, execution: Execution) -> None:
    """Let the flow run that died say so; what it holds on the server is free then."""
    try:
        run = await client.read_flow_run(UUID(execution.run))
    except ObjectNotFound:
        return
    if run.state and run.state.type is StateType.RUNNING:
        message = "The process that worked on it is gone; the execution is continued"
        await client.set_flow_run_state(run.id, Crashed(message=message))


async def _started(client: PrefectClient, transfer: str) -> bool:
    """Start a run of a transfer, unless one is under way that will look after it."""
    try:
        deployment = await client.read_deployment_by_name(f"transfer/{transfer}")
    except ObjectNotFound:
        get_run_logger().warning("There is no deployment of %s: resume it by hand", transfer)
        return False
    soon = datetime.now(UTC) + timedelta(minutes=1)
    runs = await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(UNDER_WAY)))
        ),
        limit=200,
    )
    times: Sequence[datetime | None] = [one.next_scheduled_start_time for one in runs]
    if any(time is None or time <= soon for time in times):
        return False
    await client.create_flow_run_from_deployment(
        deployment.id, state=Scheduled(), name=f"{transfer} · recovered", tags=["recovered"]
    )
    return True
