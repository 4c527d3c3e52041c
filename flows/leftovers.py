"""What dead runs left at endpoints: whose it is, whether anybody may still need it, what is done.

Only what the ledger knows is this hub's. A temporary file that a delivery may still be published
from is the only proof that it was not published: to remove it would lose the document. So the
execution must have ended, and it is held while its leftovers are removed, so that no run can take
it up in that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from blocks.endpoint import Can, Connection, Endpoint, Leftover, Remains, display
from blocks.ledger import Book, DeliveryState, Ledger, LedgerFile, Outcome, Owner
from blocks.leftovers import is_taken_by
from blocks.paths import parent
from blocks.pool import Pool
from flows.definition import Transfer
from flows.source import Selection
from flows.work import local_time
from transforms.errors import Busy, EndpointError, HubError, Unreachable

LEAVES = {Can.TRACE, Can.LOCK, Can.RENAME_LOCK}
"""Endpoints that can none of this never have anything of ours lying about."""

UNDECIDED = (DeliveryState.SENDING, DeliveryState.STAGED)
"""The target is asked about these, by what lies there."""

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of an endpoint that transfers use."""

    endpoint: str
    directory: str
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be removed.

    Attributes:
        older_than: since the last change, and since the end of the execution.
        foreign: also what no execution in the ledger owns.
        dry_run: only look.
    """

    older_than: timedelta
    foreign: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Tidied:
    """One leftover, and what became of it.

    Attributes:
        endpoint: as type/name.
        execution: id of the one it belongs to, "" if nobody knows.
        done: what was done, "" if it was left alone.
        why: the reason for either.
    """

    endpoint: str
    leftover: Leftover
    execution: str
    done: str
    why: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A leftover with what the ledger says of it.

    Attributes:
        owners: those that the ledger knows.
        strangers: whether it belongs to others too, or to nobody.
        file: the source's file that a document with a lock's name is.
    """

    leftover: Leftover
    owners: tuple[Owner, ...]
    strangers: bool
    file: LedgerFile | None = None

    @property
    def executions(self) -> list[str]:
        return sorted({one.execution for one in self.owners})


# -- where to look -----------------------------------------------------------------------------


def places(
    book: Book, endpoints: Sequence[str], directories: Sequence[str], *, recursive: bool
) -> list[Place]:
    """Return where to look.

    Args:
        book: the ledger.
        endpoints: only these, as type/name; none: all that transfers have used. One that none has
            used is looked at in its base directory.
        directories: these of every endpoint instead of those that transfers use.
        recursive: look into the directories below `directories` too.
    """
    used = _used(book)
    names = sorted({name.strip() for name in endpoints} or {one.endpoint for one in used})
    if directories:
        return [Place(name, one, recursive) for name in names for one in directories]
    known = {one.endpoint for one in used}
    used += [Place(name, "") for name in names if name not in known]
    return [one for one in used if one.endpoint in names]


def _used(book: Book) -> list[Place]:
    """Return what the latest definitions name, and where documents were ever sent."""
    found = {Place(*one) for one in book.delivered_to()}
    for definition in book.latest_definitions():
        try:
            found |= set(_named(Transfer.model_validate(definition)))
        except ValidationError:
            # An earlier version of the hub wrote it, and nobody has run the transfer since.
            continue
    return sorted(found, key=lambda one: (one.endpoint, one.directory, one.recursive))


def _named(transfer: Transfer) -> Iterator[Place]:
    source = transfer.source
    yield Place(source.endpoint, source.directory, source.selection is Selection.RECURSIVE)
    for recipient in transfer.recipients:
        for target in recipient.targets:
            # What a template has made of it, the deliveries know.
            if "{" not in target.directory:
                yield Place(target.endpoint, target.directory)


