"""What the ledger hands out: plain, frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from blocks.endpoint import RemoteFile, Staged
from transforms.document import Fingerprint


class Outcome(StrEnum):
    """What is left to do for an execution."""

    OPEN = "open"
    """Work is left; the next run of the transfer continues it by itself."""
    WAITING = "waiting"
    """What is left needs a person first; Retry or `resume_from` continues it."""
    DONE = "done"
    """Nothing is left."""


class FileState(StrEnum):
    """How far a source file has come."""

    CLAIMED = "claimed"
    STORED = "stored"
    READY = "ready"
    REJECTED = "rejected"
    LEFT = "left"


class DeliveryState(StrEnum):
    """How far the delivery of one document to one recipient has come."""

    PENDING = "pending"
    SENDING = "sending"
    STAGED = "staged"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a transfer; `run` is the flow run that worked on it last."""

    id: str
    run: str
    transfer: str
    group_name: str
    kdnr: str
    definition: Mapping[str, Any]
    state: str
    message: str
    outcome: Outcome
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """One file of a source; `stored` is its path below the execution folder."""

    id: int
    execution: str
    endpoint: str
    path: str
    name: str
    size: int
    modified: datetime | None
    version: str
    state: FileState
    disposed: bool
    facts: Mapping[str, str]
    stored: str
    stored_at: datetime | None
    md5: str
    sha256: str
    code: str
    error: str

    @property
    def remote(self) -> RemoteFile:
        """The listing entry it was claimed as."""
        leaf = self.path.rpartition("/")[2]
        return RemoteFile(self.path, leaf, self.size, self.modified, self.version)

    @property
    def fingerprint(self) -> Fingerprint:
        """Size and hashes of the stored bytes."""
        return Fingerprint(self.size, self.md5, self.sha256)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One document on its way to one recipient, with the document's own columns.

    `parcel` is what the target was asked for in the attempt that `state` speaks of.
    """

    id: int
    execution: str
    document: int
    recipient: str
    key: str
    state: DeliveryState
    target: int
    endpoint: str
    parcel: Mapping[str, Any]
    staged: Staged | None
    attempts: int
    location: str
    proof: str
    reference: str
    code: str
    error: str
    retry: str
    delivered_at: datetime | None
    name: str
    path: str
    facts: Mapping[str, str]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of an execution's history."""

    at: datetime
    state: str
    action: str
    details: str


def aware(value: datetime | None) -> datetime | None:
    """Give back the time zone that SQLite drops; the ledger writes UTC only."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
