"""Two machines with homes of their own and one ledger on PostgreSQL, killed again and again.

`python -m tests.flows.two_machines [--seconds 600]` ends with one line such as
`files 5120 delivered 5120 lost 0 duplicates 0`, and with 1 if anything was lost or came twice.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from pydantic import SecretStr

from blocks import SftpServer, SshKey
from blocks.endpoint import Endpoint
from blocks.ledger import Ledger, Outcome
from flows.definition import Transfer
from flows.transfer import transfer
from tests.flows.engineless import Run, without_engine
from tests.servers.openssh import RunningOpenssh, openssh_server
from tests.servers.postgres import postgres

SOURCE, TARGET = "sftp-server/source", "sftp-server/target"
KILLED_EVERY = (0.3, 2.0)
FILES_PER_SECOND = 10
REST_SECONDS = 60.0
"""So long nothing may arrive before what is missing counts as lost."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a machine reaches the source, the target and the ledger."""

    port: int
    user: str
    key: str
    host_keys: tuple[str, ...]
    root: str
    ledger: str

    def endpoint(self, directory: str) -> Endpoint:
        """Return a directory of the server."""
        return SftpServer(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            key=SshKey(private_key=SecretStr(self.key)),
            host_key="\n".join(self.host_keys),
            directory=f"{self.root}/{directory}",
        )


@dataclass
class Tally:
    """What was laid down and what was taken away."""

    laid: int = 0
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> int:
        """How many never arrived."""
        return self.laid - len(self.taken)

    @property
    def duplicates(self) -> int:
        """How many came too often."""
        return sum(self.taken.values()) - len(self.taken)

    def __str__(self) -> str:
        arrived = len(self.taken)
        return (
            f"files {self.laid} delivered {arrived} lost {self.lost} duplicates {self.duplicates}"
        )


def transfers() -> list[Transfer]:
    """Return two transfers that take from the same directory by patterns that overlap."""
    return [
        Transfer.model_validate(
            {
                "name": name,
                "source": {
                    "endpoint": SOURCE,
                    "maximum_files": 20,
                    "post_selection": "WILDCARD",
                    "expression": expression,
                },
                "recipients": [{"name": "Amt", "targets": [{"endpoint": TARGET}]}],
            }
        )
        for name, expression in (("all", "*.xml"), ("half", "*[0-7].xml"))
    ]


def machine(home: str, way: Way) -> None:
    """Poll both transfers until killed."""
    os.environ |= {"GOVMANAGER_HOME": home, "GOVMANAGER_LEDGER_URL": way.ledger}
    endpoints = {SOURCE: way.endpoint("source"), TARGET: way.endpoint("target")}
    runs = [Run("")]
    with without_engine(endpoints, lambda: runs[-1]):
        while True:
            for one in transfers():
                runs[:] = [Run(str(uuid4()))]
                asyncio.run(transfer.fn(one))


class Traffic:
    """Lays files down, takes them away, and kills machines, for so many seconds.

    Attributes:
        kills: how often a machine was killed.
        fallen: how often one ended by itself.
    """

    def __init__(self, root: Path, way: Way, seed: int) -> None:
        """Prepare directories and machines."""
        self.source, self.target = (Path(way.root) / one for one in ("source", "target"))
        self.source.mkdir()
        self.target.mkdir()
        self.tally = Tally()
        self.kills = 0
        self.fallen = 0
        self._way = way
        self._random = random.Random(seed)  # noqa: S311 - a seed that repeats it
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._homes = [root / name for name in ("machine-1", "machine-2")]
        self._machines: list[ForkServerProcess] = [self._started(one) for one in self._homes]

    def _started(self, home: Path) -> ForkServerProcess:
        process = self._context.Process(target=machine, args=(str(home), self._way), daemon=True)
        process.start()
        return process

    def run(self, seconds: float) -> None:
        """Make traffic, with kills."""
        end = time.monotonic() + seconds
        kill_at = time.monotonic() + KILLED_EVERY[1]
        lay_at = time.monotonic()
        while (now := time.monotonic()) < end:
            if now >= lay_at:
                self._lay()
                lay_at += 1 / FILES_PER_SECOND
            if now >= kill_at:
                self._kill(self._random.randrange(2))
                kill_at = now + self._random.uniform(*KILLED_EVERY)
            self._take()
            self._restart_the_fallen()
            time.sleep(0.02)

    def come_to_rest(self, ledger: Ledger) -> None:
        """Let the machines work in peace until nothing is left to do, or it takes too long."""
        seen, end = 0, time.monotonic() + REST_SECONDS
        while time.monotonic() < end:
            self._take()
            if len(self.tally.taken) > seen:
                seen, end = len(self.tally.taken), time.monotonic() + REST_SECONDS
            self._restart_the_fallen()
            with ledger.read() as book:
                open_ones = [one for one in book.recent(limit=100_000) if _is_open(one.outcome)]
            if not open_ones and not any(self.source.iterdir()):
                break
            time.sleep(0.2)
        self._take()

    def close(self) -> None:
        """End the machines."""
        for one in self._machines:
            one.kill()
            one.join()

    def _lay(self) -> None:
        content = uuid4().hex
        fresh = self.source / f".{content}"
        fresh.write_text(content)
        fresh.rename(self.source / f"{content}.xml")
        self.tally.laid += 1

    def _take(self) -> None:
        for path in self.target.glob("*.xml"):
            self.tally.taken[path.read_text()] += 1
            path.unlink()

    def _restart_the_fallen(self) -> None:
        for number, one in enumerate(self._machines):
            if not one.is_alive():
                self.fallen += 1
                self._machines[number] = self._started(self._homes[number])

    def _kill(self, number: int) -> None:
        self._machines[number].kill()
        self._machines[number].join()
        self._machines[number] = self._started(self._homes[number])
        self.kills += 1


def _is_open(outcome: Outcome) -> bool:
    return outcome is not Outcome.DONE


def measured(seconds: float, seed: int) -> Traffic:
    """Make traffic for so many seconds, let it come to rest, and return what became of it."""
    with ExitStack() as open_ones:
        url = open_ones.enter_context(postgres())
        server: RunningOpenssh = open_ones.enter_context(openssh_server())
        root = Path(open_ones.enter_context(TemporaryDirectory(prefix="govmanager-machines-")))
        way = Way(
            server.port,
            server.user,
            server.private_key,
            tuple(server.host_keys),
            str(server.root),
            url,
        )
        ledger = Ledger(url, root / "locks")
        open_ones.callback(ledger.dispose)
        traffic = Traffic(root, way, seed)
        open_ones.callback(traffic.close)
        traffic.run(seconds)
        traffic.come_to_rest(ledger)
        return traffic


def main() -> int:
    """Make traffic and say what became of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.flows.two_machines", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    traffic = measured(given.seconds, given.seed)
    sys.stderr.write(f"{traffic.kills} kills, {traffic.fallen} fell by themselves\n")
    sys.stdout.write(f"{traffic.tally}\n")
    return 1 if traffic.tally.lost or traffic.tally.duplicates else 0


if __name__ == "__main__":
    sys.exit(main())
