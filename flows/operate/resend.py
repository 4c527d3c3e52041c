"""Delivers once more what is proven already, because a person asks for it; never silently."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.ledger import Book, Delivery, DeliveryState, Purpose
from flows.definition import Recipient, Target
from flows.notice import marked
from flows.operate.desk import Deed, Desk, act
from flows.operate.forms import Resend
from flows.operate.selected import selected, still_open
from flows.rounds import STATE
from flows.work import Work, local_time
from transforms.errors import DefinitionWrong

WORD = "Erneut"


@flow(name="resend", flow_run_name="resend: {order.reason}", persist_result=False)
async def resend(order: Resend) -> State[None]:
    """Deliver documents once more that were delivered, and try at once what is open.

    Args:
        order: Was gemeint ist, wohin es soll und warum.
    """
    return await act("resend", order, partial(_resend, order))


async def _resend(order: Resend, desk: Desk) -> str:
    execution = await desk.find(order.execution)
    with desk.hub.ledger.hold(execution.id):
        work = desk.work(execution)
        count = await asyncio.to_thread(arrange, desk, work, order)
        await desk.go_on(work)
    return f"{count} deliveries were asked for again"


def arrange(desk: Desk, work: Work, order: Resend) -> int:
    """Add the deliveries to an execution that this process holds; repeatable.

    Returns:
        How many there are, those that are open still included.

    Raises:
        DefinitionWrong: there is nothing of the kind.
    """
    with work.ledger.write() as book:
        if desk.is_done(book, work.id):
            return 0
        pairs: dict[tuple[int, str], list[Delivery]] = {}
        for one in selected(book.deliveries(work.id), order):
            pairs.setdefault((one.document, one.recipient), []).append(one)
        deeds = [_again(desk, work, order, book, pair) for pair in pairs.values()]
        count = len(deeds)
        if not count:
            raise DefinitionWrong(
                "There is nothing to send again",
                where=f"execution {work.id}",
                remedy="Look at its receipts: nothing was made ready for a recipient",
            )
        desk.deeds += deeds
        book.reopen(work.id)
        desk.record(book, work.id, STATE, _details(order, deeds))
    return count


def _details(order: Resend, deeds: Sequence[Deed]) -> dict[str, Any]:
    to = [{"recipient": one.recipient, "file": one.name, "done": one.done} for one in deeds]
    return {"target": order.target, "mark": order.mark, "deliveries": to}


def _again(desk: Desk, work: Work, order: Resend, book: Book, pair: Sequence[Delivery]) -> Deed:
    last = pair[-1]
    deed = partial(Deed, work.id, recipient=last.recipient, name=last.name)
    if still_open(pair):
        return deed("offen: wird sofort versucht")
    arrived = [one for one in pair if one.state is DeliveryState.DELIVERED]
    if not (arrived or order.files):
        return deed("verworfen: bleibt es", remark="Zum Senden die Datei im Formular nennen")
    chosen = _chosen(work.recipient(last.recipient), order, arrived)
    book.deliver_again([last], Purpose.RESENT, chosen, f"{WORD} - {desk.why}")
    before = f"zuvor {local_time(arrived[-1].delivered_at)}" if arrived else "zuvor verworfen"
    return deed("wird erneut zugestellt", remark=before)


def _chosen(
    recipient: Recipient, order: Resend, arrived: Sequence[Delivery]
) -> Mapping[str, Any] | None:
    """Return the one target that is meant; None where all of the recipient's are."""
    target = _named(recipient, order.target) if order.target else None
    if order.mark and arrived:
        times = sum(one.purpose is Purpose.RESENT for one in arrived) + 1
        word = WORD if times == 1 else f"{WORD}{times}"
        last = arrived[-1]
        when = f"bereits am {local_time(last.delivered_at)} über {last.endpoint} zugestellt."
        target = marked(target or recipient.targets[0], word, when)
    return target.model_dump(mode="json") if target else None


def _named(recipient: Recipient, text: str) -> Target:
    """Find a recipient's target by its number, from 1, or its endpoint."""
    for number, target in enumerate(recipient.targets, 1):
        if text in (str(number), target.endpoint):
            return target
    known = (f"{number} ({one.endpoint})" for number, one in enumerate(recipient.targets, 1))
    raise DefinitionWrong(
        f"{recipient.name} has no target {text!r}",
        where="target",
        remedy=f"Choose among {', '.join(known)}, or redirect it",
    )
