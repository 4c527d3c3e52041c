"""What operators do to executions: each action through its flow, with what the audit says of it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.flow_engine import run_flow_async
from prefect.states import Scheduled
from pydantic import ValidationError

from blocks.endpoint import Staged
from blocks.ledger import Action, Delivery, DeliveryState, Execution, FileState, Outcome, Purpose
from blocks.smtp import Security, SmtpServer
from flows.definition import Transfer
from flows.operate.discard import discard
from flows.operate.forms import Discard, Hold, Order, Redirect, Release, Rerun, Resend
from flows.operate.hold import hold, release
from flows.operate.redirect import redirect
from flows.operate.rerun import rerun
from flows.operate.resend import resend
from tests.flows.office import Office, go, new_run, start
from tests.flows.test_alternatives import Inbox
from tests.servers.smtp import smtp_server

pytestmark = pytest.mark.anyio

WHY: dict[str, Any] = {"reason": "Ticket 4711", "actor": "a.muster"}


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, ("fachverfahren", "archiv"))
    await opened.open()
    return opened


def to_amt(office: Office, *targets: dict[str, Any]) -> Transfer:
    """Return a transfer to one recipient; without targets it is the folder `fachverfahren`."""
    every = targets or ({"endpoint": office.endpoint("fachverfahren")},)
    patient = [{"retries": {"allowed": False}} | one for one in every]
    return office.definition(recipients=[{"name": "Amt", "targets": patient}])


async def sent(office: Office, *targets: dict[str, Any], name: str = "a.xml") -> str:
    """Send one file and return the execution."""
    office.drop(name, b"A")
    run = await new_run(to_amt(office, *targets))
    await start(run.id)
    return str(run.id)


async def unsent(office: Office, *targets: dict[str, Any]) -> str:
    """Try to send one file while the recipient's folder is away."""
    shutil.rmtree(office.root / "fachverfahren")
    execution = await sent(office, *targets)
    (office.root / "fachverfahren").mkdir()
    return execution


async def done(flow: Any, order: Order) -> State[Any]:
    """Run an action's flow as a worker does, from parameters in JSON, and return its end."""
    parameters = {"order": order.model_dump(mode="json")}
    return cast("State[Any]", await flow(**parameters, return_state=True))


async def tables_of(state: State[Any]) -> str:
    """Return all that the run's page shows as Markdown."""
    run = state.state_details.flow_run_id
    assert run
    by_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=by_run)
    return "\n".join(str(one.data) for one in found)


def known(office: Office, execution: str) -> tuple[Execution, list[Delivery], list[Action]]:
    with office.ledger().read() as book:
        found = book.execution(execution)
        assert found
        return found, book.deliveries(execution), book.actions(execution)


def the_action(office: Office, execution: str) -> Action:
    """Return the one audit entry there is."""
    (action,) = known(office, execution)[2]
    return action


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


@pytest.mark.parametrize("name", ["2", "endpoint"])
async def test_it_can_go_over_one_of_the_recipient_s_targets(office: Office, name: str) -> None:
    folders = [{"endpoint": office.endpoint(one)} for one in ("fachverfahren", "archiv")]
    execution = await sent(office, *folders)
    asked = office.endpoint("archiv") if name == "endpoint" else name
    end = await done(resend, Resend(execution=execution, target=asked, mark=False, **WHY))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"a.xml": b"A"}


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
        flow_run = await client.read_flow_run(run)
    end: State[Any] = await run_flow_async(  # type: ignore[assignment]
        cast("Any", resend),
        flow_run=flow_run,
        parameters=flow_run.parameters,
        return_type="state",
    )
    assert end.name == "SUCCESS_FILES_SEND"
    assert office.at("fachverfahren") == {}
    assert len(known(office, execution)[2]) == 1


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"execution": "nonsense"}, "no such execution"),
        ({"recipients": ["Nobody"]}, "Choose among Amt"),
        ({"files": ["z.xml"]}, "Choose among a.xml"),
        ({"target": "7"}, "Amt has no target '7'"),
        ({"actor": ""}, "Fill in who you are"),
    ],
)
async def test_what_does_not_exist_is_told_and_nothing_is_done(
    office: Office, order: dict[str, Any], told: str
) -> None:
    execution = await sent(office)
    end = await done(resend, Resend(**{"execution": execution, **WHY, **order}))
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
    async with get_client() as client:
        flow = await client.create_flow_from_name("transfer")
        today = to_amt(office, {"endpoint": office.endpoint("archiv")})
        parameters = {"definition": today.model_dump(mode="json")}
        await client.create_deployment(flow_id=flow, name=today.name, parameters=parameters)
    assert (await done(resend, Resend(execution=execution, **WHY))).is_completed()
    assert (set(office.at("fachverfahren")), office.at("archiv")) == (
        {"a.xml", "a_Erneut.xml"},
        {},
    )