# -- what is done ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tidy:
    """Goes over the leftovers of endpoints.

    Attributes:
        told: called with one line for each removal.
        found: what was found so far, and what became of it.
        problems: where it could not be looked, and why.
    """

    ledger: Ledger
    pool: Pool
    rules: Rules
    told: Told
    found: list[Tidied] = field(default_factory=list)
    problems: list[tuple[str, HubError]] = field(default_factory=list)

    def endpoint(self, name: str, endpoint: Endpoint, where: Iterable[Place]) -> None:
        """Go over the leftovers in some directories of one endpoint."""
        if not LEAVES & endpoint.can:
            return
        try:
            with self.pool.connection(endpoint) as connection:
                found: dict[str, Leftover] = {}
                for place in where:
                    found |= self._listed(connection, place)
                for path in sorted(found):
                    self.found.append(self._one(name, connection, found[path]))
        except EndpointError as error:
            self.problems.append((name, error))

    def _listed(self, connection: Connection, place: Place) -> dict[str, Leftover]:
        try:
            listed = connection.leftovers(place.directory, recursive=place.recursive)
            return {one.path: one for one in listed}
        except Unreachable:
            raise
        except EndpointError as error:
            # The other directories may be readable.
            self.problems.append((f"{place.endpoint}:{display(place.directory)}", error))
            return {}

    def _one(self, name: str, connection: Connection, leftover: Leftover) -> Tidied:
        known = self._known(name, leftover)
        if why := self._kept(known):
            return _tidied(name, known, "", why)
        try:
            with ExitStack() as held:
                for execution in known.executions:
                    held.enter_context(self.ledger.hold(execution))
                known = self._known(name, leftover)
                if why := self._kept(known):
                    return _tidied(name, known, "", why)
                return self._removed(name, connection, known)
        except Busy:
            return _tidied(name, known, "", "a run works on its execution")

    def _removed(self, name: str, connection: Connection, known: _Known) -> Tidied:
        leftover = known.leftover
        why = _why_dead(known)
        if self.rules.dry_run:
            return _tidied(name, known, "would be removed or given back", why)
        try:
            done = connection.remove_leftover(leftover)
        except Unreachable:
            raise
        except EndpointError as error:
            return _tidied(name, known, "", str(error))
        where = f"{name}:{display(leftover.path)}"
        with self.ledger.write() as book:
            for one in {one.execution: one for one in known.owners}.values():
                action = f"{leftover.kind} left behind: {done}"
                book.change(one.execution, one.state, action, where)
        self.told(f"{where}: {leftover.kind} {done}; {why}")
        return _tidied(name, known, done, why)

    # -- whose it is -----------------------------------------------------------------------

    def _known(self, name: str, leftover: Leftover) -> _Known:
        with self.ledger.read() as book:
            file = _taken(book, name, leftover)
            names = (file.execution,) if file else leftover.owners
            owners = book.owners(names)
        if file:
            leftover = replace(leftover, original=file.path)
        has_strangers = not names or len(owners) < len(set(names))
        return _Known(leftover, tuple(owners.values()), has_strangers, file)

    def _kept(self, known: _Known) -> str:
        """Return why a leftover must stay, "" if it need not."""
        leftover, owners = known.leftover, known.owners
        if running := [one.execution for one in owners if one.outcome is Outcome.OPEN]:
            return f"the execution {running[0]} is not finished"
        if any(one.delivery in UNDECIDED for one in owners):
            return "the target is still to be asked about its delivery"
        if known.file and known.file.stored:
            return f"its bytes are safe: resume {known.file.execution}, which then lets go of it"
        if known.strangers and not self.rules.foreign:
            return "this hub's ledger does not know whose it is: perhaps another hub's"
        if leftover.kind is Remains.RENAMED and not leftover.original:
            return "nobody knows the name it had"
        return self._too_young(known)

    def _too_young(self, known: _Known) -> str:
        moments = [one.ended_at for one in known.owners] + [known.leftover.modified]
        known_moments = [one for one in moments if one]
        if not known_moments:
            return "nobody knows how old it is"
        since = max(known_moments)
        if datetime.now(UTC) - since < self.rules.older_than:
            return f"too young: {local_time(since)}"
        return ""


def _taken(book: Book, name: str, leftover: Leftover) -> LedgerFile | None:
    """Find the source file that a document with a lock's name was."""
    if leftover.kind is not Remains.RENAMED:
        return None
    for file in book.undisposed(name, parent(leftover.path)):
        if is_taken_by(leftover, file.remote, file.execution):
            return file
    return None


def _why_dead(known: _Known) -> str:
    if not known.executions:
        return "old, and nobody's in this hub's ledger"
    return "its execution has ended"


def _tidied(name: str, known: _Known, done: str, why: str) -> Tidied:
    return Tidied(name, known.leftover, ", ".join(known.executions), done, why)
