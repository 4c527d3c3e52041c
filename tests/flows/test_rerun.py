"""Reruns continue from the ledger: Retry, `resume_from` and the next run send only what is open."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Connection, Endpoint
from blocks.ledger import FileState, Outcome
from blocks.local import LocalFolder
from blocks.smtp import Security, SmtpServer
from flows.definition import Transfer
from tests.flows.office import Office, go, new_run, press_retry, start
from tests.servers.daemons import free_port
from tests.servers.smtp import smtp_server

pytestmark = pytest.mark.anyio

TWO = ("fachverfahren", "archiv")


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, TWO)
    await opened.open()
    return opened


def outcome(office: Office) -> Outcome:
    with office.ledger().read() as book:
        return book.recent()[0].outcome


async def half_sent(office: Office) -> tuple[Transfer, Any]:
    """Send while one of two recipients is away; the other takes its file at once."""
    shutil.rmtree(office.root / "archiv")
    office.drop("a.xml", b"A")
    definition = office.definition()
    run = await new_run(definition)
    end = await start(run.id)
    assert end.name == "PARTIALLY_SENT"
    assert end.is_failed()
    assert office.at("source") == {}
    (office.root / "fachverfahren" / "a.xml").unlink()
    return definition, run.id


@pytest.mark.parametrize("way", ["retry", "resume"])
async def test_only_the_missing_recipient_is_served_again(office: Office, way: str) -> None:
    definition, run = await half_sent(office)
    (office.root / "archiv").mkdir()
    end = await (press_retry(run) if way == "retry" else go(definition, resume_from=str(run)))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"a.xml": b"A"}
    assert office.at("fachverfahren") == {}
    assert outcome(office) is Outcome.DONE


async def test_what_needs_a_person_is_not_tried_by_itself(office: Office) -> None:
    definition, _ = await half_sent(office)
    assert outcome(office) is Outcome.WAITING
    (office.root / "archiv").mkdir()
    assert (await go(definition)).name == "SUCCESS_NO_FILES"
    assert office.at("archiv") == {}


async def test_retry_of_what_is_done_sends_nothing(office: Office) -> None:
    office.drop("a.xml")
    run = await new_run(office.definition())
    await start(run.id)
    office.collect()
    end = await press_retry(run.id)
    assert end.name == "SUCCESS_FILES_SEND"
    assert office.at("archiv") == office.at("fachverfahren") == {}


def by_mail(office: Office, port_block: str, *more: dict[str, Any]) -> Transfer:
    target = {
        "endpoint": f"smtp-server/{port_block}",
        "mail": {"to": ["amt@kommune.example"], "cc": ["archiv@kommune.example"]},
        "retries": {"allowed": False},
    }
    return office.definition(recipients=[{"name": "Amt", "targets": [target, *more]}])


async def dead_mail_server(office: Office) -> str:
    name = office.block("mail")
    server = SmtpServer(
        host="127.0.0.1",
        port=free_port(),
        security=Security.NONE,
        sender_address="hub@kommune.example",
    )
    await server.asave(name, overwrite=True)
    return name


async def test_a_target_that_is_down_is_tried_by_the_next_run(office: Office) -> None:
    office.drop("a.xml")
    definition = by_mail(office, await dead_mail_server(office))
    first = await go(definition)
    assert (first.name, outcome(office)) == ("FAILED_UNREACHABLE", Outcome.OPEN)
    office.drop("b.xml")
    second = await go(definition)
    assert second.name == "FAILED_UNREACHABLE"
    with office.ledger().read() as book:
        attempts = [one.attempts for run in book.recent() for one in book.deliveries(run.id)]
    assert sorted(attempts) == [1, 2]


async def test_the_next_target_takes_over(office: Office) -> None:
    office.drop("a.xml", b"A")
    spare = {"endpoint": office.endpoint("archiv")}
    end = await go(by_mail(office, await dead_mail_server(office), spare))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"a.xml": b"A"}
    with office.ledger().read() as book:
        (execution,) = book.recent()
        (delivery,) = book.deliveries(execution.id)
        history = " ".join(one.details for one in book.changes(execution.id))
    assert (delivery.target, delivery.endpoint) == (1, office.endpoint("archiv"))
    assert "127.0.0.1" in history or "refused" in history


async def test_a_missing_directory_sends_the_document_to_the_next_target(office: Office) -> None:
    office.drop("a.xml", b"A")
    targets = [
        {"endpoint": office.endpoint("fachverfahren"), "directory": "gibt/es/nicht"},
        {"endpoint": office.endpoint("archiv")},
    ]
    end = await go(office.definition(recipients=[{"name": "Amt", "targets": targets}]))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"a.xml": b"A"}


async def test_what_a_mail_server_refused_is_no_repetition(office: Office) -> None:
    """It never took the mail, so the second attempt needs no warning and no question."""
    office.drop("a.xml", b"A")
    with smtp_server(user="") as mail:
        mail.refused["amt@kommune.example"] = "451 4.7.1 Greylisted, try again later"
        name = office.block("mail")
        server = SmtpServer(
            host="127.0.0.1",
            port=mail.port,
            security=Security.NONE,
            sender_address="hub@kommune.example",
        )
        await server.asave(name, overwrite=True)
        first = await go(by_mail(office, name))
        mail.refused.clear()
        second = await go(by_mail(office, name))
        (taken,) = mail.mails
    assert (first.name, second.name) == ("FAILED_UNREACHABLE", "SUCCESS_FILES_SEND")
    assert b"X-GovManager-Repeated" not in taken.content
    assert list(taken.recipients) == ["amt@kommune.example", "archiv@kommune.example"]
    with office.ledger().read() as book:
        (execution,) = (one for one in book.recent() if book.deliveries(one.id))
        history = " ".join(one.action for one in book.changes(execution.id))
    assert "asked" not in history


async def test_a_full_disk_of_the_hub_loses_nothing(office: Office) -> None:
    office.drop("a.bin", bytes(3 << 20))
    office.drop("b.xml", b"B")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, limits[1]))
    try:
        full = await go(office.definition())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.is_failed()
    assert "The hub's own disk fails" in str(full.message)
    assert office.at("archiv") == {}
    end = await go(office.definition())
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"a.bin": bytes(3 << 20), "b.xml": b"B"}


XML = b'<?xml version="1.0"?>'
BAD_XML = {
    "leer.xml": b"",
    "abgeschnitten.xml": XML + b"<Antrag><Kopf>",
    "doctype.xml": XML + b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "fremd.xml": XML + b"<andere/>",
}


async def test_bad_xml_is_set_aside_with_its_reason(office: Office) -> None:
    for name, content in BAD_XML.items():
        office.drop(name, content)
    steps = [{"kind": "xml-map", "mapping": "antrag-to-fachverfahren"}]
    run = await new_run(office.definition(steps=steps))
    end = await start(run.id)
    assert end.name == "FAILED_DOCUMENT_INVALID"
    assert office.at("archiv") == {}
    with office.ledger().read() as book:
        refused = {one.name: one for one in book.files(str(run.id))}
    for name, content in BAD_XML.items():
        assert refused[name].state is FileState.REJECTED
        assert name in refused[name].error
        (kept,) = office.home.glob(f"executions/{run.id}/inbound/*-{name}")
        assert kept.read_bytes() == content


async def test_an_execution_that_does_not_exist_cannot_be_resumed(office: Office) -> None:
    end = await go(office.definition(), resume_from="nonsense")
    assert end.name == "FAILED_DEFINITION_WRONG"
    assert "no such execution" in str(end.message)


async def test_an_execution_of_another_transfer_cannot_be_resumed(office: Office) -> None:
    office.drop("a.xml")
    run = await new_run(office.definition())
    await start(run.id)
    end = await go(office.definition(name="Ganz anders"), resume_from=str(run.id))
    assert "belongs to the transfer" in str(end.message)


@pytest.mark.parametrize("where", ["source", "target"])
async def test_an_endpoint_that_does_not_exist(office: Office, where: str) -> None:
    office.drop("a.xml", b"A")
    wrong = "local-folder/gibt-es-nicht"
    definition = (
        office.definition(source={"endpoint": wrong})
        if where == "source"
        else office.definition(recipients=[{"name": "X", "targets": [{"endpoint": wrong}]}])
    )
    end = await go(definition)
    assert end.name == "FAILED_DEFINITION_WRONG"
    assert f"There is no such endpoint ({wrong})" in str(end.message)
    kept = office.home.glob("executions/*/inbound/*-a.xml")
    assert office.at("source") == {"a.xml": b"A"} or [one.read_bytes() for one in kept] == [b"A"]


async def test_a_source_directory_that_does_not_exist(office: Office) -> None:
    end = await go(office.definition(source={"directory": "gibt/es/nicht"}))
    assert end.name == "FAILED_DIRECTORY_MISSING"


class MeddledFolder(LocalFolder):
    """A folder in which somebody else is at work right after it was listed."""

    _block_type_name = "Meddled folder"
    _block_type_slug = "meddled-folder"

    meddling: str

    def connect(self) -> Any:
        """Open the real folder."""
        return _Meddling(super().connect(), self)


class _Meddling:
    def __init__(self, opened: Any, folder: MeddledFolder) -> None:
        self._opened = opened
        self._folder = folder

    def __enter__(self) -> Connection:
        connection: Connection = self._opened.__enter__()
        listing = connection.list_files

        def meddled(directory: str, *, recursive: bool) -> Any:
            listed = list(listing(directory, recursive=recursive))
            path = Path(self._folder.directory, "a.xml")
            if self._folder.meddling == "vanish":
                path.unlink(missing_ok=True)
            else:
                with path.open("ab") as file:
                    file.write(b"more")
            return iter(listed)

        connection.list_files = meddled  # type: ignore[method-assign]
        return connection

    def __exit__(self, *error: object) -> None:
        self._opened.__exit__(*error)


async def meddled(office: Office, meddling: str) -> Transfer:
    folder = MeddledFolder(directory=str(office.root / "source"), meddling=meddling)
    await folder.asave(office.block("meddled"), overwrite=True)
    assert isinstance(folder, Endpoint)
    return office.definition(source={"endpoint": f"meddled-folder/{office.block('meddled')}"})


async def test_a_file_that_vanishes_is_told_and_the_others_go_on(office: Office) -> None:
    definition = await meddled(office, "vanish")
    office.drop("a.xml")
    office.drop("b.xml", b"B")
    end = await go(definition)
    assert end.name == "PARTIALLY_SENT"
    assert str(end.message).count("was listed and is gone") == 1
    assert office.at("archiv") == {"b.xml": b"B"}


async def test_a_growing_file_is_left_for_a_later_run(office: Office) -> None:
    definition = await meddled(office, "grow")
    office.drop("a.xml", b"half")
    office.drop("b.xml", b"B")
    end = await go(definition)
    assert end.name == "SUCCESS_FILES_SEND"
    assert "1 left at the source" in str(end.message)
    assert office.at("archiv") == {"b.xml": b"B"}
    calm = office.definition(name=definition.name)
    assert (await go(calm)).name == "SUCCESS_FILES_SEND"
    assert office.at("archiv")["a.xml"] == b"halfmore"


async def test_a_refused_document_waits_and_the_others_go_on(office: Office) -> None:
    office.drop("gut_99003002000000.xml")
    office.drop("ohne.xml", b"kept")
    steps = [{"kind": "rename", "template": "{leika}.xml"}]
    run = await new_run(office.definition(steps=steps))
    end = await start(run.id)
    assert (end.name, outcome(office)) == ("PARTIALLY_SENT", Outcome.WAITING)
    assert set(office.at("archiv")) == {"99003002000000.xml"}
    with office.ledger().read() as book:
        refused = [one for one in book.files(str(run.id)) if one.state is FileState.REJECTED]
    assert [one.name for one in refused] == ["ohne.xml"]
    mended = office.definition(steps=[{"kind": "rename", "template": "neu_{name}"}])
    office.collect()
    assert (await go(mended, resume_from=str(run.id))).is_completed()
    assert office.at("archiv") == {"neu_ohne.xml": b"kept"}


async def test_bytes_that_changed_in_the_execution_folder_are_never_sent(office: Office) -> None:
    definition, run = await half_sent(office)
    (office.root / "archiv").mkdir()
    (kept,) = office.home.glob("executions/*/inbound/*-a.xml")
    kept.unlink()
    kept.write_bytes(b"forged")
    end = await press_retry(run)
    assert "not what the ledger says" in str(end.message)
    assert office.at("archiv") == {}
    assert definition.name
