"""After a run that left something open: the next one is planned, so that nobody has to think of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.logging import get_run_logger
from prefect.runtime import deployment
from prefect.states import Scheduled

from blocks.ledger import Outcome
from flows.definition import Transfer
from flows.verdict import Verdict

TAG = "continuation"
SOONEST = timedelta(minutes=1)
SOON_ENOUGH = timedelta(minutes=5)


async def plan_continuation(
    definition: Transfer, verdicts: Sequence[Verdict], number: UUID | None = None
) -> None:
    """Plan a run of the transfer for when its open executions can go on.

    Args:
        definition: the transfer.
        verdicts: how the run's executions ended.
        number: the transfer's deployment; None: the one that this run belongs to.

    Nothing is planned for a transfer that is switched off, for a run without a deployment, nor
    where a run is scheduled for about that time anyway.
    """
    left = [one for one in verdicts if one.outcome is Outcome.OPEN]
    if not (left and definition.active):
        # To ask for the deployment costs a request, which an empty poll need not pay.
        return
    own = deployment.get_id()
    number = number or (UUID(own) if own else None)
    if not number:
        return
    now = datetime.now(UTC)
    earliest = min(max(one.continue_at or now, now + SOONEST) for one in left)
    at = _next_minute(earliest)
    async with get_client() as client:
        scheduled = await client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[number])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
            ),
            sort=FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC,
            limit=100,
        )
        times = [one.next_scheduled_start_time for one in scheduled]
        if any(one and at <= one <= at + SOON_ENOUGH for one in times):
            return
        await client.create_flow_run_from_deployment(
            number,
            state=Scheduled(scheduled_time=at),
            name=f"{definition.name} · {TAG}",
            tags=[TAG],
            idempotency_key=f"{TAG} {number} {at.isoformat()}",
        )
    get_run_logger().info("What is open goes on at %s", at.astimezone().isoformat())


def _next_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
