"""What the operators' actions share: the execution in hand, the audit entry, the table, the end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prefect import get_client
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import ValidationError

from blocks.ledger import Book, Execution, Ledger
from flows.continuation import plan_continuation
from flows.definition import Transfer
from flows.operate.forms import Order
from flows.report import table
from flows.settings import Settings
from flows.start import check_home
from flows.transfer import carry_out
from flows.verdict import FAILED, Verdict
from flows.work import Hub, Work
from transforms.errors import DefinitionWrong, HubError

HEAD = ("Ausführung", "Empfänger", "Datei", "Getan", "Bemerkung")
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of an action's table: what was done to what, in German."""

    execution: str
    done: str
    recipient: str = ""
    name: str = ""
    remark: str = ""


@dataclass(slots=True)
class Desk:
    """One action in one flow run.

    Attributes:
        action: as the audit log names it.
        order: the form that was filled in.
        actor: who asked for it.
        run: the flow run; a Retry of it finds its own audit entry and does nothing twice.
        deeds: what was done to what.
        verdicts: how the executions ended that were continued at once.
        problems: for each execution that could not be acted on, why.
    """

    hub: Hub
    action: str
    order: Order
    actor: str
    run: str
    deeds: list[Deed] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    problems: list[tuple[str, HubError]] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Who asked for it and why, as receipts and the history show it."""
        return f"{self.actor}: {self.order.reason}"

    async def find(self, text: str) -> Execution:
        """Find the execution that an operator means.

        Args:
            text: its id; or the id, URL or name of a run that worked on it.

        Raises:
            DefinitionWrong: there is none, or several are called that.
        """
        found = await asyncio.to_thread(self._by_id, text)
        if not found and not UUIDS.search(text):
            runs = await _runs_named(text)
            every = await asyncio.gather(*(asyncio.to_thread(self._by_id, one) for one in runs))
            found = list({one.id: one for some in every for one in some}.values())
        if not found:
            raise DefinitionWrong(
                "There is no such execution",
                where=text,
                remedy="Copy the id from the run's page or from `govmanager executions`",
            )
        if len(found) > 1:
            raise DefinitionWrong(
                f"{len(found)} executions are meant by that",
                where=text,
                remedy=f"Give the id of one: {', '.join(one.id for one in found[:10])}",
            )
        return found[0]

    def _by_id(self, text: str) -> list[Execution]:
        ids = UUIDS.findall(text)
        asked = ids[-1].lower() if ids else text
        with self.hub.ledger.read() as book:
            exact = book.execution(asked)
            return [exact] if exact else book.executions_of_run(asked)

    def work(
        self,
        execution: Execution,
        *,
        files_aside: bool = False,
        definition: Transfer | None = None,
    ) -> Work:
        """Take an execution in hand that is held, as the ledger has it now.

        Args:
            execution: which.
            files_aside: whether files that were set aside are tried again too.
            definition: the transfer; None: as it was when the execution began.

        Raises:
            DefinitionWrong: its own definition cannot be read any more.
            StoreUnavailable: its files lie on another machine.
        """
        with self.hub.ledger.read() as book:
            fresh = book.execution(execution.id) or execution
        check_home(self.hub, fresh)
        try:
            own = definition or Transfer.model_validate(fresh.definition)
            return Work(self.hub, own, fresh, by_person=True, files_aside=files_aside)
        except ValidationError as error:
            raise DefinitionWrong(
                "What the transfer was when this execution began cannot be read any more",
                where=f"execution {fresh.id}",
                remedy="Resume it from the transfer's deployment",
            ) from error

    def is_done(self, book: Book, execution: str) -> bool:
        """Tell whether this very run has acted on an execution before its Retry."""
        return any(
            one.action == self.action and one.details.get("run") == self.run
            for one in book.actions(execution)
        )

    def record(self, book: Book, execution: str, state: str, details: Mapping[str, Any]) -> None:
        """Write the audit entry and the line of the history, in the change's own transaction."""
        book.change(execution, state, f"{self.action} by {self.actor}", self.order.reason)
        known = {**details, "run": self.run}
        book.acted(execution, self.actor, self.action, self.order.reason, known)

    async def go_on(self, work: Work) -> None:
        """Do at once what is left of an execution, unless somebody holds it."""
        if work.execution.held:
            held = f"angehalten ({work.execution.held}); geht nach der Freigabe weiter"
            self.deeds.append(Deed(work.id, "nicht begonnen", remark=held))
            return
        await asyncio.to_thread(work.take_over, self.run)
        verdict = await carry_out(work)
        self.verdicts.append(verdict)
        self.deeds.append(Deed(work.id, f"fortgesetzt: {verdict.state}", remark=verdict.message))
        if deployment := await deployment_of(work.definition.name):
            await plan_continuation(work.definition, [verdict], deployment[0])

    def failed(self, execution: str, error: HubError) -> None:
        """Note that one of several executions could not be acted on; the others go on."""
        self.problems.append((execution, error))
        self.deeds.append(Deed(execution, "nicht möglich", remark=str(error)))

    def state(self, told: str) -> State[None]:
        """Return how the flow run ends: by the worst that happened."""
        texts = [told, *(one.message for one in self.verdicts)]
        texts += [str(error) for _, error in self.problems]
        message = " | ".join(filter(None, texts))
        if self.problems:
            return Failed(name=FAILED + self.problems[0][1].code, message=message)
        worst = next((one for one in self.verdicts if not one.good), None)
        if worst:
            return Failed(name=worst.state, message=message)
        name = self.verdicts[0].state if self.verdicts else None
        return Completed(name=name, message=message)

    async def publish(self) -> None:
        """Show what was done to what on the page of the flow run."""
        if not self.deeds:
            return
        rows = [
            (one.execution, one.recipient, one.name, one.done, one.remark) for one in self.deeds
        ]
        await acreate_markdown_artifact(
            key=f"{self.action}-getan",
            markdown=f"Veranlasst von {self.actor}\n\n{table(HEAD, rows, len(rows))}\n",
            description=f"{self.action}: {self.order.reason}",
        )


