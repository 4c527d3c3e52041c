"""A file on its way through the steps, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from transforms.names import facts_of, safe_name

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
    """Computes a `Fingerprint`, or SHA-256 alone, while the bytes pass by.

    Large chunks are hashed by threads beside the caller, who reads or sends meanwhile: hashlib
    lets other threads run.
    """

    def __init__(self, *, with_md5: bool = True) -> None:
        """Start with no bytes seen.

        Args:
            with_md5: compute the MD5 too, which takes more than twice as long as SHA-256 where
                the processor helps with that; `fingerprint` needs it, comparing does not.
        """
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if with_md5 else None
        self._hashes = [one for one in (self._sha256, self._md5) if one]
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: list[Future[None]] = []

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes into account."""
        self._wait()
        self._size += len(chunk)
        # What a view shows may change before a thread comes to it.
        if isinstance(chunk, bytes) and len(chunk) >= BESIDE:
            self._threads = self._threads or ThreadPoolExecutor(len(self._hashes), "hash")
            self._under_way = [self._threads.submit(one.update, chunk) for one in self._hashes]
        else:
            for one in self._hashes:
                one.update(chunk)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes so far, hexadecimal."""
        self._wait()
        return self._sha256.hexdigest()

    def fingerprint(self) -> Fingerprint:
        """Return what the bytes so far amount to.

        Raises:
            ValueError: it was made without MD5.
        """
        if self._md5 is None:
            message = "without MD5 there is no fingerprint"
            raise ValueError(message)
        return Fingerprint(self._size, sha256=self.sha256, md5=self._md5.hexdigest())

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

    def made(self, path: Path, name: str = "", facts: Mapping[str, str] | None = None) -> Self:
        """Return what a step made of this document.

        Args:
            path: the new bytes.
            name: the new leaf name; "" keeps the present one. The facts that tell what the name
                consists of follow it.
            facts: what the step found out; outranks what is known.

        Raises:
            NameNotAllowed: no file may have the name.
        """
        name = safe_name(name or self.name)
        known = facts_of(name)
        follow = {key: known[key] for key in ("name", "stem", "suffix") if key in self.facts}
        return replace(self, path=path, name=name, facts={**self.facts, **follow, **(facts or {})})
