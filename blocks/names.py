"""Names that a target can hold: forbidden characters, its encoding, the rules of Windows."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from blocks.endpoint import display
from transforms.errors import NameNotAllowed
from transforms.names import LONGEST

ALWAYS = "/\0"
"""No file system holds them in a name (POSIX.1-2017, 3.170 Filename)."""
CONTROL = "".join(map(chr, range(0x20)))
WINDOWS = '"*/:<>?\\|' + CONTROL
r"""What Windows refuses in a name (Microsoft, Naming Files, Paths, and Namespaces)."""
DEVICE = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[1-9¹²³])(?= *(?:\.|$))", re.IGNORECASE)
"""Names of devices, with or without an extension; Windows drops blanks before the dot."""
TRAILING = " ."


def fitted(
    name: str,
    *,
    where: str,
    forbidden: str = "",
    replacement: str = "_",
    encoding: str = "utf-8",
    windows: bool = False,
) -> str:
    """Return the name under which a target can hold a document.

    Each character that it cannot hold is replaced. An umlaut written in two characters is
    composed (NFC) first where only that has a place in the encoding. Raw bytes of a name that
    was no UTF-8 (surrogate escapes, PEP 383) stay as they are in UTF-8.

    Args:
        name: leaf name.
        where: endpoint, for the error.
        forbidden: characters the target refuses, besides `/` and NUL.
        replacement: what stands for each of them; "" allows no change.
        encoding: Python's name of the target's character set.
        windows: apply the rules of Windows too.

    Raises:
        NameNotAllowed: something would have to be replaced and may not be, the replacement is
            itself refused, or the name is longer than 255 bytes or none at all. It is not
            cut, as two cut names could be one.
    """
    refused = frozenset(ALWAYS + forbidden + (WINDOWS if windows else ""))
    rules = _Rules(refused, encoding, windows)
    fits = name if _has(name, encoding) else unicodedata.normalize("NFC", name)
    if not rules.hold(fits):
        if not replacement:
            raise _not_allowed(name, "is not one that this target can hold", where)
        fits = rules.replaced(fits, replacement)
        if not rules.hold(fits):
            how = f"needs a replacement, and {replacement!r} is refused too"
            raise _not_allowed(name, how, where)
    if fits in ("", ".", ".."):
        raise _not_allowed(name, "is no name of a file", where)
    if len(fits.encode(encoding, _handler(encoding))) > LONGEST:
        raise _not_allowed(name, f"is longer than {LONGEST} bytes", where)
    return fits


class Encoding(StrEnum):
    """The character set that a server's names are in."""

    UTF_8 = "UTF-8"
    CP1252 = "CP1252"
    LATIN_1 = "LATIN-1"


@dataclass(frozen=True, slots=True)
class _Rules:
    """Which characters are refused, what the others are encoded in, whether Windows reads them."""

    refused: frozenset[str]
    encoding: str
    windows: bool

    def hold(self, name: str) -> bool:
        """Tell whether a name breaks none of the rules."""
        is_free = name.rstrip(TRAILING) == name and not DEVICE.match(name)
        return all(map(self._holds_sign, name)) and (is_free or not self.windows)

    def replaced(self, name: str, replacement: str) -> str:
        """Replace what is refused, and what Windows would cut off; mark the name of a device."""
        name = "".join(sign if self._holds_sign(sign) else replacement for sign in name)
        if not self.windows:
            return name
        kept = name.rstrip(TRAILING)
        ending = replacement * (len(name) - len(kept))
        device = DEVICE.match(kept)
        if device:
            kept = kept[: device.end()] + replacement + kept[device.end() :]
        return kept + ending

    def _holds_sign(self, sign: str) -> bool:
        return sign not in self.refused and _has(sign, self.encoding)


def _has(text: str, encoding: str) -> bool:
    """Tell whether an encoding has all these characters."""
    try:
        text.encode(encoding, _handler(encoding))
    except UnicodeEncodeError:
        return False
    return True


def _handler(encoding: str) -> str:
    return "surrogateescape" if codecs.lookup(encoding).name == "utf-8" else "strict"


def _not_allowed(name: str, how: str, where: str) -> NameNotAllowed:
    return NameNotAllowed(
        f"The file name {display(name)!r} {how}",
        where=where,
        remedy="Choose a replacement in the block that the target can hold, such as _, or another "
        "name by the target's file name template",
    )
