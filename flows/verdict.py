"""How an execution ended, read from the ledger's rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from blocks.ledger import Delivery, DeliveryState, FileState, LedgerFile, Outcome, Purpose
from blocks.ledger.rows import ASIDE, ENDS
from flows.work import Work
from transforms.errors import HubError, Retry

NO_FILES = "SUCCESS_NO_FILES"
SENT = "SUCCESS_FILES_SEND"
PARTIALLY = "PARTIALLY_SENT"
HELD = "HELD"
DISCARDED = "DISCARDED"
"""Nothing is left, because a person gave it up."""

FAILED = "FAILED_"

WAITS = ("TARGET_CLOSED", "ENDPOINT_PAUSED")
"""Why a delivery may be open without anybody worrying: the hub knows when it goes on."""

BACK_OFF = (0, 120, 300, 900, 1800, 3600)
"""Seconds that an execution is left alone after its first, second, … run that did not finish it."""

HARMLESS = ("FILE_CHANGED", "FILE_INCOMPLETE", "BUNDLE_INCOMPLETE", "LOCKED")
"""Why a file may stay at its source without anybody worrying: a later run takes it."""


FOLLOWS = ("BUNDLE_BROKEN", "BUNDLE_INCOMPLETE")
"""Reasons that follow from what befell another file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an execution.

    Attributes:
        state: name as users know it, such as `SUCCESS_FILES_SEND` or `FAILED_UNREACHABLE`.
        message: counts, and the first reason where something failed.
        outcome: what is left to do, and for whom.
        continue_at: before this time no run continues by itself; None: the next one does.
    """

    state: str
    message: str
    outcome: Outcome
    continue_at: datetime | None = None

    @property
    def good(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.state in (NO_FILES, SENT, HELD, DISCARDED)

    @classmethod
    def failed(cls, error: HubError) -> Self:
        """Judge a run that failed before it had any execution."""
        return cls(FAILED + error.code, str(error), Outcome.DONE)


def conclude(work: Work, problem: HubError | None) -> Verdict:
    """Judge an execution, write its end into the ledger and its manifest into the folder.

    Args:
        work: the execution.
        problem: what ended the run early, if anything did.
    """
    with work.ledger.read() as book:
        files, deliveries = book.files(work.id), book.deliveries(work.id)
        runs = work.execution.runs
    verdict = judge(files, deliveries, problem)
    verdict = replace(verdict, continue_at=_continue_at(verdict, deliveries, runs))
    with work.ledger.write() as book:
        book.change(work.id, verdict.state, "end of run", verdict.message)
        book.close(work.id, verdict.state, verdict.message, verdict.outcome, verdict.continue_at)
    work.write_manifest(files, deliveries)
    return verdict


def _continue_at(verdict: Verdict, deliveries: Sequence[Delivery], runs: int) -> datetime | None:
    """Return when the hub goes on by itself: when a target opens, or the later the oftener."""
    if verdict.outcome is not Outcome.OPEN:
        return None
    due = [one.until for one in deliveries if one.state not in ENDS and one.retry != Retry.NEVER]
    known = [until for until in due if until]
    if due and len(known) == len(due):
        return min(known)
    seconds = BACK_OFF[min(runs, len(BACK_OFF) - 1)]
    return datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None


def judge(
    files: Sequence[LedgerFile], deliveries: Sequence[Delivery], problem: HubError | None = None
) -> Verdict:
    """Judge an execution by its files and deliveries."""
    arrived = [one for one in deliveries if one.state is DeliveryState.DELIVERED]
    unsent = [one for one in deliveries if one.state not in ENDS]
    # Who waits to be drained has the document by another way already.
    missed = [one for one in unsent if one.purpose is not Purpose.DRAINED]
    lost = [one for one in files if _is_lost(one)]
    waiting = [one for one in files if one.state in (FileState.CLAIMED, FileState.STORED)]
    reasons = [(one.code, one.error) for one in missed if one.error]
    reasons += [(one.code, one.error) for one in (*lost, *waiting) if one.error]
    if problem:
        reasons.insert(0, (problem.code, str(problem)))
    reasons += [(one.code, one.error) for one in files if one.state is FileState.LEFT]
    # What keeps a document from going counts more than what keeps others with it.
    reasons.sort(key=lambda one: one[0] in FOLLOWS)
    code, reason = reasons[0] if reasons else ("UNFINISHED", "")
    if not (missed or lost or waiting or problem):
        given_up = _given_up(files, deliveries)
        state = SENT if arrived else DISCARDED if given_up else NO_FILES
    elif missed and all(one.code in WAITS for one in missed) and not (lost or waiting or problem):
        state = HELD
    else:
        state = PARTIALLY if arrived else FAILED + code
    counts = _counts(files, deliveries)
    message = " ".join(filter(None, (counts, reason)))
    return Verdict(state, message, _outcome(unsent, waiting, lost))


def _is_lost(file: LedgerFile) -> bool:
    if file.state is FileState.LEFT:
        return file.code not in HARMLESS
    return file.state in ASIDE


def _outcome(
    missed: Sequence[Delivery], waiting: Sequence[LedgerFile], lost: Sequence[LedgerFile]
) -> Outcome:
    if waiting or any(one.retry != Retry.NEVER for one in missed):
        return Outcome.OPEN
    if missed or any(one.state in ASIDE for one in lost):
        return Outcome.WAITING
    return Outcome.DONE


def _given_up(
    files: Sequence[LedgerFile], deliveries: Sequence[Delivery]
) -> list[LedgerFile | Delivery]:
    kept = [one for one in deliveries if one.state is not DeliveryState.DISCARDED]
    # What was redirected is given up for one target only.
    wanted = {(one.document, one.recipient) for one in kept}
    return [
        *(one for one in files if one.state is FileState.DISCARDED),
        *(one for one in deliveries if (one.document, one.recipient) not in wanted),
    ]


def _counts(files: Sequence[LedgerFile], deliveries: Sequence[Delivery]) -> str:
    arrived = sum(one.state is DeliveryState.DELIVERED for one in deliveries)
    counted = {
        "open": sum(one.state not in ENDS for one in deliveries),
        "refused": sum(one.state in ASIDE for one in files),
        "ended by a step": sum(one.state is FileState.ENDED for one in files),
        "given up": len(_given_up(files, deliveries)),
        "left at the source": sum(one.state is FileState.LEFT for one in files),
    }
    parts = [f"{len(files)} files", f"{arrived} deliveries proven"]
    parts += [f"{count} {what}" for what, count in counted.items() if count]
    return ", ".join(parts) + "."
