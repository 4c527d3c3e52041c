"""Which files a run takes: listings as streams, of which no more is held than is taken.

A listing passes stage by stage: name and expression; what the ledger has claimed already, asked
in portions; then the gates of age, stable listings and done-file. Of what is left a heap keeps the
first ones in order, as many as a run may take. So memory does not grow with the directory, except
for one number for each file where listings are compared, and for the done-files where they count.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from prefect.logging import get_run_logger

from blocks.endpoint import AfterPickup, Connection, RemoteFile, display
from blocks.guard import retrying
from flows.gates import as_fact, done_path, is_done_file, is_overdue, no_document
from flows.source import Order, Selection, Source
from transforms.errors import NameNotAllowed
from transforms.names import matcher, safe_name

Result = TypeVar("Result")
Connect = Callable[[], AbstractContextManager[Connection]]
Unclaimed = Callable[[Sequence[RemoteFile]], Sequence[RemoteFile]]
"""Leaves out the files that the ledger has claimed already."""

LOOKED_UP = 500
"""Files that the ledger is asked about at a time."""

SHOWN = 10
"""Names that are shown where there may be many."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a transfer will take, with the facts its name gave."""

    file: RemoteFile
    facts: dict[str, str]


@dataclass(slots=True)
class Picked:
    """What a look at the source came to.

    Attributes:
        chosen: what this run takes, in order.
        ready: how many files could be taken, those of `chosen` included.
        not_ready: how many the gates have held back.
        abandoned: paths of some that have waited too long for their done-files.
        refused: why some can never be taken: names that no recipient could have.
    """

    chosen: list[Chosen] = field(default_factory=list)
    ready: int = 0
    not_ready: int = 0
    abandoned: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def left(self) -> str:
        """What waits for a later run, in words; "" if nothing does."""
        beyond = self.ready - len(self.chosen)
        parts = [f"{beyond} left for the next run"] if beyond else []
        parts += [f"{self.not_ready} not ready yet"] if self.not_ready else []
        return ", ".join(parts)


def pick(source: Source, connect: Connect, unclaimed: Unclaimed) -> Picked:
    """Look at the source, as often as its gates need, and choose what to take, up to the cap.

    Args:
        source: what to list and to choose.
        connect: gives a connection to the source for one listing, which has the source's retries.
        unclaimed: asks the ledger.

    Raises:
        EndpointError: the source cannot be listed.
    """
    seen: set[int] | None = None
    for _ in range(source.stable_listings - 1):
        seen = _look(source, connect, partial(_unchanged, source, before=seen))
        time.sleep(source.seconds_between_listings)
    # Before the documents: a done-file vouches for what is listed after it.
    vouchers = _look(source, connect, partial(_done_files, source)) if source.done_file else {}
    chooser = partial(_choose, source, unclaimed, seen=seen, vouchers=vouchers)
    picked = _look(source, connect, chooser)
    for refusal in picked.refused:
        get_run_logger().error("Left at the source: %s", refusal)
    return picked


def _look(
    source: Source, connect: Connect, use: Callable[[Iterable[RemoteFile]], Result]
) -> Result:
    """List the source, with its retries, and return what `use` makes of the stream."""

    def attempt() -> Result:
        with connect() as connection:
            recursive = source.selection is Selection.RECURSIVE
            return use(connection.list_files(source.directory, recursive=recursive))

    return retrying(
        attempt,
        attempts=source.retries.attempts,
        seconds_between=source.retries.seconds_between,
        told=lambda error, number: get_run_logger().warning("Attempt %d: %s", number, error),
    )


def _unchanged(
    source: Source, listed: Iterable[RemoteFile], *, before: set[int] | None
) -> set[int]:
    numbers = (_number(one.file) for one in _candidates(source, listed))
    return {number for number in numbers if before is None or number in before}