async def act(action: str, order: Order, do: Callable[[Desk], Awaitable[str]]) -> State[None]:
    """Have an action done, and say how it ended.

    Args:
        action: as the audit log names it.
        order: the form.
        do: does it, and returns what was done in one sentence.
    """
    settings = Settings()
    run = flow_run.get_id() or ""
    try:
        actor = await _actor(order, run)
        ledger = await asyncio.to_thread(Ledger, settings.ledger, settings.home / "locks")
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    hub = Hub.at(settings, ledger)
    desk = Desk(hub, action, order, actor, run)
    try:
        return desk.state(await do(desk))
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    finally:
        await asyncio.to_thread(hub.pool.close_idle)
        ledger.dispose()
        await desk.publish()


async def deployment_of(transfer: str) -> tuple[UUID, Mapping[str, Any]] | None:
    """Return id and parameters of a transfer's deployment, or None."""
    async with get_client() as client:
        try:
            found = await client.read_deployment_by_name(f"transfer/{transfer}")
        except ObjectNotFound:
            return None
    return found.id, found.parameters


async def _actor(order: Order, run: str) -> str:
    if order.actor:
        return order.actor
    async with get_client() as client:
        created_by = (await client.read_flow_run(UUID(run))).created_by
    if created_by and created_by.display_value:
        return created_by.display_value
    raise DefinitionWrong(
        "Nobody can tell who asks for this",
        where="actor",
        remedy="Fill in who you are; this Prefect server does not know its users",
    )


async def _runs_named(name: str) -> list[str]:
    by_name = FlowRunFilter(name=FlowRunFilterName(any_=[name]))
    async with get_client() as client:
        return [str(one.id) for one in await client.read_flow_runs(flow_run_filter=by_name)]
