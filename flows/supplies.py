"""What steps may ask for, answered from the operator's files and from blocks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.blocks.core import Block

from flows.work import load_block
from transforms.errors import DefinitionWrong
from transforms.step import OpenPgpKey

SHOWN_EVERY = 2.0
"""Seconds between two looks of the UI at how far a step is; each is a request."""


@runtime_checkable
class KeyHolder(Protocol):
    """A block that holds an OpenPGP key."""

    def open_pgp_key(self) -> OpenPgpKey:
        """Return it."""


@runtime_checkable
class Scanner(Protocol):
    """A block that reaches a virus scanner."""

    def scan(self, path: Path) -> str:
        """Return what was found in a file, "" if nothing."""


class HubSupplies:
    """The supplies of one run; used by one thread at a time, which has no event loop.

    Args:
        resources: directory of the operator's files: stylesheets, templates, rule packs.
        title: what the progress is of, such as `split-xml`.
    """

    def __init__(self, resources: Path, title: str) -> None:
        """Load nothing yet."""
        self._resources = resources
        self._title = title
        self._blocks: dict[str, Block] = {}
        self._shown_at = time.monotonic()
        self._shown: UUID | None = None

    def resource(self, name: str) -> Path:
        """Return a file or directory of the operator; see the contract.

        Raises:
            DefinitionWrong: there is none, or the name leads out of the resources.
        """
        root = self._resources.resolve()
        path = (root / name).resolve()
        if not name or not path.is_relative_to(root) or not path.exists():
            raise DefinitionWrong(
                "There is no such resource",
                where=f"{name!r} below {root}",
                remedy="Lay the file there on every worker, or correct the name in the step; "
                "GOVMANAGER_RESOURCES names the directory",
            )
        return path

    def key(self, block: str) -> OpenPgpKey:
        """Return the OpenPGP key of a block; see the contract."""
        loaded = self._loaded(block)
        if not isinstance(loaded, KeyHolder):
            raise _another(block, "OpenPGP key")
        return loaded.open_pgp_key()

    def scan(self, block: str, path: Path) -> str:
        """Let the scanner of a block read a file; see the contract."""
        loaded = self._loaded(block)
        if not isinstance(loaded, Scanner):
            raise _another(block, "virus scanner")
        return loaded.scan(path)

    def progress(self, done: int, total: int) -> None:
        """Show how far the step is as a progress artifact of its task run; see the contract."""
        now = time.monotonic()
        if now - self._shown_at >= SHOWN_EVERY and total > 0:
            self._shown_at = now
            self._shown = asyncio.run(self._show(min(100.0, 100 * done / total)))

    async def _show(self, percent: float) -> UUID:
        if self._shown is None:
            return await acreate_progress_artifact(percent, description=self._title)
        await aupdate_progress_artifact(self._shown, percent)
        return self._shown

    def _loaded(self, name: str) -> Block:
        if name not in self._blocks:
            self._blocks[name] = asyncio.run(load_block(name, Block))
        return self._blocks[name]


def _another(name: str, what: str) -> DefinitionWrong:
    return DefinitionWrong(
        f"This block is no {what}", where=name, remedy="Name another block in the step"
    )
