"""One session with a mail server (RFC 5321, 3207): encrypted, logged in, and what it said.

Whether a mail was taken hangs on its last line, a single dot. A server that has not read it must
not deliver (RFC 5321, section 4.1.1.4), so all that goes wrong before is a failure without
consequence; all that goes wrong from there on, without an answer, is a delivery without proof.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from blocks.limits import limited
from blocks.mail import Mail
from blocks.mail_account import Security
from blocks.smtp_errors import lost, readable, refusal
from blocks.smtp_login import log_in
from blocks.smtp_settings import SmtpSettings
from blocks.tls import trusting
from transforms.errors import (
    DeliveryUnconfirmed,
    EndpointError,
    NotSupported,
    Unreachable,
)

READY, OK, GO_AHEAD = 220, 250, 354
ACCEPTED = {250, 251}
REFUSALS = range(400, 600)
"""Negative answers (RFC 5321, section 4.2.1)."""
PERMANENT = 500
PIECE = 1 << 16
LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
GOODBYE_SECONDS = 2.0


class Session:
    """A session that is opened when it is needed, and again if the server has ended it.

    Args:
        settings: the block.
        sender: envelope address of the sender, in ASCII.
    """

    def __init__(self, settings: SmtpSettings, sender: str) -> None:
        """Prepare; nothing is sent yet."""
        self._settings = settings
        self._sender = sender
        self._where = f"{settings.label}: {settings.host}:{settings.port}"
        self._smtp: smtplib.SMTP | None = None
        self._is_cut = False

    @property
    def announced(self) -> int:
        """Bytes of the largest mail that the server takes (RFC 1870); 0 if it tells none.

        Raises:
            EndpointError: as `check`.
        """
        said = self._offered().get("size", "")
        return int(said) if said.isdecimal() else 0

    def check(self) -> None:
        """Open the session if there is none, and see whether the server answers.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            NotSupported: the server offers no STARTTLS or no such login.
        """
        self._offered()

    def send(self, mail: Mail) -> str:
        """Send a mail to all its recipients or to none.

        Returns:
            The server's answer.

        Raises:
            AccessRefused, DocumentRefused, NotSupported: refused for good; nothing was taken.
            Unreachable, SpaceExhausted: it is not taken now; nothing was taken.
            DeliveryUnconfirmed: the connection broke after the last line was on its way.
        """
        with self._translated():
            smtp = self._live()
            self._announce(mail, smtp)
            self._bring(mail, smtp)
        return self._accepted(mail, smtp)

    def cut(self) -> None:
        """End the session for good; for another thread than the one that waits for the server."""
        self._is_cut = True
        if self._smtp is not None and self._smtp.sock is not None:
            # Of the plain socket: a TLS socket's own would take apart what the other one reads.
            with suppress(OSError):
                socket.socket.shutdown(self._smtp.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye; never raises."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(GOODBYE_SECONDS)
                self._smtp.quit()
        self._drop()

    # -- opening ---------------------------------------------------------------------------

    def _offered(self) -> dict[str, str]:
        with self._translated():
            return self._live().esmtp_features

    def _live(self) -> smtplib.SMTP:
        """Return a session that answers: servers end one that was idle or sent enough mails."""
        if self._smtp is not None and not self._answers(self._smtp):
            self._drop()
        if self._smtp is None:
            self._open()
        return self._opened

    @property
    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise lost(ConnectionError(), where=self._where)
        return self._smtp

    def _answers(self, smtp: smtplib.SMTP) -> bool:
        try:
            return smtp.noop()[0] == OK
        except (smtplib.SMTPException, OSError):
            return False

    def _open(self) -> None:
        """Connect, encrypt, log in; smtplib's own way cannot be broken off by another thread."""
        if self._is_cut:
            raise ConnectionAbortedError
        settings = self._settings
        context = trusting(settings.ca_certificate, where=settings.label)
        # The sender's domain as our name: asking DNS for it may hang beyond every limit.
        smtp = smtplib.SMTP(local_hostname=self._sender.rpartition("@")[2])
        self._smtp = smtp
        with ExitStack() as undo:
            # A session that is not logged in must not be taken for one that is.
            undo.callback(self._drop)
            self._set_up(smtp, context)
            undo.pop_all()

    def _set_up(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        settings = self._settings
        smtp.sock = socket.create_connection(
            (settings.host, settings.port), settings.connect_seconds
        )
        if settings.security is Security.TLS:
            self._encrypt(smtp, context)
        code, said = smtp.getreply()
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)
        smtp.ehlo_or_helo_if_needed()
        if settings.security is Security.STARTTLS:
            self._start_tls(smtp, context)
        log_in(smtp, settings)
        if smtp.sock is not None:
            smtp.sock.settimeout(settings.idle_seconds)

    def _start_tls(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """Turn encryption on; without it nothing is sent."""
        code = smtp.docmd("STARTTLS")[0] if smtp.has_extn("starttls") else PERMANENT
        if code >= PERMANENT:
            raise NotSupported(
                "The mail server offers no STARTTLS, so nothing was sent",
                where=self._where,
                remedy="Correct 'Security' or 'Port' in the block, or have STARTTLS turned on there",
            )
        if code != READY:
            raise smtplib.SMTPConnectError(code, b"STARTTLS")
        self._encrypt(smtp, context)
        # What the server said readable does not count any more (RFC 3207, section 4.2).
        smtp.ehlo_resp = smtp.helo_resp = None
        smtp.esmtp_features = {}
        smtp.does_esmtp = False
        smtp.ehlo_or_helo_if_needed()

    def _encrypt(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        if smtp.sock is not None:
            encrypted = context.wrap_socket(
                smtp.sock, server_hostname=self._settings.host, do_handshake_on_connect=False
            )
            # Known before it waits, so that the handshake can be broken off too.
            smtp.sock = encrypted
            encrypted.do_handshake()
        # With what an attacker may have sent ahead of the handshake.
        smtp.file = None

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    # -- one mail --------------------------------------------------------------------------

    def _announce(self, mail: Mail, smtp: smtplib.SMTP) -> None:
        """Give sender and all recipients; one refused recipient ends it before anything is sent."""
        options = [f"size={len(mail.content)}"] if smtp.has_extn("size") else []
        code, said = smtp.mail(self._sender, options)
        if code != OK:
            self._reset(smtp)
            raise self._refusal(code, said, f"mails of {self._sender}")
        answers = {address: smtp.rcpt(address) for address in mail.recipients}
        refused = {to: given for to, given in answers.items() if given[0] not in ACCEPTED}
        if refused:
            self._reset(smtp)
            # The worst answer decides: who is refused for good keeps the mail from all.
            whom, (code, said) = max(refused.items(), key=lambda one: one[1][0])
            del refused[whom]
            others = (f"; {to}: {code} {readable(said)}" for to, (code, said) in refused.items())
            raise self._refusal(code, said + "".join(others).encode(), f"the recipient {whom}")

    def _bring(self, mail: Mail, smtp: smtplib.SMTP) -> None:
        """Send all of the mail but the line that ends it."""
        code, said = smtp.docmd("DATA")
        if code != GO_AHEAD:
            self._reset(smtp)
            raise self._refusal(code, said, "the mail")
        content = LINE_WITH_DOT.sub(b"..", mail.content)
        try:
            for piece in limited(_pieces(content), self._settings, ", ".join(mail.recipients)):
                smtp.send(piece)
        except Unreachable:
            # Any further command would become part of the mail.
            self._drop()
            raise

    def _accepted(self, mail: Mail, smtp: smtplib.SMTP) -> str:
        """End the mail and return what the server says to it."""
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._settings.acceptance_seconds)
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(self._settings.idle_seconds)
        except (smtplib.SMTPException, OSError) as error:
            raise self._unconfirmed(mail) from error
        if code == OK:
            return f"{code} {readable(said)}"
        if code in REFUSALS:
            raise self._refusal(code, said, "the mail")
        raise self._unconfirmed(mail)

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    # -- errors ----------------------------------------------------------------------------

    def _refusal(self, code: int, said: bytes, what: str) -> EndpointError:
        return refusal(code, said, what, where=self._settings.label)

    def _unconfirmed(self, mail: Mail) -> DeliveryUnconfirmed:
        self._drop()
        return DeliveryUnconfirmed(
            "The connection was lost after the mail was on its way, without an answer",
            where=f"{self._settings.label}: {', '.join(mail.recipients)}",
            remedy=f"Look for Message-ID {mail.message_id} at the recipient before it is resent",
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise lost(error, where=self._where) from error


def _pieces(content: bytes) -> Iterator[bytes]:
    """Cut a mail, for the time limits count for each piece that is sent."""
    return (content[start : start + PIECE] for start in range(0, len(content), PIECE))
