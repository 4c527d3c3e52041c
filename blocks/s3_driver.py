"""The raw verbs of a file protocol over the keys of a bucket.

Each verb for many files has its requests under way at once. What a store does with the condition
`If-None-Match: *` differs, and older ones ignore it without a word, so it is tried before
anything relies on it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from blocks.driver import Driver, Entry
from blocks.endpoint import display
from blocks.paths import LOCK, TEMPORARY, join, parent
from blocks.s3_client import LINES, Account, Lines, client_of, code_of, translated
from transforms.errors import (
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

Item = TypeVar("Item")
Answer = TypeVar("Answer")

CHUNK = 1 << 20
PART = 8 << 20
"""Bytes of one part of an upload; as many parts as there are lines are held in memory."""
MOST_PARTS = 10_000
COPIED = 1 << 30
"""Bytes of one part that is copied within the store, of at most 5 GiB."""
TOO_LARGE = frozenset({"EntityTooLarge", "InvalidRequest"})
"""What a store says that copies no object of more than 5 GiB in one request."""
LONGEST_KEY = 1024
"""Bytes of UTF-8 in a key (Amazon S3 User Guide, Naming Amazon S3 objects)."""
PAGE = 1000
"""Keys of one answer, both of a listing and of a deletion (ListObjectsV2, DeleteObjects)."""
OURS, UNFINISHED = TEMPORARY.split("{key}")
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which requests of a store leave a taken key alone if they are told to."""

    put: bool
    copy: bool
    complete: bool


