"""One execution in the hands of one run: what every task of the flow works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from prefect.blocks.core import Block
from prefect.logging import get_run_logger
from pydantic import ValidationError

from blocks.endpoint import Endpoint
from blocks.execution_folder import ExecutionFolder
from blocks.home import home_name
from blocks.ledger import Delivery, Execution, FileState, Ledger, LedgerFile
from blocks.paths import part_of
from blocks.pool import Pool
from flows.definition import Recipient, Source, Transfer
from flows.settings import Settings
from transforms.document import Fingerprint
from transforms.errors import DefinitionWrong, StoreUnavailable
from transforms.names import safe_name

B = TypeVar("B", bound=Block)


@contextmanager
def own_disk(work: Work) -> Iterator[None]:
    """Tell what the hub's own disk refuses; whatever was on its way is where it came from still.

    Raises:
        StoreUnavailable: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"The hub's own disk fails: {error.strerror or error}",
            where=str(work.folder.path),
            remedy="Make room there, or look into the machine's log; the next run goes on",
        ) from error


@dataclass(frozen=True, slots=True)
class Hub:
    """What every execution of a run shares: ledger, home directory with its name, connections."""

    ledger: Ledger
    home: Path
    home_name: str
    pool: Pool

    @classmethod
    def at(cls, settings: Settings, ledger: Ledger) -> Self:
        """Open what the settings name."""
        home = settings.home
        return cls(ledger, home, home_name(home), Pool(home / "connections"))


class Work:
    """An execution, its stores and its definition.

    An ordinary class on purpose: Prefect looks into dataclasses that a task is given.

    Args:
        by_person: True if somebody asked for this attempt (Retry, `resume_from`); then what
            needed a person is tried again too.
        files_aside: whether that includes files that were set aside; None: as `by_person` says.
    """

    def __init__(
        self,
        hub: Hub,
        definition: Transfer,
        execution: Execution,
        *,
        by_person: bool,
        files_aside: bool | None = None,
    ) -> None:
        """Take an execution in hand; `hub.ledger.hold` keeps others off it."""
        self.ledger = hub.ledger
        self.pool = hub.pool
        self.home_name = hub.home_name
        self.folder = ExecutionFolder(hub.home, execution.id)
        self.definition = definition
        self.execution = execution
        self.begun_with = Transfer.model_validate(execution.definition)
        self.by_person = by_person
        self.files_aside = by_person if files_aside is None else files_aside
        self._trusted: set[str] = set()
        self._begun: set[Path] = set()

    @property
    def id(self) -> str:
        """The execution's id."""
        return self.execution.id

    @property
    def source(self) -> Source:
        """The source whose files the execution has claimed, whatever the definition says now."""
        return self.begun_with.source

    def recipient(self, name: str) -> Recipient:
        """Find a recipient in the definition of this run, else in the execution's own."""
        for recipient in (*self.definition.recipients, *self.begun_with.recipients):
            if recipient.name == name:
                return recipient
        raise DefinitionWrong(
            f"Nobody is called {name!r} any more",
            where=f"transfer {self.definition.name}",
            remedy="Put the recipient back into the definition, or resume with the old one",
        )

    def take_over(self, run: str) -> None:
        """Note that this run continues the execution, and read it afresh."""
        with self.ledger.write() as book:
            book.take_over(self.id, run, self.home_name)
            if run != self.execution.run:
                book.change(self.id, self.execution.state, "continued", f"by the run {run}")

    def trust(self, relative: str) -> None:
        """Note a file of the execution folder that this very run has written and hashed."""
        self._trusted.add(relative)

    def inbound(self, file: LedgerFile) -> Path:
        """Return where an original is to be written, with nothing there yet.

        What an earlier run has left is removed: after a crash of the machine its length may
        count bytes that were never written.
        """
        path = self.folder.inbound(file.id, safe_name(file.name))
        if path not in self._begun:
            part_of(path).unlink(missing_ok=True)
            self._begun.add(path)
        return path

    def verified(self, relative: str, expected: Fingerprint) -> Path:
        """Return the path of a file whose bytes are what the ledger says, hashed at most once.

        Raises:
            StoreDamaged: they are gone or differ.
        """
        if relative not in self._trusted:
            self.folder.verified(relative, expected)
            self.trust(relative)
        return self.folder.path / relative

    def names(self) -> list[str]:
        """Read the names of the execution's files."""
        with self.ledger.read() as book:
            return [file.name for file in book.files(self.id)]

    def unfetched(self) -> bool:
        """Tell whether files are still at the source that are claimed or safe already."""
        with self.ledger.read() as book:
            files = book.files(self.id)
        return any(
            one.state is FileState.CLAIMED or (one.stored and not one.disposed) for one in files
        )

    def write_manifest(self, files: Sequence[LedgerFile], deliveries: Sequence[Delivery]) -> None:
        """Describe the execution folder for whoever finds it without the ledger."""
        self.folder.write_manifest(
            {
                "execution": self.id,
                "transfer": self.definition.name,
                "inbound": [
                    {"path": one.stored, "from": one.path, "size": one.size, "sha256": one.sha256}
                    for one in files
                    if one.stored
                ],
                "outbound": [
                    {"path": one.path, "to": one.recipient, "sha256": one.fingerprint.sha256}
                    | {"state": one.state, "location": one.location, "proof": one.proof}
                    for one in deliveries
                ],
            }
        )

    def change(self, state: str, action: str, details: str = "") -> None:
        """Add one line to the execution's history, and to the run's log."""
        with self.ledger.write() as book:
            book.change(self.id, state, action, details)
        get_run_logger().info("%s: %s %s", state, action, details)


