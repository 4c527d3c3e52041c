"""The ledger: executions, files, documents, deliveries and status changes, ours for ever."""

from blocks.ledger.book import Book
from blocks.ledger.files import BUNDLE
from blocks.ledger.ledger import Ledger
from blocks.ledger.owners import Owner
from blocks.ledger.rows import (
    Action,
    Delivery,
    DeliveryState,
    Execution,
    FileState,
    Health,
    LedgerFile,
    Outcome,
    Purpose,
    StatusChange,
)

__all__ = [
    "BUNDLE",
    "Action",
    "Book",
    "Delivery",
    "DeliveryState",
    "Execution",
    "FileState",
    "Health",
    "Ledger",
    "LedgerFile",
    "Outcome",
    "Owner",
    "Purpose",
    "StatusChange",
]
