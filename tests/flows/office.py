"""A small office for flow tests: a source folder, recipients' folders, and a transfer between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_engine import run_flow_async
from prefect.states import Scheduled

from blocks.home import home_name
from blocks.ledger import Ledger
from blocks.local import LocalFolder
from flows.definition import Transfer
from flows.transfer import transfer


@dataclass
class Office:
    """Folders, blocks and a definition; `runs` are the flow runs started so far."""

    root: Path
    home: Path
    recipients: Sequence[str] = ("fachverfahren",)
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def open(self) -> None:
        """Create the folders and save their blocks; the first run shall have no more to do."""
        home_name(self.home)
        for name in ("source", *self.recipients):
            (self.root / name).mkdir(parents=True)
            folder = LocalFolder(directory=str(self.root / name))
            await folder.asave(self.block(name), overwrite=True)

    def block(self, name: str) -> str:
        """Return the name of a folder's block; the directory keeps tests apart."""
        return f"{name}-{abs(hash(str(self.root)))}"

    def endpoint(self, name: str) -> str:
        """Return the endpoint that a definition names."""
        return f"local-folder/{self.block(name)}"

    def definition(self, **changes: Any) -> Transfer:
        """Return a transfer from the source to every recipient; `source=` is merged."""
        patient = {"allowed": False}
        source = {"endpoint": self.endpoint("source"), "retries": patient}
        values: dict[str, Any] = {
            "name": f"NOLIS an {self.root.name}",
            "group": "NOLIS",
            "kdnr": "0100",
            "source": source | changes.pop("source", {}),
            "recipients": [
                {"name": name, "targets": [{"endpoint": self.endpoint(name), "retries": patient}]}
                for name in self.recipients
            ],
        }
        return Transfer.model_validate(values | changes)

    def drop(self, name: str, content: bytes = b"<Antrag/>") -> Path:
        """Lay a file into the source."""
        path = self.root / "source" / name
        path.write_bytes(content)
        return path

    def at(self, name: str) -> dict[str, bytes]:
        """Return what is visible in a folder."""
        return {path.name: path.read_bytes() for path in (self.root / name).iterdir()}

    def collect(self) -> None:
        """Let every recipient take away what it sees, as a Fachverfahren does."""
        for name in self.recipients:
            for path in (self.root / name).iterdir():
                if not path.name.startswith(".govmanager"):
                    self.taken.append((name, path.name))
                    path.unlink()

    def ledger_knows(self, run: UUID) -> bool:
        """Tell whether a run got as far as an execution in the ledger."""
        with self.ledger().read() as book:
            return bool(book.executions_of_run(str(run)))

    def ledger(self) -> Ledger:
        """Open the hub's ledger."""
        return Ledger(f"sqlite:///{self.home / 'ledger.sqlite'}", self.home / "locks")


async def new_run(definition: Transfer, **parameters: Any) -> FlowRun:
    """Create a flow run as the scheduler does, without starting it."""
    async with get_client() as client:
        return await client.create_flow_run(
            transfer, parameters={"definition": definition.model_dump(mode="json"), **parameters}
        )


async def start(run: UUID) -> State[Any]:
    """Let the engine work on a flow run, as a worker's process does, and return its end."""
    async with get_client() as client:
        flow_run = await client.read_flow_run(run)
    end = await run_flow_async(
        cast("Any", transfer),
        flow_run=flow_run,
        parameters=flow_run.parameters,
        return_type="state",
    )
    return cast("State[Any]", end)


async def go(definition: Transfer, **parameters: Any) -> State[Any]:
    """Run a transfer once, from a new flow run."""
    return await start((await new_run(definition, **parameters)).id)


async def press_retry(run: UUID) -> State[Any]:
    """Do what the Retry button of the UI does, then let the engine work on the run."""
    async with get_client() as client:
        await client.set_flow_run_state(run, Scheduled(name="AwaitingRetry"), force=True)
    return await start(run)
