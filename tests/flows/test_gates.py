"""Nothing is taken before it is ready: temporary names, done-files, whole documents."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from blocks.endpoint import AfterPickup, RemoteFile
from blocks.filesystem import FileConnection
from flows.definition import Source
from tests.flows.office import Office, go, new_run, press_retry, start
from transforms.errors import EndpointError
from transforms.read_xml import not_well_formed

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"


def age(path: Path, seconds: float) -> None:
    """Let a file look as if it had last been changed so long ago."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def history_of(office: Office) -> list[tuple[str, str]]:
    with office.ledger().read() as book:
        changes = book.changes(book.recent()[0].id)
    return [(one.action, one.details) for one in changes]


# -- names ------------------------------------------------------------------------------------


async def test_temporary_names_are_left_alone_in_either_case(office: Office) -> None:
    temporary = ("a.TMP", "~$antrag.docx", ".antrag.xml.x7Qz", "antrag.xml~", "Thumbs.db", "a.part")
    for name in (*temporary, "antrag.xml"):
        office.drop(name)
    assert (await go(office.definition())).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"antrag.xml"}
    assert set(office.at("source")) == set(temporary)


async def test_an_operator_says_what_is_ignored(office: Office) -> None:
    for name in (".antrag.xml", "a.xml~", "Entwurf-1.xml"):
        office.drop(name)
    await go(office.definition(source={"ignore": ["entwurf-*"]}))
    assert set(office.at("fachverfahren")) == {".antrag.xml", "a.xml~"}


# -- done-files -------------------------------------------------------------------------------


async def test_a_document_waits_for_its_done_file_and_both_are_gone_then(office: Office) -> None:
    definition = office.definition(source={"done_file": "{stem}.ok"})
    office.drop("a.xml")
    office.drop("b.xml")
    waiting = await go(definition)
    assert waiting.name == "SUCCESS_NO_FILES"
    assert "2 not ready yet" in str(waiting.message)
    office.drop("a.ok", b"")
    office.drop("c.ok", b"")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.xml"}
    assert set(office.at("source")) == {"b.xml", "c.ok"}
    assert any("1 not ready yet" in details for _, details in history_of(office))


async def test_a_done_file_is_moved_with_its_document(office: Office) -> None:
    source = {"done_file": "{name}.done", "after_pickup": "MOVE", "move_to": "erledigt"}
    office.drop("Änderung.xml")
    office.drop("Änderung.xml.done", b"")
    assert (await go(office.definition(source=source))).name == "SUCCESS_FILES_SEND"
    moved = {path.name for path in (office.root / "source/erledigt").iterdir()}
    assert moved == {"Änderung.xml", "Änderung.xml.done"}


async def test_a_document_waiting_for_its_done_file_all_day_fails_the_run(office: Office) -> None:
    age(office.drop("a.xml"), DAY + 60)
    end = await go(office.definition(source={"done_file": "{name}.done"}))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert "a.xml" in str(end.message)
    assert set(office.at("source")) == {"a.xml"}


class PowerCut(RuntimeError):
    """The machine stops; nothing in the hub catches this."""


def cut_power(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Stop the hub after so many disposals at the source: done-files first, then documents."""
    dispose = FileConnection.acknowledge_many
    disposed = 0

    def until_the_cut(
        self: FileConnection, files: Sequence[RemoteFile], how: AfterPickup, directory: str = ""
    ) -> list[str | EndpointError]:
        nonlocal disposed
        if files and disposed < after:
            answers = dispose(self, files, how, directory)
            disposed += 1
        if files and disposed == after:
            raise PowerCut
        return answers if files else []

    monkeypatch.setattr(FileConnection, "acknowledge_many", until_the_cut)


@pytest.mark.parametrize(
    ("after", "left"), [(0, {"a.xml", "a.xml.done"}), (1, {"a.xml"}), (2, set())]
)
async def test_a_run_cut_off_while_it_disposes_leaves_no_done_file_behind(
    office: Office, after: int, left: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = office.definition(source={"done_file": "{name}.done"})
    office.drop("a.xml")
    office.drop("a.xml.done", b"")
    run = await new_run(definition)
    with monkeypatch.context() as broken:
        cut_power(broken, after)
        assert (await start(run.id)).is_failed()
    assert set(office.at("source")) == left
    end = await press_retry(run.id)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("source") == {}
    assert set(office.at("fachverfahren")) == {"a.xml"}


async def test_a_done_file_that_was_replaced_belongs_to_the_next_document(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = office.definition(source={"done_file": "{name}.done"})
    office.drop("a.xml", b"<eins/>")
    office.drop("a.xml.done", b"")
    run = await new_run(definition)
    with monkeypatch.context() as broken:
        cut_power(broken, 0)
        await start(run.id)
    office.drop("a.xml", b"<zweites/>")
    office.drop("a.xml.done", b"2")
    assert (await press_retry(run.id)).name == "SUCCESS_FILES_SEND"
    assert office.at("source") == {"a.xml": b"<zweites/>", "a.xml.done": b"2"}
    assert office.at("fachverfahren") == {"a.xml": b"<eins/>"}
    office.collect()
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert office.at("fachverfahren") == {"a.xml": b"<zweites/>"}
    assert office.at("source") == {}


@pytest.mark.parametrize("template", ["{name}", "ok", "{n}.ok", "../{name}.ok", "{name}.tmp"])
def test_what_can_be_no_done_file_is_refused(template: str) -> None:
    with pytest.raises(ValidationError, match=r"done_file"):
        Source(endpoint="local-folder/a", done_file=template)


# -- content ----------------------------------------------------------------------------------


async def test_what_is_not_whole_waits_at_the_source_until_it_is(office: Office) -> None:
    definition = office.definition(source={"complete": "BY_NAME"})
    half = {"a.XML": b"<Antrag><Name>M", "b.pdf": PDF[:-12], "c.xml": b""}
    whole = {"d.xml": b"<Antrag/>", "e.pdf": PDF, "f.csv": b"a;b"}
    for name, content in {**half, **whole}.items():
        office.drop(name, content)
    end = await go(definition)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == whole
    assert office.at("source") == half
    assert "3 left at the source" in str(end.message)
    assert any(action == "left at the source: b.pdf" for action, _ in history_of(office))
    office.collect()
    office.drop("a.XML", b"<Antrag><Name>M</Name></Antrag>")
    office.drop("b.pdf", PDF)
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.XML", "b.pdf"}
    assert set(office.at("source")) == {"c.xml"}


async def test_what_has_not_been_whole_all_day_fails_the_run_and_stays(office: Office) -> None:
    age(office.drop("a.pdf", b"no PDF at all"), DAY + 60)
    end = await go(office.definition(source={"complete": "PDF"}))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert "%PDF-" in str(end.message)
    assert set(office.at("source")) == {"a.pdf"}


DECLARED = b'<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;">]><a b="&f;">&f;'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<a/>", ""),
        ('<?xml version="1.0" encoding="UTF-16"?><a>ä</a>'.encode("utf-16"), ""),
        (b"<a>" + b"A" * 20_000_000 + b"</a>", ""),
        (DECLARED + b"</a>", ""),
        (DECLARED, "missing"),
        (b"<a>x", "Premature end"),
        (b"<a></b>", "mismatch"),
        (b"", "no element"),
    ],
    ids=["small", "utf-16", "20 MB", "doctype", "cut after doctype", "cut", "wrong", "empty"],
)
def test_whether_xml_is_whole(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    found = not_well_formed(path)
    assert problem in found
    assert bool(found) == bool(problem)
