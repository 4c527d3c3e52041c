"""A file on its way through the steps, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

CHUNK = 1 << 20
"""Bytes read at a time wherever a file is streamed."""
BESIDE = 1 << 18
"""Bytes from which on it pays to have a chunk hashed by other threads."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size and hashes of a file's bytes.

    Attributes:
        size: bytes.
        md5: hexadecimal, for comparison with what older systems show; no protection.
        sha256: hexadecimal; this one is the proof.
    """

    size: int
    md5: str
    sha256: str


class Hasher:
    """Computes a `Fingerprint` while the bytes pass by.

    Large chunks are hashed by two threads beside the caller, who reads or sends meanwhile: hashlib
    lets other threads run.
    """

    def __init__(self) -> None:
        """Start with no bytes seen."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: list[Future[None]] = []

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes into account."""
        self._wait()
        self._size += len(chunk)
        updates = (self._md5.update, self._sha256.update)
        # What a view shows may change before a thread comes to it.
        if isinstance(chunk, bytes) and len(chunk) >= BESIDE:
            self._threads = self._threads or ThreadPoolExecutor(len(updates), "hash")
            self._under_way = [self._threads.submit(update, chunk) for update in updates]
        else:
            for update in updates:
                update(chunk)

    def fingerprint(self) -> Fingerprint:
        """Return what the bytes so far amount to."""
        self._wait()
        return Fingerprint(self._size, self._md5.hexdigest(), self._sha256.hexdigest())

    def _wait(self) -> None:
        for one in self._under_way:
            one.result()
        self._under_way = []


def fingerprint_of(path: Path) -> Fingerprint:
    """Hash a local file, reading `CHUNK` bytes at a time.

    Raises:
        OSError: the file cannot be read.
    """
    hasher = Hasher()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            hasher.update(chunk)
    return hasher.fingerprint()


@dataclass(frozen=True, slots=True)
class Document:
    """One file between its source and its recipients.

    Attributes:
        path: where its bytes are; a step reads them and never changes them.
        name: the leaf name recipients will see, NFC, without path parts.
        facts: what is known of it, for name templates and routing, such as
            `{"ags": "03458005", "leika": "99003002000000"}`. Values keep leading zeros.
    """

    path: Path
    name: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def renamed(self, name: str) -> Self:
        """Return the same bytes under another name."""
        return replace(self, name=name)
