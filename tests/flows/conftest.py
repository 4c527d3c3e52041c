"""The office of each flow test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.office import Office


@pytest.fixture
async def office(tmp_path: Path, home: Path, prefect_server: None) -> Office:
    """Open an office with one recipient."""
    del prefect_server
    opened = Office(tmp_path, home)
    await opened.open()
    return opened
