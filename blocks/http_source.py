"""What a web service offers: its listing page by page, and the addresses of its documents.

A listing is JSON of any shape, described by JSON pointers, or an Atom feed. One page is held at a
time. No link leads to a host that the block does not allow.

Sources: RFC 6901 (JSON pointer), RFC 4287 (Atom), RFC 8288 (link `next` in a header).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import httpx
from lxml import etree

from blocks.endpoint import RemoteFile
from blocks.http_body import filled_path
from blocks.http_client import origin, pointed, where
from blocks.http_session import Session
from blocks.http_settings import HttpSettings, Listing
from blocks.limits import limited
from blocks.paths import below_base, is_unfinished
from transforms.errors import DirectoryMissing, DocumentInvalid, FileMissing, NotSupported
from transforms.names import safe_name
from transforms.read_xml import read_xml

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE_LIMIT = 32 << 20
"""Bytes that one page of a listing may have; it is held in memory."""
PAGES = 100_000
"""Pages after which a listing is taken for endless."""
URL = "{url}"


@dataclass(frozen=True, slots=True)
class Item:
    """One document that a listing offers.

    Attributes:
        link: where it is, relative to the page.
        name: leaf name.
        size: bytes; None if the listing does not tell.
        modified: time of the last change; None if the listing does not tell.
        etag: as the download's header has it, without quotes; "" if the listing does not tell.
    """

    link: str
    name: str
    size: int | None = None
    modified: datetime | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: its items, and the link to the next one or ""."""

    items: list[Item]
    next: str


class Pages:
    """The listing of a service.

    Args:
        settings: the block.
        session: how to reach the service.
    """

    def __init__(self, settings: HttpSettings, session: Session) -> None:
        """Prepare; nothing is sent yet."""
        self._settings = settings
        self._session = session

    def files(
        self, directory: str, in_time: Callable[[str], AbstractContextManager[None]]
    ) -> Iterator[RemoteFile]:
        """Yield what the listing offers; one page is held at a time.

        Args:
            directory: for the field {directory} of the listing path.
            in_time: keeps the time limit while a page is read.

        Raises:
            DirectoryMissing: there is no such listing.
            NotSupported: the block has no listing, or the answer is none.
        """
        url: httpx.URL | None = self._first(directory)
        seen: set[httpx.URL] = set()
        while url:
            if url in seen or len(seen) >= PAGES:
                raise self._wrong("its pages never end", url)
            seen.add(url)
            with in_time(url.path):
                here, page = self._page(url)
                files = [
                    file
                    for one in page.items
                    if not is_unfinished(one.name) and (file := self._file(here, one))
                ]
            yield from files
            url = self._session.resolved(here, page.next) if page.next else None

    def url_of(self, file: RemoteFile) -> httpx.URL:
        """Return the address of a listed document."""
        return self._session.resolved(self._session.base, file.path)

    def acknowledge_url(self, file: RemoteFile) -> httpx.URL:
        """Return the address at which the service is told that a document was taken.

        Raises:
            NameNotAllowed: name or id of the document cannot stand in a path.
        """
        template, document = self._settings.acknowledge_path, self.url_of(file)
        last = unquote(document.path.rstrip("/").rpartition("/")[2])
        facts = {"id": safe_name(last) if "{id}" in template else ""}
        facts["name"] = safe_name(file.name) if "{name}" in template else ""
        path = filled_path(template.removeprefix(URL), facts)
        if not template.startswith(URL):
            return self._session.below(path)
        raw = document.raw_path.partition(b"?")[0]
        return document.copy_with(raw_path=raw + path.encode())

    def _first(self, directory: str) -> httpx.URL:
        settings = self._settings
        place = below_base(directory, settings.label)
        template = settings.listing_path
        if settings.listing is Listing.NONE or (place and "{directory}" not in template):
            raise NotSupported(
                "The block has no listing" + (" with directories" if place else ""),
                where=settings.label,
                remedy="Enter 'Listing' and 'Listing path' in the block, the latter with "
                "{directory} if the source names one",
            )
        return self._session.below(filled_path(template, {"directory": place}))

    def _page(self, url: httpx.URL) -> tuple[httpx.URL, Page]:
        with (
            self._session.get(url, missing=DirectoryMissing) as response,
            tempfile.NamedTemporaryFile(prefix="govmanager-") as file,
        ):
            here = response.request.url
            size = 0
            for chunk in limited(response.iter_raw(), self._settings, here.path.lstrip("/")):
                size += len(chunk)
                if size > PAGE_LIMIT:
                    raise self._wrong(f"it has more than {PAGE_LIMIT:,} bytes on one page", here)
                file.write(chunk)
            file.flush()
            try:
                page = self._parsed(Path(file.name))
            except ValueError as error:
                raise self._wrong(str(error), here) from error
            following = page.next or response.links.get("next", {}).get("url", "")
        return here, Page(page.items, following)

    def _parsed(self, path: Path) -> Page:
        if self._settings.listing is Listing.ATOM:
            return atom_page(path)
        return json_page(path, self._settings)

    def _file(self, page: httpx.URL, item: Item) -> RemoteFile | None:
        """Return a document as it is listed; None if it is gone since."""
        url = self._session.resolved(page, item.link)
        size, etag = item.size, item.etag
        if size is None:
            try:
                headers = self._session.head(url) or httpx.Headers()
            except FileMissing:
                return None
            told = headers.get("content-length", "")
            if not told.isdecimal():
                raise self._wrong("neither it nor HEAD tells a document's size", url)
            size, etag = int(told), etag or bare_etag(headers.get("etag", ""))
        return RemoteFile(self._path_of(url), item.name, size, item.modified, etag)

    def _path_of(self, url: httpx.URL) -> str:
        if origin(url) == origin(self._session.base):
            return url.raw_path.decode()
        return str(url.copy_with(fragment=None))

    def _wrong(self, how: str, url: httpx.URL) -> NotSupported:
        return NotSupported(
            f"The service's listing cannot be used: {how}",
            where=where(self._settings.label, url),
            remedy="Correct the fields of the listing in the block, or ask the service's operator",
        )


