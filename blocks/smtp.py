"""Mail servers: one document as the attachment of one mail, or of several (RFC 5321).

SMTP cannot be asked afterwards. So `stage` builds and checks the whole mail and sends nothing,
`publish` sends it to all addresses or to none, and a connection that breaks once the mail is on
its way leaves a delivery without proof, for which the Message-ID, the same on every attempt, lets
the recipient's side look. Mails are built in memory, which `size_limit_bytes` bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from blocks import icons
from blocks.endpoint import Can, Finding, Parcel, Receipt, Staged, Trace
from blocks.limits import ended_in_time
from blocks.mail import (
    Enclosure,
    Mail,
    Post,
    check_document,
    compose,
    message_id_of,
    parsed_address,
    read_document,
    too_large,
)
from blocks.mail_account import Login, Security
from blocks.mail_size import TooLarge, enclosures
from blocks.sending import SendingConnection
from blocks.smtp_session import Session
from blocks.smtp_settings import SmtpSettings
from transforms.errors import DeliveryUnconfirmed, EndpointError

__all__ = ["Login", "Security", "SmtpConnection", "SmtpServer"]


class SmtpServer(SmtpSettings):
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

    @contextmanager
    def connect(self) -> Iterator[SmtpConnection]:
        """Open a session: connect, encrypt, log in.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            NotSupported: the server offers no STARTTLS or no login.
            DefinitionWrong: a certificate or key in the block is none.
        """
        with SmtpConnection(self) as connection:
            connection.check()
            yield connection


class SmtpConnection(SendingConnection):
    """One session with a mail server, opened again when the server has closed it meanwhile."""

    def __init__(self, server: SmtpServer) -> None:
        """Prepare the session; the first use opens it."""
        super().__init__(server.label)
        self._server = server
        sender = parsed_address(server.sender_address, server.label, server.sender_name)
        self._post = Post(sender, server.label, server.protection())
        self._session = Session(server, sender.addr_spec)

    def check(self) -> None:
        """Open the session if there is none, and see whether the server answers.

        Raises:
            EndpointError: it does not.
        """
        with ended_in_time(self._server, "", self._session.cut):
            self._session.check()

    def stage(self, parcel: Parcel) -> Staged:
        """Build the mails and check all that can be checked without sending them.

        Raises:
            NotSupported: no addresses are given, or one has no certificate to encrypt for.
            DocumentRefused: the document is too large for the server.
            NameNotAllowed: name, address or subject would inject a header.
            StoreDamaged: the file is not the one that the fingerprint was taken of.
        """
        for _ in self._mails(parcel):
            pass
        letter = parcel.letter
        location = ", ".join((*letter.to, *letter.cc, *letter.bcc)) if letter else ""
        return Staged(location, "", parcel.fingerprint.size, parcel.fingerprint.sha256)

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Send the mail to all addresses, or to none.

        Raises:
            AccessRefused: an address or the mail is refused for good; nothing was sent.
            Unreachable, SpaceExhausted: it is not taken now; nothing was sent.
            DeliveryUnconfirmed: the connection broke after the document was on its way, or
                some of its parts were taken and others were not.
        """
        answers: list[str] = []
        sent: list[str] = []
        link = ""
        with ended_in_time(self._server, staged.location, self._session.cut):
            for mail, enclosure in self._mails(parcel):
                try:
                    answers.append(self._session.send(mail))
                except EndpointError as error:
                    if not sent:
                        raise
                    raise self._incomplete(mail, enclosure, staged, error) from error
                sent.append(mail.message_id)
                link = enclosure.link
        proof = "; ".join(answers)
        return Receipt(
            staged.location,
            f"without the document, but with the link {link}: {proof}" if link else proof,
            sent[0] if len(sent) == 1 else f"{sent[0]} to {sent[-1]}",
        )

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Say what is known: a mail server cannot be asked."""
        if staged is None:
            return Trace.ABSENT, "no mail was built, so none was sent"
        wanted = message_id_of(parcel, self._post.sender)
        if self._server.beyond is TooLarge.SPLIT:
            wanted += f", or others that begin with <{parcel.key},"
        return (
            Trace.UNKNOWN,
            (
                f"a mail server cannot be asked; search for Message-ID {wanted} in the mailbox of "
                f"{staged.location} or in the log of {self._server.host}"
            ),
        )

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """Say what the server offers and which certificates are good; sends no mail."""
        del directory, write
        announced = self._session.announced
        size = f"{announced:,} bytes" if announced else "none told"
        taken = f"takes mails of {self._server.sender_address}; size limit: {size}"
        yield Finding("mail", taken)
        yield from self._post.protection.findings(self._server.label)

    def is_alive(self) -> bool:
        """Tell whether the server answers; a session it has ended is opened again."""
        try:
            self.check()
        except EndpointError:
            return False
        return True

    def close(self) -> None:
        """Say goodbye; never raises."""
        self._session.close()

    def _mails(self, parcel: Parcel) -> Iterator[tuple[Mail, Enclosure]]:
        """Build the mails of a delivery, each when its turn comes."""
        rule = self._server.size_rule(self._session.announced)
        chosen = enclosures(parcel, self._post, rule)
        check_document(parcel)
        for enclosure in chosen:
            mail = compose(parcel, self._post, enclosure, read_document(parcel, enclosure))
            if len(mail.content) > rule.limit:
                raise too_large(len(mail.content), rule.limit, self._server.label)
            yield mail, enclosure

    def _incomplete(
        self, mail: Mail, enclosure: Enclosure, staged: Staged, error: EndpointError
    ) -> DeliveryUnconfirmed:
        """Return the error for parts that were taken, while others were not."""
        number, total = enclosure.number, enclosure.total
        return DeliveryUnconfirmed(
            f"Of {total} mails with the parts of the document {number - 1} were taken, then: "
            f"{error.what}",
            where=f"{self._server.label}: {staged.location}",
            remedy=f"{error.remedy}; all parts are then sent again under the same Message-IDs, such as "
            f"{mail.message_id}",
        )
