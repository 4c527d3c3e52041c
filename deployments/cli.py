"""The command `govmanager`: checks and applies transfers, looks at endpoints and executions.

It ends with 0 if all is well, with 1 if somebody has to mend something, and with 75 (EX_TEMPFAIL
of sysexits.h) if the same command can succeed later without anybody's help.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from blocks.access import check_access
from blocks.endpoint import Finding
from deployments import (
    acting,
    history,
    invoice_command,
    map_command,
    replay_command,
    schema_command,
)
from deployments.apply import apply as apply_files
from deployments.endpoint_table import PATH as PAGE_PATH
from deployments.endpoint_table import endpoint_page
from deployments.files import ROOT, read_transfers
from deployments.findings import FilesWrong
from deployments.plan import Action, Change, differences
from deployments.server import translated
from deployments.step_table import PATH as STEPS_PATH
from deployments.step_table import step_page
from flows.check_access import row
from flows.leftovers import Rules
from flows.settings import Settings
from flows.tidy import HEAD as TIDY_HEAD
from flows.tidy import problem_row, summary, tidy_up
from flows.tidy import row as leftover_row
from flows.work import load_endpoint
from transforms.errors import HubError, Retry

TRY_LATER = 75
STYLES = {
    Change.NEW: "green",
    Change.CHANGED: "yellow",
    Change.UNCHANGED: "dim",
    Change.PRUNED: "red",
}

app = App(name="govmanager", help="Transfers of a municipal hub: check, apply, look.")
out = Console()
err = Console(stderr=True, soft_wrap=True)


@app.command
def validate(*paths: Path) -> None:
    """Validate transfers and say what is wrong, without a server.

    Args:
        paths: Files or directories; none: deployments/transfers/.
    """
    count = len(read_transfers(paths))
    out.print(f"{count} transfer{'s are' if count != 1 else ' is'} fine.")


@app.command
def apply(
    *paths: Path,
    prune: bool = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make the deployments on the server agree with the files.

    Args:
        paths: Files or directories; none: deployments/transfers/, and what has gone is removed.
        prune: Remove transfers that are in none of the given files.
        dry_run: Only show what would happen.
    """
    whole = not paths or any(path.resolve() == ROOT for path in paths)
    actions = asyncio.run(
        apply_files(
            read_transfers(paths),
            work_pool=Settings().work_pool,
            prune=prune or whole,
            dry_run=dry_run,
            unfinished=history.count_unfinished,
        )
    )
    out.print(_plan_table(actions))
    counts = {change: sum(one.change is change for one in actions) for change in Change}
    told = ", ".join(f"{count} {change}" for change, count in counts.items())
    out.print(f"{told}." + (" Nothing was sent." if dry_run else ""))


@app.command
def check(*endpoints: str, directory: str = "", write: bool = True) -> None:
    """Look step by step, from this machine, whether endpoints work; nothing is left behind there.

    Args:
        endpoints: Blocks of endpoints, as type/name, such as sftp-server/gnap03.
        directory: Directory below the endpoint's base directory.
        write: Write a probe, rename and delete it too.
    """
    broken: list[HubError] = []
    for name in endpoints:
        with translated():
            loaded = asyncio.run(load_endpoint(name))
        findings = check_access(loaded, directory, write=write)
        out.print(_access_table(name, findings))
        broken += [finding.error for finding in findings if finding.error]
    if broken:
        raise broken[0]


@app.command
def tidy(
    *endpoints: str,
    directory: tuple[str, ...] = (),
    recursive: Annotated[bool, Parameter(negative="")] = False,
    older_than_hours: float = 24,
    foreign: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Remove old temporary files and locks of ended executions; nothing that is still needed.

    Args:
        endpoints: Blocks of endpoints, as type/name; none: all that transfers have used.
        directory: Only look there, below the base directory; may be given several times.
        recursive: Look into the directories below it too.
        older_than_hours: Leave alone what changed, or whose execution ended, later than that.
        foreign: Also what this hub's ledger does not know. Only where no other hub works!
        dry_run: Only show what would be done.
    """
    rules = Rules(timedelta(hours=older_than_hours), foreign=foreign, dry_run=dry_run)
    looked = tidy_up(rules, endpoints, directory, recursive=recursive, told=lambda _: None)
    with translated():
        done = asyncio.run(looked)
    table = Table(*TIDY_HEAD)
    for one in (*map(leftover_row, done.found), *map(problem_row, done.problems)):
        table.add_row(*map(escape, one))
    out.print(table)
    out.print(summary(done))
    if done.problems:
        raise done.problems[0][1]


@app.command
def endpoints(*, write: bool = False) -> None:
    """Print what each endpoint can, as a page in Markdown.

    Args:
        write: Write it to docs/endpoints.md instead.
    """
    if write:
        PAGE_PATH.write_text(endpoint_page(), encoding="utf-8")
    else:
        sys.stdout.write(endpoint_page())


@app.command
def steps(*, write: bool = False) -> None:
    """Print what each step does and asks for, as a page in Markdown.

    Args:
        write: Write it to docs/steps.md instead.
    """
    if write:
        STEPS_PATH.write_text(step_page(), encoding="utf-8")
    else:
        sys.stdout.write(step_page())


@app.command
def executions(*, transfer: str = "", state: str = "", limit: int = 50) -> None:
    """List the latest executions, latest first.

    Args:
        transfer: Only those of this transfer.
        state: Only those in this state, such as SUCCESS_FILES_SEND.
        limit: How many at most.
    """
    with history.reading() as book:
        found = book.recent(transfer=transfer, state=state, limit=limit)
    out.print(history.executions_table(found))


@app.command
def show(execution: str) -> None:
    """Show an execution: its files with their hashes, receipts and status changes.

    Args:
        execution: Id, as `govmanager executions` lists it.
    """
    with history.reading() as book:
        out.print(history.execution_report(book, execution))


@app.command
def actions(execution: str = "") -> None:
    """List what operators had done, latest last: who, what, why.

    Args:
        execution: Only to this one; its id, as `govmanager executions` lists it.
    """
    with history.reading() as book:
        out.print(history.actions_table(book.actions(execution)))


acting.register(app)
replay_command.register(app)
app.command(invoice_command.app)
app.command(map_command.app)
app.command(schema_command.app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are told without a traceback."""
    try:
        told = app(arguments, result_action="return_value")
    except FilesWrong as error:
        err.print(escape(str(error)), highlight=False)
        return 1
    except HubError as error:
        err.print(f"[bold]{escape(error.what)}[/bold]", highlight=False)
        err.print(escape(f"    {error.where}\n    -> {error.remedy}"), highlight=False)
        return TRY_LATER if error.retry is Retry.LATER else 1
    if told:
        out.print(escape(told))
    return 0


def _access_table(name: str, findings: Sequence[Finding]) -> Table:
    table = Table("step", "result", "found", "how to mend it", title=escape(name))
    for finding in findings:
        table.add_row(*(escape(cell) for cell in list(row(finding).values())[:-1]))
    return table


def _plan_table(actions: Sequence[Action]) -> Table:
    table = Table("Transfer", "Change", "What differs")
    for action in actions:
        style = STYLES[action.change]
        details = ", ".join(differences(action))
        table.add_row(escape(action.name), action.change.value, details, style=style)
    return table


if __name__ == "__main__":
    sys.exit(main())
