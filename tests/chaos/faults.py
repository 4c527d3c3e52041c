"""What else may happen in the middle: a line or a server that is gone, a full disk, the ledger away.

Each fault happens to one run, in the middle of a large file or of the run; then all is well again,
and the schedule goes on.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from blocks.ledger import Ledger
from tests.chaos import hooks
from tests.chaos.cases import Found, Scene
from tests.chaos.lines import PDF, Line, Side
from tests.chaos.points import Event, read_trail
from tests.chaos.run import KILLED, Warm
from tests.servers.daemons import eventually
from tests.servers.postgres import cluster
from tests.servers.proxy import Fault, Proxy

LARGE = {"gross.pdf": PDF + bytes(range(256)) * 2000}
"""Half a megabyte: more than what a server or the kernel takes before it has to wait."""
MIDDLE = 200_000
HUGE = {"riesig.pdf": PDF + bytes(3 << 20), "klein.pdf": PDF}

Case = Callable[[Line, Warm, Path, str], Found]


# -- between hub and server --------------------------------------------------------------------


def cut_at_source(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Break the line in the middle of a file that is fetched; the server goes on."""
    return _disturbed(line, warm, root, case, "source", down=False)


def cut_at_target(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Break the line in the middle of a file that is sent; the server goes on."""
    return _disturbed(line, warm, root, case, "target", down=False)


def source_down(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Take the server away in the middle of a file that is fetched, and give it back later."""
    return _disturbed(line, warm, root, case, "source", down=True)


def target_down(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Take the server away in the middle of a file that is sent, and give it back later."""
    return _disturbed(line, warm, root, case, "target", down=True)


def _disturbed(line: Line, warm: Warm, root: Path, case: str, which: str, *, down: bool) -> Found:
    side: Side = getattr(line, which)
    scene = Scene.new(line, warm, root, files=LARGE)
    whole = dict(scene.endpoints)
    with side.proxied(side.port) as proxy:
        if which == "source":
            proxy.cut_after_download_of(MIDDLE)
        else:
            proxy.after_upload_of(MIDDLE, Fault.CUT)
        if down:
            _goes_down(proxy)
        scene.endpoints = {
            name: side.by_port(proxy.port) if name.endswith(which) else one
            for name, one in whole.items()
        }
        scene.run()
        happened = proxy.faults
        if down:
            scene.run()
    scene.collect()
    scene.endpoints = whole
    scene.go_on()
    found = scene.found(case, f"{which} {'down' if down else 'cut'} in the middle of a file")
    if not happened:
        return replace(found, wrong=("the line was not cut", *found.wrong))
    return found


def _goes_down(proxy: Proxy) -> None:
    """Let the fault that is called for take the server away, too."""
    cut = proxy.cut

    def ended() -> None:
        proxy.refuse()
        cut()

    proxy.cut = ended  # type: ignore[method-assign]


# -- the hub's own -----------------------------------------------------------------------------


def disk_full(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Refuse the execution folder the room for a large file; a small one goes on."""
    scene = Scene.new(line, warm, root, files=HUGE)
    scene.run(before=hooks.full_disk)
    if not any("disk" in report for report in scene.told()):
        return Found(case, "disk full", wrong=(f"the disk was not full: {scene.told()}",))
    scene.go_on()
    return scene.found(case, "disk full")


def ledger_locked(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Let another process write into the ledger for a while in the middle of the run."""
    scene, number = _with_event(line, warm, root, "begin+claim+change")
    with _paused(scene, number) as (running, go_on):
        with closing(sqlite3.connect(root / "home/ledger.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            go_on()
            waits = not running.poll(1)
            other.execute("ROLLBACK")
        code = running.recv()
    found = scene.found(case, "ledger locked")
    wrong = () if waits and code == 0 else (f"the run did not wait: {waits}, {code}",)
    return replace(found, wrong=found.wrong + wrong)


def ledger_gone(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Stop PostgreSQL in the middle of the run, and start it again afterwards."""
    with cluster() as database:
        # What is there before the run begins is made before it is watched.
        Ledger(database.url, root / "locks").dispose()
        environment = {"GOVMANAGER_LEDGER_URL": database.url}
        _, number = _with_event(line, warm, root, "stored")
        scene = Scene.new(line, warm, root, environment=environment, ledger_url=database.url)
        with _paused(scene, number) as (running, go_on):
            database.stop()
            go_on()
            running.recv()
        database.start()
        if not any("ledger cannot be reached" in report for report in scene.told()):
            return Found(case, "ledger gone", wrong=(f"it was not missed: {scene.told()}",))
        scene.go_on()
        return scene.found(case, "ledger gone")


def _with_event(line: Line, warm: Warm, root: Path, verb: str) -> tuple[Scene, int]:
    """Return a new scene, and the number of the event after a verb of the ledger."""
    _, order = Scene.new(line, warm, root).run()
    number = _at(read_trail(order.trail), verb)
    return Scene.new(line, warm, root), number


@contextmanager
def _paused(scene: Scene, number: int) -> Iterator[tuple[Connection[Any, Any], Callable[[], None]]]:
    """Start a run and wait until it waits at an event; it goes on when it is told to."""
    order = scene.order(pause_at=number)
    os.mkfifo(order.pause)

    def writing() -> int | None:
        try:
            return os.open(order.pause, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None  # Nobody reads yet.

    with scene.warm.start(order) as running:
        pipe = eventually(writing, f"a run at its event {number}", 20)
        yield running, lambda: os.close(pipe)
    order.pause.unlink()


def clock_back(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Kill a run whose clock is an hour ahead; the next ones are right."""
    return _at_another_time(line, warm, root, case, hooks.an_hour_ahead)


def clock_ahead(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Kill a run whose clock is an hour behind; the next ones are right."""
    return _at_another_time(line, warm, root, case, hooks.an_hour_back)


def _at_another_time(
    line: Line, warm: Warm, root: Path, case: str, clock: Callable[[Any], None]
) -> Found:
    scene, number = _with_event(line, warm, root, "staged")
    code, _ = scene.run(kill_at=number, before=clock)
    # Nothing is helped along here: what is open must go on although the clock was wrong.
    scene.run()
    found = scene.found(case, f"{clock.__name__.replace('_', ' ')} until the kill")
    return found if code == KILLED else replace(found, wrong=(f"not killed: {code}",))


def _at(events: list[Event], verb: str) -> int:
    return next(event.number for event in events if event.point == f"ledger {verb}") + 1


def killed_again(line: Line, warm: Warm, root: Path, case: str) -> Found:
    """Kill a run, then the one that continues it, then the next one."""
    # Which points: the same in every run of this case, others in each line.
    choice = random.Random(case)  # noqa: S311 - nothing is to be kept secret
    scene = Scene.new(line, warm, root)
    _, order = scene.run()
    last = len(read_trail(order.trail))
    scene = Scene.new(line, warm, root)
    points = [choice.randrange(last // 4, last), *(choice.randrange(2, 12) for _ in range(2))]
    for number in points:
        scene.run(kill_at=number)
        scene.collect()
    scene.go_on()
    return scene.found(case, f"killed at {points}")


# -- all of them -------------------------------------------------------------------------------

OWN: Mapping[str, Case] = {
    "disk-full": disk_full,
    "ledger-locked": ledger_locked,
    "ledger-gone": ledger_gone,
    "clock-back": clock_back,
    "clock-ahead": clock_ahead,
}
"""Of the hub alone: shown with local folders."""

AGAIN: Mapping[str, Case] = {f"again-{number}": killed_again for number in range(3)}


def faults(line: Line) -> dict[str, Case]:
    """Return what may happen to a line, by name."""
    found: dict[str, Case] = dict(AGAIN)
    if line.source.port:
        found |= {"source-cut": cut_at_source, "source-down": source_down}
    if line.target.port:
        found |= {"target-cut": cut_at_target, "target-down": target_down}
    return {**found, **(OWN if line.name == "local" else {})}
