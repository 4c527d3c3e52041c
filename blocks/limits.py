"""The limits on one file's transfer that a socket's own time limit does not see."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from blocks.endpoint import Endpoint
from transforms.errors import Unreachable

WINDOW_SECONDS = 60


@dataclass(eq=False, slots=True)
class _Limit:
    """When something must have ended, and how it is ended otherwise."""

    deadline: float
    end: Callable[[], None]
    over: bool = False


class _Watchdog:
    """One thread for all limits of the process: a timer for each would cost one for each file."""

    def __init__(self) -> None:
        self._limits: set[_Limit] = set()
        self._changed = threading.Condition()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, end: Callable[[], None]) -> _Limit:
        """Call `end` after so many seconds, unless the limit is forgotten before."""
        limit = _Limit(time.monotonic() + seconds, end)
        with self._changed:
            self._limits.add(limit)
            if self._thread is None or not self._thread.is_alive():
                self._wakes_at = math.inf
                self._thread = threading.Thread(target=self._run, name="limits", daemon=True)
                self._thread.start()
            if limit.deadline < self._wakes_at:
                self._changed.notify()
        return limit

    def forget(self, limit: _Limit) -> None:
        """Let a limit be; nothing happens if its time is over already."""
        with self._changed:
            self._limits.discard(limit)

    def _run(self) -> None:
        while True:
            for limit in self._due():
                # Closing may wait for the other side, and must not hold up other limits.
                threading.Thread(target=limit.end, daemon=True).start()

    def _due(self) -> list[_Limit]:
        with self._changed:
            self._wakes_at = min((one.deadline for one in self._limits), default=math.inf)
            left = self._wakes_at - time.monotonic()
            self._changed.wait(None if math.isinf(left) else max(left, 0))
            now = time.monotonic()
            due = [one for one in self._limits if one.deadline <= now]
            for limit in due:
                limit.over = True
            self._limits.difference_update(due)
            return due


_WATCHDOG = _Watchdog()


@contextmanager
def ended_in_time(endpoint: Endpoint, path: str, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` from another thread once `total_seconds` are over: it must close the connection.

    A server that gives one byte at a time never breaks the idle limit, and no chunk may come
    through on which `limited` could look at the clock.

    Raises:
        Unreachable: the time was over, in place of what the closed connection raised.
    """
    limit = _WATCHDOG.watch(endpoint.total_seconds, end)
    try:
        yield
    except Unreachable as error:
        if not limit.over:
            raise
        how = f"more than {endpoint.total_seconds:g} s altogether"
        raise _too_slow(endpoint, path, how) from error
    finally:
        _WATCHDOG.forget(limit)


def limited(chunks: Iterable[bytes], endpoint: Endpoint, path: str) -> Iterator[bytes]:
    """Pass chunks through until the file takes too long altogether, or crawls.

    Raises:
        Unreachable: `total_seconds` are over, or fewer than `minimum_rate` bytes/s came through
            in the last minute.
    """
    began = window_began = time.monotonic()
    in_window = 0
    for chunk in chunks:
        now = time.monotonic()
        if now - began > endpoint.total_seconds:
            raise _too_slow(endpoint, path, f"more than {endpoint.total_seconds:g} s altogether")
        in_window += len(chunk)
        if now - window_began > WINDOW_SECONDS:
            if in_window < endpoint.minimum_rate * (now - window_began):
                raise _too_slow(endpoint, path, f"fewer than {endpoint.minimum_rate} bytes/s")
            window_began, in_window = now, 0
        yield chunk


def _too_slow(endpoint: Endpoint, path: str, how: str) -> Unreachable:
    return Unreachable(
        f"The transfer was given up: {how}",
        where=f"{endpoint.label}:/{path}",
        remedy="Check the line, or raise the limits in the endpoint's block",
    )
