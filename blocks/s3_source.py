"""A bucket as a source: an object comes whole and in one version, and says which one that was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from blocks.driver import Entry
from blocks.endpoint import Endpoint, RemoteFile, in_turn
from blocks.file_side import SMALL
from blocks.file_source import FileSource
from blocks.s3_driver import S3Driver
from transforms.document import Fingerprint
from transforms.errors import EndpointError


class BucketSource(FileSource):
    """The source's half of the contract over a bucket.

    Args:
        driver: the raw verbs, and what a bucket has beyond them.
        endpoint: whose label and limits apply.
    """

    let_go: ClassVar = 100
    """One look at a bucket and one deletion serve them all, and either may take a while."""

    driver: S3Driver

    def __init__(self, driver: S3Driver, endpoint: Endpoint) -> None:
        """Work with this driver."""
        super().__init__(driver, endpoint)

    def _fetch_small(
        self, wanted: Sequence[tuple[RemoteFile, Path]]
    ) -> list[Fingerprint | EndpointError]:
        """Fetch small files; who tells the version that was listed need not be looked at again."""
        paths = [file.path for file, _ in wanted]
        with self.in_time(paths[0]):
            answers = self.driver.get_many(paths, SMALL)
            got = list(zip(wanted, answers, strict=True))
            doubtful = [
                file.path
                for (file, _), answer in got
                if isinstance(answer, EndpointError) or answer[1] != file.version
            ]
            looked = dict(zip(doubtful, self.driver.stat_many(doubtful), strict=True))

        def kept(
            one: tuple[tuple[RemoteFile, Path], tuple[bytes, str] | EndpointError],
        ) -> Fingerprint:
            (file, to), answer = one
            listed = Entry(
                file.name,
                is_directory=False,
                size=file.size,
                modified=file.modified,
                version=file.version,
            )
            content = answer if isinstance(answer, EndpointError) else answer[0]
            return self._keep(file, to, content, looked.get(file.path, listed))

        return in_turn(got, kept)
