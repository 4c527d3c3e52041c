"""`python -m benchmarks.durability [--quick]`: what claims, hashes, fsync and receipts cost.

The hub's side is a run of the flow `transfer` without its engine. The other side moves the same
files over the same connections in the same batches, and keeps nothing in mind: no ledger, no
hash, no fsync, no proof. Both take turns; the ratio is that of the medians of their rates.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest.mock import patch
from uuid import uuid4

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from blocks import LocalFolder, SftpServer, SshKey
from blocks.endpoint import AfterPickup, Endpoint, Parcel
from flows.definition import Transfer
from flows.transfer import transfer
from tests.flows.model import without_engine
from tests.servers.openssh import openssh_server
from transforms.document import Fingerprint

AT_ONCE = 50
TARGET = 0.7
SIZES = {"2,000 files of 4 KiB": (2000, 4096), "8 files of 64 MiB": (8, 64 << 20)}


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of five times")
    repeat = 1 if parser.parse_args().quick else 5
    figures: dict[str, float] = {}
    table = Table("transfer", "with (s)", "without (s)", "ratio", "target")
    for place in (folders, sftp):
        for title, (count, size) in SIZES.items():
            with place() as ways:
                kept, bare = measured(ways, count, size, repeat)
            ratio = bare / kept
            name = f"{place.__name__}, {title}"
            figures[name] = round(ratio, 3)
            table.add_row(name, f"{kept:.2f}", f"{bare:.2f}", f"{ratio:.2f}", f"{TARGET}")
    Console(stderr=True).print(table)
    worst = min(figures.values())
    result = {
        "name": "durability",
        "ratio": worst,
        "rival": "the same, without",
        "figures": figures,
    }
    sys.stdout.write(json.dumps(result) + "\n")


class Ways:
    """A source folder, a target, and the same transfer with and without a memory."""

    def __init__(self, root: Path, target: Endpoint, arrived: Path) -> None:
        """Lay out the folders."""
        self.root = root
        self.source = root / "source"
        self.source.mkdir()
        self.arrived = arrived
        self.endpoints: dict[str, Endpoint] = {
            "local-folder/source": LocalFolder(directory=str(self.source)),
            "local-folder/target": target,
        }

    def fill(self, count: int, size: int) -> None:
        """Lay new files into the source, and forget those of the run before."""
        for path in self.arrived.iterdir():
            path.unlink()
        shutil.rmtree(self.root / "home" / "executions", ignore_errors=True)
        shutil.rmtree(self.root / "scratch", ignore_errors=True)
        content = os.urandom(size)
        for number in range(count):
            (self.source / f"{uuid4().hex}-{number}.xml").write_bytes(content)
        os.sync()

    def with_memory(self) -> None:
        """Run the flow."""
        definition = Transfer.model_validate(
            {
                "name": "durability",
                "source": {"endpoint": "local-folder/source", "maximum_files": 100_000},
                "recipients": [{"name": "Amt", "targets": [{"endpoint": "local-folder/target"}]}],
            }
        )
        state = asyncio.run(transfer.fn(definition))
        assert state.name == "SUCCESS_FILES_SEND", state.message

    def without_memory(self) -> None:
        """Move the files in the same batches."""
        scratch = self.root / "scratch"
        scratch.mkdir()
        with without_hashes(), ExitStack() as open_ones:
            source, target = (
                open_ones.enter_context(one.connect()) for one in self.endpoints.values()
            )
            files = list(source.list_files("", recursive=False))
            for start in range(0, len(files), AT_ONCE):
                some = files[start : start + AT_ONCE]
                paths = [scratch / file.name for file in some]
                prints = source.fetch_many(list(zip(some, paths, strict=True)))
                source.acknowledge_many(some, AfterPickup.DELETE)
                parcels = [
                    Parcel(uuid4().hex, path, fingerprint, path.name)
                    for path, fingerprint in zip(paths, prints, strict=True)
                    if isinstance(fingerprint, Fingerprint)
                ]
                staged = target.stage_many(parcels)
                target.publish_many(list(zip(parcels, staged, strict=True)))  # type: ignore[arg-type]


@contextmanager
def without_hashes() -> Iterator[None]:
    """Let hashes cost nothing, and nothing be made durable."""

    class Nothing:
        def update(self, data: object) -> None:
            del data

        def hexdigest(self) -> str:
            return ""

    def nothing_at_all(**_: object) -> Nothing:
        return Nothing()

    def nothing(*_: object) -> None:
        return None

    with (
        patch(
            "transforms.document.hashlib",
            SimpleNamespace(md5=nothing_at_all, sha256=nothing_at_all),
        ),
        patch("blocks.local.sync_files", nothing),
        patch("blocks.local.sync_directory", nothing),
    ):
        yield


def measured(ways: Ways, count: int, size: int, repeat: int) -> tuple[float, float]:
    """Return the median seconds with and without a memory, taken in turns."""
    kept, bare = [], []
    for _ in range(repeat):
        kept.append(timed(ways, count, size, ways.with_memory))
        bare.append(timed(ways, count, size, ways.without_memory))
    return median(kept), median(bare)


def timed(ways: Ways, count: int, size: int, move: Callable[[], None]) -> float:
    """Return how long a move takes, and check that everything has arrived."""
    ways.fill(count, size)
    began = time.perf_counter()
    move()
    seconds = time.perf_counter() - began
    arrived = [path for path in ways.arrived.iterdir() if path.stat().st_size == size]
    assert len(arrived) == count, f"{len(arrived)} of {count} files arrived"
    return seconds


@contextmanager
def folders() -> Iterator[Ways]:
    """From a folder to a folder."""
    with TemporaryDirectory(prefix="govmanager-bench-") as name:
        root = Path(name)
        (root / "target").mkdir()
        target = LocalFolder(directory=str(root / "target"))
        with _at_home(Ways(root, target, root / "target")) as ways:
            yield ways


@contextmanager
def sftp() -> Iterator[Ways]:
    """From a folder to OpenSSH."""
    with TemporaryDirectory(prefix="govmanager-bench-") as name, openssh_server() as server:
        target = SftpServer(
            host="127.0.0.1",
            port=server.port,
            user=server.user,
            key=SshKey(private_key=SecretStr(server.private_key)),
            host_key="\n".join(server.host_keys),
            directory=str(server.root),
        )
        with _at_home(Ways(Path(name), target, server.root)) as ways:
            yield ways


@contextmanager
def _at_home(ways: Ways) -> Iterator[Ways]:
    home = {"GOVMANAGER_HOME": str(ways.root / "home")}
    with patch.dict(os.environ, home), without_engine(ways.endpoints, set()):
        yield ways


if __name__ == "__main__":
    main()
