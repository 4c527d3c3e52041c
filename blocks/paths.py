"""Raw paths and names on file servers: `/`-separated, below an endpoint's base directory."""

from __future__ import annotations

import fnmatch
from hashlib import sha256
from pathlib import Path

from blocks.endpoint import display
from transforms.errors import NameNotAllowed
from transforms.names import LONGEST

TEMPORARY = ".govmanager-{key}.part"
LOCK = ".lock"
UNFINISHED = (
    ".govmanager-*",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.tmp",
    "*.lock",
    "~$*",
    ".~lock*",
)
"""Names under which other software writes, locks, or keeps what is not ready to be taken."""


def below_base(directory: str, label: str) -> str:
    """Return a directory without needless slashes and dots; "" is the base directory.

    Args:
        directory: as a definition or a template gives it.
        label: name of the endpoint, for the error.

    Raises:
        NameNotAllowed: it leads out of the base directory or has control characters.
    """
    parts = [part for part in directory.split("/") if part not in ("", ".")]
    if ".." in parts or any(ord(sign) < ord(" ") for sign in directory):
        raise NameNotAllowed(
            "The directory leads out of the base directory or has control characters",
            where=f"{label}:/{display(directory)}",
            remedy="Write a path below the endpoint's base directory, without ..",
        )
    return "/".join(parts)


def join(directory: str, name: str) -> str:
    """Return the path of a name in a directory; "" is the base directory."""
    return f"{directory}/{name}" if directory and name else directory or name


def parent(path: str) -> str:
    """Return the directory of a path; "" is the base directory."""
    return path.rpartition("/")[0]


def is_unfinished(name: str) -> bool:
    """Tell whether a name is one under which files are written or locked, not offered."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in UNFINISHED)


def part_of(to: Path) -> Path:
    """Return where the beginning of a local file is kept until the rest has come."""
    return to.with_name(f".{sha256(to.name.encode()).hexdigest()[:16]}.part")


def numbered(name: str, number: int) -> str:
    """Return `name (2).ext` and so on, short enough for every file system; 1 is the name itself."""
    if number == 1:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    while _size(made := f"{stem} ({number}){dot}{suffix}") > LONGEST and stem:
        stem = stem[:-1]
    return made


def _size(name: str) -> int:
    return len(name.encode(errors="surrogateescape"))
