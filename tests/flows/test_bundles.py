"""Bundles wait for each other and travel together; all-or-nothing batches; parts that come late."""

from __future__ import annotations

import hashlib
import os
import time
import tracemalloc
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from blocks.endpoint import RemoteFile
from blocks.filesystem import FileConnection
from blocks.ledger import BUNDLE, DeliveryState, FileState, Outcome
from blocks.local import LocalFolder
from flows import start as flow_start
from flows.bundle_selection import pick_bundles
from flows.bundles import LONGEST_LIST
from flows.definition import Source, Transfer
from flows.selection import Picked
from flows.settings import Settings
from flows.work import Hub
from tests.flows.office import Office, go
from transforms.document import Document, Fingerprint
from transforms.errors import DocumentInvalid, EndpointError, Unreachable
from transforms.rename import Rename
from transforms.step import Workbench

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
MIB = 1024 * 1024
STEM = {"kind": "STEM", "parts": [".xml", ".pdf"], "optional": ["_anlage*.pdf"]}
MANIFEST = {"kind": "MANIFEST", "main": "*.sha256"}
XML_LIST = {"kind": "XML_LIST", "main": "antrag*.xml", "element": "anlagen/anlage/@datei"}


def by(bundle: Mapping[str, Any], **source: Any) -> dict[str, Any]:
    return {"source": {"bundle": bundle, **source}}


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def history(office: Office) -> str:
    with office.ledger().read() as book:
        changes = book.changes(book.recent()[0].id)
    return "\n".join(f"{one.action}: {one.details}" for one in changes)


def latest(office: Office) -> tuple[str, Outcome]:
    with office.ledger().read() as book:
        execution = book.recent()[0]
    return execution.id, execution.outcome


def application(*attachments: str) -> bytes:
    listed = "".join(f'<anlage datei="{name}"/>' for name in attachments)
    return f'<a xmlns="urn:x"><anlagen>{listed}</anlagen></a>'.encode()


def sums(**contents: bytes) -> bytes:
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name.replace('_', '.')}\n"
        for name, content in contents.items()
    ).encode()


# -- what belongs together --------------------------------------------------------------------


async def test_a_bundle_waits_for_its_parts_and_then_goes_as_a_whole(office: Office) -> None:
    targets = [{"endpoint": office.endpoint("fachverfahren"), "file_name": "{bundle}-{name}"}]
    definition = office.definition(
        **by(STEM), recipients=[{"name": "fachverfahren", "targets": targets}]
    )
    for name in ("a.xml", "a_anlage1.PDF", "a.log", "b.pdf"):
        office.drop(name)
    waiting = await go(definition)
    assert waiting.name == "SUCCESS_NO_FILES"
    assert "4 not ready yet" in str(waiting.message)
    office.drop("a.pdf")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {
        *("a-a.xml", "a-a.pdf", "a-a_anlage1.PDF", "a-a.log"),
    }
    assert set(office.at("source")) == {"b.pdf"}


async def test_directories_tell_bundles_apart_and_umlauts_are_compared_in_nfc(
    office: Office,
) -> None:
    (office.root / "source/x").mkdir()
    (office.root / "source/y").mkdir()
    for name in ("x/Antra\u0308ge.xml", "y/a.xml", "x/a.pdf", "x/Antr\u00e4ge.pdf"):
        office.drop(name)
    assert (await go(office.definition(**by(STEM, selection="RECURSIVE")))).is_completed()
    assert len(office.at("fachverfahren")) == 2
    assert {path.name for path in (office.root / "source").rglob("*.*")} == {"a.xml", "a.pdf"}


async def test_a_manifest_names_the_parts_and_promises_their_hashes(office: Office) -> None:
    definition = office.definition(**by(MANIFEST))
    office.drop("4711.sha256", sums(a_xml=b"<a/>", b_pdf=b"%PDF"))
    office.drop("a.xml", b"<a/>")
    assert (await go(definition)).name == "SUCCESS_NO_FILES"
    office.drop("b.pdf", b"%PD")
    end = await go(definition)
    assert end.name == "SUCCESS_NO_FILES", end.message
    assert len(office.at("source")) == 3
    assert "goes together with b.pdf" in history(office)
    assert office.at("fachverfahren") == {}
    office.drop("b.pdf", b"%PDF")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"4711.sha256", "a.xml", "b.pdf"}
    assert office.at("source") == {}


