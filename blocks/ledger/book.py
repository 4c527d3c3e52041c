"""What can be written into the ledger and read from it within one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blocks.endpoint import Receipt, RemoteFile, Staged, display
from blocks.ledger.rows import (
    Delivery,
    DeliveryState,
    Execution,
    FileState,
    LedgerFile,
    Outcome,
    StatusChange,
    aware,
)
from blocks.ledger.tables import deliveries, documents, executions, files, status_changes
from transforms.document import Document, Fingerprint
from transforms.errors import HubError, StoreDamaged

T = TypeVar("T")

AT_ONCE = 500
"""Rows per statement, below SQLite's limit on bound values."""


def now() -> datetime:
    """Return the time in UTC, which is all the ledger writes."""
    return datetime.now(UTC)


def claim_of(endpoint: str, file: RemoteFile) -> str:
    """Return the key under which one physical file is claimed: endpoint, path and identity."""
    parts = "\n".join((endpoint, display(file.path), file.identity))
    return hashlib.sha256(parts.encode()).hexdigest()


class Book:
    """The ledger's verbs on one open transaction; a row moves forward only."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on this transaction; `Ledger.write` and `Ledger.read` open and end it."""
        self._connection = connection

    # -- executions ------------------------------------------------------------------------

    def begin(self, execution: Execution) -> None:
        """Add an execution."""
        values = {column.name: getattr(execution, column.name) for column in executions.columns}
        self._connection.execute(executions.insert().values(values))

    def take_over(self, execution: str, run: str) -> None:
        """Note which flow run works on an execution now."""
        self._update_execution(execution, {"run": run})

    def close(self, execution: str, state: str, message: str, outcome: Outcome) -> None:
        """Write the end of a run over an execution, and what is left to do."""
        values = {"state": state, "message": message, "outcome": outcome, "ended_at": now()}
        self._update_execution(execution, values)

    def execution(self, execution: str) -> Execution | None:
        """Find an execution by its id."""
        found = self._executions(executions.c.id == execution)
        return found[0] if found else None

    def executions_of_run(self, run: str) -> list[Execution]:
        """Find what a flow run began or worked on last, oldest first."""
        return self._executions(sa.or_(executions.c.id == run, executions.c.run == run))

    def unfinished(self, transfer: str) -> list[Execution]:
        """Find the executions of a transfer that the hub can continue by itself, oldest first."""
        return self._executions(
            executions.c.transfer == transfer, executions.c.outcome == Outcome.OPEN
        )

    def recent(self, transfer: str = "", state: str = "", limit: int = 50) -> list[Execution]:
        """Find the latest executions, latest first; empty texts mean all."""
        query = sa.select(executions).order_by(executions.c.started_at.desc()).limit(limit)
        if transfer:
            query = query.where(executions.c.transfer == transfer)
        if state:
            query = query.where(executions.c.state == state)
        return [_execution(row) for row in self._connection.execute(query).mappings()]

    def _executions(self, *where: sa.ColumnElement[bool]) -> list[Execution]:
        query = sa.select(executions).where(*where).order_by(executions.c.started_at)
        return [_execution(row) for row in self._connection.execute(query).mappings()]

    def _update_execution(self, execution: str, values: Mapping[str, Any]) -> None:
        self._connection.execute(
            executions.update().where(executions.c.id == execution).values(values)
        )

    # -- status changes ----------------------------------------------------------------------

    def change(self, execution: str, state: str, action: str, details: str = "") -> None:
        """Add a line to an execution's history and make its state the current one."""
        row = {"execution": execution, "at": now(), "state": state}
        self._connection.execute(
            status_changes.insert().values(row | {"action": action, "details": details})
        )
        self._update_execution(execution, {"state": state})

    def changes(self, execution: str) -> list[StatusChange]:
        """Read an execution's history in order."""
        query = (
            sa.select(status_changes)
            .where(status_changes.c.execution == execution)
            .order_by(status_changes.c.id)
        )
        return [
            StatusChange(aware(row["at"]) or now(), row["state"], row["action"], row["details"])
            for row in self._connection.execute(query).mappings()
        ]

    # -- files -------------------------------------------------------------------------------

    def unclaimed(self, endpoint: str, listed: Iterable[RemoteFile]) -> list[RemoteFile]:
        """Leave out the files that are claimed already; a new file under an old name stays."""
        by_claim = {claim_of(endpoint, file): file for file in listed}
        for some in _batches(list(by_claim)):
            query = sa.select(files.c.claim).where(files.c.claim.in_(some))
            for claim in self._connection.execute(query).scalars():
                by_claim.pop(claim)
        return list(by_claim.values())

    def claim(
        self, execution: str, endpoint: str, listed: Iterable[tuple[RemoteFile, Mapping[str, str]]]
    ) -> int:
        """Claim files with their facts for an execution; who comes second gets nothing.

        Returns:
            How many files the execution has claimed altogether.
        """
        insert = (
            postgresql.insert(files)
            if self._connection.dialect.name == "postgresql"
            else sqlite.insert(files)
        ).on_conflict_do_nothing(index_elements=["claim"])
        rows = [_claimed(execution, endpoint, *one) for one in listed]
        if rows:
            self._connection.execute(insert, rows)
        count = sa.select(sa.func.count()).where(files.c.execution == execution)
        return int(self._connection.execute(count).scalar_one())

    def files(self, execution: str) -> list[LedgerFile]:
        """Read an execution's files in the order of their claim."""
        query = sa.select(files).where(files.c.execution == execution).order_by(files.c.id)
        return [_file(row) for row in self._connection.execute(query).mappings()]

    def stored(self, safe: Iterable[tuple[int, str, Fingerprint]]) -> None:
        """Note that files' bytes are durable below the execution folder.

        Args:
            safe: for each file its id, its path below the folder, and what its bytes are.
        """
        rows = [
            {"file": file, "stored": stored, "stored_at": now(), **_columns(fingerprint)}
            for file, stored, fingerprint in safe
        ]
        if rows:
            given: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "file"}
            update = files.update().where(files.c.id == sa.bindparam("file"))
            self._connection.execute(update.values(state=FileState.STORED, **given), rows)

    def disposed(self, done: Sequence[int], *, keep_claim: bool) -> None:
        """Note that the source may forget these files, or that they stay there and are known."""
        values: dict[str, Any] = {"disposed": True}
        if not keep_claim:
            values["claim"] = None
        self._connection.execute(files.update().where(files.c.id.in_(done)).values(values))

    def left(self, file: int, error: HubError) -> None:
        """Note that a file stays at its source, and free its claim for a later run."""
        values = {"state": FileState.LEFT, "claim": None}
        self._update_file(file, values | {"code": error.code, "error": str(error)})

    def rejected(self, file: int, error: HubError) -> None:
        """Note that a step refused a file; its original stays in the execution folder."""
        values = {"state": FileState.REJECTED, "code": error.code, "error": str(error)}
        self._update_file(file, values)

    def _update_file(self, file: int, values: Mapping[str, Any]) -> None:
        self._connection.execute(files.update().where(files.c.id == file).values(values))

    # -- documents and deliveries ------------------------------------------------------------

    def ready(
        self,
        execution: str,
        made: Mapping[int, Sequence[tuple[Document, str, Fingerprint]]],
        recipients: Iterable[str],
    ) -> None:
        """Add the documents made of files, and one pending delivery of each to each recipient.

        Args:
            execution: whose files they are.
            made: for each file its documents, their paths below the execution folder, and what
                their bytes are.
            recipients: names.
        """
        rows = [
            {"file": file, "name": document.name, "path": path, "facts": dict(document.facts)}
            | _columns(fingerprint)
            for file, placed in made.items()
            for document, path, fingerprint in placed
        ]
        if rows:
            added = documents.insert().returning(documents.c.id, sort_by_parameter_order=True)
            ids = self._connection.execute(added, rows).scalars().all()
            names = list(recipients)
            due = [_pending(execution, one, name) for one in ids for name in names]
            if due:
                self._connection.execute(deliveries.insert(), due)
        for some in _batches(list(made)):
            update = files.update().where(files.c.id.in_(some))
            values = {"state": FileState.READY, "code": "", "error": ""}
            self._connection.execute(update.values(values))

    def deliveries(self, execution: str, recipient: str = "") -> list[Delivery]:
        """Read an execution's deliveries, all or those to one recipient, in order."""
        own = [column for column in documents.columns if column.name in _DOCUMENT_COLUMNS]
        query = (
            sa.select(deliveries, *own)
            .join(documents, deliveries.c.document == documents.c.id)
            .where(deliveries.c.execution == execution)
            .order_by(deliveries.c.id)
        )
        if recipient:
            query = query.where(deliveries.c.recipient == recipient)
        return [_delivery(row) for row in self._connection.execute(query).mappings()]

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
        values |= {"attempts": deliveries.c.attempts + 1}
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

    def absent(self, delivery: int, parcel: Mapping[str, Any]) -> None:
        """Note that the target was asked and shows nothing of it: it may be sent again."""
        values = {"state": DeliveryState.PENDING, "staged": None, "parcel": dict(parcel)}
        self._advance(delivery, values)

    def failed(self, delivery: int, error: HubError) -> None:
        """Note that an attempt certainly delivered nothing, and why."""
        begun = deliveries.c.state.in_((DeliveryState.SENDING, DeliveryState.STAGED))
        attempts = deliveries.c.attempts + sa.case((begun, 0), else_=1)
        values = {"state": DeliveryState.FAILED, "staged": None, "attempts": attempts}
        self._advance(delivery, values | _reason(error))

    def in_doubt(self, delivery: int, error: HubError) -> None:
        """Note why a delivery stays in doubt; its state is kept, so that the target is asked."""
        self._advance(delivery, _reason(error))

    def _advance_all(
        self, values: Mapping[str, Any], column: str, given: Iterable[tuple[int, Any]]
    ) -> None:
        rows = [{"delivery": one, column: value} for one, value in given]
        self._advance_rows({**values, column: sa.bindparam(column)}, rows)

    def _advance_rows(self, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Move many deliveries forward by one statement; each row has its id as `delivery`."""
        if not rows:
            return
        for some in _batches([row["delivery"] for row in rows]):
            proven = sa.select(deliveries.c.id).where(
                deliveries.c.id.in_(some), deliveries.c.state == DeliveryState.DELIVERED
            )
            for delivery in self._connection.execute(proven).scalars():
                raise _proven(delivery)
        query = deliveries.update().where(deliveries.c.id == sa.bindparam("delivery"))
        self._connection.execute(query.values(values), rows)

    def _advance(self, delivery: int, values: Mapping[str, Any]) -> None:
        query = (
            deliveries.update()
            .where(deliveries.c.id == delivery, deliveries.c.state != DeliveryState.DELIVERED)
            .values(values)
        )
        if self._connection.execute(query).rowcount != 1:
            raise _proven(delivery)


_DOCUMENT_COLUMNS = ("name", "path", "facts", "size", "md5", "sha256")


def _proven(delivery: int) -> StoreDamaged:
    return StoreDamaged(
        "A delivery that is proven was about to change",
        where=f"ledger, delivery {delivery}",
        remedy="Report this with the execution's status changes; nothing was sent",
    )


def _batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _reason(error: HubError) -> dict[str, Any]:
    return {"code": error.code, "error": str(error), "retry": error.retry}


def _columns(fingerprint: Fingerprint) -> dict[str, Any]:
    return {"size": fingerprint.size, "md5": fingerprint.md5, "sha256": fingerprint.sha256}


def _claimed(
    execution: str, endpoint: str, file: RemoteFile, facts: Mapping[str, str]
) -> dict[str, Any]:
    modified = file.modified.astimezone(UTC) if file.modified else None
    values: dict[str, Any] = {"execution": execution, "endpoint": endpoint, "path": file.path}
    values |= {"name": display(file.name), "size": file.size, "modified": modified}
    values |= {"version": file.version, "claim": claim_of(endpoint, file), "disposed": False}
    empty = dict.fromkeys(("stored", "md5", "sha256", "code", "error"), "")
    return values | {"state": FileState.CLAIMED, "facts": dict(facts), **empty}


def _pending(execution: str, document: int, recipient: str) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("endpoint", "location", "proof", "reference", "code", "error", "retry"), ""
    )
    values: dict[str, Any] = {"execution": execution, "document": document, **empty}
    values |= {"recipient": recipient, "key": secrets.token_hex(16), "parcel": {}}
    return values | {"state": DeliveryState.PENDING, "target": 0, "attempts": 0}


def _execution(row: sa.RowMapping) -> Execution:
    values = dict(row)
    values["outcome"] = Outcome(row["outcome"])
    values["started_at"] = aware(row["started_at"])
    values["ended_at"] = aware(row["ended_at"])
    return Execution(**values)


def _file(row: sa.RowMapping) -> LedgerFile:
    values = dict(row)
    values.pop("claim")
    values["state"] = FileState(row["state"])
    values["modified"] = aware(row["modified"])
    values["stored_at"] = aware(row["stored_at"])
    return LedgerFile(**values)


def _delivery(row: sa.RowMapping) -> Delivery:
    values = dict(row)
    values["state"] = DeliveryState(row["state"])
    values["staged"] = Staged.from_json(row["staged"]) if row["staged"] else None
    values["delivered_at"] = aware(row["delivered_at"])
    values["fingerprint"] = Fingerprint(*(values.pop(name) for name in ("size", "md5", "sha256")))
    return Delivery(**values)
