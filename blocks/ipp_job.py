"""What a printer offers, and how far a job got (RFC 8011, sections 5.3 and 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from blocks.ipp import Group, Operation, Value
from blocks.ipp_ticket import Ticket
from transforms.errors import NotSupported, Unreachable

PRINTER_STATES = {3: "idle", 4: "processing", 5: "stopped"}
SHOWN = 12
"""Values that a message lists."""

PRINTER_ATTRIBUTES = (
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "operations-supported",
    "copies-supported",
    "sides-supported",
    "media-supported",
    "media-source-supported",
)
JOB_ATTRIBUTES = (
    "job-id",
    "job-uri",
    "job-uuid",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-k-octets",
    "job-media-sheets-completed",
    "time-at-creation",
    "time-at-processing",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a printer says about itself; an empty tuple means that it says nothing.

    Attributes:
        model: make and model.
        state: `idle`, `processing` or `stopped`, with the reasons.
        accepting: takes jobs.
        formats: MIME types.
        operations: codes.
        copies: the most copies of a job.
        sides: keywords.
        media: names.
        trays: keywords of `media-source`.
    """

    model: str
    state: str
    accepting: bool
    formats: tuple[str, ...]
    operations: tuple[int, ...]
    copies: int
    sides: tuple[str, ...]
    media: tuple[str, ...]
    trays: tuple[str, ...]

    @classmethod
    def of(cls, printer: Group) -> Self:
        """Read the attributes of a printer."""
        ranges = [one for one in printer.get("copies-supported", ()) if isinstance(one, tuple)]
        state = PRINTER_STATES.get(number(printer, "printer-state"), "in an unknown state")
        reasons = ", ".join(words(printer, "printer-state-reasons"))
        return cls(
            model=" ".join(words(printer, "printer-make-and-model")) or "unknown model",
            state=state if reasons in ("", "none") else f"{state} ({reasons})",
            accepting=printer.get("printer-is-accepting-jobs", [1])[0] == 1,
            formats=words(printer, "document-format-supported"),
            operations=tuple(
                one for one in printer.get("operations-supported", ()) if isinstance(one, int)
            ),
            copies=max((one[-1] for one in ranges), default=1),
            sides=words(printer, "sides-supported"),
            media=words(printer, "media-supported"),
            trays=words(printer, "media-source-supported"),
        )

    def check(self, ticket: Ticket, where: str) -> None:
        """See whether the printer can do what a job asks for.

        Raises:
            NotSupported: it cannot; the remedy says what it offers.
            Unreachable: it takes no jobs at present.
        """
        if not self.accepting:
            raise Unreachable(
                f"The printer accepts no jobs at present: {self.state}",
                where=where,
                remedy="Have the printer or queue accept jobs again; it is tried again later",
            )
        if Operation.PRINT_JOB not in self.operations:
            raise NotSupported(
                "The printer does not take documents by Print-Job",
                where=where,
                remedy="Use a queue of a print server for it",
            )
        if ticket.copies > self.copies:
            raise _not_offered("copies", str(ticket.copies), (f"1 to {self.copies}",), where)
        for what, asked, offered in (
            ("document format", ticket.document_format, self.formats),
            ("sides", ticket.sides, self.sides),
            ("tray", ticket.tray, self.trays),
            ("media", ticket.media, self.media),
        ):
            if asked and asked not in offered:
                raise _not_offered(what, asked, offered, where)


def _not_offered(what: str, asked: str, offered: Sequence[str], where: str) -> NotSupported:
    return NotSupported(
        f"The printer does not offer {what} {asked}",
        where=where,
        remedy=f"Choose in the block what it offers as {what}: {listed(offered)}",
    )


class JobState(IntEnum):
    """How far a job got (RFC 8011, section 5.3.7)."""

    UNKNOWN = 0
    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @classmethod
    def _missing_(cls, value: object) -> JobState:  # noqa: ARG003 - the signature is enum's
        return cls.UNKNOWN


FAILED = {JobState.CANCELED, JobState.ABORTED}
ENDED = {*FAILED, JobState.COMPLETED}
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its printer shows it.

    Attributes:
        number: the printer's number for it.
        uri: its address, or "".
        name: its name, None where the printer shows none to this account.
        state: how far it got.
        reasons: keywords that say why.
        kilobytes: of its document, rounded up; 0 if the printer does not tell.
        sheets: printed; 0 if the printer does not count.
        begun: False if the printer says that it never began to process the job.
        identity: what tells the job from another one that had the number before.
    """

    number: int
    uri: str
    name: str | None
    state: JobState
    reasons: tuple[str, ...]
    kilobytes: int
    sheets: int
    begun: bool
    identity: str

    @classmethod
    def of(cls, job: Group) -> Self:
        """Read the attributes of a job."""
        created, uuid = number(job, "time-at-creation"), " ".join(words(job, "job-uuid"))
        return cls(
            number=number(job, "job-id"),
            uri=" ".join(words(job, "job-uri")),
            name=next(iter(words(job, "job-name")), None),
            state=JobState(number(job, "job-state")),
            reasons=tuple(one for one in words(job, "job-state-reasons") if one != "none"),
            kilobytes=number(job, "job-k-octets"),
            sheets=number(job, "job-media-sheets-completed"),
            begun=job.get("time-at-processing") != [None],
            identity=f"{number(job, 'job-id')} {created} {uuid}".strip(),
        )

    def __str__(self) -> str:
        """Return number, state and reasons in one phrase."""
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        sheets = f", {self.sheets} sheets" if self.sheets else ""
        return f"job {self.number} is {self.state.name.lower()}{why}{sheets}"

    def has_all(self, size: int) -> bool:
        """Tell whether the printer says that it got this many bytes of document, or more.

        Many printers print what came of a document whose connection was lost, and call the job
        completed. Only the size tells it from a whole one (`job-k-octets`, RFC 8011, 5.3.17.1).
        """
        return self.kilobytes > 0 and self.kilobytes * KILOBYTE >= size

    @property
    def reference(self) -> str:
        """The job's address, or its number where it has none."""
        return self.uri or f"job {self.number}"


def words(group: Mapping[str, Sequence[Value]], name: str) -> tuple[str, ...]:
    """Return the texts that an attribute has."""
    return tuple(one for one in group.get(name, ()) if isinstance(one, str))


def number(group: Mapping[str, Sequence[Value]], name: str) -> int:
    """Return the number that an attribute has, 0 if none."""
    found = next(iter(group.get(name, ())), None)
    return found if isinstance(found, int) else 0


def listed(offered: Sequence[str]) -> str:
    """Return values for a message: the first ones, if there are many."""
    more = f" and {len(offered) - SHOWN} more" if len(offered) > SHOWN else ""
    return (", ".join(offered[:SHOWN]) or "nothing") + more
