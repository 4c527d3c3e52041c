"""Step `mail-body`: a text for a mail, made of what is known of a document and of its XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Literal, Self

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.names import check_template
from transforms.packing import named
from transforms.paths_in_xml import check_value_path, value_at
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench

LONGEST = 1 << 20
"""Characters that a text may have."""

GREETING = """\
Guten Tag,

im Anhang erhalten Sie {{ name }}, eingegangen am {{ date[8:10] }}.{{ date[5:7] }}.{{ date[:4] }}.

Vorgang {{ execution }}, übermittelt durch {{ transfer }}.
"""
"""What a text says if nothing else is asked for."""


class BodyStyle(StrEnum):
    """How the text is written."""

    TEXT = "TEXT"
    HTML = "HTML"


class MailBody(Step):
    """Add a text to a document, for a recipient that sends it as a mail's body."""

    kind: Literal["mail-body"] = Field(
        default="mail-body",
        title="Step",
        description="Adds a text or a page made from a template; it has the fact document = "
        "mail-body.",
    )
    body_template: str = Field(
        default=GREETING,
        title="Template",
        description="Text with {{ name }} for what is known of the document, and with the values "
        "below (Jinja).",
    )
    body_resource: str = Field(
        default="",
        title="Template file",
        description="Its path below the resources; takes the place of the template above.",
    )
    body_style: BodyStyle = Field(
        default=BodyStyle.TEXT,
        title="Style",
        description="HTML makes what is filled in harmless for pages.",
    )
    body_values: dict[str, str] = Field(
        default={},
        title="Values",
        description="Names for the template, each with a path in the XML document, such as "
        "nachname: Antragsteller/Nachname.",
    )
    body_name: str = Field(
        default="{stem}_Anschreiben.txt",
        min_length=1,
        title="Name",
        description="Template of the text's file name, such as {stem}_Anschreiben.html.",
    )

    @field_validator("body_name")
    @classmethod
    def _name(cls, template: str) -> str:
        return check_template(template)

    @field_validator("body_values")
    @classmethod
    def _paths(cls, values: dict[str, str]) -> dict[str, str]:
        for path in values.values():
            check_value_path(path)
        return values

    @model_validator(mode="after")
    def _sound(self) -> Self:
        try:
            _environment(self.body_style).parse(self.body_template)
        except TemplateSyntaxError as error:
            message = f"the template is wrong: {error.message}, line {error.lineno}"
            raise ValueError(message) from error
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document, and its text after it.

        Raises:
            DefinitionWrong: the template file is missing or wrong.
            DocumentInvalid: the document is no XML, and values of it are asked for.
            StepFailed: the template names what is not known, or does what it may not.
        """
        text = self._filled(document, self._template(bench))
        name = named(self.body_name, document)
        path = bench.new(name)
        path.write_text(text, encoding="utf-8", newline="")
        original = document.made(document.path)
        return [original, document.made(path, name, {"document": "mail-body"})]

    def _template(self, bench: Workbench) -> str:
        if not self.body_resource:
            return self.body_template
        try:
            return bench.supplies.resource(self.body_resource).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DefinitionWrong(
                "The template file cannot be read as UTF-8 text",
                where=self.body_resource,
                remedy="Correct it in the resources",
            ) from error

    def _filled(self, document: Document, template: str) -> str:
        try:
            made = _environment(self.body_style).from_string(template)
            text = "".join(_bounded(made.generate(**self._known(document)), document.name))
        except TemplateSyntaxError as error:
            raise DefinitionWrong(
                f"The template is wrong: {error.message}",
                where=f"{self.body_resource or 'template'}, line {error.lineno}",
                remedy="Correct it",
            ) from error
        except UndefinedError as error:
            raise StepFailed(
                f"The template names what is not known: {error.message}",
                where=document.name,
                remedy="Use what is known of the document, or add a value with its path",
            ) from error
        except (SecurityError, TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise StepFailed(
                f"The template cannot be filled in: {type(error).__name__}",
                where=document.name,
                remedy="Correct the template",
            ) from error
        return text

    def _known(self, document: Document) -> Mapping[str, str]:
        known = {**document.facts, "name": document.name}
        if not self.body_values:
            return known
        root = read_xml(document.path, name=document.name)
        values = {
            name: value_at(root, path, document.name) for name, path in self.body_values.items()
        }
        return known | values


def _environment(style: BodyStyle) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=style is BodyStyle.HTML,
        keep_trailing_newline=True,
        extensions=[],
    )


def _bounded(parts: Iterable[str], where: str) -> list[str]:
    made: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > LONGEST:
            raise DocumentInvalid(
                f"The text becomes longer than {LONGEST} characters",
                where=where,
                remedy="Put less of the document into it",
            )
        made.append(part)
    return made
