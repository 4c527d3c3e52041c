"""WebDAV LOCK and UNLOCK: the server itself keeps others off a file (RFC 4918, section 9.10).

A lock is exclusive, against writing, for one file and for a limited time, so that what a dead
run leaves ends by itself. Its owner is marked, so that the same owner finds it again before that;
nginx forgets the owner, and there the lock of a dead run just has to end.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

import httpx

from blocks.dav_client import DavClient
from blocks.multistatus import LOCKS, ActiveLock
from transforms.errors import AlreadyThere, EndpointError, FileMissing, Locked, NotSupported

OWNER = "GovManager "
LOCK = (
    '<?xml version="1.0" encoding="utf-8"?><lockinfo xmlns="DAV:"><lockscope><exclusive/>'
    "</lockscope><locktype><write/></locktype><owner>{owner}</owner></lockinfo>"
)
GRANTED = re.compile(r"Second-(\d{1,9})\b")
ANSWER_LIMIT = 1 << 16


@dataclass(slots=True)
class _Held:
    """A lock of this session: token, seconds granted, and when they began."""

    token: str
    seconds: float
    since: float


class ServerLocks:
    """The locks that one session holds at the server.

    Args:
        client: the session.
        seconds: how long a lock is asked for; it is prolonged while it is used.
    """

    def __init__(self, client: DavClient, seconds: float) -> None:
        """Begin without a lock."""
        self._client = client
        self._seconds = int(seconds)
        self._held: dict[str, _Held] = {}
        self._is_real = False

    def take(self, path: str, owner: str) -> bool:
        """Lock a file that is there; False if somebody else holds it.

        Raises:
            FileMissing: there is no such file.
            NotSupported: the server has no locks, or only pretends to.
        """
        mark = OWNER + owner
        if path in self._held:
            self._prolong(path, self._held[path].token)
            return True
        try:
            self._begin(path, mark)
        except Locked:
            own = [lock.token for lock in self._found(path) if lock.owner == mark]
            if not own:
                return False
            self._prolong(path, own[0])
        self._check(path)
        return True

    def keep(self, path: str) -> None:
        """Prolong a lock of this session once half of its time is over.

        Raises:
            Locked: it is lost.
        """
        held = self._held.get(path)
        if held and time.monotonic() - held.since > held.seconds / 2:
            self._prolong(path, held.token)

    def give_back(self, path: str) -> None:
        """End a lock; nothing happens if this session has none, or the file is gone with it."""
        held = self._held.pop(path, None)
        if held is None:
            return
        self._client.tokens.pop(self._address(path), None)
        try:
            self._client.request("UNLOCK", path, headers={"Lock-Token": f"<{held.token}>"})
        except EndpointError as error:
            if isinstance(error.__cause__, httpx.TransportError):
                raise
            # Deleting or replacing the file has ended the lock: servers answer 400 to 423 then.

    def _begin(self, path: str, mark: str) -> None:
        # LOCK would create an empty file where none is, and others would take it.
        headers = self._asked() | {"Depth": "0", "If-Match": "*"}
        body = LOCK.format(owner=escape(mark)).encode()
        try:
            status = self._lock(path, headers, body)
        except AlreadyThere as error:
            raise self._gone(path) from error
        if status == HTTPStatus.CREATED:
            self._client.remove(path)
            self._forget(path)
            raise self._gone(path)

    def _prolong(self, path: str, token: str) -> None:
        try:
            self._lock(path, self._asked() | {"If": f"(<{token}>)"}, b"", token)
        except (AlreadyThere, FileMissing, NotSupported) as error:
            self._forget(path)
            raise self._client.refusal_of(423, path) from error

    def _lock(self, path: str, headers: dict[str, str], body: bytes, token: str = "") -> int:
        """Send LOCK and keep what it brought; return the status."""
        kind = {"Content-Type": "application/xml; charset=utf-8"} if body else {}
        with self._client.answer("LOCK", path, headers=headers | kind, content=body) as response:
            told = bytearray()
            for chunk in response.iter_raw():
                told += chunk
                if len(told) > ANSWER_LIMIT:
                    break
            token = token or response.headers.get("lock-token", "").strip("<> ")
        if not token:
            raise self._pretended(path)
        granted = GRANTED.search(told.decode(errors="replace"))
        seconds = min(self._seconds, int(granted[1])) if granted else self._seconds
        self._held[path] = _Held(token, seconds, time.monotonic())
        self._client.tokens[self._address(path)] = token
        return response.status_code

    def _check(self, path: str) -> None:
        """See once in a session that the lock is there: Nextcloud's answer may be for show."""
        if self._is_real:
            return
        if not any(lock.token == self._held[path].token for lock in self._found(path)):
            self.give_back(path)
            raise self._pretended(path)
        self._is_real = True

    def _found(self, path: str) -> tuple[ActiveLock, ...]:
        (resource, *_), _ = self._client.look(path, depth=0, question=LOCKS)
        return resource.locks

    def _asked(self) -> dict[str, str]:
        return {"Timeout": f"Second-{self._seconds}"}

    def _address(self, path: str) -> str:
        return str(self._client.join_url(path))

    def _forget(self, path: str) -> None:
        self._held.pop(path, None)
        self._client.tokens.pop(self._address(path), None)

    def _gone(self, path: str) -> EndpointError:
        return self._client.refusal_of(404, path)

    def _pretended(self, path: str) -> EndpointError:
        return NotSupported(
            "The server answers LOCK and keeps no lock",
            where=self._client.where(path),
            remedy="Choose LOCK_FILE or RENAME as locking, or have locks switched on there",
        )
