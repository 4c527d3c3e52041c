"""The flow that looks whether an endpoint can be reached."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from blocks.local import LocalFolder
from flows.check_access import check_access

pytestmark = pytest.mark.usefixtures("prefect_server")


def checked(endpoint: str, directory: str = "") -> State[Any]:
    """Run the flow and return how it ended."""

    async def run() -> State[Any]:
        return await check_access(endpoint, directory, return_state=True)

    return asyncio.run(run())


def test_a_reachable_endpoint_says_what_it_found(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<a/>")
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    state = checked("local-folder/reachable")
    assert state.is_completed()
    assert "1 files" in str(state.message)


def test_a_missing_directory_ends_as_failed_with_its_reason(tmp_path: Path) -> None:
    LocalFolder(directory=str(tmp_path)).save("reachable", overwrite=True)
    state = checked("local-folder/reachable", "nowhere")
    assert (state.is_failed(), state.name) == (True, "FAILED_DIRECTORY_MISSING")


def test_an_unknown_endpoint_ends_as_failed_with_its_reason() -> None:
    state = checked("sftp-server/nobody")
    assert (state.is_failed(), state.name) == (True, "FAILED_DEFINITION_WRONG")
    assert "sftp-server/nobody" in str(state.message)
