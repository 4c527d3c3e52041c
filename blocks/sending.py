# ruff: noqa: ARG002 - the contract's verbs have arguments that a sender has no use for
"""Connections that only send: what the contract asks of a source is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from blocks.endpoint import AfterPickup, Connection, Locking, RemoteFile
from transforms.document import Fingerprint
from transforms.errors import NotSupported


class SendingConnection(Connection):
    """A connection that cannot be a source."""

    def __init__(self, label: str) -> None:
        """Keep the endpoint's name for errors."""
        self._label = label

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Not supported."""
        raise self._sends_only()

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Not supported."""
        raise self._sends_only()

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Not supported."""
        raise self._sends_only()

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Not supported."""
        raise self._sends_only()

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Not supported."""
        raise self._sends_only()

    def _sends_only(self) -> NotSupported:
        return NotSupported(
            "This endpoint takes documents and lists none",
            where=self._label,
            remedy="Use it as a target only; name an endpoint that holds files as the source",
        )
