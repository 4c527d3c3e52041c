"""What is there to do: unfinished executions first, then the files that wait at the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial

from blocks.endpoint import Endpoint, RemoteFile, display
from blocks.ledger import BUNDLE, Book, Execution, Outcome
from flows.bundle_selection import pick_bundles
from flows.definition import Transfer
from flows.selection import Picked, pick
from flows.source import BundleKind, LateParts
from flows.verdict import FAILED, NO_FILES, Verdict
from flows.work import Hub
from transforms.errors import (
    BundleIncomplete,
    DefinitionWrong,
    FileAbandoned,
    LatePart,
    StoreUnavailable,
)


def earlier(hub: Hub, definition: Transfer, run: str, resume_from: str) -> list[Execution]:
    """Find the executions that this run continues, oldest first.

    The one somebody asked for; else what this very run worked on before its Retry; else what
    earlier runs of the transfer left behind and the hub can continue by itself.
    """
    if resume_from:
        return [_to_resume(hub, definition, resume_from)]
    with hub.ledger.read() as book:
        retried = book.executions_of_run(run)
        if not retried:
            return book.unfinished(definition.name, hub.home_name)
    for execution in retried:
        _check(hub, execution)
    return retried


def _check(hub: Hub, execution: Execution) -> None:
    """Look whether this run may go on with an execution.

    Raises:
        DefinitionWrong: a person holds it.
        StoreUnavailable: its files lie on another machine.
    """
    check_home(hub, execution)
    if execution.held:
        raise DefinitionWrong(
            f"This execution is held: {execution.held}",
            where=f"execution {execution.id}",
            remedy="Release it first, by the deployment `release`",
        )


def check_home(hub: Hub, execution: Execution) -> None:
    """Look whether the bytes of an execution lie where this run works.

    Raises:
        StoreUnavailable: they lie on another machine.
    """
    with hub.ledger.read() as book:
        stored = any(one.stored for one in book.files(execution.id))
    if stored and execution.home not in ("", hub.home_name):
        raise StoreUnavailable(
            f"The files of this execution lie in the home directory {execution.home}",
            where=f"execution {execution.id}",
            remedy="Run it by a worker of that machine, or let both share the directory",
        )


def nothing(definition: Transfer, picked: Picked) -> Verdict:
    """Judge a source without files to take."""
    source = definition.source
    where = f"{source.endpoint}:{source.directory or '/'}"
    if picked.abandoned:
        bundles = source.bundle.kind is not BundleKind.NONE
        missing = "what is missing of their bundles" if bundles else "their done-files"
        return Verdict.failed(
            FileAbandoned(
                f"Files wait for {missing} for more than {source.incomplete_after:g} h",
                where=f"{where}: {', '.join(picked.abandoned)}",
                remedy="Ask the sender for what is missing, or remove the files",
            )
        )
    if picked.left or not source.fail_if_empty:
        waiting = f" ({picked.left})" if picked.left else ""
        return Verdict(NO_FILES, f"No new files at the source{waiting}", Outcome.DONE)
    message = f"No file was found ({where}). Ask the sender, or allow an empty source."
    return Verdict(f"{FAILED}NO_FILES", message, Outcome.DONE)


def _to_resume(hub: Hub, definition: Transfer, execution: str) -> Execution:
    """Find the execution that somebody asked to continue.

    Raises:
        DefinitionWrong: there is none of that id, or it belongs to another transfer.
    """
    with hub.ledger.read() as book:
        found = book.execution(execution.strip())
    if found is None:
        raise DefinitionWrong(
            "There is no such execution",
            where=f"resume_from={execution}",
            remedy="Copy the id from the run's page or from `govmanager executions`",
        )
    _check(hub, found)
    if found.transfer != definition.name:
        raise DefinitionWrong(
            f"This execution belongs to the transfer {found.transfer!r}",
            where=f"resume_from={execution}",
            remedy="Start the run from that transfer's deployment",
        )
    return found


def waiting_files(hub: Hub, definition: Transfer, endpoint: Endpoint) -> Picked:
    """Look at the source and choose what no execution has claimed, up to the cap.

    Raises:
        EndpointError: the source cannot be listed.
    """
    source = definition.source

    def unclaimed(files: Sequence[RemoteFile]) -> list[RemoteFile]:
        with hub.ledger.read() as book:
            return book.unclaimed(source.endpoint, files)

    def sent(keys: Collection[str]) -> dict[str, set[str]]:
        with hub.ledger.read() as book:
            return book.bundles(definition.name, keys)

    connect = partial(hub.pool.connection, endpoint)
    if source.bundle.kind is BundleKind.NONE:
        return pick(source, connect, unclaimed)
    return pick_bundles(source, connect, unclaimed, sent)


def claim(hub: Hub, definition: Transfer, run: str, picked: Picked) -> Execution | None:
    """Begin an execution and claim its files, both or neither.

    Returns:
        The execution, or None if others claimed every file first.
    """
    execution = Execution(
        id=run,
        run=run,
        transfer=definition.name,
        group_name=definition.group,
        kdnr=definition.kdnr,
        definition=definition.model_dump(mode="json"),
        state="INITIATED",
        message="",
        outcome=Outcome.OPEN,
        started_at=datetime.now(UTC),
        ended_at=None,
        home=hub.home_name,
    )
    with hub.ledger.read() as book:
        if not book.unclaimed(definition.source.endpoint, [one.file for one in picked.chosen]):
            return None
    with hub.ledger.write() as book:
        book.begin(execution)
        claimed = book.claim(
            run, definition.source.endpoint, [(one.file, one.facts) for one in picked.chosen]
        )
        bundle = definition.source.bundle
        where = f"{definition.source.endpoint}:{definition.source.directory or '/'}"
        left = f", {picked.left}" if picked.left else ""
        book.change(run, "INITIATED", "files claimed", f"{claimed} files at {where}{left}")
        if picked.abandoned:
            paths = ", ".join(picked.abandoned)
            missing = "done-files" if bundle.kind is BundleKind.NONE else "parts of bundles"
            book.change(run, "INITIATED", f"{missing} are missing for long", paths)
        if picked.late and bundle.late_parts is LateParts.SEND:
            book.change(run, "INITIATED", "late parts go alone", ", ".join(picked.late))
        if bundle.kind is not BundleKind.NONE:
            _leave_torn_ones(book, run, picked)
    return execution


def _leave_torn_ones(book: Book, run: str, picked: Picked) -> None:
    """Let go of bundles of which another run has claimed a part meanwhile."""
    expected = Counter(one.facts[BUNDLE] for one in picked.chosen)
    files = book.files(run)
    claimed = Counter(file.bundle for file in files)
    for file in files:
        if claimed[file.bundle] < expected[file.bundle]:
            error = BundleIncomplete(
                "Another run has taken a part of its bundle",
                where=f"{file.endpoint}:{display(file.path)}",
                remedy="Wait for the next run, which judges what is left",
            )
            book.left(file.id, error)


def late_parts(definition: Transfer, picked: Picked) -> Verdict | None:
    """Judge files whose bundles have gone already, if they are to be reported."""
    source = definition.source
    if not picked.late or source.bundle.late_parts is LateParts.SEND:
        return None
    return Verdict.failed(
        LatePart(
            "Files belong to bundles that were taken already, and are left at the source",
            where=f"{source.endpoint}: {', '.join(picked.late)}",
            remedy="Send them by hand, remove them, or set late_parts to SEND",
        )
    )
