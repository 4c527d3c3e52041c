"""What happens to a process before its run begins: a disk that is full, a clock that is wrong."""

from __future__ import annotations

import resource
import sys
from datetime import datetime, timedelta, tzinfo
from typing import Any

LARGEST = 1 << 20
"""Bytes that a file may have on the full disk."""


def full_disk(_: Any) -> None:
    """Let every write behind the limit fail; the ledger stays below it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))


def an_hour_ahead(_: Any) -> None:
    """Set the clock of everything that is the hub's own."""
    _shift(timedelta(hours=1))


def an_hour_back(_: Any) -> None:
    """Set the clock of everything that is the hub's own."""
    _shift(timedelta(hours=-1))


def _shift(by: timedelta) -> None:
    class Shifted(datetime):
        """The clock as it is on this machine."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + by

    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in {"flows", "blocks"}
        if ours and getattr(module, "datetime", None) is datetime:
            vars(module)["datetime"] = Shifted
