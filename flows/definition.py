"""What a transfer is: the models behind the YAML files and the run form, and all their texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from blocks.endpoint import Locking
from flows.availability import LAENDER, check_window, closed_until
from flows.cron import Cron, to_prefect
from flows.source import (
    Complete,
    Model,
    Order,
    PostSelection,
    Retries,
    Selection,
    Source,
    checked_endpoint,
)
from transforms import AnyStep
from transforms.names import check_template

__all__ = [
    "Complete",
    "Mail",
    "Model",
    "Order",
    "PostSelection",
    "Recipient",
    "Retries",
    "Schedule",
    "Selection",
    "Source",
    "Target",
    "Transfer",
    "WhenClosed",
    "checked_endpoint",
]


class Schedule(Model):
    """When a transfer runs by itself."""

    cron: str = Field(
        title="Cron expression",
        description="Five fields, or Quartz style such as 0 0/5 * ? * MON-FRI.",
        examples=["0/5 * ? * MON-FRI", "30 6 * * *"],
    )
    timezone: str = Field(
        default="Europe/Berlin",
        title="Time zone",
        description="The clock the expression is read by.",
    )
    slug: str = Field(
        default="",
        pattern=r"^[a-z0-9-]*$",
        title="Slug",
        description="Lasting name of this schedule; empty: schedule-1, schedule-2 and so on.",
    )
    active: bool = Field(default=True, title="Active", description="Whether it fires.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            message = f"There is no time zone {zone!r}; write one such as Europe/Berlin"
            raise ValueError(message) from error
        return zone

    @model_validator(mode="after")
    def _convertible(self) -> Self:
        self.as_prefect()
        return self

    def as_prefect(self) -> Cron:
        """Return the expression and the time zone that Prefect's scheduler is given."""
        return to_prefect(self.cron, self.timezone)


ADDRESS = re.compile(r"[^@\s,;<>\x00-\x1f\x7f]+@[^@\s,;<>\x00-\x1f\x7f]+")
"""As much of a mail address as can be told by looking at it."""


class Mail(Model):
    """To whom and how a document goes by mail; all texts are templates."""

    to: list[str] = Field(
        default=[],
        title="To",
        description="Mail addresses; all of them get the same mail. {sender_mail} and the like "
        "are filled in from what is known of the document.",
        examples=[["bauamt@gemeinde.example"]],
    )
    cc: list[str] = Field(
        default=[], title="Cc", description="Addresses that get a copy, readable for all."
    )
    bcc: list[str] = Field(
        default=[], title="Bcc", description="Addresses that get a copy nobody else knows of."
    )
    subject: str = Field(
        default="{transfer}: {name}", title="Subject", description="Template of the subject."
    )
    text: str = Field(
        default="Im Anhang: {name}\n\nVorgang {execution}, übermittelt durch {transfer}.\n",
        title="Text",
        description="Template of the plain text.",
    )

    @field_validator("to", "cc", "bcc")
    @classmethod
    def _addresses(cls, to: list[str]) -> list[str]:
        for address in to:
            if "{" in address:
                check_template(address)
            elif not ADDRESS.fullmatch(address):
                message = f"{address!r} is no mail address; write name@host"
                raise ValueError(message)
        return to

    @field_validator("subject", "text")
    @classmethod
    def _templates(cls, template: str) -> str:
        return check_template(template)


class Target(Model):
    """One way to reach a recipient."""

    endpoint: str = Field(
        title="Endpoint",
        description="Block of the endpoint, as type/name.",
        examples=["sftp-server/gnap03"],
    )
    directory: str = Field(
        default="",
        title="Directory",
        description="Directory below the endpoint's base directory; a template.",
    )
    file_name: str = Field(
        default="{name}",
        title="File name",
        description="Template of the name at the target, such as {stem}_{date:%Y%m%d}{suffix}.",
    )
    mail: Mail = Field(default=Mail(), title="Mail", description="For mail endpoints only.")
    overwrite: bool = Field(
        default=False, title="Overwrite", description="Replace a file that has the name."
    )
    append: bool = Field(
        default=False, title="Append", description="Add to a file that has the name."
    )
    create_directories: bool = Field(
        default=False,
        title="Create directories",
        description="Create what is missing of the directory.",
    )
    locking: Locking = Field(
        default=Locking.NO_LOCKING,
        title="Locking",
        description="LOCK_FILE lays name.lock beside the file until it is complete.",
    )
    flag_file: str = Field(
        default="",
        title="Flag file",
        description="Template such as {stem}.ok: an empty file of this name is created once the "
        "document is whole and visible, for recipients who wait for one; empty: none.",
    )
    retries: Retries = Field(
        default=Retries(), title="Retries", description="Before the next target is tried."
    )
    closed: list[str] = Field(
        default=[],
        title="Closed",
        description="Windows in which it must not be used, by the clock of Berlin: days, and "
        "hours unless the whole day is meant.",
        examples=[["MON 08:00-12:00", "MON-FRI 18:00-06:00", "SAT,SUN"]],
    )
    closed_on_holidays: str = Field(
        default="",
        title="Closed on holidays",
        description="The Land whose public holidays it is closed on, such as BY or NW; empty: "
        "holidays are days like others.",
        json_schema_extra={"enum": ["", *LAENDER]},
    )

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, name: str) -> str:
        return checked_endpoint(name)

    @field_validator("closed")
    @classmethod
    def _windows(cls, closed: list[str]) -> list[str]:
        windows = [check_window(text) for text in closed]
        closed_until(windows, "", datetime.now(UTC))
        return windows

    @field_validator("closed_on_holidays")
    @classmethod
    def _land(cls, land: str) -> str:
        if land and land not in LAENDER:
            message = f"there is no Land {land!r}; write one of {', '.join(LAENDER)}"
            raise ValueError(message)
        return land

    @field_validator("directory", "file_name", "flag_file")
    @classmethod
    def _templates(cls, template: str) -> str:
        return check_template(template)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.overwrite and self.append:
            message = "overwrite and append exclude each other: choose one"
            raise ValueError(message)
        if self.locking not in {Locking.NO_LOCKING, Locking.LOCK_FILE}:
            message = f"locking {self.locking} is for sources; a target knows LOCK_FILE"
            raise ValueError(message)
        if (self.mail.cc or self.mail.bcc) and not self.mail.to:
            message = "mail.cc and mail.bcc need an address under mail.to"
            raise ValueError(message)
        if self.endpoint.startswith("smtp-") != bool(self.mail.to):
            message = "mail.to belongs to mail endpoints (smtp-server/…), and those need it"
            raise ValueError(message)
        return self


