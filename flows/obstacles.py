"""Why a target is not even asked: its windows, its holidays, or failures without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from blocks.endpoint import Endpoint
from blocks.ledger import Health
from flows.availability import closed_until
from flows.definition import Target
from flows.work import Work, local_time
from transforms.errors import EndpointError, EndpointPaused, TargetClosed, Unreachable


def closed(target: Target) -> tuple[EndpointError, datetime] | None:
    """Return why a target may not be used now by its definition, and when it may be."""
    until = closed_until(target.closed, target.closed_on_holidays, datetime.now(UTC))
    if until is None:
        return None
    error = TargetClosed(
        f"It is closed until {local_time(until)}",
        where=target.endpoint,
        remedy="Wait until it opens; the hub continues by itself",
    )
    return error, until


def health(work: Work, name: str) -> Health | None:
    """Read what the hub remembers of an endpoint that failed."""
    with work.ledger.read() as book:
        return book.health(name)


def paused(work: Work, name: str, known: Health | None) -> tuple[EndpointError, datetime] | None:
    """Return why an endpoint is left alone for a while; a person who asks for a run overrules it."""
    if not known or not known.closed_until or work.by_person:
        return None
    if known.closed_until <= datetime.now(UTC):
        return None
    error = EndpointPaused(
        f"It failed {known.failures} times in a row, last at {local_time(known.at)}: {known.error}",
        where=name,
        remedy="Mend it; the hub tries again by itself, and at once when a person resumes",
    )
    return error, known.closed_until


def remember(work: Work, name: str, endpoint: Endpoint, error: Unreachable) -> None:
    """Count one more failure; when there are too many, the endpoint is left alone for a while."""
    with work.ledger.write() as book:
        known = book.health(name)
        failures = known.failures + 1 if known else 1
        until = None
        if failures >= endpoint.pause_after:
            until = datetime.now(UTC) + timedelta(seconds=endpoint.pause_seconds)
        book.broke(name, error, until)


def forget(work: Work, name: str, known: Health | None) -> None:
    """Note that an endpoint works again."""
    if known:
        with work.ledger.write() as book:
            book.worked(name)
