"""Several requests under way together, for protocols that answer one at a time per connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from blocks.endpoint import in_turn
from transforms.errors import EndpointError, Unreachable

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class AtOnce:
    """A few threads that ask; started when they are first needed."""

    def __init__(self, most: int, name: str) -> None:
        """Prepare for so many requests at a time; the name is that of the threads."""
        self._most = most
        self._name = name
        self._threads: ThreadPoolExecutor | None = None

    def ask(
        self, items: Sequence[Item], ask: Callable[[Item], Answer]
    ) -> list[Answer | EndpointError]:
        """Ask for several items at once; see `blocks.endpoint.in_turn`."""
        if min(len(items), self._most) <= 1:
            return in_turn(items, ask)
        lost: list[Unreachable] = []

        def answer(item: Item) -> Answer | EndpointError:
            if lost:
                return lost[0]
            try:
                return ask(item)
            except Unreachable as error:
                lost.append(error)
                return error
            except EndpointError as error:
                return error

        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._most, self._name)
        return list(self._threads.map(answer, items))

    def close(self) -> None:
        """Begin nothing more; from any thread."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)
