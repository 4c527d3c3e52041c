"""Who gets what: by facts, invoices that are valid, rejected or received before, and by nobody."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from blocks.ledger import FileState, LedgerFile, Outcome
from blocks.smtp import Security, SmtpServer
from flows.definition import Transfer
from tests.flows.office import Office, go
from tests.servers.smtp import RunningSmtp, smtp_server
from tests.transforms.invoice_samples import ubl

pytestmark = pytest.mark.anyio

CHECKED = [
    {"kind": "invoice-check", "on_invalid_invoice": "report", "rejection_format": "text"},
    {
        "kind": "filter",
        "filter_matching": "DROP",
        "filter_facts": {"invoice_verdict": "rejected", "document": "invoice"},
    },
]


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, ("rechnungen", "amt"))
    await opened.open()
    return opened


@pytest.fixture
async def post(office: Office) -> AsyncIterator[RunningSmtp]:
    with smtp_server(user="") as mail:
        server = SmtpServer(
            host="127.0.0.1",
            port=mail.port,
            security=Security.NONE,
            sender_address="hub@kommune.example",
        )
        await server.asave(office.block("post"), overwrite=True)
        yield mail


def invoices(office: Office, to: str = "{sender_mail}") -> Transfer:
    letter = {"to": [to], "subject": "Ihre Rechnung {invoice_number}"}
    patient = {"allowed": False}
    office_target = {"endpoint": office.endpoint("rechnungen"), "retries": patient}
    sender_target = {
        "endpoint": f"smtp-server/{office.block('post')}",
        "mail": letter,
        "retries": patient,
    }
    return office.definition(
        steps=CHECKED,
        recipients=[
            {
                "name": "Rechnungsstelle",
                "targets": [office_target],
                "only_for": {"document": "invoice", "leitweg_id": "04011000-*"},
            },
            {"name": "Absender", "targets": [sender_target], "only_for": {"document": "rejection"}},
        ],
    )


def files(office: Office) -> dict[str, LedgerFile]:
    with office.ledger().read() as book:
        return {one.name: one for one in book.files(book.recent()[0].id)}


async def test_a_valid_invoice_goes_to_the_office_and_a_rejected_one_to_its_sender(
    office: Office, post: RunningSmtp
) -> None:
    office.drop("gut.xml", ubl(number="RE-1"))
    office.drop("schlecht.xml", ubl(number="RE-2", payable="120.00", mail="buch@seller.example"))
    end = await go(invoices(office))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert list(office.at("rechnungen")) == ["gut.xml"]
    (sent,) = post.mails
    assert sent.recipients == ("buch@seller.example",)
    message = email.message_from_bytes(sent.content, policy=email.policy.default)
    assert message["Subject"] == "Ihre Rechnung RE-2"
    (report,) = message.iter_attachments()
    assert report.get_filename() == "schlecht_Zurueckweisung.txt"
    assert b"BR-CO-16" in report.get_content()


async def test_the_same_invoice_again_waits_for_a_person(office: Office, post: RunningSmtp) -> None:
    del post
    definition = invoices(office)
    office.drop("eins.xml", ubl(number="RE-1"))
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    # The same seller, number and date: other bytes make no other invoice.
    office.drop("noch-einmal.xml", ubl(number="RE-1", seller="Bürobedarf Ilmenau GmbH "))
    office.drop("zwei.xml", ubl(number="RE-2"))
    end = await go(definition)
    assert end.name == "PARTIALLY_SENT", end.message
    assert "The same was received before, as eins.xml" in str(end.message)
    assert set(office.at("rechnungen")) == {"eins.xml", "zwei.xml"}
    with office.ledger().read() as book:
        execution = book.recent()[0]
    assert execution.outcome is Outcome.WAITING
    end = await go(definition, resume_from=execution.id)
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert "noch-einmal.xml" in office.at("rechnungen")


async def test_what_nobody_gets_is_set_aside_and_goes_once_somebody_is_there(
    office: Office, post: RunningSmtp
) -> None:
    del post
    definition = invoices(office)
    office.drop("anderswo.xml", ubl(reference="99999999-12345-03"))
    end = await go(definition)
    assert end.name == "FAILED_NOBODY_GETS_IT", end.message
    assert "No recipient is for this document" in str(end.message)
    assert "leitweg_id=" in str(end.message)
    assert files(office)["anderswo.xml"].state is FileState.REJECTED
    with office.ledger().read() as book:
        execution = book.recent()[0].id
    for_all = [one.model_copy(update={"only_for": {}}) for one in definition.recipients[:1]]
    wider = definition.model_copy(update={"recipients": for_all})
    assert (await go(wider, resume_from=execution)).name == "SUCCESS_FILES_SEND"
    assert list(office.at("rechnungen")) == ["anderswo.xml"]


async def test_an_address_that_no_document_may_choose(office: Office, post: RunningSmtp) -> None:
    seller = "a@b.example, c@d.example"
    office.drop("boese.xml", ubl(payable="120.00", seller=seller))
    end = await go(invoices(office, to="{seller}"))
    assert end.name == "FAILED_STEP_FAILED", end.message
    assert "makes no mail address" in str(end.message)
    assert not post.mails


async def test_what_a_filter_drops_is_not_sent_and_noted(office: Office) -> None:
    steps: list[dict[str, Any]] = [{"kind": "filter", "filter_names": ["*.xml"]}]
    office.drop("a.xml")
    office.drop("b.txt")
    end = await go(office.definition(steps=steps))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert "1 ended by a step" in str(end.message)
    assert list(office.at("amt")) == ["a.xml"]
    assert files(office)["b.txt"].state is FileState.ENDED
    assert "step 1: filter" in files(office)["b.txt"].error
    assert (await go(office.definition(steps=steps))).name == "SUCCESS_NO_FILES"
    office.drop("c.txt")
    end = await go(office.definition(steps=steps))
    assert end.name == "SUCCESS_NO_FILES", end.message
