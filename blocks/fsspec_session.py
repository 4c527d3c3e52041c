"""Any fsspec filesystem, called with a time limit and with its errors sorted.

fsspec promises neither: a filesystem blocks as long as its library does, and raises whatever that
raises. So all calls of a session run in one thread of its own, and whoever waits for it can
stop waiting. What cannot be done is to end the call itself: the thread is left to its library and
dies with it or with the process.
"""

from __future__ import annotations

import copy
import errno
import queue
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from fsspec.core import url_to_fs

from blocks.endpoint import display
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DefinitionWrong,
    EndpointError,
    FileMissing,
    HubError,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

Kind = tuple[type[EndpointError], str, str]

REFUSED: Kind = (AccessRefused, "Access was refused", "Correct the credentials or the permissions")
MISSING: Kind = (FileMissing, "It is not there", "Check the path")
TAKEN: Kind = (AlreadyThere, "The name is taken", "Take what is there away or choose another name")
FULL: Kind = (SpaceExhausted, "Disk or quota is full", "Make room; it is tried again later")
LONG: Kind = (NameNotAllowed, "The name is not one it can hold", "Name the file otherwise")
SILENT: Kind = (Unreachable, "It did not answer in time", "Check line, server and limits")
LOST: Kind = (Unreachable, "It cannot be reached", "Check address, line and server")
LACKS: Kind = (NotSupported, "This filesystem cannot do that", "Use another filesystem or way")
FAILED: Kind = (Unreachable, "The filesystem failed", "Look at its server and at the cause")
BROKEN: Kind = (NotSupported, "Its library failed", "Check the options, then the library")
LOCKED: Kind = (Locked, "Somebody else holds a lock", "Wait until it is released")
STRANGER: Kind = (
    IdentityUnknown,
    "The server's certificate is not trusted",
    "Have it renewed, or name its authority in the options",
)

BY_TYPE: tuple[tuple[type[BaseException], Kind], ...] = (
    (ssl.SSLCertVerificationError, STRANGER),
    (FileNotFoundError, MISSING),
    (NotADirectoryError, MISSING),
    (FileExistsError, TAKEN),
    (IsADirectoryError, TAKEN),
    (PermissionError, REFUSED),
    (TimeoutError, SILENT),
    (ConnectionError, LOST),
    (NotImplementedError, LACKS),
)
BY_NUMBER: dict[int | None, Kind] = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: REFUSED,
    errno.ENAMETOOLONG: LONG,
    errno.EILSEQ: LONG,
}
BY_STATUS: dict[int | None, Kind] = {
    401: REFUSED,
    403: REFUSED,
    404: MISSING,
    405: LACKS,
    409: TAKEN,
    410: MISSING,
    412: TAKEN,
    413: FULL,
    423: LOCKED,
    501: LACKS,
    507: FULL,
}
"""HTTP: most filesystems of fsspec are services on the web (RFC 9110, 15; RFC 4918, 11)."""

MISUSED = (TypeError, AttributeError, NameError, AssertionError, LookupError)
SHORTEST_SECRET = 4
LONGEST_TEXT = 200


