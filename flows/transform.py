"""From what came in to what goes out: the steps in their order, once for each file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from blocks.endpoint import display
from blocks.ledger import FileState, LedgerFile
from blocks.ledger.book import Book
from blocks.ledger.rows import ASIDE
from flows.definition import Transfer
from flows.route import recipients_of
from flows.settings import Settings
from flows.supplies import HubSupplies
from flows.together import all_in
from flows.work import Work, local_time, own_disk
from transforms.document import Document, Fingerprint
from transforms.errors import (
    AlreadyReceived,
    AttemptsExhausted,
    HubError,
    NobodyGetsIt,
    Retry,
    SameContent,
    StoreDamaged,
    StoreUnavailable,
    Unreachable,
)
from transforms.names import facts_of, safe_name
from transforms.step import Workbench

STATE = "PROCESSING_READY"

UNIQUE = "unique"
"""The fact that a transfer takes once: a second document with the same value is set aside."""

AT_ONCE = 50
"""Files that share one durable ledger entry when they are ready to go out."""


class Batch:
    """What the steps are working on; an ordinary class, so that Prefect does not look into it.

    Args:
        documents: for each file, the documents made of it so far.
        rejected: for each file that a step refused, why.
        ended: for each file of which a step left nothing, on purpose, which step.
    """

    def __init__(
        self,
        documents: dict[int, list[Document]],
        rejected: dict[int, HubError] | None = None,
        ended: dict[int, str] | None = None,
    ) -> None:
        """Start with the originals, or go on with what a step made."""
        self.documents = documents
        self.rejected = rejected or {}
        self.ended = ended or {}


def portions(work: Work) -> list[list[int]]:
    """Return the files whose documents are not ready yet, in the portions they are worked on.

    Files that a step refused before are taken again only where a person asked for it. What an
    earlier run failed or died over goes alone and last, and no more than so often: one poisoned
    file does not stop the others.
    """
    with work.ledger.read() as book:
        files = book.files(work.id)
    states = {FileState.STORED} | (set(ASIDE) if work.files_aside else set())
    complete = all_in(work, files)
    due = [one for one in files if one.state in states and one.id in complete]
    if not work.files_aside:
        due = [one for one in due if not _set_aside(work, one)]
    fresh = [one.id for one in due if not one.attempts]
    tried = sorted((one for one in due if one.attempts), key=lambda one: one.attempts)
    return [*([fresh] if fresh else []), *([one.id] for one in tried)]


def _set_aside(work: Work, file: LedgerFile) -> bool:
    """Put a file that was tried often enough into quarantine."""
    if file.attempts < work.definition.quarantine_after:
        return False
    error = _exhausted(file, file.error or "the run ended each time, without a word")
    with work.ledger.write() as book:
        book.quarantined(file.id, error)
        book.change(work.id, STATE, f"quarantine: {file.name}", str(error))
    return True


def _exhausted(file: LedgerFile, reason: str) -> AttemptsExhausted:
    return AttemptsExhausted(
        f"The steps were tried {file.attempts} times: {reason}",
        where=file.name,
        remedy="Look at the file in the execution folder, mend the step, then resume",
    )


def begin(work: Work, ids: Collection[int]) -> Batch:
    """Take stored originals, bytes verified; one that is damaged is set aside."""
    with work.ledger.read() as book:
        files = [one for one in book.files(work.id) if one.id in ids]
    if work.definition.steps:
        with work.ledger.write() as book:
            book.attempted(list(ids))
    batch = Batch({})
    known = {} if work.files_aside else _seen_before(work, files)
    for one in files:
        if one.id in known:
            batch.rejected[one.id] = _same(one, known[one.id])
            continue
        try:
            batch.documents[one.id] = [_original(work, one)]
        except StoreDamaged as error:
            batch.rejected[one.id] = error
    return batch


def _seen_before(work: Work, files: Collection[LedgerFile]) -> Mapping[int, LedgerFile]:
    """Find for each file an earlier one of the transfer with the same bytes, if that counts."""
    hours = work.source.same_content_within
    if not hours:
        return {}
    since = datetime.now(UTC) - timedelta(hours=hours)
    with work.ledger.read() as book:
        return book.seen_before(work.definition.name, files, since)


def _same(file: LedgerFile, earlier: LedgerFile) -> SameContent:
    return SameContent(
        f"It has the bytes of {earlier.name}, taken at {local_time(earlier.stored_at)}",
        where=f"{file.endpoint}:{display(file.path)}; execution {earlier.execution}",
        remedy="Resume the execution to send it all the same, or discard it",
    )


def _original(work: Work, file: LedgerFile) -> Document:
    return original(work.definition, file, work.verified(file.stored, file.fingerprint))


def original(definition: Transfer, file: LedgerFile, path: Path) -> Document:
    """Return a stored file as the first step gets it.

    Args:
        definition: whose steps they are.
        file: as the ledger has it.
        path: its verified bytes.
    """
    name = safe_name(file.name)
    return Document(path, name, {**facts_of(name), **file.facts, **_given(definition, file)})


def _given(definition: Transfer, file: LedgerFile) -> dict[str, str]:
    # The time of the fetch, not of this attempt: a replay must make the same names.
    moment = file.stored_at or datetime.now(UTC)
    return {
        "transfer": definition.name,
        "group": definition.group,
        "kdnr": definition.kdnr,
        "execution": file.execution,
        "source": file.name,
        "directory": file.path.rpartition("/")[0],
        "date": moment.astimezone().isoformat(),
        "n": str(file.id),
    }


def apply_step(work: Work, number: int, batch: Batch) -> Batch:
    """Apply the step of this number (from 1) to every file; a file it refuses is set aside, the others go on."""
    step = work.definition.steps[number - 1]
    documents: dict[int, list[Document]] = {}
    rejected, ended = dict(batch.rejected), dict(batch.ended)
    supplies = HubSupplies(Settings().resources, f"{number}: {step.kind}")
    for file, before in batch.documents.items():
        directory = work.folder.processing(file, number)
        try:
            with own_disk(work):
                made = list(step.apply_all(before, Workbench(directory, supplies)))
            if made:
                documents[file] = made
            else:
                ended[file] = f"ended by step {number}: {step.kind}"
        except StoreUnavailable:
            raise
        except HubError as error:
            rejected[file] = error
    return Batch(documents, rejected, ended)


def finish(work: Work, batch: Batch) -> str:
    """Make what the steps made durable, and write a pending delivery for each recipient.

    From here on the steps never run again for these files.

    Returns:
        How many documents are ready, in words.
    """
    _route(work, batch)
    with work.ledger.read() as book:
        files = {one.id: one for one in book.files(work.id)}
    ids = list(batch.documents)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        with own_disk(work):
            made = {one: _place(work, files[one], batch.documents[one]) for one in some}
            work.folder.sync(_fresh(made.values()))
        with work.ledger.write() as book:
            if not work.files_aside:
                batch.rejected |= (known := _received_before(work, book, made))
                made = {file: placed for file, placed in made.items() if file not in known}
            book.ready(work.id, made, partial(_names, work.definition))
    _end(work, batch, files)
    _reject(work, batch, files)
    if work.definition.steps:
        for one in files:
            work.folder.done_processing(one)
    count = len(work.definition.recipients)
    return f"{sum(map(len, batch.documents.values()))} documents for {count} recipients"


def _route(work: Work, batch: Batch) -> None:
    """Set aside the files of which something is for nobody."""
    for file, made in list(batch.documents.items()):
        try:
            for document in made:
                recipients_of(work.definition, document)
        except NobodyGetsIt as error:
            batch.rejected[file] = error
            del batch.documents[file]


def _names(definition: Transfer, document: Document) -> list[str]:
    return [one.name for one in recipients_of(definition, document)]


def _place(
    work: Work, file: LedgerFile, documents: list[Document]
) -> list[tuple[Document, str, Fingerprint]]:
    placed = work.folder.outbound(file.id, documents, file.fingerprint)
    for _, relative, _ in placed:
        work.trust(relative)
    return placed


def _fresh(made: Iterable[list[tuple[Document, str, Fingerprint]]]) -> list[str]:
    """Return the paths of what is not durable since the fetch."""
    return [path for placed in made for _, path, _ in placed if not path.startswith("inbound/")]


def _received_before(
    work: Work, book: Book, made: Mapping[int, Sequence[tuple[Document, str, Fingerprint]]]
) -> dict[int, HubError]:
    """Take the keys that documents have; return the files whose key another one has taken."""
    wanted = [
        (document.facts[UNIQUE], file)
        for file, placed in made.items()
        for document, _, _ in placed
        if document.facts.get(UNIQUE)
    ]
    owners = book.take_keys(work.definition.name, wanted) if wanted else {}
    return {file: _received(work, owner) for file, owner in owners.items()}


def _received(work: Work, owner: LedgerFile) -> HubError:
    return AlreadyReceived(
        f"The same was received before, as {owner.name} at {local_time(owner.stored_at)}",
        where=f"transfer {work.definition.name}; execution {owner.execution}",
        remedy="Compare the two; resume the execution to send it all the same, or discard it",
    )


def _end(work: Work, batch: Batch, files: dict[int, LedgerFile]) -> None:
    if not batch.ended:
        return
    with work.ledger.write() as book:
        for number, reason in batch.ended.items():
            book.ended(number, reason)
            book.change(work.id, STATE, f"not sent: {files[number].name}", reason)


def _reject(work: Work, batch: Batch, files: dict[int, LedgerFile]) -> None:
    if not batch.rejected:
        return
    with work.ledger.write() as book:
        for number, error in batch.rejected.items():
            file = files[number]
            book.change(work.id, STATE, f"refused: {file.name}", str(error))
            if error.retry is Retry.NEVER:
                book.rejected(number, error)
            elif isinstance(error, Unreachable):
                # A scanner that is away says nothing of the document.
                book.postponed(number, error, counts=False)
            elif file.attempts < work.definition.quarantine_after:
                book.postponed(number, error, counts=True)
            else:
                book.quarantined(number, _exhausted(file, str(error)))
