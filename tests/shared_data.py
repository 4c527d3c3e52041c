"""Where schemas and sample documents lie that are not part of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"


def shared(*parts: str) -> Path:
    """Return a file or directory of the shared data; skips the test where it is not at hand."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{'/'.join(parts)}, which is laid beside the project")
    return path
