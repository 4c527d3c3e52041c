"""Writes the beginning of a mapping: a function for each mandatory part, every field still open.

The text type-checks as it is. What it makes is refused until each mandatory field has an
expression, so a value that nobody chose cannot reach a recipient.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from textwrap import fill
from typing import Any, get_args, get_origin, get_type_hints

from deployments.schema_set import NamedFormat
from transforms.mapping import SCHEMAS


@dataclass(slots=True)
class _Names:
    """Which modules the text imports, by the name that it has for each."""

    home: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def of(self, kind: type[Any]) -> str:
        """Return how the text names a class."""
        module = next(
            (
                package
                for prefix, package in self.home.items()
                if kind.__module__.startswith(prefix)
                and getattr(sys.modules[package], kind.__name__, None) is kind
            ),
            kind.__module__,
        )
        if module not in self.modules:
            self.modules[module] = _free(_alias(module), set(self.modules.values()))
        return f"{self.modules[module]}.{kind.__name__}"

    def call(self, kind: type[Any], name: str) -> None:
        """Give the module of a root element's class the name of its schema."""
        present = self.of(kind).rpartition(".")[0]
        self.modules = {key: name if old == present else old for key, old in self.modules.items()}

    def imports(self) -> list[str]:
        """Return the lines that import them, a package each."""
        packages: dict[str, list[str]] = {}
        for module, name in self.modules.items():
            package, _, leaf = module.rpartition(".")
            named = leaf if name == leaf else f"{leaf} as {name}"
            packages.setdefault(package, []).append(named)
        return [
            f"from {package} import {', '.join(sorted(named))}"
            for package, named in sorted(packages.items())
        ]


def stub(source: NamedFormat, target: NamedFormat) -> str:
    """Return the source text of a mapping module that fills nothing in yet."""
    names = _Names({f"{one.package}.": one.package for one in (source, target)})
    function = f"{source.name}_to_{target.name}"
    for one in (source, target):
        names.call(one.format.kind, one.name)
    formats = [_format(one, names) for one in (source, target)]
    functions = list(_functions(target.format.kind, function, names.of(source.format.kind), names))
    name = function.replace("_", "-")
    entry = f'XmlMapping("{name}", {source.name.upper()}, {target.name.upper()}, {function})'
    parts = [
        f'"""A document of {source.name} becomes one of {target.name}."""',
        "from __future__ import annotations",
        *_imports("\n".join(formats), names),
        *formats,
        *functions,
        f"MAPPING = {entry}",
    ]
    return _formatted("\n\n".join(parts) + "\n")


def _imports(formats: str, names: _Names) -> Iterator[str]:
    if "Path(" in formats:
        yield "from importlib.resources import files\nfrom pathlib import Path"
    contract = ["Format", "XmlMapping", "open_field"]
    if "SCHEMAS" in formats:
        contract.insert(0, "SCHEMAS")
    ours = [f"from transforms.mapping import {', '.join(contract)}", *names.imports()]
    yield "\n".join(sorted(ours))


def _format(one: NamedFormat, names: _Names) -> str:
    schema = one.format.schema
    if schema.is_relative_to(SCHEMAS):
        place = "SCHEMAS" + "".join(f' / "{part}"' for part in schema.relative_to(SCHEMAS).parts)
    else:
        below = schema.parts[schema.parts.index("xsd") :]
        place = f'Path(str(files("{one.package}")))' + "".join(f' / "{part}"' for part in below)
    kind = names.of(one.format.kind)
    return f"{one.name.upper()} = Format({kind}, {place}, {dict(one.format.ns_map)!r})"


def _functions(kind: type[Any], name: str, given: str, names: _Names) -> Iterator[str]:
    """Yield the functions that make a class and all that it must hold, each once."""
    known: dict[type[Any], str] = {kind: name}
    waiting = [kind]
    while waiting:
        one = waiting.pop(0)
        # What the schema fixes cannot be set.
        settable = [each for each in fields(one) if each.init]
        musts = [each for each in settable if _must_be(each)] or settable
        lines = []
        for each in musts:
            part = _part(one, each)
            if part is not None and part not in known:
                known[part] = _free(f"_{_snake(part.__name__)}", set(known.values()))
                waiting.append(part)
            path = f"{_xml_name(one)}/{each.metadata.get('name', each.name)}"
            made = f"{known[part]}(given)" if part else f'open_field(given, "{path}")'
            listed = get_origin(_hint(one, each)) is list
            lines.append(f"{each.name}={f'[{made}]' if listed else made},")
        others = [each.name for each in settable if each not in musts]
        yield (
            f"def {known[one]}(given: {given}) -> {names.of(one)}:\n"
            f"    {_docstring(_xml_name(one), others)}\n"
            f"    return {names.of(one)}({' '.join(lines)})"
        )


def _docstring(name: str, others: list[str]) -> str:
    if not others:
        return f'"""Return the {name}."""'
    more = fill(f"May also hold: {', '.join(others)}.", 92).replace("\n", "\n    ")
    return f'"""Return the {name}.\n\n    {more}\n    """'


def _must_be(one: Field[Any]) -> bool:
    said = one.metadata.get("required") or one.metadata.get("min_occurs", 0)
    return bool(said) or (one.default is MISSING and one.default_factory is MISSING)


def _hint(kind: type[Any], one: Field[Any]) -> Any:
    hint = get_type_hints(kind)[one.name]
    options = [each for each in get_args(hint) if each is not type(None)]
    is_union = get_origin(hint) is not list and len(options) < len(get_args(hint))
    return options[0] if is_union and len(options) == 1 else hint


def _part(kind: type[Any], one: Field[Any]) -> type[Any] | None:
    """Return the class of a field that has a function of its own: it has mandatory fields."""
    hint = _hint(kind, one)
    inner = get_args(hint)[0] if get_origin(hint) is list else hint
    if not isinstance(inner, type) or not is_dataclass(inner):
        return None
    return inner if any(each.init and _must_be(each) for each in fields(inner)) else None


def _xml_name(kind: type[Any]) -> str:
    return str(getattr(getattr(kind, "Meta", None), "name", None) or kind.__name__)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W", "_", name).lower()


def _alias(module: str) -> str:
    """Return the last part of a module's name that says something."""
    return next(part for part in reversed(module.split(".")) if not re.match(r"(mod|pkg)_", part))


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _formatted(text: str) -> str:
    ruff = Path(sys.executable).parent / "ruff"
    ended = subprocess.run(
        [ruff if ruff.is_file() else "ruff", "format", "--line-length", "100", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout if ended.returncode == 0 else text
