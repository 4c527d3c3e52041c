"""Permissions that count for root too: nothing is refused to the one who runs the tests as root."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

VERSION = 0x20080522
"""Of the kernel's interface (capset(2))."""
OVERRIDING = 0b110
"""The capabilities CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7))."""
LIBC = ctypes.CDLL(None, use_errno=True)


def heeding_rights() -> list[str]:
    """Return what a server is started with, so that permissions bind it even as root."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or not setpriv:
        return []
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--"]


@contextmanager
def rights_heeded() -> Iterator[None]:
    """Have permissions bind the calling thread, and those it starts meanwhile, even as root."""
    if os.geteuid() != 0:
        yield
        return
    before = _capabilities()
    without = (ctypes.c_uint32 * 6)(*before)
    without[0] &= ~OVERRIDING
    _set(without)
    try:
        yield
    finally:
        _set(before)


def _capabilities() -> ctypes.Array[ctypes.c_uint32]:
    found = (ctypes.c_uint32 * 6)()
    if LIBC.capget(_header(), found):
        raise OSError(ctypes.get_errno(), "capget")
    return found


def _set(wanted: ctypes.Array[ctypes.c_uint32]) -> None:
    if LIBC.capset(_header(), wanted):
        raise OSError(ctypes.get_errno(), "capset")


def _header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(VERSION, 0)