class S3Driver(Driver):
    """The raw verbs over one client.

    Args:
        account: where the store is and who asks.
        lines: what the requests travel over; closed with the driver.
        bucket: its name.
        prefix: what all keys start with, without slashes at its ends.
        staging: prefix of unfinished files in the bucket, "" for beside the file.
        label: the endpoint, for errors.
    """

    def __init__(
        self, account: Account, lines: Lines, *, bucket: str, prefix: str, staging: str, label: str
    ) -> None:
        """Prepare the client; nothing is sent yet."""
        self._client = client_of(account, lines)
        self._lines = lines
        self._bucket = bucket
        self._prefix = prefix
        self._staging = staging
        self._label = label
        self._workers = ThreadPoolExecutor(LINES, thread_name_prefix="s3")
        self._kept: set[str] = set()

    def greet(self) -> None:
        """See whether the store, the keys and the bucket are right."""
        with self._told("", DirectoryMissing):
            self._ask("list_objects_v2", Prefix=self._below(""), MaxKeys=1)

    # -- looking ---------------------------------------------------------------------------

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory, page by page.

        Raises:
            DirectoryMissing: no key starts with it, not even its own.
        """
        found = not directory
        for entry in self._entries(self._below(directory)):
            found = True
            if entry.name:
                yield entry
            else:
                self._kept.add(directory)
        if not found:
            raise DirectoryMissing(
                "No key starts with this directory",
                where=self._where(directory),
                remedy="Correct the directory, or put an empty object there whose key ends in /",
            )

    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there. Reaching a directory costs two requests."""
        if not path.strip("/"):
            self.greet()
            return Entry("", is_directory=True, size=0, modified=None)
        entry = self._head(path)
        if entry is None and self._is_directory(path):
            return Entry(path.rpartition("/")[2], is_directory=True, size=0, modified=None)
        return entry

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths; one page of the listing may answer for all."""
        directories = {parent(path) for path in paths}
        staged = {self._is_staged(path) for path in paths}
        if len(paths) > LINES and len(directories) == len(staged) == 1:
            try:
                entries = self._page(paths)
            except EndpointError as error:
                return [error] * len(paths)
            if entries is not None:
                return [entries.get(path.rpartition("/")[2]) for path in paths]
        return self._at_once(paths, self.stat)

    def _page(self, paths: Sequence[str]) -> dict[str, Entry] | None:
        """Return what is there of several names in a directory, None if that is a long list."""
        common = os.path.commonprefix([self._key(path) for path in paths])  # noqa: RUF071 - signs
        directory = self._key(paths[0]).rpartition("/")[0]
        with self._told(paths[0], DirectoryMissing):
            page = self._ask("list_objects_v2", Prefix=common, Delimiter="/", MaxKeys=PAGE)
        if page.get("IsTruncated"):
            return None
        start = len(directory) + 1 if directory else 0
        # A key may be a file and a directory at once: the file is what is asked for.
        return {entry.name: entry for entry in sorted(_entries(page, start), key=_files_last)}

    def _head(self, path: str) -> Entry | None:
        try:
            with self._told(path):
                answer = self._ask("head_object", Key=self._key(path))
        except FileMissing:
            return None
        return _entry(path.rpartition("/")[2], answer, answer["ContentLength"])

    def _is_directory(self, path: str) -> bool:
        with self._told(path, DirectoryMissing):
            page = self._ask("list_objects_v2", Prefix=self._below(path), MaxKeys=1)
        return bool(page.get("Contents"))

    def _entries(self, prefix: str) -> Iterator[Entry]:
        asked: dict[str, Any] = {"Prefix": prefix, "Delimiter": "/", "MaxKeys": PAGE}
        while True:
            with self._told(prefix, DirectoryMissing):
                page = self._ask("list_objects_v2", **asked)
            yield from _entries(page, len(prefix))
            token = page.get("NextContinuationToken")
            if not page.get("IsTruncated") or not token:
                return
            if token == asked.get("ContinuationToken"):
                raise Unreachable(
                    "The store gives the same page of the listing again and again",
                    where=self._where(prefix),
                    remedy="Ask the store's operator",
                )
            asked["ContinuationToken"] = token

    # -- reading ---------------------------------------------------------------------------

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of one object as they arrive; a body cut short is `Unreachable`."""
        part = {"Range": f"bytes={offset}-"} if offset else {}
        with self._told(path):
            try:
                body = self._ask("get_object", Key=self._key(path), **part)["Body"]
            except ClientError as error:
                if offset and error.response["Error"].get("Code") == "InvalidRange":
                    return
                raise
            with body:
                # The line itself: the wrapper around it reads each chunk twice.
                yield from body._raw_stream.stream(CHUNK)  # noqa: SLF001

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files; of one that has more than `most` bytes, a part."""

        def content(path: str) -> bytes:
            data = bytearray()
            for chunk in self.read(path):
                data += chunk
                if len(data) > most:
                    break
            return bytes(data)

        return self._at_once(paths, content)

    # -- writing ---------------------------------------------------------------------------

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Put one object; the store compares the MD5 of it, or of each part, with what it got.

        Nothing is there before the last byte is.
        """
        if size <= PART:
            content = b"".join(chunks)
            self._sized(path, len(content), size)
            self._put(path, content)
        else:
            self._write_parts(path, chunks, size)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Put several small objects at once."""
        return self._at_once(files, lambda one: self._put(*one))

    def create(self, path: str, content: bytes) -> bool:
        """Create a small object only if the key is free, atomically; False if it was taken.

        Raises:
            NotSupported: the store ignores the condition, and two could succeed.
        """
        if not self.conditions.put:
            raise NotSupported(
                "The store ignores If-None-Match, so a lock file would not keep others away",
                where=self._where(path),
                remedy="Use no locking here, or a store that has conditional writes",
            )
        try:
            self._put(path, content, IfNoneMatch="*")
        except AlreadyThere:
            return False
        return True

    def _put(self, path: str, content: bytes, **condition: str) -> None:
        with self._told(path, DirectoryMissing):
            self._ask(
                "put_object",
                Key=self._key(path),
                Body=content,
                ContentMD5=_md5(content),
                **condition,
            )

    def _write_parts(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        length = max(PART, -(-size // MOST_PARTS))
        sent = 0
        with self._upload(path) as upload:
            under_way: deque[Future[dict[str, Any]]] = deque()
            done: list[dict[str, Any]] = []
            for number, part in enumerate(_portions(chunks, length), 1):
                sent += len(part)
                under_way.append(self._workers.submit(self._send, upload, number, part))
                if len(under_way) >= LINES // 2:
                    done.append(under_way.popleft().result())
            done += [one.result() for one in under_way]
            self._sized(path, sent, size)
            self._complete(upload, done)

    def _send(self, upload: dict[str, str], number: int, part: bytes) -> dict[str, Any]:
        told = self._ask(
            "upload_part", **upload, PartNumber=number, Body=part, ContentMD5=_md5(part)
        )
        return {"PartNumber": number, "ETag": told["ETag"]}

    @contextmanager
    def _upload(self, path: str) -> Iterator[dict[str, str]]:
        """Begin an upload in parts; it is ended unless it was completed."""
        with self._told(path, DirectoryMissing):
            begun = self._ask("create_multipart_upload", Key=self._key(path))
            upload = {"Key": self._key(path), "UploadId": begun["UploadId"]}
            try:
                yield upload
            except (ClientError, EndpointError):
                # After a lost line it would wait once more; `remove` ends what is left then.
                self._abort(path, upload)
                raise

    def _abort(self, path: str, upload: dict[str, str]) -> None:
        with suppress(EndpointError), self._told(path):
            self._ask("abort_multipart_upload", **upload)

    def _complete(
        self, upload: dict[str, str], parts: list[dict[str, Any]], **condition: str
    ) -> None:
        self._ask(
            "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts}, **condition
        )

    def _sized(self, path: str, sent: int, size: int) -> None:
        if sent != size:
            raise FileChanged(
                f"The local file has {sent} bytes instead of {size}",
                where=self._where(path),
                remedy="Look who changes files in the execution folder",
            )

    # -- renaming --------------------------------------------------------------------------

    def replace(self, old: str, new: str) -> None:
        """Copy over the new key, which changes at once and as a whole; then delete the old one."""
        _raise(self.rename_many([(old, new)], replace=True))

    def rename(self, old: str, new: str) -> None:
        """Copy to a free key, then delete the old one; `AlreadyThere` if it is taken.

        Atomic where the store honours `If-None-Match: *` for it; else it is looked at just
        before, and who writes the same key in that moment is overwritten.
        """
        _raise(self.rename_many([(old, new)], replace=False))

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Copy several objects at once, then delete the old ones in one request.

        A crash between the two leaves both: `trace` finds the delivered one by its hash.
        """
        copy = self._copy_over if replace else self._copy_to_free
        if not replace:
            _ = self.conditions  # Tried once, before several ask for it at once.
        answers = self._at_once(pairs, lambda one: copy(*one))
        done = [old for (old, _), answer in zip(pairs, answers, strict=True) if answer is None]
        # The copies are there: an old one that stays is no reason to doubt them.
        with suppress(EndpointError):
            self._delete(done)
        return answers

    def _copy_over(self, old: str, new: str) -> None:
        if self._is_directory(new):
            # A store could hold both, but what serves or mirrors it as files could not.
            raise self._taken(new)
        self._copy(old, new)

    def _copy_to_free(self, old: str, new: str) -> None:
        if self.conditions.copy:
            self._copy(old, new, IfNoneMatch="*")
        elif self.conditions.complete:
            self._copy_parts(old, new, IfNoneMatch="*")
        elif self._head(new):
            raise self._taken(new)
        else:
            self._copy(old, new)

    def _copy(self, old: str, new: str, **condition: str) -> None:
        with self._told(new):
            try:
                self._ask(
                    "copy_object", Key=self._key(new), CopySource=self._source(old), **condition
                )
            except ClientError as error:
                if code_of(error) not in TOO_LARGE:
                    raise
                self._copy_parts(old, new, **condition)

    def _copy_parts(self, old: str, new: str, **condition: str) -> None:
        entry = self._head(old)
        if entry is None:
            raise FileMissing(
                "It is not there", where=self._where(old), remedy="Check bucket and path"
            )
        with self._upload(new) as upload:
            parts = []
            for number, start in enumerate(range(0, max(entry.size, 1), COPIED), 1):
                end = min(start + COPIED, entry.size) - 1
                part = {"CopySourceRange": f"bytes={start}-{end}"} if entry.size > COPIED else {}
                told = self._ask(
                    "upload_part_copy",
                    **upload,
                    PartNumber=number,
                    CopySource=self._source(old),
                    **part,
                )
                parts.append({"PartNumber": number, "ETag": told["CopyPartResult"].get("ETag", "")})
            self._complete(upload, parts, **condition)

    def _taken(self, path: str) -> AlreadyThere:
        return AlreadyThere(
            "The name is taken", where=self._where(path), remedy="Take away what is there"
        )

    def _source(self, path: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._key(path)}

    @cached_property
    def conditions(self) -> Conditions:
        """Which requests of this store leave a taken key alone: tried with two keys of our own."""
        one, two = (TEMPORARY.format(key=f"probe-{secrets.token_hex(16)}") for _ in range(2))
        self._put(one, b"")
        try:
            self._put(two, b"")
            put = self._is_refused(lambda: self._put(two, b"", IfNoneMatch="*"))
            copy = put and self._is_refused(lambda: self._copy(one, two, IfNoneMatch="*"))
            complete = copy or (
                put and self._is_refused(lambda: self._copy_parts(one, two, IfNoneMatch="*"))
            )
        finally:
            with suppress(EndpointError):
                self._delete([one, two])
        return Conditions(put, copy, complete)

    def _is_refused(self, attempt: Callable[[], None]) -> bool:
        try:
            attempt()
        except AlreadyThere:
            return True
        except NotSupported:
            return False
        return False

    # -- removing --------------------------------------------------------------------------

    def remove(self, path: str) -> None:
        """Delete one object; a store does not tell whether there was one."""
        if self._is_staged(path):
            self._abort_all(path)
        self._keep_directory(path)
        with self._told(path):
            self._ask("delete_object", Key=self._key(path))

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Delete several objects in one request."""
        for path in paths:
            self._keep_directory(path)
        try:
            refused = self._delete(paths)
        except EndpointError as error:
            return [error] * len(paths)
        return [refused.get(path) for path in paths]

    def make_directory(self, path: str) -> None:
        """Do nothing: a directory is there as soon as a key starts with it."""

    def close(self) -> None:
        """End every line, also one that another thread waits on."""
        self._lines.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _delete(self, paths: Sequence[str]) -> dict[str, EndpointError]:
        """Delete objects and return what was refused."""
        refused: dict[str, EndpointError] = {}
        for start in range(0, len(paths), PAGE):
            some = {self._key(path): path for path in paths[start : start + PAGE]}
            with self._told(paths[start]):
                told = self._ask(
                    "delete_objects",
                    Delete={"Objects": [{"Key": key} for key in some], "Quiet": True},
                )
            for one in told.get("Errors", ()):
                path = some[one["Key"]]
                try:
                    with self._told(path):
                        raise ClientError({"Error": one}, "DeleteObjects")
                except EndpointError as error:
                    refused[path] = error
        return refused

    def _abort_all(self, path: str) -> None:
        """End the uploads that a crash has left under a key that only one delivery uses."""
        with suppress(NotSupported), self._told(path):
            told = self._ask("list_multipart_uploads", Prefix=self._key(path))
            for upload in told.get("Uploads", ()):
                if upload["Key"] == self._key(path):
                    self._abort(path, {"Key": upload["Key"], "UploadId": upload["UploadId"]})

    def _keep_directory(self, path: str) -> None:
        """Keep a directory whose last file may go, so that its next listing is empty, no error.

        Stores show a directory of its own by an empty object whose key ends in a slash.
        """
        directory, _, name = path.rpartition("/")
        if directory in self._kept or not directory or name.startswith(OURS) or name.endswith(LOCK):
            return
        self._kept.add(directory)
        # Who may not write here, or serves real directories, has an error later at most.
        with suppress(EndpointError), self._told(directory):
            self._ask("put_object", Key=self._below(directory), Body=b"")

    # -- all of it -------------------------------------------------------------------------

    def _at_once(
        self, items: Sequence[Item], ask: Callable[[Item], Answer]
    ) -> list[Answer | EndpointError]:
        """Ask for all items over several lines; a store that is lost is not asked on."""
        lost: list[EndpointError] = []

        def answer(item: Item) -> Answer | EndpointError:
            if lost:
                return lost[0]
            try:
                return ask(item)
            except EndpointError as error:
                if isinstance(error, Unreachable):
                    lost.append(error)
                return error

        if len(items) == 1:
            return [answer(items[0])]
        return list(self._workers.map(answer, items))

    def _ask(self, operation: str, **fields: Any) -> Any:
        return getattr(self._client, operation)(Bucket=self._bucket, **fields)

    @contextmanager
    def _told(self, path: str, missing: type[EndpointError] = FileMissing) -> Iterator[None]:
        with translated(self._label, path, missing):
            yield

    def _where(self, path: str) -> str:
        return f"{self._label}:/{display(path)}"

    def _is_staged(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return name.startswith(OURS) and name.endswith(UNFINISHED)

    def _key(self, path: str) -> str:
        """Return the key of a path.

        Raises:
            NameNotAllowed: it is no UTF-8, or too long.
        """
        below = join(self._prefix, path)
        key = join(self._staging, below) if self._staging and self._is_staged(path) else below
        try:
            length = len(key.encode())
        except UnicodeEncodeError:
            length = LONGEST_KEY + 1
        if length > LONGEST_KEY:
            raise NameNotAllowed(
                f"The key is no UTF-8, or longer than {LONGEST_KEY} bytes",
                where=self._where(path),
                remedy="Give the file another name by the target's file name template",
            )
        return key

    def _below(self, directory: str) -> str:
        key = self._key(directory)
        return f"{key}/" if key else ""


def _entries(page: dict[str, Any], start: int) -> Iterator[Entry]:
    """Yield what a page of a listing holds; names begin at `start` of each key.

    The directory's own key has the name "".
    """
    for one in page.get("Contents", ()):
        name = one["Key"][start:]
        if name not in (".", "..") and "/" not in name:
            yield _entry(name, one, one["Size"])
    for one in page.get("CommonPrefixes", ()):
        name = one["Prefix"][start:].removesuffix("/")
        if name not in ("", ".", ".."):
            yield Entry(name, is_directory=True, size=0, modified=None)


def _entry(name: str, told: dict[str, Any], size: int) -> Entry:
    moment: datetime = told["LastModified"]
    # HEAD tells whole seconds, and some stores leave the quotes out of listings.
    return Entry(
        name,
        is_directory=False,
        size=size,
        modified=moment.astimezone(UTC).replace(microsecond=0),
        version=told.get("ETag", "").strip('"'),
    )


def _files_last(entry: Entry) -> bool:
    return not entry.is_directory


def _portions(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in portions of one size, the last one shorter."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)


def _md5(content: bytes) -> str:
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _raise(answers: Sequence[EndpointError | None]) -> None:
    for answer in answers:
        if answer is not None:
            raise answer
