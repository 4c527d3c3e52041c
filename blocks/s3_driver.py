"""The raw verbs of a file protocol over the keys of a bucket.

Each verb for many files has its requests under way at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from blocks.driver import Driver, Entry
from blocks.endpoint import in_turn
from blocks.paths import LOCK
from blocks.s3_bucket import PAGE, Bucket, getting, putting
from blocks.s3_copies import Conditions, Copies, Copy
from blocks.s3_errors import code_of, error_of
from blocks.s3_keys import OURS, Keys
from blocks.s3_lines import Lines, Request
from blocks.s3_parts import PART, Parts, check_size
from blocks.s3_signing import Account
from transforms.errors import (
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NotSupported,
    Unreachable,
)

TOGETHER = 100
"""Files that are copied before their first keys are deleted: until then `trace` would send again
what a recipient has taken meanwhile."""


class S3Driver(Driver):
    """The raw verbs over the lines to one bucket.

    Args:
        account: where the bucket is and who asks.
        lines: what the requests travel over; closed with the driver.
        prefix: what all keys start with, without slashes at its ends.
        staging: prefix of unfinished files in the bucket, "" for beside the file.
        label: the endpoint, for errors.
    """

    def __init__(
        self, account: Account, lines: Lines, *, prefix: str, staging: str, label: str
    ) -> None:
        """Prepare the session; nothing is sent yet."""
        self._lines = lines
        self._bucket = Bucket(lines, account.bucket, label)
        self._parts = Parts(self._bucket)
        self._keys = Keys(self._bucket, prefix=prefix, staging=staging)
        self._copies = Copies(self._keys, self._parts, account)

    def greet(self) -> None:
        """See whether the store, the keys and the bucket are right."""
        self._keys.greet()

    @property
    def conditions(self) -> Conditions:
        """Which requests of this store leave a taken key alone."""
        return self._copies.conditions

    # -- looking ---------------------------------------------------------------------------

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory, page by page."""
        return self._keys.scan(directory)

    def stat(self, path: str) -> Entry | None:
        """Look at one path; None if nothing is there."""
        return self._keys.stat(path)

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths; a few pages of the listing may answer for all."""
        return self._keys.stat_many(paths)

    # -- reading ---------------------------------------------------------------------------

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of one object; several parts of a large one travel at once."""
        return self._parts.read(self._keys.key(path), path, offset)

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files; of one that has more than `most` bytes, a part."""
        return [
            answer if isinstance(answer, EndpointError) else answer[0]
            for answer in self.get_many(paths, most)
        ]

    def get_many(self, paths: Sequence[str], most: int) -> list[tuple[bytes, str] | EndpointError]:
        """Return contents as `read_many` does, each with the version that was read, or ""."""
        answers = self._keys.asked(
            [(path, path) for path in paths],
            lambda path: getting(self._keys.key(path), f"bytes=0-{most}"),
            accepted="InvalidRange",
        )
        # An empty object has no first byte: that code comes with no bytes of the file.
        return [
            answer
            if isinstance(answer, EndpointError)
            else (
                b"" if code_of(answer) else answer.body,
                answer.headers.get("ETag", "").strip('"'),
            )
            for answer in answers
        ]

    # -- writing ---------------------------------------------------------------------------

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Put one object; the store compares the MD5 of it, or of each part, with what it got.

        Nothing is there before the last byte is.
        """
        if size > PART:
            self._parts.write(self._keys.key(path), chunks, size, path)
            return
        content = b"".join(chunks)
        check_size(len(content), size, self._bucket.where(path))
        self._put(path, content)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Put several small objects at once."""
        answers = self._keys.asked(
            [(path, (path, content)) for path, content in files],
            lambda one: putting(self._keys.key(one[0]), one[1]),
            missing=DirectoryMissing,
        )
        return [answer if isinstance(answer, EndpointError) else None for answer in answers]

    def create(self, path: str, content: bytes) -> bool:
        """Create a small object only if the key is free, atomically; False if it was taken.

        Raises:
            NotSupported: the store ignores the condition, and two could succeed.
        """
        if not self.conditions.put:
            raise NotSupported(
                "The store ignores If-None-Match, so a lock file would not keep others away",
                where=self._bucket.where(path),
                remedy="Use no locking here, or a store that has conditional writes",
            )
        try:
            self._put(path, content, free=True)
        except AlreadyThere:
            return False
        return True

    def _put(self, path: str, content: bytes, *, free: bool = False) -> None:
        request = putting(self._keys.key(path), content, free=free)
        self._bucket.ask(request, path, missing=DirectoryMissing)

    # -- straight to the final key ---------------------------------------------------------

    def put_many(
        self, files: Sequence[tuple[str, bytes, Mapping[str, str]]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Put several small objects with their metadata at once, over others only with `replace`.

        Where the store ignores `If-None-Match: *`, the keys are looked at just before.
        """
        looked = self.stat_many([path for path, _, _ in files])
        free = not replace and self.conditions.put

        def request(
            one: tuple[tuple[str, bytes, Mapping[str, str]], Entry | EndpointError | None],
        ) -> Request:
            (path, content, metadata), there = one
            self._copies.check(path, there, replace=replace)
            return putting(self._keys.key(path), content, free=free, metadata=metadata)

        items = [(one[0], (one, there)) for one, there in zip(files, looked, strict=True)]
        answers = self._keys.asked(items, request, missing=DirectoryMissing)
        return [answer if isinstance(answer, EndpointError) else None for answer in answers]

    def begin(self, path: str) -> str:
        """Begin an upload in parts and return its id; nothing is visible until `complete`."""
        return self._bucket.begin(self._keys.key(path), path)

    def send_parts(self, path: str, upload: str, chunks: Iterable[bytes], size: int) -> list[str]:
        """Send all parts of an upload and return their ETags; the store compares their MD5."""
        return self._parts.send(self._keys.key(path), upload, chunks, size, path)

    def complete(self, path: str, upload: str, etags: Sequence[str], *, replace: bool) -> None:
        """Make an object of the parts, over another one only with `replace`; see `put_many`."""
        self._copies.check(path, self.stat(path), replace=replace)
        free = not replace and self.conditions.complete
        self._bucket.complete(self._keys.key(path), upload, etags, path, free=free)

    def abort(self, path: str, upload: str) -> None:
        """End an upload, if it is there."""
        self._bucket.abort(self._keys.key(path), upload, path)

    def has_upload(self, path: str, upload: str) -> bool:
        """Tell whether an upload is there that nobody has completed."""
        return self._bucket.has_upload(self._keys.key(path), upload, path)

    def abort_below(self, directory: str, upload: str) -> None:
        """End an upload somewhere in a directory, if the store tells of it."""
        with suppress(NotSupported):
            prefix = self._keys.below(directory)
            for key, found in self._bucket.uploads_below(prefix, directory):
                if found == upload:
                    self._bucket.abort(key, upload, directory)

    def unfinished(self, directory: str) -> Iterator[Entry]:
        """Yield the unfinished files of a directory, wherever they are kept."""
        return self._keys.unfinished(directory)

    def notes(self, directory: str) -> list[str]:
        """Return the paths of the notes in a directory; see `blocks.s3_target`."""
        return self._keys.notes(directory)

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
        answers: list[EndpointError | None] = []
        for start in range(0, len(pairs), TOGETHER):
            if answers and isinstance(lost := answers[-1], Unreachable):
                return answers + [lost] * (len(pairs) - len(answers))
            answers += self._rename(pairs[start : start + TOGETHER], replace=replace)
        return answers

    def _rename(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        olds = self.stat_many([old for old, _ in pairs])
        if isinstance(lost := olds[0], Unreachable):
            return [lost] * len(pairs)
        news = self.stat_many([new for _, new in pairs])
        looked = list(zip(pairs, olds, news, strict=True))
        copies = in_turn(looked, lambda one: self._copies.copyable(*one, replace=replace))
        good = [one for one in copies if isinstance(one, Copy)]
        answers = iter(self._copies.copy(good, free=not replace))
        done = [next(answers) if isinstance(one, Copy) else one for one in copies]
        gone = [old for (old, _), error in zip(pairs, done, strict=True) if error is None]
        # The copies are there: an old one that stays is no reason to doubt them.
        with suppress(EndpointError):
            self._delete(gone)
        return done

    # -- removing --------------------------------------------------------------------------

    def remove(self, path: str) -> None:
        """Delete one object; a store does not tell whether there was one."""
        if self._keys.is_staged(path):
            self._parts.abort_all(self._keys.key(path), path)
        self._keep_directory(path)
        self._bucket.ask(Request("DELETE", self._keys.key(path)), path)

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
        self._parts.close()

    def _delete(self, paths: Sequence[str]) -> dict[str, EndpointError]:
        """Delete objects and return what was refused."""
        refused: dict[str, EndpointError] = {}
        for start in range(0, len(paths), PAGE):
            some = {self._keys.key(path): path for path in paths[start : start + PAGE]}
            for key, code in self._bucket.delete(list(some), paths[start]).items():
                path = some[key]
                refused[path] = error_of(code, 0, self._bucket.where(path), FileMissing)
        return refused

    def _keep_directory(self, path: str) -> None:
        """Keep a directory whose last file may go, so that its next listing is empty, no error.

        Stores show a directory of its own by an empty object whose key ends in a slash.
        """
        directory, _, name = path.rpartition("/")
        if (
            directory in self._keys.kept
            or not directory
            or name.startswith(OURS)
            or name.endswith(LOCK)
        ):
            return
        self._keys.kept.add(directory)
        # Who may not write here, or serves real directories, has an error later at most.
        with suppress(EndpointError):
            self._bucket.ask(putting(self._keys.below(directory), b""), directory)


def _raise(answers: Sequence[object]) -> None:
    for answer in answers:
        if isinstance(answer, EndpointError):
            raise answer
