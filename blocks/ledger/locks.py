"""Locks that end with the process that holds them, however it ends.

SQLite means one machine: `flock` on a file, released by the kernel. PostgreSQL means several: an
advisory lock of the session, released by the database when the connection is gone.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from transforms.errors import Busy


@contextmanager
def hold(engine: sa.Engine, directory: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a name until the block or the process ends.

    Raises:
        Busy: somebody else holds it and `wait` is False.
    """
    if engine.dialect.name == "postgresql":
        with _advisory(engine, name, wait=wait):
            yield
    else:
        with _flock(directory / f"{name}.lock", wait=wait):
            yield


@contextmanager
def _flock(path: Path, *, wait: bool) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise _busy(path.stem) from error
        yield


@contextmanager
def _advisory(engine: sa.Engine, name: str, *, wait: bool) -> Iterator[None]:
    verb = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    query = sa.text(f"SELECT {verb}(hashtextextended(:name, 0))")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.execute(query, {"name": name}).scalar() is False:
            raise _busy(name)
        try:
            yield
        finally:
            connection.execute(
                sa.text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name}
            )


def _busy(name: str) -> Busy:
    return Busy(
        "Another run works on this execution",
        where=name,
        remedy="Wait for that run to end; it continues what is left",
    )
