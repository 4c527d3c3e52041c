"""The contract of a processing step: files in, files out, and nothing else.

A step is a typed options model whose field texts are the form in the Prefect UI. `apply` is a
pure function: it reads `document.path`, writes new files below `directory`, and returns the
documents that go on. It is deterministic (replay and resume rest on that), never changes its
input, knows neither clock nor network, and raises instead of repairing.
`tests/transforms/step_contract.py` holds every step to these sentences.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from transforms.document import Document


class Step(BaseModel, ABC):
    """One processing step; subclasses add `kind: Literal["…"]` first, then their options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def apply(self, document: Document, directory: Path) -> Sequence[Document]:
        """Turn one document into the documents that go on.

        Args:
            document: what came from the source or from the step before.
            directory: an empty directory that belongs to this call; new files go there.

        Returns:
            The documents that go on, in order; the given one unchanged is allowed. Never empty.

        Raises:
            DocumentInvalid: the document is not what its format promises.
            StepFailed: the options do not fit this document.
        """
