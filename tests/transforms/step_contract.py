"""What `transforms.step` promises of every step, as tests that each step's module subclasses."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from transforms import all_steps
from transforms.document import Document
from transforms.errors import DocumentInvalid, HubError, Retry, Who
from transforms.names import facts_of, safe_name
from transforms.step import NoSupplies, Step, Supplies, Workbench

FACTS = {"date": "2026-11-23T07:15:00+01:00", "n": "7", "kdnr": "0100"}
NAME = "ags100_99003002000000.xml"


def document_of(path: Path, name: str = "") -> Document:
    """Return a document as the flow hands it to the first step."""
    name = name or path.name
    return Document(path, name, {**facts_of(name), **FACTS})


def stored(folder: Path, content: bytes, name: str = NAME) -> Document:
    """Return a document with this content, under a local name that differs from its own."""
    path = folder / "0001"
    path.write_bytes(content)
    return document_of(path, name)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class StepContract(ABC):
    """Subclasses give a step and, where it does not read applications, what it reads.

    Attributes:
        name: what a document is called that the step can read.
        repeatable: whether the same input gives the same bytes; not so where keys or times are
            drawn anew, as in encryption.
        refuses: whether the step looks into its documents at all; one that does must refuse
            what is hostile.
    """

    name = NAME
    refuses = True
    repeatable = True

    @abstractmethod
    def step(self) -> Step:
        """Return a step that can do its work on every one of `good`."""

    def good(self) -> Mapping[str, bytes]:
        """Return documents that the step must take, by a word on each; the first is used most."""
        return {path.stem: path.read_bytes() for path in applications.GOOD}

    def hostile(self) -> Mapping[str, bytes]:
        """Return documents that a step that looks into them must refuse, by a word on each."""
        return applications.hostile()

    def large(self) -> bytes:
        """Return a document of more than 10 MB that the step must take."""
        return applications.with_attachment(11 << 20)

    def supplies(self) -> Supplies:
        """Return what is at hand."""
        return NoSupplies()

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Workbench:
        directory = tmp_path / "step"
        directory.mkdir()
        return Workbench(directory, self.supplies())

    def sample(self) -> bytes:
        """Return the first of `good`."""
        return next(iter(self.good().values()))

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Apply the step and check what holds of every result."""
        before = digest(document.path)
        made = self.step().apply(document, bench)
        assert digest(document.path) == before
        assert made
        for one in made:
            assert one.path.is_file()
            assert one.path == document.path or one.path.is_relative_to(bench.directory)
            assert one.name == safe_name(one.name)
        return made

    def test_does_its_work_and_leaves_its_input_alone(
        self, tmp_path: Path, bench: Workbench
    ) -> None:
        for number, content in zip(count(), self.good().values(), strict=False):
            self.apply(stored(tmp_path, content, self.name), bench.part(number))

    def test_writes_on_its_workbench_only(self, tmp_path: Path, bench: Workbench) -> None:
        self.apply(stored(tmp_path, self.sample(), self.name), bench)
        assert {one.name for one in tmp_path.iterdir()} == {"0001", "step"}

    def test_the_same_input_gives_the_same_bytes_names_and_facts(
        self, tmp_path: Path, bench: Workbench
    ) -> None:
        document = stored(tmp_path, self.sample(), self.name)
        results = []
        for attempt in (1, 2):
            made = self.apply(document, bench.part(attempt))
            results.append(
                [
                    (one.name, dict(one.facts), digest(one.path) if self.repeatable else "")
                    for one in made
                ]
            )
        assert results[0] == results[1]

    def test_facts_that_lead_to_the_recipient_stay(self, tmp_path: Path, bench: Workbench) -> None:
        document = stored(tmp_path, self.sample(), self.name)
        for one in self.apply(document, bench):
            assert one.facts["kdnr"] == "0100"
            assert one.facts.get("leika") == document.facts.get("leika")

    def test_a_document_above_10_mb_passes(self, tmp_path: Path, bench: Workbench) -> None:
        self.apply(stored(tmp_path, self.large(), self.name), bench)

    def test_a_hostile_document_is_refused(self, tmp_path: Path, bench: Workbench) -> None:
        for number, (trick, content) in enumerate(self.hostile().items()):
            document, part = stored(tmp_path, content, self.name), bench.part(number)
            if not self.refuses:
                self.apply(document, part)
                continue
            with pytest.raises(DocumentInvalid) as caught:
                pytest.fail(f"{trick}: {self.step().apply(document, part)}")
            error = caught.value
            assert (error.retry, error.who) == (Retry.NEVER, Who.SENDER), trick
            assert error.where.startswith(document.name), trick
            assert not [name for name in applications.NAMES_OF_CITIZENS if name in str(error)]

    @pytest.mark.parametrize("name", ["../a.xml", "a/b.xml", "a\\b.xml", "..", "a\nb.xml"])
    def test_a_hostile_name_never_leads_out(
        self, name: str, tmp_path: Path, bench: Workbench
    ) -> None:
        document = stored(tmp_path, self.sample(), name)
        try:
            made = self.step().apply(document, bench)
        except HubError:
            made = []
        assert all(one.name == safe_name(one.name) for one in made)
        assert {one.name for one in tmp_path.iterdir()} == {"0001", "step"}

    def test_every_option_explains_itself(self) -> None:
        kind = type(self.step())
        fields = kind.model_fields
        assert next(iter(fields)) == "kind"
        for name, field in fields.items():
            assert field.title, name
            assert field.description, name
            assert field.description.endswith("."), name

    def test_option_names_are_its_own(self) -> None:
        # The run form keeps values by field name when the kind of a step is changed.
        mine = set(type(self.step()).model_fields) - {"kind"}
        others = [kind for kind in all_steps() if kind is not type(self.step())]
        assert type(self.step()) in all_steps()
        assert not [kind for kind in others if mine & set(kind.model_fields)]

    def test_a_misspelt_option_is_refused(self) -> None:
        options = self.step().model_dump()
        with pytest.raises(ValidationError, match="mispelt"):
            type(self.step()).model_validate({**options, "mispelt": 1})

    def test_survives_being_written_down(self) -> None:
        step = self.step()
        assert type(step).model_validate_json(step.model_dump_json()) == step
