"""From the execution folder to one recipient: what the ledger says is open, target by target.

Each batch goes in two halves. The bytes are staged at the target, and the ledger notes it; then
they are published, and the ledger notes the proof. A crash anywhere leaves a state in which the
target can be asked how far it got, so that nothing is lost and nothing is sent twice:

* `sending`: nothing can be visible yet, since publishing follows a noted stage. Send again.
* `staged`: it may be visible. Ask the target, and nobody else, before anything is sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from blocks.endpoint import Can, Connection, Parcel, Staged
from blocks.guard import retrying
from blocks.ledger import Delivery, DeliveryState
from blocks.ledger.rows import OPEN
from flows import obstacles
from flows.definition import WhenClosed
from flows.drain import plan_drain
from flows.parcels import is_repeated, parcel_for, to_ledger
from flows.publish import OWN_FAULT, publish, tidy_up
from flows.rounds import Lane, Round, Way
from flows.settle import settle, settle_everywhere
from flows.together import REOPENED, batches, broken_by, company_of, held_back
from flows.work import Work, copied, load_endpoint, protocol_of
from transforms.errors import (
    DeliveryUnconfirmed,
    EndpointError,
    EndpointPaused,
    HubError,
    Locked,
    NameNotAllowed,
    Retry,
    StepFailed,
    StoreDamaged,
    TargetClosed,
    Unreachable,
)

AT_ONCE = 50
"""Documents that are staged, noted, published and noted together."""

NOT_TO_BE_SENT = (StepFailed, NameNotAllowed, StoreDamaged)
"""What keeps one document from being sent, before any target is asked."""

WAITS = (TargetClosed, EndpointPaused)
"""Why a target is not asked; no failure of this run."""

TAKEN = (DeliveryState.STAGED, DeliveryState.DELIVERED)


def open_deliveries(work: Work, recipient: str = "") -> list[Delivery]:
    """Read what a run may work on; what waits for a person only if one asked for the run."""
    with work.ledger.read() as book:
        every = book.deliveries(work.id, recipient, states=OPEN)
    held = held_back(work)
    return [
        one for one in every if one.id not in held and _may_continue(one, by_person=work.by_person)
    ]


def _may_continue(delivery: Delivery, *, by_person: bool) -> bool:
    return by_person or delivery.retry != Retry.NEVER or delivery.code == REOPENED


async def deliver_to(work: Work, recipient: str) -> str:
    """Deliver what is open to one recipient, target by target in order of priority.

    Returns:
        What was done or is held, in words.

    Raises:
        HubError: something else is still open; the ledger has the reason beside each delivery.
    """
    todo = frozenset(one.id for one in open_deliveries(work, recipient))
    round_ = Round(work, recipient, set(todo))
    await settle_everywhere(round_)
    done = await _by_ways(round_)
    await asyncio.to_thread(plan_drain, round_, todo)
    still = [one for one in round_.deliveries() if one.id in todo]
    if still and round_.problems and all(isinstance(one, WAITS) for one in round_.problems):
        return "; ".join([*done, f"held: {round_.problems[-1]}"])
    if still:
        raise round_.problems[-1] if round_.problems else _nobody_may(still[0])
    return "; ".join(done) or "nothing left to send"


async def _by_ways(round_: Round) -> list[str]:
    done: list[str] = []
    waits = False
    for way in await asyncio.to_thread(round_.ways):
        if waits or not await asyncio.to_thread(round_.waiting, way.ids):
            continue
        if found := obstacles.closed(way.target):
            await asyncio.to_thread(round_.passed_over, way, *found)
            waits = way.own and round_.described().when_closed is WhenClosed.HOLD
            continue
        try:
            done += await _by_way(round_, way)
        except HubError as error:
            await asyncio.to_thread(round_.note, way, error)
    return done


async def _by_way(round_: Round, way: Way) -> list[str]:
    name = way.target.endpoint
    known = await asyncio.to_thread(obstacles.health, round_.work, name)
    if found := obstacles.paused(round_.work, name, known):
        await asyncio.to_thread(round_.passed_over, way, *found)
        return []
    endpoint = await load_endpoint(name)
    # Whether it works again, one attempt tells.
    is_trial = known and known.closed_until and not round_.work.by_person
    attempts = 1 if is_trial else way.target.retries.attempts
    try:
        told = await asyncio.to_thread(send, round_, Lane(way, endpoint, attempts))
    except Unreachable as error:
        await asyncio.to_thread(obstacles.remember, round_.work, name, endpoint, error)
        raise
    await asyncio.to_thread(obstacles.forget, round_.work, name, known)
    return [told]


def _nobody_may(delivery: Delivery) -> HubError:
    return DeliveryUnconfirmed(
        f"{delivery.name} may have arrived, and no target of the recipient may send it again",
        where=delivery.endpoint,
        remedy="Put that endpoint back among the recipient's targets, then resume the execution",
    )


def send(round_: Round, lane: Lane) -> str:
    """Send what is open over one target, with its retries; repeatable.

    Returns:
        What was done, in words.

    Raises:
        HubError: the target failed beyond its retries.
    """
    return retrying(
        partial(_attempt, round_, lane),
        attempts=lane.attempts,
        seconds_between=lane.target.retries.seconds_between,
        told=lambda error, number: round_.change(
            f"{round_.recipient} via {lane.target.endpoint}: attempt {number} failed", str(error)
        ),
    )


def _attempt(round_: Round, lane: Lane) -> str:
    settle(round_, lane.target.endpoint, lane.endpoint)
    waiting = [one for one in round_.waiting(lane.way.ids) if _belongs(lane, one)]
    if not waiting:
        return "nothing left to send"
    lane.places.update(_taken(round_, lane))
    waiting = _sound(round_, lane, waiting)
    began = time.monotonic()
    sizes: list[int] = []
    # Where the target cannot be asked after a crash, or files add up, one goes at a time.
    at_once = AT_ONCE if Can.TRACE in lane.endpoint.can and not lane.target.append else 1
    try:
        with round_.work.pool.connection(lane.endpoint) as connection:
            for batch in batches(round_.work, waiting, at_once):
                sizes += _batch(round_, lane, connection, batch)
    finally:
        details = copied(protocol_of(lane.target.endpoint), sizes, time.monotonic() - began)
        if sizes:
            round_.change(f"{round_.recipient} via {lane.target.endpoint}", details)
    return details


def _taken(round_: Round, lane: Lane) -> dict[tuple[str, str], int]:
    with round_.work.ledger.read() as book:
        taken = book.deliveries(round_.work.id, round_.recipient, states=TAKEN)
    return {
        (one.parcel["directory"], one.parcel["name"]): one.document
        for one in taken
        if one.endpoint == lane.target.endpoint
    }


def _belongs(lane: Lane, delivery: Delivery) -> bool:
    if delivery.id in lane.skipped:
        return False
    # What may have arrived by mail already must not come by another way too.
    return not is_repeated(delivery) or delivery.endpoint == lane.target.endpoint


def _batch(
    round_: Round, lane: Lane, connection: Connection, batch: Sequence[Delivery]
) -> list[int]:
    staged: list[tuple[Delivery, Parcel, Staged]] = []
    refused: list[tuple[Delivery, HubError]] = []
    broken: EndpointError | None = None
    prepared = _prepare(round_, lane, batch)
    answers = connection.stage_many([parcel for _, parcel in prepared])
    for (delivery, parcel), answer in zip(prepared, answers, strict=True):
        if isinstance(answer, OWN_FAULT):
            round_.refuse(delivery, answer)
            refused.append((delivery, answer))
        elif isinstance(answer, EndpointError) and _concerns_one(answer):
            lane.skipped.add(delivery.id)
            round_.fail(delivery, answer)
            refused.append((delivery, answer))
        elif isinstance(answer, EndpointError):
            broken = broken or answer
        else:
            staged.append((delivery, parcel, answer))
    if broken:
        # What is staged was never noted, and is sent again.
        raise broken
    staged = _unbroken(round_, lane, connection, staged, refused)
    with round_.work.ledger.write() as book:
        book.staged((delivery.id, where) for delivery, _, where in staged)
    return publish(round_, lane.endpoint, connection, staged)


def _sound(round_: Round, lane: Lane, waiting: Sequence[Delivery]) -> list[Delivery]:
    """Leave out what goes together with a document that cannot be sent, before any of it is."""
    refused: list[tuple[Delivery, HubError]] = []
    for one in waiting:
        if company_of(round_.work, one):
            try:
                lane.claim(one, parcel_for(round_.work, lane.target, one, lane.endpoint))
            except NOT_TO_BE_SENT as error:
                round_.refuse(one, error)
                refused.append((one, error))
    fellows = _fellows(round_, waiting, refused)
    for fellow, reason in fellows.values():
        round_.refuse(fellow, reason)
    left_out = {one.id for one, _ in refused} | set(fellows)
    return [one for one in waiting if one.id not in left_out]


def _unbroken(
    round_: Round,
    lane: Lane,
    connection: Connection,
    staged: list[tuple[Delivery, Parcel, Staged]],
    refused: Sequence[tuple[Delivery, HubError]],
) -> list[tuple[Delivery, Parcel, Staged]]:
    """Take back what goes together with a document that was not taken; it shares its way."""
    fellows = _fellows(round_, [delivery for delivery, _, _ in staged], refused)
    for_good = {company_of(round_.work, one) for one, _ in refused if one.id not in round_.todo}
    for delivery, parcel, _ in staged:
        if delivery.id in fellows:
            lane.skipped.add(delivery.id)
            is_refused = company_of(round_.work, delivery) in for_good
            (round_.refuse if is_refused else round_.fail)(*fellows[delivery.id])
            tidy_up(connection, parcel)
    return [one for one in staged if one[0].id not in fellows]


def _fellows(
    round_: Round, others: Sequence[Delivery], refused: Sequence[tuple[Delivery, HubError]]
) -> dict[int, tuple[Delivery, HubError]]:
    """Find who goes together with documents that were refused, and so does not go."""
    reasons = {company_of(round_.work, one): broken_by(one.name, str(e)) for one, e in refused}
    out = {one.id for one, _ in refused}
    return {
        one.id: (one, reasons[key])
        for one in others
        if (key := company_of(round_.work, one)) and key in reasons and one.id not in out
    }


def _concerns_one(error: EndpointError) -> bool:
    """Tell whether the target may still take other documents: another directory, another name."""
    return error.retry is Retry.NEVER or isinstance(error, Locked)


def _prepare(round_: Round, lane: Lane, batch: Sequence[Delivery]) -> list[tuple[Delivery, Parcel]]:
    parcels = []
    for delivery in batch:
        try:
            parcel = parcel_for(round_.work, lane.target, delivery, lane.endpoint)
            lane.claim(delivery, parcel)
            parcels.append((delivery, parcel))
        except NOT_TO_BE_SENT as error:
            round_.refuse(delivery, error)
    with round_.work.ledger.write() as book:
        sent = [(delivery.id, to_ledger(parcel)) for delivery, parcel in parcels]
        book.sending(lane.way.number, lane.target.endpoint, sent)
    return parcels