async def load_endpoint(name: str) -> Endpoint:
    """Load the block of an endpoint; see `load_block`."""
    kind: type[Endpoint] = Endpoint  # type: ignore[type-abstract] # isinstance takes it.
    return await load_block(name, kind)


async def load_block(name: str, kind: type[B]) -> B:
    """Load a block; one request.

    Args:
        name: `type/name`, such as `sftp-server/gnap03`.
        kind: what it must be.

    Raises:
        DefinitionWrong: there is no such block, its fields are wrong, or it is something else.
    """
    try:
        block = await Block.aload(name)
    except (ValidationError, RuntimeError) as error:
        raise DefinitionWrong(
            "The fields of this block do not fit its type any more",
            where=name,
            remedy="Open the block in the UI, correct it and save it again",
        ) from error
    except ValueError as error:
        raise DefinitionWrong(
            f"There is no such {_called(kind)}",
            where=name,
            remedy="Create the block in the UI under Blocks, or correct the name",
        ) from error
    if not isinstance(block, kind):
        raise DefinitionWrong(
            f"This block is no {_called(kind)}",
            where=name,
            remedy="Name the right block, as type/name",
        )
    return block


def _called(kind: type[Block]) -> str:
    return "endpoint" if kind is Endpoint else kind.get_block_type_name().lower()


def copied(protocol: str, sizes: Iterable[int], seconds: float) -> str:
    """Describe a copy as users know it: `WEBDAV copied 1 files (1.621 bytes) in 0,16 s`."""
    every = list(sizes)
    total = f"{sum(every):,}".replace(",", ".")
    duration = f"{seconds:.2f}".replace(".", ",")
    return f"{protocol} copied {len(every)} files ({total} bytes) in {duration} s"


def protocol_of(endpoint: str) -> str:
    """Return the protocol of `webdav-server/kombox` as status changes show it: WEBDAV."""
    return endpoint.partition("/")[0].partition("-")[0].upper()


def local_time(moment: datetime | None) -> str:
    """Return a time as operators read it, in the clock of the machine."""
    return moment.astimezone().strftime("%d.%m.%Y %H:%M:%S") if moment else ""
