"""Killed at every step towards the outside, then continued: nothing lost, nothing twice."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.settings import PREFECT_API_URL

from flows.definition import Transfer
from tests.flows.crash_child import run_and_kill
from tests.flows.office import Office, go, new_run, press_retry

FILES = {"ags100_99003002000000.xml": b"<Antrag>1</Antrag>", "Antrag[1].xml": b"", "b.pdf": b"%PDF"}

Continue = Callable[[Transfer, UUID], Awaitable[Any]]


async def next_scheduled_run(definition: Transfer, _: UUID) -> Any:
    return await go(definition)


async def retry_in_the_ui(_: Transfer, run: UUID) -> Any:
    return await press_retry(run)


async def resume_from(definition: Transfer, run: UUID) -> Any:
    return await go(definition, resume_from=str(run))


WAYS: list[Continue] = [next_scheduled_run, retry_in_the_ui, resume_from]


@pytest.fixture(scope="module")
def fork_server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.flows.crash_child"])
    return context


async def killed_run(
    office: Office, context: multiprocessing.context.ForkServerContext, kill_at: int
) -> tuple[UUID, list[str]]:
    """Drop the files, run until the kill, and return the run and the steps it made."""
    for name, content in FILES.items():
        office.drop(name, content)
    run = await new_run(office.definition())
    trail = office.root / "trail"
    child = context.Process(
        target=run_and_kill,
        args=(run.id, PREFECT_API_URL.value(), str(office.root), kill_at, str(trail)),
    )
    child.start()
    child.join(60)
    assert child.exitcode == (0 if kill_at == 0 else -9)
    return run.id, trail.read_text().splitlines()


def proven_once(office: Office) -> None:
    """Every recipient has taken every file exactly once, and the ledger has all receipts."""
    office.collect()
    expected = Counter((name, file) for name in office.recipients for file in FILES)
    assert Counter(office.taken) == expected
    assert office.at("source") == {}
    with office.ledger().read() as book:
        deliveries = [one for execution in book.recent() for one in book.deliveries(execution.id)]
    assert len(deliveries) == len(expected)
    assert all(one.state == "delivered" and one.proof for one in deliveries)


@pytest.mark.anyio
@pytest.mark.usefixtures("prefect_server")
@pytest.mark.timeout(400)
async def test_a_run_killed_at_any_step_is_continued(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fork_server: multiprocessing.context.ForkServerContext,
) -> None:
    steps = 1
    kill_at = 0
    while kill_at <= steps:
        root = tmp_path / str(kill_at)
        home = root / "home"
        monkeypatch.setenv("GOVMANAGER_HOME", str(home))
        office = Office(root, home, ("fachverfahren", "archiv"))
        await office.open()
        run, trail = await killed_run(office, fork_server, kill_at)
        if kill_at == 0:
            steps = len(trail)
            assert steps > 20
        else:
            office.collect()
            way = WAYS[kill_at % len(WAYS)]
            end = await way(office.definition(), run)
            # A kill before the claim leaves nothing to resume: an ordinary run takes the files.
            if not office.ledger_knows(run):
                end = await go(office.definition())
            assert end.is_completed(), f"killed before {trail[-1]}, {way.__name__}: {end.message}"
        proven_once(office)
        kill_at += 1
