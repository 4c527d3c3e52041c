"""Adds an XML schema to a package: the XSD files, and the dataclasses that xsdata makes of them.

A schema named NAME is the directory NAME of the package: its XSD files in NAME/xsd, the generated
dataclasses, and NAME/schema.json, which says what the root element is. It is made elsewhere and
moved there when it is complete, so a refused one leaves nothing behind.
"""

from __future__ import annotations

import importlib
import json
import keyword
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transforms.catalogue import Catalogue
from transforms.errors import DefinitionWrong
from transforms.mapping import Format
from transforms.mappings import all_mappings
from transforms.read_xml import read_schema
from transforms.schema_closure import XSD, Closure, closure_of, compile_closure, write_closure

PACKAGE = "transforms.schemas"
RECORD = "schema.json"
ABSENT = re.compile(r"Reset absent type: (\S+)")
LISTED = 20
"""Names that an error lists."""


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A format with what a mapping's source text needs to name it.

    Attributes:
        name: what mappings call its schema.
        package: where the generated dataclasses are, such as `transforms.schemas.antrag`.
        format: the format.
    """

    name: str
    package: str
    format: Format[Any]


@dataclass(frozen=True, slots=True)
class Added:
    """What was added: the directory, and how many XSD files and dataclasses it holds."""

    directory: Path
    files: int
    classes: int


def add_schema(
    file: Path,
    name: str,
    catalogue: Catalogue | None = None,
    *,
    root: str = "",
    package: str = PACKAGE,
    replace: bool = False,
) -> Added:
    """Add a schema to a package.

    Args:
        file: the XSD of a message.
        name: of the new package below `package`.
        catalogue: where that lies which is imported by an address.
        root: local name of the root element; "" if there is but one.
        package: importable, a directory.
        replace: whether a schema of the same name is replaced.

    Raises:
        DefinitionWrong: the name does not do, the schema is unsound or incomplete, or xsdata is
            not installed.
    """
    place = _place_for(name, package, replace=replace)
    closure = closure_of(file, catalogue)
    compile_closure(closure)
    element = _root_element(closure, root)
    with TemporaryDirectory(prefix="schema-") as directory:
        made = Path(directory).joinpath(*package.split("."), name)
        (made / "xsd").mkdir(parents=True)
        main = write_closure(closure, made / "xsd")
        classes = _generate(Path(directory), main, f"{package}.{name}", closure)
        record = {"xsd": f"xsd/{main.name}", "root": element}
        (made / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        files = len(list((made / "xsd").iterdir()))
        _move(made, place)
    return Added(place, files, classes)


def format_named(name: str, package: str = PACKAGE, root: str = "") -> NamedFormat:
    """Return the format of a schema that was added, or that a registered mapping uses.

    Args:
        name: of the schema.
        package: where to look for it before it is looked for in GovManager's own.
        root: local name of a root element; "" for the one that it was added with.

    Raises:
        DefinitionWrong: there is none of this name, or it has no such element.
    """
    for parent in dict.fromkeys((package, PACKAGE)):
        directory, whole = _directory_of(parent) / name, f"{parent}.{name}"
        if (directory / RECORD).is_file():
            return NamedFormat(name, whole, _recorded(directory, whole, root))
    for mapping in all_mappings().values():
        for one in (mapping.source, mapping.target):
            if one.kind.__module__.startswith(f"{PACKAGE}.{name}."):
                return NamedFormat(name, f"{PACKAGE}.{name}", one)
    raise DefinitionWrong(
        f"There is no schema {name!r}",
        where=package,
        remedy="Add it by `govmanager schema add FILE.xsd --name NAME`",
    )


def _recorded(directory: Path, package: str, root: str) -> Format[Any]:
    record = json.loads((directory / RECORD).read_text(encoding="utf-8"))
    xsd = directory / record["xsd"]
    schema = read_schema(xsd)
    namespace = schema.get("targetNamespace", "")
    # Local elements without a namespace would have to take a default namespace back.
    prefix = None if schema.get("elementFormDefault") == "qualified" else directory.name
    prefixes: dict[str | None, str] = {prefix: namespace} if namespace else {}
    element = f"{{{namespace}}}{root}" if root else record["root"]
    return Format(_class_of(element, package, directory), xsd, prefixes)


def _class_of(root: str, package: str, directory: Path) -> type[Any]:
    namespace, _, local = root.removeprefix("{").rpartition("}")
    for module in _modules(package, directory):
        for kind in vars(module).values():
            if not isinstance(kind, type) or not is_dataclass(kind):
                continue
            meta = getattr(kind, "Meta", None)
            own = getattr(meta, "namespace", None) or ""
            if (getattr(meta, "name", kind.__name__), own) == (local, namespace):
                return kind
    raise DefinitionWrong(
        f"xsdata made no dataclass of the element {local}",
        where=package,
        remedy="Name another root element",
    )


def _modules(package: str, directory: Path) -> Iterator[Any]:
    importlib.invalidate_caches()
    for path in sorted(directory.rglob("*.py")):
        parts = path.relative_to(directory).with_suffix("").parts
        dotted = ".".join((package, *(part for part in parts if part != "__init__")))
        yield importlib.import_module(dotted)


def _place_for(name: str, package: str, *, replace: bool) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name) or name == "xsd":
        raise DefinitionWrong(
            f"{name!r} cannot be the name of a schema",
            where="--name",
            remedy="Take lower-case letters, digits and underscores, such as xdomea_3_1",
        )
    place = _directory_of(package) / name
    if place.exists() and not (replace and (place / RECORD).is_file()):
        raise DefinitionWrong(
            f"There is a schema {name} already",
            where=str(place),
            remedy="Take another name, or --replace if this command made it",
        )
    return place


def _directory_of(package: str) -> Path:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise DefinitionWrong(
            f"There is no package {package}",
            where="--package",
            remedy="Name one that can be imported and is a directory",
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _root_element(closure: Closure, wanted: str) -> str:
    """Return the qualified name of the message's root element."""
    found = _declared(closure)
    chosen = [one for one in found if one.rpartition("}")[2] == wanted] if wanted else found
    if len(chosen) == 1:
        return chosen[0]
    names = [one.rpartition("}")[2] for one in found]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    raise DefinitionWrong(
        f"The schema declares no element {wanted}"
        if wanted
        else f"The schema declares {len(names)} elements that could be the root",
        where=closure.main.name,
        remedy=f"Name one by --root: {', '.join(names[:LISTED])}{more}",
    )


