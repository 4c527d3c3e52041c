"""Each point of the matrix once, protocols in turn; `make chaos` does all of them for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from blocks.driver import Driver
from blocks.endpoint import Connection
from tests.chaos.cases import killed, traced
from tests.chaos.faults import faults
from tests.chaos.lines import LINES, Line
from tests.chaos.points import Event, endpoint_verbs, kills, ledger_verbs
from tests.chaos.run import Warm, warm_process

IN_PYTHON = ("local", "moved", "kept", "sftp", "ftp", "wsgidav", "smtp", "http-put")
"""Lines whose servers need no daemon and start at once."""

ELSEWHERE = {
    "absent": "only in a run that continues: each case does it",
    "acted": "a person's, tests/flows",
    "broke": "a target is down: test_alternatives.py and test_model.py",
    "deliver_again": "resend and drain: test_alternatives.py",
    "discard": "a person's, tests/flows",
    "ended": "a step lets a document end: test_route.py",
    "failed": "a target is down: test_alternatives.py and test_model.py",
    "given_up": "a person's, tests/flows",
    "held_back": "bundles, tests/flows",
    "hold": "a person's, tests/flows",
    "in_doubt": "only in a run that continues: each case does it",
    "left": "a file that stays at its source: test_locks.py",
    "passed_over": "a target is closed: test_alternatives.py",
    "postponed": "test_quarantine.py",
    "quarantined": "test_quarantine.py",
    "rejected": "test_quarantine.py",
    "reopen": "a person's, tests/flows",
    "take_keys": "in one transaction with `ready`: test_route.py, test_ledger.py",
    "take_over": "only in a run that continues: each case does it",
    "worked": "a target is up again: test_alternatives.py and test_model.py",
}
"""Verbs of the ledger that an undisturbed run does not come by, and who shows what they do."""

NEVER_IN_A_RUN = {"remove_leftover"}
"""The flow that tidies up calls it; test_tidy.py."""

CHOSEN = (
    "local/disk-full",
    "local/ledger-locked",
    "local/clock-back",
    "sftp/source-cut",
    "ftp/target-cut",
    "smtp/target-down",
    "http-put/source-down",
    "moved/again-0",
)


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with warm_process() as process:
        yield process


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Line]]:
    with ExitStack() as running:
        yield {
            name: running.enter_context(LINES[name](tmp_path_factory.mktemp(name)))
            for name in IN_PYTHON
        }


@pytest.fixture(scope="module")
def events(
    lines: Mapping[str, Line], warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, list[Event]]:
    place = tmp_path_factory.mktemp("traces")
    return {name: traced(line, warm, place / name) for name, line in lines.items()}


def test_no_verb_of_the_ledger_is_forgotten(events: Mapping[str, list[Event]]) -> None:
    met = {
        verb
        for every in events.values()
        for event in every
        if event.point.startswith("ledger ")
        for verb in event.point.removeprefix("ledger ").split("+")
    }
    assert ledger_verbs() - met == set(ELSEWHERE), "a new verb: let the matrix meet it"


def test_no_verb_of_an_endpoint_is_forgotten(events: Mapping[str, list[Event]]) -> None:
    met = {event.point.rpartition(".")[2] for every in events.values() for event in every}
    every = endpoint_verbs(Connection) | endpoint_verbs(Driver)
    batches = {verb for verb in every if verb.endswith("_many") and verb[:-5] in met}
    assert every - met - batches == NEVER_IN_A_RUN, "a new verb: let the matrix meet it"


def _in_turn(events: Mapping[str, list[Event]]) -> dict[str, list[Event]]:
    """Choose each point once, each time at another protocol as far as it has it."""
    left = {
        (_everywhere(event.point), event.when)
        for every in events.values()
        for event in kills(every)
    }
    chosen: dict[str, list[Event]] = {name: [] for name in events}
    for point in sorted(left):
        having = {
            name: event
            for name, every in events.items()
            for event in reversed(kills(every))
            if (_everywhere(event.point), event.when) == point
        }
        name = min(having, key=lambda one: len(chosen[one]))
        chosen[name].append(having[name])
    return chosen


def _everywhere(point: str) -> str:
    """Return a point's name without that of the protocol."""
    return point.rpartition(".")[2]


@pytest.mark.timeout(120)
def test_killed_at_each_point_nothing_is_lost_or_comes_twice(
    events: Mapping[str, list[Event]], lines: Mapping[str, Line], warm: Warm, tmp_path: Path
) -> None:
    chosen = _in_turn(events)
    assert sum(map(len, chosen.values())) > 40

    def all_of(name: str) -> list[str]:
        found = [
            killed(lines[name], warm, tmp_path / name / str(event.number), event)
            for event in chosen[name]
        ]
        return [str(one) for one in found if not one.is_good]

    with ThreadPoolExecutor(2) as pool:
        assert [told for every in pool.map(all_of, chosen) for told in every] == []


@pytest.mark.parametrize("case", CHOSEN)
def test_nothing_is_lost_when_the_world_fails(
    lines: Mapping[str, Line], warm: Warm, tmp_path: Path, case: str
) -> None:
    name, _, fault = case.partition("/")
    found = faults(lines[name])[fault](lines[name], warm, tmp_path / fault, case)
    assert found.is_good, str(found)