async def test_an_xml_document_names_its_attachments(office: Office) -> None:
    definition = office.definition(**by(XML_LIST))
    office.drop("antrag1.xml", application("eins.pdf", "zwei.pdf"))
    office.drop("antrag2.xml", application())
    office.drop("eins.pdf")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"antrag2.xml"}
    office.collect()
    office.drop("zwei.pdf")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"antrag1.xml", "eins.pdf", "zwei.pdf"}
    assert office.at("source") == {}


@pytest.mark.parametrize(
    ("bundle", "name", "content", "problem"),
    [
        (MANIFEST, "a.sha256", b"../../etc/passwd\n", "path parts"),
        (MANIFEST, "a.sha256", b"a" * (LONGEST_LIST + 1), "are the most"),
        (XML_LIST, "antrag.xml", application("../a.pdf"), "path parts"),
    ],
    ids=["upwards", "too long", "xml upwards"],
)
async def test_a_hostile_list_takes_nothing_and_says_so(
    office: Office, bundle: dict[str, Any], name: str, content: bytes, problem: str
) -> None:
    office.drop(name, content)
    office.drop("a.pdf")
    end = await go(office.definition(**by(bundle)))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert problem in str(end.message)
    assert set(office.at("source")) == {name, "a.pdf"}


@pytest.mark.parametrize(
    ("bundle", "name", "content"),
    [
        (XML_LIST, "antrag.xml", b"<a><anlagen><anlage datei='a.p"),
        (XML_LIST, "antrag.xml", b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'),
        (MANIFEST, "a.sha256", b""),
    ],
    ids=["cut", "doctype", "empty"],
)
async def test_a_list_that_cannot_be_read_waits_and_stops_no_other(
    office: Office, bundle: dict[str, Any], name: str, content: bytes
) -> None:
    broken = office.drop(name, content)
    whole = {"antrag-z.xml": application("z.pdf"), "z.sha256": b"z.pdf\n"}
    (other,) = [one for one in whole if one.endswith(name[-4:])]
    office.drop(other, whole[other])
    office.drop("z.pdf")
    assert (await go(office.definition(**by(bundle)))).name == "SUCCESS_FILES_SEND"
    assert set(office.at("source")) == {name}
    age(broken, DAY + 60)
    end = await go(office.definition(**by(bundle)))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert set(office.at("source")) == {name}


@pytest.mark.parametrize(
    "bundle",
    [
        {"kind": "STEM"},
        {"kind": "MANIFEST", "parts": [".xml"]},
        {"kind": "XML_LIST", "main": "*.xml"},
        {"kind": "STEM", "parts": ["*"]},
        {"parts": [".xml"]},
        {**XML_LIST, "element": "//a[1]"},
    ],
)
def test_what_is_no_bundle_is_refused(bundle: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="bundle"):
        Source.model_validate({"endpoint": "local-folder/a", "bundle": bundle})


# -- the cap ------------------------------------------------------------------------------------


async def test_the_cap_splits_no_bundle(office: Office) -> None:
    definition = office.definition(**by(STEM, maximum_files=3, order="NAME"))
    for name in ("a.xml", "a.pdf", "b.xml", "b.pdf", "b_anlage1.pdf", "b_anlage2.pdf"):
        office.drop(name)
    assert (await go(definition)).is_completed()
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}
    assert "4 left for the next run" in history(office)
    office.collect()
    assert (await go(definition)).is_completed()
    assert len(office.at("fachverfahren")) == 4
    assert office.at("source") == {}


# -- too long, too late -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bundle", "content", "missing"),
    [(STEM, b"<a/>", ".pdf missing"), (XML_LIST, application("b.pdf"), "b.pdf missing")],
    ids=["stem", "list"],
)
async def test_a_bundle_that_waits_all_day_fails_the_run_and_names_what_is_missing(
    office: Office, bundle: dict[str, Any], content: bytes, missing: str
) -> None:
    age(office.drop("antrag.xml", content), DAY + 60)
    end = await go(office.definition(**by(bundle)))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert missing in str(end.message)
    assert set(office.at("source")) == {"antrag.xml"}


