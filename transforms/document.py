"""A file on its way through the steps, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

CHUNK = 1 << 20
"""Bytes read at a time wherever a file is streamed."""


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
    """Computes a `Fingerprint` while the bytes pass by."""

    def __init__(self) -> None:
        """Start with no bytes seen."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._size = 0

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes into account."""
        self._md5.update(chunk)
        self._sha256.update(chunk)
        self._size += len(chunk)

    def fingerprint(self) -> Fingerprint:
        """Return what the bytes so far amount to."""
        return Fingerprint(self._size, self._md5.hexdigest(), self._sha256.hexdigest())


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
