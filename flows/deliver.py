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
from dataclasses import dataclass, field
from functools import partial

from prefect.logging import get_run_logger

from blocks.endpoint import Can, Connection, Endpoint, Parcel, Receipt, Staged, Trace
from blocks.guard import retrying
from blocks.ledger import Delivery, DeliveryState
from flows.definition import Target
from flows.parcels import as_repeated, from_ledger, is_repeated, parcel_for, to_ledger
from flows.work import Work, copied, load_endpoint, protocol_of
from transforms.errors import (
    AlreadyThere,
    DeliveryUnconfirmed,
    DirectoryMissing,
    DocumentRefused,
    EndpointError,
    FileChanged,
    HubError,
    NameNotAllowed,
    Retry,
    StepFailed,
)

AT_ONCE = 50
"""Documents that are staged, noted, published and noted together."""

OWN_FAULT = (AlreadyThere, NameNotAllowed, DocumentRefused, FileChanged, StepFailed)
"""Errors of one document, which no other target would mend; the others go on."""

TAKEN = (DeliveryState.STAGED, DeliveryState.DELIVERED)

STATE = "OUTBOUND_READY"


@dataclass(frozen=True, slots=True)
class Round:
    """One recipient's share of a run.

    Attributes:
        todo: ids of the deliveries this run may still send.
        problems: what went wrong on the way, in order.
    """

    work: Work
    recipient: str
    todo: set[int]
    problems: list[HubError] = field(default_factory=list)

    def change(self, action: str, details: str) -> None:
        """Add one line to the execution's history."""
        self.work.change(STATE, action, details)

    def deliveries(self) -> list[Delivery]:
        """Read the recipient's deliveries that are not proven yet."""
        with self.work.ledger.read() as book:
            every = book.deliveries(self.work.id, self.recipient)
        return [one for one in every if one.state is not DeliveryState.DELIVERED]

    def note(self, endpoint: str, error: HubError) -> None:
        """Keep a target's failure, write it beside all that is open, and go on.

        What is in doubt stays in doubt.
        """
        self.problems.append(error)
        with self.work.ledger.write() as book:
            book.change(self.work.id, STATE, f"{self.recipient} via {endpoint}: failed", str(error))
            for one in book.deliveries(self.work.id, self.recipient):
                if one.state is DeliveryState.STAGED:
                    book.in_doubt(one.id, error)
                elif one.state is not DeliveryState.DELIVERED and one.id in self.todo:
                    book.failed(one.id, error)

    def refuse(self, delivery: Delivery, error: HubError) -> None:
        """Take one delivery out of this run, with its reason."""
        self.todo.discard(delivery.id)
        self.fail(delivery, error)

    def fail(self, delivery: Delivery, error: HubError) -> None:
        """Write down why one delivery failed at one target; the next target may still take it."""
        self.problems.append(error)
        with self.work.ledger.write() as book:
            book.failed(delivery.id, error)
            book.change(
                self.work.id, STATE, f"{self.recipient}: refused {delivery.name}", str(error)
            )


@dataclass(frozen=True, slots=True)
class Lane:
    """One target of the recipient, with its endpoint.

    Attributes:
        skipped: ids of deliveries that this target has no directory for; the next one may.
        places: directory and name of what this recipient has there, with the delivery's id.
    """

    number: int
    target: Target
    endpoint: Endpoint
    skipped: set[int] = field(default_factory=set)
    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def claim(self, delivery: Delivery, parcel: Parcel) -> None:
        """Keep a place for one document: the next one must not replace it unnoticed.

        Raises:
            NameNotAllowed: another document of the execution has the same name there.
        """
        if not parcel.overwrite or parcel.append or parcel.letter:
            return
        place = (parcel.directory, parcel.name)
        if self.places.setdefault(place, delivery.id) != delivery.id:
            raise NameNotAllowed(
                f"Another document of this execution is {parcel.name} there already",
                where=f"{self.target.endpoint}:{parcel.directory}",
                remedy="Make the names differ by the target's file name template",
            )


def open_deliveries(work: Work, recipient: str = "") -> list[Delivery]:
    """Read what a run may work on; what waits for a person only if one asked for the run."""
    with work.ledger.read() as book:
        every = book.deliveries(work.id, recipient)
    return [one for one in every if _may_continue(one, by_person=work.by_person)]


def _may_continue(delivery: Delivery, *, by_person: bool) -> bool:
    if delivery.state is DeliveryState.DELIVERED:
        return False
    return by_person or delivery.retry != Retry.NEVER


