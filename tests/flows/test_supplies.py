"""What steps ask for within a run: keys and scanners of blocks, the operator's files, progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pysequoia
import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterType
from pydantic import SecretStr

from blocks import OpenPgpKeyBlock, VirusScanner
from blocks.ledger import FileState
from flows import supplies
from tests.flows.office import Office, go
from tests.servers.clamd import EICAR, clamd_server
from tests.servers.daemons import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home)
    await opened.open()
    return opened


async def scanned(office: Office, port: int) -> dict[str, FileState]:
    """Run files past a scanner; return how far each came."""
    await VirusScanner(port=port).asave(office.block("clamd"), overwrite=True)
    steps = [{"kind": "virus-scan", "scanner": f"virus-scanner/{office.block('clamd')}"}]
    await go(office.definition(steps=steps))
    with office.ledger().read() as book:
        return {one.name: one.state for one in book.files(book.recent()[0].id)}


async def test_what_is_infected_is_set_aside_and_the_rest_goes_on(office: Office) -> None:
    with clamd_server() as server:
        office.drop("gut.xml")
        office.drop("boese.com", EICAR.encode())
        states = await scanned(office, server.port)
    assert states == {"gut.xml": FileState.READY, "boese.com": FileState.REJECTED}
    assert list(office.at("fachverfahren")) == ["gut.xml"]


async def test_without_a_scanner_files_wait_for_the_next_run(office: Office) -> None:
    office.drop("gut.xml")
    for _ in range(office.definition().quarantine_after + 1):
        assert await scanned(office, free_port()) == {"gut.xml": FileState.STORED}
    assert office.at("fachverfahren") == {}
    with clamd_server() as server:
        await VirusScanner(port=server.port).asave(office.block("clamd"), overwrite=True)
        steps = [{"kind": "virus-scan", "scanner": f"virus-scanner/{office.block('clamd')}"}]
        with office.ledger().read() as book:
            execution = book.recent()[0].id
        # Runs that failed are followed by the next one later and later; a person need not wait.
        await go(office.definition(steps=steps), resume_from=execution)
    assert list(office.at("fachverfahren")) == ["gut.xml"]


@pytest.mark.filterwarnings("ignore:Use Tsk")
async def test_a_key_of_a_block_encrypts(office: Office) -> None:
    secret = pysequoia.Tsk.generate("Amt <amt@kommune.example>")
    key = OpenPgpKeyBlock(key=SecretStr(str(secret.extract_certificate())))
    await key.asave(office.block("amt"), overwrite=True)
    office.drop("a.xml", b"<Antrag/>")
    steps = [{"kind": "pgp-encrypt", "encrypt_for": [f"open-pgp-key/{office.block('amt')}"]}]
    end = await go(office.definition(steps=steps))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    (sealed,) = office.at("fachverfahren").values()
    assert pysequoia.decrypt(sealed, secret.decryptor()).bytes == b"<Antrag/>"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([{"kind": "virus-scan", "scanner": "virus-scanner/none"}], "There is no such"),
        ([{"kind": "virus-scan", "scanner": "local-folder/X"}], "This block is no"),
        ([{"kind": "xslt", "stylesheet": "fehlt.xsl"}], "There is no such resource"),
        ([{"kind": "xslt", "stylesheet": "../../etc/passwd"}], "There is no such resource"),
    ],
)
async def test_what_is_not_there_is_told(
    office: Office, steps: list[dict[str, Any]], told: str
) -> None:
    for step in steps:
        if step.get("scanner") == "local-folder/X":
            step["scanner"] = office.endpoint("source")
    office.drop("a.xml", b"<Antrag/>")
    end = await go(office.definition(steps=steps))
    assert end.name == "FAILED_DEFINITION_WRONG", end.message
    assert told in str(end.message)


async def test_how_far_a_long_step_is_can_be_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supplies, "SHOWN_EVERY", 0.0)
    record = b"<Vorgang>" + b"x" * 100_000 + b"</Vorgang>"
    office.drop("gross.xml", b"<Lieferung>" + record * 20 + b"</Lieferung>")
    steps = [{"kind": "split-xml", "record_path": "Vorgang"}]
    end = await go(office.definition(steps=steps))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert len(office.at("fachverfahren")) == 20
    async with get_client() as client:
        shown = await client.read_artifacts(
            artifact_filter=ArtifactFilter(type=ArtifactFilterType(any_=["progress"]))
        )
    assert [(one.description, one.data) for one in shown] == [("1: split-xml", 100.0)]
