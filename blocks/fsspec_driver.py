"""The raw verbs over fsspec's verbs for single files.

`rm`, `get` and `mv` read names as patterns, and have deleted `Antrag1.xml` for `Antrag[1].xml`.
`exists` is not used either: it answers False when the line is cut. A rename is one where this
module knows it to be one; elsewhere it is a copy, a look at it, and a removal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn

from blocks.driver import Driver, Entry
from blocks.endpoint import Endpoint, display
from blocks.fsspec_session import FsspecSession, protocols, secret_texts
from blocks.paths import TEMPORARY, join
from transforms.document import CHUNK
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

LOCAL = frozenset({"file", "local"})

OBJECT_STORES = frozenset(
    {"gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "ocilake", "tos", "tosfs"}
)
"""A name appears there as a whole, and a directory is there as long as a file is in it."""
RENAMING = frozenset({*LOCAL, "hdfs", "arrow_hdfs", "webhdfs"})
"""Their `mv` was read: one rename of the server's, of exactly the given names."""
REPLACING = OBJECT_STORES | LOCAL | {"memory"}
"""A file of a taken name is replaced there in one step."""

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
VERSIONS = ("etag", "ETag", "generation", "sha", "version_id", "content_hash", "md5Hash", "ino")
TIMES = ("mtime", "modified", "last_modified", "LastModified", "updated", "created")
MILLISECONDS = "modificationTime"


