"""What a crash leaves behind is found by its lock and continued; what somebody works on is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Running

from blocks.ledger import Execution, Outcome
from flows.recover import recover
from flows.transfer import transfer
from tests.flows.office import Office, start

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home)
    await opened.open()
    return opened


async def crashed(office: Office) -> tuple[UUID, FlowRun]:
    """Leave what a run leaves that is killed after its claim; return its deployment and itself."""
    definition = office.definition()
    dumped = definition.model_dump(mode="json")
    async with get_client() as client:
        flow = await client.create_flow(transfer)
        deployment = await client.create_deployment(
            flow_id=flow, name=definition.name, parameters={"definition": dumped}
        )
        run = await client.create_flow_run_from_deployment(deployment)
        await client.set_flow_run_state(run.id, Running(), force=True)
    execution = Execution(
        id=str(run.id),
        run=str(run.id),
        transfer=definition.name,
        group_name="",
        kdnr="",
        definition=dumped,
        state="INITIATED",
        message="",
        outcome=Outcome.OPEN,
        started_at=datetime.now(UTC),
        ended_at=None,
    )
    with office.ledger().write() as book:
        book.begin(execution)
    return deployment, run


async def runs_of(deployment: UUID) -> list[FlowRun]:
    which = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    async with get_client() as client:
        return await client.read_flow_runs(deployment_filter=which)


async def recovered() -> State[Any]:
    return cast("State[Any]", await recover(return_state=True))


async def test_a_dead_run_is_marked_and_its_execution_continued(office: Office) -> None:
    deployment, dead = await crashed(office)
    end = await recovered()
    assert end.is_completed(), end.message
    runs = {run.id: run for run in await runs_of(deployment)}
    assert len(runs) == 2
    state = runs.pop(dead.id).state
    assert state
    assert state.is_crashed()
    (started,) = runs.values()
    # Until that run has come, nothing more is started.
    await recovered()
    assert len(await runs_of(deployment)) == 2
    office.drop("a.xml")
    end = await start(started.id)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    with office.ledger().read() as book:
        assert book.execution(str(dead.id)).outcome is Outcome.DONE  # type: ignore[union-attr]
    assert set(office.at("fachverfahren")) == {"a.xml"}


async def test_what_somebody_works_on_is_left_alone(office: Office) -> None:
    deployment, busy = await crashed(office)
    with office.ledger().hold(str(busy.id)):
        await recovered()
    (run,) = await runs_of(deployment)
    assert run.state
    assert run.state.is_running()


async def test_what_a_person_holds_is_left_alone(office: Office) -> None:
    deployment, run = await crashed(office)
    with office.ledger().write() as book:
        book.hold(str(run.id), "the office asked")
    await recovered()
    assert len(await runs_of(deployment)) == 1
