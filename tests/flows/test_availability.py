"""Windows, holidays and the two nights on which clocks change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from flows.availability import BERLIN, LAENDER, check_window, closed_until


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("closed", "land", "now", "opens"),
    [
        ([], "", "2026-11-23 10:00", ""),
        (["MON 08:00-12:00"], "", "2026-11-23 07:59", ""),
        (["MON 08:00-12:00"], "", "2026-11-23 08:00", "2026-11-23 12:00"),
        (["MON 08:00-12:00"], "", "2026-11-23 12:00", ""),
        (["MON 08:00-12:00"], "", "2026-11-24 09:00", ""),
        (["MON-FRI 18:00-06:00"], "", "2026-11-23 23:30", "2026-11-24 06:00"),
        (["MON-FRI 18:00-06:00"], "", "2026-11-28 05:59", "2026-11-28 06:00"),
        (["MON-FRI 18:00-06:00"], "", "2026-11-29 05:59", ""),
        (["FRI-MON 20:00-21:00"], "", "2026-11-29 20:30", "2026-11-29 21:00"),
        (["SAT,SUN"], "", "2026-11-28 10:00", "2026-11-30 00:00"),
        (["SAT,SUN", "MON 00:00-07:00"], "", "2026-11-28 10:00", "2026-11-30 07:00"),
        # Heilige Drei Könige is a holiday in Bayern, not in Berlin.
        ([], "BY", "2026-01-06 10:00", "2026-01-07 00:00"),
        ([], "BE", "2026-01-06 10:00", ""),
        # Karfreitag, the weekend, Ostermontag.
        (["SAT,SUN"], "NW", "2026-04-03 10:00", "2026-04-07 00:00"),
        # The hour from 02:00 to 03:00 is missing, and comes twice.
        (["SUN 01:00-04:00"], "", "2026-03-29 01:30", "2026-03-29 04:00"),
        (["SUN 01:00-04:00"], "", "2026-10-25 01:30", "2026-10-25 04:00"),
    ],
)
def test_when_a_target_opens(closed: Sequence[str], land: str, now: str, opens: str) -> None:
    assert closed_until(closed, land, at(now)) == (at(opens) if opens else None)


def test_the_clock_of_berlin_counts_wherever_the_worker_is() -> None:
    # 07:30 UTC is 09:30 in summer and 08:30 in winter.
    window = ["MON,TUE,WED,THU,FRI,SAT,SUN 09:00-10:00"]
    assert closed_until(window, "", datetime(2026, 7, 6, 7, 30, tzinfo=UTC))
    assert closed_until(window, "", datetime(2026, 1, 5, 7, 30, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "text", ["", "MON 8:00-12:00", "MO 08:00-12:00", "MON 08:00", "MON 24:00-25:00", "MON-"]
)
def test_what_is_no_window_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no window; write MON 08:00-12:00"):
        check_window(text)


def test_a_target_that_never_opens_is_told() -> None:
    with pytest.raises(ValueError, match="leave no time"):
        closed_until(["MON-SUN"], "", at("2026-11-23 10:00"))


def test_every_land_has_its_holidays() -> None:
    assert len(LAENDER) == 16
    assert all(closed_until([], land, at("2026-10-03 10:00")) for land in LAENDER)
