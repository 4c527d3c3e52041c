"""Most polls find nothing: such a run costs few requests and leaves nothing behind."""

from __future__ import annotations

import logging
import re
from collections import Counter
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from tests.flows.office import Office, go, new_run, start

pytestmark = pytest.mark.anyio

REQUEST = re.compile(r"HTTP Request: (\w+) https?://[^/]+/api(\S*)")
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

ALLOWED = Counter(
    {
        "GET /flow_runs/…": 2,
        "POST /flow_runs/…/set_state": 2,
        "PATCH /flow_runs/…": 2,
        "GET /flows/…": 1,
        "GET /admin/storage": 2,
        "GET /csrf-token": 1,
        "GET /block_types/slug/local-folder/block_documents/name/…": 1,
    }
)
"""All but the last are the engine's own: the run, its states and name, where results would go."""


def requests(records: list[logging.LogRecord]) -> Counter[str]:
    """Return the requests that httpx logged, with ids and block names left out."""
    found = [REQUEST.search(record.getMessage()) for record in records if record.name == "httpx"]
    paths = (f"{one[1]} {IDENTIFIER.sub('…', one[2].partition('?')[0])}" for one in found if one)
    return Counter(re.sub(r"(block_documents/name/).+", r"\1…", path) for path in paths)


def bytes_of(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.glob("ledger.sqlite*")}


async def test_an_empty_poll_leaves_nothing_behind(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    definition = office.definition()
    await go(definition)
    open_ledger = office.ledger()
    with open_ledger.read() as book:
        assert book.recent() == []
    before = bytes_of(office.home)
    run = await new_run(definition)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="httpx"):
        end = await start(run.id)
    assert end.name == "SUCCESS_NO_FILES"
    asked = requests(caplog.records)
    assert asked - ALLOWED == Counter(), "requests beyond what an empty poll needs"
    assert asked["GET /block_types/slug/local-folder/block_documents/name/…"] == 1
    assert bytes_of(office.home) == before
    assert not (office.home / "executions").exists()
    async with get_client() as client:
        only = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
        assert await client.read_task_runs(flow_run_filter=only) == []
        assert await client.read_artifacts(flow_run_filter=only) == []
    open_ledger.dispose()
