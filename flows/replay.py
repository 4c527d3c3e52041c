"""What a transfer would make today of what it took before: nothing is sent, nothing is noted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from blocks.endpoint import RemoteFile
from blocks.execution_folder import ExecutionFolder
from blocks.ledger import Delivery, Execution, Ledger, LedgerFile, Purpose
from flows.definition import Transfer
from flows.parcels import file_name, template_facts
from flows.route import recipients_of
from flows.selection import candidates
from flows.settings import Settings
from flows.supplies import HubSupplies
from flows.transform import original
from transforms.document import Document, fingerprint_of
from transforms.errors import DocumentInvalid, HubError
from transforms.names import render
from transforms.step import Workbench


@dataclass(frozen=True, slots=True, order=True)
class Outgoing:
    """One document for one recipient.

    Attributes:
        place: directory and name at the first target; "" if nothing was asked of it yet.
        sha256: of its bytes, hexadecimal.
    """

    recipient: str
    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """One file, as it was worked on then and as it would be now.

    Attributes:
        before: what was made of it.
        after: what would be made of it.
        was_refused: why nothing was made of it; "" otherwise.
        is_refused: why nothing would be made of it; "" otherwise.
    """

    file: LedgerFile
    before: tuple[Outgoing, ...]
    after: tuple[Outgoing, ...]
    was_refused: str
    is_refused: str

    @property
    def same(self) -> bool:
        """Whether the same bytes would go to the same recipients under the same names."""
        if bool(self.was_refused) != bool(self.is_refused):
            return False
        known = {(one.recipient, one.sha256): one.place for one in self.before}
        # What was never asked of a target has no place yet, and is compared by its bytes.
        return sorted(known) == sorted((one.recipient, one.sha256) for one in self.after) and all(
            known[one.recipient, one.sha256] in ("", one.place) for one in self.after
        )


@dataclass(frozen=True, slots=True)
class Period:
    """Which executions are meant: those of a transfer, begun from `begin` until before `end`."""

    transfer: str
    begin: datetime
    end: datetime


def replay(
    settings: Settings, period: Period, definition: Transfer | None, keep: Path | None = None
) -> Iterator[Replayed]:
    """Run selection, steps and name templates over the stored originals of a period.

    Args:
        settings: of this hub; the originals must lie in its home directory.
        period: which executions.
        definition: by which the files are worked on; None: each by that of its execution.
        keep: an empty directory that gets what was made, in `before/` and `after/`.

    Yields:
        Every stored file, oldest first; a failure is told, and the next file goes on.

    Raises:
        Unreachable: the ledger cannot be read.
    """
    ledger = Ledger(settings.ledger, settings.home / "locks")
    try:
        with ledger.read() as book:
            found = book.between(period.begin, period.end, transfer=period.transfer)
        for execution in found:
            with ledger.read() as book:
                files, deliveries = book.files(execution.id), book.deliveries(execution.id)
            by = definition or Transfer.model_validate(execution.definition)
            player = _Player(settings, execution, by, keep)
            for file in files:
                if file.stored:
                    own = [one for one in deliveries if one.file == file.id]
                    yield player.replayed(file, own)
    finally:
        ledger.dispose()


class _Player:
    """Works on the files of one execution."""

    def __init__(
        self, settings: Settings, execution: Execution, by: Transfer, keep: Path | None
    ) -> None:
        self._folder = ExecutionFolder(settings.home, execution.id)
        self._resources = settings.resources
        self._by = by
        self._keep = keep

    def replayed(self, file: LedgerFile, deliveries: Sequence[Delivery]) -> Replayed:
        before = tuple(sorted({_as_sent(one) for one in deliveries if _is_first(one)}))
        for one in deliveries:
            self._kept("before", file, one.name, self._folder.path / one.path)
        was_refused = "" if deliveries else file.error
        with TemporaryDirectory(prefix="govmanager-replay-") as scratch:
            try:
                after = self._after(file, Path(scratch))
            except HubError as error:
                return Replayed(file, before, (), was_refused, str(error))
        return Replayed(file, before, after, was_refused, "")

    def _after(self, file: LedgerFile, scratch: Path) -> tuple[Outgoing, ...]:
        self._select(file.remote)
        path = self._folder.verified(file.stored, file.fingerprint)
        documents: Sequence[Document] = [original(self._by, file, path)]
        for number, step in enumerate(self._by.steps, 1):
            directory = scratch / str(number)
            directory.mkdir()
            bench = Workbench(directory, HubSupplies(self._resources, step.kind))
            documents = step.apply_all(documents, bench)
        for one in documents:
            self._kept("after", file, one.name, one.path)
        return tuple(sorted(sent for one in documents for sent in self._sent(one)))

    def _select(self, file: RemoteFile) -> None:
        if not list(candidates(self._by.source, [file])):
            raise DocumentInvalid(
                "The source's selection does not take this name",
                where=file.name,
                remedy="Nothing is to be done if that is meant",
            )

    def _sent(self, document: Document) -> Iterator[Outgoing]:
        sha256 = fingerprint_of(document.path).sha256
        for recipient in recipients_of(self._by, document):
            target = recipient.targets[0]
            facts = template_facts(document.name, document.facts, recipient.name)
            place = f"{render(target.directory, facts)}/{file_name(target, facts)}"
            yield Outgoing(recipient.name, place, sha256)

    def _kept(self, when: str, file: LedgerFile, name: str, path: Path) -> None:
        if self._keep is None or not path.is_file():
            return
        directory = self._keep / when / f"{file.execution}-{file.id:06d}"
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, directory / name)


def _is_first(delivery: Delivery) -> bool:
    return delivery.purpose is Purpose.FIRST


def _as_sent(delivery: Delivery) -> Outgoing:
    parcel = delivery.parcel
    place = f"{parcel['directory']}/{parcel['name']}" if parcel else ""
    return Outgoing(delivery.recipient, place, delivery.fingerprint.sha256)
