"""The limits on one file's transfer that a socket's own time limit does not see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from blocks.endpoint import Endpoint
from transforms.errors import Unreachable

WINDOW_SECONDS = 60


@contextmanager
def ended_in_time(endpoint: Endpoint, path: str, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` from another thread once `total_seconds` are over: it must close the connection.

    A server that gives one byte at a time never breaks the idle limit, and no chunk may come
    through on which `limited` could look at the clock.

    Raises:
        Unreachable: the time was over, in place of what the closed connection raised.
    """
    over = threading.Event()

    def give_up() -> None:
        over.set()
        end()

    timer = threading.Timer(endpoint.total_seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Unreachable as error:
        if not over.is_set():
            raise
        how = f"more than {endpoint.total_seconds:g} s altogether"
        raise _too_slow(endpoint, path, how) from error
    finally:
        timer.cancel()


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
