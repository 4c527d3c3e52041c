"""The ledger's verbs on documents and their deliveries: forward only, each with its proof."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from blocks.endpoint import Receipt, Staged
from blocks.ledger.rows import ENDS, Delivery, DeliveryState, FileState, Purpose
from blocks.ledger.sheet import Sheet, batches, fingerprint_columns, now, reason_columns
from blocks.ledger.tables import deliveries, documents, files
from transforms.document import Document, Fingerprint
from transforms.errors import HubError, StoreDamaged


class Deliveries(Sheet):
    """What happens to documents on their way to recipients."""

    def ready(
        self,
        execution: str,
        made: Mapping[int, Sequence[tuple[Document, str, Fingerprint]]],
        recipients: Callable[[Document], Iterable[str]],
    ) -> None:
        """Add the documents made of files, and one pending delivery of each to each recipient.

        Args:
            execution: whose files they are.
            made: for each file its documents, their paths below the execution folder, and what
                their bytes are.
            recipients: names of those who get a document.
        """
        rows = [
            {"file": file, "name": document.name, "path": path, "facts": dict(document.facts)}
            | fingerprint_columns(fingerprint)
            for file, placed in made.items()
            for document, path, fingerprint in placed
        ]
        if rows:
            added = documents.insert().returning(documents.c.id, sort_by_parameter_order=True)
            ids = self._connection.execute(added, rows).scalars().all()
            every = [document for placed in made.values() for document, _, _ in placed]
            due = [
                _pending(execution, one, name)
                for one, document in zip(ids, every, strict=True)
                for name in recipients(document)
            ]
            if due:
                self._connection.execute(deliveries.insert(), due)
        for some in batches(list(made)):
            update = files.update().where(files.c.id.in_(some))
            values = {"state": FileState.READY, "code": "", "error": ""}
            self._connection.execute(update.values(values))

    def deliveries(
        self,
        execution: str,
        recipient: str = "",
        *,
        states: Collection[DeliveryState] = tuple(DeliveryState),
    ) -> list[Delivery]:
        """Read an execution's deliveries in these states, all or those to one recipient, in order."""
        query = _DELIVERIES.where(deliveries.c.execution == execution)
        if recipient:
            query = query.where(deliveries.c.recipient == recipient)
        if len(states) < len(DeliveryState):
            query = query.where(deliveries.c.state.in_(states))
        return [_delivery(row) for row in self._connection.execute(query)]

    def sending(
        self, target: int, endpoint: str, parcels: Iterable[tuple[int, Mapping[str, Any]]]
    ) -> None:
        """Note what a target is about to be asked for, before it is asked.

        Args:
            target: its place in the order of priority, from 0.
            endpoint: its block.
            parcels: for each delivery its id and its parcel.
        """
        values: dict[str, Any] = {"state": DeliveryState.SENDING, "target": target}
        values |= {"endpoint": endpoint, "staged": sa.null(), "code": "", "error": "", "retry": ""}
        values |= {"attempts": deliveries.c.attempts + 1, "until": None}
        self._advance_all(values, "parcel", [(one, dict(parcel)) for one, parcel in parcels])

    def staged(self, staged: Iterable[tuple[int, Staged]]) -> None:
        """Note for each delivery that the bytes lie at the target, verified and invisible."""
        values = {"state": DeliveryState.STAGED}
        self._advance_all(values, "staged", [(one, where.as_json()) for one, where in staged])

    def delivered(self, proven: Iterable[tuple[int, Receipt]]) -> None:
        """Note each delivery's proof; nothing is ever sent again for it."""
        values = {"state": DeliveryState.DELIVERED, "delivered_at": now()}
        values |= {"code": "", "error": "", "retry": ""}
        given = ("location", "proof", "reference")
        rows = [
            {"delivery": one, **{name: getattr(receipt, name) for name in given}}
            for one, receipt in proven
        ]
        self._advance_rows(values | {name: sa.bindparam(name) for name in given}, rows)

    def passed_over(self, delivery: int, error: HubError, decision: str, until: datetime) -> None:
        """Note that a target was not asked at all, why, and when it may be."""
        values = {"state": DeliveryState.FAILED, "staged": None, **reason_columns(error)}
        self._advance(delivery, values | {"decision": decision, "until": until})

    def absent(self, delivery: int, parcel: Mapping[str, Any]) -> None:
        """Note that the target was asked and shows nothing of it: it may be sent again."""
        values = {"state": DeliveryState.PENDING, "staged": None, "parcel": dict(parcel)}
        self._advance(delivery, values)

    def failed(self, delivery: int, error: HubError, decision: str = "") -> None:
        """Note that an attempt certainly delivered nothing, and why; "" keeps the decision."""
        begun = deliveries.c.state.in_((DeliveryState.SENDING, DeliveryState.STAGED))
        attempts = deliveries.c.attempts + sa.case((begun, 0), else_=1)
        values: dict[str, Any] = {"state": DeliveryState.FAILED, "staged": None}
        values |= {"attempts": attempts}
        values |= {"decision": decision} if decision else {}
        self._advance(delivery, values | {"until": None} | reason_columns(error))

    def held_back(self, delivery: int, error: HubError) -> None:
        """Note why a delivery is not begun: what must go with it cannot go."""
        self._advance(delivery, {"until": None, **reason_columns(error)})

    def in_doubt(self, delivery: int, error: HubError) -> None:
        """Note why a delivery stays in doubt; its state is kept, so that the target is asked."""
        self._advance(delivery, reason_columns(error))

    def _advance_all(
        self, values: Mapping[str, Any], column: str, given: Iterable[tuple[int, Any]]
    ) -> None:
        rows = [{"delivery": one, column: value} for one, value in given]
        self._advance_rows({**values, column: sa.bindparam(column)}, rows)

    def _advance_rows(self, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Move many deliveries forward by one statement; each row has its id as `delivery`."""
        if not rows:
            return
        for some in batches([row["delivery"] for row in rows]):
            proven = sa.select(deliveries.c.id).where(
                deliveries.c.id.in_(some), deliveries.c.state.in_(ENDS)
            )
            for delivery in self._connection.execute(proven).scalars():
                raise _proven(delivery)
        query = deliveries.update().where(deliveries.c.id == sa.bindparam("delivery"))
        self._connection.execute(query.values(values), rows)

    def _advance(self, delivery: int, values: Mapping[str, Any]) -> None:
        query = (
            deliveries.update()
            .where(deliveries.c.id == delivery, deliveries.c.state.not_in(ENDS))
            .values(values)
        )
        if self._connection.execute(query).rowcount != 1:
            raise _proven(delivery)


_DOCUMENT_COLUMNS = ("file", "name", "path", "facts", "size", "md5", "sha256")
_DELIVERIES = (
    sa.select(deliveries, *(documents.c[name] for name in _DOCUMENT_COLUMNS), files.c.bundle)
    .join(documents, deliveries.c.document == documents.c.id)
    .join(files, documents.c.file == files.c.id)
    .order_by(deliveries.c.id)
)
# Executions have thousands of rows: SQLAlchemy's own mappings take three times as long.
_COLUMNS = (*deliveries.columns.keys(), *_DOCUMENT_COLUMNS, "bundle")


def _proven(delivery: int) -> StoreDamaged:
    return StoreDamaged(
        "A delivery that is proven or discarded was about to change",
        where=f"ledger, delivery {delivery}",
        remedy="Report this with the execution's status changes; nothing was sent",
    )


def _pending(execution: str, document: int, recipient: str) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("endpoint", "location", "proof", "reference", "code", "error", "retry"), ""
    )
    values: dict[str, Any] = {"execution": execution, "document": document, **empty}
    values |= {"recipient": recipient, "key": secrets.token_hex(16), "parcel": {}}
    return values | {"state": DeliveryState.PENDING, "target": 0, "attempts": 0}


def _delivery(row: Sequence[Any]) -> Delivery:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = DeliveryState(values["state"])
    values["staged"] = Staged.from_json(values["staged"]) if values["staged"] else None
    values["purpose"] = Purpose(values["purpose"])
    values["fingerprint"] = Fingerprint(*(values.pop(name) for name in ("size", "md5", "sha256")))
    return Delivery(**values)
