"""Runs of a transfer that stop where they are told to: between any two steps towards the outside.

Each run is a thread that waits, before every commit of the ledger and every rename, link or
removal of a file, until it is let go on. The engine is left out: tasks are called as functions,
and blocks come out of a table. What is left is what the hub itself promises.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from blocks.endpoint import Connection, Endpoint
from blocks.ledger import Book, Ledger
from blocks.local import LocalFolder
from flows import transfer as flow_module
from flows.definition import Transfer
from tests.flows import engineless
from tests.flows.engineless import Run
from transforms.errors import Unreachable

WATCHED = frozenset({"os.rename", "os.link", "os.remove"})
PATIENCE = 30

_worker: ContextVar[Worker | None] = ContextVar("worker", default=None)


class Killed(BaseException):
    """Nothing of a run happens after it: every further step raises it again."""


class Worker:
    """One run at a time, in a thread, which goes on step by step."""

    def __init__(self, root: Path, definition: Transfer) -> None:
        """Be idle."""
        self.root = root
        self.run = ""
        self._definition = definition
        self._may_go = threading.Semaphore(0)
        self._arrived = threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._is_killed = False
        self._failure: BaseException | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no run is under way."""
        return self._thread is None

    def start(self) -> None:
        """Begin a run; it stops before its first step."""
        self.run = str(uuid4())
        self._is_killed = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self._wait()

    def go_on(self, steps: int) -> None:
        """Let so many steps happen, or fewer if the run ends before."""
        for _ in range(steps):
            if self._thread is None:
                return
            self._may_go.release()
            self._wait()

    def finish(self) -> None:
        """Let the run come to its end."""
        while self._thread:
            self.go_on(1)

    def kill(self) -> None:
        """End the run where it is."""
        self._is_killed = True
        self.finish()

    def reach(self, what: str) -> None:
        """Stop before a step."""
        del what
        if self._is_killed:
            raise Killed
        self._arrived.release()
        if not self._may_go.acquire(timeout=PATIENCE):
            raise Killed
        if self._is_killed:
            raise Killed

    def _wait(self) -> None:
        assert self._arrived.acquire(timeout=PATIENCE), "the run neither stops nor ends"
        if self._thread and not self._thread.is_alive():
            self._ended()

    def _ended(self) -> None:
        failure, self._failure, self._thread = self._failure, None, None
        if failure and not isinstance(failure, Killed):
            raise failure

    def _work(self) -> None:
        _worker.set(self)
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001 - a thread must hand on whatever it was
            self._failure = error
        finally:
            thread, self._thread = self._thread, None
            self._thread = thread
            threading.Thread(target=self._tell_end, args=(thread,), daemon=True).start()

    def _tell_end(self, thread: threading.Thread) -> None:
        thread.join()
        self._arrived.release()

    async def _run(self) -> None:
        await flow_module.transfer.fn(self._definition)


def _on_audit(name: str, details: tuple[Any, ...]) -> None:
    worker = _worker.get() if name in WATCHED else None
    if worker and str(details[0]).startswith(str(worker.root)):
        worker.reach(name)


sys.addaudithook(_on_audit)


def _current() -> Run:
    worker = _worker.get()
    return Run(worker.run if worker else str(uuid4()))


@contextmanager
def without_engine(endpoints: Mapping[str, Endpoint], down: set[str]) -> Iterator[None]:
    """Call tasks as functions, take endpoints from a table, and stop around each commit.

    Args:
        endpoints: by the name of their block.
        down: directories of those that do not answer now.
    """
    write, connect = Ledger.write, LocalFolder.connect

    def connected(self: LocalFolder) -> AbstractContextManager[Connection]:
        if self.directory in down:
            raise Unreachable("No answer", where=self.directory, remedy="Start the server")
        return connect(self)

    @contextmanager
    def stopping(self: Ledger) -> Iterator[Book]:
        worker = _worker.get()
        if worker:
            worker.reach("before a commit")
        with write(self) as book:
            yield book
        if worker:
            worker.reach("after a commit")

    with (
        engineless.without_engine(endpoints, _current),
        patch.object(Ledger, "write", stopping),
        patch.object(LocalFolder, "connect", connected),
    ):
        yield