async def test_a_file_that_nothing_lists_is_reported_after_a_day(office: Office) -> None:
    age(office.drop("a.pdf"), DAY + 60)
    end = await go(office.definition(**by(MANIFEST)))
    assert end.name == "FAILED_FILE_ABANDONED"
    assert "a.pdf (no file lists it)" in str(end.message)


async def sent_before(office: Office, **bundle: Any) -> Transfer:
    """Send the bundle a, and lay a late part of it and the bundle b into the source."""
    definition = office.definition(**by({**STEM, **bundle}))
    office.drop("a.xml")
    office.drop("a.pdf")
    assert (await go(definition)).is_completed()
    office.collect()
    for name in ("a_anlage1.pdf", "b.xml", "b.pdf"):
        office.drop(name)
    return definition


async def test_a_late_part_is_reported_and_stays_until_a_person_decides(office: Office) -> None:
    definition = await sent_before(office)
    for _ in range(2):
        end = await go(definition)
        assert end.name == "FAILED_LATE_PART"
        assert "a_anlage1.pdf" in str(end.message)
        assert set(office.at("source")) == {"a_anlage1.pdf"}
    assert set(office.at("fachverfahren")) == {"b.xml", "b.pdf"}


async def test_a_late_part_goes_alone_where_the_definition_says_so(office: Office) -> None:
    definition = await sent_before(office, late_parts="SEND")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a_anlage1.pdf", "b.xml", "b.pdf"}
    assert "late parts go alone: a_anlage1.pdf" in history(office)
    assert office.at("source") == {}


async def test_a_new_bundle_under_an_old_name_is_a_new_bundle(office: Office) -> None:
    definition = await sent_before(office)
    (office.root / "source/a_anlage1.pdf").unlink()
    await go(definition)
    office.collect()
    office.drop("a.xml", b"<neu/>")
    waiting = await go(definition)
    assert waiting.name == "SUCCESS_NO_FILES", waiting.message
    office.drop("a.pdf")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}


async def test_what_another_run_has_torn_apart_is_left(office: Office) -> None:
    definition = office.definition(**by(STEM))
    for name in ("a.xml", "a.pdf", "b.xml", "b.pdf"):
        office.drop(name)
    endpoint = LocalFolder(directory=str(office.root / "source"))
    picked = pick_bundles(definition.source, endpoint.connect, lambda files: files, nothing_sent)
    faster = Picked(chosen=[one for one in picked.chosen if one.file.name == "a.xml"])
    hub = Hub.at(Settings(), office.ledger())
    assert flow_start.claim(hub, definition, "faster", faster)
    assert flow_start.claim(hub, definition, "slower", picked)
    with hub.ledger.read() as book:
        states = {one.name: one.state for one in book.files("slower")}
        assert book.bundles(definition.name, [str(faster.chosen[0].facts[BUNDLE])])
    assert states == {
        "a.pdf": FileState.LEFT,
        "b.xml": FileState.CLAIMED,
        "b.pdf": FileState.CLAIMED,
    }


# -- on the way ---------------------------------------------------------------------------------


