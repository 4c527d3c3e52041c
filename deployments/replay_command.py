"""`govmanager replay`: what a transfer would make today of what it took before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deployments.files import read_transfers
from flows.definition import Transfer
from flows.replay import Outgoing, Period, Replayed, replay
from flows.settings import Settings
from transforms.errors import DefinitionWrong

out = Console()


def register(app: App) -> None:
    """Add the command."""
    app.command(_replay, name="replay")


def _replay(
    transfer: str,
    *,
    since: datetime,
    until: datetime | None = None,
    with_: Annotated[Path | None, Parameter(name="--with")] = None,
    keep: Path | None = None,
    every: Annotated[bool, Parameter(negative="")] = False,
) -> str:
    """Go over stored originals once more without sending anything, and show what would differ.

    Args:
        transfer: Its name.
        since: Executions begun at this time or later, such as 2026-11-01.
        until: And before this time; none: until now.
        with_: A file with another definition; none: each execution's own.
        keep: A new directory for what was made before and after, to be compared by other means.
        every: Show files for which nothing would differ too.
    """
    definition = _definition(with_) if with_ else None
    _check_keep(keep)
    period = Period(transfer, _aware(since), _aware(until or datetime.now(UTC)))
    table = Table("File", "Before", "After", title=escape(transfer))
    count = different = 0
    for one in replay(Settings(), period, definition, keep):
        count += 1
        different += not one.same
        if every or not one.same:
            table.add_row(escape(one.file.name), *map(escape, _sides(one)))
    if table.row_count:
        out.print(table)
    return f"{count} files, {different} would differ. Nothing was sent."


def _definition(path: Path) -> Transfer:
    found = read_transfers([path])
    if len(found) != 1:
        raise DefinitionWrong(
            f"There are {len(found)} transfers", where=str(path), remedy="Name the file of one"
        )
    return found[0].transfer


def _check_keep(keep: Path | None) -> None:
    if keep and keep.exists() and any(keep.iterdir()):
        raise DefinitionWrong(
            "The directory is not empty", where=str(keep), remedy="Name a new one"
        )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()


def _sides(one: Replayed) -> tuple[str, str]:
    if one.same:
        return _told(one.before, one.was_refused), "the same"
    before = tuple(sent for sent in one.before if sent not in one.after)
    after = tuple(sent for sent in one.after if sent not in one.before)
    return _told(before, one.was_refused), _told(after, one.is_refused)


def _told(made: tuple[Outgoing, ...], refused: str) -> str:
    if refused:
        return f"refused: {refused}"
    lines = [f"{one.recipient}: {one.place or '?'} ({one.sha256[:12]})" for one in made]
    return "\n".join(lines) or "nothing"
