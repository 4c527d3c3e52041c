"""The ledger: executions, files, documents, deliveries and status changes, ours for ever."""

from blocks.ledger.book import Book
from blocks.ledger.ledger import Ledger
from blocks.ledger.rows import (
    Delivery,
    DeliveryState,
    Execution,
    FileState,
    LedgerFile,
    Outcome,
    StatusChange,
)

__all__ = [
    "Book",
    "Delivery",
    "DeliveryState",
    "Execution",
    "FileState",
    "Ledger",
    "LedgerFile",
    "Outcome",
    "StatusChange",
]
