"""The durable folder of one execution: what came in, what is made of it, what goes out.

<home>/executions/<execution id>/
  manifest.json                    what lies here, for whoever finds the folder without ledger
  inbound/<file id>-<name>         originals, never changed; delivered from here if no step is due
  processing/<file id>/<n>/<name>  what step n made; scratch
  outbound/<file id>.<n>-<name>    what the steps made for the recipients
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blocks.durable import sync_directory, sync_files
from transforms.document import Document, Fingerprint, fingerprint_of
from transforms.errors import StoreDamaged
from transforms.names import LONGEST


class ExecutionFolder:
    """Paths below one execution's folder; the ledger keeps them relative to it."""

    def __init__(self, home: Path, execution: str) -> None:
        """Name the folder; it is created when the first file comes in."""
        self.path = home / "executions" / execution

    def inbound(self, file: int, name: str) -> Path:
        """Return where an original is to be written, with nothing there yet.

        What is written there is durable only after `sync`, once for many files.
        """
        path = self.path / "inbound" / _leaf(f"{file:06d}", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # What lies here is from an attempt that did not get as far as the ledger.
        path.unlink(missing_ok=True)
        return path

    def processing(self, file: int, step: int) -> Path:
        """Return an empty directory for what one step makes of one file."""
        directory = self.path / "processing" / f"{file:06d}" / str(step)
        _fresh(directory)
        return directory

    def outbound(
        self, file: int, made: list[Document], original: Fingerprint
    ) -> list[tuple[Document, str, Fingerprint]]:
        """Move what steps made to where deliveries read it; an untouched original stays.

        They are durable only after `sync`, once for many files.

        Returns:
            For each document: itself at its new place, that place relative to the folder, and
            what its bytes are.
        """
        placed = []
        for number, document in enumerate(made, 1):
            if document.path.is_relative_to(self.path / "inbound"):
                placed.append((document, self.relative(document.path), original))
                continue
            path = self.path / "outbound" / _leaf(f"{file:06d}.{number}", document.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            document.path.replace(path)
            moved = Document(path, document.name, document.facts)
            placed.append((moved, self.relative(path), fingerprint_of(path)))
        return placed

    def sync(self, relative: Sequence[str]) -> None:
        """Make files and the folder durable.

        Args:
            relative: paths below the folder.
        """
        if relative:
            sync_files([self.path / one for one in relative])
            for directory in (self.path, self.path.parent):
                sync_directory(directory)

    def done_processing(self, file: int) -> None:
        """Remove the scratch of one file."""
        shutil.rmtree(self.path / "processing" / f"{file:06d}", ignore_errors=True)

    def relative(self, path: Path) -> str:
        """Return a path as the ledger keeps it."""
        return path.relative_to(self.path).as_posix()

    def verified(self, relative: str, expected: Fingerprint) -> Path:
        """Return the path of a file whose bytes still are what the ledger says.

        Raises:
            StoreDamaged: they are gone or differ.
        """
        path = self.path / relative
        if not path.is_file() or fingerprint_of(path) != expected:
            raise StoreDamaged(
                "A file in the execution folder is not what the ledger says",
                where=str(path),
                remedy="Restore the folder from backup, or take the original from its source",
            )
        return path

    def write_manifest(self, content: Mapping[str, Any]) -> None:
        """Replace manifest.json as a whole, durably."""
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / ".manifest.json.part"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / "manifest.json")
        sync_directory(self.path)


def _leaf(number: str, name: str) -> str:
    leaf = f"{number}-{name}"
    return leaf if len(leaf.encode()) <= LONGEST else number


def _fresh(directory: Path) -> None:
    # What lies here is from an attempt that did not get as far as the ledger.
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        shutil.rmtree(directory)
        directory.mkdir()
