"""A transfer moves every file of a source to every recipient exactly once, and can prove it.

The order of events, and nothing else. What is unfinished is continued first, then the source is
looked at; each execution goes through fetch, transform and deliver. The ledger knows at every
moment what is left, so a Retry, `resume_from` and the next scheduled run all continue there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from prefect import flow, get_client, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from blocks.endpoint import Endpoint, display
from blocks.ledger import Ledger
from flows import start
from flows.continuation import plan_continuation
from flows.definition import Transfer
from flows.deliver import deliver_to, open_deliveries
from flows.fetch import fetch_files
from flows.report import publish_artifacts
from flows.settings import Settings
from flows.together import note_held_back
from flows.transform import Batch, apply_step, begin, finish, portions
from flows.verdict import NO_FILES, Verdict, conclude
from flows.work import Hub, Work, load_endpoint
from transforms.errors import Busy, HubError


@flow(name="transfer", flow_run_name="{definition.name}", persist_result=False)
async def transfer(definition: Transfer, resume_from: str = "") -> State[None]:
    """Move every file of the source to every recipient exactly once, transformed on the way.

    Args:
        definition: The transfer: source, steps, recipients.
        resume_from: Id of an execution to continue instead of looking at the source; leave it
            empty for an ordinary run.
    """
    settings = Settings()
    ledger = await asyncio.to_thread(Ledger, settings.ledger, settings.home / "locks")
    hub = Hub.at(settings, ledger)
    try:
        return await _run(hub, definition, resume_from)
    except HubError as error:
        return _as_state([Verdict.failed(error)])
    finally:
        await asyncio.to_thread(hub.pool.close_idle)
        ledger.dispose()


async def _run(hub: Hub, definition: Transfer, resume_from: str) -> State[None]:
    run = flow_run.get_id() or ""
    by_person = bool(resume_from) or int(flow_run.get_run_count() or 1) > 1
    earlier = await asyncio.to_thread(start.earlier, hub, definition, run, resume_from)
    verdicts = []
    for execution in earlier:
        work = Work(hub, definition, execution, by_person=by_person)
        await _name_run(definition, run, await asyncio.to_thread(work.names))
        verdicts.append(await _continue(work, run))
    if not resume_from and all(execution.id != run for execution in earlier):
        verdicts += await _begin(hub, definition, run)
    reached = [verdict for verdict in verdicts if verdict]
    await plan_continuation(definition, reached)
    return _as_state(reached)


async def _continue(work: Work, run: str) -> Verdict | None:
    try:
        with work.ledger.hold(work.id):
            work.take_over(run)
            return await carry_out(work)
    except Busy:
        if work.by_person:
            raise
        get_run_logger().info("Another run works on the execution %s", work.id)
        return None


async def _begin(hub: Hub, definition: Transfer, run: str) -> list[Verdict | None]:
    try:
        endpoint = await load_endpoint(definition.source.endpoint)
        picked = await asyncio.to_thread(start.waiting_files, hub, definition, endpoint)
    except HubError as error:
        return [Verdict.failed(error)]
    late = start.late_parts(definition, picked)
    if not picked.chosen:
        return [late or start.nothing(definition, picked)]
    await _name_run(definition, run, [display(one.file.name) for one in picked.chosen])
    with hub.ledger.hold(run):
        execution = await asyncio.to_thread(start.claim, hub, definition, run, picked)
        if execution is None:
            return [late]
        work = Work(hub, definition, execution, by_person=False)
        return [await carry_out(work, endpoint), late]


async def carry_out(work: Work, source: Endpoint | None = None) -> Verdict:
    """Do what is left of an execution that this run holds, and judge how it ended."""
    problem = await _fetch(work, source)
    try:
        await _transform(work)
        await _deliver(work)
    except HubError as error:
        problem = error
    verdict = await asyncio.to_thread(conclude, work, problem)
    await publish_artifacts(work)
    return verdict


async def _fetch(work: Work, source: Endpoint | None) -> HubError | None:
    if not work.unfetched():
        return None
    try:
        await fetch(work, work.source.endpoint, source)
    except HubError as error:
        # What came in before the source failed goes on; the rest is for the next run.
        work.change("FILES_INBOUND", "source failed", str(error))
        return error if work.unfetched() else None
    return None


@task(task_run_name="fetch from {name}", cache_policy=NO_CACHE, persist_result=False)
async def fetch(work: Work, name: str, source: Endpoint | None) -> str:
    """Bring every claimed file into the execution folder, then let go of the originals."""
    endpoint = source or await load_endpoint(name)
    try:
        return await asyncio.to_thread(fetch_files, work, endpoint)
    finally:
        # Steps may take long, and other runs wait for the source.
        await asyncio.to_thread(work.pool.close_idle)


async def _transform(work: Work) -> None:
    for ids in await asyncio.to_thread(portions, work):
        batch = await asyncio.to_thread(begin, work, ids)
        kinds = ", ".join(step.kind for step in work.definition.steps) or "none"
        work.change("PROCESSING_READY", "steps", kinds)
        for number, step in enumerate(work.definition.steps, 1):
            batch = await transform(work, number, step.kind, batch)
        told = await asyncio.to_thread(finish, work, batch)
        work.change("PROCESSING_DONE", "documents ready", told)


@task(task_run_name="transform {number}: {kind}", cache_policy=NO_CACHE, persist_result=False)
async def transform(work: Work, number: int, kind: str, batch: Batch) -> Batch:
    """Apply one step to every file."""
    get_run_logger().debug("%d documents through %s", len(batch.documents), kind)
    return await asyncio.to_thread(apply_step, work, number, batch)


async def _deliver(work: Work) -> None:
    await asyncio.to_thread(note_held_back, work)
    recipients = dict.fromkeys(one.recipient for one in open_deliveries(work))
    results = await asyncio.gather(
        *(deliver(work, recipient) for recipient in recipients), return_exceptions=True
    )
    for result in results:
        # The ledger has the reason of a HubError already; anything else is our own fault.
        if isinstance(result, BaseException) and not isinstance(result, HubError):
            raise result


@task(task_run_name="deliver to {recipient}", cache_policy=NO_CACHE, persist_result=False)
async def deliver(work: Work, recipient: str) -> str:
    """Deliver what is open to one recipient, target by target in order of priority."""
    return await deliver_to(work, recipient)


async def _name_run(definition: Transfer, run: str, files: Sequence[str]) -> None:
    if not files:
        # Others were faster with every file that the execution was begun for.
        return
    more = f" (+{len(files) - 1})" if len(files) > 1 else ""
    name = f"{definition.name} · {files[0]}{more}"
    async with get_client() as client:
        await client.update_flow_run(UUID(run), name=name)


def _as_state(verdicts: Sequence[Verdict]) -> State[None]:
    if not verdicts:
        return Completed(name=NO_FILES, message="Nothing to do")
    told = sorted(verdicts, key=lambda one: (one.good, one.state == NO_FILES))
    worst = told[0]
    message = " | ".join(one.message for one in verdicts)
    return (Completed if worst.good else Failed)(name=worst.state, message=message)