def _number(file: RemoteFile) -> int:
    # Two states of files share one number once in 2**64: then only `fetch` sees the change.
    return hash((file.path, file.identity))


def _done_files(source: Source, listed: Iterable[RemoteFile]) -> dict[str, RemoteFile]:
    fits = is_done_file(source)
    return {display(file.path): file for file in listed if fits(file.name)}


def _choose(
    source: Source,
    unclaimed: Unclaimed,
    listed: Iterable[RemoteFile],
    *,
    seen: set[int] | None,
    vouchers: dict[str, RemoteFile],
) -> Picked:
    picked = Picked()
    gates = _Gates(source, seen, vouchers, picked)
    free = _unclaimed(_candidates(source, listed), unclaimed)
    picked.chosen = heapq.nsmallest(
        source.maximum_files, gates.passed(free), key=lambda one: _place(source.order, one.file)
    )
    return picked


def _candidates(source: Source, listed: Iterable[RemoteFile]) -> Iterator[Chosen]:
    """Yield what the names tell to be documents of this transfer."""
    match = matcher(source.post_selection, source.expression)
    is_no_document = no_document(source)
    for file in listed:
        if is_no_document(file.name) or _is_moved_already(source, file):
            continue
        facts = match(display(file.name))
        if facts is not None:
            yield Chosen(file, facts)


def _is_moved_already(source: Source, file: RemoteFile) -> bool:
    """Tell whether a file lies where this transfer moves what it has taken.

    A recursive listing shows such files again, under a path that no claim knows.
    """
    if source.after_pickup is not AfterPickup.MOVE:
        return False
    return f"/{source.move_to.strip('/')}/" in f"/{file.path}"


def _unclaimed(candidates: Iterator[Chosen], unclaimed: Unclaimed) -> Iterator[Chosen]:
    while some := {one.file: one for one in islice(candidates, LOOKED_UP)}:
        yield from [some[file] for file in unclaimed(list(some))]


@dataclass(frozen=True, slots=True)
class _Gates:
    """Lets through what is ready, and counts in `picked` what is not."""

    source: Source
    seen: set[int] | None
    vouchers: dict[str, RemoteFile]
    picked: Picked

    def passed(self, free: Iterable[Chosen]) -> Iterator[Chosen]:
        """Yield what may be taken now, each with the facts that its claim needs."""
        now = datetime.now(UTC)
        for one in free:
            if not self._is_takeable(one.file):
                continue
            if self._is_settled(one.file, now) and (vouched := self._vouched(one, now)):
                self.picked.ready += 1
                yield vouched
            else:
                self.picked.not_ready += 1

    def _is_takeable(self, file: RemoteFile) -> bool:
        """Tell whether any recipient could have a file of this name."""
        try:
            safe_name(file.name)
        except NameNotAllowed as error:
            _show(self.picked.refused, str(error))
            return False
        return True

    def _is_settled(self, file: RemoteFile, now: datetime) -> bool:
        youngest = now - timedelta(seconds=self.source.minimum_age)
        if self.source.minimum_age and file.modified and file.modified > youngest:
            return False
        return self.seen is None or _number(file) in self.seen

    def _vouched(self, one: Chosen, now: datetime) -> Chosen | None:
        if not self.source.done_file:
            return one
        done_file = self.vouchers.get(done_path(self.source, one.file))
        if done_file:
            return Chosen(one.file, one.facts | as_fact(done_file))
        if is_overdue(self.source, one.file.modified, now):
            _show(self.picked.abandoned, display(one.file.path))
        return None


def _show(some: list[str], text: str) -> None:
    if len(some) < SHOWN:
        some.append(text)


def _place(order: Order, file: RemoteFile) -> tuple[float, str]:
    moment = (file.modified or datetime.fromtimestamp(0, UTC)).timestamp()
    age = {Order.NAME: 0.0, Order.OLDEST: moment, Order.NEWEST: -moment}[order]
    return age, file.path
