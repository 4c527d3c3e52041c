"""`make chaos`: every point of every protocol, a table, and one line that counts."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.cases import killed, traced
from tests.chaos.faults import faults
from tests.chaos.lines import LINES, Line
from tests.chaos.points import Event, kills
from tests.chaos.run import Warm, warm_process
from tests.chaos.table import Tally, write

# Cases wait for servers and disks more than they compute.
AT_ONCE = (os.cpu_count() or 1) + 1


def _events(line: Line, warm: Warm, place: Path) -> dict[str, Event]:
    return {str(event.number): event for event in kills(traced(line, warm, place / "trace"))}


def one_line(name: str, warm: Warm, place: Path, only: str) -> Tally:
    """Run the cases of one line, all or one."""
    tally = Tally(name)
    began = time.monotonic()
    try:
        with LINES[name](place / "servers") as line:
            tally.promise = line.promise
            events = {} if only and not only.isdigit() else _events(line, warm, place)
            tally.points = len({one.point for one in events.values()})
            for number, event in events.items():
                if only in ("", number):
                    tally.add(killed(line, warm, place / number, event))
            for number, fault in faults(line).items():
                if only in ("", number):
                    tally.add(fault(line, warm, place / number, f"{name}/{number}"))
    except pytest.skip.Exception as reason:
        tally.problem = f"skipped: {reason}"
    except Exception as error:  # noqa: BLE001 - the other lines are to be told about, too
        tally.problem = f"broken: {type(error).__name__} {error}"
    tally.seconds = time.monotonic() - began
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--case", default="", help="only this one, such as sftp/17")
    parser.add_argument("--line", action="append", default=[], choices=LINES, metavar="NAME")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--write", action="store_true", help="write docs/promises.md of it")
    chosen = parser.parse_args(arguments)
    name, _, number = chosen.case.partition("/")
    names = [name] if name else chosen.line or list(LINES)
    place = Path(tempfile.mkdtemp(prefix="chaos-"))
    said = threading.Lock()

    with warm_process() as warm, ThreadPoolExecutor(chosen.at_once) as workers:

        def one(name: str) -> Tally:
            tally = one_line(name, warm, place / name, number)
            with said:
                print(tally, flush=True)
            return tally

        tallies = list(workers.map(one, names))
    if chosen.write:
        write(tallies)
    return summary(tallies)


def summary(tallies: Sequence[Tally]) -> int:
    """Name the failing cases, then count; returns the exit code."""
    found = [one for tally in tallies for one in tally.found]
    bad = [one for tally in tallies for one in tally.bad]
    for one in bad:
        print(one)
    points = sum(tally.points for tally in tallies)
    lost, duplicates = sum(len(one.lost) for one in bad), sum(len(one.duplicates) for one in bad)
    print(f"points {points} cases {len(found)} lost {lost} duplicates {duplicates}")
    broken = any(tally.problem.startswith("broken") for tally in tallies)
    return int(bool(bad) or broken)


if __name__ == "__main__":
    sys.exit(main())
