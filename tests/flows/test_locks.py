"""Locks at the source: others are left alone, and what a dead run left behind is cleared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.office import Office, go

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
async def office(tmp_path: Path, home: Path) -> Office:
    """Open an office with one recipient."""
    office = Office(tmp_path / "office", home)
    await office.open()
    return office


@pytest.mark.parametrize("locking", ["LOCK_FILE", "RENAME"])
async def test_a_locked_file_arrives_and_leaves_no_lock(office: Office, locking: str) -> None:
    office.drop("a.xml")
    end = await go(office.definition(source={"locking": locking}))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == {"a.xml": b"<Antrag/>"}
    assert office.at("source") == {}


async def test_what_others_have_locked_is_left_until_they_are_done(office: Office) -> None:
    office.drop("a.xml")
    lock = office.drop("a.xml.lock", b"somebody else")
    definition = office.definition(source={"locking": "LOCK_FILE"})
    await go(definition)
    assert office.at("fachverfahren") == {}
    assert set(office.at("source")) == {"a.xml", "a.xml.lock"}
    lock.unlink()
    await go(definition)
    assert set(office.at("fachverfahren")) == {"a.xml"}
    assert office.at("source") == {}


async def test_the_lock_of_an_execution_that_has_ended_is_cleared(office: Office) -> None:
    definition = office.definition(source={"locking": "LOCK_FILE"})
    office.drop("a.xml")
    await go(definition)
    with office.ledger().read() as book:
        (ended,) = book.recent()
    office.drop("b.xml")
    office.drop("b.xml.lock", ended.id.encode())
    end = await go(definition)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {"a.xml", "b.xml"}
    assert office.at("source") == {}
    with office.ledger().read() as book:
        actions = [change.action for change in book.changes(book.recent()[0].id)]
    assert "stale lock removed: b.xml" in actions


async def test_a_flag_file_follows_each_document(office: Office) -> None:
    office.drop("a.xml")
    definition = office.definition()
    target = definition.recipients[0].targets[0].model_copy(update={"flag_file": "{stem}.ok"})
    recipient = definition.recipients[0].model_copy(update={"targets": [target]})
    await go(definition.model_copy(update={"recipients": [recipient]}))
    assert office.at("fachverfahren") == {"a.xml": b"<Antrag/>", "a.ok": b""}
