"""A schema with all that it refers to, gathered by a catalogue and never online.

`closure_of` follows every reference of a schema and names what is missing; `write_closure` lays all
of it into one directory, with references that lead there, so that libxml2 and xsdata need no
catalogue of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from lxml import etree

from transforms.catalogue import Catalogue, Directory, Wanted
from transforms.document import fingerprint_of
from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.read_xml import compile_schema, read_schema

XSD = "{http://www.w3.org/2001/XMLSchema}"
REFERENCES = (f"{XSD}import", f"{XSD}include", f"{XSD}redefine", f"{XSD}override")

MOST_FILES = 2000
"""Schemas that a closure may have."""

BUNDLED = Path(str(files("xsdata"))) / "schemas"
"""Schemas that xsdata brings for everybody, among them those of the attributes xml:lang and
xlink:href, which no official set holds."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What one schema says of another: the element, by its order, and the file it means."""

    number: int
    target: Path


@dataclass(slots=True)
class Closure:
    """A schema with all that it refers to, directly or not.

    Attributes:
        main: the schema itself.
        references: for each file the references that lead to another.
        unplaced: namespaces that are imported without a location and found nowhere.
    """

    main: Path
    references: dict[Path, list[Reference]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)

    @property
    def names(self) -> Mapping[Path, str]:
        """Names of the files in one directory; the same bytes have one."""
        names: dict[Path, str] = {}
        taken: dict[str, str] = {}
        for path in self.references:
            digest, name, number = fingerprint_of(path).sha256, _plain(path.name), 1
            while taken.setdefault(name, digest) != digest:
                number += 1
                name = f"{path.stem}-{number}.xsd"
            names[path] = name
        return names


def closure_of(main: Path, catalogue: Catalogue | None = None) -> Closure:
    """Follow every reference of a schema.

    A reference is looked up in the catalogue, then as a path beside the schema that makes it, then
    among the schemas in the directory of `main` and those that xsdata brings. An import without a
    location that is found nowhere stays as it is; the compiler says if it was needed.

    Raises:
        DefinitionWrong: a schema is missing, and the remedy names each; or one is no schema.
    """
    catalogues = [catalogue] if catalogue else []
    fallback = [Directory(main.resolve().parent, "*.xsd"), Directory(BUNDLED, "*.xsd")]
    closure = Closure(main.resolve())
    missing: list[str] = []
    waiting = [closure.main]
    while waiting:
        path = waiting.pop(0)
        if path in closure.references:
            continue
        closure.references[path] = found = []
        for number, wanted in enumerate(_references(path)):
            target = _found(wanted, path, catalogues, fallback)
            if target:
                found.append(Reference(number, target))
                waiting.append(target)
            elif wanted.location:
                missing.append(f"{wanted} for {path.name}")
            else:
                closure.unplaced.append(f"{wanted.namespace} for {path.name}")
        _bounded(closure)
    if missing:
        raise DefinitionWrong(
            f"The schema refers to {len(missing)} others that are not at hand",
            where=main.name,
            remedy="Lay them into a directory and name it as the catalogue: " + "; ".join(missing),
        )
    return closure


def _bounded(closure: Closure) -> None:
    if len(closure.references) > MOST_FILES:
        raise DefinitionWrong(
            f"The schema refers to more than {MOST_FILES} others",
            where=closure.main.name,
            remedy="Name the schema of one message only",
        )


def _references(path: Path) -> Iterator[Wanted]:
    root = _schema(path)
    own = root.get("targetNamespace", "")
    for element in root.iterchildren(*REFERENCES):
        imported = element.tag == f"{XSD}import"
        namespace = element.get("namespace", "") if imported else own
        yield Wanted(element.get("schemaLocation", ""), namespace, imported)


def _found(
    wanted: Wanted, referring: Path, first: Sequence[Catalogue], last: Sequence[Catalogue]
) -> Path | None:
    found = next(filter(None, (one.find(wanted) for one in first)), None)
    if found is None and wanted.location and not urlsplit(wanted.location).scheme:
        beside = referring.parent / unquote(wanted.location)
        found = beside if beside.is_file() else None
    if found is None:
        found = next(filter(None, (one.find(wanted) for one in last)), None)
    return found.resolve() if found else None


def write_closure(closure: Closure, directory: Path) -> Path:
    """Write all schemas of a closure into one directory and return the path of the main one.

    A schema whose references need no change keeps its bytes; another keeps all but those.

    Raises:
        OSError: they cannot be written.
    """
    names = closure.names
    for path, references in closure.references.items():
        root = _schema(path)
        elements = list(root.iterchildren(*REFERENCES))
        changed = b"<!DOCTYPE" in path.read_bytes()
        for one in references:
            name = names[one.target]
            changed |= elements[one.number].get("schemaLocation") != name
            elements[one.number].set("schemaLocation", name)
        data = path.read_bytes()
        if changed:
            data = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
        (directory / names[path]).write_bytes(data)
    return directory / names[closure.main]


def compile_closure(closure: Closure) -> etree.XMLSchema:
    """Compile a schema with what it refers to and nothing else; no address is ever asked.

    Raises:
        DefinitionWrong: it is no sound schema; the remedy names imports that nothing was found for.
    """
    with TemporaryDirectory() as directory:
        try:
            return compile_schema(write_closure(closure, Path(directory)))
        except StepFailed as error:
            missing = "; ".join(closure.unplaced)
            remedy = f"Name a catalogue with the namespaces it imports: {missing}"
            raise DefinitionWrong(
                error.what, where=error.where, remedy=remedy if missing else "Correct the schema"
            ) from error


def _schema(path: Path) -> etree._Element:
    try:
        root = read_schema(path)
    except (DocumentInvalid, OSError) as error:
        raise DefinitionWrong(
            f"The schema {path.name} cannot be read: {error}",
            where=str(path),
            remedy="Lay a whole copy of it there",
        ) from error
    if root.tag != f"{XSD}schema":
        raise DefinitionWrong(
            f"{path.name} is no XML schema",
            where=str(path),
            remedy="Name an XSD file; its root element is schema",
        )
    return root


def _plain(name: str) -> str:
    return name if Path(name).stem.strip(".") and name.endswith(".xsd") else f"schema{name}"
