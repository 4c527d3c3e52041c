"""Cron expressions of both dialects, judged by the moments at which Prefect would fire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule

from flows.cron import Cron, to_prefect

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = datetime(2026, 10, 25, tzinfo=BERLIN)
SPRING = datetime(2027, 3, 28, tzinfo=BERLIN)


def firings(cron: Cron, start: datetime, end: datetime) -> list[datetime]:
    """Return the moments in UTC at which Prefect fires from start until before end."""
    schedule = CronSchedule(cron=cron.expression, timezone=cron.timezone)
    dates = asyncio.run(schedule.get_dates(n=1000, start=start, end=end))
    moments = (datetime.fromtimestamp(date.timestamp(), UTC) for date in dates)
    return [moment for moment in moments if moment < end]


def of_day(cron: Cron, day: datetime) -> list[datetime]:
    """Return the moments of one day of Berlin, as its clocks show them."""
    end = (day + timedelta(days=1)).replace(tzinfo=BERLIN)
    return [moment.astimezone(BERLIN) for moment in firings(cron, day, end)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("30 6 * * *", "30 6 * * *"),
        ("  0/5   *  * * mon-fri ", "0/5 * * * MON-FRI"),
        ("0/5 * ? * MON-FRI", "*/5 * * * 1-5"),
        ("0 0/5 * ? * MON-FRI", "*/5 * * * 1-5"),
        ("00 0/5 * ? * MON-FRI *", "*/5 * * * 1-5"),
        ("0 0 6 * * ?", "0 6 * * *"),
        ("0 0 6 1 * ?", "0 6 1 * *"),
        ("0 0 6 L * ?", "0 6 L * *"),
        ("0 0 6 1/3 2/4 ?", "0 6 */3 2-12/4 *"),
        ("0 7/20 8/2 ? * *", "7-59/20 8-23/2 * * *"),
        ("0 10-50/5 6,18 ? * *", "10-50/5 6,18 * * *"),
        ("0 0 6 ? JAN,JUL *", "0 6 * 1,7 *"),
        ("0 0 6 ? * 2-6", "0 6 * * 1-5"),
        ("0 0 6 ? * 1", "0 6 * * 0"),
        ("0 0 6 ? * 6-2", "0 6 * * 5-1"),
        ("0 0 6 ? * 2,4,7", "0 6 * * 1,3,6"),
        ("0 0 6 ? * MON/2", "0 6 * * 1-6/2"),
        ("0 0 6 ? * 1/2", "0 6 * * */2"),
        ("0 0 6 ? * 6L", "0 6 * * L5"),
        ("0 0 6 ? * FRIL", "0 6 * * L5"),
        ("0 0 6 ? * L", "0 6 * * 6"),
        ("0 0 6 ? * 6#2", "0 6 * * 5#2"),
        ("0 0 6 ? * FRI#2", "0 6 * * 5#2"),
        ("0 0 6 ? * FRI-FRI", "0 6 * * 5"),
        ("@daily", "0 0 * * *"),
        ("@Weekly", "0 0 * * 0"),
    ],
)
def test_an_expression_becomes_plain_cron(given: str, expected: str) -> None:
    assert to_prefect(given, "Europe/Berlin").expression == expected


@pytest.mark.parametrize(
    ("quartz", "days"),
    [
        ("0 0 6 ? * 3-5", [6, 7, 8, 13, 14, 15, 20, 21, 22, 27, 28, 29]),
        ("0 0 6 ? * 6L", [30]),
        ("0 0 6 ? * 6#2", [9]),
        ("0 0 6 ? * L", [3, 10, 17, 24, 31]),
        ("0 0 6 ? * FRI-SUN/2", [2, 4, 9, 11, 16, 18, 23, 25, 30]),
        ("0 0 6 L * ?", [31]),
        ("0 0 6 ? * 1/3", [3, 4, 7, 10, 11, 14, 17, 18, 21, 24, 25, 28, 31]),
    ],
)
def test_a_converted_expression_fires_on_the_days_quartz_means(
    quartz: str, days: list[int]
) -> None:
    start, end = datetime(2026, 10, 2, tzinfo=BERLIN), datetime(2026, 11, 1, tzinfo=BERLIN)
    moments = firings(to_prefect(quartz, "Europe/Berlin"), start, end)
    assert [moment.astimezone(BERLIN).day for moment in moments] == days


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("", "five fields"),
        ("* * * *", "4 fields"),
        ("0 0/5 * * * *", "leave the seconds out"),
        ("0 0 6 * * MON-FRI 2026", "leave the seconds out"),
        ("0/30 * * ? * *", "set the seconds"),
        ("15 0 6 ? * MON", "second 15"),
        ("0 0 6 ? * MON 2026", "active: false"),
        ("? 6 * * *", "wrong place"),
        ("0 6 ? * MON *", "wrong place"),
        ("0 6 ?", "wrong place"),
        ("0 0 6 ? * 0", "it takes 1-7 or SUN-SAT"),
        ("0 0 6 ? * 8", "it takes 1-7 or SUN-SAT"),
        ("0 0 6 15W * ?", "it takes 1-31 or L"),
        ("0 0 6 LW * ?", "it takes 1-31 or L"),
        ("0 0 6 L-3 * ?", "it takes 1-31 or L"),
        ("0 0/ * ? * *", "no step"),
        ("0 0/0 * ? * *", "no step"),
        ("0 61 * ? * *", "'61' is no minute of Quartz"),
        ("0 6 15W * *", "'15W' is no day of month"),
        ("H 6 * * *", "'H' is no minute"),
        ("R/5 6 * * *", "'R/5' is no minute"),
        ("60 * * * *", "'60' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 6 * * MON-FRY", "'MON-FRY' is no weekday"),
        ("0 6 31 2 *", "never fires"),
        ("0 0 6 31 4,6 ?", "never fires"),
        ("@reboot", "five fields"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_remedy(given: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        to_prefect(given, "Europe/Berlin")
    assert hint in str(refusal.value)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone 'Europe/Berlinn'"):
        to_prefect("0 6 * * *", "Europe/Berlinn")


@pytest.mark.parametrize("field", range(5))
def test_a_range_of_one_value_means_that_value(field: int) -> None:
    """Prefect's cron reads 5-5 as every value; whoever writes it means 5."""
    fields = ["0", "6", "1", "1", "*"]
    fields[field] = "5-5"
    assert to_prefect(" ".join(fields), "Europe/Berlin").expression.split()[field] == "5"


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("0/5 * ? * *", "UTC"),
        ("*/30 * * * *", "UTC"),
        ("@hourly", "UTC"),
        ("0 0 0-23 ? * 1-7", "UTC"),
        ("0/5 * ? * MON-FRI", "Europe/Berlin"),
        ("*/30 6-20 * * *", "Europe/Berlin"),
        ("0 */2 * * *", "Europe/Berlin"),
        ("30 2 * * *", "Europe/Berlin"),
        ("0 * 1 * *", "Europe/Berlin"),
    ],
)
def test_only_what_fires_in_every_hour_of_every_day_runs_on_utc(expression: str, zone: str) -> None:
    assert to_prefect(expression, "Europe/Berlin").timezone == zone


