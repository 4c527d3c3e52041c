"""When a target may be used: weekly windows in which it is closed, and public holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays
from holidays.countries.germany import Germany

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LAENDER = tuple(sorted(set(Germany.subdivisions) - {"Augsburg"}))
"""The sixteen Länder, as ISO 3166-2:DE abbreviates them."""

LONGEST = timedelta(days=31)
"""A target that opens no sooner is not closed, but set up wrongly."""

_DAY = "(?:MON|TUE|WED|THU|FRI|SAT|SUN)"
_PART = f"{_DAY}(?:-{_DAY})?"
_TIME = "([01][0-9]|2[0-3]):([0-5][0-9])"
_WINDOW = re.compile(f"({_PART}(?:,{_PART})*)(?: {_TIME}-{_TIME})?")


def check_window(text: str) -> str:
    """Return a window such as `MON-FRI 18:00-06:00` or `SAT,SUN` unchanged if it can be read.

    Raises:
        ValueError: it cannot; the text says what one looks like.
    """
    _parsed(text)
    return text


def closed_until(closed: Sequence[str], land: str, moment: datetime) -> datetime | None:
    """Return when a target opens that is closed now; None if it is open.

    Args:
        closed: windows by the clock of Berlin; one that ends no later than it begins reaches
            into the next day.
        land: the Land whose public holidays it is closed on, such as `BY`; "" for none.
        moment: now, with time zone.

    Raises:
        ValueError: it stays closed for a month or longer.
    """
    here = moment.astimezone(BERLIN).replace(tzinfo=None)
    opens = here
    while end := _closed_to(closed, land, opens):
        opens = end
        if opens - here > LONGEST:
            message = "these windows leave no time in which the target is open"
            raise ValueError(message)
    return None if opens == here else opens.replace(tzinfo=BERLIN)


def _closed_to(closed: Sequence[str], land: str, here: datetime) -> datetime | None:
    """Return the end of the longest window around a moment, by the local clock."""
    ends = [end for begin, end in _around(closed, here) if begin <= here < end]
    if land and here.date() in country_holidays("DE", subdiv=land, years=here.year):
        ends.append(_midnight(here) + timedelta(days=1))
    return max(ends, default=None)


def _around(closed: Sequence[str], here: datetime) -> Iterator[tuple[datetime, datetime]]:
    for text in closed:
        days, begin, end = _parsed(text)
        for ago in (0, 1):
            day = _midnight(here) - timedelta(days=ago)
            if day.weekday() in days:
                over_night = timedelta(days=end <= begin)
                yield day + begin, day + over_night + end


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _parsed(text: str) -> tuple[set[int], timedelta, timedelta]:
    found = _WINDOW.fullmatch(text)
    if not found:
        message = f"{text!r} is no window; write MON 08:00-12:00, MON-FRI 18:00-06:00 or SAT,SUN"
        raise ValueError(message)
    days = {day for part in found[1].split(",") for day in _days(part)}
    hours = [int(one or 0) for one in found.groups()[1:]]
    return (
        days,
        timedelta(hours=hours[0], minutes=hours[1]),
        timedelta(hours=hours[2], minutes=hours[3]),
    )


def _days(part: str) -> Iterator[int]:
    first, dash, last = part.partition("-")
    begin = DAYS.index(first)
    end = DAYS.index(last) if dash else begin
    yield from (day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