class WhenClosed(StrEnum):
    """What happens to documents while a target is closed."""

    NEXT_TARGET = "NEXT_TARGET"
    HOLD = "HOLD"


class Recipient(Model):
    """Who must get the files, and the ways to reach them in order of priority."""

    name: str = Field(
        min_length=1, title="Name", description="Office or system, as receipts show it."
    )
    targets: list[Target] = Field(
        min_length=1,
        title="Targets",
        description="By priority: the next one takes over where the one before is down.",
    )
    only_for: dict[str, str] = Field(
        default={},
        title="Only for",
        description="What must be known of a document for it to come here, as a wildcard for each "
        "fact, such as invoice_verdict: valid; none: everything comes. What nobody gets is set "
        "aside.",
    )
    when_closed: WhenClosed = Field(
        default=WhenClosed.NEXT_TARGET,
        title="When closed",
        description="Where a target is closed by its windows or holidays: NEXT_TARGET takes the "
        "next one, HOLD waits until it opens. Without a next one it waits anyway.",
    )
    drain_back: bool = Field(
        default=False,
        title="Drain back",
        description="What an alternative had to take goes to the first target too, once it can; "
        "name and subject say Nachlieferung. Off: it stays where it is.",
    )


class Transfer(Model):
    """Moves every file of a source to every recipient exactly once, transformed on the way."""

    name: str = Field(
        min_length=1,
        max_length=120,
        title="Name",
        description="Lasting name; the ledger knows the transfer by it.",
        examples=["NOLIS an KOMBOX"],
    )
    group: str = Field(
        default="",
        title="Transfer group",
        description="What transfers are listed by.",
        examples=["NOLIS"],
    )
    kdnr: str = Field(
        default="",
        title="Kdnr",
        description="The customer's number (Kundennummer); leading zeros count.",
        examples=["0100"],
    )
    description: str = Field(
        default="", title="Description", description="What the transfer is for."
    )
    contact: str = Field(
        default="", title="Contact", description="Who is told, and who can be asked."
    )
    active: bool = Field(default=True, title="Active", description="Whether its schedules fire.")
    schedules: list[Schedule] = Field(
        default=[], title="Schedules", description="When it runs by itself; none: on demand."
    )
    source: Source = Field(title="Source", description="Where the files come from.")
    steps: list[AnyStep] = Field(
        default=[], title="Steps", description="What is done to each file, in this order."
    )
    recipients: list[Recipient] = Field(
        min_length=1,
        title="Recipients",
        description="Who must get the files; each gets all that it is for.",
    )
    all_or_nothing: bool = Field(
        default=False,
        title="All or nothing",
        description="The files of one execution go together: where one is left at the source or "
        "refused, nothing is delivered until it is mended and the execution is resumed.",
    )
    quarantine_after: int = Field(
        default=3,
        ge=1,
        le=100,
        title="Quarantine after",
        description="Runs that may fail, or die, over the steps of one file before it is set "
        "aside for a person; the others go on.",
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [recipient.name for recipient in self.recipients]
        if len(set(names)) < len(names):
            message = "two recipients have one name: the ledger could not tell them apart"
            raise ValueError(message)
        slugs = [slug for slug in (one.slug for one in self.schedules) if slug]
        if len(set(slugs)) < len(slugs):
            message = "two schedules have one slug"
            raise ValueError(message)
        return self

    @property
    def slug(self) -> str:
        """The name in lower case, digits and dashes: for keys of artifacts."""
        plain = self.name.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
        return re.sub(r"[^a-z0-9]+", "-", plain.replace("ß", "ss")).strip("-")
