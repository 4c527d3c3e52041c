"""The ledger's verbs on executions and their history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from blocks.ledger.rows import Execution, Outcome, StatusChange
from blocks.ledger.sheet import Sheet, now
from blocks.ledger.tables import executions, files, status_changes


class Executions(Sheet):
    """What happens to executions as a whole."""

    def begin(self, execution: Execution) -> None:
        """Add an execution."""
        values = {column.name: getattr(execution, column.name) for column in executions.columns}
        self._connection.execute(executions.insert().values(values))

    def take_over(self, execution: str, run: str, home: str) -> None:
        """Note which flow run works on an execution now, and where; its end is open again."""
        self._update_execution(execution, {"run": run, "home": home, "ended_at": None})

    def close(
        self,
        execution: str,
        state: str,
        message: str,
        outcome: Outcome,
        continue_at: datetime | None = None,
    ) -> None:
        """Write the end of a run over an execution, what is left to do, and when at the earliest."""
        values = {"state": state, "message": message, "outcome": outcome, "ended_at": now()}
        values |= {"continue_at": continue_at, "runs": executions.c.runs + 1}
        self._update_execution(execution, values)

    def execution(self, execution: str) -> Execution | None:
        """Find an execution by its id."""
        found = self._executions(executions.c.id == execution)
        return found[0] if found else None

    def executions_of_run(self, run: str) -> list[Execution]:
        """Find what a flow run began or worked on last, oldest first."""
        return self._executions(sa.or_(executions.c.id == run, executions.c.run == run))

    def unfinished(self, transfer: str = "", home: str = "") -> list[Execution]:
        """Find what the hub can continue by itself, oldest first.

        Executions that a person holds, or whose time has not come yet, are left out.

        Args:
            transfer: whose; "" for all.
            home: what lies in another home directory is left out; "" for all.
        """
        where = [
            executions.c.outcome == Outcome.OPEN,
            executions.c.held == "",
            sa.or_(executions.c.continue_at.is_(None), executions.c.continue_at <= now()),
        ]
        if transfer:
            where.append(executions.c.transfer == transfer)
        if home:
            stored = sa.exists().where(files.c.execution == executions.c.id, files.c.stored != "")
            where.append(sa.or_(executions.c.home.in_(("", home)), ~stored))
        return self._executions(*where)

    def recent(self, transfer: str = "", state: str = "", limit: int = 50) -> list[Execution]:
        """Find the latest executions, latest first; empty texts mean all."""
        query = sa.select(executions).order_by(executions.c.started_at.desc()).limit(limit)
        if transfer:
            query = query.where(executions.c.transfer == transfer)
        if state:
            query = query.where(executions.c.state == state)
        return [_execution(row) for row in self._connection.execute(query).mappings()]

    def between(
        self, begin: datetime, end: datetime, *, transfer: str = "", group: str = ""
    ) -> list[Execution]:
        """Find the executions begun from `begin` until before `end`, oldest first.

        Args:
            begin: with its time zone, like `end`.
            end: this moment is not part of it any more.
            transfer: only those of this transfer.
            group: only those of this transfer group.
        """
        where = [executions.c.started_at >= begin, executions.c.started_at < end]
        where += [executions.c.transfer == transfer] if transfer else []
        where += [executions.c.group_name == group] if group else []
        return self._executions(*where)

    def not_done(self, transfer: str) -> list[Execution]:
        """Find every execution of a transfer that has work left, held or not, oldest first."""
        done = executions.c.outcome != Outcome.DONE
        return self._executions(done, executions.c.transfer == transfer)

    def _executions(self, *where: sa.ColumnElement[bool]) -> list[Execution]:
        query = sa.select(executions).where(*where).order_by(executions.c.started_at)
        return [_execution(row) for row in self._connection.execute(query).mappings()]

    def _update_execution(self, execution: str, values: Mapping[str, Any]) -> None:
        self._connection.execute(
            executions.update().where(executions.c.id == execution).values(values)
        )

    def change(self, execution: str, state: str, action: str, details: str = "") -> None:
        """Add a line to an execution's history and make its state the current one."""
        row = {"execution": execution, "at": now(), "state": state}
        self._connection.execute(
            status_changes.insert().values(row | {"action": action, "details": details})
        )
        self._update_execution(execution, {"state": state})

    def changes(self, execution: str) -> list[StatusChange]:
        """Read an execution's history in order."""
        query = (
            sa.select(status_changes)
            .where(status_changes.c.execution == execution)
            .order_by(status_changes.c.id)
        )
        return [
            StatusChange(row["at"], row["state"], row["action"], row["details"])
            for row in self._connection.execute(query).mappings()
        ]


def _execution(row: sa.RowMapping) -> Execution:
    values = dict(row)
    values["outcome"] = Outcome(row["outcome"])
    return Execution(**values)
