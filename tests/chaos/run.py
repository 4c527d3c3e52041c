"""One run of a transfer in a process of its own, forked from a warm one.

The warm process has imported everything and opened nothing, and has no thread: a fork of it is
like a fresh interpreter that has come as far, in a hundredth of the time. It ends with whoever
started it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import blocks  # noqa: F401 - all endpoints are to be there before the first fork
from blocks.endpoint import Endpoint
from blocks.local import LocalFolder
from flows import transfer as flow_module
from flows.definition import Transfer
from tests.chaos import hooks  # noqa: F401 - named by orders
from tests.chaos.points import Watch, ledger_verbs
from tests.flows.engineless import Run, without_engine

SECONDS = 60
"""After so long the kernel ends a run that hangs."""

KILLED = -signal.SIGKILL
BEGIN = "import sys; from tests.chaos.run import serve; serve(sys.argv[1])"
READY = "ready\n"


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do.

    Attributes:
        run: id of the flow run.
        root: directory of the case; the hub's home is below it.
        definition: the transfer, as JSON.
        endpoints: by the name of their block.
        kill_at: number of the event to die at; None: at none.
        pause_at: number of the event to wait at; None: at none.
        environment: what else the process finds in its environment.
        before: called first, with this order; a function of a module.
        count: how often the flow run was begun; more than once is by a person.
        resume_from: the execution that a person wants continued, "" for an ordinary run.
    """

    run: str
    root: Path
    definition: dict[str, Any]
    endpoints: Mapping[str, Endpoint]
    kill_at: int | None = None
    pause_at: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[Order], None] | None = None
    count: int = 1
    resume_from: str = ""

    @property
    def trail(self) -> Path:
        """File of the points that the run came by."""
        return self.root / f"trail-{self.run}-{self.count}"

    @property
    def pause(self) -> Path:
        """Named pipe that a paused run reads from."""
        return self.root / "pause"

    @property
    def report(self) -> Path:
        """File with the name and message of the run's end."""
        return self.root / f"report-{self.run}-{self.count}"


def work(order: Order) -> None:
    """Carry out an order; runs in the process that may be killed."""
    os.environ.update(order.environment)
    if order.before:
        order.before(order)
    order.trail.touch()
    Watch(order.trail, order.root, order.kill_at, order.pause, order.pause_at).install()
    transfer(order)


def transfer(order: Order) -> None:
    """Let the flow work, and write down what it says at its end."""
    os.environ["GOVMANAGER_HOME"] = str(order.root / "home")
    definition = Transfer.model_validate(order.definition)
    with without_engine(order.endpoints, lambda: Run(order.run, order.count)):
        end = asyncio.run(flow_module.transfer.fn(definition, order.resume_from))
    order.report.write_text(f"{end.name}: {end.message}")


# -- the warm process --------------------------------------------------------------------------


def serve(address: str) -> None:
    """Fork a process for each order that comes in, until standard input ends."""
    ledger_verbs()
    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        sys.stdout.write(READY)
        sys.stdout.flush()
        while select.select([listener, sys.stdin], [], [])[0] == [listener]:
            accepted, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _keep(Connection(accepted.detach()))
            accepted.close()


def _warm_up() -> None:
    """Let one transfer happen: what is done only the first time costs more than all the rest."""
    with tempfile.TemporaryDirectory(prefix="warm-") as place:
        root = Path(place)
        for name in ("source", "target"):
            (root / name).mkdir()
        (root / "source/a.xml").write_text("<a/>")
        definition = {
            "name": "warm",
            "source": {"endpoint": "local-folder/source"},
            "recipients": [{"name": "Amt", "targets": [{"endpoint": "local-folder/target"}]}],
        }
        endpoints = {
            f"local-folder/{name}": LocalFolder(directory=str(root / name))
            for name in ("source", "target")
        }
        transfer(Order(str(uuid4()), root, definition, endpoints))
        assert (root / "target/a.xml").exists()
    # `blocks.limits` begins its thread anew where it is missing; a fork would lack any other.
    assert {thread.name for thread in threading.enumerate()} <= {"MainThread", "limits"}


def _keep(connection: Connection[Any, Any]) -> NoReturn:
    """Receive an order, have it carried out, and tell how that process ended."""
    order = connection.recv()
    if (process := os.fork()) == 0:
        signal.alarm(SECONDS)
        try:
            work(order)
        except BaseException:  # noqa: BLE001 - nobody else can tell
            order.report.write_text(traceback.format_exc())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    connection.send(os.waitstatus_to_exitcode(status))
    os._exit(0)


@dataclass(frozen=True, slots=True)
class Warm:
    """The warm process, as others see it."""

    address: str

    def start(self, order: Order) -> Connection[Any, Any]:
        """Begin to carry out an order; `recv` waits for the exit code."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(self.address)
        connection: Connection[Any, Any] = Connection(line.detach())
        connection.send(order)
        return connection

    def carry_out(self, order: Order) -> int:
        """Carry out an order and return the exit code: KILLED if it died by its own hand."""
        with self.start(order) as connection:
            code: int = connection.recv()
        return code


@contextmanager
def warm_process() -> Iterator[Warm]:
    """Start the warm process; it is ready when the context begins."""
    with tempfile.TemporaryDirectory(prefix="warm-") as place:
        address = f"{place}/orders"
        command = [sys.executable, "-c", BEGIN, address]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
            assert process.stdout
            assert process.stdout.readline() == READY.encode()
            yield Warm(address)
            assert process.stdin
            process.stdin.close()