# -- redirect ---------------------------------------------------------------------------------


def elsewhere(office: Office, execution: str, **more: Any) -> Redirect:
    target = {"endpoint": office.endpoint("archiv"), "file_name": "neu_{name}"}
    return Redirect.model_validate({"execution": execution, "target": target, **WHY, **more})


async def test_what_is_open_goes_to_the_new_target_and_nowhere_else(office: Office) -> None:
    execution = await unsent(office)
    end = await done(redirect, elsewhere(office, execution))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert (office.at("archiv"), office.at("fachverfahren")) == ({"neu_a.xml": b"A"}, {})
    row, (old, new), (action,) = known(office, execution)
    assert (row.outcome, old.state) == (Outcome.DONE, DeliveryState.DISCARDED)
    assert old.decision.startswith("redirected to local-folder/archiv")
    assert (new.state, new.purpose) == (DeliveryState.DELIVERED, Purpose.REDIRECTED)
    assert (action.action, action.details["target"]["file_name"]) == ("redirect", "neu_{name}")
    assert "umgeleitet nach" in await tables_of(end)


async def test_what_is_delivered_cannot_be_redirected(office: Office) -> None:
    execution = await sent(office)
    end = await done(redirect, elsewhere(office, execution))
    assert (end.name, office.at("archiv")) == ("FAILED_DEFINITION_WRONG", {})
    assert known(office, execution)[2] == []


async def in_doubt(office: Office, inbox: Inbox) -> str:
    """Leave an execution as a run does that dies right before it publishes."""
    office.drop("a.xml", b"A")
    target = await inbox.save(connect_seconds=2)
    run = await new_run(to_amt(office, target))
    await start(run.id)
    execution = str(run.id)
    with office.ledger().write() as book:
        (one,) = book.deliveries(execution)
        parcel = {"name": "a.xml", "directory": "", "overwrite": False, "append": False}
        parcel |= {"create_directories": False, "locking": "NO_LOCKING", "flag_file": ""}
        book.sending(0, target["endpoint"], [(one.id, {**parcel, "letter": None})])
        staged = Staged("a.xml", f".govmanager-{one.key}.part", 1, one.fingerprint.sha256)
        book.staged([(one.id, staged)])
    (inbox.root / staged.temporary).write_bytes(b"A")
    return execution


async def test_what_is_in_doubt_is_not_redirected_unless_that_is_accepted(office: Office) -> None:
    execution = await in_doubt(office, Inbox(office))
    refused = await done(redirect, elsewhere(office, execution))
    assert refused.name == "FAILED_DELIVERY_UNCONFIRMED", refused.message
    assert "Ask the recipient" in str(refused.message)
    assert office.at("archiv") == {}
    assert known(office, execution)[2] == []
    end = await done(redirect, elsewhere(office, execution, even_if_in_doubt=True))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("archiv") == {"neu_a.xml": b"A"}
    assert the_action(office, execution).action == "redirect"


async def test_what_a_target_can_be_asked_about_is_in_no_doubt(office: Office) -> None:
    inbox = Inbox(office)
    execution = await in_doubt(office, inbox)
    with inbox.up():
        end = await done(redirect, elsewhere(office, execution))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert (office.at("archiv"), inbox.files()) == ({"neu_a.xml": b"A"}, set())


async def test_what_turns_out_to_have_arrived_stays_where_it_is(office: Office) -> None:
    inbox = Inbox(office)
    execution = await in_doubt(office, inbox)
    (temporary,) = inbox.root.iterdir()
    temporary.rename(inbox.root / "a.xml")
    with inbox.up():
        end = await done(redirect, elsewhere(office, execution))
    assert end.name == "FAILED_DEFINITION_WRONG"
    assert office.at("archiv") == {}
    (delivery,) = known(office, execution)[1]
    assert delivery.state is DeliveryState.DELIVERED


