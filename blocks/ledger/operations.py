"""The ledger's verbs on what persons do to executions, and on endpoints that failed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blocks.ledger.rows import (
    ENDS,
    Action,
    Delivery,
    DeliveryState,
    Health,
    Outcome,
    Purpose,
)
from blocks.ledger.sheet import Sheet, now
from blocks.ledger.tables import actions, deliveries, endpoints, executions
from transforms.errors import EndpointError


class Operations(Sheet):
    """What stands beside the way of the data."""

    # -- what persons do -----------------------------------------------------------------------

    def acted(
        self, execution: str, actor: str, action: str, reason: str, details: Mapping[str, Any]
    ) -> None:
        """Write down who had what done to an execution, and why."""
        row = {"at": now(), "actor": actor, "action": action, "execution": execution}
        values = row | {"reason": reason, "details": dict(details)}
        self._connection.execute(actions.insert().values(values))

    def actions(self, execution: str = "") -> list[Action]:
        """Read what persons had done, to one execution or to all, in order."""
        query = sa.select(actions).order_by(actions.c.id)
        if execution:
            query = query.where(actions.c.execution == execution)
        rows = self._connection.execute(query).mappings()
        return [Action(**{name: row[name] for name in Action.__slots__}) for row in rows]

    def hold(self, execution: str, reason: str) -> None:
        """Let no run continue an execution; "" lets it go on, at once."""
        values = {"held": reason, "continue_at": None}
        self._connection.execute(
            executions.update().where(executions.c.id == execution).values(values)
        )

    def reopen(self, execution: str) -> None:
        """Let the next run continue an execution that was done, or waited for a person."""
        values = {"outcome": Outcome.OPEN, "continue_at": None}
        self._connection.execute(
            executions.update().where(executions.c.id == execution).values(values)
        )

    def discard(self, delivery: int, reason: str) -> None:
        """Note that a person does not want a delivery any more; it can never be sent."""
        values = {"state": DeliveryState.DISCARDED, "decision": reason, "staged": None}
        self._connection.execute(
            deliveries.update()
            .where(deliveries.c.id == delivery, deliveries.c.state.not_in(ENDS))
            .values(values)
        )

    def deliver_again(
        self,
        ones: Iterable[Delivery],
        purpose: Purpose,
        chosen: Mapping[str, Any] | None,
        why: str,
        until: datetime | None = None,
    ) -> int:
        """Add a further delivery of each document to its recipient.

        Args:
            ones: deliveries whose documents are meant.
            purpose: anything but FIRST.
            chosen: the target, as the definition writes it; None: those of the recipient.
            why: shown in the receipts.
            until: when it may be tried, if that is known.

        Returns:
            How many there are.
        """
        empty = dict.fromkeys(
            ("endpoint", "location", "proof", "reference", "code", "error", "retry"), ""
        )
        common = {"state": DeliveryState.PENDING, "target": 0, "attempts": 0, "parcel": {}, **empty}
        common |= {"purpose": purpose, "chosen": chosen, "decision": why}
        common |= {"until": until}
        rows = [
            common
            | {"execution": one.execution, "document": one.document, "recipient": one.recipient}
            | {"key": secrets.token_hex(16), "ordinal": self._next(one)}
            for one in ones
        ]
        if rows:
            self._connection.execute(deliveries.insert(), rows)
        return len(rows)

    def _next(self, one: Delivery) -> int:
        query = sa.select(sa.func.max(deliveries.c.ordinal)).where(
            deliveries.c.document == one.document, deliveries.c.recipient == one.recipient
        )
        return int(self._connection.execute(query).scalar_one()) + 1

    # -- endpoints that failed -----------------------------------------------------------------

    def health(self, endpoint: str) -> Health | None:
        """Read what is remembered of an endpoint; None if it did not fail since it last worked."""
        query = sa.select(endpoints).where(endpoints.c.name == endpoint)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Health(row["failures"], row["closed_until"], row["error"], row["at"])

    def worked(self, endpoint: str) -> None:
        """Forget an endpoint's failures."""
        self._connection.execute(endpoints.delete().where(endpoints.c.name == endpoint))

    def broke(self, endpoint: str, error: EndpointError, closed_until: datetime | None) -> None:
        """Count one more run that could not reach an endpoint.

        Args:
            endpoint: its block.
            error: why.
            closed_until: nothing is to be tried before; None: the next run tries.
        """
        insert = (
            postgresql.insert(endpoints)
            if self._connection.dialect.name == "postgresql"
            else sqlite.insert(endpoints)
        )
        values = {"error": str(error), "at": now(), "closed_until": closed_until}
        self._connection.execute(
            insert.values(name=endpoint, failures=1, **values).on_conflict_do_update(
                index_elements=["name"], set_={"failures": endpoints.c.failures + 1, **values}
            )
        )
