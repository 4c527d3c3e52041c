"""Renaming in a store that has no rename: copies onto keys that must be free, or not.

What a store does with the condition `If-None-Match: *` differs, and older ones ignore it without
a word, so it is tried before anything relies on it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from blocks.driver import Entry
from blocks.endpoint import in_turn
from blocks.paths import TEMPORARY
from blocks.s3_bucket import putting
from blocks.s3_keys import Keys
from blocks.s3_lines import Answer
from blocks.s3_parts import COPIED, Parts
from blocks.s3_signing import Account
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NotSupported,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which requests of a store leave a taken key alone if they are told to."""

    put: bool
    copy: bool
    complete: bool


_KNOWN: dict[tuple[str, str], Conditions] = {}
"""What was found out by address and bucket, so that a store is tried once in a process."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to be copied, and how many bytes that are."""

    old: str
    new: str
    size: int


class Copies:
    """Copies within one bucket.

    Args:
        keys: what is asked.
        parts: copies what is too large for one request.
        account: where the bucket is.
    """

    def __init__(self, keys: Keys, parts: Parts, account: Account) -> None:
        """Prepare it; nothing is sent yet."""
        self._keys = keys
        self._parts = parts
        self._store = (account.url, account.bucket)

    def copyable(
        self,
        pair: tuple[str, str],
        old: Entry | EndpointError | None,
        new: Entry | EndpointError | None,
        *,
        replace: bool,
    ) -> Copy:
        """Return what is to be copied, after a look at both ends.

        Raises:
            FileMissing: there is nothing to copy.
            AlreadyThere: the name is taken, by what may not be replaced.
            EndpointError: of the look.
        """
        if isinstance(old, EndpointError):
            raise old
        if old is None or old.is_directory:
            raise FileMissing(
                "It is not there",
                where=self._keys.bucket.where(pair[0]),
                remedy="Check bucket and path",
            )
        self.check(pair[1], new, replace=replace)
        return Copy(*pair, old.size)

    def check(self, path: str, there: Entry | EndpointError | None, *, replace: bool) -> None:
        """See, after a look at what is there, whether something may come to a path.

        Raises:
            AlreadyThere: the name is taken, by what may not be replaced.
            EndpointError: of the look.
        """
        if isinstance(there, EndpointError):
            raise there
        # A store could hold both a file and a directory of one name, but what serves or mirrors
        # it as files could not.
        if there and (there.is_directory or not replace):
            raise AlreadyThere(
                "The name is taken",
                where=self._keys.bucket.where(path),
                remedy="Take away what is there",
            )

    def copy(self, copies: Sequence[Copy], *, free: bool) -> list[EndpointError | None]:
        """Copy several objects at once, with `free` onto free keys only."""
        only_complete = free and bool(copies) and self._is_by_completion()
        parts = [one for one in copies if only_complete or one.size > COPIED]
        whole = [one for one in copies if one not in parts]
        answers: dict[Copy, object] = dict(
            zip(whole, self._copy_whole(whole, free=free), strict=True)
        )
        copied = in_turn(parts, lambda one: self._copy_parts(one, free=free))
        answers |= zip(parts, copied, strict=True)
        found = (answers[one] for one in copies)
        return [one if isinstance(one, EndpointError) else None for one in found]

    def _is_by_completion(self) -> bool:
        return self.conditions.complete and not self.conditions.copy

    def _copy_whole(self, copies: Sequence[Copy], *, free: bool) -> list[Answer | EndpointError]:
        if_free = free and bool(copies) and self.conditions.copy
        return self._keys.asked(
            [(one.new, one) for one in copies],
            lambda one: self._keys.bucket.copying(
                self._keys.key(one.old), self._keys.key(one.new), free=if_free
            ),
            late=True,
        )

    def _copy_parts(self, one: Copy, *, free: bool) -> None:
        if_free = free and self.conditions.complete
        try:
            self._parts.copy(
                self._keys.key(one.old), self._keys.key(one.new), one.size, one.new, free=if_free
            )
        except NotSupported:
            if if_free:
                raise
            (answer,) = self._copy_whole([one], free=free)
            if isinstance(answer, EndpointError):
                raise answer from None

    @property
    def conditions(self) -> Conditions:
        """Which requests of this store leave a taken key alone: tried with two keys of our own."""
        if self._store not in _KNOWN:
            _KNOWN[self._store] = self._tried()
        return _KNOWN[self._store]

    def _tried(self) -> Conditions:
        one, two = (TEMPORARY.format(key=f"probe-{secrets.token_hex(16)}") for _ in range(2))
        old, new = self._keys.key(one), self._keys.key(two)
        self._put(one)
        try:
            self._put(two)
            put = self._is_refused(lambda: self._put(two, free=True))
            copying = self._keys.bucket.copying(old, new, free=True)
            copy = put and self._is_refused(lambda: self._keys.bucket.ask(copying, two, late=True))
            complete = put and self._is_refused(
                lambda: self._parts.copy(old, new, 0, two, free=True)
            )
        finally:
            with suppress(EndpointError):
                self._keys.bucket.delete([old, new], one)
        return Conditions(put, copy, complete)

    def _is_refused(self, attempt: Callable[[], object]) -> bool:
        try:
            attempt()
        except AlreadyThere:
            return True
        except (NotSupported, AccessRefused):
            return False
        return False

    def _put(self, path: str, *, free: bool = False) -> None:
        request = putting(self._keys.key(path), b"", free=free)
        self._keys.bucket.ask(request, path, missing=DirectoryMissing)
