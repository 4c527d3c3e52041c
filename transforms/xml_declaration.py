"""The XML declaration of a text that is being converted to another charset."""

from __future__ import annotations

import codecs
import re

from transforms.errors import DocumentInvalid

# XML 1.0, section 2.8, productions 23 to 26, and section 4.3.3.
DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.[0-9]+'|\"1\.[0-9]+\")"
    r"(?P<encoding>[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*['\"](?P<name>[A-Za-z][\w.\-]*)['\"])?"
    r"(?P<rest>(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*['\"](?:yes|no)['\"])?[ \t\r\n]*\?>)",
    re.ASCII,
)

NAMES = {
    "us-ascii": "US-ASCII",
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "iso-8859-1": "ISO-8859-1",
    "iso-8859-2": "ISO-8859-2",
    "iso-8859-15": "ISO-8859-15",
    "windows-1250": "windows-1250",
    "windows-1252": "windows-1252",
    "cp437": "IBM437",
    "cp850": "IBM850",
    "cp858": "IBM00858",
    "cp273": "IBM273",
}
"""Charsets as IANA calls them, which is what a declaration must say."""

BROKEN = re.compile("[<>=]\u0338")
"""What composes with markup to ≮, ≯ or ≠, which is none any more."""


def is_xml(beginning: str, name: str) -> bool:
    """Tell whether a text is XML: it has a declaration, or is called .xml and begins with `<`."""
    if beginning.startswith("<?xml") and beginning[5:6] in " \t\r\n":
        return True
    return name.lower().endswith(".xml") and beginning.lstrip(" \t\r\n").startswith("<")


def declared_as(beginning: str, encoding: str, target: str, name: str) -> str:
    """Return the beginning of an XML document with a declaration of the target's charset.

    Args:
        beginning: at least the declaration.
        encoding: the charset that the document was decoded by.
        target: the charset that it will be encoded by.
        name: what errors call the document.

    Raises:
        DocumentInvalid: the declaration names another charset than `encoding`, or is wrong.
    """
    if not beginning.startswith("<?xml"):
        unneeded = target.startswith("utf-") or target == "us-ascii"
        return (
            beginning
            if unneeded
            else f'<?xml version="1.0" encoding="{NAMES[target]}"?>\n' + (beginning)
        )
    found = DECLARATION.match(beginning)
    if found is None:
        raise DocumentInvalid(
            "The XML declaration is not well-formed",
            where=f"{name}, line 1",
            remedy="Ask the sender to correct it",
        )
    declared = found["name"]
    if declared and not _same(declared, encoding):
        raise DocumentInvalid(
            f"The XML declaration says {declared}, and the file is to be {encoding}",
            where=f"{name}, line 1",
            remedy="Correct the encoding of the source in the step, or ask the sender to correct "
            "the declaration",
        )
    if declared and _same(declared, target):
        return beginning
    version = beginning[: found.start("encoding") if declared else found.start("rest")]
    return f'{version} encoding="{NAMES[target]}"{beginning[found.start("rest") :]}'


def check_composition(text: str, name: str, line: int) -> None:
    """Refuse XML of which composing letters and marks would change the markup.

    Args:
        text: a piece of the document.
        name: what errors call the document.
        line: the line that the piece begins in.

    Raises:
        DocumentInvalid: a combining solidus overlay follows markup.
    """
    if found := BROKEN.search(text):
        raise DocumentInvalid(
            "U+0338 COMBINING LONG SOLIDUS OVERLAY follows markup, which it would change",
            where=f"{name}, line {line + text.count(chr(10), 0, found.start())}",
            remedy="Ask the sender to correct it",
        )


def _same(declared: str, encoding: str) -> bool:
    if declared.upper() == "UTF-16":
        return encoding.startswith("utf-16")
    if declared.upper() == NAMES[encoding].upper():
        return True
    try:
        return codecs.lookup(declared).name == codecs.lookup(encoding).name
    except LookupError:
        return False
