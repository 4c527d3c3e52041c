"""`govmanager map`: begin a mapping, and try one on a file, outside of any transfer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cyclopts import App
from lxml import etree
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deployments.mapping_effects import Effects, effects_of
from deployments.mapping_stub import stub as stub_of
from deployments.schema_set import PACKAGE, format_named
from transforms.errors import DefinitionWrong, StepFailed
from transforms.mapping import XmlMapping
from transforms.mappings import all_mappings
from transforms.read_xml import parse_as, read_xml, write_xml

LONGEST = 60
"""Characters of a value that a table shows."""
LONGEST_TEXT = 500
"""Characters of a text, such as an attachment, that the shown result keeps."""

app = App(name="map", help="Mappings between XML formats: begin one, try one.")
out = Console()


@app.command
def stub(
    source: str,
    target: str,
    *,
    source_root: str = "",
    target_root: str = "",
    package: str = PACKAGE,
) -> None:
    """Print a mapping in which every mandatory field is still open.

    Args:
        source: Name of the schema of what is read, as `govmanager schema add` made it.
        target: Name of the schema of what is written.
        source_root: Root element, if not the one that the schema was added with.
        target_root: Root element, if not the one that the schema was added with.
        package: Package where the schemas are, if outside of GovManager.
    """
    formats = format_named(source, package, source_root), format_named(target, package, target_root)
    sys.stdout.write(stub_of(*formats))


@app.command(name="try")
def try_out(mapping: str, file: Path, *, output: Path | None = None) -> None:
    """Map a file and show which field of it went where, which went nowhere, which are empty.

    To find out, the mapping is run again with each field changed in turn. The values of the file
    are shown. Ends with 1 if the result breaks its schema.

    Args:
        mapping: Name of a mapping, such as antrag-to-fachverfahren.
        file: A document in the mapping's source format.
        output: Write the result there too.
    """
    chosen = _mapping_named(mapping)
    given = parse_as(file, chosen.source.kind, chosen.source.schema)
    made = chosen.function(given)
    effects = effects_of(given, chosen.function)
    with TemporaryDirectory() as directory:
        path = Path(directory) / file.name
        try:
            write_xml(made, path, chosen.target.schema, chosen.target.ns_map)
        except StepFailed:
            _show(effects)
            raise
        out.print(_abridged(path), markup=False, highlight=False, soft_wrap=True)
        _show(effects)
        if output:
            output.write_bytes(path.read_bytes())


def _mapping_named(name: str) -> XmlMapping[Any, Any]:
    found = all_mappings().get(name)
    if found is None:
        raise DefinitionWrong(
            f"There is no mapping {name!r}",
            where="govmanager map",
            remedy=f"Choose one of {', '.join(sorted(all_mappings()))}, or add it to "
            "transforms/mappings/__init__.py",
        )
    return found


def _abridged(path: Path) -> str:
    root = read_xml(path)
    for element in root.iter():
        if element.text and len(element.text) > LONGEST_TEXT:
            element.text = f"{element.text[:LONGEST]}… ({len(element.text)} characters)"
    return etree.tostring(root, encoding="unicode")


def _show(effects: Effects) -> None:
    out.print(_table("What went where", ("from", "value", "to", "value"), _rows(effects)))
    unused = [(one.path, _short(one.value)) for one in effects.sources if not one.targets]
    out.print(_table("Went nowhere", ("from", "value"), unused))
    rest = [(path, _short(value)) for path, value in effects.constants]
    out.print(_table("The same whatever the file says", ("to", "value"), rest))
    out.print(_table("Empty in the result", ("to",), [(path,) for path in effects.empty]))
    if effects.left_out:
        out.print(f"{effects.left_out} further fields of the file were not tried.")


def _rows(effects: Effects) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in effects.sources:
        source = (one.path, _short(one.value))
        for path, value in one.targets:
            rows.append((*source, path, _short(value)))
            source = ("", "")
    return rows


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table | str:
    if not rows:
        return f"{title}: nothing"
    table = Table(title=f"{title}: {len(rows)}", title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
