"""Gates that a file passes before it is taken: its name, its done-file, its content.

A done-file vouches for one document. It is disposed of before its document: a done-file that
outlived it would vouch for the next, half-written file of that name. Which done-file it was, with
size, time and version, is claimed together with the document as one of its facts. So after a
crash at any point the execution goes on with exactly these two files: what is gone already counts
as done, and a done-file that the sender has replaced meanwhile stays, as it belongs to the
sender's next document. None is left over to block or to vouch wrongly.

Content is judged on the fetched copy, so the source is read once only. What is not whole is let
go again and stays at the source: harmless for some hours, as the sender may still be writing;
after that it fails every run until somebody removes or completes it, so it is never forgotten.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

from blocks.endpoint import RemoteFile, display
from blocks.ledger import LedgerFile
from blocks.paths import join, parent
from flows.bundles import HASH
from flows.source import Complete, Source, done_name
from transforms.document import Fingerprint
from transforms.errors import EndpointError, FileAbandoned, FileIncomplete
from transforms.read_xml import not_well_formed

DONE_FILE = "_done_file"
"""The fact under which a document's done-file is claimed."""

PDF_EDGE = 1024
"""Bytes at either end of a PDF in which its marks must be (ISO 32000-1, Annex H.3)."""


# -- names ----------------------------------------------------------------------------------


def no_document(source: Source) -> Callable[[str], bool]:
    """Return what tells whether a leaf name is ignored, or that of a done-file."""
    ignored = [fnmatch.translate(pattern.lower()) for pattern in source.ignore]
    pattern = re.compile("|".join(ignored) or r"(?!)")
    done = is_done_file(source)
    return lambda name: bool(pattern.match(display(name).lower())) or done(name)


def is_done_file(source: Source) -> Callable[[str], bool]:
    """Return what tells whether a leaf name can be that of a done-file."""
    if not source.done_file:
        return lambda _: False
    parts = Formatter().parse(source.done_file)
    regex = "".join(re.escape(text) + (".+" if field else "") for text, field, _, _ in parts)
    pattern = re.compile(regex, re.DOTALL)
    return lambda name: bool(pattern.fullmatch(display(name)))


# -- done-files -----------------------------------------------------------------------------


def done_path(source: Source, file: RemoteFile) -> str:
    """Return the path at which a document's done-file is expected, in NFC."""
    name = done_name(source.done_file, display(file.name))
    return join(display(parent(file.path)), name)


def as_fact(done_file: RemoteFile) -> dict[str, str]:
    """Return the fact that claims a done-file with its document."""
    moment = done_file.modified.isoformat() if done_file.modified else ""
    fields = [done_file.path, done_file.name, done_file.size, moment, done_file.version]
    return {DONE_FILE: json.dumps(fields)}


def done_file_of(facts: Mapping[str, str]) -> RemoteFile | None:
    """Return the done-file that was claimed with a document, if any."""
    if DONE_FILE not in facts:
        return None
    path, name, size, moment, version = json.loads(facts[DONE_FILE])
    modified = datetime.fromisoformat(moment) if moment else None
    return RemoteFile(path, name, size, modified, version)


# -- content --------------------------------------------------------------------------------


def not_whole(source: Source, file: LedgerFile, path: Path) -> EndpointError | None:
    """Judge whether a fetched file is a whole document; the error says why it is not.

    Args:
        source: says what makes it whole.
        file: as it was listed; its name decides where `complete` is BY_NAME.
        path: the fetched bytes.

    Raises:
        OSError: they cannot be read.
    """
    kind = source.complete
    if kind is Complete.BY_NAME:
        kind = {".xml": Complete.XML, ".pdf": Complete.PDF}.get(
            file.name[file.name.rfind(".") :].lower(), Complete.NONE
        )
    if kind is Complete.NONE:
        return None
    problem = not_well_formed(path) if kind is Complete.XML else _not_closed(path)
    return _unfinished(source, file, problem) if problem else None


def not_promised(source: Source, file: LedgerFile, fetched: Fingerprint) -> EndpointError | None:
    """Judge whether a fetched file has the hash that its bundle's manifest promises, if any."""
    promised = file.facts.get(HASH)
    if promised in (None, fetched.sha256):
        return None
    return _unfinished(source, file, "its SHA-256 is not the one that its manifest promises")


def _unfinished(source: Source, file: LedgerFile, problem: str) -> EndpointError:
    where = f"{file.endpoint}:{display(file.path)}"
    if is_overdue(source, file.modified, datetime.now(UTC)):
        return FileAbandoned(
            f"The file has not been whole for more than {source.incomplete_after:g} h: {problem}",
            where=where,
            remedy="Ask the sender to send it again, and remove it",
        )
    return FileIncomplete(
        f"The file is not whole yet: {problem}",
        where=where,
        remedy="Wait until the sender has finished it; a later run takes it",
    )


def is_overdue(source: Source, modified: datetime | None, now: datetime) -> bool:
    """Tell whether a file should have been finished; without a time of change it should."""
    return modified is None or now - modified > timedelta(hours=source.incomplete_after)


def _not_closed(path: Path) -> str:
    """Return why a file is no closed PDF, or ""."""
    if b"%PDF-" not in _edge(path, 0):
        return "it does not begin with %PDF-"
    tail = _edge(path, max(0, path.stat().st_size - PDF_EDGE))
    return "" if b"%%EOF" in tail else "the end of the PDF, %%EOF, is missing"


def _edge(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PDF_EDGE)
