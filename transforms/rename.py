"""Step `rename`: give a document another name, made of what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator

from transforms.document import Document
from transforms.names import check_template, facts_of, render, safe_name
from transforms.step import Step, Workbench


class Rename(Step):
    """Give a document another name, made of what is known of it."""

    kind: Literal["rename"] = Field(
        default="rename", title="Step", description="Renames each file by a template."
    )
    template: str = Field(
        min_length=1,
        title="Template",
        description="New name, such as {leika}_{date:%Y%m%d}{suffix}; {stem} and {suffix} are "
        "those of the present name.",
        examples=["{stem}_{date:%Y%m%d}{suffix}"],
    )

    @field_validator("template")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_template(template)

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the same bytes under the new name.

        Raises:
            StepFailed: the template names what is not known of the document.
            NameNotAllowed: it makes a name that no file may have.
        """
        del bench
        present = facts_of(document.name)
        # What an earlier step or the operator's expression found out outranks a guess from the
        # name; what the name consists of is always that of the present one.
        own = {key: present[key] for key in ("name", "stem", "suffix")}
        facts = {**present, **document.facts, **own}
        return [document.renamed(safe_name(render(self.template, facts)))]
