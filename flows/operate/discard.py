"""Gives up what is open, because a person says so; originals and proofs stay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.ledger import Book, Delivery, LedgerFile, Outcome
from blocks.ledger.rows import ASIDE
from flows.operate.desk import Deed, Desk, act
from flows.operate.forms import Discard, What
from flows.operate.selected import ask_first, refuse_if_in_doubt, selected, still_open
from flows.report import publish_artifacts
from flows.verdict import Verdict, judge
from flows.work import Work
from transforms.errors import DefinitionWrong


@flow(name="discard", flow_run_name="discard: {order.reason}", persist_result=False)
async def discard(order: Discard) -> State[None]:
    """Give up open deliveries, and files that were set aside; what is delivered stays so.

    Args:
        order: Was gemeint ist und warum.
    """
    return await act("discard", order, partial(_discard, order))


async def _discard(order: Discard, desk: Desk) -> str:
    execution = await desk.find(order.execution)
    with desk.hub.ledger.hold(execution.id):
        work = desk.work(execution)
        with work.ledger.read() as book:
            doubtful, _ = _meant(book, work, order)
        await ask_first(work, doubtful)
        verdict = await asyncio.to_thread(_give_up, desk, work, order)
        await publish_artifacts(work)
    return f"{len(desk.deeds)} given up. {verdict.message}"


def _give_up(desk: Desk, work: Work, order: Discard) -> Verdict:
    """Give up what is meant and judge what is left of the execution; repeatable."""
    with work.ledger.write() as book:
        if not desk.is_done(book, work.id):
            _give_up_in(book, desk, work, order)
        files, deliveries = book.files(work.id), book.deliveries(work.id)
        verdict = judge(files, deliveries)
        if verdict.outcome is Outcome.DONE:
            book.hold(work.id, "")
        book.change(work.id, verdict.state, "judged anew", verdict.message)
        until = work.execution.continue_at if verdict.outcome is Outcome.OPEN else None
        book.close(work.id, verdict.state, verdict.message, verdict.outcome, until)
    work.write_manifest(files, deliveries)
    return verdict


def _give_up_in(book: Book, desk: Desk, work: Work, order: Discard) -> None:
    deliveries, files = _meant(book, work, order)
    if not (deliveries or files):
        raise DefinitionWrong(
            "Nothing is open that could be given up",
            where=f"execution {work.id}",
            remedy="Look at its receipts: what is proven can never be taken back",
        )
    refuse_if_in_doubt(deliveries, order)
    for one in deliveries:
        book.discard(one.id, f"Verworfen - {desk.why}")
    for file in files:
        book.given_up(file.id, f"Verworfen - {desk.why}")
    desk.deeds += _deeds(work, deliveries, files)
    names = [{"recipient": one.recipient, "file": one.name} for one in deliveries]
    details = {"deliveries": names, "files": [file.name for file in files]}
    desk.record(book, work.id, work.execution.state, details)


def _deeds(work: Work, deliveries: Sequence[Delivery], files: Sequence[LedgerFile]) -> list[Deed]:
    kept = "Original bleibt im Ausführungsordner"
    return [
        *(Deed(work.id, "verworfen", one.recipient, one.name, one.error) for one in deliveries),
        *(Deed(work.id, "verworfen", "", one.name, f"{kept}. {one.error}") for one in files),
    ]


def _meant(book: Book, work: Work, order: Discard) -> tuple[list[Delivery], list[LedgerFile]]:
    """Return the open deliveries and the files set aside that are to be given up."""
    aside = [one for one in book.files(work.id) if one.state in ASIDE]
    named = selected(book.deliveries(work.id), order, [one.name for one in aside])
    files = [one for one in aside if not order.files or one.name in order.files]
    if order.recipients or order.what is What.DELIVERIES:
        files = []
    return [] if order.what is What.FILES else still_open(named), files
