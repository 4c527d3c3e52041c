"""Reads YAML and remembers the line of each value; refuses what YAML would silently change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from deployments.findings import Finding

REMEDIES = {
    "\\t": "indent with spaces; YAML knows no tabs",
    "mapping values": "put the text in quotes if it holds a colon; else mend the indentation",
    "single document": "leave out the line ---; one file holds one transfer",
    "undefined alias": "define it with &name before it is used as *name, or put it in quotes",
    "expected <block end>": "begin all keys of one level, and all dashes, in the same column",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in the file: its name for people, its line, and what stands there."""

    field: str
    line: int
    node: Node | None


class YamlText:
    """One YAML file: its data, the lines of its values, and what is wrong with it as YAML."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Read the bytes; `data` is None if `findings` says that they are no YAML."""
        self.path = path
        self.data: Any = None
        self.findings: list[Finding] = []
        self._root: Node | None = None
        try:
            self._load(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self._add(line, "", "the file is not UTF-8", "save it with the encoding UTF-8")
        except yaml.MarkedYAMLError as error:
            self._broken(error)
        except yaml.reader.ReaderError as error:
            what = f"the character U+{error.character:04X} is not allowed in YAML"
            self._add(1, "", what, "remove it")

    def _load(self, text: str) -> None:
        loader = yaml.SafeLoader(text)
        try:
            self._root = loader.get_single_node()
            if self._root is None:
                self._add(1, "", "the file is empty", "write a transfer into it, or remove it")
                return
            self.findings += self._suspicious(self._root, "", {})
            self.data = loader.construct_document(self._root)
        finally:
            loader.dispose()

    def _broken(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "this is no YAML"
        texts = f"{error.context or ''} {problem}"
        remedy = next((cure for key, cure in REMEDIES.items() if key in texts), "mend the syntax")
        self._add(mark.line + 1 if mark else 1, "", f"no valid YAML: {problem}", remedy)

    def _add(self, line: int, field: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(self.path, line, field, what, remedy))

    def _suspicious(self, node: Node, field: str, seen: dict[int, Node]) -> Iterator[Finding]:
        """Find double keys, numbers that lose their zeros, and braces that Prefect blanks."""
        if id(node) in seen:
            return
        seen[id(node)] = node
        if isinstance(node, ScalarNode):
            yield from self._suspicious_scalar(node, field)
        elif isinstance(node, SequenceNode):
            for index, child in enumerate(node.value):
                yield from self._suspicious(child, f"{field}[{index}]", seen)
        elif isinstance(node, MappingNode):
            yield from self._double_keys(node, field)
            for key, child in node.value:
                yield from self._suspicious(child, joined(field, str(key.value)), seen)

    def _suspicious_scalar(self, node: ScalarNode, field: str) -> Iterator[Finding]:
        line = node.start_mark.line + 1
        text = str(node.value)
        if node.style is None and re.fullmatch(r"[-+]?0\d+", text):
            what = f"{text} without quotes is a number to YAML and may lose its zero"
            remedy = f'put it in quotes: "{text}"; or drop the zero where a number is meant'
            yield Finding(self.path, line, field, what, remedy)
        if "{{" in text:
            what = "the text holds {{, which Prefect takes for a template of its own and blanks"
            yield Finding(self.path, line, field, what, "write names in single braces: {name}")

    def _double_keys(self, node: MappingNode, field: str) -> Iterator[Finding]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                what = f"the key is there twice; the first one is in line {lines[name]}"
                where = joined(field, name)
                yield Finding(self.path, line, where, what, "remove one of the two")
            lines.setdefault(name, line)

    def place(self, location: Sequence[str | int]) -> Place:
        """Find the line of what pydantic names; parts the file does not have lead to the parent.

        Args:
            location: keys and indexes, such as `("source", "endpoint")`. Names of union members
                among them, which no file holds, are passed over.
        """
        node, field = self._root, ""
        line = node.start_mark.line + 1 if node else 1
        for part in location:
            key, child = _child(node, part)
            if child is None:
                continue
            node, line = child, (key or child).start_mark.line + 1
            field = f"{field}[{part}]" if isinstance(part, int) else joined(field, part)
        return Place(field, line, node)


def joined(field: str, key: str) -> str:
    """Return the name of a key below a field: `source` and `endpoint` are `source.endpoint`."""
    return f"{field}.{key}" if field else key


def _child(node: Node | None, part: str | int) -> tuple[Node | None, Node | None]:
    """Return key and value below a node, both None if there are none."""
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == part:
                return key, value
    return None, None
