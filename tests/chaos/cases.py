"""One case: a run is killed at a point, the schedule goes on, and everything is looked at."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from blocks.endpoint import Endpoint
from blocks.ledger import DeliveryState, FileState, Ledger, Outcome
from flows.definition import Transfer
from tests.chaos.doors import Arrival, FolderDoor
from tests.chaos.lines import FILES, Line, Promise
from tests.chaos.points import Event, When, read_trail
from tests.chaos.run import KILLED, Order, Warm

RUNS = 4
"""How many runs may follow a kill until nothing is left."""

AGE_SECONDS = 400
"""Guards are held for two requests; after 300 s they count as left by a crash."""


class Way(StrEnum):
    """How a killed run is continued."""

    SCHEDULE = "then the schedule"
    RETRY = "then Retry in the UI"
    RESUME = "then resume_from"


@dataclass(frozen=True, slots=True)
class Found:
    """What a case has shown.

    Attributes:
        case: its id.
        point: where it was killed, or what happened instead.
        lost: documents that have not arrived.
        duplicates: documents that came again, and cannot be told from the first.
        wrong: what else is not as promised.
        repeated: documents that came again, and say so or have the same mark.
        asked: documents that a person is asked about.
    """

    case: str
    point: str
    lost: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    repeated: int = 0
    asked: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.duplicates or self.wrong)

    def __str__(self) -> str:
        """Say what is wrong, and how to see it again."""
        told = [f"lost {name}" for name in self.lost]
        told += [f"twice {name}" for name in self.duplicates] + list(self.wrong)
        what = "; ".join(told) or "as promised"
        return f"{self.case} ({self.point}): {what}\n  python -m tests.chaos --case {self.case}"


@functools.cache
def empty_ledger() -> bytes:
    """Return a ledger as new: to make one takes longer than a whole run."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as place:
        path = Path(place) / "ledger.sqlite"
        Ledger(f"sqlite:///{path}", Path(place)).dispose()
        return path.read_bytes()


