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
        abandoned: paths of some that have waited too long, for their done-files or for what is
            missing of their bundles.
        refused: why some can never be taken: names that no recipient could have.
        late: some whose bundles have gone already; whether they are among the chosen, the
            definition says.
    """

    chosen: list[Chosen] = field(default_factory=list)
    ready: int = 0
    not_ready: int = 0
    abandoned: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

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
    chooser = partial(_choose, source, unclaimed, looked_before(source, connect))
    picked = look(source, connect, chooser)
    tell_refused(picked)
    return picked


@dataclass(frozen=True, slots=True)
class Before:
    """What the source showed before the listing that files are taken from.

    Attributes:
        seen: a number for each file that has not changed since; None if nothing was compared.
        vouchers: the done-files, by path.
    """

    seen: set[int] | None
    vouchers: dict[str, RemoteFile]


def looked_before(source: Source, connect: Connect) -> Before:
    """Look at the source as often as the gates need before files are taken."""
    seen: set[int] | None = None
    for _ in range(source.stable_listings - 1):
        seen = look(source, connect, partial(_unchanged, source, before=seen))
        time.sleep(source.seconds_between_listings)
    # Before the documents: a done-file vouches for what is listed after it.
    vouchers = look(source, connect, partial(_done_files, source)) if source.done_file else {}
    return Before(seen, vouchers)


def tell_refused(picked: Picked) -> None:
    """Write into the run's log what can never be taken."""
    for refusal in picked.refused:
        get_run_logger().error("Left at the source: %s", refusal)


def look(source: Source, connect: Connect, use: Callable[[Iterable[RemoteFile]], Result]) -> Result:
    """List the source, with its retries, and return what `use` makes of the stream."""
    recursive = source.selection is Selection.RECURSIVE
    return asked(
        source,
        connect,
        lambda connection: use(connection.list_files(source.directory, recursive=recursive)),
    )


def asked(source: Source, connect: Connect, use: Callable[[Connection], Result]) -> Result:
    """Ask the source over a connection, with its retries, and return the answer."""

    def attempt() -> Result:
        with connect() as connection:
            return use(connection)

    return retrying(
        attempt,
        attempts=source.retries.attempts,
        seconds_between=source.retries.seconds_between,
        told=lambda error, number: get_run_logger().warning("Attempt %d: %s", number, error),
    )


def _unchanged(
    source: Source, listed: Iterable[RemoteFile], *, before: set[int] | None
) -> set[int]:
    numbers = (number_of(one.file) for one in candidates(source, listed))
    return {number for number in numbers if before is None or number in before}


def number_of(file: RemoteFile) -> int:
    """Return what tells two states of files apart."""
    # Two states of files share one number once in 2**64: then only `fetch` sees the change.
    return hash((file.path, file.identity))


def _done_files(source: Source, listed: Iterable[RemoteFile]) -> dict[str, RemoteFile]:
    fits = is_done_file(source)
    return {display(file.path): file for file in listed if fits(file.name)}


def _choose(
    source: Source, unclaimed: Unclaimed, before: Before, listed: Iterable[RemoteFile]
) -> Picked:
    picked = Picked()
    gates = Gates(source, before, picked)
    free = only_unclaimed(candidates(source, listed), unclaimed)
    picked.chosen = heapq.nsmallest(
        source.maximum_files, gates.passed(free), key=lambda one: place(source.order, one.file)
    )
    return picked


def candidates(source: Source, listed: Iterable[RemoteFile]) -> Iterator[Chosen]:
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


def only_unclaimed(listed: Iterator[Chosen], unclaimed: Unclaimed) -> Iterator[Chosen]:
    """Leave out what the ledger has claimed, asking it in portions."""
    while some := {one.file: one for one in islice(listed, LOOKED_UP)}:
        yield from [some[file] for file in unclaimed(list(some))]


@dataclass(frozen=True, slots=True)
class Gates:
    """Lets through what is ready, and counts in `picked` what is not."""

    source: Source
    before: Before
    picked: Picked
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def passed(self, free: Iterable[Chosen]) -> Iterator[Chosen]:
        """Yield what may be taken now, each with the facts that its claim needs."""
        for one in free:
            if not self.is_takeable(one.file):
                continue
            if admitted := self.admitted(one):
                self.picked.ready += 1
                yield admitted
            else:
                self.picked.not_ready += 1

    def is_takeable(self, file: RemoteFile) -> bool:
        """Tell whether any recipient could have a file of this name."""
        try:
            safe_name(file.name)
        except NameNotAllowed as error:
            show(self.picked.refused, str(error))
            return False
        return True

    def admitted(self, one: Chosen) -> Chosen | None:
        """Return a file with its done-file as a fact; None if it is not ready."""
        return self._vouched(one) if self._is_settled(one.file) else None

    def is_overdue(self, modified: datetime | None) -> bool:
        """Tell whether what was last changed then has waited too long."""
        return is_overdue(self.source, modified, self.now)

    def _is_settled(self, file: RemoteFile) -> bool:
        youngest = self.now - timedelta(seconds=self.source.minimum_age)
        if self.source.minimum_age and file.modified and file.modified > youngest:
            return False
        return self.before.seen is None or number_of(file) in self.before.seen

    def _vouched(self, one: Chosen) -> Chosen | None:
        if not self.source.done_file:
            return one
        done_file = self.before.vouchers.get(done_path(self.source, one.file))
        if done_file:
            return Chosen(one.file, one.facts | as_fact(done_file))
        if self.is_overdue(one.file.modified):
            show(self.picked.abandoned, display(one.file.path))
        return None


def show(some: list[str], text: str) -> None:
    """Add a text, if there are not enough yet."""
    if len(some) < SHOWN:
        some.append(text)


def place(order: Order, file: RemoteFile) -> tuple[float, str]:
    """Return where a file comes in the order."""
    moment = (file.modified or datetime.fromtimestamp(0, UTC)).timestamp()
    age = {Order.NAME: 0.0, Order.OLDEST: moment, Order.NEWEST: -moment}[order]
    return age, file.path
