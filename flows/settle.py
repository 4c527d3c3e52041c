"""What is in doubt after a crash or a lost line: the endpoint is asked before anything is sent."""

from __future__ import annotations

import asyncio

from blocks.endpoint import Connection, Endpoint, Receipt, Staged, Trace
from blocks.ledger import Delivery, DeliveryState
from flows.parcels import as_repeated, from_ledger, to_ledger
from flows.publish import publish
from flows.rounds import STATE, Round
from flows.work import load_endpoint
from transforms.errors import DeliveryUnconfirmed, EndpointError, HubError, Unreachable

IN_DOUBT = (DeliveryState.STAGED,)


async def settle_everywhere(round_: Round, *, may_publish: bool = True) -> None:
    """Ask every endpoint in doubt, whether or not the definition still names it; see `settle`."""
    doubtful = await asyncio.to_thread(_in_doubt, round_)
    for name in dict.fromkeys(one.endpoint for one in doubtful):
        try:
            endpoint = await load_endpoint(name)
            await asyncio.to_thread(settle, round_, name, endpoint, may_publish=may_publish)
        except HubError as error:
            _note(round_, name, error)


def _note(round_: Round, name: str, error: HubError) -> None:
    round_.problems.append(error)
    with round_.work.ledger.write() as book:
        text = f"{round_.recipient} via {name}: cannot be asked"
        book.change(round_.work.id, STATE, text, str(error))
        for one in book.deliveries(round_.work.id, round_.recipient, states=IN_DOUBT):
            if one.endpoint == name:
                book.in_doubt(one.id, error)


def _in_doubt(round_: Round) -> list[Delivery]:
    with round_.work.ledger.read() as book:
        return book.deliveries(round_.work.id, round_.recipient, states=IN_DOUBT)


def settle(round_: Round, name: str, endpoint: Endpoint, *, may_publish: bool = True) -> None:
    """Ask an endpoint about every delivery in doubt there; publish or free what it finds.

    Args:
        round_: the recipient's share of the run.
        name: the endpoint's block.
        endpoint: what is asked.
        may_publish: what lies there complete and invisible is published; else it is taken away,
            for who does not want it there any more.

    Raises:
        EndpointError: it cannot be asked now; the deliveries stay in doubt.
    """
    doubtful = [one for one in _in_doubt(round_) if one.endpoint == name]
    if not doubtful:
        return
    with round_.work.pool.connection(endpoint) as connection:
        for delivery in doubtful:
            try:
                _settle_one(round_, endpoint, connection, delivery, may_publish=may_publish)
            except Unreachable:
                raise
            except EndpointError as error:
                # What one document runs into must not keep the others waiting.
                round_.problems.append(error)
                with round_.work.ledger.write() as book:
                    book.in_doubt(delivery.id, error)


def _settle_one(
    round_: Round,
    endpoint: Endpoint,
    connection: Connection,
    delivery: Delivery,
    *,
    may_publish: bool,
) -> None:
    parcel = from_ledger(round_.work.folder, delivery)
    staged = delivery.staged or Staged("", "", 0, "")
    found, evidence = connection.trace(parcel, staged)
    action = f"asked {delivery.endpoint} about {parcel.name}: {found}"
    if found is Trace.STAGED and may_publish:
        round_.change(action, evidence)
        publish(round_, endpoint, connection, [(delivery, parcel, staged)])
        return
    with round_.work.ledger.write() as book:
        book.change(round_.work.id, STATE, action, evidence)
        if found is Trace.PUBLISHED:
            book.delivered([(delivery.id, Receipt(staged.location, evidence))])
        elif found in (Trace.ABSENT, Trace.STAGED):
            book.absent(delivery.id, to_ledger(parcel))
        elif parcel.letter:
            # Mail cannot be asked about: it goes out again with the same Message-ID, and says so.
            book.absent(delivery.id, to_ledger(as_repeated(parcel)))
        else:
            book.in_doubt(delivery.id, unconfirmed(delivery, evidence))
    if found is Trace.STAGED:
        # Only now: gone from there, with the ledger still in doubt, it would count as taken.
        connection.trace(parcel, None)


def unconfirmed(delivery: Delivery, evidence: str) -> DeliveryUnconfirmed:
    """Say that nobody can tell whether a document arrived."""
    return DeliveryUnconfirmed(
        f"Whether {delivery.name} arrived cannot be told: {evidence}",
        where=delivery.endpoint,
        remedy="Ask the recipient, then resume the execution",
    )
