"""Two machines that poll the same sources and are killed again and again; ten minutes: see there."""

from __future__ import annotations

import pytest

from tests.flows.two_machines import measured


@pytest.mark.timeout(300)
def test_as_many_files_out_as_in_and_none_twice() -> None:
    traffic = measured(seconds=8, seed=1)
    assert traffic.kills
    assert traffic.tally.laid
    assert not traffic.fallen
    assert (traffic.tally.lost, traffic.tally.duplicates) == (0, 0), str(traffic.tally)