def json_page(path: Path, shape: HttpSettings) -> Page:
    """Read a page in JSON.

    Raises:
        ValueError: it is no JSON, or has another shape.
    """
    try:
        data = json.loads(path.read_bytes())
    except RecursionError as error:
        message = "the JSON is nested too deeply"
        raise ValueError(message) from error
    items = pointed(data, shape.json_items)
    if not isinstance(items, list):
        message = f"there is no array of items under {shape.json_items!r}"
        raise ValueError(message)  # noqa: TRY004 - of the answer, not of our types
    following = pointed(data, shape.json_next) if shape.json_next else None
    return Page([_item(one, shape) for one in items], str(following or ""))


def atom_page(path: Path) -> Page:
    """Read a page of an Atom feed: each enclosure, or else each entry's content, is an item.

    Raises:
        ValueError: it is no Atom feed.
    """
    try:
        root = read_xml(path, name="listing", limit=PAGE_LIMIT)
    except DocumentInvalid as error:
        raise ValueError(error.what) from error
    if root.tag != f"{ATOM}feed":
        message = "the root element is no Atom feed"
        raise ValueError(message)
    items = [item for entry in root.iterfind(f"{ATOM}entry") for item in _of_entry(entry)]
    following = root.find(f"{ATOM}link[@rel='next']")
    return Page(items, _link(following, "href") if following is not None else "")


def bare_etag(etag: str) -> str:
    """Return an ETag without quotes and the mark of weak ones, as listings often have it."""
    return etag.strip().removeprefix("W/").strip('"')


def _item(data: Any, shape: HttpSettings) -> Item:
    link = pointed(data, shape.json_link)
    if not isinstance(link, str) or not link:
        message = f"an item has no address under {shape.json_link!r}"
        raise ValueError(message)
    name = pointed(data, shape.json_name) if shape.json_name else None
    modified = pointed(data, shape.json_modified) if shape.json_modified else None
    etag = pointed(data, shape.json_etag) if shape.json_etag else None
    return Item(
        link,
        str(name) if name else _leaf(link),
        _size(pointed(data, shape.json_size) if shape.json_size else None),
        _moment(modified),
        bare_etag(str(etag)) if etag is not None else "",
    )


def _of_entry(entry: etree._Element) -> Iterator[Item]:
    updated = _moment(entry.findtext(f"{ATOM}updated"))
    enclosures = entry.findall(f"{ATOM}link[@rel='enclosure']")
    for link in enclosures:
        href = _link(link, "href")
        yield Item(href, link.get("title") or _leaf(href), _size(link.get("length")), updated)
    content = entry.find(f"{ATOM}content[@src]")
    if not enclosures and content is not None:
        href = _link(content, "src")
        yield Item(href, _leaf(href), None, updated)


def _link(element: etree._Element, attribute: str) -> str:
    """Return an address, made relative to `xml:base` where there is one."""
    try:
        return urljoin(element.base or "", element.get(attribute, ""))
    except ValueError as error:
        message = "a link of the feed is no address"
        raise ValueError(message) from error


def _leaf(link: str) -> str:
    path = link.partition("#")[0].partition("?")[0]
    return unquote(path.rstrip("/").rpartition("/")[2])


def _size(value: Any) -> int | None:
    if value is None:
        return None
    text = str(value)
    if not text.isascii() or not text.isdecimal():
        message = "an item's size is no number of bytes"
        raise ValueError(message)
    return int(text)


def _moment(value: Any) -> datetime | None:
    """Read ISO 8601, a date of HTTP, or seconds since 1970; without a zone it is UTC."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        text = str(value).strip()
        read = datetime.fromisoformat if text[:1].isdigit() else parsedate_to_datetime
        moment = read(text)
    except (ValueError, OverflowError, OSError) as error:
        message = "an item's time of change is neither ISO 8601 nor a date of HTTP"
        raise ValueError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
