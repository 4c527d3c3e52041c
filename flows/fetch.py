"""From the source into the execution folder: copy, make durable, let go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blocks.endpoint import (
    AfterPickup,
    Connection,
    Endpoint,
    Locking,
    RemoteFile,
    in_turn,
)
from blocks.guard import retrying
from blocks.ledger import FileState, LedgerFile, Outcome
from flows.gates import done_file_of, not_promised, not_whole
from flows.together import Company
from flows.work import Work, copied, own_disk, protocol_of
from transforms.document import Fingerprint
from transforms.errors import (
    EndpointError,
    FileChanged,
    HubError,
    Locked,
    Unreachable,
)

AT_ONCE = 50
"""Files that share one durable ledger entry before their originals are let go."""


def fetch_files(work: Work, endpoint: Endpoint) -> str:
    """Bring every claimed file in, and let go of every one that is safe; repeatable.

    Returns:
        What was done, in words.

    Raises:
        EndpointError: the source failed beyond its retries; what is safe stays safe.
    """
    source = work.source
    return retrying(
        partial(_attempt, work, endpoint),
        attempts=source.retries.attempts,
        seconds_between=source.retries.seconds_between,
        told=lambda error, number: work.change(
            "FILES_INBOUND", f"attempt {number} failed", str(error)
        ),
    )


def _attempt(work: Work, endpoint: Endpoint) -> str:
    with own_disk(work):
        return _fetch_open(work, endpoint)


def _fetch_open(work: Work, endpoint: Endpoint) -> str:
    with work.ledger.read() as book:
        every = book.files(work.id)
    to_dispose = [one for one in every if one.stored and not one.disposed]
    to_fetch = [one for one in every if one.state is FileState.CLAIMED]
    if not to_dispose and not to_fetch:
        return "nothing left to fetch"
    began = time.monotonic()
    sizes: list[int] = []
    company = Company(work, every)
    with work.pool.connection(endpoint) as connection:
        _let_go(work, connection, company.safe(to_dispose))
        for start in range(0, len(to_fetch), AT_ONCE):
            batch = company.not_left(to_fetch[start : start + AT_ONCE])
            sizes += _fetch_batch(work, connection, batch, company)
    details = copied(protocol_of(work.source.endpoint), sizes, time.monotonic() - began)
    if sizes:
        work.change("FILES_INBOUND", "fetch", details)
    return details


def _fetch_batch(
    work: Work, connection: Connection, batch: Sequence[LedgerFile], company: Company
) -> list[int]:
    safe: list[tuple[LedgerFile, str, Fingerprint]] = []
    refused: list[tuple[LedgerFile, HubError]] = []
    broken: EndpointError | None = None
    for file, fetched in zip(batch, _fetch_all(work, connection, batch), strict=True):
        if isinstance(fetched, Unreachable):
            broken = broken or fetched
        elif isinstance(fetched, EndpointError):
            # It is of this file alone: the others go on.
            refused.append((file, fetched))
        else:
            safe.append((file, *fetched))
    staying = company.staying_with([file for file, _ in refused])
    safe = [one for one in safe if company.not_left([one[0]])]
    _record(work, safe, [*refused, *staying])
    _forget(work, connection, [file for file, _ in staying])
    if broken:
        raise broken
    _let_go(work, connection, company.safe(file for file, _, _ in safe))
    return [fingerprint.size for _, _, fingerprint in safe]


def _forget(work: Work, connection: Connection, staying: Sequence[LedgerFile]) -> None:
    """Remove what came in of files that stay with others, and give back our locks on them."""
    for file in staying:
        work.inbound(file).unlink(missing_ok=True)
        _give_back(work, connection, file)


def _fetch_all(
    work: Work, connection: Connection, batch: Sequence[LedgerFile]
) -> list[tuple[str, Fingerprint] | EndpointError]:
    """Lock and fetch; return for each file where it is and what it is, or why it is not."""
    held = in_turn(batch, lambda file: _held(work, connection, file))
    paths = [work.inbound(file) for file in batch]
    pairs = zip(held, paths, strict=True)
    wanted = [(file, path) for file, path in pairs if isinstance(file, RemoteFile)]
    answers = iter(connection.fetch_many(wanted))
    return [
        _kept(work, connection, file, _stored(work, file, path, next(answers)))
        if isinstance(one, RemoteFile)
        else one
        for file, one, path in zip(batch, held, paths, strict=True)
    ]


def _kept(
    work: Work,
    connection: Connection,
    file: LedgerFile,
    stored: tuple[str, Fingerprint] | EndpointError,
) -> tuple[str, Fingerprint] | EndpointError:
    """Give back our own lock on a file that stays; the lock of somebody else is not ours to lift."""
    if isinstance(stored, EndpointError) and not isinstance(stored, Unreachable):
        _give_back(work, connection, file)
    return stored


def _stored(
    work: Work, file: LedgerFile, path: Path, fetched: Fingerprint | EndpointError
) -> tuple[str, Fingerprint] | EndpointError:
    if isinstance(fetched, EndpointError):
        return fetched
    problem = not_whole(work.source, file, path) or not_promised(work.source, file, fetched)
    if problem:
        path.unlink()
        return problem
    return work.folder.relative(path), fetched


def _record(
    work: Work,
    safe: Sequence[tuple[LedgerFile, str, Fingerprint]],
    refused: Sequence[tuple[LedgerFile, HubError]],
) -> None:
    work.folder.sync([stored for _, stored, _ in safe])
    with work.ledger.write() as book:
        book.stored((file.id, stored, fingerprint) for file, stored, fingerprint in safe)
        for file, reason in refused:
            book.left(file.id, reason)
            book.change(work.id, "FILES_INBOUND", f"left at the source: {file.name}", str(reason))
    for _, stored, _ in safe:
        work.trust(stored)


def _held(work: Work, connection: Connection, file: LedgerFile) -> RemoteFile:
    """Lock a file; a lock that a run of this hub has left behind is taken away.

    Raises:
        Locked: somebody else has it.
    """
    how = work.source.locking
    if how is Locking.NO_LOCKING:
        return file.remote
    held = connection.lock(file.remote, work.id, how)
    if held is None and _is_stale(work, owner := connection.locked_by(file.remote, how)):
        connection.unlock(file.remote, owner, how)
        work.change("FILES_INBOUND", f"stale lock removed: {file.name}", f"left by {owner}")
        held = connection.lock(file.remote, work.id, how)
    if held is None:
        raise Locked(
            "Somebody else has locked the file",
            where=f"{file.endpoint}:{file.path}",
            remedy="Wait until the lock is gone, or remove it if its owner is dead",
        )
    return held


def _is_stale(work: Work, owner: str) -> bool:
    """Tell whether a lock is of an execution of this hub that has ended."""
    with work.ledger.read() as book:
        execution = book.execution(owner) if owner else None
    return execution is not None and execution.outcome is not Outcome.OPEN


def _give_back(work: Work, connection: Connection, file: LedgerFile) -> None:
    if work.source.locking is not Locking.NO_LOCKING:
        connection.unlock(file.remote, work.id, work.source.locking)


def _let_go(work: Work, connection: Connection, safe: Sequence[LedgerFile]) -> None:
    """Dispose of originals whose bytes the ledger proves; a crash here is made good by a repeat."""
    safe, broken = _without_done_files(work, connection, safe)
    source = work.source
    if source.locking is Locking.NO_LOCKING:
        files = [file.remote for file in safe]
        answers = connection.acknowledge_many(files, source.after_pickup, source.move_to)
    else:
        answers = in_turn(safe, lambda file: _dispose_locked(work, connection, file))
    done: list[int] = []
    for file, answer in zip(safe, answers, strict=True):
        if isinstance(answer, FileChanged):
            # A new file under the old name: ours is gone, theirs is for the next run.
            work.change("FILES_INBOUND", f"replaced at the source: {file.name}", str(answer))
        elif isinstance(answer, EndpointError):
            broken = broken or answer
            continue
        done.append(file.id)
    with work.ledger.write() as book:
        book.disposed(done, keep_claim=source.after_pickup is AfterPickup.KEEP)
    if broken:
        raise broken


def _without_done_files(
    work: Work, connection: Connection, safe: Sequence[LedgerFile]
) -> tuple[Sequence[LedgerFile], EndpointError | None]:
    """Dispose of done-files; return the files that have none now, and why others still have one."""
    vouched = {file.id: one for file in safe if (one := done_file_of(file.facts))}
    if not vouched:
        return safe, None
    source = work.source
    answers = connection.acknowledge_many(
        list(vouched.values()), source.after_pickup, source.move_to
    )
    failed = {
        file: answer
        for file, answer in zip(vouched, answers, strict=True)
        # A new done-file under the old name is for the sender's next document.
        if isinstance(answer, EndpointError) and not isinstance(answer, FileChanged)
    }
    return [one for one in safe if one.id not in failed], next(iter(failed.values()), None)


def _dispose_locked(work: Work, connection: Connection, file: LedgerFile) -> str:
    source = work.source
    held: RemoteFile | None = file.remote
    if source.locking is Locking.RENAME:
        held = connection.lock(file.remote, work.id, source.locking)
    try:
        if held is None:
            return "was gone already"
        return _disposed(work, connection, file, held)
    finally:
        _give_back(work, connection, file)


def _disposed(work: Work, connection: Connection, file: LedgerFile, held: RemoteFile) -> str:
    source = work.source
    try:
        return connection.acknowledge(held, source.after_pickup, source.move_to)
    except Locked:
        # A run that died has left our own lock there, which this session does not hold yet.
        if source.locking is not Locking.SERVER_LOCK:
            raise
        if connection.lock(file.remote, work.id, source.locking) is None:
            raise
        return connection.acknowledge(held, source.after_pickup, source.move_to)
