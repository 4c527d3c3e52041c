"""Cleans up at endpoints what dead runs of this hub left there, once it is old."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Annotated

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed
from pydantic import Field

from blocks.endpoint import display
from blocks.ledger import Ledger
from blocks.pool import Pool
from flows.leftovers import Rules, Tidied, Tidy, Told, places
from flows.report import table
from flows.settings import Settings
from flows.verdict import FAILED
from flows.work import load_endpoint, local_time
from transforms.errors import DefinitionWrong, HubError

HEAD = ("Endpunkt", "Pfad", "Art", "Ausführung", "Geändert", "Bytes", "Getan", "Grund")


@flow(name="tidy", flow_run_name="tidy", persist_result=False)
async def tidy(
    endpoints: Sequence[str] = (),
    directories: Sequence[str] = (),
    *,
    recursive: bool = False,
    older_than_hours: Annotated[float, Field(ge=0)] = 24,
    foreign: bool = False,
    dry_run: bool = False,
) -> State[None]:
    """Remove temporary files and locks that ended executions left, and give documents back.

    What an unfinished execution may need is never touched, nor what another hub may need.

    Args:
        endpoints: Blocks of endpoints, as type/name; none: all that transfers have used.
        directories: Directories below the base directories; none: those that transfers have used.
        recursive: Look into the directories below the given ones too.
        older_than_hours: Leave alone what changed, or whose execution ended, later than that.
        foreign: Also remove what this hub's ledger does not know. Only where no other hub works!
        dry_run: Only show what would be done.
    """
    rules = Rules(timedelta(hours=older_than_hours), foreign=foreign, dry_run=dry_run)
    log = get_run_logger().info
    try:
        done = await tidy_up(rules, endpoints, directories, recursive=recursive, told=log)
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    if rows := [*map(row, done.found), *map(problem_row, done.problems)]:
        await acreate_markdown_artifact(
            key="tidy", markdown=table(HEAD, rows, len(rows)), description="Aufgeräumt"
        )
    if done.problems:
        name, problem = done.problems[0]
        return Failed(name=FAILED + problem.code, message=f"{summary(done)} {name}: {problem}")
    return Completed(message=summary(done))


async def tidy_up(
    rules: Rules,
    endpoints: Sequence[str],
    directories: Sequence[str],
    *,
    recursive: bool,
    told: Told,
) -> Tidy:
    """Go over the leftovers of endpoints.

    Args:
        rules: what may be removed.
        endpoints: as type/name; none: all that transfers have used.
        directories: below the base directories; none: those that transfers have used.
        recursive: look below `directories` too.
        told: called with one line for each removal.

    Returns:
        What was found and what became of it, and where it could not be looked.

    Raises:
        HubError: the ledger cannot be opened.
    """
    settings = Settings()
    ledger = await asyncio.to_thread(Ledger, settings.ledger, settings.home / "locks")
    work = Tidy(ledger, Pool(settings.home / "connections"), rules, told)
    try:
        with ledger.read() as book:
            where = places(book, endpoints, directories, recursive=recursive)
        for name, some in groupby(where, key=lambda one: one.endpoint):
            try:
                loaded = await load_endpoint(name)
            except DefinitionWrong as error:
                work.problems.append((name, error))
                continue
            await asyncio.to_thread(work.endpoint, name, loaded, list(some))
            await asyncio.to_thread(work.pool.close_idle)
    finally:
        ledger.dispose()
    return work


def row(one: Tidied) -> tuple[str, ...]:
    """Return one leftover as people read it, in the order of `HEAD`."""
    leftover = one.leftover
    moment = local_time(leftover.modified)
    where = (one.endpoint, display(leftover.path), leftover.kind, one.execution)
    return (*where, moment, str(leftover.size), one.done or "left", one.why)


def problem_row(one: tuple[str, HubError]) -> tuple[str, ...]:
    """Return why it could not be looked somewhere, in the order of `HEAD`."""
    name, error = one
    return (name, "", "", "", "", "", "cannot be looked at", str(error))


def summary(done: Tidy) -> str:
    """Return what was found and done in one sentence."""
    cleaned = sum(1 for one in done.found if one.done)
    would = "would be " * done.rules.dry_run
    left = len(done.found) - cleaned
    return f"{len(done.found)} leftovers found, {cleaned} {would}cleaned up, {left} left."