@pytest.fixture
def cut_line(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a line be cut when one of these files is fetched."""
    cut: list[str] = []
    fetch_many = FileConnection.fetch_many

    def fetched(
        self: FileConnection, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        lost = Unreachable("The line was cut", where="source", remedy="Wait")
        answers = fetch_many(self, [one for one in wanted if one[0].name not in cut])
        given = iter(answers)
        return [lost if one.name in cut else next(given) for one, _ in wanted]

    monkeypatch.setattr(FileConnection, "fetch_many", fetched)
    return cut


@pytest.mark.parametrize("together", [by(STEM), {"all_or_nothing": True}], ids=["bundle", "all"])
async def test_a_fetch_cut_between_two_parts_is_completed_before_anything_is_delivered(
    office: Office, cut_line: list[str], together: dict[str, Any]
) -> None:
    definition = office.definition(**together)
    for name in ("a.xml", "a.pdf"):
        office.drop(name)
    cut_line.append("a.xml")
    assert (await go(definition)).name == "FAILED_UNREACHABLE"
    # One part is safe, and still nothing has left the source or reached the recipient.
    assert set(office.at("source")) == {"a.xml", "a.pdf"}
    assert office.at("fachverfahren") == {}
    cut_line.clear()
    end = await go(definition)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}
    assert office.at("source") == {}
    with office.ledger().read() as book:
        assert len(book.recent()) == 1


async def test_a_part_that_is_gone_after_a_cut_lets_the_others_stay(
    office: Office, cut_line: list[str]
) -> None:
    definition = office.definition(**by(STEM))
    for name in ("a.xml", "a.pdf"):
        office.drop(name)
    cut_line.append("a.xml")
    await go(definition)
    cut_line.clear()
    (office.root / "source/a.xml").unlink()
    end = await go(definition)
    assert end.name == "FAILED_FILE_MISSING", end.message
    assert set(office.at("source")) == {"a.pdf"}
    assert office.at("fachverfahren") == {}
    office.drop("a.xml")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}
    assert office.at("source") == {}


async def test_a_part_that_is_not_whole_keeps_its_bundle_at_the_source(office: Office) -> None:
    definition = office.definition(**by(STEM, complete="BY_NAME", done_file="{stem}.ok"))
    pdf = b"%PDF-1.7\n%%EOF\n"
    for name, content in (("a.xml", b"<a>"), ("a.pdf", pdf), ("b.xml", b"<b/>"), ("b.pdf", pdf)):
        office.drop(name, content)
    for name in ("a.ok", "b.ok"):
        office.drop(name)
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"b.xml", "b.pdf"}
    assert set(office.at("source")) == {"a.xml", "a.pdf", "a.ok"}
    office.collect()
    office.drop("a.xml", b"<a/>")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}
    assert office.at("source") == {}


# -- on the way out -----------------------------------------------------------------------------

STEPS = [{"kind": "rename", "template": "{name}"}]


def refusing(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Let a step refuse one file."""
    whole = Rename.apply

    def apply(self: Rename, document: Document, bench: Workbench) -> Sequence[Document]:
        if document.name == name:
            raise error
        return whole(self, document, bench)

    monkeypatch.setattr(Rename, "apply", apply)


@pytest.mark.parametrize(
    ("together", "arrived"),
    [(by(STEM), {"b.xml", "b.pdf"}), ({"all_or_nothing": True}, set())],
    ids=["bundle", "all"],
)
async def test_a_refused_part_keeps_what_goes_with_it_until_a_person_has_mended_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, together: dict[str, Any], arrived: set[str]
) -> None:
    definition = office.definition(**together, steps=STEPS)
    everything = {"a.xml", "a.pdf", "b.xml", "b.pdf"}
    for name in everything:
        office.drop(name)
    with monkeypatch.context() as patch:
        refusing(patch, "a.pdf", DocumentInvalid("It is bad", where="a.pdf", remedy="Mend it"))
        end = await go(definition)
        assert end.name == ("PARTIALLY_SENT" if arrived else "FAILED_DOCUMENT_INVALID")
        assert "It is bad" in str(end.message)
        execution, outcome = latest(office)
        assert outcome is Outcome.WAITING
        await go(definition, resume_from=execution)
        assert set(office.at("fachverfahren")) == arrived
    with office.ledger().read() as book:
        held = [one for one in book.deliveries(execution) if one.name not in arrived]
    assert held
    for one in held:
        assert (one.state, one.code) == (DeliveryState.PENDING, "BUNDLE_BROKEN")
        assert "a.pdf, which goes with it, was refused: It is bad" in one.error
    end = await go(definition, resume_from=execution)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == everything


async def test_a_part_that_a_step_cannot_do_now_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = office.definition(**by(STEM), steps=STEPS)
    for name in ("a.xml", "a.pdf"):
        office.drop(name)
    with monkeypatch.context() as patch:
        refusing(patch, "a.pdf", Unreachable("No scanner", where="clamd", remedy="Start it"))
        end = await go(definition)
    assert end.name == "FAILED_UNREACHABLE"
    assert "a.pdf, which goes with it, is not ready: No scanner" in history(office)
    assert office.at("fachverfahren") == {}
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf"}


