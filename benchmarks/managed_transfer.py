"""`python -m benchmarks.managed_transfer DIRECTORY`: beside prefect-managedfiletransfer, on SFTP.

DIRECTORY holds the unpacked wheel of prefect-managedfiletransfer 0.7.1, which asks for a newer
Prefect than the hub and so cannot be installed beside it; it runs on the hub's all the same. Both
move files between OpenSSH and a folder as flows of one Prefect server, in turn. The rival neither
hashes nor syncs, keeps no ledger and does not look at host keys. For other protocols than SFTP it
starts one rclone for each file, so that they are no faster.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from prefect.filesystems import LocalFileSystem
from prefect.settings import (
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness
from rich.console import Console
from rich.table import Table

from benchmarks.places import Place, place
from benchmarks.transports import SMALL, WAYS, fill, hub_moves
from blocks import SftpServer

FILES = 50
"""The rival needs a quarter of a second for each."""


def main() -> None:
    """Measure, print the table, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, metavar="DIRECTORY", help="the unpacked wheel")
    sys.path.append(str(parser.parse_args().package))
    logging.disable(logging.INFO)
    figures: dict[str, float] = {}
    table = Table("what", "hub (s)", "managedfiletransfer (s)", "ratio")
    quiet = {PREFECT_LOGGING_TO_API_ENABLED: False, PREFECT_LOGGING_LEVEL: "ERROR"}
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings(quiet),
        place("sftp") as at,
    ):
        for way in WAYS:
            for title, lay in ((f"{FILES} files of 4 KiB", _small), ("1 GiB", fill)):
                hub, rival = (_seconds(at, way, lay, one) for one in (hub_moves, rival_moves))
                name = f"sftp, {title}, {way[0]} to {way[1]}"
                figures[name] = round(rival / hub, 2)
                table.add_row(name, f"{hub:.2f}", f"{rival:.2f}", f"{rival / hub:.1f}")
    Console(stderr=True).print(table)
    result = {"name": "managed_transfer", "ratio": min(figures.values()), "figures": figures}
    result |= {"rival": "prefect-managedfiletransfer 0.7.1"}
    sys.stdout.write(json.dumps(result) + "\n")


def _small(at: Place, way: tuple[str, str]) -> None:
    for number in range(FILES):
        path = at.directory(of=way[0]) / f"ags100_{99003002000000 + number}.xml"
        path.write_bytes(number.to_bytes(4, "big") * (SMALL // 4))


def _seconds(
    at: Place,
    way: tuple[str, str],
    lay: Callable[[Place, tuple[str, str]], None],
    moves: Callable[[Place, tuple[str, str]], None],
) -> float:
    at.empty()
    lay(at, way)
    expected = len(list(at.directory(of=way[0]).iterdir()))
    began = time.monotonic()
    moves(at, way)
    seconds = time.monotonic() - began
    assert len(list(at.directory(of=way[1]).iterdir())) == expected
    return seconds


def rival_moves(at: Place, way: tuple[str, str]) -> None:
    """Run the rival's flow in this process."""
    package = import_module("prefect_managedfiletransfer")
    server = at.server.endpoint
    assert isinstance(server, SftpServer)
    assert server.key is not None
    ends = {
        "local": LocalFileSystem(basepath=str(at.local)),
        "remote": package.ServerWithPublicKeyAuthBlock(
            username=server.user,
            private_key=server.key.private_key,
            host=server.host,
            port=server.port,
        ),
    }
    folders = {"local": at.local, "remote": at.remote}
    asyncio.run(
        package.transfer_files_flow(
            ends[way[0]],
            ends[way[1]],
            source_file_matchers=[package.FileMatcher(source_folder=folders[way[0]])],
            destination_folder=folders[way[1]],
            mode=package.TransferType.Move,
            check_for_space=False,
        )
    )


if __name__ == "__main__":
    main()
