"""Opens the ledger: SQLite beside the execution folders, or PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from blocks.ledger.book import Book
from blocks.ledger.locks import hold
from blocks.ledger.migrate import HEAD, upgrade
from transforms.errors import Unreachable


class Ledger:
    """The database of everything the hub did; safe to share between threads.

    Args:
        url: SQLAlchemy URL of a SQLite or PostgreSQL database.
        locks: directory for the lock files of an SQLite ledger.

    Raises:
        Unreachable: the database cannot be opened.
        StoreDamaged: it was written by a newer version of the hub.
    """

    def __init__(self, url: str, locks: Path) -> None:
        """Open the database, and create or upgrade its tables where needed."""
        self._locks = locks
        self._engine = sa.create_engine(url, pool_pre_ping=True, connect_args=_options(url))
        if self._engine.dialect.name == "sqlite":
            locks.mkdir(parents=True, exist_ok=True)
            Path(self._engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        with self._translated():
            if _revision(self._engine) != HEAD:
                with hold(self._engine, locks, "migration", wait=True):
                    upgrade(self._engine)

    @contextmanager
    def write(self) -> Iterator[Book]:
        """Open a transaction that is durable when the block ends, or gone if it raises."""
        with self._translated(), self._engine.connect() as connection:
            writing = connection.execution_options(govmanager_write=True)
            with writing.begin():
                yield Book(writing)

    @contextmanager
    def read(self) -> Iterator[Book]:
        """Open a transaction that only reads."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield Book(connection)

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Hold a name, such as an execution's id, until the block or the process ends.

        Raises:
            Busy: somebody else holds it.
        """
        return hold(self._engine, self._locks, name)

    def dispose(self) -> None:
        """Close the pooled connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as error:
            raise Unreachable(
                f"The ledger cannot be reached: {type(error.orig).__name__}",
                where=self._engine.url.render_as_string(hide_password=True),
                remedy="Check that the database runs and that its disk has room",
            ) from error


def _options(url: str) -> dict[str, str]:
    """Let PostgreSQL notice within a minute that a machine is gone, and free its locks."""
    if sa.make_url(url).get_backend_name() != "postgresql":
        return {}
    alive = {"idle": 30, "interval": 10, "count": 3}
    return {"options": " ".join(f"-c tcp_keepalives_{name}={n}" for name, n in alive.items())}


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # SQLAlchemy begins transactions itself (below); the driver's own implicit ones come too late.
    connection.isolation_level = None
    # FULL: a committed row survives a power cut, which the deletion at the source relies on.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later can fail on a lock it never gets.
    writing = connection.get_execution_options().get("govmanager_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _revision(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar())
