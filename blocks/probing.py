"""Tries at a file server what the hub will do there, with files that nobody reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress

from blocks.driver import Driver
from blocks.endpoint import Can, Endpoint, Finding
from blocks.paths import TEMPORARY, is_unfinished, join
from transforms.errors import AlreadyThere, EndpointError, NotSupported

PROBE = b"GovManager was here, to see whether it can write.\n"


def probed(driver: Driver, endpoint: Endpoint, directory: str, *, write: bool) -> Iterator[Finding]:
    """List a directory; write, verify, rename, replace, lock and delete there as claimed.

    Args:
        driver: the raw verbs.
        endpoint: whose claims are tried.
        directory: below the base directory.
        write: False ends it after the listing.

    Raises:
        EndpointError: of the step that failed.
        NotSupported: the server cannot do what the endpoint claims.
    """
    offered = (
        entry
        for entry in driver.scan(directory)
        if not entry.is_directory and not is_unfinished(entry.name)
    )
    count = sum(1 for _ in offered)
    yield Finding("list", f"{count} files in /{directory}")
    if not write:
        return
    key = secrets.token_hex(16)
    first = join(directory, TEMPORARY.format(key=f"probe-{key}-1"))
    second = join(directory, TEMPORARY.format(key=f"probe-{key}-2"))
    try:
        yield from _written(driver, endpoint, first, second)
        driver.remove(second)
        yield Finding("delete", "removed again")
    finally:
        for path in (first, second):
            with suppress(EndpointError):
                driver.remove(path)


def _written(driver: Driver, endpoint: Endpoint, first: str, second: str) -> Iterator[Finding]:
    driver.write(first, [PROBE], len(PROBE))
    entry = driver.stat(first)
    if entry is None or entry.size != len(PROBE):
        raise _incapable(endpoint, "a file that was written is not there, or has another size")
    yield Finding("write", f"{len(PROBE)} bytes written and found")
    driver.rename(first, second)
    yield Finding("rename", "a free name was taken")
    if Can.OVERWRITE in endpoint.can:
        yield _replaced(driver, first, second)
    if Can.LOCK in endpoint.can:
        if driver.create(second, PROBE):
            raise _incapable(endpoint, "a name that is taken could be created again")
        yield Finding("lock", "a taken name is refused, so lock files keep others away")
    with suppress(AlreadyThere):
        driver.write(first, [PROBE], len(PROBE))
        driver.rename(first, second)
        raise _incapable(endpoint, "a rename replaced a file without being asked to")
    driver.remove(first)
    yield Finding("no overwriting", "a taken name is left alone")


def _replaced(driver: Driver, first: str, second: str) -> Finding:
    driver.write(first, [PROBE], len(PROBE))
    try:
        driver.replace(first, second)
    except NotSupported as error:
        # Enough for all who overwrite nothing.
        return Finding("replace", f"not offered, so overwriting has to stay off: {error.what}")
    return Finding("replace", "a file was replaced in one step")


def _incapable(endpoint: Endpoint, how: str) -> NotSupported:
    return NotSupported(
        f"The server does not do what this endpoint relies on: {how}",
        where=endpoint.label,
        remedy="Ask the server's operator about caches or filters, or use another protocol",
    )
