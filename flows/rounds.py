"""One recipient's share of a run: what is open, by which ways, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from blocks.endpoint import Endpoint, Parcel
from blocks.ledger import Delivery, DeliveryState
from blocks.ledger.rows import OPEN
from flows.definition import Recipient, Target
from flows.work import Work, local_time
from transforms.errors import HubError, NameNotAllowed, Retry

STATE = "OUTBOUND_READY"


@dataclass(frozen=True, slots=True)
class Way:
    """One target that some deliveries may be sent to.

    Attributes:
        number: its place in the order of priority, from 0.
        target: as the definition, or a person, describes it.
        ids: the deliveries.
        own: whether it is the recipient's own; else a person, or a drain, has chosen it.
    """

    number: int
    target: Target
    ids: frozenset[int]
    own: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """One recipient's share of a run.

    Attributes:
        todo: ids of the deliveries this run may still send.
        problems: what went wrong on the way, in order.
        decisions: for each delivery, which targets did not take it, and why.
        missed_first: the deliveries whose first target was down or closed, with when it may be
            tried again if that is known.
    """

    work: Work
    recipient: str
    todo: set[int]
    problems: list[HubError] = field(default_factory=list)
    decisions: dict[int, list[str]] = field(default_factory=dict)
    missed_first: dict[int, datetime | None] = field(default_factory=dict)

    def change(self, action: str, details: str) -> None:
        """Add one line to the execution's history."""
        self.work.change(STATE, action, details)

    def described(self) -> Recipient:
        """Return the recipient as the definition describes it."""
        return self.work.recipient(self.recipient)

    def deliveries(self) -> list[Delivery]:
        """Read the recipient's deliveries that have not come to an end."""
        with self.work.ledger.read() as book:
            return book.deliveries(self.work.id, self.recipient, states=OPEN)

    def waiting(self, ids: Collection[int]) -> list[Delivery]:
        """Read those of these deliveries that may still be sent in this run."""
        return [
            one
            for one in self.deliveries()
            if one.id in self.todo and one.id in ids and one.state is not DeliveryState.STAGED
        ]

    def ways(self) -> list[Way]:
        """Return the targets a person chose for some deliveries, then the recipient's own."""
        open_ones = [one for one in self.deliveries() if one.id in self.todo]
        chosen: dict[str, set[int]] = {}
        for one in open_ones:
            if one.chosen:
                chosen.setdefault(json.dumps(one.chosen, sort_keys=True), set()).add(one.id)
        ways = [
            Way(0, Target.model_validate_json(text), frozenset(ids), own=False)
            for text, ids in chosen.items()
        ]
        own = frozenset(one.id for one in open_ones if not one.chosen)
        if own:
            targets = self.described().targets
            ways += [Way(number, target, own) for number, target in enumerate(targets)]
        return ways

    def passed_over(self, way: Way, error: HubError, until: datetime) -> None:
        """Note that a target is not asked now, why, and when it may be."""
        self.problems.append(error)
        found = self.waiting(way.ids)
        self._decided(way, found, f"{way.target.endpoint} passed over: {error.what}", until)
        with self.work.ledger.write() as book:
            text = f"{self.recipient} via {way.target.endpoint}: passed over"
            book.change(self.work.id, STATE, text, f"{error} Until {local_time(until)}.")
            for one in found:
                book.passed_over(one.id, error, self.decision(one.id), until)

    def note(self, way: Way, error: HubError) -> None:
        """Keep a target's failure, write it beside all that it was to take, and go on.

        What is in doubt stays in doubt.
        """
        self.problems.append(error)
        found = [one for one in self.deliveries() if one.id in way.ids]
        if error.retry is Retry.LATER:
            self._decided(way, found, f"{way.target.endpoint} failed: {error.what}", None)
        with self.work.ledger.write() as book:
            text = f"{self.recipient} via {way.target.endpoint}: failed"
            book.change(self.work.id, STATE, text, str(error))
            for one in found:
                if one.state is DeliveryState.STAGED:
                    book.in_doubt(one.id, error)
                elif one.id in self.todo:
                    book.failed(one.id, error, self.decision(one.id))

    def refuse(self, delivery: Delivery, error: HubError) -> None:
        """Take one delivery out of this run, with its reason."""
        self.todo.discard(delivery.id)
        self.fail(delivery, error)

    def fail(self, delivery: Delivery, error: HubError) -> None:
        """Write down why one delivery failed at one target; the next target may still take it."""
        self.problems.append(error)
        with self.work.ledger.write() as book:
            book.failed(delivery.id, error, self.decision(delivery.id))
            book.change(
                self.work.id, STATE, f"{self.recipient}: refused {delivery.name}", str(error)
            )

    def decision(self, delivery: int) -> str:
        """Return which targets did not take a delivery in this run, and why."""
        return "; ".join(self.decisions.get(delivery, ()))

    def _decided(
        self, way: Way, found: Collection[Delivery], text: str, until: datetime | None
    ) -> None:
        for one in found:
            self.decisions.setdefault(one.id, []).append(text)
            if way.own and way.number == 0:
                self.missed_first[one.id] = until


@dataclass(frozen=True, slots=True)
class Lane:
    """One target of the recipient in use, with its endpoint.

    Attributes:
        attempts: how often it may be tried.
        skipped: ids of deliveries that this target refused; the next one may take them.
        places: directory and name of what this recipient has there, with the document's id.
    """

    way: Way
    endpoint: Endpoint
    attempts: int
    skipped: set[int] = field(default_factory=set)
    places: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The target as it is described."""
        return self.way.target

    def claim(self, delivery: Delivery, parcel: Parcel) -> None:
        """Keep a place for one document: the next one must not replace it unnoticed.

        Raises:
            NameNotAllowed: another document of the execution has the same name there.
        """
        if not parcel.overwrite or parcel.append or parcel.letter:
            return
        place = (parcel.directory, parcel.name)
        if self.places.setdefault(place, delivery.document) != delivery.document:
            raise NameNotAllowed(
                f"Another document of this execution is {parcel.name} there already",
                where=f"{self.target.endpoint}:{parcel.directory}",
                remedy="Make the names differ by the target's file name template",
            )