async def deliver_to(work: Work, recipient: str) -> str:
    """Deliver what is open to one recipient, target by target in order of priority.

    Returns:
        What was done, in words.

    Raises:
        HubError: something is still open; the ledger has the reason beside each delivery.
    """
    todo = frozenset(one.id for one in open_deliveries(work, recipient))
    round_ = Round(work, recipient, set(todo))
    await _settle_everywhere(round_)
    done: list[str] = []
    for number, target in enumerate(work.recipient(recipient).targets):
        if not await asyncio.to_thread(_is_waiting, round_):
            break
        try:
            lane = Lane(number, target, await load_endpoint(target.endpoint))
            done.append(await asyncio.to_thread(send, round_, lane))
        except HubError as error:
            round_.note(target.endpoint, error)
    still = [one for one in round_.deliveries() if one.id in todo]
    if still:
        raise round_.problems[-1] if round_.problems else _nobody_may(still[0])
    return "; ".join(done) or "nothing left to send"


def _nobody_may(delivery: Delivery) -> HubError:
    return DeliveryUnconfirmed(
        f"{delivery.name} may have arrived, and no target of the recipient may send it again",
        where=delivery.endpoint,
        remedy="Put that endpoint back among the recipient's targets, then resume the execution",
    )


async def _settle_everywhere(round_: Round) -> None:
    """Ask every endpoint in doubt, whether or not the definition still names it."""
    doubtful = await asyncio.to_thread(in_doubt, round_)
    for name in dict.fromkeys(one.endpoint for one in doubtful):
        try:
            endpoint = await load_endpoint(name)
            await asyncio.to_thread(settle, round_, name, endpoint)
        except HubError as error:
            round_.note(name, error)


def _is_waiting(round_: Round) -> bool:
    return any(
        one.id in round_.todo and one.state is not DeliveryState.STAGED
        for one in round_.deliveries()
    )


def in_doubt(round_: Round) -> list[Delivery]:
    """Read the deliveries of which nobody knows yet whether they arrived."""
    return [one for one in round_.deliveries() if one.state is DeliveryState.STAGED]


def settle(round_: Round, name: str, endpoint: Endpoint) -> None:
    """Ask an endpoint about every delivery in doubt there; publish or free what it finds.

    Raises:
        EndpointError: it cannot be asked now; the deliveries stay in doubt.
    """
    doubtful = [one for one in in_doubt(round_) if one.endpoint == name]
    if not doubtful:
        return
    with round_.work.pool.connection(endpoint) as connection:
        for delivery in doubtful:
            _settle_one(round_, endpoint, connection, delivery)


def _settle_one(
    round_: Round, endpoint: Endpoint, connection: Connection, delivery: Delivery
) -> None:
    parcel = from_ledger(round_.work.folder, delivery)
    staged = delivery.staged or Staged("", "", 0, "")
    found, evidence = connection.trace(parcel, staged)
    action = f"asked {delivery.endpoint} about {parcel.name}: {found}"
    if found is Trace.STAGED:
        round_.change(action, evidence)
        _publish(round_, endpoint, connection, [(delivery, parcel, staged)])
        return
    with round_.work.ledger.write() as book:
        book.change(round_.work.id, STATE, action, evidence)
        if found is Trace.PUBLISHED:
            book.delivered([(delivery.id, Receipt(staged.location, evidence))])
        elif found is Trace.ABSENT:
            book.absent(delivery.id, to_ledger(parcel))
        elif parcel.letter:
            # Mail cannot be asked about: it goes out again with the same Message-ID, and says so.
            book.absent(delivery.id, to_ledger(as_repeated(parcel)))
        else:
            book.in_doubt(delivery.id, _unconfirmed(delivery, evidence))


def _unconfirmed(delivery: Delivery, evidence: str) -> DeliveryUnconfirmed:
    return DeliveryUnconfirmed(
        f"Whether {delivery.name} arrived cannot be told: {evidence}",
        where=delivery.endpoint,
        remedy="Ask the recipient, then resume the execution",
    )


def send(round_: Round, lane: Lane) -> str:
    """Send what is open over one target, with its retries; repeatable.

    Returns:
        What was done, in words.

    Raises:
        HubError: the target failed beyond its retries.
    """
    retries = lane.target.retries
    return retrying(
        partial(_attempt, round_, lane),
        attempts=retries.attempts,
        seconds_between=retries.seconds_between,
        told=lambda error, number: round_.change(
            f"{round_.recipient} via {lane.target.endpoint}: attempt {number} failed", str(error)
        ),
    )


