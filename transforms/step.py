"""The contract of a processing step: files in, files out, and nothing else.

A step is a typed options model whose field texts are the form in the Prefect UI. `apply` is a
pure function: it reads `document.path`, writes new files on its workbench, and returns the
documents that go on. It is deterministic (replay and resume rest on that), never changes its
input, knows neither clock nor network, and raises instead of repairing. What it needs beside the
document and its options (an operator's stylesheet, a key, a virus scanner) it asks its workbench
for. `tests/transforms/step_contract.py` holds every step to these sentences.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from transforms.document import Document
from transforms.errors import DefinitionWrong
from transforms.names import safe_name


@dataclass(frozen=True, slots=True)
class OpenPgpKey:
    """A key of an operator; never shown.

    Attributes:
        key: ASCII-armoured OpenPGP certificate or transferable secret key (RFC 9580).
        passphrase: unlocks the secret key; empty if it is not locked.
    """

    key: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


class Supplies(Protocol):
    """What a step may ask for; the flows answer from blocks and the operator's files.

    Each verb raises `DefinitionWrong` if there is nothing of that name.
    """

    def resource(self, name: str) -> Path:
        """Return a file or directory of the operator, by its path below the resources."""

    def key(self, block: str) -> OpenPgpKey:
        """Return the OpenPGP key of a block."""

    def scan(self, block: str, path: Path) -> str:
        """Let a virus scanner read a local file.

        Returns:
            What was found, such as `Eicar-Signature`; "" if the file is clean.

        Raises:
            Unreachable: the scanner does not answer; the step is tried again later.
        """

    def progress(self, done: int, total: int) -> None:
        """Show how far a long step is, in any unit; may be called often."""


class NoSupplies:
    """Nothing is at hand: what a pure step needs, and what tells an operator what is missing."""

    def resource(self, name: str) -> Path:
        """Refuse."""
        raise _missing("file", name)

    def key(self, block: str) -> OpenPgpKey:
        """Refuse."""
        raise _missing("key", block)

    def scan(self, block: str, path: Path) -> str:
        """Refuse."""
        del path
        raise _missing("virus scanner", block)

    def progress(self, done: int, total: int) -> None:
        """Show nothing."""


def _missing(what: str, name: str) -> DefinitionWrong:
    return DefinitionWrong(
        f"There is no {what} here", where=name, remedy="Run the step as part of a transfer"
    )


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a call of a step works with.

    Attributes:
        directory: empty, and the call's own; new files go there.
        supplies: what it may ask for.
    """

    directory: Path
    supplies: Supplies = field(default_factory=NoSupplies)

    def new(self, name: str) -> Path:
        """Return where a new document of this name goes; the file does not exist yet.

        Raises:
            NameNotAllowed: no file may have the name.
        """
        path = self.directory / safe_name(name)
        if path.exists():
            number = sum(1 for _ in self.directory.iterdir())
            path = self.directory / f"{number:06d}"
        return path

    def part(self, number: int) -> Workbench:
        """Return an empty workbench within this one."""
        directory = self.directory / f"part-{number}"
        directory.mkdir()
        return replace(self, directory=directory)


class Step(BaseModel, ABC):
    """One processing step; subclasses add `kind: Literal["…"]` first, then their options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str

    @abstractmethod
    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Turn one document into the documents that go on.

        Args:
            document: what came from the source or from the step before.
            bench: where new files go, and what the step may ask for.

        Returns:
            The documents that go on, in order; the given one unchanged is allowed. None at all
            means that the document ends here, on purpose; only a step whose description says so
            may do that.

        Raises:
            DocumentInvalid: the document is not what its format promises.
            StepFailed: the options do not fit this document.
        """

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Turn all documents that were made of one original; a step that joins them overrides this.

        Raises:
            DocumentInvalid: a document is not what its format promises.
            StepFailed: the options do not fit a document.
        """
        return [
            made
            for number, document in enumerate(documents)
            for made in self.apply(document, bench.part(number))
        ]
