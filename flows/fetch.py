"""From the source into the execution folder: choose, claim, copy, make durable, let go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from prefect.logging import get_run_logger

from blocks.endpoint import AfterPickup, Connection, Endpoint, Locking, RemoteFile, display
from blocks.guard import retrying
from blocks.ledger import FileState, LedgerFile, Outcome
from flows.definition import Order, Selection, Source
from flows.work import Work, copied, protocol_of
from transforms.document import Fingerprint
from transforms.errors import (
    EndpointError,
    FileChanged,
    FileMissing,
    Locked,
    NameNotAllowed,
)
from transforms.names import matcher, safe_name

AT_ONCE = 50
"""Files that share one durable ledger entry before their originals are let go."""

STAYS = (FileMissing, FileChanged, NameNotAllowed, Locked)
"""Errors that concern one file only; the others of the source go on."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a transfer will take, with the facts its name gave."""

    file: RemoteFile
    facts: dict[str, str]


def look(source: Source, endpoint: Endpoint) -> list[RemoteFile]:
    """List the source, with its retries.

    Raises:
        EndpointError: it cannot be listed.
    """

    def attempt() -> list[RemoteFile]:
        with endpoint.connect() as connection:
            recursive = source.selection is Selection.RECURSIVE
            return list(connection.list_files(source.directory, recursive=recursive))

    return retrying(
        attempt,
        attempts=source.retries.attempts,
        seconds_between=source.retries.seconds_between,
        told=lambda error, number: get_run_logger().warning("Attempt %d: %s", number, error),
    )


def choose(source: Source, listed: Iterable[RemoteFile], now: datetime) -> list[Chosen]:
    """Choose from a listing by expression and age, in order; the cap comes after the claims.

    Names that no recipient could take (path parts, control characters, not UTF-8) are left at
    the source and logged.
    """
    match = matcher(source.post_selection, source.expression)
    youngest = now - timedelta(seconds=source.minimum_age)
    chosen = []
    for file in listed:
        if file.modified and file.modified > youngest and source.minimum_age:
            continue
        facts = match(display(file.name))
        if facts is None or _is_moved_already(source, file) or not _takeable(file):
            continue
        chosen.append(Chosen(file, facts))
    return sorted(chosen, key=lambda one: _place(source.order, one.file))


def _is_moved_already(source: Source, file: RemoteFile) -> bool:
    """Tell whether a file lies where this transfer moves what it has taken.

    A recursive listing shows such files again, under a path that no claim knows.
    """
    if source.after_pickup is not AfterPickup.MOVE:
        return False
    return f"/{source.move_to.strip('/')}/" in f"/{file.path}"


def _takeable(file: RemoteFile) -> bool:
    try:
        safe_name(file.name)
    except NameNotAllowed as error:
        get_run_logger().error("Left at the source: %s", error)
        return False
    return True


def _place(order: Order, file: RemoteFile) -> tuple[float, str]:
    moment = (file.modified or datetime.fromtimestamp(0, UTC)).timestamp()
    age = {Order.NAME: 0.0, Order.OLDEST: moment, Order.NEWEST: -moment}[order]
    return age, file.path


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
    with work.ledger.read() as book:
        every = book.files(work.id)
    to_dispose = [one for one in every if one.stored and not one.disposed]
    to_fetch = [one for one in every if one.state is FileState.CLAIMED]
    if not to_dispose and not to_fetch:
        return "nothing left to fetch"
    began = time.monotonic()
    sizes: list[int] = []
    with endpoint.connect() as connection:
        _let_go(work, connection, to_dispose)
        for start in range(0, len(to_fetch), AT_ONCE):
            sizes += _fetch_batch(work, connection, to_fetch[start : start + AT_ONCE])
    details = copied(protocol_of(work.source.endpoint), sizes, time.monotonic() - began)
    if sizes:
        work.change("FILES_INBOUND", "fetch", details)
    return details


def _fetch_batch(work: Work, connection: Connection, batch: Sequence[LedgerFile]) -> list[int]:
    safe: list[tuple[LedgerFile, str, Fingerprint]] = []
    refused: list[tuple[LedgerFile, EndpointError]] = []
    broken: EndpointError | None = None
    for file in batch:
        try:
            safe.append((file, *_fetch_one(work, connection, file)))
        except STAYS as error:
            refused.append((file, error))
        except EndpointError as error:
            broken = error
            break
    _record(work, safe, refused)
    if broken:
        raise broken
    _let_go(work, connection, [file for file, _, _ in safe])
    return [fingerprint.size for _, _, fingerprint in safe]


def _record(
    work: Work,
    safe: Sequence[tuple[LedgerFile, str, Fingerprint]],
    refused: Sequence[tuple[LedgerFile, EndpointError]],
) -> None:
    work.folder.sync("inbound")
    with work.ledger.write() as book:
        book.stored((file.id, stored, fingerprint) for file, stored, fingerprint in safe)
        for file, reason in refused:
            book.left(file.id, reason)
            book.change(work.id, "FILES_INBOUND", f"left at the source: {file.name}", str(reason))


def _fetch_one(work: Work, connection: Connection, file: LedgerFile) -> tuple[str, Fingerprint]:
    held = _held(work, connection, file)
    try:
        path = work.folder.inbound(file.id, safe_name(file.name))
        fingerprint = connection.fetch(held, path)
    except STAYS:
        _give_back(work, connection, file)
        raise
    stored = work.folder.relative(path)
    work.trust(stored)
    return stored, fingerprint


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
    source = work.source
    done: list[LedgerFile] = []
    try:
        for file in safe:
            _dispose(work, connection, file)
            done.append(file)
    finally:
        with work.ledger.write() as book:
            keep_claim = source.after_pickup is AfterPickup.KEEP
            book.disposed([file.id for file in done], keep_claim=keep_claim)


def _dispose(work: Work, connection: Connection, file: LedgerFile) -> None:
    source, held = work.source, file.remote
    if source.locking is Locking.RENAME:
        renamed = connection.lock(file.remote, work.id, source.locking)
        if renamed is None:
            return
        held = renamed
    try:
        connection.acknowledge(held, source.after_pickup, source.move_to)
    except FileChanged as error:
        # A new file under the old name: ours is gone, theirs is for the next run.
        work.change("FILES_INBOUND", f"replaced at the source: {file.name}", str(error))
    _give_back(work, connection, file)