class FsspecDriver(Driver):
    """The raw verbs over one session.

    Args:
        endpoint: whose label and limits apply.
        url: as fsspec takes it, with the base directory.
        options: arguments of the filesystem.
        hidden: further ones, which no error may show.
    """

    def __init__(
        self, endpoint: Endpoint, url: str, options: Mapping[str, Any], hidden: Mapping[str, Any]
    ) -> None:
        """Prepare a session; nothing is opened yet."""
        arguments = {**options, **hidden}
        self._session = FsspecSession(url, arguments, secret_texts(hidden), endpoint.label)
        self._endpoint = endpoint
        links = [link for link in protocols(url) if link != "dir"]
        self._protocol = links[0] if links else "dir"
        self._is_store = self._protocol in OBJECT_STORES
        self._filesystem: Any = None
        self._base = ""
        self._tried: set[str] = set()

    def open(self) -> None:
        """Open the filesystem.

        Raises:
            DefinitionWrong: a package is missing, or the options do not fit.
            DirectoryMissing: the base directory, or the bucket, is not there.
            EndpointError: it does not open.
        """
        self._filesystem, base = self._session.opened(self._endpoint.connect_seconds)
        self._base = base.rstrip("/")
        if self.stat("") is None:
            raise DirectoryMissing(
                "The base directory or bucket is not there",
                where=self._endpoint.label,
                remedy="Create it, or correct the address in the block",
            )

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory; the listing is complete before the first."""
        full = self._full(directory)

        def listing() -> list[dict[str, Any]]:
            self._filesystem.invalidate_cache()
            return list(self._filesystem.ls(full, detail=True))

        try:
            with self._missing(DirectoryMissing):
                found = self._call(directory, listing)
        except DirectoryMissing:
            if self._is_store:
                return
            raise
        for info in found:
            entry = _entry(info)
            is_itself = _stripped(info["name"]) == _stripped(full)
            if is_itself and not self._is_store and info["type"] != "directory":
                raise DirectoryMissing(
                    "A file is where the directory should be",
                    where=self._where(directory),
                    remedy="Correct the directory",
                )
            if entry and not is_itself:
                yield entry

    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there."""
        full = self._full(path)
        if not path and self._is_store:
            # An empty directory of an object store is not there; its bucket is.
            full = _stripped(full).partition("/")[0]

        def look() -> dict[str, Any]:
            self._filesystem.invalidate_cache()
            return dict(self._filesystem.info(full))

        try:
            return _entry(self._call(path, look))
        except FileMissing:
            return None

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        full = self._full(path)
        try:
            file = self._call(path, lambda: self._filesystem.open(full, "rb", block_size=CHUNK))
        except AlreadyThere as error:
            raise FileMissing(
                "A directory is in its place", where=error.where, remedy=error.remedy
            ) from error
        try:
            if offset:
                self._call(path, lambda: file.seek(offset))
            while chunk := self._call(path, lambda: file.read(CHUNK)):
                yield bytes(chunk)
        finally:
            with suppress(EndpointError):
                self._call(path, file.close)

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Write a file; some filesystems send nothing before the last byte is there."""
        full = self._full(path)
        with self._missing(DirectoryMissing):
            file = self._call(path, lambda: self._filesystem.open(full, "wb"))
        with self._missing(DirectoryMissing), self._session.finishing(file, path):
            for chunk in self._exactly(size, chunks, path):
                self._call(path, partial(file.write, chunk))

    def _exactly(self, size: int, chunks: Iterable[bytes], path: str) -> Iterator[bytes]:
        sent = 0
        for chunk in chunks:
            sent += len(chunk)
            yield chunk
        if sent != size:
            raise FileChanged(
                f"The local file has {sent} bytes instead of {size}",
                where=self._where(path),
                remedy="Look who changes files in the execution folder",
            )

    def create(self, path: str, content: bytes) -> bool:
        """Refuse: of two that create one name at once, both may succeed."""
        del content
        self._refuse(path, "create a file only if its name is free", "Set NO_LOCKING")

    def replace(self, old: str, new: str) -> None:
        """Rename over a file, where that is one step.

        Raises:
            NotSupported: this filesystem has no such step, or none that is known.
        """
        if self._protocol not in REPLACING:
            self._refuse(new, "replace a file in one step", "Leave overwriting and appending off")
        there = self.stat(new)
        if there and there.is_directory:
            raise self._taken(new)
        self._move(old, new)

    def rename(self, old: str, new: str) -> None:
        """Rename; a name that is taken between the look and the step is not noticed."""
        if self.stat(new):
            raise self._taken(new)
        self._move(old, new)

    def remove(self, path: str) -> None:
        """Remove exactly this file."""
        full = self._full(path)
        self._call(path, lambda: self._filesystem.rm_file(full))

    def make_directory(self, path: str) -> None:
        """Create one directory; nothing happens if it is there."""
        full = self._full(path)
        try:
            with self._missing(DirectoryMissing):
                self._call(path, lambda: self._filesystem.mkdir(full, create_parents=False))
        except AlreadyThere:
            there = self.stat(path)
            if not there or not there.is_directory:
                raise

    def hold(self, path: str, owner: str) -> bool:
        """Refuse: fsspec knows no locks."""
        del owner
        self._refuse(path, "lock files", "Set NO_LOCKING")

    def close(self) -> None:
        """End the session; a call that hangs is left behind."""
        self._session.close()

    # -- renaming --------------------------------------------------------------------------

    def _move(self, old: str, new: str) -> None:
        self._check_name(old, new)
        before = self.stat(old)
        if before is None:
            raise FileMissing(
                "It is not there", where=self._where(old), remedy="Find out who took it away"
            )
        self._step(old, new)
        if self._protocol not in RENAMING:
            copied = self.stat(new)
            if copied and copied.size != before.size:
                raise Unreachable(
                    f"The copy has {copied.size} of {before.size} bytes",
                    where=self._where(new),
                    remedy="Remove it, and look at the filesystem's disk and quota",
                )
            with suppress(FileMissing):
                self.remove(old)
        if self.stat(old):
            # WebHDFS answers a rename that it did not do with 200 and false.
            raise Unreachable(
                "The filesystem said that it renamed the file, and did not",
                where=self._where(new),
                remedy="Look whether the new name is taken or not allowed there",
            )

    def _step(self, old: str, new: str) -> None:
        """Rename where that is known to be one, copy elsewhere."""
        source, target = self._full(old), self._full(new)
        verb = self._filesystem.mv if self._protocol in RENAMING else self._filesystem.cp_file
        self._call(new, lambda: verb(source, target), seconds=None)

    def _check_name(self, old: str, path: str) -> None:
        """See with a file of ours whether unusual characters survive, before a document is lost.

        The old name gives our file its own: who tries again after a crash finds it, and removes it.

        Raises:
            NameNotAllowed: the filesystem holds such a name under another one, or not at all.
        """
        directory, _, name = path.rpartition("/")
        odd = "".join(sorted(set(name) - PLAIN - self._tried))
        if not odd:
            return
        token = hashlib.sha256(old.encode(errors="surrogateescape")).hexdigest()[:32]
        first, second = (join(directory, TEMPORARY.format(key=key)) for key in (token, token + odd))
        self.write(first, [b"?"], 1)
        try:
            self._step(first, second)
            found = {entry.name for entry in self.scan(directory)}
        finally:
            self._forget(directory, token)
        if second.rpartition("/")[2] not in found:
            raise NameNotAllowed(
                f"This filesystem does not keep a name with {odd!r} as it is",
                where=self._where(path),
                remedy="Name these characters as refused in the block, so that they are replaced",
            )
        self._tried |= set(odd)

    def _forget(self, directory: str, token: str) -> None:
        """Remove what was tried, under whatever name it is there."""
        with suppress(EndpointError):
            for entry in list(self.scan(directory)):
                if token in entry.name:
                    self.remove(join(directory, entry.name))

    # -- calls -----------------------------------------------------------------------------

    def _call(self, path: str, verb: Callable[[], Any], *, seconds: float | None = 0) -> Any:
        """Call a verb; 0 seconds stands for the idle limit, None for that of the whole file."""
        return self._session.call(
            path, verb, self._endpoint.idle_seconds if seconds == 0 else seconds
        )

    @contextmanager
    def _missing(self, kind: type[EndpointError]) -> Iterator[None]:
        """Say what it is that is missing: libraries say only that something is."""
        try:
            yield
        except FileMissing as error:
            raise kind(error.what, where=error.where, remedy=error.remedy) from error

    def _full(self, path: str) -> str:
        """Return the whole path; a name that the library itself would change is refused."""
        full = join(self._base, path)
        if path and _stripped(self._filesystem._strip_protocol(full)) != _stripped(full):  # noqa: SLF001 - fsspec has no public verb for it
            raise NameNotAllowed(
                "The filesystem's library would change this name",
                where=self._where(path),
                remedy="Give the file another name by the target's file name template",
            )
        return full

    def _where(self, path: str) -> str:
        return f"{self._endpoint.label}:/{display(path)}"

    def _taken(self, path: str) -> AlreadyThere:
        return AlreadyThere(
            "The name is taken",
            where=self._where(path),
            remedy="Take what is there away, or choose another name",
        )

    def _refuse(self, path: str, what: str, remedy: str) -> NoReturn:
        raise NotSupported(
            f"The filesystem {self._protocol}:// is not known to {what}",
            where=self._where(path),
            remedy=remedy,
        )


def _entry(info: dict[str, Any]) -> Entry | None:
    """Describe a file or directory; anything else is nothing to be taken."""
    if info.get("type") not in ("file", "directory"):
        return None
    version = "|".join(str(info[key]) for key in VERSIONS if info.get(key))
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    return Entry(name, info["type"] == "directory", info.get("size") or 0, _time(info), version)


def _time(info: dict[str, Any]) -> datetime | None:
    if MILLISECONDS in info:
        return datetime.fromtimestamp(info[MILLISECONDS] / 1000, UTC)
    found = next((info[key] for key in TIMES if info.get(key)), None)
    if isinstance(found, str):
        with suppress(ValueError):
            found = datetime.fromisoformat(found)
    if isinstance(found, int | float):
        return datetime.fromtimestamp(found, UTC)
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _stripped(path: str) -> str:
    return path.strip("/")
