"""A mail server in pure Python (aiosmtpd) with STARTTLS or TLS and login, served from a thread."""

# ruff: noqa: ARG002 - aiosmtpd hands its handlers more than they need

from __future__ import annotations

import asyncio
import mailbox
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificates
from tests.servers.daemons import free_port

ACCEPTED = "250 2.0.0 Ok: queued"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it came: envelope sender, envelope recipients, bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class RunningSmtp:
    """A mail server that answers, and how it is to behave.

    Attributes:
        port: port on 127.0.0.1.
        user: account name; "" asks for no login.
        password: its password.
        maildir: where mails are kept too, for mail programs and other processes.
        mails: what was taken, in order.
        refused: recipients that are refused, each with the answer it gets.
        answer: what a whole mail is answered with; "" hangs up instead. A mail counts as taken
            if the answer begins with 250, or if there is none.
        sessions: how many connections were made.
    """

    port: int
    user: str
    password: str
    maildir: mailbox.Maildir | None = None
    mails: list[ReceivedMail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answer: str = ACCEPTED
    sessions: int = 0

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Count a connection; with STARTTLS each says EHLO twice, once in clear text."""
        self.sessions += session.ssl is None
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail and answer, or hang up without a word."""
        if not self.answer or self.answer.startswith("250"):
            self._keep(envelope)
        if not self.answer and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return self.answer or ACCEPTED

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Compare user and password."""
        known = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=data == known, handled=False)

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        self.mails.append(ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if self.maildir is not None:
            self.maildir.add(content)


@contextmanager
def smtp_server(
    *,
    port: int | None = None,
    certificates: Certificates | None = None,
    tls: bool = False,
    user: str = "hub",
    password: str = "hub-password",
    size_limit: int = 33_554_432,
    maildir: Path | None = None,
) -> Iterator[RunningSmtp]:
    """Take mails until the context ends.

    Args:
        port: port on 127.0.0.1; None takes a free one.
        certificates: offer and demand STARTTLS with them, or TLS from the start.
        tls: TLS from the start.
        user: the only account, which must log in; "" lets everybody send.
        password: its password.
        size_limit: bytes of a mail, announced as SIZE.
        maildir: also keep the mails in this Maildir.
    """
    kept = mailbox.Maildir(maildir, create=True) if maildir else None
    running = RunningSmtp(port or free_port(), user, password, kept)
    context = _server_context(certificates) if certificates else None
    controller = Controller(
        running,
        hostname="127.0.0.1",
        port=running.port,
        ssl_context=context if tls else None,
        tls_context=None if tls else context,
        require_starttls=bool(context) and not tls,
        authenticator=running.authenticate,
        auth_required=bool(user),
        auth_require_tls=bool(context) and not tls,
        data_size_limit=size_limit,
        decode_data=False,
    )
    controller.start()
    try:
        yield running
    finally:
        controller.stop()


def _server_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context
