"""What dead runs left in a bucket: notes too, which may name many deliveries and an upload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blocks.driver import Entry
from blocks.endpoint import Endpoint, Leftover, Remains
from blocks.file_locks import FileLocks
from blocks.leftovers import FileLeftovers, described
from blocks.paths import parent
from blocks.s3_driver import S3Driver
from blocks.s3_keys import OURS, UNFINISHED
from blocks.s3_target import Note, is_note
from transforms.errors import DirectoryMissing, FileMissing

NOTE_NAME = re.compile(r"\.govmanager-([0-9a-f]{32})\.note\.part")


class BucketLeftovers(FileLeftovers):
    """What runs have left in one bucket; see `blocks.s3_target` for what a note is.

    Args:
        driver: the raw verbs, and what a bucket has beyond them.
        endpoint: whose label and limits apply.
        locks: those of the session.
    """

    driver: S3Driver

    def __init__(self, driver: S3Driver, endpoint: Endpoint, locks: FileLocks) -> None:
        """Work with this driver."""
        super().__init__(driver, endpoint, locks)

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of a directory; unfinished files may be kept apart from it."""
        yield from self.driver.unfinished(directory)
        try:
            for entry in self.driver.scan(directory):
                if not (entry.name.startswith(OURS) and entry.name.endswith(UNFINISHED)):
                    yield entry
        except DirectoryMissing:
            # What is kept apart is all there is of it.
            return

    def leftover(self, path: str, entry: Entry) -> Leftover | None:
        """Describe an object if it certainly is ours; a note says itself whom it is of."""
        if not (found := NOTE_NAME.fullmatch(entry.name)):
            return super().leftover(path, entry)
        try:
            waiting = self._note(path).waiting
        except FileMissing:
            return None
        return described(path, Remains.TEMPORARY, entry, *(waiting or (found[1],)))

    def discard_whole(self, leftover: Leftover) -> None:
        """Remove it, and the upload that a note names."""
        if is_note(leftover.path) and (upload := self._note(leftover.path).upload):
            self.driver.abort_below(parent(leftover.path), upload)
        super().discard_whole(leftover)

    def _note(self, path: str) -> Note:
        with self.in_time(path):
            return Note.of(b"".join(self.driver.read(path)))