async def test_a_damaged_part_keeps_what_goes_with_it(office: Office) -> None:
    definition = office.definition(**by(STEM), steps=STEPS)
    (office.root / "fachverfahren").rename(office.root / "away")
    for name in ("a.xml", "a.pdf", "b.xml", "b.pdf"):
        office.drop(name)
    assert not (await go(definition)).is_completed()
    (office.root / "away").rename(office.root / "fachverfahren")
    (damaged,) = (office.home / "executions").rglob("*a.pdf")
    content = damaged.read_bytes()
    damaged.write_bytes(b"rot")
    execution, _ = latest(office)
    end = await go(definition, resume_from=execution)
    assert end.name == "PARTIALLY_SENT", end.message
    assert set(office.at("fachverfahren")) == {"b.xml", "b.pdf"}
    damaged.write_bytes(content)
    end = await go(definition, resume_from=execution)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert len(office.at("fachverfahren")) == 4


@pytest.mark.parametrize(
    ("together", "arrived"),
    [(by(STEM), {"b.xml", "b.pdf"}), ({"all_or_nothing": True}, set())],
    ids=["bundle", "all"],
)
async def test_what_the_target_refuses_takes_its_company_back(
    office: Office, together: dict[str, Any], arrived: set[str]
) -> None:
    definition = office.definition(**together)
    for name in ("a.xml", "a.pdf", "b.xml", "b.pdf"):
        office.drop(name)
    taken = office.root / "fachverfahren/a.pdf"
    taken.write_bytes(b"somebody else's")
    end = await go(definition)
    assert end.name == ("PARTIALLY_SENT" if arrived else "FAILED_ALREADY_THERE"), end.message
    execution, outcome = latest(office)
    assert outcome is Outcome.WAITING
    assert set(office.at("fachverfahren")) == arrived | {"a.pdf"}
    taken.unlink()
    end = await go(definition, resume_from=execution)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {"a.xml", "a.pdf", "b.xml", "b.pdf"}
    with office.ledger().read() as book:
        assert all(one.proof for one in book.deliveries(execution))


async def test_an_alternative_target_takes_the_bundle_as_a_whole(
    tmp_path: Path, home: Path, prefect_server: None
) -> None:
    del prefect_server
    office = Office(tmp_path, home, ("first", "second"))
    await office.open()
    # The first one has a directory for XML and none for PDF.
    (office.root / "first/.xml").mkdir()
    patient = {"retries": {"allowed": False}}
    targets = [
        {"endpoint": office.endpoint("first"), "directory": "{suffix}", **patient},
        {"endpoint": office.endpoint("second"), **patient},
    ]
    definition = office.definition(**by(STEM), recipients=[{"name": "Amt", "targets": targets}])
    for name in ("a.xml", "a.pdf"):
        office.drop(name)
    end = await go(definition)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert list((office.root / "first/.xml").iterdir()) == []
    assert set(office.at("second")) == {"a.xml", "a.pdf"}


# -- at scale -----------------------------------------------------------------------------------

MANY = 40_000


def listed_many(*_: object, **__: object) -> Iterator[RemoteFile]:
    """Yield 20,000 bundles of two files, in no useful order; every tenth lacks its PDF."""
    changed = datetime.now(UTC) - timedelta(hours=1)
    for number in range(MANY):
        place = number * 7919 % MANY
        case, is_pdf = divmod(place, 2)
        if not (is_pdf and case % 10 == 0):
            name = f"antrag-{case:06}{'.pdf' if is_pdf else '.xml'}"
            yield RemoteFile(f"eingang/{name}", name, number, changed, str(number))


def nothing_sent(_: Collection[str]) -> dict[str, set[str]]:
    return {}


def test_forty_thousand_files_are_bundled_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalFolder(directory=str(tmp_path))
    monkeypatch.setattr(FileConnection, "list_files", listed_many)
    source = Source.model_validate(
        {"endpoint": "local-folder/a", "bundle": STEM, "order": "NAME", "maximum_files": 1001}
    )
    tracemalloc.start()
    picked = pick_bundles(source, folder.connect, lambda files: files, nothing_sent)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.file.name for one in picked.chosen[:2]] == [
        "antrag-000001.pdf",
        "antrag-000001.xml",
    ]
    assert len(picked.chosen) == 1000
    assert picked.left == "35000 left for the next run, 2000 not ready yet"
    assert peak < 9 * MIB
