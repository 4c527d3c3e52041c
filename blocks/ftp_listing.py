"""What FTP servers say of their files: MLSD and MLST as standardised, LIST as they please.

Sources: RFC 3659, section 7 (MLSx); the forms of LIST are those of `ls -l` and of IIS.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from blocks.driver import Entry

UNIX = re.compile(
    r"(?P<kind>[-a-zA-Z])[-rwxsStTlL]{9}[.+@]?\s+\d+\s+\S+(?:\s+\S+)?\s+(?P<size>\d+)\s+"
    r"[A-Za-z]{3}\s+\d{1,2}\s+(?:\d{4}|\d{1,2}:\d{2}) (?P<name>.+)"
)
"""The name begins after exactly one blank: more belong to it."""
WINDOWS = re.compile(
    r"\d\d-\d\d-\d{2,4}\s+\d\d:\d\d(?:[AP]M)?\s+(?:(?P<kind><DIR>)\s{10}|(?P<size>\d+) )(?P<name>.+)"
)
IGNORED = re.compile(r"total \d+")
FILE, DIRECTORY = "-", ("d", "<DIR>")


class UnreadableListing(ValueError):
    """A line of a listing has no known form: to leave it out would lose a file in silence."""


def facts_entry(line: str) -> Entry | None:
    """Read a line of MLSD or MLST, such as `type=file;size=4;modify=20261123200000; a.xml`.

    Returns:
        The entry, None for what is neither file nor directory, and for `.` and `..`.

    Raises:
        UnreadableListing: it is no such line.
    """
    given, blank, name = line.partition(" ")
    facts = {
        key.lower(): value for key, _, value in (one.partition("=") for one in given.split(";"))
    }
    kind = facts.get("type", "").lower()
    if not blank or not kind:
        raise UnreadableListing(line)
    if kind not in ("file", "dir"):
        return None
    size = facts.get("size", "0")
    return Entry(
        name,
        kind == "dir",
        int(size) if kind == "file" and size.isdigit() else 0,
        moment(facts.get("modify", "")),
        facts.get("unique", ""),
    )


def list_entry(line: str) -> Entry | None:
    """Read a line of LIST; its time is too coarse to tell one file from the next.

    Returns:
        The entry without a time, None for links, devices, and lines of no name.

    Raises:
        UnreadableListing: neither `ls -l` nor IIS writes so.
    """
    found = UNIX.fullmatch(line) or WINDOWS.fullmatch(line)
    if not found:
        if IGNORED.fullmatch(line.strip()):
            return None
        raise UnreadableListing(line)
    is_directory = found["kind"] in DIRECTORY
    if not is_directory and found["kind"] not in (FILE, None):
        return None
    return Entry(found["name"], is_directory, 0 if is_directory else int(found["size"]), None)


def moment(text: str) -> datetime | None:
    """Read a time as RFC 3659 writes it, in UTC; None if it is none."""
    whole, _, fraction = text.strip().partition(".")
    try:
        read = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return read.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else read
