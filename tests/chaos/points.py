"""The points at which a run may die, found from the code.

Nothing here lists verbs of the ledger or of an endpoint: whatever changes a row is found in the
source of `Book`, and every verb of `Connection` and `Driver` that is not known to only read
counts as one that changes something. So a new state or verb is a point as soon as it is there.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from blocks.driver import Driver
from blocks.endpoint import Connection
from blocks.ledger import Book, Ledger

READ_ONLY: dict[type[Connection | Driver], frozenset[str]] = {
    Connection: frozenset(
        [
            "list_files",
            "fetch",
            "fetch_many",
            "locked_by",
            "trace",
            "leftovers",
            "probe",
            "is_alive",
            "close",
        ]
    ),
    Driver: frozenset(["scan", "stat", "read", "sha256", "read_many", "stat_many", "close"]),
}
"""Verbs that leave everything at the server as it is; any other is a point."""

OWN_READ_ONLY = frozenset(
    ["check", "check_base", "get_many", "greet", "has_upload", "notes", "offer", "open"]
) | {"unfinished"}
"""The same, of verbs that one protocol has beyond the contract."""

ON_DISK = frozenset({"os.rename", "os.link", "os.remove"})
"""Audit events of Python that change names in the execution folder or at a local endpoint."""

STATEMENTS = frozenset({"insert", "update", "delete"})


class When(StrEnum):
    """Which side of a point."""

    BEFORE = "before"
    AFTER = "after"
    AT = "at"
    """A change on the disk, of which only the beginning is seen."""


@dataclass(frozen=True, slots=True)
class Event:
    """One side of a point, as a run came by.

    Attributes:
        number: its place in the run, from 0.
        point: such as `ledger begin+claim+change` or `SftpDriver.rename`.
        when: which side.
    """

    number: int
    point: str
    when: When


@functools.cache
def ledger_verbs() -> frozenset[str]:
    """Return the verbs of the ledger that change a row, by what their source executes."""
    calls = {
        name: _called(function) for name, function in inspect.getmembers(Book, inspect.isfunction)
    }
    changing = {name for name, called in calls.items() if called & STATEMENTS}
    while more := {name for name, called in calls.items() if called & changing} - changing:
        changing |= more
    return frozenset(name for name in changing if not name.startswith("_"))


def endpoint_verbs(contract: type[Connection | Driver]) -> set[str]:
    """Return the verbs of a contract that may change something at a server."""
    every = {name for name, _ in inspect.getmembers(contract, inspect.isfunction)}
    return {name for name in every if not name.startswith("_")} - READ_ONLY[contract]


def _called(function: Callable[..., object]) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }


def kills(events: list[Event]) -> list[Event]:
    """Leave out the events at which the world is as it was at the next or the last one.

    A verb that is made of others adds nothing before its first and after its last one.
    """
    chosen = []
    for event in events:
        after = events[event.number + 1] if event.number + 1 < len(events) else None
        before = events[event.number - 1] if event.number else None
        if event.when is When.BEFORE and after and after.when is not When.AFTER:
            continue
        if event.when is When.AFTER and before and before.when is When.AFTER:
            continue
        chosen.append(event)
    return chosen


class Watch:
    """Writes down every point that this process comes by, and kills it at one of them.

    Args:
        trail: file that gets one line of JSON for each event.
        root: only what happens to paths below it on the disk counts.
        kill_at: number of the event that nothing comes after; None lets the run end.
        pause: a named pipe; the run waits at the event `pause_at` until who writes to it has ended.
        pause_at: number of that event; None lets the run go on.
    """

    def __init__(
        self, trail: Path, root: Path, kill_at: int | None, pause: Path, pause_at: int | None
    ) -> None:
        """Begin before the first event."""
        self._pause = pause
        self._pause_at = pause_at
        self._trail = trail
        self._root = str(root)
        self._kill_at = kill_at
        self._count = 0
        self._one = threading.Lock()

    def install(self) -> None:
        """Hook into the ledger, all endpoints and the disk, until the process ends."""
        self._watch_ledger()
        for contract in READ_ONLY:
            self._watch_endpoints(contract, endpoint_verbs(contract))
        sys.addaudithook(self._on_audit)

    def reach(self, point: str, when: When) -> None:
        """Note an event, or die there: SIGKILL, no clean-up, no exception."""
        with self._one:
            event = Event(self._count, point, when)
            self._count += 1
            with self._trail.open("a") as file:
                file.write(json.dumps(asdict(event)) + "\n")
            if event.number == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        if event.number == self._pause_at:
            self._pause.read_bytes()

    def _on_audit(self, name: str, details: tuple[Any, ...]) -> None:
        if name in ON_DISK and self._root in str(details[0]):
            self.reach(f"disk {name}", When.AT)

    def _watch_ledger(self) -> None:
        write = Ledger.write
        verbs: dict[int, list[str]] = {}

        @contextmanager
        def watched(ledger: Ledger) -> Iterator[Book]:
            with write(ledger) as book:
                said = verbs[id(book)] = []
                yield book
                point = "ledger " + "+".join(dict.fromkeys(said))
                self.reach(point, When.BEFORE)
            self.reach(point, When.AFTER)

        for name in ledger_verbs():
            setattr(Book, name, _noted(name, getattr(Book, name), verbs))
        setattr(Ledger, "write", watched)  # noqa: B010 - mypy refuses the plain assignment

    def _watch_endpoints(self, contract: type[Connection | Driver], verbs: set[str]) -> None:
        known = set(dir(contract))
        for kind in [contract, *_below(contract)]:
            own = {name for name, it in vars(kind).items() if inspect.isfunction(it)} - known
            own = {name for name in own if not name.startswith("_")} - OWN_READ_ONLY
            for name in (verbs | own) & set(vars(kind)):
                if not getattr(vars(kind)[name], "__isabstractmethod__", False):
                    setattr(kind, name, self._wrapped(f"{kind.__name__}.{name}", vars(kind)[name]))

    def _wrapped(self, point: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(verb)
        def watched(*given: Any, **named: Any) -> Any:
            self.reach(point, When.BEFORE)
            answer = verb(*given, **named)
            self.reach(point, When.AFTER)
            return answer

        return watched


def read_trail(path: Path) -> list[Event]:
    """Read what a run came by."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Event(row["number"], row["point"], When(row["when"])) for row in rows]


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _noted(name: str, verb: Callable[..., Any], verbs: dict[int, list[str]]) -> Callable[..., Any]:
    @functools.wraps(verb)
    def noted(book: Book, *given: Any, **named: Any) -> Any:
        verbs.setdefault(id(book), []).append(name)
        return verb(book, *given, **named)

    return noted
