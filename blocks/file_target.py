"""A file server as a target: temporary names, verification, publishing, and what a crash left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from blocks.driver import Driver, Entry
from blocks.endpoint import Endpoint, Locking, Parcel, Receipt, Staged, Trace, in_turn
from blocks.file_locks import FileLocks
from blocks.file_side import SMALL, FileSide, identity
from blocks.limits import limited
from blocks.paths import TEMPORARY, join, parent
from transforms.document import CHUNK, Fingerprint, Hasher
from transforms.errors import (
    AlreadyThere,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
    Unreachable,
)
from transforms.names import safe_name

DELIVERED = "size and SHA-256 of the file at the target agree"
TAKEN = (
    "the verified copy is no longer under its temporary name: it was published, and the recipient "
    "has taken or changed the file since"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where one parcel is written, what was there before, and what is written."""

    parcel: Parcel
    final: str
    temporary: str
    old: Entry | None = None
    sha256: str = ""

    @property
    def size(self) -> int:
        """Return the bytes the target holds afterwards."""
        return self.parcel.fingerprint.size + (self.old.size if self.old else 0)


class FileTarget(FileSide):
    """The target's half of the contract over a driver.

    Args:
        driver: the raw verbs.
        endpoint: whose label and limits apply.
        locks: those of the session.
        read_back: whether a delivered file is read again and its hash compared.
    """

    def __init__(
        self, driver: Driver, endpoint: Endpoint, locks: FileLocks, *, read_back: bool
    ) -> None:
        """Work with this driver."""
        super().__init__(driver, endpoint)
        self._locks = locks
        self._read_back = read_back

    # -- stage -----------------------------------------------------------------------------

    def stage_many(self, parcels: Sequence[Parcel]) -> list[Staged | EndpointError]:
        """Write the bytes under temporary names and verify them; see the contract."""
        there: set[str] = set()
        planned = in_turn(parcels, lambda one: self._plan(one, there))
        free = _then(planned, self._look)
        written = _then(free, self._write)
        return _then(written, self._verify)

    def _plan(self, parcel: Parcel, there: set[str]) -> Plan:
        """Name the places of one parcel.

        Args:
            parcel: what is to be sent.
            there: directories that were looked at already.
        """
        name = safe_name(parcel.name)
        directory = self.directory(parcel.directory)
        if directory not in there:
            with self.in_time(directory):
                self._check_directory(parcel, directory)
            there.add(directory)
        return Plan(parcel, join(directory, name), self._temporary(parcel))

    def _check_directory(self, parcel: Parcel, directory: str) -> None:
        if not directory:
            return
        if parcel.create_directories:
            self.make_directories(directory)
        elif not self.is_directory(directory):
            raise DirectoryMissing(
                "The directory is not there",
                where=self.where(directory),
                remedy="Create it, or set create_directories at the target",
            )

    def _look(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        """Look at what is there under the final names."""
        with self.in_time(plans[0].final):
            finals = [plan.final for plan in plans]
            try:
                entries = self.driver.stat_many(finals)
            except NameNotAllowed:
                # One name that the target cannot hold is no reason to leave out the others.
                entries = in_turn(finals, self.driver.stat)
            return in_turn(list(zip(plans, entries, strict=True)), lambda one: self._free(*one))

    def _free(self, plan: Plan, entry: Entry | EndpointError | None) -> Plan:
        if isinstance(entry, EndpointError):
            raise entry
        if entry and not (plan.parcel.overwrite or plan.parcel.append):
            self.discard(plan.temporary)
            raise AlreadyThere(
                "A file of this name is there already",
                where=self.where(plan.final),
                remedy="Take it away, set overwrite, or make the name unique with {date} or {n}",
            )
        return replace(plan, old=entry) if plan.parcel.append else plan

    def _write(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        """Write the bytes; of those that the target refused, nothing stays."""
        answers = self._write_all(plans)
        for plan, answer in zip(plans, answers, strict=True):
            if isinstance(answer, EndpointError) and not isinstance(answer, Unreachable):
                with suppress(EndpointError), self.in_time(plan.temporary):
                    self.discard(plan.temporary)
        return answers

    def _write_all(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        small = [one for one in plans if one.parcel.fingerprint.size <= SMALL and not one.old]
        if len(small) <= 1:
            return in_turn(plans, self._write_large)
        large = [one for one in plans if one not in small]
        answers = dict(zip(small, self._write_small(small), strict=True))
        answers |= zip(large, in_turn(large, self._write_large), strict=True)
        return [answers[one] for one in plans]

    def _write_small(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        contents = {one.temporary: one.parcel.path.read_bytes() for one in plans}
        intact = in_turn(
            plans, lambda one: self._intact(one, _fingerprint(contents[one.temporary]))
        )

        def written(some: Sequence[Plan]) -> list[Plan | EndpointError]:
            with self.in_time(some[0].temporary):
                given = [(one.temporary, contents[one.temporary]) for one in some]
                answers = self.driver.write_many(given)
            return [answer or one for one, answer in zip(some, answers, strict=True)]

        return _then(intact, written)

    def _intact(self, plan: Plan, local: Fingerprint) -> Plan:
        if local != plan.parcel.fingerprint:
            raise self.changed(plan.temporary, "is not what was to be sent")
        return replace(plan, sha256=local.sha256)

    def _write_large(self, plan: Plan) -> Plan:
        hasher = Hasher(with_md5=False)

        def passing() -> Iterator[bytes]:
            old = self.driver.read(plan.final) if plan.old else iter(())
            for chunk in chain(old, chunks_of(plan.parcel.path)):
                hasher.update(chunk)
                yield chunk

        with self.in_time(plan.final):
            passed = limited(passing(), self.endpoint, plan.temporary)
            self.driver.write(plan.temporary, passed, plan.size)
            is_intact = plan.old or hasher.sha256 == plan.parcel.fingerprint.sha256
            if hasher.size != plan.size or not is_intact:
                self.discard(plan.temporary)
                raise self.changed(plan.temporary, "is not what was to be sent")
        return replace(plan, sha256=hasher.sha256)

    def _verify(self, plans: Sequence[Plan]) -> list[Staged | EndpointError]:
        with self.in_time(plans[0].final):
            entries = self.driver.stat_many([plan.temporary for plan in plans])
        return in_turn(list(zip(plans, entries, strict=True)), lambda one: self._verified(*one))

    def _verified(self, plan: Plan, entry: Entry | EndpointError | None) -> Staged:
        if isinstance(entry, EndpointError):
            raise entry
        there = entry.size if entry else None
        with self.in_time(plan.final):
            told = self.driver.sha256(plan.temporary) if there == plan.size else ""
            differs = bool(told) and told != plan.sha256
            if self._read_back and there == plan.size:
                differs = differs or self.hash(plan.temporary) != plan.sha256
            if there != plan.size or differs:
                self.discard(plan.temporary)
                raise Unreachable(
                    f"The target kept {there} of {plan.size} bytes, or other ones",
                    where=self.where(plan.temporary),
                    remedy="Look at the target's disk and quota; the file is sent again",
                )
        return Staged(plan.final, plan.temporary, plan.size, plan.sha256, identity(plan.old))

    # -- publish ---------------------------------------------------------------------------

    def publish_many(
        self, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[Receipt | EndpointError]:
        """Rename what was staged to its final name; see the contract."""
        finals = Counter(where.location for _, where in staged)
        together = [one for one in staged if _is_plain(*one) and finals[one[1].location] == 1]
        if len(together) <= 1:
            return in_turn(staged, lambda one: self.publish(*one))
        answers: dict[str, Receipt | EndpointError] = {}
        for overwrite in (False, True):
            some = [one for one in together if one[0].overwrite is overwrite]
            answers |= zip((one[0].key for one in some), self._rename_many(some), strict=True)
        alone = [one for one in staged if one[0].key not in answers]
        one_by_one = in_turn(alone, lambda one: self.publish(*one))
        answers |= zip((one[0].key for one in alone), one_by_one, strict=True)
        return [answers[parcel.key] for parcel, _ in staged]

    def _rename_many(
        self, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[Receipt | EndpointError]:
        if not staged:
            return []
        pairs = [(where.temporary, where.location) for _, where in staged]
        with self.in_time(pairs[0][1]):
            answers = self.driver.rename_many(pairs, replace=staged[0][0].overwrite)
        return [
            self._unconfirmed(where, answer) if answer else self._receipt(where)
            for (_, where), answer in zip(staged, answers, strict=True)
        ]

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Rename what was staged to its final name; see the contract."""
        with self.in_time(staged.location), self._locks.around(staged.location, parcel):
            try:
                self._rename(parcel, staged)
            except Unreachable as error:
                raise self._unconfirmed(staged, error) from error
            self._flag(parcel, staged)
        return self._receipt(staged)

    def _unconfirmed(self, staged: Staged, error: EndpointError) -> EndpointError:
        if not isinstance(error, Unreachable):
            return error
        return DeliveryUnconfirmed(
            f"The connection was lost while the file became visible: {error.what}",
            where=self.where(staged.location),
            remedy="Nothing is to be done: the target is asked before anything is sent",
        )

    def _receipt(self, staged: Staged) -> Receipt:
        proof = "size and SHA-256 read back" if self._read_back else "size verified"
        return Receipt(staged.location, f"{proof}, {staged.size} bytes")

    def _rename(self, parcel: Parcel, staged: Staged) -> None:
        """Give the file its final name.

        Where that is refused, the temporary file stays: were it gone before the ledger knows of
        the refusal, `trace` would take it for published after a crash.
        """
        if parcel.append and identity(self.driver.stat(staged.location)) != staged.based_on:
            raise self.changed(staged.location, "was changed by others while it was added to")
        if parcel.overwrite or staged.based_on:
            self.driver.replace(staged.temporary, staged.location)
        else:
            self.driver.rename(staged.temporary, staged.location)

    def _flag(self, parcel: Parcel, staged: Staged) -> None:
        """Tell a recipient who waits for a flag file that the document is whole."""
        if parcel.flag_file:
            path = join(parent(staged.location), safe_name(parcel.flag_file))
            self.driver.write(path, (), 0)

    # -- trace -----------------------------------------------------------------------------

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got, from the temporary and the final name."""
        with self.in_time(parcel.name):
            if staged is None:
                self.discard(self._temporary(parcel))
                return Trace.ABSENT, "it was never complete at the target"
            self._locks.lift_own(staged.location, parcel)
            found = self._trace(staged)
            if found == (Trace.PUBLISHED, DELIVERED):
                self._flag(parcel, staged)
            return found

    def _trace(self, staged: Staged) -> tuple[Trace, str]:
        temporary = self.driver.stat(staged.temporary)
        if self._is_delivered(staged):
            self.discard(staged.temporary)
            return Trace.PUBLISHED, DELIVERED
        if temporary is None:
            # It had been verified under its temporary name, which only publishing takes away.
            return Trace.PUBLISHED, TAKEN
        if temporary.size == staged.size:
            return Trace.STAGED, "complete under its temporary name"
        # It stays, as a second question after a crash must find it too; `stage` writes it anew.
        return Trace.ABSENT, "incomplete under its temporary name"

    def _is_delivered(self, staged: Staged) -> bool:
        entry = self.driver.stat(staged.location)
        if entry is None or entry.is_directory or entry.size != staged.size:
            return False
        try:
            return self.hash(staged.location) == staged.sha256
        except FileMissing:
            return False

    def _temporary(self, parcel: Parcel) -> str:
        return join(self.directory(parcel.directory), TEMPORARY.format(key=parcel.key))


Done = TypeVar("Done")


def _then(
    plans: Sequence[Plan | EndpointError],
    phase: Callable[[Sequence[Plan]], list[Done | EndpointError]],
) -> list[Done | EndpointError]:
    """Take those that got through so far into the next phase; errors keep their place."""
    good = [plan for plan in plans if isinstance(plan, Plan)]
    answers = iter(phase(good) if good else ())
    return [next(answers) if isinstance(plan, Plan) else plan for plan in plans]


def _is_plain(parcel: Parcel, staged: Staged) -> bool:
    """Tell whether publishing is a rename and nothing else."""
    is_locked = parcel.locking is not Locking.NO_LOCKING
    return not (is_locked or parcel.append or parcel.flag_file or staged.based_on)


def _fingerprint(content: bytes) -> Fingerprint:
    hasher = Hasher()
    hasher.update(content)
    return hasher.fingerprint()


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a local file, `CHUNK` at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
