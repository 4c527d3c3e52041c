"""Shows on the terminal what the ledger knows of executions: files, receipts, status changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from blocks.endpoint import display
from blocks.ledger import (
    Action,
    Book,
    Delivery,
    Execution,
    Ledger,
    LedgerFile,
    Outcome,
    StatusChange,
)
from flows.settings import Settings
from transforms.errors import DefinitionWrong


@contextmanager
def reading() -> Iterator[Book]:
    """Open this hub's ledger for reading.

    Raises:
        Unreachable: the database cannot be opened.
    """
    settings = Settings()
    ledger = Ledger(settings.ledger, settings.home / "locks")
    try:
        with ledger.read() as book:
            yield book
    finally:
        ledger.dispose()


def count_unfinished(transfer: str) -> int:
    """Count the executions of a transfer that still have work left, for the hub or a person."""
    with reading() as book:
        recent = book.recent(transfer=transfer, limit=10_000)
    return sum(1 for execution in recent if execution.outcome is not Outcome.DONE)


def executions_table(executions: Iterable[Execution]) -> Table:
    """Lay out executions, one a line."""
    table = _table("Execution", "Transfer", "State", "Left to do", "Begun", "Ended")
    for one in executions:
        left = "" if one.outcome is Outcome.DONE else one.outcome.value
        ended = _time(one.ended_at)
        _row(table, one.id, one.transfer, one.state, left, _time(one.started_at), ended)
    return table


def execution_report(book: Book, execution: str) -> RenderableType:
    """Lay out everything the ledger knows of one execution.

    Raises:
        DefinitionWrong: there is none of that id.
    """
    found = book.execution(execution)
    if found is None:
        raise DefinitionWrong(
            "There is no such execution",
            where=f"ledger, execution {execution}",
            remedy="Copy the id from `govmanager executions` or from the run's page",
        )
    return Group(
        Text(f"{found.transfer}: {found.state}", style="bold"),
        Text(found.message),
        _files(book.files(execution)),
        _deliveries(book.deliveries(execution)),
        _changes(book.changes(execution)),
        actions_table(book.actions(execution)),
    )


def actions_table(actions: Iterable[Action]) -> Table:
    """Lay out what operators had done, one action a line."""
    table = _table("When", "Who", "Action", "Execution", "Reason")
    for one in actions:
        _row(table, _time(one.at), one.actor, one.action, one.execution, one.reason)
    return table


def _files(files: Iterable[LedgerFile]) -> Table:
    table = _table("File", "Bytes", "MD5", "SHA-256", "State", title="Files")
    for one in files:
        state = f"{one.state} {one.code}".strip()
        _row(table, display(one.name), str(one.size), one.md5, one.sha256, state)
    return table


def _deliveries(deliveries: Iterable[Delivery]) -> Table:
    table = _table("Document", "Recipient", "State", "When", "Where", "Proof", title="Receipts")
    for one in deliveries:
        where = f"{one.endpoint}:{one.location}" if one.endpoint else ""
        state = f"{one.state} {one.purpose}".strip()
        proof = " ".join(part for part in (one.proof, one.reference, one.error) if part)
        moment = _time(one.delivered_at)
        _row(table, one.name, one.recipient, state, moment, where, proof)
    return table


def _changes(changes: Iterable[StatusChange]) -> Table:
    table = _table("When", "State", "Action", "Details", title="Status changes")
    for one in changes:
        _row(table, _time(one.at), one.state, one.action, one.details)
    return table


def _table(*heads: str, title: str = "") -> Table:
    table = Table(title=title or None, title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    """Add texts as they are: names may hold what rich takes for markup, or control characters."""
    table.add_row(*(escape("".join(c if c.isprintable() else "�" for c in cell)) for cell in cells))


def _time(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""