@dataclass
class Scene:
    """A line with a hub of its own, as new.

    Attributes:
        root: directory of the case.
        endpoints: by the names that the definition has for them.
        files: what is sent.
    """

    line: Line
    warm: Warm
    root: Path
    endpoints: Mapping[str, Endpoint]
    files: Mapping[str, bytes]
    environment: Mapping[str, str] = field(default_factory=dict)
    ledger_url: str = ""
    arrived: list[Arrival] = field(default_factory=list)

    @classmethod
    def new(cls, line: Line, warm: Warm, root: Path, **others: Any) -> Scene:
        """Empty both sides and lay the files into the source."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        (root / "home").mkdir()
        (root / "home/ledger.sqlite").write_bytes(empty_ledger())
        line.inbox.clear()
        line.outbox.clear()
        sides = {"source": line.source.endpoint, "target": line.target.endpoint}
        endpoints = {f"{one.get_block_type_slug()}/{name}": one for name, one in sides.items()}
        # Locks that a server keeps for a name that is gone must not reach the next case.
        files = {f"{root.name} {name}": content for name, content in FILES.items()}
        given: dict[str, Any] = {"endpoints": endpoints, "files": files} | others
        scene = cls(line, warm, root, **given)
        for name, content in scene.files.items():
            line.inbox.put(name, content)
        return scene

    def definition(self) -> dict[str, Any]:
        """Return the transfer; it does not retry by itself within a run."""
        source, target = self.endpoints
        patient = {"retries": {"allowed": False}}
        send = {"endpoint": target, **patient, **self.line.target.options}
        definition: dict[str, Any] = {
            "name": f"Matrix {self.line.name}",
            "group": "Matrix",
            "kdnr": "0100",
            "source": {"endpoint": source, **patient, **self.line.source.options},
            "recipients": [{"name": "Amt", "targets": [send]}],
        }
        transfer = Transfer.model_validate({**definition, **self.line.changes})
        return transfer.model_dump(mode="json")

    def order(self, **what: Any) -> Order:
        """Return what the next run is to do; see `Order`."""
        given: dict[str, Any] = {"run": str(uuid4()), "environment": self.environment} | what
        definition, endpoints = self.definition(), self.endpoints
        return Order(root=self.root, definition=definition, endpoints=endpoints, **given)

    def run(self, **what: Any) -> tuple[int, Order]:
        """Let one run happen in a process of its own; return its exit code and its order."""
        order = self.order(**what)
        return self.warm.carry_out(order), order

    def told(self) -> list[str]:
        """Read what the runs have said at their ends, in order."""
        written = sorted(self.root.glob("report-*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text().strip() for path in written]

    def collect(self, expected: int = 0) -> None:
        """Let the recipient take what it sees."""
        self.arrived += self.line.outbox.take(expected)

    def ledger(self) -> Ledger:
        """Open the hub's ledger."""
        home = self.root / "home"
        return Ledger(self.ledger_url or f"sqlite:///{home / 'ledger.sqlite'}", home / "locks")

    def go_on(self) -> None:
        """Let the schedule go on until nothing is left, or a person is needed."""
        for _ in range(RUNS):
            if self.is_done():
                return
            self.time_passes()
            self.run()

    def by_person(self, way: Way, run: str) -> None:
        """Let a person have the killed run continued, if that is the way and it had begun."""
        ledger = self.ledger()
        with ledger.read() as book:
            is_known = book.execution(run) is not None
        ledger.dispose()
        if is_known and way is Way.RETRY:
            self.run(run=run, count=2)
        elif is_known and way is Way.RESUME:
            self.run(resume_from=run)

    def time_passes(self) -> None:
        """Let what waits for its time be due, and what was left behind be old."""
        for side in (self.line.source, self.line.target):
            if isinstance(side.door, FolderDoor):
                side.door.age(AGE_SECONDS)
        ledger = self.ledger()
        with ledger.write() as book:
            for one in book.recent(limit=1000):
                book.hold(one.id, "")
            for name in self.endpoints:
                book.worked(name)
        ledger.dispose()

    def is_done(self) -> bool:
        """Tell whether no run has anything left to do."""
        ledger = self.ledger()
        with ledger.read() as book:
            executions = book.recent(limit=1000)
            files = [file for one in executions for file in book.files(one.id)]
        ledger.dispose()
        taken = [file for file in files if file.state is not FileState.LEFT]
        ended = all(one.outcome is not Outcome.OPEN for one in executions)
        return bool(executions) and ended and len(taken) >= len(self.files)

    # -- what is looked at -----------------------------------------------------------------------

    def found(self, case: str, point: str) -> Found:
        """Compare what has arrived with what was sent, and look for what was left behind."""
        doubtful, wrong = self._ledger_says()
        self.collect(0 if doubtful else len(self.files) - len({one.name for one in self.arrived}))
        expected = set(self.files.items())
        got = Counter((one.name, one.content) for one in self.arrived)
        lost = sorted(name for name, _ in expected - set(got) if name not in doubtful)
        wrong += [f"altered {name}" for name, _ in set(got) - expected if name not in doubtful]
        again = {one: times - 1 for one, times in got.items() if times > 1}
        unmarked = [name for name, content in again if not self._is_marked(name, content)]
        wrong += [f"left at the source: {name}" for name in self.line.inbox.rest()]
        wrong += [f"left at the target: {name}" for name in self.line.outbox.rest()]
        if self.line.promise is not Promise.ASKED:
            wrong += [f"a person is asked about {name}" for name in doubtful]
        if wrong or lost or unmarked:
            wrong += [f"last run: {one.splitlines()[-1]}" for one in self.told()[-1:]]
        return Found(
            case, point, tuple(lost), tuple(unmarked), tuple(wrong), len(again), len(doubtful)
        )

    def _is_marked(self, name: str, content: bytes) -> bool:
        """Tell whether the recipient can see that documents are the same delivery."""
        if self.line.promise is not Promise.REPEATED:
            return False
        same = [one for one in self.arrived if (one.name, one.content) == (name, content)]
        marks = {one.mark for one in same}
        if self.line.name in ("smtp", "s3") and not all(one.says for one in same[1:]):
            return False
        return len(marks) == 1 and marks != {""}

    def _ledger_says(self) -> tuple[set[str], list[str]]:
        """Return the documents that a person is asked about, and what is not consistent."""
        ledger = self.ledger()
        doubtful, wrong = set(), []
        with ledger.read() as book:
            for execution in book.recent(limit=1000):
                deliveries = book.deliveries(execution.id)
                waits = [one for one in deliveries if one.code == "DELIVERY_UNCONFIRMED"]
                if execution.outcome is Outcome.OPEN and not waits:
                    wrong.append(f"execution {execution.state} is open: {execution.message}")
                for one in deliveries:
                    if one.state is DeliveryState.STAGED and one in waits:
                        doubtful.add(one.name)
                    elif one.state is not DeliveryState.DELIVERED or not one.proof:
                        wrong.append(f"{one.name} is {one.state}: {one.error}")
                    elif one.delivered_at and one.delivered_at > datetime.now(UTC):
                        wrong.append(f"{one.name} was delivered in the future")
                wrong += [
                    f"{file.name} is {file.state}, not let go"
                    for file in book.files(execution.id)
                    if not file.disposed and file.state is not FileState.LEFT
                ]
        ledger.dispose()
        return doubtful, wrong


def traced(line: Line, warm: Warm, root: Path) -> list[Event]:
    """Let a run come to its end, and return every point that it came by."""
    scene = Scene.new(line, warm, root)
    code, order = scene.run()
    found = scene.found(f"{line.name}/0", "no kill")
    if code or not found.is_good:
        message = f"even without a kill: exit {code}, {found}"
        raise AssertionError(message)
    return read_trail(order.trail)


def killed(line: Line, warm: Warm, root: Path, event: Event) -> Found:
    """Kill a run at a point, let the schedule go on, and look at everything.

    After the point the recipient takes away what it sees before the next run asks; before it,
    what arrived is still there.
    """
    case = f"{line.name}/{event.number}"
    way = list(Way)[event.number % len(Way)]
    point = f"{event.when} {event.point}, {way}"
    scene = Scene.new(line, warm, root)
    code, order = scene.run(kill_at=event.number)
    if code != KILLED:
        return Found(case, point, wrong=(f"was not reached: exit {code} {scene.told()}",))
    if event.when is not When.BEFORE:
        scene.collect()
    scene.by_person(way, order.run)
    scene.go_on()
    return scene.found(case, point)
