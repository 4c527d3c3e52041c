"""What was replaced while a document was converted to another charset, and where."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from _csv import Writer

from transforms.charsets import named
from transforms.document import Document
from transforms.names import facts_of
from transforms.step import Workbench

LETTERS = 20
"""Letters that the fact lists; the document lists all."""
PLACES = 3
"""Places that the fact gives for each letter."""


@dataclass(slots=True)
class _Replaced:
    by: str
    count: int = 0
    places: list[str] = field(default_factory=list)


class CharsetLog:
    """Knows the place that a conversion has come to, and what it replaced.

    Args:
        document: what is converted.
        bench: where the log document goes.
        listed: whether there is to be a log document.
    """

    def __init__(self, document: Document, bench: Workbench, *, listed: bool) -> None:
        self._document = document
        self._bench = bench
        self._listed = listed
        self._name = facts_of(document.name)["stem"] + ".charset.csv"
        self._path: Path | None = None
        self._writer: Writer | None = None
        self._files = ExitStack()
        self._replaced: dict[tuple[str, str], _Replaced] = {}
        self._count = 0
        self.line = 1
        self.column = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    @property
    def place(self) -> str:
        """Document, line and column."""
        return f"{self._document.name}, line {self.line}, column {self.column}"

    def passed(self, text: str) -> None:
        """Take note that this text was written."""
        if ends := text.count("\n"):
            self.line += ends
            self.column = len(text) - text.rfind("\n")
        else:
            self.column += len(text)

    def replaced(self, letter: str, by: str) -> None:
        """Take note that a letter at the present place is replaced."""
        self._count += 1
        one = self._replaced.setdefault((letter, by), _Replaced(by))
        one.count += 1
        if len(one.places) < PLACES:
            one.places.append(f"line {self.line} column {self.column}")
        if self._listed:
            self._rows().writerow([self.line, self.column, letter, named(letter), by])

    def facts(self) -> dict[str, str]:
        """Return `charset_replaced`, a count, and `charset_replacements`, a summary."""
        shown = [
            f"{letter} → {one.by or 'nothing'}: {one.count} ({', '.join(one.places)}"
            f"{', …' if one.count > len(one.places) else ''})"
            for (letter, _), one in list(self._replaced.items())[:LETTERS]
        ]
        more = len(self._replaced) - LETTERS
        return {
            "charset_replaced": str(self._count),
            "charset_replacements": "; ".join([*shown, *([f"and {more} more"] * (more > 0))]),
        }

    def documents(self) -> Sequence[Document]:
        """Return the log document, or nothing if none is wanted or nothing was replaced."""
        return [self._document.made(self._path, self._name)] if self._path else []

    def _rows(self) -> Writer:
        if self._writer is None:
            self._path = self._bench.new(self._name)
            file = self._files.enter_context(self._path.open("w", encoding="utf-8", newline=""))
            self._writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            self._writer.writerow(["line", "column", "sign", "name", "replaced by"])
        return self._writer
