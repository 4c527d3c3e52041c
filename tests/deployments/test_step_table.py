"""docs/steps.md is what the models say."""

from __future__ import annotations

from deployments.step_table import PATH, step_page
from transforms import STEPS


def test_the_page_is_up_to_date() -> None:
    assert PATH.read_text(encoding="utf-8") == step_page(), "run `govmanager steps --write`"


def test_every_step_is_on_it() -> None:
    for kind in STEPS:
        assert f"\n## {kind.model_fields['kind'].default}\n" in step_page()
