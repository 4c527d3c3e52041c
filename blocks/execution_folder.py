"""The durable folder of one execution: what came in, what is made of it, what goes out.

<home>/executions/<execution id>/
  manifest.json                    what lies here, for whoever finds the folder without ledger
  inbound/<file id>/<name>         originals, never changed
  processing/<file id>/<n>/<name>  what step n made; scratch
  outbound/<file id>/<name>        what the recipients get
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transforms.document import Document, Fingerprint, fingerprint_of
from transforms.errors import StoreDamaged


class ExecutionFolder:
    """Paths below one execution's folder; the ledger keeps them relative to it."""

    def __init__(self, home: Path, execution: str) -> None:
        """Name the folder; it is created when the first file comes in."""
        self.path = home / "executions" / execution

    def inbound(self, file: int, name: str) -> Path:
        """Return where an original is to be written, with nothing there yet.

        The file's own directory is durable only after `sync("inbound")`, once for many files.
        """
        directory = self.path / "inbound" / f"{file:06d}"
        _fresh(directory)
        return directory / name

    def processing(self, file: int, step: int) -> Path:
        """Return an empty directory for what one step makes of one file."""
        directory = self.path / "processing" / f"{file:06d}" / str(step)
        _fresh(directory)
        return directory

    def outbound(
        self, file: int, made: list[Document], original: Fingerprint
    ) -> list[tuple[Document, str, Fingerprint]]:
        """Move finished documents to where deliveries read them.

        They are durable only after `sync("outbound")`, once for many files.

        Returns:
            For each document: itself at its new place, that place relative to the folder, and
            what its bytes are.
        """
        directory = self.path / "outbound" / f"{file:06d}"
        _fresh(directory)
        placed = []
        for number, document in enumerate(made):
            path = directory / (str(number) if len(made) > 1 else "") / document.name
            if path.parent != directory:
                path.parent.mkdir()
            untouched = self._is_original(document.path)
            _adopt(document.path, path, original=untouched)
            sync_directory(path.parent)
            moved = Document(path, document.name, document.facts)
            fingerprint = original if untouched else fingerprint_of(path)
            placed.append((moved, self.relative(path), fingerprint))
        if len(made) > 1:
            sync_directory(directory)
        return placed

    def sync(self, part: str) -> None:
        """Make the directories of the files in `inbound` or `outbound` durable."""
        for directory in (self.path / part, self.path):
            if directory.exists():
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
        temporary = self.path / ".manifest.json.part"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / "manifest.json")
        sync_directory(self.path)

    def _is_original(self, path: Path) -> bool:
        return path.is_relative_to(self.path / "inbound")


def _fresh(directory: Path) -> None:
    # What lies here is from an attempt that did not get as far as the ledger.
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        shutil.rmtree(directory)
        directory.mkdir()


def _adopt(source: Path, target: Path, *, original: bool) -> None:
    if original:
        os.link(source, target)
        return
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.rename(target)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