def test_a_zone_of_half_hours_keeps_its_minutes() -> None:
    assert to_prefect("0 * * * *", "Asia/Kolkata").timezone == "Asia/Kolkata"


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_a_poll_has_no_gap_when_the_clocks_change(day: datetime, hours: int) -> None:
    moments = of_day(to_prefect("0/5 * ? * *", "Europe/Berlin"), day)
    utc = [moment.astimezone(UTC) for moment in moments]
    gaps = {after - before for before, after in pairwise(utc)}
    assert gaps == {timedelta(minutes=5)}
    assert len(moments) == hours * 12


@pytest.mark.parametrize(
    ("expression", "day", "shown"),
    [
        ("30 2 * * *", AUTUMN, {"02:30+0200"}),
        ("30 2 * * *", SPRING, {"01:30+0100", "03:30+0200"}),
        ("0 2 * * *", AUTUMN, {"02:00+0200"}),
        ("0 2 * * *", SPRING, {"01:00+0100", "03:00+0200"}),
        ("30 6 * * *", AUTUMN, {"06:30+0100"}),
        ("30 6 * * *", SPRING, {"06:30+0200"}),
    ],
)
def test_a_daily_time_fires_once_when_the_clocks_change(
    expression: str, day: datetime, shown: set[str]
) -> None:
    """Whenever the scheduler looks ahead, it finds the same single moment of that day."""
    cron = to_prefect(expression, "Europe/Berlin")
    end = (day + timedelta(days=1)).replace(tzinfo=BERLIN)
    looks = [day.astimezone(UTC) - timedelta(hours=hours, seconds=7) for hours in range(72)]
    found = {
        moment.astimezone(BERLIN).strftime("%H:%M%z")
        for look in looks
        for moment in firings(cron, look, end)
        if moment >= day
    }
    assert len(found) == 1
    assert found <= shown


def test_the_repeated_hour_of_a_restricted_schedule_is_served_once() -> None:
    """Documented: it keeps the clock on the wall, and takes what waited with its next firing."""
    moments = of_day(to_prefect("*/30 0-5 * * *", "Europe/Berlin"), AUTUMN)
    shown = [moment.strftime("%H:%M") for moment in moments]
    assert shown.count("02:30") == 1
    assert len(shown) == 12
