"""Objects that travel in parts: several are under way at once, and so many are held in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

from blocks.s3_bucket import Bucket, getting
from blocks.s3_errors import code_of, lost
from blocks.s3_lines import LOST, Answer
from transforms.errors import EndpointError, FileChanged, NotSupported, Unreachable

PART = 8 << 20
"""Bytes of one part."""
AHEAD = 3
"""Parts under way at once on the way up, and within the store."""
READ_AHEAD = 2
"""Parts under way at once on the way down: more only push each other out of the cache."""
MOST_PARTS = 10_000
COPIED = 512 << 20
"""Bytes of one part that is copied within the store: it may be silent until it has them all."""


class Parts:
    """Uploads, downloads and copies in parts.

    Args:
        bucket: what is asked.
    """

    def __init__(self, bucket: Bucket) -> None:
        """Prepare the threads; none is started yet."""
        self._bucket = bucket
        self._workers = ThreadPoolExecutor(AHEAD, thread_name_prefix="s3")

    def close(self) -> None:
        """Begin no more parts; those under way end with their lines."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    # -- down ------------------------------------------------------------------------------

    def read(self, key: str, path: str, offset: int) -> Iterator[bytes]:
        """Yield the bytes of one object in chunks, all of one and the same version.

        Args:
            key: of the object.
            path: for errors.
            offset: bytes to leave out at the start.

        Raises:
            FileChanged: it was replaced while it was read.
        """
        first = getting(key, f"bytes={offset}-{offset + PART - 1}")
        ahead: deque[Future[list[bytes]]] = deque()
        try:
            with self._bucket.lines.stream(first) as (answer, chunks):
                if code_of(answer) == "InvalidRange":
                    return  # There are no bytes from there on.
                starts = self._starts(self._bucket.checked(answer, path), path, offset)
                etag = answer.headers.get("ETag", "")
                self._read_ahead(ahead, starts, key, etag, path)
                yield from chunks
            while ahead:
                part = ahead.popleft().result()
                self._read_ahead(ahead, starts, key, etag, path)
                yield from part
        except LOST as error:
            raise lost(error, self._bucket.where(path)) from error
        finally:
            for one in ahead:
                one.cancel()

    def _starts(self, answer: Answer, path: str, offset: int) -> Iterator[tuple[int, int]]:
        """Yield where the further parts begin and end, as the answer to the first one tells."""
        told = answer.headers.get("Content-Range", "")
        if not told and offset:
            raise NotSupported(
                "The store gives whole objects only, and no part of one",
                where=self._bucket.where(path),
                remedy="Have the cache before the store pass the header Range on",
            )
        size = int(told.rpartition("/")[2] or 0)
        return ((at, min(at + PART, size)) for at in range(offset + PART, size, PART))

    def _read_ahead(
        self,
        ahead: deque[Future[list[bytes]]],
        starts: Iterator[tuple[int, int]],
        key: str,
        etag: str,
        path: str,
    ) -> None:
        while len(ahead) < READ_AHEAD and (bounds := next(starts, None)):
            ahead.append(self._workers.submit(self._part, key, etag, *bounds, path))

    def _part(self, key: str, etag: str, start: int, end: int, path: str) -> list[bytes]:
        part = getting(key, f"bytes={start}-{end - 1}", etag)
        with self._bucket.lines.stream(part) as (answer, chunks):
            code = code_of(answer)
            if code not in ("PreconditionFailed", "InvalidRange"):
                self._bucket.checked(answer, path)
            content = list(chunks)
        if code or sum(map(len, content)) != end - start:
            raise FileChanged(
                "The file was replaced while it was read",
                where=self._bucket.where(path),
                remedy="Nothing is to be done if its writer was still at work",
            )
        return content

    # -- up --------------------------------------------------------------------------------

    def write(self, key: str, chunks: Iterable[bytes], size: int, path: str) -> None:
        """Put one object; the store compares the MD5 of each part with what it got.

        Nothing is there before the last byte is.

        Raises:
            FileChanged: there were more or fewer than `size` bytes.
        """
        with self._upload(key, path) as upload:
            etags = self.send(key, upload, chunks, size, path)
            self._bucket.complete(key, upload, etags, path)

    def send(
        self, key: str, upload: str, chunks: Iterable[bytes], size: int, path: str
    ) -> list[str]:
        """Send all parts of an upload and return their ETags.

        Raises:
            FileChanged: there were more or fewer than `size` bytes.
        """
        length = max(PART, -(-size // MOST_PARTS))
        sent = 0
        under_way: deque[Future[str]] = deque()
        etags: list[str] = []
        for number, part in enumerate(_portions(chunks, length), 1):
            sent += len(part)
            if len(under_way) == AHEAD:
                etags.append(under_way.popleft().result())
            under_way.append(
                self._workers.submit(self._bucket.send_part, key, upload, number, part, path)
            )
        etags += [one.result() for one in under_way]
        check_size(sent, size, self._bucket.where(path))
        return etags

    # -- within the store ------------------------------------------------------------------

    def copy(self, old: str, new: str, size: int, path: str, *, free: bool) -> None:
        """Copy an object of any size; with `free` only if the key is.

        Args:
            old: key of the object.
            new: key of the copy.
            size: bytes of the object.
            path: for errors.
            free: the condition.
        """
        ends = [min(start + COPIED, size) - 1 for start in range(0, size, COPIED)]
        spans = [f"bytes={end // COPIED * COPIED}-{end}" for end in ends] if size > COPIED else [""]
        with self._upload(new, path) as upload:
            copies = [
                self._workers.submit(self._bucket.copy_part, old, new, upload, number, span, path)
                for number, span in enumerate(spans, 1)
            ]
            etags = [one.result() for one in copies]
            self._bucket.complete(new, upload, etags, path, free=free)

    def abort_all(self, key: str, path: str) -> None:
        """End the uploads that a crash has left under a key that only one delivery uses."""
        with suppress(NotSupported):
            for upload in self._bucket.uploads(key, path):
                self._bucket.abort(key, upload, path)

    @contextmanager
    def _upload(self, key: str, path: str) -> Iterator[str]:
        """Begin an upload; it is ended unless it was completed."""
        upload = self._bucket.begin(key, path)
        try:
            yield upload
        except EndpointError as error:
            if not isinstance(error, Unreachable):
                # After a lost line it would wait once more; `abort_all` ends what is left then.
                with suppress(EndpointError):
                    self._bucket.abort(key, upload, path)
            raise


def check_size(sent: int, size: int, where: str) -> None:
    """Compare what was read of the local file with what it should have.

    Raises:
        FileChanged: it has more or fewer bytes.
    """
    if sent != size:
        raise FileChanged(
            f"The local file has {sent} bytes instead of {size}",
            where=where,
            remedy="Look who changes files in the execution folder",
        )


def _portions(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in portions of one size, the last one shorter."""
    held: list[bytes] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        while length >= size:
            joined = b"".join(held)
            yield joined[:size]
            held, length = [joined[size:]], length - size
    if length:
        yield b"".join(held)
