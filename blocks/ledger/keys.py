"""The ledger's verbs on keys that a transfer takes once, such as seller, number and date."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blocks.ledger.files import as_file
from blocks.ledger.rows import FileState, LedgerFile
from blocks.ledger.sheet import Sheet, batches
from blocks.ledger.tables import files, keys

GIVEN_UP = (FileState.DISCARDED, FileState.LEFT)
"""Files whose keys are free again."""


class Keys(Sheet):
    """What happens to keys."""

    def take_keys(self, transfer: str, wanted: Sequence[tuple[str, int]]) -> dict[int, LedgerFile]:
        """Take keys for files, for good; who comes second gets nothing.

        Args:
            transfer: whose keys they are.
            wanted: key and id of the file that wants it.

        Returns:
            For each file that did not get its key, the file that has it.
        """
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        rows = [{"transfer": transfer, "key": key, "file": file} for key, file in wanted]
        if rows:
            self._connection.execute(dialect.insert(keys).on_conflict_do_nothing(), rows)
        owners: dict[str, LedgerFile] = {}
        for some in batches(sorted({key for key, _ in wanted})):
            query = (
                sa.select(keys.c.key, files)
                .join(files, keys.c.file == files.c.id)
                .where(keys.c.transfer == transfer, keys.c.key.in_(some))
            )
            owners |= {key: as_file(row) for key, *row in self._connection.execute(query)}
        for key, file in wanted:
            if owners[key].id != file and owners[key].state in GIVEN_UP:
                update = keys.update().where(keys.c.transfer == transfer, keys.c.key == key)
                self._connection.execute(update.values(file=file))
                (owners[key],) = self._read(file)
        return {file: owners[key] for key, file in wanted if owners[key].id != file}

    def _read(self, file: int) -> list[LedgerFile]:
        return [
            as_file(row)
            for row in self._connection.execute(sa.select(files).where(files.c.id == file))
        ]
