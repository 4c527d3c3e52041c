"""Printers and queues of print servers: one document as one job (RFC 8010, 8011, 7472).

`stage` sends nothing: it has the printer check the job as it would print it. `publish` sends it by
Print-Job: one request, so that no job is left that waits for its document, as it can be between
Create-Job and Send-Document. The job's name carries the delivery's key, by which `trace` finds it
again. Two things are not believed: that a job never came, unless the printer still lists the job
that was its latest before, for printers forget; and that a job is whole, unless the printer tells
its size, for printers call a job completed whose document broke off with the connection.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import httpx
from pydantic import Field, SecretStr, field_validator, model_validator

from blocks import icons
from blocks.endpoint import Can, Endpoint, Finding, Parcel, Receipt, Staged, Trace
from blocks.ipp import Answer, Attribute, Operation, Tag
from blocks.ipp_client import IppClient, http_address
from blocks.ipp_job import (
    ENDED,
    FAILED,
    JOB_ATTRIBUTES,
    PRINTER_ATTRIBUTES,
    Job,
    Offer,
    listed,
)
from blocks.ipp_ticket import DocumentFormat, Sides, Ticket, media_size, mime_type
from blocks.sending import SendingConnection
from blocks.tls import greeted, trusting
from transforms.document import fingerprint_of
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    StoreDamaged,
)
from transforms.names import safe_name

PIECE = 1 << 16
LONGEST_NAME = 127
"""Bytes of a job's name: 255 are allowed, but no printer may cut the key off its end."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
"""Seconds between two looks at a job."""


