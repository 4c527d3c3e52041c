"""Goes over all executions of a period once more."""

from __future__ import annotations

import asyncio
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.ledger import Execution, Outcome
from flows.definition import Transfer
from flows.operate.desk import Deed, Desk, act, deployment_of
from flows.operate.forms import Rerun, Resend, Which
from flows.operate.resend import arrange
from flows.work import Work, local_time
from transforms.errors import Busy, DefinitionWrong, StoreUnavailable

MEANT = {
    Which.OPEN: (Outcome.OPEN,),
    Which.FAILED: (Outcome.OPEN, Outcome.WAITING),
    Which.ALL: tuple(Outcome),
}


@flow(name="rerun", flow_run_name="rerun: {order.reason}", persist_result=False)
async def rerun(order: Rerun) -> State[None]:
    """Continue what is left of all executions of a period, or deliver everything once more.

    Args:
        order: Welche Ausführungen gemeint sind und warum.
    """
    return await act("rerun", order, partial(_rerun, order))


async def _rerun(order: Rerun, desk: Desk) -> str:
    found = await asyncio.to_thread(_meant, order, desk)
    if order.dry_run:
        desk.deeds += [_planned(order, one) for one in found]
        return f"{len(found)} executions would be run again; nothing was done"
    definitions: dict[str, Transfer] = {}
    for one in found:
        if one.held:
            desk.deeds.append(Deed(one.id, "ausgelassen", remark=f"angehalten ({one.held})"))
            continue
        try:
            definition = await _definition(order, one, definitions)
            await _rerun_one(order, desk, one, definition)
        except (Busy, DefinitionWrong, StoreUnavailable) as error:
            desk.failed(one.id, error)
    return f"{len(desk.verdicts)} of {len(found)} executions were run again"


def _meant(order: Rerun, desk: Desk) -> list[Execution]:
    with desk.hub.ledger.read() as book:
        every = book.between(order.begin, order.end, transfer=order.transfer, group=order.group)
        found = [
            one for one in every if one.outcome in MEANT[order.which] or desk.is_done(book, one.id)
        ]
    if len(found) > order.at_most:
        raise DefinitionWrong(
            f"{len(found)} executions are meant, more than {order.at_most}",
            where=f"{local_time(order.begin)} to {local_time(order.end)}",
            remedy="Choose a shorter period, or allow more",
        )
    return found


def _planned(order: Rerun, execution: Execution) -> Deed:
    done = "würde fortgesetzt"
    if order.which is Which.ALL:
        done = "würde erneut zugestellt"
    if execution.held:
        done = "würde ausgelassen: angehalten"
    begun = f"{execution.transfer}, begonnen {local_time(execution.started_at)}"
    return Deed(execution.id, done, remark=f"{begun}: {execution.state}. {execution.message}")


async def _definition(
    order: Rerun, execution: Execution, known: dict[str, Transfer]
) -> Transfer | None:
    """Return the transfer as it is today; None where the execution's own is meant."""
    if not order.current_definition:
        return None
    name = execution.transfer
    if name not in known:
        deployment = await deployment_of(name)
        if deployment is None:
            raise DefinitionWrong(
                "This transfer has no deployment any more",
                where=f"transfer {name}",
                remedy="Run it again as it was, or apply the transfer's file",
            )
        known[name] = Transfer.model_validate(deployment[1]["definition"])
    return known[name]


async def _rerun_one(
    order: Rerun, desk: Desk, execution: Execution, definition: Transfer | None
) -> None:
    with desk.hub.ledger.hold(execution.id):
        aside = order.which is not Which.OPEN
        work = desk.work(execution, files_aside=aside, definition=definition)
        await asyncio.to_thread(_prepare, order, desk, work)
        await desk.go_on(work)


def _prepare(order: Rerun, desk: Desk, work: Work) -> None:
    """Write the audit entry, and add a delivery of what is proven where that is asked for."""
    with work.ledger.read() as book:
        has_deliveries = bool(book.deliveries(work.id))
    if order.which is Which.ALL and has_deliveries:
        form = Resend(execution=work.id, reason=order.reason, actor=desk.actor, mark=order.mark)
        arrange(desk, work, form)
        return
    with work.ledger.write() as book:
        if not desk.is_done(book, work.id):
            book.reopen(work.id)
            desk.record(book, work.id, work.execution.state, {"which": order.which})
