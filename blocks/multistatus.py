"""What a WebDAV server lists: the 207 answer to PROPFIND (RFC 4918, section 14.16).

The answer is read while it arrives, so that a listing of any length needs memory for its entries
only. It comes from outside: a DOCTYPE is refused, and so is an element of absurd length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote
from xml.parsers import expat  # noqa: TID251 - no DOCTYPE, so no entity of the sender's

PROPFIND = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"
)
"""The question: four properties instead of all, which halves the answer."""
LOCKS = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<lockdiscovery/></prop></propfind>"
)
"""The question after the locks on a resource (RFC 4918, section 15.8)."""

TEXT_LIMIT = 1 << 16
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


@dataclass(frozen=True, slots=True)
class ActiveLock:
    """A lock that somebody holds: what they said of themselves, and its token."""

    owner: str
    token: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a listing.

    Attributes:
        path: absolute path on the server, percent-decoded exactly once, without a final slash;
            bytes that are no UTF-8 are kept as surrogates.
        is_collection: whether it is a directory.
        size: bytes; 0 for a collection.
        modified: time of the last change, None where the server gives none.
        etag: entity tag without the mark of weakness: Apache marks a tag weak for the first
            second of a file's life only, and the file must not seem changed by that.
        locks: who holds it, if that was asked for.
    """

    path: str
    is_collection: bool
    size: int
    modified: datetime | None
    etag: str
    locks: tuple[ActiveLock, ...] = ()


class Multistatus:
    """Collects the resources of one answer."""

    def __init__(self) -> None:
        """Start before the first byte."""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._characters
        self._parser.EndElementHandler = self._end
        self._resources: list[Resource] = []
        self._text: list[str] = []
        self._length = 0
        self._began = False
        self._href = ""
        self._found: dict[str, str] = {}
        self._group: dict[str, str] | None = None
        self._locks: list[ActiveLock] = []
        self._lock: dict[str, str] = {}

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            ValueError: this is no such answer.
        """
        self._parse(chunk, final=False)

    def close(self) -> list[Resource]:
        """Return the resources in the order of the answer.

        Raises:
            ValueError: the answer is cut off.
        """
        self._parse(b"", final=True)
        return self._resources

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            message = f"no well-formed XML: {error}"
            raise ValueError(message) from error

    def _start(self, tag: str, _: dict[str, str]) -> None:
        if not self._began and tag != "DAV: multistatus":
            message = f"it begins with the element {tag[:80]!r}"
            raise ValueError(message)
        self._began = True
        self._text.clear()
        self._length = 0
        if tag == "DAV: response":
            self._href, self._found, self._group = "", {}, None
            self._locks = []
        elif tag == "DAV: propstat":
            self._group = {}
        elif tag == "DAV: activelock":
            self._lock = {}
        elif tag == "DAV: collection" and self._group is not None:
            self._group[tag] = "yes"

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT_LIMIT:
            message = "an element is longer than 65,536 characters"
            raise ValueError(message)
        self._text.append(text)

    def _end(self, tag: str) -> None:
        if tag == "DAV: href" and self._group is None:
            self._href = "".join(self._text).strip()
        elif tag == "DAV: propstat" and self._group is not None:
            if " 200" in self._group.get("DAV: status", ""):
                self._found |= self._group
            self._group = None
        elif tag == "DAV: response":
            self._add()
        elif tag == "DAV: activelock":
            self._locks.append(
                ActiveLock(self._lock.get("DAV: owner", ""), self._lock.get("DAV: locktoken", ""))
            )
        elif tag in {"DAV: owner", "DAV: locktoken"}:
            # The text is that of the element within, where there is one.
            self._lock[tag] = "".join(self._text).strip()
        elif self._group is not None:
            self._group.setdefault(tag, "".join(self._text).strip())

    def _add(self) -> None:
        """Keep a resource, unless all its properties are refused: it is gone or hidden."""
        if not self._found:
            return
        collection = "DAV: collection" in self._found
        size = self._found.get("DAV: getcontentlength", "")
        self._resources.append(
            Resource(
                _path(self._href),
                collection,
                int(size) if size and not collection else 0,
                _moment(self._found.get("DAV: getlastmodified", "")),
                self._found.get("DAV: getetag", "").removeprefix("W/"),
                tuple(self._locks),
            )
        )


def _refuse_doctype(*_: object) -> None:
    message = "it has a DOCTYPE"
    raise ValueError(message)


def _path(href: str) -> str:
    return unquote(ORIGIN.sub("", href, count=1), errors="surrogateescape").rstrip("/")


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
