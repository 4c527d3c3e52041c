"""Which files belong together: by the beginning of their names, or by a file that lists them.

What a list says comes from outside and is never trusted: a name in it is compared with the names
that the endpoint lists in the list's own directory, in NFC, and leads nowhere else.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from blocks.endpoint import RemoteFile, display
from blocks.ledger import BUNDLE
from blocks.paths import join, parent
from flows.source import Bundle, BundleKind
from transforms.errors import DocumentInvalid
from transforms.names import facts_of, safe_name
from transforms.read_xml import read_xml

NAME = "bundle"
"""The fact that names a file's bundle, for people and for templates."""

HASH = "_sha256"
"""The fact that says which hash a manifest promises of a file."""

LONGEST_LIST = 16 * 1024 * 1024
"""Bytes that a file which lists others may have; XML takes about ten times as much to read."""

CHECKSUM = re.compile(r"([0-9A-Fa-f]{32,128}) [ *](.+)")
"""A line as sha256sum and its kind write it (GNU coreutils)."""
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Member:
    """Where a file belongs.

    Attributes:
        key: the bundle's key in the ledger.
        name: the bundle's name.
        facts: what its claim has to know.
    """

    key: str
    name: str
    facts: Mapping[str, str]


def member(directory: str, name: str, *, distinct: str = "", sha256: str = "") -> Member:
    """Return the membership in a bundle.

    Args:
        directory: where it lies.
        name: what people and templates call it.
        distinct: what tells it from others in the directory, if that is not its name.
        sha256: what the file's bytes are promised to be, "" for no promise.
    """
    text = "\n".join((display(directory), distinct or name))
    key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    promised = {HASH: sha256} if sha256 else {}
    return Member(key, name, {NAME: name, BUNDLE: key, **promised})


# -- by stem --------------------------------------------------------------------------------


class Stems:
    """Bundles by the beginning of names; of several endings that fit, the longest counts.

    Args:
        bundle: which endings there are, and which of them must be.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Compile the endings."""
        self._parts = bundle.parts
        endings = [fnmatch.translate(one) for one in (*bundle.parts, *bundle.optional)]
        groups = "|".join(f"({ending})" for ending in endings)
        self._pattern = re.compile(f"(?P<stem>.+?)(?:{groups})", re.DOTALL | re.IGNORECASE)

    def place(self, file: RemoteFile) -> tuple[Member, int]:
        """Return a file's bundle, and the number of the part it is as a bit; 0 for none."""
        name = display(file.name)
        found = self._pattern.fullmatch(name)
        stem = found["stem"] if found else facts_of(name)["stem"]
        number = (found.lastindex or 1) - 2 if found else len(self._parts)
        bit = 1 << number if number < len(self._parts) else 0
        return member(parent(file.path), stem), bit

    def lacking(self, bits: int) -> list[str]:
        """Return the endings that are not among the parts of these bits."""
        return [one for number, one in enumerate(self._parts) if not bits >> number & 1]


# -- by a list ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """What a main file lists.

    Attributes:
        main: the main file.
        hashes: for each other part its leaf name in NFC, and its SHA-256 where one is promised.
    """

    main: RemoteFile
    hashes: Mapping[str, str]

    @property
    def own(self) -> Member:
        """The main file's membership."""
        return self._member("")

    def _member(self, sha256: str) -> Member:
        name = display(self.main.name)
        stem = facts_of(name)["stem"]
        return member(parent(self.main.path), stem, distinct=name, sha256=sha256)

    def paths(self) -> dict[str, Member]:
        """Return the path of each part as `display` shows it, the main file included."""
        directory = display(parent(self.main.path))
        found = {
            join(directory, name): self._member(sha256) for name, sha256 in self.hashes.items()
        }
        return found | {display(self.main.path): self.own}


def is_main(bundle: Bundle) -> Callable[[str], bool]:
    """Return what tells whether a leaf name is that of a file which lists others."""
    pattern = re.compile(fnmatch.translate(bundle.main.lower()))
    return lambda name: bool(pattern.fullmatch(display(name).lower()))


def read_list(bundle: Bundle, main: RemoteFile, path: Path) -> Listed:
    """Read which files a main file lists.

    Args:
        bundle: says how they are listed.
        main: as the endpoint lists it.
        path: its bytes.

    Raises:
        DocumentInvalid: it is no such list, or lists nothing where it should.
        NameNotAllowed: a name in it leads elsewhere, or can be that of no file.
        OSError: it cannot be read.
    """
    name = display(main.name)
    if path.stat().st_size > LONGEST_LIST:
        raise too_long(main)
    if bundle.kind is BundleKind.XML_LIST:
        root = read_xml(path, name=name, limit=LONGEST_LIST)
        hashes = dict.fromkeys(map(_leaf, _texts(root, bundle.element)), "")
    else:
        hashes = {_leaf(text): sha256 for text, sha256 in _lines(path, name)}
        if not hashes:
            raise _no_list(name, "It lists nothing")
    hashes.pop(name, None)
    return Listed(main, hashes)


def too_long(main: RemoteFile) -> DocumentInvalid:
    """Say that a main file is larger than any list."""
    return DocumentInvalid(
        f"A file that lists others has {main.size} bytes; {LONGEST_LIST} are the most",
        where=display(main.path),
        remedy="Ask the sender to split the bundle, or correct the pattern of the main file",
    )


def _leaf(text: str) -> str:
    return safe_name(text.removeprefix("./"))


def _texts(root: etree._Element, path: str) -> Iterable[str]:
    """Yield the texts at a path of elements, in any namespace; empty ones are none."""
    anywhere = path.startswith("//")
    steps, _, attribute = path.removeprefix("//").partition("/@")
    query = (".//" if anywhere else "") + "/".join(f"{{*}}{step}" for step in steps.split("/"))
    for element in root.iterfind(query):
        text = _attribute(element, attribute) if attribute else "".join(element.itertext())
        if text.strip():
            yield text.strip()


def _attribute(element: etree._Element, name: str) -> str:
    values = (str(value) for key, value in element.items() if etree.QName(key).localname == name)
    return next(values, "")


def _lines(path: Path, name: str) -> Iterable[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_list(name, "It is not UTF-8") from error
    for line in text.splitlines():
        if found := CHECKSUM.fullmatch(line):
            digits, listed = found.groups()
            yield listed, digits.lower() if len(digits) == SHA256_DIGITS else ""
        elif line.strip():
            yield line.strip(), ""


def _no_list(name: str, problem: str) -> DocumentInvalid:
    return DocumentInvalid(
        problem, where=name, remedy="Ask the sender for one name in each line, in UTF-8"
    )


# -- what the ledger knows of them ----------------------------------------------------------


def are_late(names: Sequence[str], sent: Iterable[str], *, overdue: bool) -> bool:
    """Tell whether files that lack the rest of their bundle come after it.

    The same names as before may be the beginning of a new bundle, until they have waited too long.

    Args:
        names: leaf names of what lies there.
        sent: leaf names of the parts that were taken before.
        overdue: whether the files have waited too long.
    """
    return overdue or bool(set(names) - set(sent))
