"""The forms of the operators' actions; titles and texts are German, because offices read them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from flows.availability import BERLIN
from flows.definition import Mail, Target
from flows.source import Model, checked_endpoint
from transforms.names import check_template


def _local(text: object) -> object:
    """Read `23.11.2026 08:00` or ISO 8601; without a time zone the clock of Berlin is meant."""
    if not isinstance(text, str):
        return text
    try:
        moment = datetime.strptime(text, "%d.%m.%Y %H:%M")  # noqa: DTZ007 - its zone comes below
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            message = f"{text!r} ist keine Zeit; schreibe etwa 23.11.2026 08:00"
            raise ValueError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


LocalTime = Annotated[
    AwareDatetime, BeforeValidator(_local), WithJsonSchema({"type": "string"}, mode="validation")
]
"""A text in the form: a field for times would be read as UTC unless one thinks of it."""


class Order(Model):
    """What every action asks for, below what it is about."""

    model_config = ConfigDict(str_strip_whitespace=True)

    reason: str = Field(
        min_length=5,
        max_length=500,
        title="Grund",
        description="Warum das geschieht; steht im Protokoll und in den Quittungen.",
        examples=["Fachverfahren hat die Datei versehentlich gelöscht, Ticket 4711"],
    )
    actor: str = Field(
        default="",
        max_length=100,
        title="Bearbeitet von",
        description="Name oder Kürzel fürs Protokoll. Leer nur, wenn Prefect selbst weiß, wer den "
        "Lauf angelegt hat (Prefect Cloud, Automatisierung).",
        examples=["a.muster"],
    )


class OnExecution(Model):
    """One execution."""

    execution: str = Field(
        min_length=1,
        title="Ausführung",
        description="Id der Ausführung, oder Adresse (URL) oder Name ihres Laufs, wie die "
        "Oberfläche sie zeigt.",
        examples=["0192f3c4-7d1e-7c4b-9a55-3f1d2c6b8e90"],
    )


class Selected(OnExecution):
    """Some deliveries of one execution."""

    recipients: list[str] = Field(
        default=[],
        title="Empfänger",
        description="Namen, wie die Quittungen sie zeigen; leer: alle.",
    )
    files: list[str] = Field(
        default=[],
        title="Dateien",
        description="Dateinamen, wie die Quittungen sie zeigen; leer: alle.",
    )


class Again(Selected):
    """What is delivered once more, and how."""

    target: str = Field(
        default="",
        title="Ziel",
        description="Nur über dieses Ziel des Empfängers: seine Nummer in der Reihenfolge der "
        "Prioritäten (1, 2 …) oder sein Endpunkt (Typ/Name). Leer: alle Ziele der Reihe nach.",
        examples=["2", "sftp-server/gnap03"],
    )
    mark: bool = Field(
        default=True,
        title="Kennzeichnen",
        description="Dateiname und Betreff sagen „Erneut“, und es geht über ein einziges Ziel. "
        "Ausschalten, wo das Fachverfahren genau den Namen erwartet; liegt die Datei noch dort, "
        "wird sie dann nur ersetzt, wenn der Transfer es erlaubt.",
    )


class Resend(Order, Again):
    """Was zugestellt ist, wird noch einmal zugestellt; was offen ist, wird sofort versucht."""


class NewTarget(Model):
    """Wohin stattdessen zugestellt wird."""

    endpoint: str = Field(
        title="Endpunkt",
        description="Block des Endpunkts als Typ/Name.",
        examples=["sftp-server/gnap03", "smtp-server/postausgang"],
    )
    directory: str = Field(
        default="",
        title="Verzeichnis",
        description="Unterhalb des Basisverzeichnisses; eine Vorlage wie im Transfer.",
    )
    file_name: str = Field(
        default="{name}",
        title="Dateiname",
        description="Vorlage des Namens am Ziel, etwa {stem}_{date:%Y%m%d}{suffix}.",
    )
    mail_to: list[str] = Field(
        default=[],
        title="Mail an",
        description="Adressen; nur bei Mail-Endpunkten, dort nötig.",
        examples=[["bauamt@gemeinde.example"]],
    )
    overwrite: bool = Field(
        default=False,
        title="Ersetzen",
        description="Eine Datei, die dort schon so heißt, wird ersetzt.",
    )
    create_directories: bool = Field(
        default=False,
        title="Verzeichnis anlegen",
        description="Was vom Verzeichnis fehlt, wird angelegt.",
    )

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, name: str) -> str:
        return checked_endpoint(name)

    @field_validator("directory", "file_name")
    @classmethod
    def _templates(cls, template: str) -> str:
        return check_template(template)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.as_target()
        return self

    def as_target(self) -> Target:
        """Return what a transfer's definition would hold."""
        common = self.model_dump(exclude={"mail_to"})
        return Target(**common, mail=Mail(to=self.mail_to))


