"""What the demo prints at its end: executions, files with hashes, receipts, links."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column, Table

from blocks.ledger import Book, Ledger
from flows.settings import Settings
from flows.work import local_time


def show(console: Console, ui: str) -> None:
    """Print what the ledger holds, with links into the Prefect UI."""
    settings = Settings()
    ledger = Ledger(settings.ledger, settings.home / "locks")
    with ledger.read() as book:
        console.print(_executions(book, ui))
        console.print(_files(book))
        console.print(_receipts(book))
    ledger.dispose()


def _executions(book: Book, ui: str) -> Table:
    table = _table("Ausführungen", "Transfer", "Zustand", "Ausführung in der Oberfläche")
    for one in reversed(book.recent()):
        table.add_row(one.transfer, one.state, f"{ui}/runs/flow-run/{one.run}")
    return table


def _files(book: Book) -> Table:
    table = _table("Dateien", "Datei", "Bytes", "MD5", "SHA-256")
    for execution in reversed(book.recent()):
        for file in book.files(execution.id):
            table.add_row(file.name, str(file.size), file.md5, file.sha256)
    return table


def _receipts(book: Book) -> Table:
    table = _table("Quittungen", "Empfänger", "Ort", "Nachweis", "Zugestellt", "Versuche")
    for execution in reversed(book.recent()):
        for one in book.deliveries(execution.id):
            moment = local_time(one.delivered_at)
            table.add_row(one.recipient, one.location, one.proof, moment, str(one.attempts))
    return table


def _table(title: str, *heads: str) -> Table:
    # Hashes and links are there to be compared and opened: folded, never cut off.
    return Table(*(Column(head, overflow="fold") for head in heads), title=title)