def _attempt(round_: Round, lane: Lane) -> str:
    settle(round_, lane.target.endpoint, lane.endpoint)
    waiting = [one for one in round_.deliveries() if _belongs(round_, lane, one)]
    if not waiting:
        return "nothing left to send"
    lane.places.update(_taken(round_, lane))
    began = time.monotonic()
    sizes: list[int] = []
    # Where the target cannot be asked after a crash, or files add up, one goes at a time.
    at_once = AT_ONCE if Can.TRACE in lane.endpoint.can and not lane.target.append else 1
    try:
        with round_.work.pool.connection(lane.endpoint) as connection:
            for start in range(0, len(waiting), at_once):
                sizes += _batch(round_, lane, connection, waiting[start : start + at_once])
    finally:
        details = copied(protocol_of(lane.target.endpoint), sizes, time.monotonic() - began)
        if sizes:
            round_.change(f"{round_.recipient} via {lane.target.endpoint}", details)
    return details


def _taken(round_: Round, lane: Lane) -> dict[tuple[str, str], int]:
    with round_.work.ledger.read() as book:
        every = book.deliveries(round_.work.id, round_.recipient)
    return {
        (one.parcel["directory"], one.parcel["name"]): one.id
        for one in every
        if one.state in TAKEN and one.endpoint == lane.target.endpoint
    }


def _belongs(round_: Round, lane: Lane, delivery: Delivery) -> bool:
    if delivery.state is DeliveryState.STAGED or delivery.id not in round_.todo - lane.skipped:
        return False
    # What may have arrived by mail already must not come by another way too.
    return not is_repeated(delivery) or delivery.endpoint == lane.target.endpoint


def _batch(
    round_: Round, lane: Lane, connection: Connection, batch: Sequence[Delivery]
) -> list[int]:
    staged: list[tuple[Delivery, Parcel, Staged]] = []
    broken: EndpointError | None = None
    prepared = _prepare(round_, lane, batch)
    answers = connection.stage_many([parcel for _, parcel in prepared])
    for (delivery, parcel), answer in zip(prepared, answers, strict=True):
        if isinstance(answer, OWN_FAULT):
            round_.refuse(delivery, answer)
        elif isinstance(answer, DirectoryMissing):
            lane.skipped.add(delivery.id)
            round_.fail(delivery, answer)
        elif isinstance(answer, EndpointError):
            broken = broken or answer
        else:
            staged.append((delivery, parcel, answer))
    if broken:
        # What is staged was never noted, and is sent again.
        raise broken
    with round_.work.ledger.write() as book:
        book.staged((delivery.id, where) for delivery, _, where in staged)
    return _publish(round_, lane.endpoint, connection, staged)


def _prepare(round_: Round, lane: Lane, batch: Sequence[Delivery]) -> list[tuple[Delivery, Parcel]]:
    parcels = []
    for delivery in batch:
        try:
            parcel = parcel_for(round_.work, lane.target, delivery, lane.endpoint)
            lane.claim(delivery, parcel)
            parcels.append((delivery, parcel))
        except (StepFailed, NameNotAllowed) as error:
            round_.refuse(delivery, error)
    with round_.work.ledger.write() as book:
        sent = [(delivery.id, to_ledger(parcel)) for delivery, parcel in parcels]
        book.sending(lane.number, lane.target.endpoint, sent)
    return parcels


def _publish(
    round_: Round,
    endpoint: Endpoint,
    connection: Connection,
    staged: Sequence[tuple[Delivery, Parcel, Staged]],
) -> list[int]:
    proven: list[tuple[int, Receipt]] = []
    not_taken: list[tuple[int, EndpointError]] = []
    refused: list[tuple[Delivery, Parcel, EndpointError]] = []
    broken: EndpointError | None = None
    answers = connection.publish_many([(parcel, where) for _, parcel, where in staged])
    for (delivery, parcel, _), answer in zip(staged, answers, strict=True):
        if isinstance(answer, OWN_FAULT):
            refused.append((delivery, parcel, answer))
        elif isinstance(answer, EndpointError):
            broken = broken or answer
            if _proves_nothing_came(endpoint, answer):
                not_taken.append((delivery.id, answer))
        else:
            proven.append((delivery.id, answer))
    with round_.work.ledger.write() as book:
        book.delivered(proven)
        for number, error in not_taken:
            book.failed(number, error)
    for delivery, parcel, error in refused:
        round_.refuse(delivery, error)
        _tidy_up(connection, parcel)
    if broken:
        raise broken
    sent = dict(proven)
    return [parcel.fingerprint.size for delivery, parcel, _ in staged if delivery.id in sent]


def _proves_nothing_came(endpoint: Endpoint, error: EndpointError) -> bool:
    """Tell whether a delivery that failed may go out again without asking.

    What can be asked is asked; the others' word is all there is (`Connection.publish`).
    """
    return Can.TRACE not in endpoint.can and not isinstance(error, DeliveryUnconfirmed)


def _tidy_up(connection: Connection, parcel: Parcel) -> None:
    """Take away what was staged, now that the ledger no longer counts on it."""
    try:
        connection.trace(parcel, None)
    except EndpointError as error:
        get_run_logger().warning("A temporary file may be left behind: %s", error)
