"""`govmanager apply` against a real server: what it creates, changes, leaves alone and removes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling

from deployments.apply import apply
from deployments.files import PROJECT, read_transfers
from deployments.findings import FilesWrong
from deployments.plan import Action, Change, engine_command
from tests.deployments.conftest import ROOT, TRANSFER, Server
from tests.servers.daemons import eventually
from transforms.errors import DefinitionWrong, Unreachable

POOL = "govmanager"


@pytest.fixture(autouse=True)
def _talk_to_it(server: Server) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: server.url}):
        yield


def applied(*paths: Path, prune: bool = True, **options: Any) -> dict[str, Change]:
    """Apply the files and return what happened to each transfer."""
    actions: list[Action] = asyncio.run(
        apply(read_transfers(paths), work_pool=POOL, prune=prune, **options)
    )
    return {action.name: action.change for action in actions}


def deployment(name: str) -> DeploymentResponse:
    """Read a deployment from the server."""

    async def read() -> DeploymentResponse:
        async with get_client() as client:
            return await client.read_deployment_by_name(f"transfer/{name}")

    return asyncio.run(read())


def test_a_transfer_becomes_a_deployment(root: Path) -> None:
    assert applied(root) == {"NOLIS an KOMBOX": Change.NEW, "NOLIS an MAIL": Change.NEW}
    made = deployment("NOLIS an KOMBOX")
    assert made.entrypoint == "flows.transfer.transfer"
    assert made.work_pool_name == POOL
    assert set(made.tags) == {"govmanager", "group:NOLIS", "kdnr:0100"}
    assert made.parameters["definition"]["kdnr"] == "0100"
    assert "secret/kombox" in (made.description or "")
    assert made.enforce_parameter_schema
    assert not made.paused
    assert not made.pull_steps
    limit, options = made.global_concurrency_limit, made.concurrency_options
    assert limit
    assert limit.limit == 1
    assert options
    assert options.collision_strategy == "CANCEL_NEW"
    assert {schedule.slug: schedule.schedule.model_dump() for schedule in made.schedules} == {
        "schedule-1": {"cron": "*/5 * * * *", "timezone": "UTC", "day_or": True},
        "morning": {"cron": "30 6 * * *", "timezone": "Europe/Berlin", "day_or": True},
    }


def test_only_what_changed_is_sent(root: Path) -> None:
    applied(root)
    before = deployment("NOLIS an MAIL").updated
    changed = TRANSFER.format(name="NOLIS an KOMBOX").replace("slug: morning", "slug: early")
    (root / "kombox.yaml").write_text(changed.replace("30 6", "30 5"), encoding="utf-8")
    assert applied(root) == {
        "NOLIS an KOMBOX": Change.CHANGED,
        "NOLIS an MAIL": Change.UNCHANGED,
    }
    slugs = {schedule.slug for schedule in deployment("NOLIS an KOMBOX").schedules}
    assert slugs == {"schedule-1", "early"}, "the vanished slug must vanish on the server"
    assert deployment("NOLIS an MAIL").updated == before
    assert set(applied(root).values()) == {Change.UNCHANGED}


def test_an_inactive_transfer_is_paused(root: Path) -> None:
    text = TRANSFER.format(name="NOLIS an KOMBOX") + "active: false\n"
    (root / "kombox.yaml").write_text(text, encoding="utf-8")
    applied(root)
    assert deployment("NOLIS an KOMBOX").paused


def test_what_has_gone_is_removed_only_when_asked_for(root: Path) -> None:
    applied(root)
    (root / "mail.yaml").unlink()
    assert applied(root, prune=False) == {"NOLIS an KOMBOX": Change.UNCHANGED}
    assert deployment("NOLIS an MAIL").name == "NOLIS an MAIL"
    planned = applied(root, dry_run=True)
    assert planned["NOLIS an MAIL"] is Change.PRUNED
    assert deployment("NOLIS an MAIL").name == "NOLIS an MAIL", "a dry run sends nothing"
    applied(root)
    with pytest.raises(ObjectNotFound):
        deployment("NOLIS an MAIL")


def test_a_transfer_with_unfinished_executions_is_not_removed(root: Path) -> None:
    applied(root)
    (root / "mail.yaml").unlink()
    with pytest.raises(DefinitionWrong, match="2 unfinished executions"):
        applied(root, unfinished=lambda name: 2 if name == "NOLIS an MAIL" else 0)
    assert deployment("NOLIS an MAIL").name == "NOLIS an MAIL"


def test_an_unknown_endpoint_is_told_before_anything_is_sent(root: Path) -> None:
    text = TRANSFER.format(name="NOLIS an GNAP03").replace("secret/gnap03", "secret/gnap04")
    (root / "gnap03.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FilesWrong) as refusal:
        applied(root)
    (finding,) = refusal.value.findings
    assert (finding.path.name, finding.line) == ("gnap03.yaml", 14)
    assert finding.field == "recipients[0].targets[0].endpoint"
    assert "did you mean secret/gnap03?" in finding.remedy
    with pytest.raises(ObjectNotFound):
        deployment("NOLIS an GNAP03")


def test_a_server_that_does_not_answer_is_no_traceback(root: Path) -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"),
    ):
        applied(root)


def test_the_scheduler_plans_runs_of_what_was_applied(root: Path) -> None:
    """Fails loudly where the server's scheduler does not work, as under SQLAlchemy 2.1."""
    applied(root)
    made = deployment("NOLIS an KOMBOX").id

    async def scheduled() -> list[FlowRun]:
        async with get_client() as client:
            return await client.get_scheduled_flow_runs_for_deployments([made])

    runs = eventually(lambda: asyncio.run(scheduled()) or None, "scheduled runs")
    assert runs[0].auto_scheduled


