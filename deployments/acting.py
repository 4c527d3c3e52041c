"""The operators' actions on the command line: the same flows, forms and audit entries as in the UI.

Each command runs its flow in this process, so that the run is seen in the UI like any other. Who
asks for it is the user of this machine.
"""

from __future__ import annotations

import asyncio
import getpass
from typing import Annotated, Any

from cyclopts import App, Parameter
from prefect import Flow
from prefect.client.schemas.objects import State
from pydantic import ValidationError

from deployments.server import translated
from flows.operate.discard import discard as discard_flow
from flows.operate.forms import Discard, Hold, Order, Redirect, Release, Resend, What
from flows.operate.hold import hold as hold_flow
from flows.operate.hold import release as release_flow
from flows.operate.redirect import redirect as redirect_flow
from flows.operate.resend import resend as resend_flow
from transforms.errors import Busy, DefinitionWrong

Switch = Annotated[bool, Parameter(negative="")]
Names = tuple[str, ...]


def register(app: App) -> None:
    """Add the commands."""
    for command in (resend, redirect, discard, hold, release):
        app.command(command)


def resend(
    execution: str,
    *,
    reason: str,
    recipient: Names = (),
    file: Names = (),
    target: str = "",
    mark: bool = True,
) -> str:
    """Deliver documents of an execution once more, and try at once what is open.

    Args:
        execution: Id of the execution, or URL or name of its run.
        reason: Why; goes into the audit log and the receipts.
        recipient: Only to this one; may be given several times.
        file: Only this document; may be given several times.
        target: Only over this target: its number, from 1, or its endpoint.
        mark: Let file name and subject say that it is sent again.
    """
    fields = {"execution": execution, "reason": reason, "target": target, "mark": mark}
    return _act(resend_flow, Resend, {**fields, "recipients": recipient, "files": file})


def redirect(  # noqa: PLR0913 - they are the options of a command
    execution: str,
    endpoint: str,
    *,
    reason: str,
    directory: str = "",
    file_name: str = "{name}",
    mail_to: Names = (),
    recipient: Names = (),
    file: Names = (),
    even_if_in_doubt: Switch = False,
) -> str:
    """Deliver what is open to another target; what is delivered stays where it is.

    Args:
        execution: Id of the execution, or URL or name of its run.
        endpoint: Block of the new target, as type/name.
        reason: Why; goes into the audit log and the receipts.
        directory: Directory there; a template.
        file_name: Name there; a template.
        mail_to: Address, for mail endpoints; may be given several times.
        recipient: Only what is for this one; may be given several times.
        file: Only this document; may be given several times.
        even_if_in_doubt: Also what may have arrived at the old target.
    """
    new = {"endpoint": endpoint, "directory": directory, "file_name": file_name}
    fields = {"execution": execution, "reason": reason, "even_if_in_doubt": even_if_in_doubt}
    some = {"recipients": recipient, "files": file, "target": {**new, "mail_to": mail_to}}
    return _act(redirect_flow, Redirect, {**fields, **some})


def discard(
    execution: str,
    *,
    reason: str,
    what: What = What.EVERYTHING,
    recipient: Names = (),
    file: Names = (),
    even_if_in_doubt: Switch = False,
) -> str:
    """Give up what is open of an execution; originals and what is delivered stay.

    Args:
        execution: Id of the execution, or URL or name of its run.
        reason: Why; goes into the audit log and the receipts.
        what: Open deliveries, files that were set aside, or both.
        recipient: Only what is for this one; may be given several times.
        file: Only this one; may be given several times.
        even_if_in_doubt: Also what may have arrived.
    """
    fields = {"execution": execution, "reason": reason, "even_if_in_doubt": even_if_in_doubt}
    some = {"what": what, "recipients": recipient, "files": file}
    return _act(discard_flow, Discard, {**fields, **some})


def hold(execution: str = "", *, reason: str, transfer: str = "") -> str:
    """Let no run continue an execution, or those of a transfer, until it is released.

    Args:
        execution: Id of the execution, or URL or name of its run.
        reason: Why; goes into the audit log.
        transfer: In place of an execution: all of this transfer that are not done.
    """
    fields = {"execution": execution, "transfer": transfer, "reason": reason}
    return _act(hold_flow, Hold, fields)


def release(execution: str = "", *, reason: str, transfer: str = "") -> str:
    """Let executions go on that are held, at once.

    Args:
        execution: Id of the execution, or URL or name of its run.
        reason: Why; goes into the audit log.
        transfer: In place of an execution: all of this transfer that are held.
    """
    fields = {"execution": execution, "transfer": transfer, "reason": reason}
    return _act(release_flow, Release, fields)


def _act(flow: Flow[..., Any], form: type[Order], fields: dict[str, Any]) -> str:
    """Run an action and return what was done.

    Raises:
        DefinitionWrong: the form is not filled in rightly, or the action failed.
        Busy: a run works on the execution.
        Unreachable, AccessRefused: the server does not answer, or refuses.
    """
    try:
        order = form.model_validate({**fields, "actor": getpass.getuser()})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or flow.name
        raise DefinitionWrong(first["msg"], where=where, remedy="See --help") from error
    with translated():
        run: Any = flow(order, return_state=True)
        end: State[Any] = asyncio.run(run)
    if end.is_completed():
        return f"{end.name}: {end.message}"
    kind = Busy if end.name == "FAILED_BUSY" else DefinitionWrong
    remedy = "Look at the run's page for what was done, and `govmanager actions`"
    raise kind(str(end.message), where=f"{flow.name}: {end.name}", remedy=remedy)
