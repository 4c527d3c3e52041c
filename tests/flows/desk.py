"""What tests of the operators' actions share: something sent or not, an action, what is left."""

from __future__ import annotations

import shutil
from typing import Any, cast
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    DeploymentFilter,
    DeploymentFilterId,
)
from prefect.client.schemas.objects import State
from prefect.flow_engine import run_flow_async

from blocks.ledger import Action, Delivery, Execution
from flows.definition import Transfer
from flows.operate.forms import Order
from tests.flows.office import Office, new_run, start

WHY: dict[str, Any] = {"reason": "Ticket 4711", "actor": "a.muster"}


def to_amt(office: Office, *targets: dict[str, Any]) -> Transfer:
    """Return a transfer to one recipient; without targets it is the folder `fachverfahren`."""
    every = targets or ({"endpoint": office.endpoint("fachverfahren")},)
    patient = [{"retries": {"allowed": False}} | one for one in every]
    return office.definition(recipients=[{"name": "Amt", "targets": patient}])


async def sent(office: Office, *targets: dict[str, Any], name: str = "a.xml") -> str:
    """Send one file and return the execution."""
    office.drop(name, b"A")
    run = await new_run(to_amt(office, *targets))
    await start(run.id)
    return str(run.id)


async def unsent(office: Office, *targets: dict[str, Any]) -> str:
    """Try to send one file while the recipient's folder is away."""
    shutil.rmtree(office.root / "fachverfahren")
    execution = await sent(office, *targets)
    (office.root / "fachverfahren").mkdir()
    return execution


async def done(flow: Any, order: Order) -> State[Any]:
    """Run an action's flow as a worker does, from parameters in JSON, and return its end."""
    parameters = {"order": order.model_dump(mode="json")}
    return cast("State[Any]", await flow(**parameters, return_state=True))


async def started(flow: Any, run: UUID) -> State[Any]:
    """Let the engine work on a flow run that is there already, and return its end."""
    async with get_client() as client:
        flow_run = await client.read_flow_run(run)
    parameters = flow_run.parameters
    end = await run_flow_async(flow, flow_run, parameters=parameters, return_type="state")
    return cast("State[Any]", end)


async def tables_of(state: State[Any]) -> str:
    """Return all that the run's page shows as Markdown."""
    run = state.state_details.flow_run_id
    assert run
    by_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=by_run)
    return "\n".join(str(one.data) for one in found)


def known(office: Office, execution: str) -> tuple[Execution, list[Delivery], list[Action]]:
    with office.ledger().read() as book:
        found = book.execution(execution)
        assert found
        return found, book.deliveries(execution), book.actions(execution)


def the_action(office: Office, execution: str) -> Action:
    """Return the one audit entry there is."""
    (action,) = known(office, execution)[2]
    return action


async def deployed(flow: str, name: str, **parameters: Any) -> UUID:
    """Create a deployment as `apply` and `prefect deploy` do."""
    async with get_client() as client:
        number = await client.create_flow_from_name(flow)
        return await client.create_deployment(flow_id=number, name=name, parameters=parameters)


async def planned(deployment: UUID) -> int:
    """Count the runs of a deployment that are to come."""
    which = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    async with get_client() as client:
        runs = await client.read_flow_runs(deployment_filter=which)
    return sum(bool(one.state and one.state.is_scheduled()) for one in runs)


async def refused_by_a_step(office: Office) -> str:
    office.drop("ohne.xml", b"kept")
    steps = [{"kind": "rename", "template": "{leika}.xml"}]
    run = await new_run(office.definition(steps=steps))
    await start(run.id)
    return str(run.id)
