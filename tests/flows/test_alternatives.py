"""Targets that are closed, down or failing without end: who gets the documents, when, and why."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import State
from pydantic import SecretStr

from blocks.ledger import Delivery, DeliveryState, Execution, Outcome, Purpose
from blocks.sftp import SftpServer
from flows.availability import BERLIN, DAYS
from flows.definition import Transfer
from flows.transfer import transfer
from tests.flows.office import Office, go, start
from tests.servers.daemons import free_port
from tests.servers.sftp import RunningSftp, sftp_server

pytestmark = pytest.mark.anyio

FOLDERS = ("fachverfahren", "archiv")
PATIENCE = {"allowed": False}


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    del prefect_server
    opened = Office(tmp_path, home, FOLDERS)
    await opened.open()
    return opened


def to_amt(office: Office, *targets: dict[str, Any], **recipient: Any) -> Transfer:
    """Return a transfer to one recipient with these targets."""
    every = [{"retries": PATIENCE} | one for one in targets]
    return office.definition(recipients=[{"name": "Amt", "targets": every, **recipient}])


def folder(office: Office, name: str, **target: Any) -> dict[str, Any]:
    return {"endpoint": office.endpoint(name), **target}


def closed_now(minutes: int = 60) -> list[str]:
    """Return a window that is open again in so many minutes, at most a day."""
    begin = datetime.now(BERLIN) - timedelta(minutes=5)
    end = begin + timedelta(minutes=5 + minutes)
    return [f"{DAYS[begin.weekday()]} {begin:%H:%M}-{end:%H:%M}"]


def latest(office: Office) -> tuple[Execution, list[Delivery]]:
    with office.ledger().read() as book:
        execution = book.recent()[0]
        return execution, book.deliveries(execution.id)


class Inbox:
    """An SFTP inbox that can be down, with the block that names it."""

    def __init__(self, office: Office) -> None:
        self.root = office.root / "inbox"
        self.key = office.root / "host.key"
        self.port = free_port()
        self.block = office.block("inbox")
        self.root.mkdir()

    def up(self) -> Any:
        return sftp_server(self.root, port=self.port, host_key=self.key)

    async def save(self, **fields: Any) -> dict[str, Any]:
        with self.up() as server:
            assert isinstance(server, RunningSftp)
            block = SftpServer(
                host="127.0.0.1",
                port=server.port,
                user=server.user,
                password=SecretStr(server.password),
                host_key=server.host_key,
                **fields,
            )
            await block.asave(self.block, overwrite=True)
        return {"endpoint": f"sftp-server/{self.block}"}

    def files(self) -> set[str]:
        return {path.name for path in self.root.iterdir()}


# -- closed -----------------------------------------------------------------------------------


async def test_the_next_target_takes_what_comes_while_the_first_is_closed(office: Office) -> None:
    office.drop("a.xml")
    first = folder(office, "fachverfahren", closed=closed_now())
    end = await go(to_amt(office, first, folder(office, "archiv")))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert (set(office.at("fachverfahren")), set(office.at("archiv"))) == (set(), {"a.xml"})
    _, (delivery,) = latest(office)
    assert f"{office.endpoint('fachverfahren')} passed over: It is closed until" in (
        delivery.decision
    )


async def held(office: Office, **recipient: Any) -> tuple[Transfer, State[Any]]:
    """Send while the first target is closed, and nobody else may take it."""
    office.drop("a.xml")
    first = folder(office, "fachverfahren", closed=closed_now())
    spare = [folder(office, "archiv")] if recipient else []
    definition = to_amt(office, first, *spare, **recipient)
    return definition, await go(definition)


@pytest.mark.parametrize("recipient", [{}, {"when_closed": "HOLD"}])
async def test_what_nobody_takes_now_is_held_until_the_target_opens(
    office: Office, recipient: dict[str, Any]
) -> None:
    definition, end = await held(office, **recipient)
    assert (end.name, end.is_completed()) == ("HELD", True)
    assert office.at("source") == office.at("archiv") == office.at("fachverfahren") == {}
    execution, (delivery,) = latest(office)
    assert execution.outcome is Outcome.OPEN
    assert execution.continue_at is not None
    wait = execution.continue_at - datetime.now(UTC)
    assert timedelta(minutes=58) < wait <= timedelta(minutes=60)
    assert delivery.code == "TARGET_CLOSED"
    # The schedule leaves it alone until then.
    assert (await go(definition)).name == "SUCCESS_NO_FILES"


async def test_what_was_held_goes_out_in_order_once_the_target_is_open(office: Office) -> None:
    definition, _ = await held(office)
    office.drop("b.xml")
    assert (await go(definition)).name == "HELD"
    target = folder(office, "fachverfahren", append=True, file_name="alle.txt")
    with office.ledger().write() as book:
        for one in book.recent():
            book.hold(one.id, "")  # Which also ends the wait.
    end = await go(to_amt(office, target))
    assert end.name == "SUCCESS_FILES_SEND", end.message
    _, (last,) = latest(office)
    with office.ledger().read() as book:
        executions = sorted(book.recent(), key=lambda one: one.started_at)
        times = [book.deliveries(one.id)[0].delivered_at for one in executions]
    assert None not in times
    assert times == sorted(times, key=str)
    assert last.name == "b.xml"


# -- down, again and again --------------------------------------------------------------------


async def test_an_endpoint_that_fails_again_and_again_is_left_alone_for_a_while(
    office: Office,
) -> None:
    inbox = Inbox(office)
    target = await inbox.save(pause_after=2, connect_seconds=2)
    definition = to_amt(office, target)
    ends = []
    for name in ("a.xml", "b.xml", "c.xml"):
        office.drop(name)
        ends.append((await go(definition)).name)
    # The second run also continues the first execution: that is the second failure.
    assert ends == ["FAILED_UNREACHABLE", "FAILED_UNREACHABLE", "HELD"]
    execution, (delivery,) = latest(office)
    assert (delivery.code, delivery.attempts) == ("ENDPOINT_PAUSED", 0)
    assert execution.continue_at is not None
    with office.ledger().write() as book:
        known = book.health(target["endpoint"])
        assert known is not None
        assert known.failures == 2
        for one in book.recent():
            book.hold(one.id, "")
    with inbox.up():
        end = await go(definition, resume_from=execution.id)
        assert end.name == "SUCCESS_FILES_SEND", end.message
        with office.ledger().read() as book:
            assert book.health(target["endpoint"]) is None
        assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert inbox.files() == {"a.xml", "b.xml", "c.xml"}


async def test_an_alternative_takes_over_at_once_while_the_first_is_left_alone(
    office: Office,
) -> None:
    inbox = Inbox(office)
    target = await inbox.save(pause_after=1, connect_seconds=2)
    definition = to_amt(office, target, folder(office, "archiv"))
    for name in ("a.xml", "b.xml"):
        office.drop(name)
        assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert set(office.at("archiv")) == {"a.xml", "b.xml"}
    _, (delivery,) = latest(office)
    assert "passed over: It failed 1 times in a row" in delivery.decision


# -- drained back -----------------------------------------------------------------------------


async def test_what_an_alternative_took_stays_there_unless_asked_for(office: Office) -> None:
    inbox = Inbox(office)
    target = await inbox.save(connect_seconds=2)
    office.drop("a.xml")
    definition = to_amt(office, target, folder(office, "archiv"))
    await go(definition)
    with inbox.up():
        assert (await go(definition)).name == "SUCCESS_NO_FILES"
    assert inbox.files() == set()


async def test_what_an_alternative_took_is_drained_back_with_notice(office: Office) -> None:
    inbox = Inbox(office)
    target = await inbox.save(connect_seconds=2)
    office.drop("a.xml", b"A")
    definition = to_amt(office, target, folder(office, "archiv"), drain_back=True)
    first = await go(definition)
    assert first.name == "SUCCESS_FILES_SEND", first.message
    assert latest(office)[0].outcome is Outcome.OPEN
    with inbox.up():
        end = await go(definition)
        assert end.name == "SUCCESS_FILES_SEND", end.message
    assert inbox.files() == {"a_Nachlieferung.xml"}
    assert office.at("archiv") == {"a.xml": b"A"}
    execution, (taken, drained) = latest(office)
    assert execution.outcome is Outcome.DONE
    assert (taken.state, drained.state) == (DeliveryState.DELIVERED, DeliveryState.DELIVERED)
    assert drained.purpose is Purpose.DRAINED
    assert drained.decision.startswith("Nachlieferung: local-folder/archiv")


# -- one document does not stop the others ----------------------------------------------------


async def test_a_document_that_one_target_refuses_does_not_stop_the_others(office: Office) -> None:
    office.drop("a.xml")
    office.drop("b.xml")
    (office.root / "fachverfahren" / "a.xml").mkdir()
    definition = to_amt(office, folder(office, "fachverfahren", overwrite=True))
    end = await go(definition)
    assert end.name == "PARTIALLY_SENT", end.message
    assert (office.root / "fachverfahren" / "b.xml").is_file()


# -- nobody has to think of it ----------------------------------------------------------------


async def test_a_run_is_planned_for_when_the_target_opens(office: Office) -> None:
    office.drop("a.xml")
    first = folder(office, "fachverfahren", closed=closed_now(90))
    definition = to_amt(office, first)
    async with get_client() as client:
        flow = await client.create_flow(transfer)
        deployment = await client.create_deployment(
            flow_id=flow,
            name=definition.slug,
            parameters={"definition": definition.model_dump(mode="json")},
        )
        run = await client.create_flow_run_from_deployment(deployment)
    assert (await start(run.id)).name == "HELD"
    planned = await _planned(deployment)
    assert len(planned) == 1
    execution, _ = latest(office)
    assert execution.continue_at is not None
    assert timedelta() <= planned[0] - execution.continue_at <= timedelta(minutes=1)


async def _planned(deployment: UUID) -> list[datetime]:
    which = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    async with get_client() as client:
        runs = await client.read_flow_runs(deployment_filter=which)
    return [
        one.next_scheduled_start_time
        for one in runs
        if one.next_scheduled_start_time and one.state and one.state.is_scheduled()
    ]


async def test_an_outage_of_the_recipient_s_folder_is_survived(office: Office) -> None:
    office.drop("a.xml", b"A")
    shutil.rmtree(office.root / "fachverfahren")
    definition = to_amt(office, folder(office, "fachverfahren"), folder(office, "archiv"))
    assert (await go(definition)).name == "SUCCESS_FILES_SEND"
    assert office.at("archiv") == {"a.xml": b"A"}
