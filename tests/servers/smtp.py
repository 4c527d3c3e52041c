"""A mail server in pure Python (aiosmtpd) with TLS and all logins, served from a thread."""

# ruff: noqa: ARG002 - aiosmtpd hands its handlers more than they need

from __future__ import annotations

import asyncio
import base64
import hmac
import mailbox
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificates
from tests.servers.daemons import free_port

ACCEPTED = "250 2.0.0 Ok: queued"
MECHANISMS = frozenset({"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"})
CHALLENGE = b"<1896.697170952@postoffice.example>"


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
        answers: what the next mails are answered with instead, in order.
        hangs: whether a whole mail is taken and never answered.
        sessions: how many connections were made.
        logins: mechanism of each attempt to log in, in order.
        valid: tokens that are taken.
    """

    port: int
    user: str
    password: str
    maildir: mailbox.Maildir | None = None
    mails: list[ReceivedMail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answer: str = ACCEPTED
    answers: list[str] = field(default_factory=list)
    hangs: bool = False
    sessions: int = 0
    logins: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

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
        answer = self.answers.pop(0) if self.answers else self.answer
        if not answer or answer.startswith("250"):
            self._keep(envelope)
        if self.hangs:
            await asyncio.Event().wait()
        if not answer and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return answer or ACCEPTED

    async def handle_AUTH(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, args: list[str]
    ) -> object:
        """Note how a client logs in."""
        self.logins.append(args[0])
        return MISSING

    async def auth_CRAM__MD5(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        """Let in who knows the password, without hearing it."""
        said = await server.challenge_auth(CHALLENGE)
        known = hmac.digest(self.password.encode(), CHALLENGE, "md5").hex()
        return AuthResult(success=said == f"{self.user} {known}".encode(), handled=False)

    async def auth_XOAUTH2(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        """Let in who has a token."""
        known = {f"user={self.user}\1auth=Bearer {one}\1\1".encode() for one in self.valid}
        return await self._by_token(server, args[1], known)

    async def auth_OAUTHBEARER(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        """Let in who has a token."""
        start = f"n,a={self.user},\1host=127.0.0.1\1port={self.port}\1auth=Bearer "
        known = {f"{start}{one}\1\1".encode() for one in self.valid}
        return await self._by_token(server, args[1], known)

    async def _by_token(self, server: SMTP, said: str, known: set[bytes]) -> AuthResult:
        if base64.b64decode(said) in known:
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        return AuthResult(success=False, handled=False)

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
    mechanisms: Collection[str] = MECHANISMS,
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
        mechanisms: ways to log in that are offered.
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
        auth_exclude_mechanism=MECHANISMS - set(mechanisms),
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
