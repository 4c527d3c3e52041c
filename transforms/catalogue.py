"""Offline catalogues: which local file holds the schema that another names by an address.

XÖV schemas import each other by absolute URL. A document is never checked with what some address
answers today, so each such URL must lead to a local file: by an OASIS XML catalogue, or by a
directory of schemas that are found by their namespace and name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from transforms.document import fingerprint_of
from transforms.errors import DefinitionWrong, DocumentInvalid
from transforms.read_xml import read_schema, read_xml

OASIS = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"
BASE = "{http://www.w3.org/XML/1998/namespace}base"

DEEPEST = 20
"""Catalogues that may name each other in a chain."""
MOST_FILES = 2000
"""Schemas that a directory may hold."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a schema says of another.

    Attributes:
        location: address as the referring schema gives it; "" if it gives none.
        namespace: the target namespace that the other must have; "" if it has none.
        imported: whether it is of another namespace, and not a part of the same.
    """

    location: str
    namespace: str
    imported: bool

    @property
    def leaf(self) -> str:
        """Name of the file, as far as the location tells."""
        return unquote(urlsplit(self.location).path.rpartition("/")[2])

    def __str__(self) -> str:
        return f"{self.location or 'no location'} (namespace {self.namespace or 'none'})"


class Catalogue(Protocol):
    """Finds the local file of a reference."""

    def find(self, wanted: Wanted) -> Path | None:
        """Return the file of a schema, or None.

        Raises:
            DefinitionWrong: the answer is not clear, or the catalogue cannot be used.
        """


def catalogue_at(path: Path) -> Catalogue:
    """Return the catalogue of a directory of schemas, or of an OASIS catalogue file.

    Raises:
        DefinitionWrong: it is neither.
    """
    if path.is_dir():
        return Directory(path)
    if path.is_file():
        return Oasis(tuple(_entries(path.resolve(), 0)))
    raise DefinitionWrong(
        "There is no such catalogue",
        where=str(path),
        remedy="Name a directory of XSD files or an OASIS XML catalogue",
    )


@dataclass(frozen=True)
class Directory:
    """The schemas of a directory, found by their namespace and then by their name.

    Attributes:
        path: the directory.
        pattern: which files of it are meant.
    """

    path: Path
    pattern: str = "**/*.xsd"

    def find(self, wanted: Wanted) -> Path | None:
        """Return the file of a schema; see `Catalogue`."""
        found = self._by_namespace.get(wanted.namespace, [])
        named = [one for one in found if one.name == wanted.leaf]
        # A namespace has one schema, whatever its file is called; its parts only have names.
        choice = named or (found if wanted.imported and wanted.namespace else [])
        if len({fingerprint_of(one).sha256 for one in choice}) > 1:
            names = ", ".join(str(one.relative_to(self.path)) for one in choice)
            raise DefinitionWrong(
                f"Several schemas could be meant by {wanted}: {names}",
                where=str(self.path),
                remedy="Name the right one in an OASIS catalogue, or remove the others",
            )
        return choice[0] if choice else None

    @cached_property
    def _by_namespace(self) -> Mapping[str, Sequence[Path]]:
        known: dict[str, list[Path]] = {}
        for number, path in enumerate(sorted(self.path.glob(self.pattern))):
            if number == MOST_FILES:
                raise DefinitionWrong(
                    f"The directory holds more than {MOST_FILES} schemas",
                    where=str(self.path),
                    remedy="Name a smaller one",
                )
            try:
                root = read_schema(path)
            except DocumentInvalid:
                continue  # What is no XML cannot be meant, and is missed by name if it was.
            known.setdefault(root.get("targetNamespace", ""), []).append(path)
        return known


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an OASIS catalogue.

    Attributes:
        starts: an address, or how addresses start.
        leads_to: the local file, or how its address starts.
        rewrites: whether `starts` is the beginning of addresses only.
    """

    starts: str
    leads_to: str
    rewrites: bool


@dataclass(frozen=True, slots=True)
class Oasis:
    """An OASIS XML catalogue (XML Catalogs 1.1): uri, system, rewriteURI, rewriteSystem."""

    entries: Sequence[Entry]

    def find(self, wanted: Wanted) -> Path | None:
        """Return the file of a schema; its namespace counts where the location is not listed."""
        namespace = wanted.namespace if wanted.imported else ""
        for address in filter(None, (wanted.location, namespace)):
            if path := self._led(address):
                return path
        return None

    def _led(self, address: str) -> Path | None:
        # XML Catalogs 1.1, section 7.2.2: a whole address first, then the longest beginning.
        whole = [one for one in self.entries if not one.rewrites and one.starts == address]
        begun = [one for one in self.entries if one.rewrites and address.startswith(one.starts)]
        for one in (*whole, *sorted(begun, key=lambda one: -len(one.starts))):
            path = _local(one.leads_to + (address[len(one.starts) :] if one.rewrites else ""))
            if path.is_file():
                return path
            raise DefinitionWrong(
                f"The catalogue leads {address} to a file that is not there",
                where=str(path),
                remedy="Lay the schema there, or correct the catalogue",
            )
        return None


SIMPLE = {"uri": ("name", "uri"), "system": ("systemId", "uri")}
REWRITING = {
    "rewriteURI": ("uriStartString", "rewritePrefix"),
    "rewriteSystem": ("systemIdStartString", "rewritePrefix"),
}


def _entries(path: Path, depth: int) -> Iterator[Entry]:
    try:
        root = read_xml(path)
    except (DocumentInvalid, OSError) as error:
        raise _broken(path, f"cannot be read: {error}") from error
    if root.tag != f"{OASIS}catalog":
        raise _broken(path, "is no OASIS XML catalogue")
    if depth > DEEPEST:
        raise _broken(path, "is named by a chain of catalogues without end")
    for element in root.iter(f"{OASIS}*"):
        base = _base(element, path.as_uri())
        word = str(element.tag).removeprefix(OASIS)
        if word == "nextCatalog":
            following = _local(urljoin(base, element.get("catalog", "")))
            yield from _entries(following, depth + 1)
        elif word in SIMPLE or word in REWRITING:
            starts, leads = (SIMPLE | REWRITING)[word]
            target = urljoin(base, element.get(leads, ""))
            yield Entry(element.get(starts, ""), target, word in REWRITING)
        elif word not in ("catalog", "group"):
            raise _broken(path, f"has {word} in line {element.sourceline}, which is not supported")


def _base(element: etree._Element, base: str) -> str:
    around = [element, *element.iterancestors()]
    for one in reversed(around):
        base = urljoin(base, one.get(BASE, ""))
    return base


def _local(address: str) -> Path:
    parts = urlsplit(address)
    if parts.scheme != "file":
        raise DefinitionWrong(
            f"The catalogue leads to {address}, which is no local file",
            where=address,
            remedy="Lay the schema beside the catalogue and name it there",
        )
    return Path(unquote(parts.path))


def _broken(path: Path, what: str) -> DefinitionWrong:
    return DefinitionWrong(
        f"The catalogue {path.name} {what}", where=str(path), remedy="Correct the catalogue"
    )
