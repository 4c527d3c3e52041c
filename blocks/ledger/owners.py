"""The ledger's verbs on what lies at endpoints: whose it is, and where to look for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from blocks.ledger.rows import DeliveryState, Outcome
from blocks.ledger.sheet import Sheet, batches
from blocks.ledger.tables import deliveries, executions


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom something at an endpoint belongs to.

    Attributes:
        execution: id.
        state: of the execution, as its history has it.
        outcome: what is left to do for the execution.
        ended_at: when its last run ended.
        delivery: how far the delivery is, if it is a delivery's.
    """

    execution: str
    state: str
    outcome: Outcome
    ended_at: datetime | None
    delivery: DeliveryState | None = None


class Owners(Sheet):
    """What an outsider would ask of keys, ids and places."""

    def owners(self, names: Collection[str]) -> dict[str, Owner]:
        """Find out whom keys of deliveries and ids of executions belong to; others are left out."""
        found: dict[str, Owner] = {}
        for some in batches(sorted(names)):
            by_id = sa.select(executions, executions.c.id.label("asked")).where(
                executions.c.id.in_(some)
            )
            by_key = (
                sa.select(
                    executions, deliveries.c.key.label("asked"), deliveries.c.state.label("of")
                )
                .join(executions, deliveries.c.execution == executions.c.id)
                .where(deliveries.c.key.in_(some))
            )
            for query in (by_id, by_key):
                rows = self._connection.execute(query).mappings()
                found |= {str(row["asked"]): _owner(row) for row in rows}
        return found

    def latest_definitions(self) -> list[Mapping[str, Any]]:
        """Read the definition that each transfer was run with last."""
        ranked = sa.select(
            executions.c.definition,
            sa.func.row_number()
            .over(partition_by=executions.c.transfer, order_by=executions.c.started_at.desc())
            .label("rank"),
        ).subquery()
        query = sa.select(ranked.c.definition).where(ranked.c.rank == 1)
        return list(self._connection.execute(query).scalars())

    def delivered_to(self) -> list[tuple[str, str]]:
        """Read to which directories of which endpoints anything was, or was to be, sent."""
        directory = deliveries.c.parcel["directory"].as_string()
        query = sa.select(deliveries.c.endpoint, directory).where(deliveries.c.endpoint != "")
        rows = self._connection.execute(query.distinct())
        return [(endpoint, place or "") for endpoint, place in rows]


def _owner(row: sa.RowMapping) -> Owner:
    delivery = DeliveryState(row["of"]) if "of" in row else None
    outcome = Outcome(row["outcome"])
    return Owner(row["id"], row["state"], outcome, row["ended_at"], delivery)