class Doubtful(Selected):
    """What is open, some of which may have arrived."""

    even_if_in_doubt: bool = Field(
        default=False,
        title="Auch wenn ungeklärt",
        description="Auch Zustellungen, von denen sich nach Rückfrage beim bisherigen Ziel nicht "
        "sagen lässt, ob sie dort angekommen sind. Erst den Empfänger fragen!",
    )


class Elsewhere(Doubtful):
    """What goes to another target."""

    target: NewTarget = Field(title="Neues Ziel")


class Redirect(Order, Elsewhere):
    """Was offen ist, geht an ein anderes Ziel; was schon zugestellt ist, bleibt, wo es ist."""


class What(StrEnum):
    """What of an execution is given up."""

    EVERYTHING = "everything"
    DELIVERIES = "deliveries"
    FILES = "files"


class GivenUp(Doubtful):
    """What nobody wants any more."""

    what: What = Field(
        default=What.EVERYTHING,
        title="Was",
        description="deliveries: offene Zustellungen; files: Dateien, die ein Schritt abgewiesen "
        "hat oder die in Quarantäne sind; everything: beides. Sind Empfänger angegeben, nur deren "
        "Zustellungen.",
    )


class Discard(Order, GivenUp):
    """Was offen ist, wird aufgegeben. Originale bleiben; Zugestelltes bleibt zugestellt."""


class Unfinished(Model):
    """One execution, or all of a transfer that are not done."""

    execution: str = Field(
        default="",
        title="Ausführung",
        description="Id der Ausführung, oder Adresse (URL) oder Name ihres Laufs, wie die "
        "Oberfläche sie zeigt.",
    )
    transfer: str = Field(
        default="",
        title="Transfer",
        description="Statt einer Ausführung: alle unfertigen Ausführungen dieses Transfers. Neue "
        "Dateien nimmt er weiter an; soll er das nicht, sein Deployment pausieren.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.execution) == bool(self.transfer):
            message = "Entweder eine Ausführung oder einen Transfer angeben"
            raise ValueError(message)
        return self


class Hold(Order, Unfinished):
    """Kein Lauf setzt fort, was angehalten ist, bis es freigegeben wird."""


class Release(Order, Unfinished):
    """Was angehalten ist, geht sofort weiter."""


class Which(StrEnum):
    """Which executions of a period are run again."""

    OPEN = "open"
    FAILED = "failed"
    ALL = "all"


class Period(Model):
    """The executions of a transfer or a transfer group between two times."""

    transfer: str = Field(default="", title="Transfer", description="Name des Transfers.")
    group: str = Field(
        default="",
        title="Transfergruppe",
        description="Statt eines Transfers: alle Transfers dieser Gruppe.",
    )
    begin: LocalTime = Field(
        title="Von",
        description="Beginn der ersten Ausführung, nach der Uhr von Berlin.",
        examples=["23.11.2026 08:00"],
    )
    end: LocalTime = Field(
        title="Bis",
        description="Ausführungen, die davor begonnen haben; nach der Uhr von Berlin.",
        examples=["23.11.2026 12:00"],
    )
    which: Which = Field(
        default=Which.OPEN,
        title="Welche",
        description="open: was von selbst weiterginge, geht jetzt weiter. failed: auch, was auf "
        "einen Menschen wartet, samt abgewiesenen Dateien. all: dazu wird alles Zugestellte noch "
        "einmal zugestellt.",
    )
    mark: bool = Field(
        default=True,
        title="Kennzeichnen",
        description="Nur bei all: Dateiname und Betreff sagen „Erneut“.",
    )
    current_definition: bool = Field(
        default=False,
        title="Heutige Definition",
        description="Mit dem Transfer, wie er heute im Deployment steht; sonst wie er bei der "
        "Ausführung war.",
    )
    at_most: int = Field(
        default=100,
        ge=1,
        le=1000,
        title="Höchstens",
        description="Sind es mehr Ausführungen, geschieht nichts.",
    )
    dry_run: bool = Field(
        default=True,
        title="Nur zeigen",
        description="Zeigt, was geschähe. Zum Ausführen ausschalten.",
    )
    confirmation: str = Field(
        default="",
        title="Bestätigung",
        description="Nur bei all: zur Bestätigung den Namen des Transfers oder der Gruppe "
        "wiederholen.",
    )


class Rerun(Order, Period):
    """Alle Ausführungen eines Zeitraums noch einmal: eines Transfers oder einer Transfergruppe."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.transfer) == bool(self.group):
            message = "Entweder einen Transfer oder eine Transfergruppe angeben"
            raise ValueError(message)
        if self.begin >= self.end:
            message = "Bis muss nach Von liegen"
            raise ValueError(message)
        confirmed = self.confirmation == (self.transfer or self.group)
        if self.which is Which.ALL and not (self.dry_run or confirmed):
            message = "Bei all den Namen des Transfers oder der Gruppe als Bestätigung wiederholen"
            raise ValueError(message)
        return self
