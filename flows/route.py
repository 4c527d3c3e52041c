"""Which recipients get a document; a pure function of the definition and what is known of it."""

from __future__ import annotations

from flows.definition import Recipient, Transfer
from transforms.document import Document
from transforms.errors import NobodyGetsIt
from transforms.names import facts_fit


def recipients_of(definition: Transfer, document: Document) -> list[Recipient]:
    """Return who gets a document.

    Raises:
        NobodyGetsIt: nobody does.
    """
    found = [one for one in definition.recipients if facts_fit(document.facts, one.only_for)]
    if not found:
        asked = sorted({fact for one in definition.recipients for fact in one.only_for})
        known = ", ".join(f"{fact}={document.facts.get(fact, 'not known')}" for fact in asked)
        raise NobodyGetsIt(
            f"No recipient is for this document: {known}",
            where=document.name,
            remedy="Add a recipient for it, or drop it by the step `filter`, then resume",
        )
    return found
