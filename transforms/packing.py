"""What archives that the hub makes have in common: names and times that a repeat makes again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from transforms.document import CHUNK, Document
from transforms.errors import StepFailed
from transforms.names import check_template, facts_of, render, safe_name

READABLE = 0o100644 << 16
"""A file that its owner may write and everybody may read, as `external_attr` has it."""
UNIX = 3
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2106, 1, 1, tzinfo=UTC)
"""Times that ZIP archives (APPNOTE.TXT 4.4.6) and gzip files (RFC 1952, 2.3.1) can both hold."""


def time_of(document: Document) -> datetime:
    """Return the time that belongs to a document: its fact `date`, mostly that of its fetch.

    Returns:
        `EARLIEST` if the fact is missing or no date; one without a time zone is taken as UTC.
    """
    try:
        date = datetime.fromisoformat(document.facts.get("date", ""))
    except ValueError:
        return EARLIEST
    return min(max(date if date.tzinfo else date.replace(tzinfo=UTC), EARLIEST), LATEST)


def check_part_template(template: str) -> str:
    """Return a template that tells the parts of one document apart, by `{part}`.

    Raises:
        ValueError: it does not, or is none.
    """
    if "{part" not in check_template(template):
        message = f"{template!r}: all parts would have one name; say {{part}} somewhere"
        raise ValueError(message)
    return template


def named(template: str, document: Document, **more: object) -> str:
    """Return the name that a template makes for a document.

    Raises:
        StepFailed: the template names what is not known of it.
        NameNotAllowed: it makes a name that no file may have.
    """
    present = facts_of(document.name)
    own = {key: present[key] for key in ("name", "stem", "suffix")}
    return safe_name(render(template, {**present, **document.facts, **own, **more}))


def pack_zip(path: Path, files: Sequence[tuple[str, Path]], moment: datetime) -> None:
    """Write files into a new ZIP archive; the same files make the same bytes.

    Args:
        path: the archive.
        files: for each its name in the archive, and where it is.
        moment: the time of all entries.

    Raises:
        OSError: a file cannot be read, or the archive not be written.
    """
    with ZipFile(path, "x", ZIP_DEFLATED) as archive:
        for name, source in files:
            entry = ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = UNIX
            entry.external_attr = READABLE
            entry.file_size = source.stat().st_size
            with source.open("rb") as given, archive.open(entry, "w") as target:
                shutil.copyfileobj(given, target, CHUNK)


def check_distinct(documents: Sequence[Document], where: str) -> None:
    """See that no two documents have one name.

    Raises:
        StepFailed: they have.
    """
    counts = Counter(document.name.casefold() for document in documents)
    twice = next((name for name, count in counts.items() if count > 1), "")
    if twice:
        raise StepFailed(
            f"Two documents are called {twice}", where=where, remedy="Rename them before this step"
        )
