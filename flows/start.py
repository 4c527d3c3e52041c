"""What is there to do: unfinished executions first, then the files that wait at the source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from blocks.endpoint import Endpoint, RemoteFile
from blocks.ledger import Execution, Outcome
from flows.definition import Transfer
from flows.selection import Picked, pick
from flows.verdict import FAILED, NO_FILES, Verdict
from flows.work import Hub
from transforms.errors import DefinitionWrong, FileAbandoned


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
            return book.unfinished(definition.name)
    for execution in retried:
        _refuse_if_held(execution)
    return retried


def _refuse_if_held(execution: Execution) -> None:
    if execution.held:
        raise DefinitionWrong(
            f"This execution is held: {execution.held}",
            where=f"execution {execution.id}",
            remedy="Release it first, by the deployment `release`",
        )


def nothing(definition: Transfer, picked: Picked) -> Verdict:
    """Judge a source without files to take."""
    source = definition.source
    where = f"{source.endpoint}:{source.directory or '/'}"
    if picked.abandoned:
        return Verdict.failed(
            FileAbandoned(
                f"Files wait for their done-files for more than {source.incomplete_after:g} h",
                where=f"{where}: {', '.join(picked.abandoned)}",
                remedy="Ask the sender for the done-files, or remove the files",
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
    _refuse_if_held(found)
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

    return pick(source, partial(hub.pool.connection, endpoint), unclaimed)


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
    )
    with hub.ledger.read() as book:
        if not book.unclaimed(definition.source.endpoint, [one.file for one in picked.chosen]):
            return None
    with hub.ledger.write() as book:
        book.begin(execution)
        claimed = book.claim(
            run, definition.source.endpoint, [(one.file, one.facts) for one in picked.chosen]
        )
        where = f"{definition.source.endpoint}:{definition.source.directory or '/'}"
        left = f", {picked.left}" if picked.left else ""
        book.change(run, "INITIATED", "files claimed", f"{claimed} files at {where}{left}")
        if picked.abandoned:
            paths = ", ".join(picked.abandoned)
            book.change(run, "INITIATED", "done-files are missing for long", paths)
    return execution
