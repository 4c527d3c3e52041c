"""What a changed definition would make of what was taken before, without sending anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.cli import main
from flows.definition import Transfer
from flows.replay import Period, Replayed, replay
from flows.settings import Settings
from tests.flows.office import Office, go
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.rename import Rename
from transforms.step import Workbench

pytestmark = pytest.mark.anyio

NAMED = [{"kind": "rename", "template": "alt_{name}"}]
OTHERWISE = [{"kind": "rename", "template": "neu_{name}"}]


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home)
    await opened.open()
    return opened


def again(transfer: str, definition: Transfer | None, keep: Path | None = None) -> list[Replayed]:
    now = datetime.now(UTC)
    period = Period(transfer, now - timedelta(days=1), now)
    return list(replay(Settings(), period, definition, keep))


async def sent(office: Office, **changes: Any) -> Transfer:
    definition = office.definition(**{"steps": NAMED, **changes})
    for name in ("a.xml", "b.xml"):
        office.drop(name, name.encode())
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    return definition


async def test_the_same_definition_makes_the_same_and_nothing_is_sent(office: Office) -> None:
    definition = await sent(office)
    office.collect()
    with office.ledger().read() as book:
        before = (book.recent(), book.deliveries(book.recent()[0].id))
    for by in (None, definition):
        found = again(definition.name, by)
        assert [one.file.name for one in found] == ["a.xml", "b.xml"]
        assert all(one.same for one in found)
    assert office.at("fachverfahren") == {}
    with office.ledger().read() as book:
        assert (book.recent(), book.deliveries(book.recent()[0].id)) == before


async def test_another_name_is_shown_file_by_file(office: Office, tmp_path: Path) -> None:
    definition = await sent(office)
    changed = definition.model_copy(update={"steps": office.definition(steps=OTHERWISE).steps})
    found = again(definition.name, changed, tmp_path / "kept")
    assert not any(one.same for one in found)
    assert [one.place for one in found[0].before] == ["/alt_a.xml"]
    assert [one.place for one in found[0].after] == ["/neu_a.xml"]
    kept = sorted(path.name for path in (tmp_path / "kept").rglob("*.xml"))
    assert kept == ["alt_a.xml", "alt_b.xml", "neu_a.xml", "neu_b.xml"]


async def test_what_would_not_be_selected_or_is_damaged_is_told(office: Office) -> None:
    definition = await sent(office)
    source = {"post_selection": "WILDCARD", "expression": "a*"}
    changed = office.definition(steps=NAMED, source=source)
    (damaged,) = office.home.glob("executions/*/inbound/*-a.xml")
    damaged.write_bytes(b"other")
    first, second = again(definition.name, changed)
    assert "not what the ledger says" in first.is_refused
    assert "does not take this name" in second.is_refused
    assert not first.same
    assert not second.same


async def test_what_was_refused_and_would_be_taken_now_differs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Rename, document: Document, bench: Workbench) -> Sequence[Document]:
        del self, bench
        raise DocumentInvalid("It is broken", where=document.name, remedy="Mend it")

    definition = office.definition(steps=NAMED)
    with monkeypatch.context() as patched:
        patched.setattr(Rename, "apply", refuse)
        office.drop("a.xml")
        assert (await go(definition)).name == "FAILED_DOCUMENT_INVALID"
        assert [one.same for one in again(definition.name, None)] == [True]
    (found,) = again(definition.name, None)
    assert "It is broken" in found.was_refused
    assert [one.place for one in found.after] == ["/alt_a.xml"]
    assert not found.same


async def test_the_command_shows_what_differs(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = await sent(office)
    path = tmp_path / "neu.yaml"
    changed = office.definition(steps=OTHERWISE).model_dump(mode="json")
    path.write_text(yaml.safe_dump(changed))
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    assert main(["replay", definition.name, "--since", since]) == 0
    assert "2 files, 0 would differ. Nothing was sent." in capsys.readouterr().out
    assert main(["replay", definition.name, "--since", since, "--with", str(path)]) == 0
    told = capsys.readouterr().out
    assert "neu_a.xml" in told
    assert "2 files, 2 would differ. Nothing was sent." in told
    assert main(["replay", "x", "--since", since, "--keep", str(tmp_path)]) == 1
