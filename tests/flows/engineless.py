"""A transfer without Prefect's engine: tasks are functions, and endpoints come out of a table.

What is left is what the hub itself promises, in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from prefect.blocks.core import Block
from prefect.logging import disable_run_logger

from blocks.endpoint import Endpoint
from flows import transfer as flow_module


@dataclass(frozen=True, slots=True)
class Run:
    """What `prefect.runtime.flow_run` tells of a run."""

    id: str
    count: int = 1

    def get_id(self) -> str:
        """Return the id of the flow run."""
        return self.id

    def get_run_count(self) -> int:
        """Return how often it was begun; more than once is by a person."""
        return self.count


class _Runtime:
    """Asks anew each time, as `prefect.runtime` does."""

    def __init__(self, current: Callable[[], Run]) -> None:
        self.get_id = lambda: current().get_id()
        self.get_run_count = lambda: current().get_run_count()


@contextmanager
def without_engine(endpoints: Mapping[str, Endpoint], current: Callable[[], Run]) -> Iterator[None]:
    """Let `flows.transfer.transfer.fn` work without a Prefect server.

    Args:
        endpoints: by the name of their block.
        current: tells which run asks.
    """

    async def load(name: str) -> Endpoint:
        if name not in endpoints:
            raise ValueError(name)
        return endpoints[name]

    async def nothing(*_: Any) -> None:
        return None

    with (
        disable_run_logger(),
        patch.multiple(
            flow_module,
            fetch=flow_module.fetch.fn,
            transform=flow_module.transform.fn,
            deliver=flow_module.deliver.fn,
            publish_artifacts=nothing,
            plan_continuation=nothing,
            _name_run=nothing,
            flow_run=_Runtime(current),
        ),
        patch.object(Block, "aload", load),
    ):
        yield
