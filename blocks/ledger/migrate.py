"""Brings the ledger's tables to the version this code is written for."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import sqlalchemy as sa

from transforms.errors import StoreDamaged

HEAD = "0005"
"""The migration this code needs; `tests/blocks/test_ledger.py` holds it to `migrations/`."""

_migrating = Lock()
"""Alembic keeps what it works on in the process, so threads take turns."""


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Run the migrations that are missing.

    Args:
        engine: the ledger's database.
        to: the last one to run.

    Raises:
        StoreDamaged: the ledger was written by a newer version of the hub.
    """
    # Alembic takes a third of a second to import, which an up-to-date ledger need not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    try:
        with _migrating:
            command.upgrade(config, to)
    except CommandError as error:
        raise StoreDamaged(
            "The ledger was written by a newer version",
            where=engine.url.render_as_string(hide_password=True),
            remedy="Run the newer version of GovManager against it, or restore a backup",
        ) from error
