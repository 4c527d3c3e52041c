"""What lies in a bucket, seen as directories and files: keys, and what a listing tells of them.

What is there is always asked by a listing, never by HEAD: the two tell the same object's time
with different precision, and for a copy one store tells the original's and its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from os.path import commonprefix
from typing import TypeVar

from blocks.driver import Entry
from blocks.endpoint import in_turn
from blocks.paths import TEMPORARY, join, parent
from blocks.s3_bucket import PAGE, Bucket, Listed, Page, listing
from blocks.s3_lines import LINES, Answer, Request
from transforms.errors import (
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
    Unreachable,
)

Item = TypeVar("Item")

LONGEST_KEY = 1024
"""Bytes of UTF-8 in a key (Amazon S3 User Guide, Naming Amazon S3 objects)."""
OURS, UNFINISHED = TEMPORARY.split("{key}")
NOTE = TEMPORARY.format(key="{key}.note")
"""Name of a note of what is not visible yet; see `blocks.s3_target`."""


class Keys:
    """The keys below one prefix of a bucket.

    Args:
        bucket: what is asked.
        prefix: what all keys start with, without slashes at its ends.
        staging: prefix of unfinished files in the bucket, "" for beside the file.

    Attributes:
        bucket: the same.
        kept: directories that have an object of their own, as far as is known.
    """

    def __init__(self, bucket: Bucket, *, prefix: str, staging: str) -> None:
        """Prepare it; nothing is sent yet."""
        self.bucket = bucket
        self.kept: set[str] = set()
        self._prefix = prefix
        self._staging = staging

    def greet(self) -> None:
        """See whether the store, the keys and the bucket are right."""
        self.bucket.page(listing(self.below(""), most=1, delimiter=""), "")

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory, page by page.

        Raises:
            DirectoryMissing: no key starts with it, not even its own.
        """
        prefix = self.below(directory)
        found = not directory
        for page in self._pages(prefix, directory):
            for entry in _entries(page, len(prefix)):
                found = True
                if entry.name:
                    yield entry
                else:
                    self.kept.add(directory)
        if not found:
            raise DirectoryMissing(
                "No key starts with this directory",
                where=self.bucket.where(directory),
                remedy="Correct the directory, or put an empty object there whose key ends in /",
            )

    def notes(self, directory: str) -> list[str]:
        """Return the paths of the notes in a directory."""
        ending = NOTE.rpartition("{key}")[2]
        names = (entry.name for entry in self.unfinished(directory))
        return [join(directory, name) for name in names if name.endswith(ending)]

    def unfinished(self, directory: str) -> Iterator[Entry]:
        """Yield the unfinished files of a directory, wherever they are kept."""
        first = self.key(join(directory, NOTE.format(key="")))
        start = len(first.rpartition("/")[0]) + ("/" in first)
        for page in self._pages(first[:start] + OURS, directory):
            yield from (_file(one.key[start:], one) for one in page.objects)

    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there."""
        if not path.strip("/"):
            self.greet()
            return _directory("")
        return self._found(path, self.bucket.page(listing(self.key(path), most=2), path))

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths; a few pages of the listing may answer for all."""
        if len(paths) > LINES and len({self._place(path) for path in paths}) == 1:
            try:
                entries = self._listed(paths)
            except EndpointError as error:
                return [error] * len(paths)
            if entries is not None:
                return [entries.get(path.rpartition("/")[2]) for path in paths]
        answers = self.asked(
            [(path, path) for path in paths],
            lambda path: listing(self.key(path), most=2),
            missing=DirectoryMissing,
        )

        def entry(one: tuple[str, Answer | EndpointError]) -> Entry | None:
            path, answer = one
            if isinstance(answer, EndpointError):
                raise answer
            return self._found(path, self.bucket.page_of(answer, path))

        return in_turn(list(zip(paths, answers, strict=True)), entry)

    def _found(self, path: str, page: Page) -> Entry | None:
        """Tell what a path is, by the first keys that start like it: its own comes first."""
        key, name = self.key(path), path.rpartition("/")[2]
        for one in page.objects:
            if one.key == key:
                return _file(name, one)
        is_directory = f"{key}/" in page.prefixes
        if page.token and not is_directory:
            below = self.bucket.page(listing(f"{key}/", most=1, delimiter=""), path)
            is_directory = bool(below.objects)
        return _directory(name) if is_directory else None

    def _listed(self, paths: Sequence[str]) -> dict[str, Entry] | None:
        """Return what is there of several names in a directory, None if that is a long list."""
        keys = [self.key(path) for path in paths]
        start = len(keys[0].rpartition("/")[0]) + ("/" in keys[0])
        common = commonprefix(keys)  # noqa: RUF071 - keys are compared by their signs
        # What is just before the first of them.
        after = min(keys)[:-1]
        entries: dict[str, Entry] = {}
        # They mostly follow each other: what lies behind them is not asked for.
        most = min(PAGE, 2 * len(paths))
        pages = self._pages(common, paths[0], after if len(after) >= len(common) else "", most)
        for number, page in enumerate(pages, 1):
            # A key may be a file and a directory at once: the file is what is asked for.
            for entry in sorted(_entries(page, start), key=_files_last):
                if not (entry.is_directory and entry.name in entries):
                    entries[entry.name] = entry
            if not page.token or (page.objects and page.objects[-1].key > f"{max(keys)}/"):
                return entries
            if number * LINES >= len(paths):
                return None
        return entries

    def _pages(
        self, prefix: str, path: str, after: str = "", most: int | None = None
    ) -> Iterator[Page]:
        token = ""
        while True:
            page = self.bucket.page(listing(prefix, most=most, token=token, after=after), path)
            yield page
            if not page.token:
                return
            if page.token == token:
                raise Unreachable(
                    "The store gives the same page of the listing again and again",
                    where=self.bucket.where(path),
                    remedy="Ask the store's operator",
                )
            token = page.token

    # -- keys ------------------------------------------------------------------------------

    def asked(
        self,
        items: Sequence[tuple[str, Item]],
        build: Callable[[Item], Request],
        *,
        missing: type[EndpointError] = FileMissing,
        late: bool = False,
        accepted: str = "",
    ) -> list[Answer | EndpointError]:
        """Ask for all items at once; see `Bucket.ask_all`.

        Args:
            items: each with its path, for errors.
            build: makes the request, and raises the error of a key that cannot be.
            missing: what an object that is not there means.
            late: whether a refusal may follow upon the status of a success.
            accepted: code of a refusal that is returned like a success.
        """
        requests = in_turn(items, lambda one: build(one[1]))
        good = [
            (path, request)
            for (path, _), request in zip(items, requests, strict=True)
            if isinstance(request, Request)
        ]
        answers = iter(
            self.bucket.ask_all(
                [request for _, request in good],
                [path for path, _ in good],
                missing=missing,
                late=late,
                accepted=accepted,
            )
        )
        return [next(answers) if isinstance(one, Request) else one for one in requests]

    def _place(self, path: str) -> tuple[str, bool]:
        return parent(path), self.is_staged(path)

    def is_staged(self, path: str) -> bool:
        """Tell whether a path is one of our unfinished files."""
        name = path.rpartition("/")[2]
        return name.startswith(OURS) and name.endswith(UNFINISHED)

    def key(self, path: str) -> str:
        """Return the key of a path.

        Raises:
            NameNotAllowed: it is no UTF-8, or too long.
        """
        below = join(self._prefix, path)
        key = join(self._staging, below) if self._staging and self.is_staged(path) else below
        try:
            length = len(key.encode())
        except UnicodeEncodeError:
            length = LONGEST_KEY + 1
        if length > LONGEST_KEY:
            raise NameNotAllowed(
                f"The key is no UTF-8, or longer than {LONGEST_KEY} bytes",
                where=self.bucket.where(path),
                remedy="Give the file another name by the target's file name template",
            )
        return key

    def below(self, directory: str) -> str:
        """Return what the keys of all that is in a directory start with."""
        key = self.key(directory)
        return f"{key}/" if key else ""


def _entries(page: Page, start: int) -> Iterator[Entry]:
    """Yield what a page of a listing holds; names begin at `start` of each key.

    The directory's own key has the name "".
    """
    for one in page.objects:
        name = one.key[start:]
        if name not in (".", "..") and "/" not in name:
            yield _file(name, one)
    for prefix in page.prefixes:
        name = prefix[start:].removesuffix("/")
        if name not in ("", ".", ".."):
            yield _directory(name)


def _file(name: str, told: Listed) -> Entry:
    return Entry(
        name, is_directory=False, size=told.size, modified=told.modified, version=told.etag
    )


def _directory(name: str) -> Entry:
    return Entry(name, is_directory=True, size=0, modified=None)


def _files_last(entry: Entry) -> bool:
    return not entry.is_directory
