"""Makes the deployments on a Prefect server agree with the files of transfers.

Nothing is sent before everything has been checked. Only what changed is sent, because sending a
deployment again deletes its scheduled runs; a deployment that somebody paused in the UI therefore
stays paused until its file changes.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from deployments.files import TransferFile
from deployments.findings import FilesWrong, Finding
from deployments.plan import Action, Change, plan
from deployments.recovery import ensure_recovery
from deployments.server import connected
from flows.transfer import transfer as transfer_flow
from transforms.errors import DefinitionWrong

AT_ONCE = 2
"""Requests in flight: with 8, a server on SQLite took twice as long as with 1, all waiting for
its one write lock."""

PAGE = 200
"""Rows per answer, the most that a server gives by default."""


async def apply(
    files: Sequence[TransferFile],
    *,
    work_pool: str,
    prune: bool,
    dry_run: bool = False,
    unfinished: Callable[[str], int] = lambda _: 0,
) -> list[Action]:
    """Create, change and remove deployments until the server agrees with the files.

    Args:
        files: the transfers as they should be.
        work_pool: pool in which they shall run; created for `process` workers if missing.
        prune: whether managed deployments that no file describes are removed.
        dry_run: only say what would happen.
        unfinished: how many executions of a transfer still wait to be continued; one that has
            any is not removed, because nobody would continue them.

    Returns:
        The plan; carried out unless `dry_run`.

    Raises:
        FilesWrong: an endpoint that a file names is not on the server.
        DefinitionWrong: a transfer to be removed has unfinished executions.
        Unreachable, AccessRefused: the server does not answer, or refuses.
    """
    async with connected() as client:
        await _check_endpoints(client, files)
        present = await _deployments(client)
        actions = plan(files, present, work_pool=work_pool, prune=prune)
        _check_pruned(actions, unfinished)
        if not dry_run:
            await _ensure_pool(client, work_pool)
            await ensure_recovery(client, work_pool)
            flow = await client.create_flow_from_name(transfer_flow.name)
            await _in_parallel(_send(client, flow, action) for action in actions)
    return actions


async def _in_parallel(tasks: Iterable[Awaitable[None]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(task: Awaitable[None]) -> None:
        async with gate:
            await task

    await asyncio.gather(*(one(task) for task in tasks))


async def _send(client: PrefectClient, flow: UUID, action: Action) -> None:
    if action.wanted and action.change in {Change.NEW, Change.CHANGED}:
        await client.create_deployment(flow_id=flow, **action.wanted)
    elif action.present and action.change is Change.PRUNED:
        await client.delete_deployment(action.present.id)


async def _ensure_pool(client: PrefectClient, name: str) -> None:
    try:
        await client.read_work_pool(name)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        pool = WorkPoolCreate(name=name, type=ProcessWorker.type, base_job_template=template)
        try:
            await client.create_work_pool(pool)
        except ObjectAlreadyExists:
            # Another `apply` or a worker was faster; the pool is there, which is what matters.
            return


async def _deployments(client: PrefectClient) -> list[DeploymentResponse]:
    of_flow = FlowFilter(name=FlowFilterName(any_=[transfer_flow.name]))
    found: list[DeploymentResponse] = []
    while True:
        page = await client.read_deployments(flow_filter=of_flow, limit=PAGE, offset=len(found))
        found += page
        if len(page) < PAGE:
            return found


async def _endpoints(client: PrefectClient) -> set[str]:
    """Return the names of all blocks on the server as `type/name`, without their contents."""
    names: set[str] = set()
    offset = 0
    while True:
        page = await client.read_block_documents(offset=offset, limit=PAGE, include_secrets=False)
        names |= {f"{one.block_type.slug}/{one.name}" for one in page if one.block_type}
        offset += len(page)
        if len(page) < PAGE:
            return names


async def _check_endpoints(client: PrefectClient, files: Sequence[TransferFile]) -> None:
    known = await _endpoints(client)
    findings = [
        _no_such_endpoint(one, location, name, known)
        for one in files
        for location, name in _named_endpoints(one)
        if name not in known
    ]
    if findings:
        raise FilesWrong(findings)


def _named_endpoints(one: TransferFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("source", "endpoint"), one.transfer.source.endpoint
    for number, recipient in enumerate(one.transfer.recipients):
        for rank, target in enumerate(recipient.targets):
            yield ("recipients", number, "targets", rank, "endpoint"), target.endpoint


def _no_such_endpoint(
    one: TransferFile, location: Sequence[str | int], name: str, known: Iterable[str]
) -> Finding:
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {close[0]}? Else " if close else ""
    remedy = f"{hint}create the block in the UI under Blocks"
    return one.finding(location, f"the server has no endpoint {name}", remedy)


def _check_pruned(actions: Iterable[Action], unfinished: Callable[[str], int]) -> None:
    for action in actions:
        count = unfinished(action.name) if action.change is Change.PRUNED else 0
        if count:
            raise DefinitionWrong(
                f"The transfer {action.name!r} has {count} unfinished executions",
                where="ledger",
                remedy="Keep its file with `active: false` until they are finished",
            )
