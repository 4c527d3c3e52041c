"""Step `filter`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms.step_contract import StepContract, stored
from transforms.filter_documents import FilterDocuments
from transforms.step import Workbench


class TestFilter(StepContract):
    """The contract, for a filter that keeps all."""

    refuses = False

    def step(self) -> FilterDocuments:
        return FilterDocuments(filter_names=["*"])


@pytest.mark.parametrize(
    ("options", "goes_on"),
    [
        ({"filter_names": ["*.pdf", "*.xml"]}, True),
        ({"filter_names": ["*.pdf"]}, False),
        ({"filter_names": ["*.XML"]}, False),
        ({"filter_names": ["*.xml"], "filter_matching": "DROP"}, False),
        ({"filter_facts": {"leika": "99003*"}}, True),
        ({"filter_facts": {"leika": "99003*", "ags": "*"}}, False),
        ({"filter_facts": {"ags": "*"}, "filter_matching": "DROP"}, True),
        ({"filter_largest": 3}, True),
        ({"filter_largest": 2}, False),
        ({"filter_smallest": 4}, False),
    ],
)
def test_what_goes_on(tmp_path: Path, options: dict[str, Any], goes_on: bool) -> None:  # noqa: FBT001
    document = stored(tmp_path, b"<A>")
    made = FilterDocuments(**options).apply(document, Workbench(tmp_path))
    assert list(made) == ([document] if goes_on else [])


def test_a_filter_says_something() -> None:
    with pytest.raises(ValidationError, match="matches everything"):
        FilterDocuments()
