"""Step `xslt`: transform an XML document by a stylesheet that somebody has already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from transforms.document import Document
from transforms.names import check_template, facts_of, render, safe_name
from transforms.step import Step, Workbench
from transforms.xslt_run import run, stylesheet_at

SUFFIXES = {
    "xml": ".xml",
    "xhtml": ".html",
    "html": ".html",
    "text": ".txt",
    "json": ".json",
    "adaptive": ".txt",
}
"""What a result's name ends in, by the output method of its stylesheet (XSLT 3.0, section 26)."""


class StylesheetParameter(BaseModel):
    """A value that a stylesheet is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[A-Za-z_][\w.\-]*$",
        title="Name",
        description="Name of the stylesheet's xsl:param, without a prefix.",
        examples=["leika"],
    )
    value: str = Field(
        title="Value",
        description="Text, or a template of what is known of the file, such as {leika} or "
        "{date:%Y%m%d}.",
        examples=["{leika}"],
    )

    @field_validator("value")
    @classmethod
    def _template(cls, value: str) -> str:
        return check_template(value)


class Xslt(Step):
    """Transform an XML document by a stylesheet that somebody has already.

    XSLT 1.0 is run by libxslt, 2.0 and 3.0 by Saxon, each time in a process of its own that can
    neither read nor write files, reach the network, nor see the environment. Beside the stylesheet
    itself it has what that imports from its own directory. One that asks for the time or a random
    number makes other bytes at each replay: give it the date as a parameter. Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it; the process may have `transforms.xslt_run.MEMORY`.
    """

    kind: Literal["xslt"] = Field(
        default="xslt", title="Step", description="Transforms each XML file by a stylesheet."
    )
    stylesheet: str = Field(
        min_length=1,
        title="Stylesheet",
        description="XSLT file of 1.0, 2.0 or 3.0 below the resources; it may import others of its "
        "directory.",
        examples=["stylesheets/antrag-to-html.xsl"],
    )
    stylesheet_parameters: list[StylesheetParameter] = Field(
        default=[],
        title="Parameters of the stylesheet",
        description="Values that the stylesheet is given.",
    )
    stylesheet_seconds: int = Field(
        default=60,
        ge=1,
        le=3600,
        title="Longest run of the stylesheet (s)",
        description="A stylesheet that works longer on one document is ended.",
    )
    stylesheet_suffix: str = Field(
        default="",
        pattern=r"^(\.[A-Za-z0-9._\-]+)?$",
        title="New suffix of the name",
        description="What the new name ends in, such as .csv; left empty, it follows from the "
        "stylesheet's output method: .xml, .html, .txt or .json.",
        examples=[".csv"],
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return what the stylesheet makes of the document.

        Raises:
            DocumentInvalid: it is no XML, or the stylesheet refuses it by xsl:message.
            StepFailed: the stylesheet reaches for what it may not have, takes too long or too much
                memory, or fails; or a parameter names what is not known of the document.
            DefinitionWrong: there is no such stylesheet, or it is none.
            NameNotAllowed: the new name is too long.
        """
        sheet = stylesheet_at(bench.supplies.resource(self.stylesheet), self.stylesheet)
        suffix = self.stylesheet_suffix or SUFFIXES.get(sheet.method, ".xml")
        name = safe_name(facts_of(document.name)["stem"] + suffix)
        facts = {**facts_of(document.name), **document.facts}
        values = {one.name: render(one.value, facts) for one in self.stylesheet_parameters}
        path = bench.new(name)
        run(sheet, document, path, values, seconds=self.stylesheet_seconds)
        return [document.made(path, name)]
