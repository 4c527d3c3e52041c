"""Reads cron expressions as users write them and returns what Prefect's scheduler understands.

Two dialects are in use. Plain cron has five fields (minute, hour, day of month, month, weekday;
Sunday is 0). Quartz, which most transfer software uses, puts the seconds first, may add a year,
marks one of the two day fields with `?`, and counts weekdays from 1 = Sunday (Quartz Scheduler
documentation, CronTrigger tutorial). Prefect accepts six and seven fields as well, but reads the
seconds last, so that `0 0/5 * * * ?` would silently become another schedule. Hence:

* five fields without `?` are plain cron;
* five fields with `?` are Quartz without its seconds, six or seven with `?` are Quartz: converted;
* six or seven fields without `?` are ambiguous: refused.

The time zone. Prefect's cron skips the repeated hour when the clocks go back: every half hour in
Europe/Berlin leaves a gap of 90 minutes. An expression that fires in every hour of every day does
not depend on the clock on the wall, so it is given to Prefect in UTC, where every hour exists
once. This holds for zones whose offset is a whole number of hours; elsewhere the minutes would
shift. Every other expression names hours or days that people mean by the clock on the wall and
keeps its zone. What follows on the two Sundays of the switch in Europe/Berlin:

* a daily time outside 02:00-02:59 fires once, at that time;
* a daily time within 02:00-02:59 fires once: in autumn the first time the clock shows it, in
  spring, where the clock never shows it, at most an hour earlier or later;
* a schedule restricted to some hours or days fires in the repeated hour once, not twice, and not
  at all in the hour that is left out. Files that wait meanwhile are taken by its next firing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.client.schemas.schedules import CronSchedule
from pydantic import ValidationError

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EVERY_HOUR = frozenset({"*", "*/1", "0-23"})
EVERY_WEEKDAY = frozenset({"*", "0-6", "0-7", "1-7", "SUN-SAT", "MON-SUN"})
EXAMPLE = "write five fields, minute hour day month weekday, such as 30 6 * * MON-FRI"


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule as Prefect understands it.

    Attributes:
        expression: five fields of plain cron.
        timezone: IANA name of the time zone that the expression is read in.
    """

    expression: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an expression: its name, its bounds in Quartz, and names for its values."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    offset: int = 0

    def number(self, value: str) -> int:
        """Return a value of Quartz as the number that plain cron has for it."""
        if value in self.names:
            return self.names.index(value) + self.low - self.offset
        if not value.isdigit() or not self.low <= int(value) <= self.high:
            allowed = f"{self.low}-{self.high}" + (" or L" if self is DAY else "")
            if self.names:
                allowed += f" or {self.names[0]}-{self.names[-1]}"
            raise ValueError(f"{value!r} is no {self.name} of Quartz; it takes {allowed}")
        return int(value) - self.offset


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
WEEKDAY = Field("weekday", 1, 7, WEEKDAYS, offset=1)
FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


def to_prefect(expression: str, timezone: str) -> Cron:
    """Convert an expression of either dialect, and choose the time zone it is exact in.

    Args:
        expression: such as `30 6 * * *`, `0/5 * ? * MON-FRI`, `0 0/5 * ? * *` or `@daily`.
        timezone: IANA name of the time zone that the user means.

    Raises:
        ValueError: what is wrong with the expression, and how to mend it.
    """
    text = expression.strip()
    parts = NICKNAMES.get(text.lower(), text).upper().split()
    if "?" in parts:
        parts = _from_quartz(parts, expression)
    elif len(parts) in {6, 7}:
        raise ValueError(
            f"{expression!r} has {len(parts)} fields, and schedulers disagree whether seconds "
            "come first or last; leave the seconds out, or put ? for the day of month or the "
            "weekday to say that it is Quartz"
        )
    elif len(parts) != len(FIELDS):
        raise ValueError(f"{expression!r} has {len(parts)} fields; {EXAMPLE}")
    fields = [_without_single_ranges(part) for part in parts]
    _check(fields, expression)
    return Cron(" ".join(fields), _exact_zone(fields, timezone))


