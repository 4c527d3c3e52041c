"""The story of a transfer, told with folders: what arrives, what is left, what is written down."""

from __future__ import annotations

import json
import os
import unicodedata
from hashlib import md5, sha256
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from blocks.ledger import Outcome
from tests.flows.office import Office, go, new_run, start

pytestmark = pytest.mark.anyio

NAME = "ags100_99003002000000.xml"
CONTENT = b"<Antrag/>"


async def test_a_file_arrives_with_hashes_receipt_and_history(office: Office) -> None:
    office.drop(NAME, CONTENT)
    end = await go(office.definition())
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == {NAME: CONTENT}
    assert office.at("source") == {}
    with office.ledger().read() as book:
        (execution,) = book.recent()
        (file,) = book.files(execution.id)
        (delivery,) = book.deliveries(execution.id)
        states = [one.state for one in book.changes(execution.id)]
    assert (file.md5, file.sha256) == (
        md5(CONTENT, usedforsecurity=False).hexdigest(),
        sha256(CONTENT).hexdigest(),
    )
    assert file.disposed
    assert (delivery.location, delivery.proof) == (NAME, "size verified, 9 bytes")
    assert list(dict.fromkeys(states)) == [
        "INITIATED",
        "FILES_INBOUND",
        "PROCESSING_READY",
        "PROCESSING_DONE",
        "OUTBOUND_READY",
        "SUCCESS_FILES_SEND",
    ]
    assert execution.outcome is Outcome.DONE


async def test_the_execution_folder_tells_what_it_holds(office: Office) -> None:
    office.drop(NAME, CONTENT)
    await go(office.definition())
    (folder,) = (office.home / "executions").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    for part in ("inbound", "outbound"):
        (entry,) = manifest[part]
        assert (folder / entry["path"]).read_bytes() == CONTENT
        assert entry["sha256"] == sha256(CONTENT).hexdigest()
    assert manifest["transfer"] == office.definition().name


async def artifacts_of(run: UUID) -> list[Artifact]:
    async with get_client() as client:
        return await client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        )


async def test_the_run_shows_files_history_and_receipts(office: Office) -> None:
    office.drop("Antrag|<b>[1].xml", CONTENT)
    run = await new_run(office.definition())
    await start(run.id)
    async with get_client() as client:
        assert (await client.read_flow_run(run.id)).name.endswith("· Antrag|<b>[1].xml")
    artifacts = await artifacts_of(run.id)
    by_kind = {(one.key or "").rpartition("-")[2]: str(one.data) for one in artifacts}
    assert set(by_kind) == {"dateien", "status", "quittungen"}
    assert md5(CONTENT, usedforsecurity=False).hexdigest() in by_kind["dateien"]
    assert "LOCAL copied 1 files (9 bytes) in 0," in by_kind["status"]
    assert "size verified" in by_kind["quittungen"]
    for text in by_kind.values():
        assert str(run.id) in text
        assert "<b>" not in text


async def test_a_source_that_must_not_be_empty(office: Office) -> None:
    end = await go(office.definition(source={"fail_if_empty": True}))
    assert (end.name, end.is_failed()) == ("FAILED_NO_FILES", True)


async def test_a_kept_file_is_taken_once_and_its_successor_again(office: Office) -> None:
    definition = office.definition(source={"after_pickup": "KEEP"})
    path = office.drop(NAME, CONTENT)
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert (await go(definition)).name == "SUCCESS_NO_FILES"
    office.collect()
    path.write_bytes(b"<Antrag>neu</Antrag>")
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert office.at("fachverfahren") == {NAME: b"<Antrag>neu</Antrag>"}


async def test_a_moved_file_lies_beside_its_namesake(office: Office) -> None:
    definition = office.definition(source={"after_pickup": "MOVE", "move_to": "erledigt"})
    for content in (b"eins", b"zwei"):
        office.drop(NAME, content)
        assert (await go(definition)).is_completed()
        office.collect()
    kept = {path.name: path.read_bytes() for path in (office.root / "source/erledigt").iterdir()}
    assert kept == {NAME: b"eins", "ags100_99003002000000 (2).xml": b"zwei"}


async def test_a_moved_file_is_not_taken_again_from_the_tree(office: Office) -> None:
    (office.root / "source/bauamt").mkdir()
    office.drop("bauamt/a.xml", b"A")
    source = {"selection": "RECURSIVE", "after_pickup": "MOVE", "move_to": "alt/erledigt"}
    definition = office.definition(source=source)
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert (office.root / "source/bauamt/alt/erledigt/a.xml").read_bytes() == b"A"
    assert (await go(definition)).name == "SUCCESS_NO_FILES"


async def test_the_oldest_files_go_first_and_the_rest_waits(office: Office) -> None:
    for age, name in enumerate(("c.xml", "a.xml", "b.xml")):
        os.utime(office.drop(name), (1_000_000 - age, 1_000_000 - age))
    definition = office.definition(source={"maximum_files": 2})
    await go(definition)
    assert set(office.at("fachverfahren")) == {"b.xml", "a.xml"}
    assert set(office.at("source")) == {"c.xml"}


