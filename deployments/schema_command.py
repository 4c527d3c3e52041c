"""`govmanager schema`: the JSON schema of a transfer, and the XML schemas that mappings use."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.markup import escape

from deployments.mapping_stub import stub
from deployments.schema import PATH, transfer_schema
from deployments.schema_set import PACKAGE, add_schema, format_named
from transforms.catalogue import catalogue_at

app = App(name="schema", help="The JSON schema of a transfer, and XML schemas for mappings.")
err = Console(stderr=True, soft_wrap=True)


@app.default
def transfer(*, write: bool = False) -> None:
    """Print the JSON schema of a transfer, for editors.

    Args:
        write: Write it to deployments/transfer.schema.json instead.
    """
    if write:
        PATH.write_text(transfer_schema(), encoding="utf-8")
    else:
        sys.stdout.write(transfer_schema())


@app.command
def add(  # noqa: PLR0913 - each is an option of the command.
    file: Path,
    *,
    name: str,
    catalogue: Path | None = None,
    root: str = "",
    source: str = "antrag",
    package: str = PACKAGE,
    replace: bool = False,
) -> None:
    """Add an XML schema with all that it imports, make its dataclasses, print a mapping to it.

    Nothing is loaded from the network. What is not complete is refused. The mapping that is
    printed names every mandatory field of the schema; write it to
    transforms/mappings/SOURCE_to_NAME.py and fill it in.

    Args:
        file: The XSD file of a message.
        name: What mappings call the schema, such as gewerbesteuer.
        catalogue: Directory of XSD files, or an OASIS XML catalogue, where that lies which the
            schema imports by an address.
        root: The message's root element, if the schema declares several.
        source: Name of the schema that the printed mapping starts from.
        package: Importable package to add it to, for mappings outside of GovManager.
        replace: Replace the schema of this name.
    """
    found = catalogue_at(catalogue) if catalogue else None
    given = format_named(source, package)
    added = add_schema(file, name, found, root=root, package=package, replace=replace)
    told = f"Added to {added.directory}: XSD files {added.files}, dataclasses {added.classes}."
    err.print(escape(told), highlight=False)
    sys.stdout.write(stub(given, format_named(name, package)))
