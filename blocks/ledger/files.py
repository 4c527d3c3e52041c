"""The ledger's verbs on source files: claimed once, forward only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blocks.endpoint import RemoteFile, display
from blocks.ledger.rows import ASIDE, FileState, LedgerFile
from blocks.ledger.sheet import Sheet, batches, fingerprint_columns, now
from blocks.ledger.tables import executions, files
from transforms.document import Fingerprint
from transforms.errors import HubError

BUNDLE = "_bundle"
"""The fact that is the key of a file's bundle; absent where it goes alone."""


_COLUMNS = tuple(files.columns.keys())


def claim_of(endpoint: str, file: RemoteFile) -> str:
    """Return the key under which one physical file is claimed: endpoint, path and identity."""
    parts = "\n".join((endpoint, display(file.path), file.identity))
    return hashlib.sha256(parts.encode()).hexdigest()


class Files(Sheet):
    """What happens to source files."""

    def bundles(self, transfer: str, keys: Collection[str]) -> dict[str, set[str]]:
        """Find out which bundles a transfer has taken before, with the names of their parts."""
        found: dict[str, set[str]] = {}
        for some in batches(sorted(keys)):
            query = (
                sa.select(files.c.bundle, files.c.name)
                .join(executions, files.c.execution == executions.c.id)
                .where(files.c.bundle.in_(some), files.c.bundle != "")
                .where(files.c.state != FileState.LEFT, executions.c.transfer == transfer)
            )
            for key, name in self._connection.execute(query):
                found.setdefault(key, set()).add(name)
        return found

    def unclaimed(self, endpoint: str, listed: Iterable[RemoteFile]) -> list[RemoteFile]:
        """Leave out the files that are claimed already; a new file under an old name stays."""
        by_claim = {claim_of(endpoint, file): file for file in listed}
        for some in batches(list(by_claim)):
            query = sa.select(files.c.claim).where(files.c.claim.in_(some))
            for claim in self._connection.execute(query).scalars():
                by_claim.pop(claim)
        return list(by_claim.values())

    def claim(
        self, execution: str, endpoint: str, listed: Iterable[tuple[RemoteFile, Mapping[str, str]]]
    ) -> int:
        """Claim files with their facts for an execution; who comes second gets nothing.

        Returns:
            How many files the execution has claimed altogether.
        """
        insert = (
            postgresql.insert(files)
            if self._connection.dialect.name == "postgresql"
            else sqlite.insert(files)
        ).on_conflict_do_nothing(index_elements=["claim"])
        rows = [_claimed(execution, endpoint, *one) for one in listed]
        if rows:
            self._connection.execute(insert, rows)
        count = sa.select(sa.func.count()).where(files.c.execution == execution)
        return int(self._connection.execute(count).scalar_one())

    def files(self, execution: str) -> list[LedgerFile]:
        """Read an execution's files in the order of their claim."""
        query = sa.select(files).where(files.c.execution == execution).order_by(files.c.id)
        return [as_file(row) for row in self._connection.execute(query)]

    def undisposed(self, endpoint: str, directory: str) -> list[LedgerFile]:
        """Read the files below a source's directory that were not let go; "" is all of them."""
        query = sa.select(files).where(files.c.endpoint == endpoint, files.c.disposed.is_(False))
        if directory:
            query = query.where(files.c.path.startswith(f"{directory}/", autoescape=True))
        return [as_file(row) for row in self._connection.execute(query)]

    def stored(self, safe: Iterable[tuple[int, str, Fingerprint]]) -> None:
        """Note that files' bytes are durable below the execution folder.

        Args:
            safe: for each file its id, its path below the folder, and what its bytes are.
        """
        rows = [
            {"file": file, "stored": stored, "stored_at": now(), **fingerprint_columns(fingerprint)}
            for file, stored, fingerprint in safe
        ]
        if rows:
            given: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "file"}
            update = files.update().where(files.c.id == sa.bindparam("file"))
            self._connection.execute(update.values(state=FileState.STORED, **given), rows)

    def disposed(self, done: Sequence[int], *, keep_claim: bool) -> None:
        """Note that the source may forget these files, or that they stay there and are known."""
        values: dict[str, Any] = {"disposed": True}
        if not keep_claim:
            values["claim"] = None
        self._connection.execute(files.update().where(files.c.id.in_(done)).values(values))

    def left(self, file: int, error: HubError) -> None:
        """Note that a file stays at its source, and free its claim for a later run.

        One that was stored, because what must go with it was not, counts as never fetched.
        """
        values = {"state": FileState.LEFT, "claim": None, "stored": "", "stored_at": None}
        self._update_file(file, values | {"code": error.code, "error": str(error)})

    def rejected(self, file: int, error: HubError) -> None:
        """Note that a step refused a file; its original stays in the execution folder."""
        values = {"state": FileState.REJECTED, "code": error.code, "error": str(error)}
        self._update_file(file, values)

    def seen_before(
        self, transfer: str, ones: Collection[LedgerFile], since: datetime
    ) -> dict[int, LedgerFile]:
        """Find for each file one with the same bytes that the transfer took before it.

        Args:
            transfer: its name.
            ones: files whose bytes are stored.
            since: with time zone; what was stored before does not count.

        Returns:
            By the id of the file, the first such one; nothing for files that are the first.
        """
        first: dict[str, LedgerFile] = {}
        for some in batches(sorted({one.sha256 for one in ones})):
            query = (
                sa.select(files)
                .join(executions, files.c.execution == executions.c.id)
                .where(executions.c.transfer == transfer, files.c.sha256.in_(some))
                .where(files.c.stored_at >= since, files.c.state != FileState.LEFT)
                .order_by(files.c.id.desc())
            )
            found = [as_file(row) for row in self._connection.execute(query)]
            first |= {one.sha256: one for one in found}
        return {
            one.id: first[one.sha256]
            for one in ones
            if one.sha256 in first and first[one.sha256].id < one.id
        }

    def postponed(self, file: int, error: HubError, *, counts: bool) -> None:
        """Note why a step could not work on a file; a later run tries again.

        Args:
            file: its id.
            error: why.
            counts: whether the attempt counts, as the reason may lie in the file.
        """
        values: dict[str, Any] = {"code": error.code, "error": str(error)}
        if not counts:
            values["attempts"] = files.c.attempts - 1
        self._update_file(file, values)

    def ended(self, file: int, reason: str) -> None:
        """Note that the steps made nothing of a file, on purpose: nothing is sent of it."""
        self._update_file(file, {"state": FileState.ENDED, "code": "", "error": reason})

    def quarantined(self, file: int, error: HubError) -> None:
        """Note that a file is not tried again by itself; its original stays where it is."""
        values = {"state": FileState.QUARANTINED, "code": error.code, "error": str(error)}
        self._update_file(file, values)

    def given_up(self, file: int, reason: str) -> None:
        """Note that a person does not want a file that was set aside; no run takes it again."""
        update = files.update().where(files.c.id == file, files.c.state.in_(ASIDE))
        self._connection.execute(update.values(state=FileState.DISCARDED, error=reason))

    def attempted(self, begun: Sequence[int]) -> None:
        """Count one more time that the steps begin with these files."""
        for some in batches(begun):
            update = files.update().where(files.c.id.in_(some))
            self._connection.execute(update.values(attempts=files.c.attempts + 1))

    def _update_file(self, file: int, values: Mapping[str, Any]) -> None:
        self._connection.execute(files.update().where(files.c.id == file).values(values))


def _claimed(
    execution: str, endpoint: str, file: RemoteFile, facts: Mapping[str, str]
) -> dict[str, Any]:
    values: dict[str, Any] = {"execution": execution, "endpoint": endpoint, "path": file.path}
    values |= {"name": display(file.name), "size": file.size, "modified": file.modified}
    values |= {"version": file.version, "claim": claim_of(endpoint, file), "disposed": False}
    empty = dict.fromkeys(("stored", "md5", "sha256", "code", "error"), "")
    values |= {"state": FileState.CLAIMED, "facts": dict(facts), **empty}
    return values | {"bundle": facts.get(BUNDLE, "")}


def as_file(row: Sequence[Any]) -> LedgerFile:
    """Return a row with all columns of the table as what the ledger hands out."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values.pop("claim")
    values["state"] = FileState(values["state"])
    return LedgerFile(**values)
