"""Two workers, crashes, outages and impatient recipients in any order: nothing lost, nothing twice.

Hypothesis looks for the order that breaks it, and shrinks what it finds to the shortest one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from blocks.ledger import DeliveryState, Ledger, Outcome
from blocks.local import LocalFolder
from flows.definition import Transfer
from tests.flows.model import Worker, without_engine

WORKERS = st.integers(0, 1)
STEPS = st.integers(1, 40)
"""A run that delivers one document takes some 25 steps."""
TARGETS = ("first", "second")


class Hub(RuleBasedStateMachine):
    """A source, a recipient with an alternative, two workers and one ledger."""

    def __init__(self) -> None:
        """Open an office of its own for each example."""
        super().__init__()
        self.cleanup = ExitStack()
        self.root = Path(tempfile.mkdtemp(prefix="govmanager-model-"))
        self.cleanup.callback(shutil.rmtree, self.root)
        self.home = self.root / "home"
        self.cleanup.enter_context(patch.dict(os.environ, {"GOVMANAGER_HOME": str(self.home)}))
        self.dropped: list[bytes] = []
        self.taken: Counter[bytes] = Counter()
        self.down: set[str] = set()
        self.workers: list[Worker] = []

    @initialize()
    def open(self) -> None:
        endpoints = {}
        for name in ("source", *TARGETS):
            (self.root / name).mkdir()
            folder = LocalFolder(directory=str(self.root / name), pause_after=2)
            endpoints[f"local-folder/{name}"] = folder
        self.cleanup.enter_context(without_engine(endpoints, self.down))
        patient = {"allowed": False}
        definition = Transfer.model_validate(
            {
                "name": "model",
                "source": {"endpoint": "local-folder/source", "retries": patient},
                "steps": [{"kind": "rename", "template": "{stem}-{n}{suffix}"}],
                "recipients": [
                    {
                        "name": "Amt",
                        "targets": [
                            {"endpoint": f"local-folder/{name}", "retries": patient}
                            for name in TARGETS
                        ],
                    }
                ],
            }
        )
        self.workers = [Worker(self.root, definition) for _ in range(2)]

    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.home / 'ledger.sqlite'}", self.home / "locks")

    # -- what can happen ---------------------------------------------------------------------

    @rule(name=st.sampled_from(["a.xml", "b.xml"]))
    def drop(self, name: str) -> None:
        path = self.root / "source" / name
        if not path.exists():
            self.dropped.append(f"{name} {len(self.dropped)}".encode())
            fresh = self.root / "fresh"
            fresh.write_bytes(self.dropped[-1])
            fresh.replace(path)

    @rule(which=st.sampled_from(TARGETS))
    def outage(self, which: str) -> None:
        self.down ^= {str(self.root / which)}

    @rule()
    def collect(self) -> None:
        for path in self._visible():
            self.taken[path.read_bytes()] += 1
            path.unlink()

    def start(self, number: int) -> Worker:
        worker = self.workers[number]
        if worker.is_idle:
            worker.start()
        return worker

    @rule(number=WORKERS, steps=STEPS)
    def go_on(self, number: int, steps: int) -> None:
        self.start(number).go_on(steps)

    @rule(turns=st.lists(st.tuples(WORKERS, st.integers(1, 6)), max_size=20))
    def interleave(self, turns: list[tuple[int, int]]) -> None:
        for number, steps in turns:
            self.start(number).go_on(steps)

    @rule(number=WORKERS, steps=STEPS)
    def crash(self, number: int, steps: int) -> None:
        worker = self.start(number)
        worker.go_on(steps)
        worker.kill()

    @rule(number=WORKERS)
    def finish(self, number: int) -> None:
        self.start(number).finish()

    @precondition(lambda self: self.home.exists())
    @rule()
    def time_passes(self) -> None:
        """Let what waits for its time be due."""
        ledger = self.ledger()
        with ledger.write() as book:
            for one in book.recent():
                book.hold(one.id, "")
        ledger.dispose()

    # -- what must hold at every moment ------------------------------------------------------

    def _visible(self) -> list[Path]:
        return [
            path
            for target in TARGETS
            for path in (self.root / target).iterdir()
            if not path.name.startswith(".govmanager")
        ]

    @invariant()
    def nothing_comes_twice(self) -> None:
        if self.workers:
            arrived = self.taken + Counter(path.read_bytes() for path in self._visible())
            assert not [content for content, times in arrived.items() if times > 1]

    @invariant()
    def nothing_is_lost(self) -> None:
        if self.workers:
            places = [self.root / "source", self.home / "executions"]
            kept = {
                path.read_bytes() for one in places for path in one.rglob("*") if path.is_file()
            }
            kept |= set(self.taken) | {path.read_bytes() for path in self._visible()}
            assert set(self.dropped) <= kept

    def teardown(self) -> None:
        """Let everything come to its end without a person, and look whether all has arrived."""
        try:
            for worker in self.workers:
                worker.kill()
            if self.workers:
                self._come_to_rest()
        finally:
            self.cleanup.close()

    def _come_to_rest(self) -> None:
        self.down.clear()
        for _ in range(4):
            if self.home.exists():
                self.time_passes()
                ledger = self.ledger()
                with ledger.write() as book:
                    for target in TARGETS:
                        book.worked(f"local-folder/{target}")
                ledger.dispose()
            self.workers[0].start()
            self.workers[0].finish()
        self.collect()
        assert self.taken == Counter(self.dropped)
        assert list((self.root / "source").iterdir()) == []
        ledger = self.ledger()
        with ledger.read() as book:
            executions = book.recent(limit=1000)
            assert {one.outcome for one in executions} <= {Outcome.DONE}
            deliveries = [one for each in executions for one in book.deliveries(each.id)]
        ledger.dispose()
        assert {one.state for one in deliveries} <= {DeliveryState.DELIVERED}
        assert len(deliveries) == len(self.dropped)
        assert all(one.proof and one.delivered_at < datetime.now(UTC) for one in deliveries)  # type: ignore[operator]
        left = [path.name for name in TARGETS for path in (self.root / name).iterdir()]
        assert left == []


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    run_state_machine_as_test(
        Hub,
        settings=settings(
            max_examples=int(os.environ.get("GOVMANAGER_EXAMPLES", "30")),
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
