"""What the ledger hands out: plain, frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """A step refused it; it waits for a person."""
    QUARANTINED = "quarantined"
    """It was tried too often; it waits for a person."""
    ENDED = "ended"
    """The steps made nothing of it, on purpose; its original stays in the execution folder."""
    DISCARDED = "discarded"
    """A person gave it up; its original stays in the execution folder."""
    LEFT = "left"
    """It stays at its source."""


ASIDE = (FileState.REJECTED, FileState.QUARANTINED)
"""Files that wait for a person."""


class DeliveryState(StrEnum):
    """How far the delivery of one document to one recipient has come."""

    PENDING = "pending"
    SENDING = "sending"
    STAGED = "staged"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISCARDED = "discarded"
    """A person decided that it is not to be delivered."""


ENDS = (DeliveryState.DELIVERED, DeliveryState.DISCARDED)
"""States that nothing leads out of."""
OPEN = tuple(state for state in DeliveryState if state not in ENDS)
"""States in which something is left to do."""


class Purpose(StrEnum):
    """Why a document is delivered to a recipient."""

    FIRST = ""
    RESENT = "resent"
    """A person asked for it once more."""
    REDIRECTED = "redirected"
    """A person chose another target."""
    DRAINED = "drained"
    """An alternative took it; the first target gets it too, now that it can."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a transfer, and what later runs do for it.

    Attributes:
        run: the flow run that worked on it last.
        runs: how many runs have ended without finishing it.
        continue_at: before this time no run continues it by itself; None: the next one does.
        held: why a person keeps it from going on; "" if nobody does.
        home: name of the home directory its bytes lie in; "" if there never was but one.
    """

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
    runs: int = 0
    continue_at: datetime | None = None
    held: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """One file of a source.

    Attributes:
        stored: its path below the execution folder.
        attempts: how many times the steps have begun with it.
        bundle: key of the bundle that it belongs to, "" if it goes alone.
    """

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
    attempts: int
    bundle: str

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

    Attributes:
        parcel: what the target was asked for in the attempt that `state` speaks of.
        purpose: why there is a further delivery of the document to the recipient; "" for the
            first one.
        chosen: the one target of this delivery, as the definition writes it; None: those of the
            recipient.
        decision: which targets were passed over and why.
        until: when a target that was passed over may be used again.
        file: id of the file that the document was made of.
        bundle: key of that file's bundle, "" if it goes alone.
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
    ordinal: int
    purpose: Purpose
    chosen: Mapping[str, Any] | None
    decision: str
    until: datetime | None
    name: str
    path: str
    facts: Mapping[str, str]
    fingerprint: Fingerprint
    file: int
    bundle: str


@dataclass(frozen=True, slots=True)
class Health:
    """What the hub remembers of an endpoint that failed.

    Attributes:
        failures: runs in a row that could not reach it.
        closed_until: nothing is tried before, because it failed too often; None: it is tried.
        error: the last failure.
        at: when that was.
    """

    failures: int
    closed_until: datetime | None
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """What a person had done to an execution."""

    at: datetime
    actor: str
    action: str
    execution: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of an execution's history."""

    at: datetime
    state: str
    action: str
    details: str
