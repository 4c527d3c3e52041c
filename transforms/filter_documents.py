"""Step `filter`: which documents go on."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from transforms.document import Document
from transforms.names import facts_fit, fits, safe_name
from transforms.step import Step, Workbench


class Matching(StrEnum):
    """What is done with documents that match."""

    KEEP = "KEEP"
    DROP = "DROP"


class FilterDocuments(Step):
    """Keep or drop documents; an original of which none is left is not sent, and that is noted."""

    kind: Literal["filter"] = Field(
        default="filter",
        title="Step",
        description="Keeps or drops documents. An original of which nothing is left ends here: "
        "it is sent to nobody, stays in the execution folder, and its history says why.",
    )
    filter_matching: Matching = Field(
        default=Matching.KEEP,
        title="Matching documents",
        description="KEEP lets only those go on that match, DROP all others.",
    )
    filter_names: list[str] = Field(
        default=[],
        title="Names",
        description="Wildcards such as *.pdf, one of which the name must match; none: any name.",
        examples=[["*.pdf", "*.xml"]],
    )
    filter_facts: dict[str, str] = Field(
        default={},
        title="Facts",
        description="What must be known of a document, as a wildcard for each fact, such as "
        "ags: 03458*; a fact that is not known matches nothing.",
    )
    filter_largest: int | None = Field(
        default=None,
        ge=0,
        title="Largest",
        description="Bytes that a matching document has at most; empty: any size.",
    )
    filter_smallest: int = Field(
        default=0,
        ge=0,
        title="Smallest",
        description="Bytes that a matching document has at least.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        said = self.filter_names or self.filter_facts or self.filter_smallest
        if not said and self.filter_largest is None:
            message = "a filter without any condition matches everything: say names, facts or sizes"
            raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document, or nothing.

        Raises:
            NameNotAllowed: no file may have its name.
        """
        del bench
        goes_on = self._matches(document) is (self.filter_matching is Matching.KEEP)
        return [document.renamed(safe_name(document.name))] if goes_on else []

    def _matches(self, document: Document) -> bool:
        size = document.path.stat().st_size
        if size < self.filter_smallest:
            return False
        if self.filter_largest is not None and size > self.filter_largest:
            return False
        if self.filter_names and not any(fits(document.name, one) for one in self.filter_names):
            return False
        return facts_fit(document.facts, self.filter_facts)