async def test_an_unknown_endpoint_is_no_target(office: Office) -> None:
    execution = await unsent(office)
    order = elsewhere(office, execution, target={"endpoint": "local-folder/nowhere"})
    end = await done(redirect, order)
    assert "no such endpoint" in str(end.message)
    assert known(office, execution)[1][0].state is DeliveryState.FAILED


# -- hold and release -------------------------------------------------------------------------


async def postponed(office: Office) -> str:
    """Leave an execution that the next run of its transfer would continue."""
    inbox = Inbox(office)
    execution = await sent(office, await inbox.save(connect_seconds=2))
    assert known(office, execution)[0].outcome is Outcome.OPEN
    return execution


@pytest.mark.parametrize("by", ["execution", "transfer"])
async def test_what_is_held_is_left_alone_until_it_is_released(office: Office, by: str) -> None:
    inbox = Inbox(office)
    target = await inbox.save(connect_seconds=2)
    execution = await sent(office, target)
    definition = to_amt(office, target)
    meant = {"transfer": definition.name} if by == "transfer" else {"execution": execution}
    assert (await done(hold, Hold(**meant, **WHY))).is_completed()
    with inbox.up():
        assert (await go(definition)).name == "SUCCESS_NO_FILES"
        refused = await go(definition, resume_from=execution)
        assert "This execution is held: a.muster: Ticket 4711" in str(refused.message)
        assert inbox.files() == set()
        end = await done(release, Release(**meant, **WHY))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert inbox.files() == {"a.xml"}
    row, _, actions = known(office, execution)
    assert (row.outcome, row.held) == (Outcome.DONE, "")
    assert [one.action for one in actions] == ["hold", "release"]


async def test_what_is_redirected_while_it_is_held_waits_for_the_release(office: Office) -> None:
    execution = await unsent(office)
    await done(hold, Hold(execution=execution, **WHY))
    end = await done(redirect, elsewhere(office, execution))
    assert (end.is_completed(), office.at("archiv")) == (True, {})
    assert "angehalten" in await tables_of(end)
    await done(release, Release(execution=execution, **WHY))
    assert office.at("archiv") == {"neu_a.xml": b"A"}


async def test_there_must_be_something_to_hold_or_release(office: Office) -> None:
    execution = await sent(office)
    for flow, order in ((hold, Hold), (release, Release)):
        end = await done(flow, order(execution=execution, **WHY))
        assert end.name == "FAILED_DEFINITION_WRONG"
    assert known(office, execution)[2] == []


async def test_a_busy_execution_of_a_transfer_does_not_stop_the_others(office: Office) -> None:
    first = await unsent(office)
    (office.root / "fachverfahren").rmdir()
    second = await sent(office, name="b.xml")
    with office.ledger().hold(first):
        end = await done(hold, Hold(transfer=to_amt(office).name, **WHY))
    assert end.name == "FAILED_BUSY"
    assert (known(office, first)[0].held, known(office, second)[0].held) == (
        "",
        "a.muster: Ticket 4711",
    )


# -- discard ----------------------------------------------------------------------------------


async def test_what_is_given_up_is_never_sent_and_the_execution_ends(office: Office) -> None:
    execution = await unsent(office)
    end = await done(discard, Discard(execution=execution, **WHY))
    assert end.is_completed(), end.message
    row, (delivery,), (action,) = known(office, execution)
    assert (row.outcome, row.state) == (Outcome.DONE, "DISCARDED")
    assert delivery.state is DeliveryState.DISCARDED
    assert action.reason == "Ticket 4711"
    again = await go(to_amt(office), resume_from=execution)
    assert (again.name, office.at("fachverfahren")) == ("DISCARDED", {})
    (original,) = (office.home / "executions" / execution / "inbound").iterdir()
    assert original.read_bytes() == b"A"


async def test_one_recipient_s_share_is_given_up_and_the_other_s_stays(office: Office) -> None:
    for name in office.recipients:
        shutil.rmtree(office.root / name)
    office.drop("a.xml", b"A")
    definition = office.definition()
    run = await new_run(definition)
    await start(run.id)
    await done(discard, Discard(execution=str(run.id), recipients=["archiv"], **WHY))
    for name in office.recipients:
        (office.root / name).mkdir()
    end = await go(definition, resume_from=str(run.id))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert (office.at("fachverfahren"), office.at("archiv")) == ({"a.xml": b"A"}, {})


