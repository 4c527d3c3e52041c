"""Fixtures that every test may use: one Prefect server for the session, a hub home for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    PREFECT_SERVER_UI_ENABLED,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Run a real Prefect server on a database of its own; costs some 8 s, once per session."""
    quick = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_TO_API_ENABLED: False}
    with (
        temporary_settings({PREFECT_SERVER_UI_ENABLED: False}),
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings(quick),
    ):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the hub a home directory of its own."""
    path = tmp_path / "home"
    monkeypatch.setenv("GOVMANAGER_HOME", str(path))
    return path


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, which is what Prefect needs."""
    return "asyncio"
