"""What archives that the hub makes have in common: names and times that a repeat makes again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from transforms.document import Document
from transforms.errors import StepFailed
from transforms.names import facts_of, render, safe_name

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first time that a ZIP archive can hold (APPNOTE.TXT 4.4.6)."""


def time_of(document: Document) -> datetime:
    """Return the time that belongs to a document: that of its fetch, else the earliest."""
    date = document.facts.get("date")
    return max(datetime.fromisoformat(date), EARLIEST) if date else EARLIEST


def named(template: str, document: Document, **more: object) -> str:
    """Return the name that a template makes for a document.

    Raises:
        StepFailed: the template names what is not known of it.
        NameNotAllowed: it makes a name that no file may have.
    """
    present = facts_of(document.name)
    own = {key: present[key] for key in ("name", "stem", "suffix")}
    return safe_name(render(template, {**present, **document.facts, **own, **more}))


def check_distinct(documents: Sequence[Document], where: str) -> None:
    """See that no two documents have one name.

    Raises:
        StepFailed: they have.
    """
    names = [document.name.casefold() for document in documents]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise StepFailed(
            f"Two documents are called {twice}", where=where, remedy="Rename them before this step"
        )
