"""The contract between the hub and everything that sends it files or takes them.

An `Endpoint` is a Prefect block: the form an operator fills in. `connect()` opens one
`Connection`, which serves many files and is used by one thread at a time. What a caller may
rely on, and what `tests/blocks/endpoint_contract.py` holds every protocol to:

* `list_files` names files, never directories, unfinished files or lock files, each with its raw
  name as the server gave it.
* `fetch` takes exactly the named file, whatever characters its name has, and refuses one that is
  no longer the file that was listed.
* `acknowledge` disposes of exactly the file that was read, only while it still is that file, and
  does nothing the second time.
* `stage` brings the bytes to the target under a name nobody reads, and verifies them; `publish`
  makes them visible at once and as a whole. Between the two nothing is visible.
* `trace` tells after a crash how far a delivery got, so that nothing is sent twice.
* `leftovers` names what a dead run may have left, by names that are certainly ours; whether it is
  still needed, the ledger knows.
* What is asked for many files at once is answered for each as if it had been asked for alone; a
  protocol may then wait for all answers together.
* Errors are those of `transforms.errors`; they name endpoint and path and never hold a secret.
* A connection that is lost or hangs ends in `Unreachable` within the endpoint's time limits.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from prefect.blocks.core import Block
from pydantic import Field

from transforms.document import Fingerprint
from transforms.errors import DeliveryUnconfirmed, EndpointError, Unreachable

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Can(StrEnum):
    """What an endpoint is able to do; the conformance suite runs what is claimed."""

    FETCH = "fetch"
    """It is a source."""
    DELIVER = "deliver"
    """It is a target."""
    MAIL = "mail"
    """It delivers to addresses instead of directories."""
    ATOMIC = "atomic"
    """A delivery becomes visible in one step and as a whole."""
    OVERWRITE = "overwrite"
    """A file is replaced in one step."""
    APPEND = "append"
    """A delivery can be added to a file that is there."""
    DIRECTORIES = "directories"
    """Missing directories can be created."""
    TRACE = "trace"
    """After a crash it can tell how far a delivery got."""
    HASH = "hash"
    """The server itself can tell the hash of a file."""
    RESUME = "resume"
    """A fetch goes on in the middle of the file after the line was cut."""
    LOCK = "lock"
    """A lock file can be laid beside a file; only one of several hubs succeeds."""
    RENAME_LOCK = "rename-lock"
    """A file is taken by renaming it; only one of several hubs succeeds."""
    SERVER_LOCK = "server-lock"
    """The server itself keeps others off a file."""


class AfterPickup(StrEnum):
    """What happens to a file at the source once its bytes are safe."""

    DELETE = "DELETE"
    MOVE = "MOVE"
    KEEP = "KEEP"


class Locking(StrEnum):
    """How others are kept away from a file while the hub works on it."""

    NO_LOCKING = "NO_LOCKING"
    LOCK_FILE = "LOCK_FILE"
    """`name.lock` lies beside the file."""
    RENAME = "RENAME"
    """The file itself gets a name that nobody else takes; sources only."""
    SERVER_LOCK = "SERVER_LOCK"
    """WebDAV LOCK, or the share mode of SMB."""


def display(raw: str) -> str:
    """Return a name as people read it: NFC, with undecodable bytes escaped."""
    return unicodedata.normalize("NFC", raw).encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One entry of a listing.

    Attributes:
        path: raw path as the server knows it; the only way to reach the file again.
        name: raw leaf name.
        size: bytes.
        modified: time of the last change with time zone, None where the protocol has none.
        version: whatever else tells two files under one name apart (etag, inode), or "".
    """

    path: str
    name: str
    size: int
    modified: datetime | None
    version: str = ""

    @property
    def identity(self) -> str:
        """Size, time and version in one string: equal as long as it is the same file."""
        moment = self.modified.isoformat() if self.modified else ""
        return f"{self.size}|{moment}|{self.version}"


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a parcel goes by mail.

    Attributes:
        to: mail addresses, all of which must be accepted.
        subject: rendered subject line.
        text: rendered plain-text body.
        repeated: True if an earlier attempt may have arrived without proof; the mail says so.
        cc: addresses that get a copy, readable for all; all of them must be accepted too.
        bcc: addresses that get a copy that no other recipient knows of.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    repeated: bool = False
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One document on its way to one target.

    Attributes:
        key: 32 hexadecimal digits, the same on every attempt of this delivery; the temporary
            name and the Message-ID are made of it.
        path: the local file.
        fingerprint: size and hashes of that file.
        name: leaf name at the target.
        directory: directory at the target, below the endpoint's base directory.
        overwrite: replace a file of that name; else its presence is `AlreadyThere`.
        append: add to a file of that name instead.
        create_directories: create what is missing of `directory`.
        locking: whether others are kept away while the file becomes visible.
        flag_file: leaf name of an empty file that is created once the document is whole and
            visible, for recipients who wait for one; "" for none.
        letter: addresses and texts, for mail.
    """

    key: str
    path: Path
    fingerprint: Fingerprint
    name: str
    directory: str = ""
    overwrite: bool = False
    append: bool = False
    create_directories: bool = False
    locking: Locking = Locking.NO_LOCKING
    flag_file: str = ""
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """How far `stage` got; kept in the ledger, so that `publish` and `trace` survive a crash.

    Attributes:
        location: final path at the target, or the addresses.
        temporary: path of the invisible file, "" where the protocol has none.
        size: bytes the target holds after `publish`.
        sha256: their hash, hexadecimal.
        based_on: identity of the file that is added to, "" unless appending.
    """

    location: str
    temporary: str
    size: int
    sha256: str
    based_on: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the fields for the ledger."""
        # dataclasses.asdict copies deeply, which takes twenty times as long.
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read back what `as_json` gave."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of one delivery.

    Attributes:
        location: where the document is now: path or addresses.
        proof: what was checked or answered, in words, such as `size and SHA-256 read back`
            or `250 2.0.0 Ok: queued as 4F1`.
        reference: what to ask the recipient's side for: Message-ID, job id, or "".
    """

    location: str
    proof: str
    reference: str = ""


class Trace(StrEnum):
    """How far a delivery got before the crash."""

    ABSENT = "absent"
    """Nothing of it is visible: send it (again)."""
    STAGED = "staged"
    """Complete under its temporary name: publish it."""
    PUBLISHED = "published"
    """It has arrived."""
    UNKNOWN = "unknown"
    """The target cannot tell."""


class Remains(StrEnum):
    """What a dead run may leave behind."""

    TEMPORARY = "temporary"
    """Bytes under a temporary name; `trace` may still need them."""
    LOCK = "lock"
    """A lock file that says who laid it."""
    RENAMED = "renamed"
    """Somebody's document, taken by a new name."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours at an endpoint that may be needed by nobody any more.

    Attributes:
        path: raw path.
        kind: what it is.
        owners: keys of deliveries or ids of executions that it belongs to, as far as it says so
            itself; the name of a document that was taken says nothing readable.
        modified: time of the last change with time zone, None where the protocol has none.
        size: bytes.
        version: whatever else tells two files under one name apart, or "".
        original: path that a document had before it was taken, "" if its name says nothing of it.
    """

    path: str
    kind: Remains
    owners: tuple[str, ...]
    modified: datetime | None
    size: int
    version: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of an access check.

    Attributes:
        step: what was tried, such as `login`.
        found: what came of it, in words.
        error: why it failed; None if it worked.
        seconds: how long it took.
    """

    step: str
    found: str
    error: EndpointError | None = None
    seconds: float = 0.0


