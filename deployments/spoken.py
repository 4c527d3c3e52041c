"""Says cron expressions in German, as far as everyday schedules go."""

from __future__ import annotations

import re

from flows.definition import Schedule

DAYS = {
    name: german
    for names, german in (
        (("0", "7", "SUN"), "Sonntag"),
        (("1", "MON"), "Montag"),
        (("2", "TUE"), "Dienstag"),
        (("3", "WED"), "Mittwoch"),
        (("4", "THU"), "Donnerstag"),
        (("5", "FRI"), "Freitag"),
        (("6", "SAT"), "Samstag"),
    )
    for name in names
}


def in_german(schedule: Schedule) -> str:
    """Return when a schedule fires, such as `alle 5 Minuten, Montag bis Freitag`.

    Rare expressions are returned as they are written.
    """
    minute, hour, day, month, weekday = schedule.as_prefect().expression.split()
    clock = _clock(minute, hour)
    days = _days(day, weekday) if month == "*" else None
    if clock is None or days is None:
        return f"nach dem Ausdruck {schedule.cron}"
    return ", ".join(part for part in (clock, days) if part)


def _clock(minute: str, hour: str) -> str | None:
    if re.fullmatch(r"\d+(,\d+)*", hour) and minute.isdigit():
        times = [f"{int(one):02}:{int(minute):02}" for one in hour.split(",")]
        return "um " + " und ".join(", ".join(times).rsplit(", ", 1)) + " Uhr"
    every = re.fullmatch(r"(?:\*|0)/(\d+)", minute)
    if not every and not minute.isdigit() and minute != "*":
        return None
    often = f"alle {every[1]} Minuten" if every else "jede Minute"
    if minute.isdigit():
        often = f"stündlich zur Minute {int(minute)}"
    if hour == "*":
        return often
    if span := re.fullmatch(r"(\d+)-(\d+)", hour):
        return f"{often} von {int(span[1]):02}:00 bis {int(span[2]):02}:59 Uhr"
    return None


def _days(day: str, weekday: str) -> str | None:
    if weekday == "*":
        if day == "L":
            return "am letzten Tag des Monats"
        if day.isdigit():
            return f"am {int(day)}. des Monats"
        return "täglich" if day == "*" else None
    if day != "*":
        return None
    if span := re.fullmatch(r"(\w+)-(\w+)", weekday):
        first, last = DAYS.get(span[1]), DAYS.get(span[2])
        return f"{first} bis {last}" if first and last else None
    names = [DAYS.get(one, "") for one in weekday.split(",")]
    return ", ".join(names) if all(names) else None
