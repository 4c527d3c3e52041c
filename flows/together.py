"""What goes together once it is claimed: the parts of a bundle, or all files of an execution.

The source lets go of none before all of them are safe; steps begin with none before all have come
in; none is delivered while another one cannot be. All of it is read from the ledger's rows, so a
crash changes nothing, and a person who mends the one lets the others go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from blocks.endpoint import display
from blocks.ledger import Delivery, DeliveryState, FileState, LedgerFile, Purpose
from blocks.ledger.rows import ASIDE, ENDS
from flows.rounds import STATE
from flows.source import BundleKind
from flows.work import Work
from transforms.errors import BundleBroken, BundleIncomplete, HubError, Retry

ALL = "*"
"""The company of all files of an execution."""

REOPENED = "BUNDLE_BROKEN"
"""Why a delivery waits only for others: once these can go, it goes too."""

COMING = (FileState.CLAIMED, FileState.STORED)


def company_of(work: Work, one: LedgerFile | Delivery) -> str:
    """Return what a file, or a document, goes together with; "" if it goes alone."""
    if isinstance(one, Delivery) and one.purpose is not Purpose.FIRST:
        # A person, or a drain, has chosen this one.
        return ""
    return ALL if work.definition.all_or_nothing else one.bundle


def have_companies(work: Work) -> bool:
    """Tell whether anything in an execution goes together."""
    return work.definition.all_or_nothing or work.source.bundle.kind is not BundleKind.NONE


# -- at the source --------------------------------------------------------------------------


class Company:
    """Who still has to come, and who waits for them.

    Args:
        work: the execution.
        files: its files, as the ledger has them.
    """

    def __init__(self, work: Work, files: Sequence[LedgerFile]) -> None:
        """Begin with what an earlier attempt has left."""
        self._work = work
        self._coming: dict[str, dict[int, LedgerFile]] = {}
        self._safe: dict[str, list[LedgerFile]] = {}
        self._left: set[int] = set()
        for one in files:
            if one.state is FileState.CLAIMED and (key := company_of(work, one)):
                self._coming.setdefault(key, {})[one.id] = one

    def safe(self, files: Iterable[LedgerFile]) -> list[LedgerFile]:
        """Note that files are safe; return what the source may let go of now."""
        free: list[LedgerFile] = []
        for one in files:
            key = company_of(self._work, one)
            if not key:
                free.append(one)
                continue
            coming = self._coming.get(key, {})
            coming.pop(one.id, None)
            self._safe.setdefault(key, []).append(one)
            if not coming:
                free += self._safe.pop(key)
        return free

    def staying_with(self, refused: Sequence[LedgerFile]) -> list[tuple[LedgerFile, HubError]]:
        """Return who stays at the source because these do, each with its reason."""
        own = {one.id for one in refused}
        self._left |= own
        staying: list[tuple[LedgerFile, HubError]] = []
        for one in refused:
            key = company_of(self._work, one)
            others = [*self._coming.pop(key, {}).values(), *self._safe.pop(key, [])]
            for other in others if key else []:
                if other.id not in own:
                    self._left.add(other.id)
                    staying.append((other, _stays(other, one)))
        return staying

    def not_left(self, files: Sequence[LedgerFile]) -> list[LedgerFile]:
        """Leave out the files that stay at the source."""
        return [one for one in files if one.id not in self._left]


def _stays(file: LedgerFile, because_of: LedgerFile) -> BundleIncomplete:
    return BundleIncomplete(
        f"It goes together with {because_of.name}, which stays at the source",
        where=f"{file.endpoint}:{display(file.path)}",
        remedy="See what keeps that file; a later run takes both",
    )


def all_in(work: Work, files: Sequence[LedgerFile]) -> set[int]:
    """Return the ids of the files of which nothing that goes with them is still to come in."""
    coming = {company_of(work, one) for one in files if one.state is FileState.CLAIMED} - {""}
    return {one.id for one in files if company_of(work, one) not in coming}


# -- on the way out -------------------------------------------------------------------------


def held_back(work: Work) -> dict[int, HubError]:
    """Return which deliveries must not begin, because what goes with them cannot go, and why."""
    if not have_companies(work):
        return {}
    with work.ledger.read() as book:
        files, deliveries = book.files(work.id), book.deliveries(work.id)
    absent = _absent(work, files)
    stuck: dict[tuple[str, str], Delivery] = {}
    for one in deliveries:
        if _is_stuck(one) and not work.by_person:
            stuck.setdefault((company_of(work, one), one.recipient), one)
    held: dict[int, HubError] = {}
    for one in deliveries:
        key = company_of(work, one)
        if not key or one.state in (*ENDS, DeliveryState.STAGED) or _is_stuck(one):
            continue
        if key in absent:
            held[one.id] = absent[key]
        elif (key, one.recipient) in stuck:
            refused = stuck[key, one.recipient]
            held[one.id] = broken_by(refused.name, refused.error)
    return held


def _absent(work: Work, files: Sequence[LedgerFile]) -> dict[str, HubError]:
    """Return for each company that is not complete why it is not; what needs a person counts first."""
    found: dict[str, HubError] = {}
    for one in files:
        key = company_of(work, one)
        known = found.get(key)
        if not key or (known and known.retry is Retry.NEVER):
            continue
        if one.state in (*ASIDE, FileState.LEFT):
            found[key] = broken_by(one.name, one.error)
        elif one.state in COMING:
            found[key] = BundleIncomplete(
                f"{one.name}, which goes with it, is not ready: {one.error or one.state}",
                where=f"execution {work.id}",
                remedy="Wait; the hub continues by itself",
            )
    return found


def _is_stuck(delivery: Delivery) -> bool:
    return (
        delivery.state is DeliveryState.FAILED
        and delivery.retry == Retry.NEVER
        and delivery.code != REOPENED
    )


def broken_by(name: str, reason: str) -> BundleBroken:
    """Say that a document does not go because another one, which goes with it, was refused."""
    return BundleBroken(
        f"{name}, which goes with it, was refused: {reason.rstrip('.')}",
        where=name,
        remedy="Mend that one or give it up, then resume the execution",
    )


def note_held_back(work: Work) -> None:
    """Write down which deliveries are held back, and why, where that is new."""
    held = held_back(work)
    if not held:
        return
    with work.ledger.write() as book:
        known = {one.id: one.error for one in book.deliveries(work.id)}
        fresh = {one: error for one, error in held.items() if known[one] != str(error)}
        for one, error in fresh.items():
            book.held_back(one, error)
        for text in dict.fromkeys(map(str, fresh.values())):
            count = sum(str(error) == text for error in fresh.values())
            book.change(work.id, STATE, f"{count} deliveries held back", text)


def batches(work: Work, waiting: Sequence[Delivery], at_once: int) -> Iterator[list[Delivery]]:
    """Cut deliveries into batches of about this size; what goes together stays together.

    A company that is larger goes alone; where only one document goes at a time, all are cut.
    """
    groups: dict[str, list[Delivery]] = {}
    for one in waiting:
        key = company_of(work, one) if at_once > 1 else ""
        groups.setdefault(key or f"{one.id}", []).append(one)
    batch: list[Delivery] = []
    for group in groups.values():
        if batch and len(batch) + len(group) > at_once:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch
