"""Fingerprints: the same whatever the pieces are that the bytes pass by in."""

from __future__ import annotations

import hashlib

import pytest

from transforms.document import BESIDE, CHUNK, Fingerprint, Hasher

CONTENT = hashlib.shake_128(b"content").digest(5 * CHUNK + 17)


@pytest.mark.parametrize(
    "sizes", [[CHUNK], [BESIDE - 1], [BESIDE, 1, CHUNK], [1, BESIDE, 0, BESIDE + 1]], ids=str
)
def test_pieces_of_any_size_amount_to_the_same(sizes: list[int]) -> None:
    hasher, start, number = Hasher(), 0, 0
    while start < len(CONTENT):
        size = sizes[number % len(sizes)]
        hasher.update(CONTENT[start : start + size])
        start, number = start + size, number + 1
        if number % 3 == 0:
            assert hasher.fingerprint() == _expected(CONTENT[:start])
    assert hasher.fingerprint() == _expected(CONTENT)


def test_a_buffer_may_be_used_again_at_once() -> None:
    hasher, buffer = Hasher(), bytearray(CHUNK)
    for start in range(0, 5 * CHUNK, CHUNK):
        buffer[:] = CONTENT[start : start + CHUNK]
        hasher.update(memoryview(buffer))
        buffer[:] = bytes(CHUNK)
    assert hasher.fingerprint() == _expected(CONTENT[: 5 * CHUNK])


def test_sha256_is_to_be_had_alone() -> None:
    hasher = Hasher(with_md5=False)
    hasher.update(CONTENT)
    assert (hasher.size, hasher.sha256) == (len(CONTENT), _expected(CONTENT).sha256)
    with pytest.raises(ValueError, match="MD5"):
        hasher.fingerprint()


def _expected(content: bytes) -> Fingerprint:
    md5 = hashlib.md5(content, usedforsecurity=False)
    return Fingerprint(len(content), md5.hexdigest(), hashlib.sha256(content).hexdigest())
