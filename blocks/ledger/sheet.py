"""What the parts of the ledger share: the open transaction, and how rows are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from transforms.document import Fingerprint
from transforms.errors import HubError

T = TypeVar("T")

AT_ONCE = 500
"""Rows per statement, below SQLite's limit on bound values."""


class Sheet:
    """Verbs on one open transaction; `Ledger.write` and `Ledger.read` open and end it."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on this transaction."""
        self._connection = connection


def now() -> datetime:
    """Return the time in UTC, which is all the ledger writes."""
    return datetime.now(UTC)


def batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """Cut into portions that one statement can take."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def reason_columns(error: HubError) -> dict[str, Any]:
    """Return what rows keep of an error."""
    return {"code": error.code, "error": str(error), "retry": error.retry}


def fingerprint_columns(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return what rows keep of a document's bytes."""
    return {"size": fingerprint.size, "md5": fingerprint.md5, "sha256": fingerprint.sha256}
