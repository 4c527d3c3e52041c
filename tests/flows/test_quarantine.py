"""One poisoned file: the others go on, and after so many attempts it waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from blocks.ledger import FileState, Outcome
from flows.definition import Transfer
from tests.flows.office import Office, go
from transforms.document import Document
from transforms.errors import FileIncomplete, HubError
from transforms.rename import Rename
from transforms.step import Workbench

pytestmark = pytest.mark.anyio

POISON = "gift.xml"


class Killed(BaseException):
    """What a run sees of kill -9: nothing after it."""


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home)
    await opened.open()
    return opened


@pytest.fixture
def definition(office: Office) -> Transfer:
    for name in ("a.xml", POISON, "z.xml"):
        office.drop(name)
    return office.definition(steps=[{"kind": "rename", "template": "{name}"}], quarantine_after=2)


def poisoned(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> list[str]:
    """Let a step fail over one file; return the names it is asked to work on."""
    seen: list[str] = []
    whole = Rename.apply

    def apply(self: Rename, document: Document, bench: Workbench) -> Sequence[Document]:
        seen.append(document.name)
        if document.name == POISON:
            raise error
        return whole(self, document, bench)

    monkeypatch.setattr(Rename, "apply", apply)
    return seen


def states(office: Office) -> tuple[dict[str, FileState], Outcome]:
    with office.ledger().read() as book:
        execution = book.recent()[0]
        return {one.name: one.state for one in book.files(execution.id)}, execution.outcome


@pytest.mark.parametrize("kind", ["dies", "fails"])
async def test_the_others_arrive_and_the_poisoned_one_is_set_aside(
    office: Office, definition: Transfer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    busy: HubError = FileIncomplete("It fails", where="a step", remedy="Try again")
    seen = poisoned(monkeypatch, Killed() if kind == "dies" else busy)
    for _ in range(3):
        try:
            await go(definition)
        except Killed:
            continue
    assert set(office.at("fachverfahren")) == {"a.xml", "z.xml"}
    assert states(office) == (
        {"a.xml": FileState.READY, POISON: FileState.QUARANTINED, "z.xml": FileState.READY},
        Outcome.WAITING,
    )
    assert seen.count(POISON) == definition.quarantine_after
    # What is set aside is not tried again by itself, and is whole when a person asks for it.
    assert (await go(definition)).name == "SUCCESS_NO_FILES"
    monkeypatch.undo()
    monkeypatch.setenv("GOVMANAGER_HOME", str(office.home))
    with office.ledger().read() as book:
        execution = book.recent()[0]
    assert execution.state == "PARTIALLY_SENT"
    end = await go(definition, resume_from=execution.id)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {"a.xml", POISON, "z.xml"}


async def test_the_same_bytes_again_wait_for_a_person(office: Office) -> None:
    guarded = {"same_content_within": 24}
    definition = office.definition(source=guarded)
    office.drop("a.xml", b"A")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    office.drop("b.xml", b"A")
    office.drop("c.xml", b"C")
    end = await go(definition)
    assert end.name == "PARTIALLY_SENT", end.message
    assert "It has the bytes of a.xml, taken at" in str(end.message)
    assert set(office.at("fachverfahren")) == {"a.xml", "c.xml"}
    with office.ledger().read() as book:
        execution = book.recent()[0]
    assert execution.outcome is Outcome.WAITING
    end = await go(definition, resume_from=execution.id)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren")["b.xml"] == b"A"


async def test_without_the_guard_the_same_bytes_are_a_new_document(office: Office) -> None:
    office.drop("a.xml", b"A")
    office.drop("b.xml", b"A")
    await go(office.definition())
    assert set(office.at("fachverfahren")) == {"a.xml", "b.xml"}
