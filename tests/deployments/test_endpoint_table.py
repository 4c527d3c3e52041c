"""The page that says what each endpoint can."""

from __future__ import annotations

from blocks.endpoint import Can
from deployments.endpoint_table import MEANINGS, PATH, endpoint_page


def test_the_committed_page_is_up_to_date() -> None:
    assert PATH.read_text(encoding="utf-8") == endpoint_page(), "run `govmanager endpoints --write`"


def test_it_tells_every_ability() -> None:
    assert set(MEANINGS) == set(Can)