class Printer(Endpoint):
    """A printer, or a queue of a print server, that speaks IPP.

    Example:
        ```python
        from blocks.printer import Printer, Sides

        Printer(
            uri="ipps://drucker.gemeinde.example/ipp/print",
            sides=Sides.TWO_SIDED_LONG_EDGE,
        ).save("poststelle")
        ```
    """

    _block_type_name = "Printer (IPP)"
    _block_type_slug = "ipp-printer"
    _logo_url = icons.MAIL
    _description = "Prints documents on IPP printers and CUPS queues, and follows the jobs."

    can: ClassVar[frozenset[Can]] = frozenset({Can.DELIVER})

    uri: str = Field(
        title="Address",
        description="ipps:// or https:// encrypts; ipp:// and http:// do not, and documents and "
        "password travel readable.",
        examples=[
            "ipps://drucker.gemeinde.example/ipp/print",
            "https://druckserver.example:631/printers/poststelle",
        ],
    )
    user: str = Field(
        default="", title="User", description="Account at the printer; empty: no login."
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="The account's password."
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the printer's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )
    copies: int = Field(
        default=1, ge=1, le=999, title="Copies", description="How often each document is printed."
    )
    sides: Sides = Field(
        default=Sides.PRINTER_DEFAULT,
        title="Sides",
        description="Sides of the sheets; two-sided pages are turned over their long or short edge.",
    )
    tray: str = Field(
        default="",
        title="Tray",
        description="Tray the sheets come from; check-access lists those of the printer. "
        "Empty: the printer's default.",
        examples=["tray-2", "by-pass-tray"],
    )
    media: str = Field(
        default="",
        title="Media",
        description="Name of the paper size; empty: the printer's default.",
        examples=["iso_a4_210x297mm"],
    )
    document_format: DocumentFormat = Field(
        default=DocumentFormat.AUTOMATIC,
        title="Document format",
        description="AUTOMATIC goes by the file name (pdf, ps, txt, jpg, pwg) and else lets the "
        "printer decide, as PRINTER_DECIDES always does.",
    )
    follow_seconds: float = Field(
        default=60,
        ge=0,
        le=3600,
        title="Follow the job for (s)",
        description="Seconds to wait until the job has been printed. After that the receipt says "
        "how far it got; 0 is content with the printer's acceptance.",
    )

    @field_validator("uri")
    @classmethod
    def _plain_address(cls, uri: str) -> str:
        try:
            http_address(uri)
        except (httpx.InvalidURL, KeyError) as error:
            message = "write an address such as ipp://host/ipp/print"
            raise ValueError(message) from error
        url = httpx.URL(uri)
        if not url.host or url.userinfo or url.query or url.fragment:
            message = "write host and path only; user and password have fields of their own"
            raise ValueError(message)
        return uri

    @model_validator(mode="after")
    def _tray_with_size(self) -> Printer:
        if self.tray and self.media:
            media_size(self.media)
        return self

    @contextmanager
    def connect(self) -> Iterator[PrinterConnection]:
        """Ask the printer what it offers.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: there is no printer or queue under the address.
            NotSupported: what answers is no printer.
        """
        with PrinterConnection(self) as connection:
            connection.offer()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        url = http_address(self.uri)
        return url.host, url.port or (443 if url.scheme == "https" else 80)

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate where the address is encrypted."""
        if http_address(self.uri).scheme == "https":
            context = trusting(self.ca_certificate, where=self.label)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )

    def ticket(self, name: str) -> Ticket:
        """Return what the job of a document of this name asks for."""
        kind = mime_type(self.document_format, name)
        return Ticket(kind, self.copies, self.sides.keyword, self.tray, self.media)


class PrinterConnection(SendingConnection):
    """One printer; each request opens a connection of its own."""

    def __init__(self, printer: Printer) -> None:
        """Prepare; nothing is sent yet."""
        super().__init__(printer.label)
        self._printer = printer
        login = (printer.user, printer.password.get_secret_value()) if printer.user else None
        self._client = IppClient(printer.uri, login, printer.ca_certificate, printer)

    def offer(self) -> Offer:
        """Ask what the printer offers.

        Raises:
            EndpointError: it does not answer, or is none.
        """
        asked = Attribute("requested-attributes", Tag.KEYWORD, PRINTER_ATTRIBUTES)
        answer = self._client.ask(Operation.GET_PRINTER_ATTRIBUTES, [asked])
        return Offer.of(answer.first_of(Tag.PRINTER_GROUP))

    def stage(self, parcel: Parcel) -> Staged:
        """See whether the printer would take the job; sends no document.

        Raises:
            NotSupported: it does not offer what the job asks for; the remedy says what it offers.
            Unreachable: it takes no jobs at present.
            NameNotAllowed: the name has path parts or control characters.
            StoreDamaged: the local file is not the one that was recorded.
        """
        _check_recorded(parcel)
        ticket = self._printer.ticket(parcel.name)
        offer = self.offer()
        offer.check(ticket, self._label)
        if Operation.VALIDATE_JOB in offer.operations:
            self._client.ask(
                Operation.VALIDATE_JOB, _operation_attributes(parcel, ticket), ticket.attributes()
            )
        latest = max(self._jobs(), key=lambda job: job.number, default=None)
        return Staged(
            self._client.uri,
            "",
            parcel.fingerprint.size,
            parcel.fingerprint.sha256,
            based_on=latest.identity if latest else "",
        )

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Print the document, and follow the job until it is done or the time is up.

        Raises:
            AccessRefused: the job was canceled or aborted.
            NotSupported: the printer refuses document or options; nothing was printed.
            Unreachable: it takes no jobs at present; nothing was printed.
            DeliveryUnconfirmed: the connection broke after the document was on its way.
        """
        _check_recorded(parcel)
        ticket = self._printer.ticket(parcel.name)
        try:
            answer = self._client.ask(
                Operation.PRINT_JOB,
                _operation_attributes(parcel, ticket),
                ticket.attributes(),
                _pieces(parcel.path),
                parcel.fingerprint.size,
            )
        except DeliveryUnconfirmed as error:
            raise self._unconfirmed(error.what, parcel) from error
        job = _one_job(answer)
        if job is None:
            what = "The printer accepted the document without naming its job"
            raise self._unconfirmed(what, parcel)
        job, lost = self._followed(job)
        if job.state in FAILED:
            raise self._failed(job, parcel)
        return Receipt(staged.location, f"accepted as a whole, {job}{lost}", job.reference)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Look for the job by the key in its name."""
        if staged is None:
            return Trace.ABSENT, "the job was not checked yet, so none was sent"
        jobs = self._jobs()
        found = [job for job in jobs if parcel.key in (job.name or "")]
        if not found:
            return self._not_listed(parcel, staged, jobs)
        if all(one.state in FAILED and not one.begun for one in found):
            return Trace.ABSENT, f"{found[-1]}, and the printer never began with it"
        told = ", ".join(f"{one}, {one.kilobytes or '?'} KiB, {one.reference}" for one in found)
        if any(one.state not in FAILED and one.has_all(parcel.fingerprint.size) for one in found):
            return Trace.PUBLISHED, f"the printer lists it: {told}"
        evidence = (
            f"the printer lists it, but does not prove that all of it came and was printed: {told}; "
            f"compare with the document, {parcel.fingerprint.size} bytes, what lies at the printer"
        )
        return Trace.UNKNOWN, evidence

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """Say what the printer offers, and have it check a job; prints nothing."""
        del directory, write
        offer = self.offer()
        yield Finding("printer", f"{offer.model}, {offer.state}")
        yield Finding("formats", listed(offer.formats))
        yield Finding("trays", listed(offer.trays))
        yield Finding("media", listed(offer.media))
        ticket = self._printer.ticket("")
        if self._printer.document_format is DocumentFormat.AUTOMATIC:
            ticket = replace(ticket, document_format=next(iter(offer.formats), ""))
        offer.check(ticket, self._label)
        yield Finding("options", f"offered: {ticket}")

    def close(self) -> None:
        """Nothing is open."""

    def _jobs(self) -> list[Job]:
        """Return all jobs the printer shows; those at work first, so that none slips through."""
        asked = Attribute("requested-attributes", Tag.KEYWORD, JOB_ATTRIBUTES)
        jobs: dict[int, Job] = {}
        for which in ("not-completed", "completed"):
            answer = self._client.ask(
                Operation.GET_JOBS, [asked, Attribute("which-jobs", Tag.KEYWORD, [which])]
            )
            jobs |= {(job := Job.of(one)).number: job for one in answer.all_of(Tag.JOB_GROUP)}
        return list(jobs.values())

    def _not_listed(self, parcel: Parcel, staged: Staged, jobs: Sequence[Job]) -> tuple[Trace, str]:
        latest = next((job for job in jobs if job.identity == staged.based_on), None)
        if latest and all(job.name is not None for job in jobs if job.number > latest.number):
            return (
                Trace.ABSENT,
                f"the printer lists its jobs from number {latest.number} on, and this is not there",
            )
        evidence = (
            f"the printer lists no job with [{parcel.key}] in its name, but printers forget jobs; "
            f"look into the log and the output tray of {self._client.uri}"
        )
        return Trace.UNKNOWN, evidence

    def _followed(self, job: Job) -> tuple[Job, str]:
        """Return the job as it was seen last, and in words why no more was seen of it."""
        until = time.monotonic() + self._printer.follow_seconds
        wait = FIRST_WAIT
        lost = ""
        while job.state not in ENDED and time.monotonic() + wait < until:
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            try:
                job, lost = self._seen_again(job), ""
            except DirectoryMissing:
                return job, "; the printer has ended and forgotten it since"
            except EndpointError as error:
                # It has the document. Nothing that happens now makes that untrue.
                lost = f"; then no more was seen of it: {error.what}"
        return job, lost

    def _seen_again(self, job: Job) -> Job:
        answer = self._client.ask(
            Operation.GET_JOB_ATTRIBUTES,
            [
                Attribute("job-id", Tag.INTEGER, [job.number]),
                Attribute("requested-attributes", Tag.KEYWORD, JOB_ATTRIBUTES),
            ],
        )
        return _one_job(answer) or job

    def _failed(self, job: Job, parcel: Parcel) -> EndpointError:
        return AccessRefused(
            f"The printer did not print {parcel.name}: {job}",
            where=f"{self._label}: {job.reference}",
            remedy="See whether sheets of it were printed, mend what the reasons say, and send it "
            "again",
        )

    def _unconfirmed(self, what: str, parcel: Parcel) -> DeliveryUnconfirmed:
        return DeliveryUnconfirmed(
            what,
            where=f"{self._label}: {self._client.uri}",
            remedy=f"Look for [{parcel.key}] in the printer's job list before it is sent again",
        )


def _one_job(answer: Answer) -> Job | None:
    job = Job.of(answer.first_of(Tag.JOB_GROUP))
    return job if job.number else None


def _operation_attributes(parcel: Parcel, ticket: Ticket) -> Sequence[Attribute]:
    """Return name and format; an option that the printer cannot honour refuses the job."""
    return (
        Attribute("job-name", Tag.NAME, [_job_name(parcel)]),
        Attribute("ipp-attribute-fidelity", Tag.BOOLEAN, [True]),
        Attribute("document-format", Tag.MIME_TYPE, [ticket.document_format]),
    )


def _job_name(parcel: Parcel) -> str:
    key = f" [{parcel.key}]"
    name = safe_name(parcel.name).encode()[: LONGEST_NAME - len(key)]
    return name.decode(errors="ignore") + key


def _check_recorded(parcel: Parcel) -> None:
    if fingerprint_of(parcel.path) != parcel.fingerprint:
        raise StoreDamaged(
            "The local file is not the one that was recorded",
            where=str(parcel.path),
            remedy="Look who changes files in the execution folder",
        )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