def _from_quartz(parts: list[str], expression: str) -> list[str]:
    """Drop seconds and year, and convert the five fields between them."""
    seconds, fields, year = ["0"], parts, ["*"]
    if len(parts) in {6, 7}:
        seconds, fields, year = parts[:1], parts[1:6], parts[6:] or ["*"]
    if len(fields) != len(FIELDS) or "?" in fields[:2] + fields[3:4] + seconds + year:
        raise ValueError(
            f"{expression!r} has its ? in the wrong place; Quartz has it for the day of month or "
            "the weekday: second minute hour day month weekday, such as 0 0/5 * ? * MON-FRI"
        )
    if seconds[0] not in {"0", "00"}:
        raise ValueError(
            f"{expression!r} fires at second {seconds[0]}; schedules work by the minute: set the "
            "seconds, the first field, to 0"
        )
    if year != ["*"]:
        raise ValueError(
            f"{expression!r} is limited to the year {year[0]}; Prefect knows no years: leave the "
            "last field out, and set active: false when the time has come"
        )
    return [
        ",".join(_item(field, item) for item in part.split(","))
        for field, part in zip(FIELDS, fields, strict=True)
    ]


def _item(field: Field, item: str) -> str:
    """Convert one element of a list, such as `0/5`, `2-6`, `6L` or `FRI#2`."""
    if item in {"*", "?"}:
        return "*"
    if special := _special(field, item):
        return special
    span, slash, step = item.partition("/")
    if slash and not (step.isdigit() and int(step)):
        raise ValueError(f"{item!r} has no step behind its slash; write one such as 0/5")
    return _span(field, span, slash) + slash + step


def _span(field: Field, span: str, slash: str) -> str:
    """Convert what stands before a slash; Quartz goes on from a number to the field's end."""
    if span in {"", "*"}:
        return "*"
    first, dash, last = span.partition("-")
    if dash:
        return f"{field.number(first)}-{field.number(last)}"
    number, low = field.number(span), field.low - field.offset
    if not slash:
        return str(number)
    return "*" if number == low else f"{number}-{field.high - field.offset}"


def _special(field: Field, item: str) -> str:
    """Convert what only the day fields have: the last day, the last or nth weekday; else ''."""
    if field is DAY and item == "L":
        return "L"
    if field is not WEEKDAY:
        return ""
    if item == "L":
        return str(WEEKDAY.number("SAT"))
    if match := re.fullmatch(r"(\w+)L", item):
        return f"L{WEEKDAY.number(match[1])}"
    if match := re.fullmatch(r"(\w+)#([1-5])", item):
        return f"{WEEKDAY.number(match[1])}#{match[2]}"
    return ""


def _without_single_ranges(part: str) -> str:
    """Write `5-5` as `5`: Prefect's cron reads such a range as every value of the field."""
    return ",".join(re.sub(r"^(\w+)-\1(/\d+)?$", r"\1", item) for item in part.split(","))


def _check(fields: list[str], expression: str) -> None:
    """Let Prefect judge each field alone, to name the wrong one, and then the whole."""
    for position, (field, part) in enumerate(zip(FIELDS, fields, strict=True)):
        alone = ["*"] * len(FIELDS)
        alone[position] = part
        if not _understood(alone):
            raise ValueError(f"{expression!r}: {part!r} is no {field.name} of cron; {EXAMPLE}")
    if not _understood(fields):
        raise ValueError(f"{expression!r} is no cron expression; {EXAMPLE}")
    if not _happens(fields):
        raise ValueError(f"{expression!r} never fires: no such month has that day; mend the day")


def _understood(fields: list[str]) -> bool:
    if any(re.match("[HR]", item) for part in fields for item in part.split(",")):
        return False
    try:
        CronSchedule(cron=" ".join(fields))
    except ValidationError:
        return False
    return True


def _happens(fields: list[str]) -> bool:
    """Tell whether one of the months is long enough; Prefect's scheduler fails if none is."""
    _, _, day, month, weekday = fields
    days, months = day.split(","), month.split(",")
    if weekday != "*" or not all(item.isdigit() for item in days):
        return True
    if not all(item.isdigit() or item in MONTHS for item in months):
        return True
    longest = max(DAYS_OF_MONTH[MONTH.number(item) - 1] for item in months)
    return min(int(item) for item in days) <= longest


def _exact_zone(fields: list[str], timezone: str) -> str:
    """Return UTC where the clock on the wall makes no difference, else the given zone."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone {timezone!r}; write one such as Europe/Berlin"
        raise ValueError(message) from error
    _, hour, day, month, weekday = fields
    always = hour in EVERY_HOUR and (day, month) == ("*", "*") and weekday in EVERY_WEEKDAY
    return "UTC" if always and _whole_hours(zone) else timezone


def _whole_hours(zone: ZoneInfo) -> bool:
    """Tell whether the zone is full hours away from UTC, in summer and in winter."""
    moments = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))
    offsets = (moment.astimezone(zone).utcoffset() or timedelta() for moment in moments)
    return all(offset % timedelta(hours=1) == timedelta() for offset in offsets)
