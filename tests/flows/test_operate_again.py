"""What operators have sent once more: one execution, or all of a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect import get_client
from prefect.states import Scheduled
from pydantic import ValidationError

from blocks.ledger import DeliveryState, Outcome, Purpose
from blocks.smtp import Security, SmtpServer
from flows.operate.discard import discard
from flows.operate.forms import Discard, Hold, Rerun, Resend
from flows.operate.rerun import rerun
from flows.operate.resend import resend
from tests.flows.desk import (
    WHY,
    deployed,
    done,
    known,
    planned,
    refused_by_a_step,
    sent,
    started,
    tables_of,
    the_action,
    to_amt,
    unsent,
)
from tests.flows.office import Office, new_run, start
from tests.flows.test_alternatives import Inbox
from tests.servers.smtp import smtp_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, ("fachverfahren", "archiv"))
    await opened.open()
    return opened


# -- resend -----------------------------------------------------------------------------------


async def test_what_was_delivered_arrives_again_with_a_receipt_of_its_own(office: Office) -> None:
    inbox = Inbox(office)
    target = await inbox.save()
    with inbox.up():
        execution = await sent(office, target)
        end = await done(resend, Resend(execution=execution, **WHY))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert inbox.files() == {"a.xml", "a_Erneut.xml"}
    assert (inbox.root / "a_Erneut.xml").read_bytes() == b"A"
    row, (first, again), (action,) = known(office, execution)
    assert row.outcome is Outcome.DONE
    assert (first.location, first.purpose) == ("a.xml", Purpose.FIRST)
    assert (again.state, again.purpose) == (DeliveryState.DELIVERED, Purpose.RESENT)
    assert again.proof
    assert again.decision == "Erneut - a.muster: Ticket 4711"
    assert (action.action, action.actor, action.reason) == ("resend", "a.muster", "Ticket 4711")
    told = await tables_of(end)
    assert "wird erneut zugestellt" in told
    assert "| erneut zugestellt | Erneut - a.muster: Ticket 4711 |" in told


async def test_an_unmarked_copy_replaces_nothing_unless_the_transfer_says_so(
    office: Office,
) -> None:
    execution = await sent(office)
    order = Resend(execution=execution, mark=False, **WHY)
    refused = await done(resend, order)
    assert refused.is_failed()
    assert "a.xml" in str(refused.message)
    assert known(office, execution)[1][0].state is DeliveryState.DELIVERED
    office.collect()
    assert (await done(resend, order)).name == "SUCCESS_FILES_SEND"
    assert office.at("fachverfahren") == {"a.xml": b"A"}


async def test_an_unmarked_copy_replaces_what_the_transfer_may_overwrite(office: Office) -> None:
    execution = await sent(
        office, {"endpoint": office.endpoint("fachverfahren"), "overwrite": True}
    )
    (office.root / "fachverfahren" / "a.xml").write_bytes(b"spoiled")
    end = await done(resend, Resend(execution=execution, mark=False, **WHY))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == {"a.xml": b"A"}


async def test_it_can_go_over_one_of_the_recipient_s_targets(office: Office) -> None:
    folders = [{"endpoint": office.endpoint(one)} for one in ("fachverfahren", "archiv")]
    execution = await sent(office, *folders)
    for asked in ("2", office.endpoint("archiv")):
        end = await done(resend, Resend(execution=execution, target=asked, mark=False, **WHY))
        assert end.name == "SUCCESS_FILES_SEND", end.message
        assert office.at("archiv") == {"a.xml": b"A"}
        office.collect()


async def test_only_the_chosen_recipient_and_file_are_meant(office: Office) -> None:
    office.drop("a.xml")
    office.drop("b.xml")
    run = await new_run(office.definition())
    await start(run.id)
    office.collect()
    order = Resend(execution=str(run.id), recipients=["archiv"], files=["b.xml"], **WHY)
    await done(resend, order)
    assert (set(office.at("archiv")), office.at("fachverfahren")) == ({"b_Erneut.xml"}, {})


async def test_a_mail_says_in_its_subject_that_it_is_sent_again(office: Office) -> None:
    with smtp_server(user="") as mail:
        server = SmtpServer(
            host="127.0.0.1",
            port=mail.port,
            security=Security.NONE,
            sender_address="hub@kommune.example",
        )
        await server.asave(office.block("mail"), overwrite=True)
        target = {
            "endpoint": f"smtp-server/{office.block('mail')}",
            "mail": {"to": ["amt@kommune.example"], "subject": "Antrag"},
        }
        execution = await sent(office, target)
        end = await done(resend, Resend(execution=execution, **WHY))
        subjects = [one.content.split(b"Subject: ")[1].splitlines()[0] for one in mail.mails]
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert subjects == [b"Antrag", b"Erneut: Antrag"]


async def test_retry_of_the_same_run_sends_nothing_twice(office: Office) -> None:
    execution = await sent(office)
    first = await done(resend, Resend(execution=execution, **WHY))
    run = first.state_details.flow_run_id
    assert run
    office.collect()
    async with get_client() as client:
        await client.set_flow_run_state(run, Scheduled(name="AwaitingRetry"), force=True)
    end = await started(resend, run)
    assert end.name == "SUCCESS_FILES_SEND"
    assert office.at("fachverfahren") == {}
    assert len(known(office, execution)[2]) == 1


NOT_THERE: list[tuple[dict[str, Any], str]] = [
    ({"execution": "nonsense"}, "no such execution"),
    ({"recipients": ["Nobody"]}, "Choose among Amt"),
    ({"files": ["z.xml"]}, "Choose among a.xml"),
    ({"target": "7"}, "Amt has no target '7'"),
    ({"actor": ""}, "Fill in who you are"),
]


async def test_what_does_not_exist_is_told_and_nothing_is_done(office: Office) -> None:
    execution = await sent(office)
    for order, told in NOT_THERE:
        end = await done(resend, Resend.model_validate({"execution": execution, **WHY, **order}))
        assert (end.is_failed(), end.name) == (True, "FAILED_DEFINITION_WRONG")
        assert told in str(end.message)
    row, deliveries, actions = known(office, execution)
    assert (row.outcome, len(deliveries), actions) == (Outcome.DONE, 1, [])


async def test_an_execution_is_found_by_the_page_and_by_the_name_of_its_run(
    office: Office,
) -> None:
    execution = await sent(office)
    url = f"http://hub.example/runs/flow-run/{execution}?tab=Logs"
    async with get_client() as client:
        name = (await client.read_flow_run(execution)).name  # type: ignore[arg-type]
    for text in (url, name):
        assert (await done(resend, Resend(execution=text, **WHY))).is_completed()
    assert set(office.at("fachverfahren")) == {"a.xml", "a_Erneut.xml", "a_Erneut2.xml"}


async def test_nothing_is_done_while_a_run_works_on_the_execution(office: Office) -> None:
    execution = await sent(office)
    with office.ledger().hold(execution):
        ends = [
            await done(resend, Resend(execution=execution, **WHY)),
            await done(discard, Discard(execution=execution, **WHY)),
        ]
    assert [one.name for one in ends] == ["FAILED_BUSY"] * 2
    assert "Wait for that run" in str(ends[0].message)
    assert known(office, execution)[2] == []


async def test_the_execution_s_own_definition_counts(office: Office) -> None:
    execution = await sent(office)
    changed = to_amt(office, {"endpoint": office.endpoint("archiv")})
    await deployed("transfer", changed.name, definition=changed.model_dump(mode="json"))
    assert (await done(resend, Resend(execution=execution, **WHY))).is_completed()
    assert (set(office.at("fachverfahren")), office.at("archiv")) == (
        {"a.xml", "a_Erneut.xml"},
        {},
    )


async def test_what_is_still_open_is_planned_for_the_transfer_not_for_the_action(
    office: Office,
) -> None:
    target = await Inbox(office).save(connect_seconds=2)
    execution = await sent(office, target)
    definition = to_amt(office, target)
    of_transfer = await deployed(
        "transfer", definition.name, definition=definition.model_dump(mode="json")
    )
    of_action = await deployed("resend", office.root.name)
    order = Resend(execution=execution, **WHY).model_dump(mode="json")
    async with get_client() as client:
        run = await client.create_flow_run_from_deployment(of_action, parameters={"order": order})
    end = await started(resend, run.id)
    assert end.name == "FAILED_UNREACHABLE"
    assert (await planned(of_transfer), await planned(of_action)) == (1, 0)


# -- a whole period ---------------------------------------------------------------------------


def today(office: Office, **more: Any) -> Rerun:
    now = datetime.now(UTC)
    period = {"begin": now - timedelta(hours=1), "end": now + timedelta(hours=1)}
    name = office.definition().name
    return Rerun.model_validate({"transfer": name, "dry_run": False, **period, **WHY, **more})


async def test_what_waits_for_a_person_goes_on_only_where_that_is_asked_for(
    office: Office,
) -> None:
    execution = await unsent(office)
    shown = await done(rerun, today(office, which="failed", dry_run=True))
    assert "1 executions would be run again" in str(shown.message)
    assert execution in await tables_of(shown)
    await done(rerun, today(office, which="open"))
    assert (office.at("fachverfahren"), known(office, execution)[2]) == ({}, [])
    end = await done(rerun, today(office, which="failed"))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == {"a.xml": b"A"}
    assert the_action(office, execution).action == "rerun"


async def test_everything_of_a_group_is_sent_again_once_that_is_confirmed(
    office: Office,
) -> None:
    execution = await sent(office)
    second = await sent(office, name="b.xml")
    order = {"which": "all", "transfer": "", "group": "NOLIS"}
    with pytest.raises(ValidationError, match="Bestätigung"):
        today(office, **order)
    refused = await done(rerun, today(office, **order, confirmation="NOLIS", at_most=1))
    assert "2 executions are meant, more than 1" in str(refused.message)
    end = await done(rerun, today(office, **order, confirmation="NOLIS"))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {
        *("a.xml", "b.xml", "a_Erneut.xml", "b_Erneut.xml"),
    }
    assert [the_action(office, one).action for one in (execution, second)] == ["rerun", "rerun"]


async def test_refused_files_are_tried_with_the_transfer_as_it_is_today(office: Office) -> None:
    execution = await refused_by_a_step(office)
    mended = office.definition(steps=[{"kind": "rename", "template": "neu_{name}"}])
    await deployed("transfer", mended.name, definition=mended.model_dump(mode="json"))
    await done(rerun, today(office, which="failed"))
    assert office.at("archiv") == {}
    end = await done(rerun, today(office, which="failed", current_definition=True))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"neu_ohne.xml": b"kept"}
    assert len(known(office, execution)[2]) == 2


# -- forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "  x  "])
def test_a_reason_must_be_given(reason: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        Resend(execution="e-1", reason=reason)


def test_a_hold_is_of_one_execution_or_of_one_transfer() -> None:
    with pytest.raises(ValidationError, match="Entweder"):
        Hold(execution="e-1", transfer="NOLIS", reason="Ticket 4711")


async def test_times_are_those_of_berlin(office: Office) -> None:
    order = today(office, begin="23.11.2026 08:00", end="2026-11-23T12:00", dry_run=True)
    assert (order.begin, order.end) == (
        datetime(2026, 11, 23, 7, tzinfo=UTC),
        datetime(2026, 11, 23, 11, tzinfo=UTC),
    )
    with pytest.raises(ValidationError, match="ist keine Zeit"):
        today(office, begin="gestern")