def in_turn(items: Sequence[Item], ask: Callable[[Item], Answer]) -> list[Answer | EndpointError]:
    """Ask for one item after the other; each gets its answer or its error.

    Once the other side is unreachable, nothing more is asked: the rest gets that error too.
    """
    answers: list[Answer | EndpointError] = []
    for item in items:
        try:
            answers.append(ask(item))
        except EndpointError as error:
            answers.append(error)
            if isinstance(error, Unreachable | DeliveryUnconfirmed):
                break
    return answers + answers[-1:] * (len(items) - len(answers))


class Connection(ABC):
    """One live connection to an endpoint, for one thread at a time."""

    @abstractmethod
    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of a directory, in no particular order.

        Raises:
            DirectoryMissing: there is no such directory.
            EndpointError: it cannot be read.
        """

    @abstractmethod
    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one file into the new local file `to` and return what was read.

        Whoever asks for it makes it durable, for many files at once. If the line is lost, a
        protocol with `Can.RESUME` leaves what has come in `blocks.paths.part_of(to)`, and goes
        on there when it is asked again; whoever asks removes what an earlier process has left.

        Raises:
            FileMissing: it is gone.
            FileChanged: it is not, or no longer, the file that was listed; `to` is removed.
        """

    @abstractmethod
    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Delete, move or keep a file whose bytes are safe; the second time does nothing.

        Args:
            file: as it was listed.
            after: what to do; for MOVE, `directory` says where to, relative to the file's own.
            directory: created if missing; a taken name there gets a number.

        Returns:
            What was done, as a short phrase for the status changes.

        Raises:
            FileChanged: another file is there under this name now; it was left alone.
        """

    @abstractmethod
    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Take the lock on a source file.

        Args:
            file: as it was listed.
            owner: marks the lock, so that the same owner finds its own again after a crash.
            how: anything but NO_LOCKING.

        Returns:
            What to fetch and to acknowledge from now on: the file, under another path where the
            lock is a new name; None if somebody else has it.

        Raises:
            NotSupported: the protocol has no such lock.
            FileMissing: the file is gone.
        """

    @abstractmethod
    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Give the lock on the file as it was listed back; nothing happens if there is none.

        A file that is still there gets its name back where the lock was another one.
        """

    def locked_by(self, file: RemoteFile, how: Locking) -> str:  # noqa: ARG002
        """Return the owner that the lock on a file is marked with, "" if there is none to read."""
        return ""

    @abstractmethod
    def stage(self, parcel: Parcel) -> Staged:
        """Bring the bytes to the target, invisibly, and verify them. Repeatable.

        Raises:
            NameNotAllowed, AlreadyThere, DirectoryMissing, AccessRefused, SpaceExhausted,
            NotSupported: nothing was sent or what was sent is gone again.
            Unreachable: the connection was lost; a part may lie under the temporary name.
        """

    @abstractmethod
    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Make what was staged visible, at once and as a whole.

        Raises:
            AlreadyThere: the name was taken meanwhile; nothing became visible.
            DeliveryUnconfirmed: it may or may not have become visible; `trace` can tell.
            EndpointError: any other says, where `trace` cannot tell (no `Can.TRACE`), that
                nothing was taken: it is sent again without asking.
        """

    @abstractmethod
    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got; `staged` is None if `stage` may not have ended.

        Returns:
            The finding and the evidence in words.
        """

    def fetch_many(
        self, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        """Fetch several files; see `fetch`.

        Returns:
            For each, in order, what `fetch` returns or the error it raises.
        """
        return in_turn(wanted, lambda one: self.fetch(*one))

    def acknowledge_many(
        self, files: Sequence[RemoteFile], after: AfterPickup, directory: str = ""
    ) -> list[str | EndpointError]:
        """Dispose of several files; see `acknowledge` and `fetch_many`."""
        return in_turn(files, lambda one: self.acknowledge(one, after, directory))

    def stage_many(self, parcels: Sequence[Parcel]) -> list[Staged | EndpointError]:
        """Stage several parcels; see `stage` and `fetch_many`."""
        return in_turn(parcels, self.stage)

    def publish_many(
        self, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[Receipt | EndpointError]:
        """Publish what was staged; see `publish` and `fetch_many`."""
        return in_turn(staged, lambda one: self.publish(*one))

    def leftovers(self, directory: str, *, recursive: bool) -> Iterator[Leftover]:  # noqa: ARG002
        """Yield what runs of this hub or of another one have left in a directory, or still need.

        Nothing is yielded whose name, or content where the name is not enough, is not exactly one
        that we give; a directory that is not there has nothing.

        Raises:
            EndpointError: it cannot be read.
        """
        yield from ()

    def remove_leftover(self, leftover: Leftover) -> str:
        """Remove a leftover; a document that was taken gets its name back and is never removed.

        Args:
            leftover: as `leftovers` gave it; of one that was taken, `original` must be known. If
                another file has that name now, a number is added.

        Returns:
            What was done, as a short phrase.

        Raises:
            FileChanged: it is not, or no longer, what was found; it was left alone.
        """
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """End the connection; never raises."""

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:  # noqa: ARG002
        """Try, step by step, what this endpoint is used for; nothing is left behind.

        Args:
            directory: below the base directory.
            write: try to write, rename and delete too.

        Yields:
            What was found; a step that fails raises its error instead.
        """
        yield from ()

    def is_alive(self) -> bool:
        """Tell whether a connection that was idle still works; costs one round trip at most."""
        return True

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


class Endpoint(Block, ABC):
    """A server with its account, or a folder: one block type per protocol."""

    can: ClassVar[frozenset[Can]] = frozenset()

    connect_seconds: float = Field(
        default=20,
        gt=0,
        title="Connect within (s)",
        description="Seconds until a connection must stand, login included.",
    )
    idle_seconds: float = Field(
        default=60,
        gt=0,
        title="Answer within (s)",
        description="Seconds without a single byte after which the connection is given up.",
    )
    total_seconds: float = Field(
        default=3600,
        gt=0,
        title="Whole file within (s)",
        description="Seconds that one file may take altogether.",
    )
    minimum_rate: int = Field(
        default=1024,
        ge=0,
        title="Minimum rate (bytes/s)",
        description="Slower than this over a whole minute, a transfer is given up; 0 allows any.",
    )
    maximum_connections: int = Field(
        default=8,
        ge=1,
        title="Connections at once",
        description="How many connections all runs on one machine may have open together.",
    )
    queue_seconds: float = Field(
        default=600,
        ge=0,
        title="Wait for a connection (s)",
        description="Seconds that a run waits for others to end theirs before it gives up.",
    )
    pause_after: int = Field(
        default=3,
        ge=1,
        title="Pause after",
        description="Runs in a row that could not reach it before it is left alone for a while.",
    )
    pause_seconds: float = Field(
        default=300,
        ge=0,
        title="Pause (s)",
        description="How long it is left alone then; alternatives take over without waiting.",
    )

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the schema of the form, with the limits that all endpoints share at its end."""
        schema = super().model_json_schema(*args, **kwargs)
        properties = schema["properties"]
        for name in set(Endpoint.model_fields) & set(properties):
            properties[name]["position"] += len(properties)
        return schema

    @property
    def label(self) -> str:
        """The block's name, as errors and status changes show it."""
        return self._block_document_name or self.get_block_type_slug()

    @abstractmethod
    def connect(self) -> AbstractContextManager[Connection]:
        """Open a connection; entering the context is what may fail.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown
        """

    def address(self) -> tuple[str, int] | None:
        """Return host and port that are connected to; None if there is no server."""
        return None

    def greet(self) -> Iterator[Finding]:
        """Look at what the server shows before the login: TLS or SSH algorithms, its identity.

        Yields:
            What was found; a step that fails raises its error instead.
        """
        yield from ()

    def allowed_name(self, name: str) -> str:
        """Return the name under which a document is kept here: a rule may replace characters."""
        return name