class FsspecSession:
    """One filesystem, its own thread, and the secrets that no error may show.

    Args:
        url: as fsspec takes it, chained or not.
        options: arguments of the filesystem, secret ones among them.
        secrets: texts that are blanked in errors.
        label: the endpoint, for errors.
    """

    def __init__(
        self, url: str, options: Mapping[str, Any], secrets: tuple[str, ...], label: str
    ) -> None:
        """Start the thread; nothing is opened yet."""
        self._url = url
        self._options = options
        self._secrets = secrets
        self._label = label
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._ended: Future[None] = Future()
        self._ending = threading.Lock()
        self._unfinished: list[Any] = []
        # A thread of an executor would keep the process from ending while a call hangs.
        arguments = (self._jobs, self._unfinished)
        threading.Thread(target=_serve, args=arguments, name="fsspec", daemon=True).start()

    def opened(self, seconds: float) -> tuple[Any, str]:
        """Return the filesystem and the path that the address means in it.

        No instance is shared with anybody, and nothing is kept of a listing.

        Raises:
            DefinitionWrong: its package is missing, or the options are not those it takes.
            EndpointError: it does not open.
        """
        links = protocols(self._url)
        options = copy.deepcopy(dict(self._options)) | {"skip_instance_cache": True}
        for link in links[1:]:
            options[link] = dict(options.get(link, {})) | {"skip_instance_cache": True}

        def make() -> tuple[Any, str]:
            filesystem, path = url_to_fs(self._url, **options)
            for one in _layers(filesystem):
                one.dircache.use_listings_cache = False
            return filesystem, str(path)

        made = self._answer(make, seconds)
        if isinstance(made, ImportError):
            raise DefinitionWrong(
                f"A package for {links[0]}:// is not installed: {_package(made)}",
                where=self._label,
                remedy="Install it beside the hub, on each machine that runs transfers",
            )
        if isinstance(made, TypeError | ValueError):
            raise DefinitionWrong(
                f"The address and the options do not fit: {self._shown(made)}",
                where=self._label,
                remedy="Compare them with what the filesystem's manual asks for",
            )
        filesystem, path = self._checked(made, "")
        return filesystem, "" if self._url.split("::")[0].rstrip("/:") == links[0] else path

    def call(self, path: str, verb: Callable[[], Any], seconds: float | None) -> Any:
        """Run a call and wait for its result.

        Args:
            path: below the base directory, for errors.
            verb: the call.
            seconds: how long to wait; None leaves it to `close`.

        Raises:
            EndpointError: what it raised, sorted.
            Unreachable: it took too long; the session is over then.
        """
        return self._checked(self._answer(verb, seconds), path)

    @contextmanager
    def finishing(self, file: Any, path: str) -> Iterator[None]:
        """Close a file that is written, or have it dropped if the writing fails.

        A file object that is only forgotten completes itself, with a part of the bytes, whenever
        Python collects it: by then it could lie over a later, whole attempt.
        """
        self._unfinished.append(file)
        try:
            yield
            self.call(path, file.close, None)
        except BaseException:
            if not self._ended.done():
                self._answer(lambda: abandon(file), None)
            raise
        finally:
            if not self._ended.done():
                self._unfinished.remove(file)

    def close(self) -> None:
        """End the session: whoever waits for a call stops waiting at once."""
        with self._ending:
            if not self._ended.done():
                self._ended.set_result(None)
                self._jobs.put(None)

    def _answer(self, verb: Callable[[], Any], seconds: float | None) -> Any:
        """Return what a call returned or raised."""
        answer: Future[Any] = Future()
        if not self._ended.done():
            self._jobs.put((answer, verb))
            wait((answer, self._ended), seconds, FIRST_COMPLETED)
        if not answer.done():
            self.close()
            # Two calls at once would meet in one filesystem, so the session is of no use now.
            return TimeoutError("the call was given up")
        return answer.exception() or answer.result()

    def _checked(self, answer: Any, path: str) -> Any:
        if not isinstance(answer, BaseException):
            return answer
        raised = self._sorted(answer, path)
        if self._leaks(answer):
            raise raised
        raise raised from answer

    def _sorted(self, error: BaseException, path: str) -> HubError:
        kind, what, remedy = _kind(error)
        text = self._shown(error)
        return kind(
            f"{what}: {text}" if text else what,
            where=f"{self._label}:/{display(path)}",
            remedy=remedy,
        )

    def _shown(self, error: BaseException) -> str:
        """Return an error's text without queries and secrets, which addresses like to carry."""
        text = re.sub(r"\?\S+", "?…", str(getattr(error, "strerror", "") or error))
        for secret in self._secrets:
            for form in (secret, quote(secret), quote(secret, safe="")):
                text = text.replace(form, "…")
        return display(f"{type(error).__name__}: {text}"[:LONGEST_TEXT].strip(": "))

    def _leaks(self, error: BaseException) -> bool:
        shown = "".join(f"{one!r}{one}" for one in _causes(error))
        return any(form in shown for one in self._secrets for form in (one, quote(one, safe="")))


def protocols(url: str) -> list[str]:
    """Return the protocols of an address, from the outermost of a chain to the innermost."""
    links = url.split("::")
    return [
        link.partition("://")[0] if "://" in link else "file" if "/" in link else link
        for link in links
    ]


def secret_texts(value: Any) -> tuple[str, ...]:
    """Return all texts in a secret option, however deep, that are long enough to be secrets."""
    if isinstance(value, Mapping):
        return tuple(text for one in value.values() for text in secret_texts(one))
    if isinstance(value, list | tuple):
        return tuple(text for one in value for text in secret_texts(one))
    text = str(value)
    return (text,) if len(text) >= SHORTEST_SECRET and not isinstance(value, bool) else ()


def _serve(
    jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None], unfinished: list[Any]
) -> None:
    while job := jobs.get():
        _run(*job)
        del job
    for file in unfinished:
        _run(Future(), partial(abandon, file))


def _run(answer: Future[Any], verb: Callable[[], Any]) -> None:
    try:
        answer.set_result(verb())
    except BaseException as error:  # noqa: BLE001 - it is raised where the call is waited for
        answer.set_exception(error)


def abandon(file: Any) -> None:
    """Have a half-written file dropped; marked as closed it does not complete itself later."""
    try:
        file.discard()
    finally:
        with suppress(AttributeError):
            file.closed = True


def _layers(filesystem: Any) -> Iterator[Any]:
    """Yield a filesystem and those that it wraps."""
    while filesystem is not None:
        yield filesystem
        filesystem = getattr(filesystem, "fs", None) if hasattr(filesystem, "dircache") else None
        if not hasattr(filesystem, "dircache"):
            return


def _package(error: ImportError) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    return f"{cause.name} ({error})" if cause.name else str(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _kind(error: BaseException) -> Kind:
    """Sort an error by its type, its number, or the status of the answer behind it."""
    for one in _causes(error):
        for type_, kind in BY_TYPE:
            if isinstance(one, type_):
                return kind
        number = one.errno if isinstance(one, OSError) else None
        status = _status(one)
        if number in BY_NUMBER:
            return BY_NUMBER[number]
        if status in BY_STATUS:
            return BY_STATUS[status]
    return BROKEN if isinstance(error, MISUSED) else FAILED


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "code"):
            found = getattr(holder, name, None)
            if str(found).isdecimal():
                return int(str(found))
    return None
