"""Sends what is open to a target that a person chooses, and nowhere else any more."""

from __future__ import annotations

import asyncio
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.ledger import Purpose
from flows.operate.desk import Deed, Desk, act
from flows.operate.forms import Redirect
from flows.operate.selected import ask_first, refuse_if_in_doubt, selected, still_open
from flows.rounds import STATE
from flows.work import Work, load_endpoint
from transforms.errors import DefinitionWrong


@flow(name="redirect", flow_run_name="redirect: {order.reason}", persist_result=False)
async def redirect(order: Redirect) -> State[None]:
    """Deliver what is open to another target; what is delivered stays where it is.

    Args:
        order: Was gemeint ist, wohin es soll und warum.
    """
    return await act("redirect", order, partial(_redirect, order))


async def _redirect(order: Redirect, desk: Desk) -> str:
    execution = await desk.find(order.execution)
    await load_endpoint(order.target.endpoint)
    with desk.hub.ledger.hold(execution.id):
        work = desk.work(execution)
        with work.ledger.read() as book:
            doubtful = selected(book.deliveries(work.id), order)
        await ask_first(work, doubtful)
        count = await asyncio.to_thread(_arrange, desk, work, order)
        await desk.go_on(work)
    return f"{count} deliveries were redirected to {order.target.endpoint}"


def _arrange(desk: Desk, work: Work, order: Redirect) -> int:
    """Give up the open deliveries and add those to the new target; repeatable."""
    target = order.target.as_target().model_dump(mode="json")
    where = f"{order.target.endpoint}:{order.target.directory or '/'}"
    with work.ledger.write() as book:
        if desk.is_done(book, work.id):
            return 0
        open_ones = still_open(selected(book.deliveries(work.id), order))
        if not open_ones:
            raise DefinitionWrong(
                "Nothing is open that could be redirected",
                where=f"execution {work.id}",
                remedy="Resend what was delivered, if it is to go elsewhere too",
            )
        refuse_if_in_doubt(open_ones, order)
        for one in open_ones:
            book.discard(one.id, f"redirected to {where} - {desk.why}")
        why = f"Umgeleitet nach {where} - {desk.why}"
        book.deliver_again(open_ones, Purpose.REDIRECTED, target, why)
        book.reopen(work.id)
        to = [{"recipient": one.recipient, "file": one.name} for one in open_ones]
        desk.record(book, work.id, STATE, {"target": target, "deliveries": to})
    desk.deeds += [
        Deed(work.id, f"umgeleitet nach {where}", one.recipient, one.name, f"bisher {one.state}")
        for one in open_ones
    ]
    return len(open_ones)