def _declared(closure: Closure) -> list[str]:
    """Return the global elements of the main file, or else of all files of its namespace."""
    main = read_schema(closure.main)
    namespace = main.get("targetNamespace", "")
    files = [main, *(read_schema(path) for path in closure.references if path != closure.main)]
    parts = [one for one in files if one.get("targetNamespace", "") == namespace]
    used = {
        str(one.get("ref")).rpartition(":")[2]
        for file in files
        for one in file.iter(f"{XSD}element")
        if one.get("ref")
    }
    for some in ([main], parts):
        names = [
            str(one.get("name"))
            for file in some
            for one in file.iterchildren(f"{XSD}element")
            if one.get("abstract") != "true"
        ]
        # What another element holds is the root of a message only if nothing else can be.
        if names:
            tops = [name for name in names if name not in used] or names
            return [f"{{{namespace}}}{name}" for name in tops]
    return []


def _generate(directory: Path, main: Path, package: str, closure: Closure) -> int:
    """Let xsdata make the dataclasses and return how many.

    One file becomes one module, whose classes the package has; several become a module for each
    namespace, as files of one namespace may refer to each other in circles.
    """
    style = "filenames" if len(closure.references) == 1 else "namespaces"
    options = ["--package", package, "--structure-style", style, "--slots"]
    told = _xsdata(directory, [str(main), *options, "--max-line-length", "100"])
    if absent := sorted(set(ABSENT.findall(told))):
        unplaced = "; ".join(closure.unplaced) or "none is without a location"
        raise DefinitionWrong(
            f"The schema uses {len(absent)} types that are not at hand: "
            f"{', '.join(absent[:LISTED])}",
            where=main.name,
            remedy=f"Name a catalogue with the namespaces that it imports: {unplaced}",
        )
    modules = main.parent.parent.rglob("*.py")
    return sum(one.read_text(encoding="utf-8").count("\nclass ") for one in modules)


def _xsdata(directory: Path, arguments: Sequence[str]) -> str:
    scripts = Path(sys.executable).parent
    ended = subprocess.run(
        [sys.executable, "-m", "xsdata", "generate", *arguments],
        cwd=directory,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = ended.stdout + ended.stderr
    if ended.returncode or "Generating package" not in told:
        last = " ".join(told.split("\n")[-4:]).strip()
        raise DefinitionWrong(
            f"xsdata could not make the dataclasses: {last}",
            where=arguments[0],
            remedy="Install xsdata[cli] and ruff beside GovManager, or correct the schema",
        )
    return told


def _move(made: Path, place: Path) -> None:
    beside = place.with_name(f"{place.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(made, beside, ignore=shutil.ignore_patterns("__pycache__"))
    if place.exists():
        shutil.rmtree(place)
    beside.rename(place)
