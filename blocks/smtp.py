"""Mail servers: one document as the attachment of one mail (RFC 5321, 3207, 4954).

SMTP cannot be asked afterwards. So `stage` builds and checks the whole mail and sends nothing,
`publish` sends it to all addresses or to none, and a connection that breaks once the mail is on
its way leaves a delivery without proof, for which the Message-ID, the same on every attempt, lets
the recipient's side look. Mails are built in memory, which `size_limit_bytes` bounds.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from blocks import icons
from blocks.endpoint import (
    Can,
    Endpoint,
    Finding,
    Parcel,
    Receipt,
    Staged,
    Trace,
)
from blocks.limits import limited
from blocks.mail import Mail, compose, message_id_of, parsed_address
from blocks.sending import SendingConnection
from blocks.smime import Sealer
from blocks.tls import certificate_refusal, greeted, trusting
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    EndpointError,
    HubError,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

OK = 250
ACCEPTED = {250, 251}
GO_AHEAD = 354
FULL = {452, 552}
TEMPORARY, PERMANENT, BEYOND = 400, 500, 600
"""Classes of refusals (RFC 5321, section 4.2.1)."""
PIECE = 1 << 16
LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "NONE"


class SmtpServer(Endpoint):
    """A mail server that takes mails for offices and their case workers.

    Example:
        ```python
        from blocks.smtp import SmtpServer

        SmtpServer(
            host="mail.example",
            user="govmanager",
            password="…",
            sender_address="govmanager@rechenzentrum.example",
        ).save("mail")
        ```
    """

    _block_type_name = "Mail server (SMTP)"
    _block_type_slug = "smtp-server"
    _logo_url = icons.MAIL
    _description = "Delivers documents as attachments of mails."

    can: ClassVar[frozenset[Can]] = frozenset({Can.DELIVER, Can.MAIL})

    host: str = Field(
        title="Host", description="Name of the mail server.", examples=["mail.example"]
    )
    port: int = Field(
        default=587,
        ge=1,
        le=65535,
        title="Port",
        description="587 for STARTTLS, 465 for TLS, 25 between mail servers.",
    )
    security: Security = Field(
        default=Security.STARTTLS,
        title="Security",
        description="STARTTLS turns encryption on after connecting, TLS encrypts from the start; "
        "with NONE mails and password travel readable.",
    )
    user: str = Field(
        default="", title="User", description="Account at the server; empty: no login."
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="The account's password."
    )
    sender_address: str = Field(
        title="Sender address",
        description="Address the mails come from; answers and failure notices go there.",
        examples=["govmanager@rechenzentrum.example"],
    )
    sender_name: str = Field(
        default="GovManager",
        title="Sender name",
        description="Name that mail programs show for the sender.",
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the server's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )
    size_limit_bytes: int = Field(
        default=25_000_000,
        ge=10_000,
        le=150_000_000,
        title="Size limit (bytes)",
        description="Largest whole mail, a third larger than its attachment; a smaller limit "
        "that the server announces counts too.",
    )

    large_documents_link: str = Field(
        default="",
        pattern=r"^$|^(https?|file|smb|ftps?)://",
        title="Link for large documents",
        description="A document that is too large to be attached stays out of the mail, which says "
        "where it lies: an address with `{name}`, to which another recipient of the transfer "
        "delivers it. Empty refuses such documents.",
        examples=["https://files.example/bauamt/{name}"],
    )
    encryption_certificates: str = Field(
        default="",
        title="Encryption certificates",
        description="PEM of the recipients' certificates (S/MIME, RSA), one below the other: mails "
        "are encrypted, and a recipient without a valid certificate gets none. Sender, subject "
        "and date stay readable. Empty: mails are not encrypted.",
        json_schema_extra={"format": "textarea"},
    )

    @field_validator("sender_address")
    @classmethod
    def _one_address(cls, address: str) -> str:
        try:
            return parsed_address(address, "sender address").addr_spec
        except HubError as error:
            raise ValueError(error.what) from error

    @field_validator("sender_name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if not name.isprintable():
            message = "the sender name must be one line without control characters"
            raise ValueError(message)
        return name

    @contextmanager
    def connect(self) -> Iterator[SmtpConnection]:
        """Open a session: connect, encrypt, log in.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            NotSupported: the server offers no STARTTLS or no login.
        """
        with SmtpConnection(self) as connection:
            connection.check()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate where TLS comes first."""
        if self.security is Security.TLS:
            context = trusting(self.ca_certificate, where=self.label)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )


class SmtpConnection(SendingConnection):
    """One session with a mail server, opened again when the server has closed it meanwhile."""

    def __init__(self, server: SmtpServer) -> None:
        """Prepare the session; the first use opens it."""
        super().__init__(server.label)
        self._server = server
        self._sender = parsed_address(server.sender_address, server.label, server.sender_name)
        pem = server.encryption_certificates
        self._sealer = Sealer(pem, server.label) if pem.strip() else None
        self._session: smtplib.SMTP | None = None

    def check(self) -> None:
        """Open the session if there is none, and see whether the server answers.

        Raises:
            EndpointError: it does not.
        """
        with self._translated():
            self._live_session()

    def stage(self, parcel: Parcel) -> Staged:
        """Build the mail and check all that can be checked without sending it.

        Raises:
            NotSupported: no addresses are given.
            DocumentRefused: the mail is too large for the server.
            NameNotAllowed: name, address or subject would inject a header.
        """
        with self._translated():
            session = self._live_session()
        self._composed(parcel, session)
        letter = parcel.letter
        location = ", ".join(letter.to) if letter else ""
        return Staged(location, "", parcel.fingerprint.size, parcel.fingerprint.sha256)

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Send the mail to all addresses, or to none.

        Raises:
            AccessRefused: an address or the mail is refused for good; nothing was sent.
            Unreachable, SpaceExhausted: it is not taken now; nothing was sent.
            DeliveryUnconfirmed: the connection broke after the document was on its way.
        """
        with self._translated():
            session = self._live_session()
        mail = self._composed(parcel, session)
        with self._translated():
            self._announce(mail, session)
            answer = self._transmit(mail, session, staged)
        how = ", with a link in place of the document" if mail.is_linked else ""
        return Receipt(staged.location, answer + how, mail.message_id)

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Say what is known: a mail server cannot be asked."""
        if staged is None:
            return Trace.ABSENT, "no mail was built, so none was sent"
        return (
            Trace.UNKNOWN,
            (
                "a mail server cannot be asked; search for Message-ID "
                f"{message_id_of(parcel, self._sender)} in the mailbox of {staged.location} or "
                f"in the log of {self._server.host}"
            ),
        )

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """Say what the server offers; sends no mail."""
        del directory, write
        with self._translated():
            offered = self._live_session().esmtp_features
        size = offered.get("size", "") or "none told"
        yield Finding("mail", f"takes mails of {self._server.sender_address}; size limit: {size}")

    def close(self) -> None:
        """Say goodbye; never raises."""
        if self._session is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._session.quit()
        self._hang_up()

    def _composed(self, parcel: Parcel, session: smtplib.SMTP) -> Mail:
        server = self._server
        said = session.esmtp_features.get("size", "")
        announced = int(said) if said.isdigit() else 0
        return compose(
            parcel,
            sender=self._sender,
            limit=min(server.size_limit_bytes, announced or server.size_limit_bytes),
            where=server.label,
            link=server.large_documents_link,
            sealer=self._sealer,
        )

    def _live_session(self) -> smtplib.SMTP:
        """Return a session that answers: servers end one that was idle or sent enough mails."""
        if self._session is not None:
            try:
                alive = self._session.noop()[0] == OK
            except (smtplib.SMTPException, OSError):
                alive = False
            if not alive:
                self._hang_up()
        if self._session is None:
            self._session = self._opened()
        return self._session

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        context = trusting(server.ca_certificate, where=server.label)
        # The sender's domain as our name: asking DNS for it may hang beyond every limit.
        name, seconds = self._sender.domain, server.connect_seconds
        session = (
            smtplib.SMTP_SSL(server.host, server.port, name, timeout=seconds, context=context)
            if server.security is Security.TLS
            else smtplib.SMTP(server.host, server.port, name, timeout=seconds)
        )
        try:
            if server.security is Security.STARTTLS:
                session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
            if server.user:
                session.login(server.user, server.password.get_secret_value())
        except (smtplib.SMTPException, OSError):
            session.close()
            raise
        if session.sock is not None:
            session.sock.settimeout(server.idle_seconds)
        return session

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _announce(self, mail: Mail, session: smtplib.SMTP) -> None:
        """Give sender and all recipients; one refused recipient ends it before anything is sent."""
        options = [f"size={len(mail.content)}"] if session.has_extn("size") else []
        code, answer = session.mail(self._sender.addr_spec, options)
        if code != OK:
            self._reset(session)
            raise self._refusal(code, answer, f"the sender {self._sender.addr_spec}")
        answers = {address: session.rcpt(address) for address in mail.recipients}
        refused = {to: given for to, given in answers.items() if given[0] not in ACCEPTED}
        if refused:
            self._reset(session)
            code, answer = max(refused.values())
            raise self._refusal(code, answer, f"the recipient {', '.join(refused)}")

    def _transmit(self, mail: Mail, session: smtplib.SMTP, staged: Staged) -> str:
        """Send the mail and return the server's answer."""
        code, answer = session.docmd("DATA")
        if code != GO_AHEAD:
            self._reset(session)
            raise self._refusal(code, answer, "the mail")
        try:
            content = LINE_WITH_DOT.sub(b"..", mail.content) + b".\r\n"
            for piece in limited(_pieces(content), self._server, staged.location):
                session.send(piece)
            code, answer = session.getreply()
        except (smtplib.SMTPException, OSError, Unreachable) as error:
            raise self._unconfirmed(mail, staged) from error
        if code == OK:
            return f"{code} {_readable(answer)}"
        if TEMPORARY <= code < BEYOND:
            raise self._refusal(code, answer, "the mail")
        raise self._unconfirmed(mail, staged)

    def _reset(self, session: smtplib.SMTP) -> None:
        try:
            session.rset()
        except (smtplib.SMTPException, OSError):
            self._hang_up()

    def _unconfirmed(self, mail: Mail, staged: Staged) -> DeliveryUnconfirmed:
        self._hang_up()
        return DeliveryUnconfirmed(
            "The connection was lost after the mail was on its way, without an answer",
            where=f"{self._server.label}: {staged.location}",
            remedy=f"Look for Message-ID {mail.message_id} at the recipient before it is resent",
        )

    def _refusal(self, code: int, answer: bytes, what: str) -> EndpointError:
        said = f"The mail server does not take {what}: {code} {_readable(answer)}"
        if code in FULL:
            return SpaceExhausted(
                said, where=self._server.label, remedy="Have the mailbox or the queue emptied"
            )
        if code >= PERMANENT:
            return AccessRefused(
                said,
                where=self._server.label,
                remedy="Correct the address, or have the account allowed to send this",
            )
        return Unreachable(said, where=self._server.label, remedy="Try again later")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise self._translation(error) from error

    def _translation(self, error: smtplib.SMTPException | OSError) -> EndpointError:
        where = f"{self._server.label}: {self._server.host}:{self._server.port}"
        refused = certificate_refusal(error)
        if refused:
            return IdentityUnknown(
                f"The mail server's certificate is not trusted: {refused}",
                where=where,
                remedy="Check who answers there, then paste the certificate of its authority "
                "into the block's field 'CA certificate'",
            )
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return NotSupported(
                "The mail server offers no STARTTLS, or no login",
                where=where,
                remedy="Correct 'Security', 'Port' or 'User' in the block",
            )
        if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= PERMANENT:
            return AccessRefused(
                f"The mail server refused the login ({error.smtp_code})",
                where=where,
                remedy="Correct user and password in the block",
            )
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= PERMANENT:
            return AccessRefused(
                f"The mail server refused the session with {error.smtp_code}",
                where=where,
                remedy="Have the hub's address and account allowed there",
            )
        return Unreachable(
            f"The mail server was not reached or the connection was lost ({type(error).__name__})",
            where=where,
            remedy="Check host, port, line and firewall, and whether the server runs",
        )


def _pieces(content: bytes) -> Iterator[bytes]:
    """Cut a mail, for the time limits count for each piece that is sent."""
    return (content[start : start + PIECE] for start in range(0, len(content), PIECE))


def _readable(answer: bytes) -> str:
    """Return a server's answer as one short line."""
    text = answer.decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
