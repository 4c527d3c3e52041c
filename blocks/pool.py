"""Connections that are used again, and no more of them than an endpoint can bear.

A run keeps what it has opened for its next task. How many there are at once, all runs of a machine
agree upon by file locks, which the kernel releases when a process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from blocks.endpoint import Connection, Endpoint
from transforms.errors import Unreachable

LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Open:
    """A connection with what ends it and gives its place back."""

    endpoint: Endpoint
    connection: Connection
    end: ExitStack


class Pool:
    """The connections of one run.

    Args:
        places: directory of the lock files that the machine's runs share.
    """

    def __init__(self, places: Path) -> None:
        """Open nothing yet."""
        self._places = places
        self._idle: list[_Open] = []
        self._change = threading.Lock()

    @contextmanager
    def connection(self, endpoint: Endpoint) -> Iterator[Connection]:
        """Lend a connection to one thread; one that failed is not lent again.

        Raises:
            Unreachable: none could be opened, or all that are allowed stay in use.
            AccessRefused, IdentityUnknown: as `Endpoint.connect`.
        """
        lent = self._lent(endpoint)
        with ExitStack() as otherwise:
            otherwise.enter_context(lent.end)
            yield lent.connection
            otherwise.pop_all()
        with self._change:
            self._idle.append(lent)

    def close_idle(self) -> None:
        """End what nobody uses now, so that other runs may connect."""
        with self._change:
            idle, self._idle = self._idle, []
        for one in idle:
            one.end.close()

    def _lent(self, endpoint: Endpoint) -> _Open:
        until = time.monotonic() + endpoint.queue_seconds
        while True:
            if found := self._alive(endpoint):
                return found
            if place := self._place(endpoint):
                return self._opened(endpoint, place)
            # Whoever waits must not keep others waiting.
            self.close_idle()
            if time.monotonic() > until:
                raise _all_in_use(endpoint)
            time.sleep(LOOK_AGAIN_SECONDS)

    def _alive(self, endpoint: Endpoint) -> _Open | None:
        """Take an idle connection that still works; what has died meanwhile is ended."""
        while found := self._taken(endpoint):
            if found.connection.is_alive():
                return found
            found.end.close()
        return None

    def _taken(self, endpoint: Endpoint) -> _Open | None:
        with self._change:
            # Equal settings too: a block that was corrected meanwhile connects anew.
            fitting = [one for one in self._idle if one.endpoint == endpoint]
            if not fitting:
                return None
            self._idle.remove(fitting[-1])
            return fitting[-1]

    def _opened(self, endpoint: Endpoint, place: IO[bytes]) -> _Open:
        with ExitStack() as end:
            end.callback(place.close)
            connection = end.enter_context(endpoint.connect())
            return _Open(endpoint, connection, end.pop_all())

    def _place(self, endpoint: Endpoint) -> IO[bytes] | None:
        directory = self._places / f"{endpoint.get_block_type_slug()}.{endpoint.label}"
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(1, endpoint.maximum_connections + 1):
            file = (directory / str(number)).open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
            else:
                return file
        return None


def _all_in_use(endpoint: Endpoint) -> Unreachable:
    return Unreachable(
        f"All {endpoint.maximum_connections} connections stay in use",
        where=endpoint.label,
        remedy="Spread the schedules, or allow more connections in the block if the server can",
    )
