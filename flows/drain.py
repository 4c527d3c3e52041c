"""What an alternative took goes to the first target too, once it can: for recipients who ask."""

from __future__ import annotations

from blocks.ledger import Delivery, DeliveryState, Purpose
from flows.definition import Target
from flows.notice import marked
from flows.rounds import STATE, Round
from flows.work import local_time

NOTICE = "Nachlieferung"


def plan_drain(round_: Round, done: frozenset[int]) -> None:
    """Add a delivery to the first target for each document that had to take another way.

    Args:
        round_: the recipient's share of the run, with the deliveries that missed the first target.
        done: ids of what this run was to deliver.
    """
    missed = {one: until for one, until in round_.missed_first.items() if one in done}
    if not missed or not round_.described().drain_back:
        return
    with round_.work.ledger.write() as book:
        arrived = (DeliveryState.DELIVERED,)
        for one in book.deliveries(round_.work.id, round_.recipient, states=arrived):
            if one.id in missed:
                why = f"{NOTICE}: {one.endpoint} took it at {local_time(one.delivered_at)}"
                chosen = noticed(round_.described().targets[0], one).model_dump(mode="json")
                book.deliver_again([one], Purpose.DRAINED, chosen, why, missed[one.id])
                book.change(
                    round_.work.id, STATE, f"{one.recipient}: {one.name} to be drained", why
                )


def noticed(target: Target, delivery: Delivery) -> Target:
    """Return a target whose names and subjects say that the document is known already."""
    when = local_time(delivery.delivered_at)
    return marked(target, NOTICE, f"bereits am {when} über {delivery.endpoint} zugestellt.")
