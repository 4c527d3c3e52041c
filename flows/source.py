"""The source of a transfer in its definition: where files come from, and which are taken when."""

from __future__ import annotations

import re
from enum import StrEnum
from string import Formatter
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from blocks.endpoint import AfterPickup, Locking
from blocks.paths import is_unfinished
from transforms.names import check_template, facts_of, render

ENDPOINT_NAME = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")

TEMPORARY_NAMES = (
    ".*",
    "~*",
    "*~",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.download",
    "*.swp",
    "*.lck",
    "thumbs.db",
    "desktop.ini",
)
"""What editors, browsers, file transfer programs and Windows lay down beside documents."""

DONE_FILE_FIELDS = ("name", "stem", "suffix")


class Model(BaseModel):
    """A part of the definition; a misspelt key is an error, never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=False)


class Selection(StrEnum):
    """Which directories of the source are looked into."""

    FLAT = "FLAT"
    RECURSIVE = "RECURSIVE"


class PostSelection(StrEnum):
    """How names are chosen from what the endpoint lists."""

    NONE = "NONE"
    WILDCARD = "WILDCARD"
    REGEX = "REGEX"


class Order(StrEnum):
    """Which files come first."""

    NAME = "NAME"
    OLDEST = "OLDEST"
    NEWEST = "NEWEST"


class Complete(StrEnum):
    """What makes a file a whole document."""

    NONE = "NONE"
    XML = "XML"
    """It is well-formed."""
    PDF = "PDF"
    """It begins with %PDF- and ends with %%EOF."""
    BY_NAME = "BY_NAME"
    """XML for .xml, PDF for .pdf; other files are not looked into."""


class BundleKind(StrEnum):
    """What tells which files belong together."""

    NONE = "NONE"
    STEM = "STEM"
    """The beginning of their names."""
    MANIFEST = "MANIFEST"
    """A text file that lists the others."""
    XML_LIST = "XML_LIST"
    """An XML document that lists its attachments."""


class LateParts(StrEnum):
    """What happens to a file whose bundle has gone already."""

    REPORT = "REPORT"
    SEND = "SEND"


class Bundle(Model):
    """Which files wait for each other and travel together."""

    kind: BundleKind = Field(
        default=BundleKind.NONE,
        title="Kind",
        description="NONE: each file goes alone. STEM: files of one directory whose names begin "
        "alike. MANIFEST: what a text file lists. XML_LIST: what an XML document lists.",
    )
    parts: list[str] = Field(
        default=[],
        title="Parts",
        description="For STEM: endings of names, as wildcards in upper or lower case, each of "
        "which must be there.",
        examples=[[".xml", ".pdf"]],
    )
    optional: list[str] = Field(
        default=[],
        title="Optional parts",
        description="For STEM: endings that go along where they are there and are not waited for. "
        "Files with the same stem and another suffix go along anyway.",
        examples=[["_anlage*.pdf"]],
    )
    main: str = Field(
        default="",
        title="Main file",
        description="For MANIFEST and XML_LIST: wildcard of the file that lists what lies beside "
        "it. It must fit no file that is listed.",
        examples=["*.sha256", "antrag_*.xml"],
    )
    element: str = Field(
        default="",
        title="Element",
        description="For XML_LIST: path below the root to the elements, or to the attribute, that "
        "hold the names, in any namespace; // finds them at any depth.",
        examples=["anlagen/anlage/dateiname", "//anlage/@datei"],
    )
    late_parts: LateParts = Field(
        default=LateParts.REPORT,
        title="Late parts",
        description="A file whose bundle has gone already: REPORT fails the run and leaves it at "
        "the source until a person decides, SEND sends it alone and notes it.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        needed = _BUNDLE_FIELDS[self.kind]
        given = {name for name in ("parts", "optional", "main", "element") if getattr(self, name)}
        if missing := needed - given:
            message = f"a bundle by {self.kind} needs {' and '.join(sorted(missing))}"
            raise ValueError(message)
        if needless := given - needed - ({"optional"} if "parts" in needed else set()):
            message = f"a bundle by {self.kind} has no {' and '.join(sorted(needless))}"
            raise ValueError(message)
        return self

    @field_validator("parts", "optional")
    @classmethod
    def _endings(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            if not pattern.strip("*") or "/" in pattern or "\\" in pattern:
                message = f"{pattern!r} is no ending of a name; write one such as .pdf"
                raise ValueError(message)
        return patterns

    @field_validator("element")
    @classmethod
    def _element(cls, path: str) -> str:
        if path and not ELEMENT_PATH.fullmatch(path):
            message = f"{path!r} is no path of elements; write one such as anlagen/anlage/@datei"
            raise ValueError(message)
        return path


ELEMENT_PATH = re.compile(r"(//)?[\w.-]+(/[\w.-]+)*(/@[\w.-]+)?")
_BUNDLE_FIELDS: dict[BundleKind, set[str]] = {
    BundleKind.NONE: set(),
    BundleKind.STEM: {"parts"},
    BundleKind.MANIFEST: {"main"},
    BundleKind.XML_LIST: {"main", "element"},
}


class Retries(Model):
    """How often and how soon a failed attempt is repeated within one run."""

    allowed: bool = Field(
        default=True, title="Retries allowed", description="Repeat after a temporary error."
    )
    maximum_attempts: int = Field(
        default=3,
        ge=1,
        le=100,
        title="Maximum attempts",
        description="Attempts altogether, the first one included.",
    )
    seconds_between: float = Field(
        default=10,
        ge=0,
        le=3600,
        title="Seconds between attempts",
        description="How long to wait before the next attempt.",
    )

    @property
    def attempts(self) -> int:
        """Attempts altogether: one where retries are not allowed."""
        return self.maximum_attempts if self.allowed else 1


class Source(Model):
    """Where the files of a transfer come from."""

    endpoint: str = Field(
        title="Endpoint",
        description="Block of the endpoint, as type/name.",
        examples=["webdav-server/kombox"],
    )
    directory: str = Field(
        default="", title="Directory", description="Directory below the endpoint's base directory."
    )
    selection: Selection = Field(
        default=Selection.FLAT,
        title="Selection on the endpoint",
        description="FLAT takes the directory itself, RECURSIVE all directories below it too.",
    )
    post_selection: PostSelection = Field(
        default=PostSelection.NONE,
        title="Post-selection",
        description="NONE takes every file; WILDCARD and REGEX compare names with the expression.",
    )
    expression: str = Field(
        default="",
        title="Expression",
        description="For WILDCARD such as ags*.xml; for REGEX the whole name must match, and "
        "named groups such as (?P<ags>[0-9]{8}) become facts for name templates.",
    )
    ignore: list[str] = Field(
        default=list(TEMPORARY_NAMES),
        title="Ignore",
        description="Names that are never taken, whatever the expression says, as wildcards in "
        "upper or lower case. What endpoints use for unfinished files is never taken anyway.",
    )
    minimum_age: float = Field(
        default=0,
        ge=0,
        title="Minimum age (s)",
        description="Files changed more recently are left for a later run.",
    )
    stable_listings: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Stable listings",
        description="How many listings in a row must show a file unchanged; 1 does not compare.",
    )
    seconds_between_listings: float = Field(
        default=5,
        ge=0,
        le=300,
        title="Seconds between listings",
        description="How long to wait from one listing to the next.",
    )
    done_file: str = Field(
        default="",
        title="Done-file",
        description="Template of {name}, {stem} and {suffix}, such as {name}.done or {stem}.ok: a "
        "file is taken once that file lies beside it. The done-file is no document; it is "
        "deleted, moved or kept like its document, and goes first. Empty: none is waited for.",
        examples=["{name}.done", "{stem}.ok"],
    )
    complete: Complete = Field(
        default=Complete.NONE,
        title="Complete document",
        description="XML: well-formed; PDF: closed; BY_NAME: either, by .xml and .pdf. What is "
        "not whole stays at the source for a later run.",
    )
    incomplete_after: float = Field(
        default=24,
        gt=0,
        le=8760,
        title="Incomplete after (h)",
        description="A file that has not changed for so long, and still is not whole, has no "
        "done-file or lacks a part of its bundle, fails the run.",
    )
    bundle: Bundle = Field(
        default=Bundle(),
        title="Bundle",
        description="Files that belong together: they wait for each other and travel together.",
    )
    order: Order = Field(default=Order.OLDEST, title="Order", description="What is taken first.")
    maximum_files: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        title="Files per run",
        description="What is beyond it waits for the next run. A bundle is never split; one that "
        "is larger goes alone.",
    )
    locking: Locking = Field(
        default=Locking.NO_LOCKING,
        title="Locking",
        description="LOCK_FILE lays name.lock beside a file while it is taken, RENAME gives it a "
        "name that nobody else takes, SERVER_LOCK asks the server (WebDAV LOCK, share mode of "
        "SMB); what others have locked that way is left alone.",
    )
    same_content_within: float = Field(
        default=0,
        ge=0,
        le=8760,
        title="Same content within (h)",
        description="A file with the bytes of one that the transfer took in so many hours before "
        "is set aside for a person, whatever its name; 0 takes every file.",
    )
    fail_if_empty: bool = Field(
        default=False,
        title="Error if no file is found",
        description="End as FAILED_NO_FILES where nothing is found.",
    )
    after_pickup: AfterPickup = Field(
        default=AfterPickup.DELETE,
        title="After pickup",
        description="What happens to a file once its bytes are safe in the execution folder.",
    )
    move_to: str = Field(
        default="",
        title="Move to",
        description="For MOVE: folder relative to the file's own, created if missing.",
    )
    retries: Retries = Field(
        default=Retries(), title="Retries", description="For listing and fetching."
    )

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, name: str) -> str:
        return checked_endpoint(name)

    @field_validator("done_file")
    @classmethod
    def _done_file(cls, template: str) -> str:
        return _checked_done_file(template) if template else template

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.post_selection is PostSelection.NONE and self.expression:
            message = "expression is set but post_selection is NONE: choose WILDCARD or REGEX"
            raise ValueError(message)
        if self.post_selection is not PostSelection.NONE and not self.expression:
            message = f"post_selection {self.post_selection} needs an expression"
            raise ValueError(message)
        if self.post_selection is PostSelection.REGEX:
            _compilable(self.expression)
        if (self.after_pickup is AfterPickup.MOVE) != bool(self.move_to):
            message = "after_pickup MOVE and move_to go together: set both or neither"
            raise ValueError(message)
        if self.after_pickup is AfterPickup.KEEP and self.locking is Locking.RENAME:
            message = "locking RENAME changes what after_pickup KEEP leaves: choose LOCK_FILE"
            raise ValueError(message)
        return self


def done_name(template: str, name: str) -> str:
    """Return the name of a document's done-file."""
    facts = facts_of(name)
    return render(template, {field: facts[field] for field in DONE_FILE_FIELDS})


def _checked_done_file(template: str) -> str:
    check_template(template)
    fields = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if not fields & {"name", "stem"} or fields - set(DONE_FILE_FIELDS):
        message = f"done_file {template!r}: use {{name}} or {{stem}}, such as {{name}}.done"
        raise ValueError(message)
    example = done_name(template, "a.xml")
    if "/" in example or "\\" in example or example == "a.xml":
        message = f"done_file {template!r} must name another file in the same directory"
        raise ValueError(message)
    if is_unfinished(example):
        message = f"done_file {template!r} is a name of unfinished files, which are never listed"
        raise ValueError(message)
    return template


def checked_endpoint(name: str) -> str:
    """Return the name of a block if it has the form `type/name`.

    Raises:
        ValueError: it has not.
    """
    if not ENDPOINT_NAME.fullmatch(name):
        message = f"{name!r} names no block; write type/name such as sftp-server/gnap03"
        raise ValueError(message)
    return name


def _compilable(expression: str) -> None:
    try:
        re.compile(expression)
    except re.error as error:
        message = f"the regular expression {expression!r} is wrong: {error}"
        raise ValueError(message) from error
