"""Keeps executions from going on, and lets them go on again at once."""

from __future__ import annotations

import asyncio
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.ledger import Execution, Outcome
from flows.operate.desk import Deed, Desk, act
from flows.operate.forms import Hold, Release, Unfinished
from transforms.errors import Busy, DefinitionWrong, StoreUnavailable


@flow(name="hold", flow_run_name="hold: {order.reason}", persist_result=False)
async def hold(order: Hold) -> State[None]:
    """Let no run continue an execution, or those of a transfer, until it is released.

    Args:
        order: Was gemeint ist und warum.
    """
    return await act("hold", order, partial(_hold, order))


@flow(name="release", flow_run_name="release: {order.reason}", persist_result=False)
async def release(order: Release) -> State[None]:
    """Let executions go on that are held, at once.

    Args:
        order: Was gemeint ist und warum.
    """
    return await act("release", order, partial(_release, order))


async def _hold(order: Hold, desk: Desk) -> str:
    found = [one for one in await _meant(order, desk) if one.outcome is not Outcome.DONE]
    if not found:
        raise _nothing(order, "Nothing is left to do that could be held")
    for one in found:
        try:
            await asyncio.to_thread(_hold_one, desk, one)
        except Busy as error:
            desk.failed(one.id, error)
    return f"{len(found) - len(desk.problems)} executions are held"


def _hold_one(desk: Desk, execution: Execution) -> None:
    with desk.hub.ledger.hold(execution.id), desk.hub.ledger.write() as book:
        if not desk.is_done(book, execution.id):
            book.hold(execution.id, desk.why)
            desk.record(book, execution.id, execution.state, {"held before": execution.held})
    desk.deeds.append(Deed(execution.id, "angehalten", remark=execution.message))


async def _release(order: Release, desk: Desk) -> str:
    meant = await _meant(order, desk)
    with desk.hub.ledger.read() as book:
        found = [one for one in meant if one.held or desk.is_done(book, one.id)]
    if not found:
        raise _nothing(order, "Nothing is held")
    for one in found:
        try:
            await _release_one(desk, one)
        except (Busy, DefinitionWrong, StoreUnavailable) as error:
            desk.failed(one.id, error)
    return f"{len(found) - len(desk.problems)} executions were released"


async def _release_one(desk: Desk, execution: Execution) -> None:
    with desk.hub.ledger.hold(execution.id):
        await asyncio.to_thread(_free, desk, execution)
        # Only now is it not held any more, for who reads it afresh.
        await desk.go_on(desk.work(execution))


def _free(desk: Desk, execution: Execution) -> None:
    with desk.hub.ledger.write() as book:
        if desk.is_done(book, execution.id):
            return
        book.hold(execution.id, "")
        desk.record(book, execution.id, execution.state, {"was held": execution.held})
    desk.deeds.append(Deed(execution.id, "freigegeben", remark=f"war: {execution.held}"))


async def _meant(order: Unfinished, desk: Desk) -> list[Execution]:
    if order.execution:
        return [await desk.find(order.execution)]
    with desk.hub.ledger.read() as book:
        return book.not_done(order.transfer)


def _nothing(order: Unfinished, what: str) -> DefinitionWrong:
    return DefinitionWrong(
        what,
        where=order.execution or f"transfer {order.transfer}",
        remedy="See `govmanager executions` for what is left",
    )
