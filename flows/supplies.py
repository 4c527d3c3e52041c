"""What steps may ask for, answered from the operator's files and from blocks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.blocks.core import Block

from blocks import OpenPgpKeyBlock, VirusScanner
from flows.work import load_block
from transforms.errors import DefinitionWrong
from transforms.step import OpenPgpKey

SHOWN_EVERY = 2.0
"""Seconds between two looks of the UI at how far a step is; each is a request."""


B = TypeVar("B", bound=Block)


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
        return self._loaded(block, OpenPgpKeyBlock).open_pgp_key()

    def scan(self, block: str, path: Path) -> str:
        """Let the scanner of a block read a file; see the contract."""
        return self._loaded(block, VirusScanner).scan(path)

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

    def _loaded(self, name: str, kind: type[B]) -> B:
        block = self._blocks.get(name) or asyncio.run(load_block(name, kind))
        self._blocks[name] = block
        if not isinstance(block, kind):
            raise DefinitionWrong(
                "The block is needed as something else too",
                where=name,
                remedy="Name another block in the step",
            )
        return block