def test_prefect_deploy_all_deploys_what_prefect_yaml_holds(server: Server, root: Path) -> None:
    applied(root)
    done = server.run("prefect", "--no-prompt", "deploy", "--all")
    assert done.returncode == 0, done.stdout + done.stderr

    async def read() -> DeploymentResponse:
        async with get_client() as client:
            return await client.read_deployment_by_name("check-access/check-access")

    made = asyncio.run(read())
    assert made.entrypoint == "flows.check_access.check_access"
    assert made.work_pool_name == POOL
    assert not made.pull_steps
    assert made.job_variables["working_dir"] == str(ROOT)


@pytest.fixture
def worker(server: Server, root: Path) -> Iterator[None]:
    """Run a worker of the pool, found by its interpreter's path only, as services start it."""
    applied(root)
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL]
    environment = {**server.environment, "PATH": os.defpath}
    process = subprocess.Popen([*command, "--name", "of-the-test"], env=environment, cwd="/")
    yield
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        # Prefect's worker now and then does not end while it still watches for cancellations.
        process.kill()
        process.wait(timeout=10)


@pytest.mark.usefixtures("worker")
def test_a_run_can_be_cancelled() -> None:
    """The single start of Python that deployments ask for must not cost the cancel button."""

    async def start() -> UUID:
        async with get_client() as client:
            flow = await client.create_flow_from_name("slow")
            made = await client.create_deployment(
                flow_id=flow,
                name="slow",
                entrypoint="tests.deployments.slow.slow",
                work_pool_name=POOL,
                job_variables={"working_dir": str(PROJECT), "command": engine_command()},
            )
            return (await client.create_flow_run_from_deployment(made)).id

    async def state_of(run: UUID) -> StateType | None:
        async with get_client() as client:
            return (await client.read_flow_run(run)).state_type

    async def cancel(run: UUID) -> None:
        async with get_client() as client:
            await client.set_flow_run_state(run, Cancelling())

    def reached(run: UUID, wanted: StateType) -> bool | None:
        return asyncio.run(state_of(run)) is wanted or None

    run = asyncio.run(start())
    eventually(lambda: reached(run, StateType.RUNNING), "the run to start")
    asyncio.run(cancel(run))
    eventually(lambda: reached(run, StateType.CANCELLED), "the run to end as cancelled")


def test_recovery_needs_no_person_to_set_it_up(root: Path) -> None:
    async def read() -> tuple[DeploymentResponse, list[Any]]:
        async with get_client() as client:
            found = await client.read_deployment_by_name("recover/govmanager")
            return found, await client.read_automations()

    applied(root)
    made, automations = asyncio.run(read())
    assert [one.active for one in made.schedules] == [True]
    (zombies,) = [one for one in automations if "sign of life" in one.name]
    assert zombies.enabled
    applied(root)
    again, automations = asyncio.run(read())
    assert again.updated == made.updated
    assert [one.id for one in automations if "sign of life" in one.name] == [zombies.id]
