"""Step `zip`: what was made of one original goes into one ZIP archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator

from transforms.document import Document
from transforms.names import check_template
from transforms.packing import check_distinct, named, pack_zip, time_of
from transforms.step import Step, Workbench


class ZipFiles(Step):
    """Pack documents into a ZIP archive; the same documents make the same bytes."""

    kind: Literal["zip"] = Field(
        default="zip",
        title="Step",
        description="Packs all documents that were made of one original into one ZIP archive.",
    )
    zip_name: str = Field(
        default="{stem}.zip",
        min_length=1,
        title="Name",
        description="Template of the archive's name; the fields are those of the first document.",
    )
    zip_each: bool = Field(
        default=False,
        title="Each alone",
        description="Makes an archive of each document instead of one of all.",
    )

    @field_validator("zip_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return an archive of this one document.

        Raises:
            StepFailed: the template names what is not known of it.
            NameNotAllowed: it makes a name that no file may have.
        """
        return [self._packed([document], bench)]

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return one archive of all, or one of each.

        Raises:
            StepFailed: two documents have one name.
            NameNotAllowed: the template makes a name that no file may have.
        """
        if self.zip_each or not documents:
            return super().apply_all(documents, bench)
        return [self._packed(documents, bench)]

    def _packed(self, documents: Sequence[Document], bench: Workbench) -> Document:
        first = documents[0]
        check_distinct(documents, first.name)
        name = named(self.zip_name, first)
        path = bench.new(name)
        files = [(document.name, document.path) for document in documents]
        pack_zip(path, files, time_of(first))
        return first.made(path, name)
