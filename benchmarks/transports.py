"""`python -m benchmarks.transports [--quick] [PROTOCOL…]`: whole executions, beside rclone.

The hub's side is a run of the flow `transfer` with everything it does: listing, claims, hashes,
fsync, ledger rows, proofs, artifacts, and letting go of the originals. rclone moves the same files
between the same directories through the same server, in turn with the hub. `--quick` leaves the
large file out and measures once instead of three times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median

from prefect.settings import (
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness
from rich.console import Console
from rich.table import Table

from benchmarks.places import PROTOCOLS, Place, place, rclone_version
from tests.flows.office import go

FILES = 2000
SMALL = 4096
LARGE = 1 << 30
WAYS = (("remote", "local"), ("local", "remote"))
SMALL_RATIO, LARGE_RATIO = 1.0, 0.8
"""What the hub is to reach of rclone's rate."""
MEMORY_MIB = 100

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds of hub and rclone, medians, and how well the hub does."""

    name: str
    hub: float
    rival: float
    figure: str
    target: str
    reached: bool


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transports", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, without the large file")
    parser.add_argument("protocols", nargs="*", metavar="PROTOCOL", help=", ".join(PROTOCOLS))
    given = parser.parse_args()
    quick = given.quick
    figures: dict[str, float] = {}
    quiet = {PREFECT_LOGGING_TO_API_ENABLED: False, PREFECT_LOGGING_LEVEL: "ERROR"}
    rows: list[Row] = []
    with prefect_test_harness(server_startup_timeout=120), temporary_settings(quiet):
        for protocol in given.protocols or PROTOCOLS:
            with place(protocol) as at:
                repeat = 1 if quick else 3
                rows += [small_files(at, protocol, way, figures, repeat) for way in WAYS]
                if not quick:
                    rows += [large_file(at, protocol, way, figures) for way in WAYS]
    rival = rclone_version()
    console.print(table(rows, rival))
    ratio = median(row.rival / row.hub for row in rows)
    result = {"name": "transports", "ratio": round(ratio, 3), "rival": rival, "figures": figures}
    sys.stdout.write(json.dumps(result) + "\n")


def small_files(
    at: Place, protocol: str, way: tuple[str, str], figures: dict[str, float], repeat: int
) -> Row:
    """Move 2,000 files of 4 KiB, the hub and rclone in turn."""
    hub: list[float] = []
    rival: list[float] = []
    for _ in range(repeat):
        for moves, seconds in ((hub_moves, hub), (rclone_moves, rival)):
            at.empty()
            for number in range(FILES):
                path = at.directory(of=way[0]) / f"ags100_{99003002000000 + number}.xml"
                path.write_bytes(number.to_bytes(4, "big") * (SMALL // 4))
            began = time.monotonic()
            moves(at, way)
            seconds.append(time.monotonic() - began)
            assert len(list(at.directory(of=way[1]).iterdir())) == FILES
    rate = FILES / median(hub)
    name = f"{protocol}_{way[0]}_to_{way[1]}"
    figures[f"{name}_files_per_s"] = round(rate, 1)
    figures[f"{name}_rclone_files_per_s"] = round(FILES / median(rival), 1)
    shown = f"{rate:.0f} files/s"
    reached = median(rival) / median(hub) >= SMALL_RATIO
    title = f"{protocol}: {FILES} files of 4 KiB, {way[0]} to {way[1]}"
    return Row(title, median(hub), median(rival), shown, f"ratio {SMALL_RATIO}", reached)


def large_file(at: Place, protocol: str, way: tuple[str, str], figures: dict[str, float]) -> Row:
    """Move 1 GiB in a process of its own, whose memory is compared with that of an empty poll."""
    at.empty()
    idle, _ = child(at, way)
    fill(at, way)
    peak, hub = child(at, way)
    at.empty()
    fill(at, way)
    began = time.monotonic()
    rclone_moves(at, way)
    rival = time.monotonic() - began
    name = f"{protocol}_{way[0]}_to_{way[1]}"
    figures[f"{name}_1gib_s"] = round(hub, 2)
    figures[f"{name}_1gib_rclone_s"] = round(rival, 2)
    figures[f"{name}_1gib_mib_above_idle"] = round(peak - idle, 1)
    shown = f"{LARGE / hub / 1e6:.0f} MB/s, {peak - idle:.0f} MiB above idle"
    reached = peak - idle < MEMORY_MIB and rival / hub >= LARGE_RATIO
    title = f"{protocol}: 1 GiB, {way[0]} to {way[1]}"
    return Row(title, hub, rival, shown, f"ratio {LARGE_RATIO}, < {MEMORY_MIB} MiB", reached)


def fill(at: Place, way: tuple[str, str]) -> None:
    """Write the large file, without holding it in memory."""
    block = bytes(range(256)) * 4096
    with (at.directory(of=way[0]) / "gross.bin").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)


def hub_moves(at: Place, way: tuple[str, str]) -> None:
    """Run the transfer in this process."""
    end = asyncio.run(go(at.definition(*way)))
    assert end.name == "SUCCESS_FILES_SEND", end.message


def rclone_moves(at: Place, way: tuple[str, str]) -> None:
    """Run rclone with its defaults."""
    subprocess.run(at.rclone(*way), check=True, capture_output=True)


def child(at: Place, way: tuple[str, str]) -> tuple[float, float]:
    """Run the transfer in a process of its own; return its peak memory in MiB, and seconds."""
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_run"],
        input=at.definition(*way).model_dump_json(),
        env=at.environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["state"].startswith("SUCCESS"), told
    return told["peak_kib"] / 1024, time.monotonic() - began


def table(rows: list[Row], rival: str) -> Table:
    """Lay out what was measured."""
    shown = Table("what", "hub (s)", f"{rival} (s)", "rclone/hub", "figure", "target", "reached")
    for row in rows:
        ratio = f"{row.rival / row.hub:.2f}"
        reached = "yes" if row.reached else "no"
        seconds = (f"{row.hub:.2f}", f"{row.rival:.2f}")
        shown.add_row(row.name, *seconds, ratio, row.figure, row.target, reached)
    return shown


if __name__ == "__main__":
    main()
