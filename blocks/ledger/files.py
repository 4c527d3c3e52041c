"""The ledger's verbs on source files: claimed once, forward only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blocks.endpoint import RemoteFile, display
from blocks.ledger.rows import FileState, LedgerFile
from blocks.ledger.sheet import Sheet, batches, fingerprint_columns, now
from blocks.ledger.tables import files
from transforms.document import Fingerprint
from transforms.errors import HubError


def claim_of(endpoint: str, file: RemoteFile) -> str:
    """Return the key under which one physical file is claimed: endpoint, path and identity."""
    parts = "\n".join((endpoint, display(file.path), file.identity))
    return hashlib.sha256(parts.encode()).hexdigest()


class Files(Sheet):
    """What happens to source files."""

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
        return [_file(row) for row in self._connection.execute(query).mappings()]

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
        """Note that a file stays at its source, and free its claim for a later run."""
        values = {"state": FileState.LEFT, "claim": None}
        self._update_file(file, values | {"code": error.code, "error": str(error)})

    def rejected(self, file: int, error: HubError) -> None:
        """Note that a step refused a file; its original stays in the execution folder."""
        values = {"state": FileState.REJECTED, "code": error.code, "error": str(error)}
        self._update_file(file, values)

    def postponed(self, file: int, error: HubError) -> None:
        """Note why a step could not work on a file; a later run tries again."""
        self._update_file(file, {"code": error.code, "error": str(error)})

    def quarantined(self, file: int, error: HubError) -> None:
        """Note that a file is not tried again by itself; its original stays where it is."""
        values = {"state": FileState.QUARANTINED, "code": error.code, "error": str(error)}
        self._update_file(file, values)

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
    return values | {"state": FileState.CLAIMED, "facts": dict(facts), **empty}


def _file(row: sa.RowMapping) -> LedgerFile:
    values = dict(row)
    values.pop("claim")
    values["state"] = FileState(row["state"])
    return LedgerFile(**values)
