"""The flow that looks whether an endpoint can be reached."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State

from blocks.local import LocalFolder
from flows.check_access import check_access

pytestmark = pytest.mark.usefixtures("prefect_server")


def table_of(state: State[Any]) -> list[dict[str, str]]:
    """Return the rows of the table artifact that a run has made."""
    run = state.state_details.flow_run_id
    assert run

    async def read() -> list[dict[str, str]]:
        by_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        async with get_client() as client:
            (artifact,) = await client.read_artifacts(artifact_filter=by_run)
        rows: list[dict[str, str]] = json.loads(str(artifact.data))
        return rows

    return asyncio.run(read())


def checked(endpoint: str, directory: str = "", *, write: bool = True) -> State[Any]:
    """Run the flow and return how it ended."""

    async def run() -> State[Any]:
        return await check_access(endpoint, directory, write=write, return_state=True)

    return asyncio.run(run())


def test_a_reachable_endpoint_says_what_it_found(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<a/>")
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    state = checked("local-folder/reachable")
    assert state.is_completed()
    assert "1 files" in str(state.message)


def test_every_step_is_in_a_table(tmp_path: Path) -> None:
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    state = checked("local-folder/reachable")
    rows = table_of(state)
    steps = ["login", "list", "write", "rename", "replace", "lock", "no overwriting", "delete"]
    assert [row["step"] for row in rows] == steps
    assert {row["result"] for row in rows} == {"ok"}
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_only_reading_is_allowed(tmp_path: Path) -> None:
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    changed = tmp_path.stat().st_mtime_ns
    assert checked("local-folder/reachable", write=False).is_completed()
    assert tmp_path.stat().st_mtime_ns == changed


def test_a_missing_directory_ends_as_failed_with_its_reason(tmp_path: Path) -> None:
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    state = checked("local-folder/reachable", "nowhere")
    assert (state.is_failed(), state.name) == (True, "FAILED_DIRECTORY_MISSING")
    assert table_of(state)[-1]["result"] == "failed"
    assert "Check the path" in table_of(state)[-1]["how to mend it"]


def test_an_unknown_endpoint_ends_as_failed_with_its_reason() -> None:
    state = checked("sftp-server/nobody")
    assert (state.is_failed(), state.name) == (True, "FAILED_DEFINITION_WRONG")
    assert "sftp-server/nobody" in str(state.message)