async def test_a_young_file_is_left_for_later(office: Office) -> None:
    office.drop("young.xml")
    os.utime(office.drop("old.xml"), (1_000_000, 1_000_000))
    await go(office.definition(source={"minimum_age": 3600}))
    assert set(office.at("fachverfahren")) == {"old.xml"}


async def test_a_tree_is_taken_where_asked_for(office: Office) -> None:
    (office.root / "source/bauamt/2026").mkdir(parents=True)
    office.drop("bauamt/2026/tief.xml")
    assert (await go(office.definition())).name == "SUCCESS_NO_FILES"
    await go(office.definition(source={"selection": "RECURSIVE"}))
    assert set(office.at("fachverfahren")) == {"tief.xml"}


async def test_groups_of_the_expression_make_names(office: Office) -> None:
    office.drop(NAME)
    office.drop("andere.txt")
    target = {
        "endpoint": office.endpoint("fachverfahren"),
        "directory": "{leika}",
        "file_name": "{art}_{stem}{suffix}",
        "create_directories": True,
    }
    definition = office.definition(
        source={"post_selection": "REGEX", "expression": r"(?P<art>ags\d+)_\d{14}\.xml"},
        recipients=[{"name": "Bauamt", "targets": [target]}],
    )
    assert (await go(definition)).is_completed()
    made = office.root / "fachverfahren/99003002000000" / f"ags100_{NAME}"
    assert made.is_file()
    assert set(office.at("source")) == {"andere.txt"}


HOSTILE = [
    "Antrag[1].xml",
    "a;b&c.xml",
    "100%Y.xml",
    "a#b.xml",
    "mit  zwei Leerzeichen.xml",
    unicodedata.normalize("NFC", "Müller Straße.xml"),
    unicodedata.normalize("NFD", "Jürgen.xml"),
    "x" * 251 + ".xml",
    "-rf.xml",
]


async def test_hostile_names_arrive_each_with_its_own_bytes(office: Office) -> None:
    for number, name in enumerate([*HOSTILE, "Antrag1.xml"]):
        office.drop(name, str(number).encode())
    definition = office.definition(source={"post_selection": "WILDCARD", "expression": "*.xml"})
    assert (await go(definition)).is_completed()
    expected = {
        unicodedata.normalize("NFC", name): str(number).encode()
        for number, name in enumerate([*HOSTILE, "Antrag1.xml"])
    }
    assert office.at("fachverfahren") == expected


async def test_a_name_that_nobody_may_have_stays_at_the_source(office: Office) -> None:
    raw = b"kaputt-\xff.xml"
    os.close(os.open(os.fsencode(office.root / "source") + b"/" + raw, os.O_CREAT))
    office.drop("gut.xml")
    assert (await go(office.definition())).is_completed()
    assert set(office.at("fachverfahren")) == {"gut.xml"}
    assert [os.fsencode(path.name) for path in (office.root / "source").iterdir()] == [raw]


async def test_an_empty_file_is_a_file(office: Office) -> None:
    office.drop("fertig.ok", b"")
    assert (await go(office.definition())).is_completed()
    assert office.at("fachverfahren") == {"fertig.ok": b""}


async def test_overwriting_and_appending(office: Office) -> None:
    endpoint = office.endpoint("fachverfahren")
    for options, expected in (
        ({"overwrite": True}, b"neu\n"),
        ({"append": True}, b"neu\nneu\n"),
    ):
        office.drop("liste.csv", b"neu\n")
        target = {"endpoint": endpoint, **options}
        end = await go(office.definition(recipients=[{"name": "Kasse", "targets": [target]}]))
        assert end.is_completed(), end.message
        assert office.at("fachverfahren") == {"liste.csv": expected}


async def test_documents_of_one_execution_do_not_replace_each_other(office: Office) -> None:
    for directory in ("a", "b"):
        (office.root / "source" / directory).mkdir()
        (office.root / "source" / directory / "x.xml").write_bytes(directory.encode())
    target = {"endpoint": office.endpoint("fachverfahren"), "overwrite": True}
    source = {"selection": "RECURSIVE"}
    recipients = [{"name": "Archiv", "targets": [target]}]
    end = await go(office.definition(source=source, recipients=recipients))
    assert end.name == "PARTIALLY_SENT"
    assert "Make the names differ" in str(end.message)
    (kept,) = office.at("fachverfahren").values()
    with office.ledger().read() as book:
        (execution,) = book.recent()
        states = sorted(one.state.value for one in book.deliveries(execution.id))
    assert kept in {b"a", b"b"}
    assert len(set(states)) == 2


async def test_a_name_that_is_taken_is_not_overwritten(office: Office) -> None:
    (office.root / "fachverfahren" / NAME).write_bytes(b"von anderen")
    office.drop(NAME, CONTENT)
    office.drop("frei.xml", b"frei")
    end = await go(office.definition())
    assert end.name == "PARTIALLY_SENT"
    assert "set overwrite" in str(end.message)
    assert office.at("fachverfahren") == {NAME: b"von anderen", "frei.xml": b"frei"}
    hidden = [path.name for path in (office.root / "fachverfahren").glob(".*")]
    assert hidden == []
