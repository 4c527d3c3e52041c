"""What `transforms.step` promises of every step, as tests that each step's module subclasses."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from transforms import STEPS
from transforms.document import Document
from transforms.errors import DocumentInvalid, HubError, Retry, Who
from transforms.names import facts_of, safe_name
from transforms.step import Step

FACTS = {"date": "2026-11-23T07:15:00+01:00", "n": "7", "kdnr": "0100"}


def document_of(path: Path, name: str = "") -> Document:
    """Return a document as the flow hands it to the first step."""
    name = name or path.name
    return Document(path, name, {**facts_of(name), **FACTS})


def stored(folder: Path, content: bytes, name: str = "ags100_99003002000000.xml") -> Document:
    """Return a document with this content, under a local name that differs from its own."""
    path = folder / "0001"
    path.write_bytes(content)
    return document_of(path, name)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class StepContract(ABC):
    """Subclasses give a step; `reads_xml` says whether what is no XML must be refused."""

    reads_xml = True

    @abstractmethod
    def step(self) -> Step:
        """Return a step that can do its work on every sample application."""

    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        directory = tmp_path / "step"
        directory.mkdir()
        return directory

    def apply(self, document: Document, directory: Path) -> Sequence[Document]:
        """Apply the step and check what holds of every result."""
        before = digest(document.path)
        made = self.step().apply(document, directory)
        assert digest(document.path) == before
        assert made
        for one in made:
            assert one.path.is_file()
            assert one.path == document.path or one.path.is_relative_to(directory)
            assert one.name == safe_name(one.name)
        return made

    @pytest.mark.parametrize("path", applications.GOOD, ids=lambda path: path.stem)
    def test_does_its_work_and_leaves_its_input_alone(self, path: Path, directory: Path) -> None:
        self.apply(document_of(path), directory)

    def test_writes_below_its_directory_only(self, tmp_path: Path, directory: Path) -> None:
        document = stored(tmp_path, applications.APPLICATION.read_bytes())
        self.apply(document, directory)
        assert {one.name for one in tmp_path.iterdir()} == {"0001", "step"}

    def test_the_same_input_gives_the_same_bytes_names_and_facts(self, tmp_path: Path) -> None:
        results = []
        for attempt in ("first", "second"):
            (tmp_path / attempt).mkdir()
            made = self.apply(document_of(applications.APPLICATION), tmp_path / attempt)
            results.append([(one.name, dict(one.facts), digest(one.path)) for one in made])
        assert results[0] == results[1]

    def test_facts_that_lead_to_the_recipient_stay(self, directory: Path) -> None:
        for one in self.apply(document_of(applications.APPLICATION), directory):
            assert one.facts["leika"] == "99003002000000"
            assert one.facts["kdnr"] == "0100"

    def test_an_attachment_above_10_mb_passes(self, tmp_path: Path, directory: Path) -> None:
        self.apply(stored(tmp_path, applications.with_attachment(11 << 20)), directory)

    @pytest.mark.parametrize("trick", sorted(applications.hostile()))
    def test_a_hostile_document_is_refused(
        self, trick: str, tmp_path: Path, directory: Path
    ) -> None:
        document = stored(tmp_path, applications.hostile()[trick])
        if not self.reads_xml:
            self.apply(document, directory)
            return
        with pytest.raises(DocumentInvalid) as caught:
            self.step().apply(document, directory)
        error = caught.value
        assert (error.retry, error.who) == (Retry.NEVER, Who.SENDER)
        assert error.where.startswith(document.name)
        assert not [name for name in applications.NAMES_OF_CITIZENS if name in str(error)]
        assert not list(directory.iterdir())

    @pytest.mark.parametrize("name", ["../a.xml", "a/b.xml", "a\\b.xml", "..", "a\nb.xml"])
    def test_a_hostile_name_never_leads_out(
        self, name: str, tmp_path: Path, directory: Path
    ) -> None:
        document = stored(tmp_path, applications.APPLICATION.read_bytes(), name)
        try:
            made = self.step().apply(document, directory)
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
        others = [kind for kind in STEPS if kind is not type(self.step())]
        assert type(self.step()) in STEPS
        assert not [kind for kind in others if mine & set(kind.model_fields)]

    def test_a_misspelt_option_is_refused(self) -> None:
        options = self.step().model_dump()
        with pytest.raises(ValidationError, match="mispelt"):
            type(self.step()).model_validate({**options, "mispelt": 1})

    def test_survives_being_written_down(self) -> None:
        step = self.step()
        assert type(step).model_validate_json(step.model_dump_json()) == step