async def test_a_proven_delivery_cannot_be_given_up(office: Office) -> None:
    execution = await sent(office)
    end = await done(discard, Discard(execution=execution, **WHY))
    assert end.name == "FAILED_DEFINITION_WRONG"
    assert "what is proven can never be taken back" in str(end.message)
    row, (delivery,), actions = known(office, execution)
    assert (row.outcome, delivery.state, actions) == (Outcome.DONE, DeliveryState.DELIVERED, [])


async def test_what_was_given_up_by_mistake_is_sent_where_its_name_is_given(
    office: Office,
) -> None:
    execution = await unsent(office)
    await done(discard, Discard(execution=execution, **WHY))
    await done(resend, Resend(execution=execution, **WHY))
    assert office.at("fachverfahren") == {}
    await done(resend, Resend(execution=execution, files=["a.xml"], **WHY))
    assert office.at("fachverfahren") == {"a.xml": b"A"}


async def refused_by_a_step(office: Office) -> str:
    office.drop("ohne.xml", b"kept")
    steps = [{"kind": "rename", "template": "{leika}.xml"}]
    run = await new_run(office.definition(steps=steps))
    await start(run.id)
    return str(run.id)


async def test_files_set_aside_are_given_up_and_not_tried_again(office: Office) -> None:
    execution = await refused_by_a_step(office)
    end = await done(discard, Discard(execution=execution, **WHY))
    assert end.is_completed(), end.message
    with office.ledger().read() as book:
        (file,) = book.files(execution)
    assert (file.state, known(office, execution)[0].outcome) == (
        FileState.DISCARDED,
        Outcome.DONE,
    )
    mended = office.definition(steps=[{"kind": "rename", "template": "neu_{name}"}])
    await go(mended, resume_from=execution)
    assert office.at("archiv") == {}


# -- a whole period ---------------------------------------------------------------------------


def today(office: Office, **more: Any) -> Rerun:
    now = datetime.now(UTC)
    period = {"begin": now - timedelta(hours=1), "end": now + timedelta(hours=1)}
    name = office.definition().name
    return Rerun.model_validate({"transfer": name, "dry_run": False, **period, **WHY, **more})


async def test_a_dry_run_lists_what_would_be_done_and_does_nothing(office: Office) -> None:
    execution = await unsent(office)
    end = await done(rerun, today(office, which="failed", dry_run=True))
    assert "1 executions would be run again" in str(end.message)
    assert execution in await tables_of(end)
    assert office.at("fachverfahren") == {}
    assert known(office, execution)[2] == []


@pytest.mark.parametrize(("which", "arrived"), [("open", set()), ("failed", {"a.xml"})])
async def test_what_waits_for_a_person_goes_on_where_that_is_asked_for(
    office: Office, which: str, arrived: set[str]
) -> None:
    execution = await unsent(office)
    await done(rerun, today(office, which=which))
    assert set(office.at("fachverfahren")) == arrived
    assert len(known(office, execution)[2]) == len(arrived)


async def test_everything_of_a_group_is_sent_again_once_that_is_confirmed(
    office: Office,
) -> None:
    execution = await sent(office)
    second = await sent(office, name="b.xml")
    order = {"which": "all", "transfer": "", "group": "NOLIS"}
    with pytest.raises(ValidationError, match="Bestätigung"):
        today(office, **order)
    end = await done(rerun, today(office, **order, confirmation="NOLIS"))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert set(office.at("fachverfahren")) == {
        *("a.xml", "b.xml", "a_Erneut.xml", "b_Erneut.xml"),
    }
    assert [the_action(office, one).action for one in (execution, second)] == ["rerun", "rerun"]


async def test_too_many_executions_are_left_alone(office: Office) -> None:
    execution = await unsent(office)
    (office.root / "fachverfahren").rmdir()
    await sent(office, name="b.xml")
    end = await done(rerun, today(office, which="failed", at_most=1))
    assert "more than 1" in str(end.message)
    assert known(office, execution)[2] == []


async def test_refused_files_are_tried_with_the_transfer_as_it_is_today(office: Office) -> None:
    execution = await refused_by_a_step(office)
    mended = office.definition(steps=[{"kind": "rename", "template": "neu_{name}"}])
    async with get_client() as client:
        flow = await client.create_flow_from_name("transfer")
        parameters = {"definition": mended.model_dump(mode="json")}
        await client.create_deployment(flow_id=flow, name=mended.name, parameters=parameters)
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
