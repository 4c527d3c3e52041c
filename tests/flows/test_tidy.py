"""What dead runs left at endpoints is cleaned up, and never what anybody may still need."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import get_client
from prefect.blocks.core import Block
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL

from blocks.ledger import Delivery, DeliveryState, Outcome
from blocks.local import LocalFolder
from deployments.cli import main
from flows.definition import Transfer
from flows.tidy import tidy
from tests.flows.crash_child import run_and_kill
from tests.flows.office import Office, go, new_run

pytestmark = pytest.mark.anyio

STRANGER = "0123456789abcdef" * 2
DAYS = 3 * 24 * 3600


@pytest.fixture(scope="module")
def fork_server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.flows.crash_child"])
    return context


Kill = Callable[[Transfer, str], Awaitable[UUID]]


@pytest.fixture
def killed(office: Office, fork_server: multiprocessing.context.ForkServerContext) -> Kill:
    """Run a transfer of one file to its end, and another one until the same step."""

    async def run(definition: Transfer, kill_at: int) -> tuple[UUID, list[str]]:
        office.drop("a.xml")
        flow_run = await new_run(definition)
        trail = office.root / f"trail-{kill_at}"
        arguments = (PREFECT_API_URL.value(), str(office.root), kill_at, str(trail))
        child = fork_server.Process(target=run_and_kill, args=(flow_run.id, *arguments))
        child.start()
        child.join(60)
        assert child.exitcode == (-9 if kill_at else 0)
        return flow_run.id, trail.read_text().splitlines()

    async def killed_before(definition: Transfer, step: str) -> UUID:
        # The first to open a ledger commits more.
        office.ledger().dispose()
        _, trail = await run(definition, 0)
        (office.root / "fachverfahren" / "a.xml").unlink()
        numbers = [number for number, name in enumerate(trail, 1) if name.startswith(step)]
        return (await run(definition, numbers[0]))[0]

    return killed_before


async def tidied(**options: Any) -> State[Any]:
    return await tidy(**options, return_state=True)


async def artifact_of(state: State[Any]) -> str:
    run = state.state_details.flow_run_id
    assert run
    by_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    async with get_client() as client:
        (artifact,) = await client.read_artifacts(artifact_filter=by_run)
    return str(artifact.data)


def to_overwriting(office: Office) -> Transfer:
    """Return a transfer whose publishing the kill can be timed by."""
    target = {"endpoint": office.endpoint("fachverfahren"), "overwrite": True}
    patient = {"retries": {"allowed": False}}
    return office.definition(recipients=[{"name": "Amt", "targets": [target | patient]}])


def end(office: Office, run: UUID, outcome: Outcome, *, discard: bool = False) -> None:
    """Do what a person does who gives an execution up."""
    with office.ledger().write() as book:
        for delivery in book.deliveries(str(run)) if discard else ():
            book.discard(delivery.id, "the office has it on paper")
        book.close(str(run), "FAILED_GIVEN_UP", "given up", outcome)


def lay(
    office: Office, where: str, name: str, content: bytes = b"bytes", age: float = DAYS
) -> Path:
    path = office.root / where / name
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


async def delivered(office: Office, **source: Any) -> Delivery:
    """Move one file to its end."""
    office.drop("a.xml")
    await go(office.definition(source=source))
    with office.ledger().read() as book:
        (delivery,) = book.deliveries(book.recent()[0].id)
    assert delivery.state is DeliveryState.DELIVERED
    return delivery


def history(office: Office, execution: str) -> str:
    with office.ledger().read() as book:
        return "\n".join(f"{one.action} {one.details}" for one in book.changes(execution))


# -- killed runs ---------------------------------------------------------------------------------


async def test_what_an_open_execution_needs_stays_and_is_delivered(
    office: Office, killed: Kill
) -> None:
    definition = to_overwriting(office)
    run = await killed(definition, "os.rename .govmanager-")
    staged = office.at("fachverfahren")
    assert len(staged) == 1
    found = await tidied(older_than_hours=0, foreign=True)
    assert found.message == "1 leftovers found, 0 cleaned up, 1 left."
    assert f"the execution {run} is not finished" in await artifact_of(found)
    assert office.at("fachverfahren") == staged
    end_state = await go(definition)
    assert end_state.name == "SUCCESS_FILES_SEND", end_state.message
    assert office.at("fachverfahren") == {"a.xml": b"<Antrag/>"}


async def test_what_the_target_is_still_to_be_asked_about_stays(
    office: Office, killed: Kill
) -> None:
    run = await killed(to_overwriting(office), "os.rename .govmanager-")
    staged = office.at("fachverfahren")
    end(office, run, Outcome.WAITING)
    found = await tidied(older_than_hours=0, foreign=True)
    assert "still to be asked" in await artifact_of(found)
    assert office.at("fachverfahren") == staged
    end(office, run, Outcome.DONE, discard=True)
    # It has ended, but it is young.
    assert "too young" in await artifact_of(await tidied())
    assert office.at("fachverfahren") == staged
    found = await tidied(older_than_hours=0)
    assert found.message == "1 leftovers found, 1 cleaned up, 0 left."
    assert office.at("fachverfahren") == {}
    assert "temporary left behind: removed" in history(office, str(run))


async def test_an_execution_that_a_run_works_on_is_left_alone(office: Office) -> None:
    delivery = await delivered(office)
    lay(office, "fachverfahren", f".govmanager-{delivery.key}.part")
    with office.ledger().hold(delivery.execution):
        found = await tidied(older_than_hours=0)
    assert "a run works on its execution" in await artifact_of(found)
    assert len(office.at("fachverfahren")) == 2


@pytest.mark.parametrize(
    ("step", "given_back"), [("os.remove 000001-", True), ("os.remove .govmanager-", False)]
)
async def test_a_document_gets_its_name_back_unless_its_bytes_are_safe(
    office: Office, killed: Kill, step: str, *, given_back: bool
) -> None:
    definition = office.definition(source={"locking": "RENAME"})
    run = await killed(definition, step)
    taken = office.at("source")
    assert [name.startswith(".govmanager-") for name in taken] == [True]
    for outcome in (Outcome.OPEN, Outcome.DONE):
        # Unless the execution has ended, and if the hub has it, it must not be taken again.
        assert office.at("source") == taken
        end(office, run, outcome)
        await tidied(older_than_hours=0)
    if given_back:
        assert office.at("source") == {"a.xml": b"<Antrag/>"}
        assert "has its name back: a.xml" in history(office, str(run))
    else:
        assert office.at("source") == taken
        assert "its bytes are safe" in await artifact_of(await tidied(older_than_hours=0))


# -- old and ours --------------------------------------------------------------------------------


async def test_only_what_is_ours_and_old_is_removed(office: Office) -> None:
    delivery = await delivered(office)
    ours = lay(office, "fachverfahren", f".govmanager-{delivery.key}.part")
    lock = lay(office, "source", "b[1].xml.lock", delivery.execution.encode())
    strange = lay(office, "fachverfahren", f".govmanager-{STRANGER}.part")
    strange_lock = lay(office, "source", "c.xml.lock", str(uuid.uuid4()).encode())
    young = lay(office, "fachverfahren", f".govmanager-{STRANGER[::-1]}.part", age=60)
    theirs = [
        lay(office, "source", "d.xml.lock", b"the sender's"),
        lay(office, "fachverfahren", "e.xml.part"),
        lay(office, "fachverfahren", "a.xml.lock", delivery.key.encode() + b"!"),
    ]
    everything = {ours, lock, strange, strange_lock, young, *theirs}

    def left() -> set[Path]:
        return {path for path in everything if path.exists()}

    looked = await tidied(older_than_hours=0, dry_run=True)
    assert looked.message == "5 leftovers found, 2 would be cleaned up, 3 left."
    assert left() == everything
    cleaned = await tidied(older_than_hours=0)
    assert left() == everything - {ours, lock}
    shown = await artifact_of(cleaned)
    assert shown.startswith("| Endpunkt | Pfad | Art |")
    assert "perhaps another hub's" in shown
    assert "b\\[1\\].xml.lock" in shown
    told = history(office, delivery.execution)
    assert "temporary left behind: removed" in told
    assert "lock left behind: removed" in told
    await tidied(foreign=True)
    assert left() == {young, *theirs}
    assert office.at("fachverfahren")["a.xml"] == b"<Antrag/>"


async def test_what_a_target_kept_that_another_one_stood_in_for_is_found(office: Office) -> None:
    (office.root / "erstes").mkdir()
    first = office.block("erstes")
    await LocalFolder(directory=str(office.root / "erstes")).asave(first, overwrite=True)
    targets = [
        {"endpoint": f"local-folder/{first}", "directory": "fehlt"},
        {"endpoint": office.endpoint("fachverfahren")},
    ]
    office.drop("a.xml")
    await go(office.definition(recipients=[{"name": "Amt", "targets": targets}]))
    with office.ledger().read() as book:
        (delivery,) = book.deliveries(book.recent()[0].id)
    (office.root / "erstes" / "fehlt").mkdir()
    part = lay(office, "erstes/fehlt", f".govmanager-{delivery.key}.part")
    await tidied(older_than_hours=0)
    assert not part.exists()


async def test_an_endpoint_that_is_gone_does_not_keep_the_others_dirty(office: Office) -> None:
    delivery = await delivered(office)
    lay(office, "fachverfahren", f".govmanager-{delivery.key}.part")
    await Block.adelete(office.endpoint("source"))
    state = await tidied(older_than_hours=0)
    assert (state.is_failed(), state.name) == (True, "FAILED_DEFINITION_WRONG")
    assert office.endpoint("source") in str(state.message)
    assert set(office.at("fachverfahren")) == {"a.xml"}


async def test_only_the_named_places_are_looked_at(office: Office) -> None:
    delivery = await delivered(office)
    name = f".govmanager-{delivery.key}.part"
    (office.root / "fachverfahren" / "tief" / "er").mkdir(parents=True)
    here = lay(office, "fachverfahren", name)
    below = lay(office, "fachverfahren/tief/er", name)
    endpoints = [office.endpoint("fachverfahren")]
    await tidied(older_than_hours=0, endpoints=[office.endpoint("source")])
    assert here.exists()
    options = {"older_than_hours": 0, "endpoints": endpoints, "directories": ["tief"]}
    await tidied(**options)
    assert below.exists()
    await tidied(**options, recursive=True)
    assert (here.exists(), below.exists()) == (True, False)


async def test_the_command_shows_what_it_does(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    delivery = await delivered(office)
    part = lay(office, "fachverfahren", f".govmanager-{delivery.key}.part")
    command = ["tidy", "--older-than-hours", "0"]
    assert await asyncio.to_thread(main, [*command, "--dry-run"]) == 0
    assert "1 would be cleaned up" in capfd.readouterr().out
    assert part.exists()
    assert await asyncio.to_thread(main, command) == 0
    assert "1 cleaned up" in capfd.readouterr().out
    assert not part.exists()
