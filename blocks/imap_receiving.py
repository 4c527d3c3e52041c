# ruff: noqa: ARG002 - the contract's verbs have arguments that a mailbox has no use for
"""Connections that only receive: what the contract asks of a target is refused, and locks are."""

from __future__ import annotations

from blocks.endpoint import Connection, Locking, Parcel, Receipt, RemoteFile, Staged, Trace
from transforms.errors import NotSupported


class ReceivingConnection(Connection):
    """A connection that cannot be a target, to a source without locks."""

    def __init__(self, label: str) -> None:
        """Keep the endpoint's name for errors."""
        self._label = label

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Not supported."""
        raise self._no_locks()

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Not supported."""
        raise self._no_locks()

    def stage(self, parcel: Parcel) -> Staged:
        """Not supported."""
        raise self._receives_only()

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Not supported."""
        raise self._receives_only()

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Not supported."""
        raise self._receives_only()

    def _no_locks(self) -> NotSupported:
        return NotSupported(
            "Mails cannot be locked",
            where=self._label,
            remedy="Set locking to NO_LOCKING, and let one transfer only work in a folder",
        )

    def _receives_only(self) -> NotSupported:
        return NotSupported(
            "This endpoint holds mails and takes no documents",
            where=self._label,
            remedy="Use it as a source only; to send mails, name a mail server (SMTP)",
        )
