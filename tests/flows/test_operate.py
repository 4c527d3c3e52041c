"""What operators do to executions: redirected, held, released, discarded, each with its audit."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Staged
from blocks.ledger import DeliveryState, FileState, Outcome, Purpose
from deployments.cli import main as govmanager
from flows.operate.discard import discard
from flows.operate.forms import Discard, Hold, Redirect, Release, Resend
from flows.operate.hold import hold, release
from flows.operate.redirect import redirect
from flows.operate.resend import resend
from tests.flows.desk import (
    WHY,
    done,
    known,
    refused_by_a_step,
    sent,
    tables_of,
    the_action,
    to_amt,
    unsent,
)
from tests.flows.office import Office, go, new_run, start
from tests.flows.test_alternatives import Inbox

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, ("fachverfahren", "archiv"))
    await opened.open()
    return opened


# -- redirect ---------------------------------------------------------------------------------


def elsewhere(office: Office, execution: str, **more: Any) -> Redirect:
    target = {"endpoint": office.endpoint("archiv"), "file_name": "neu_{name}"}
    return Redirect.model_validate({"execution": execution, "target": target, **WHY, **more})


async def test_what_is_open_goes_to_the_new_target_and_nowhere_else(office: Office) -> None:
    execution = await unsent(office)
    nowhere = elsewhere(office, execution, target={"endpoint": "local-folder/nowhere"})
    assert "no such endpoint" in str((await done(redirect, nowhere)).message)
    end = await done(redirect, elsewhere(office, execution))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert (office.at("archiv"), office.at("fachverfahren")) == ({"neu_a.xml": b"A"}, {})
    row, (old, new), (action,) = known(office, execution)
    assert (row.outcome, old.state) == (Outcome.DONE, DeliveryState.DISCARDED)
    assert old.decision.startswith("redirected to local-folder/archiv")
    assert (new.state, new.purpose) == (DeliveryState.DELIVERED, Purpose.REDIRECTED)
    assert (action.action, action.details["target"]["file_name"]) == ("redirect", "neu_{name}")
    assert "umgeleitet nach" in await tables_of(end)


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


# -- hold and release -------------------------------------------------------------------------


async def test_what_is_held_is_left_alone_until_it_is_released(office: Office) -> None:
    inbox = Inbox(office)
    target = await inbox.save(connect_seconds=2)
    execution = await sent(office, target)
    definition = to_amt(office, target)
    meant = {**WHY, "transfer": definition.name}
    assert (await done(hold, Hold(**meant))).is_completed()
    with inbox.up():
        assert (await go(definition)).name == "SUCCESS_NO_FILES"
        refused = await go(definition, resume_from=execution)
        assert "This execution is held: a.muster: Ticket 4711" in str(refused.message)
        assert inbox.files() == set()
        end = await done(release, Release(**meant))
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


async def test_what_is_proven_cannot_be_given_up_redirected_held_or_released(
    office: Office,
) -> None:
    execution = await sent(office)
    ends = [
        await done(discard, Discard(execution=execution, **WHY)),
        await done(redirect, elsewhere(office, execution)),
        await done(hold, Hold(execution=execution, **WHY)),
        await done(release, Release(execution=execution, **WHY)),
    ]
    assert {one.name for one in ends} == {"FAILED_DEFINITION_WRONG"}
    assert "what is proven can never be taken back" in str(ends[0].message)
    assert office.at("archiv") == {}
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


# -- on the command line ----------------------------------------------------------------------


async def test_the_command_line_does_the_same_and_lists_it(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    execution = await sent(office)
    again = ["resend", execution, "--reason", "Ticket 4711"]
    assert await asyncio.to_thread(govmanager, again) == 0
    assert set(office.at("fachverfahren")) == {"a.xml", "a_Erneut.xml"}
    assert await asyncio.to_thread(govmanager, ["discard", *again[1:]]) == 1
    assert "can never be taken back" in " ".join(capfd.readouterr().err.split())
    assert await asyncio.to_thread(govmanager, ["actions", execution]) == 0
    told = capfd.readouterr().out
    assert "resend" in told
    assert "Ticket 4711" in told
