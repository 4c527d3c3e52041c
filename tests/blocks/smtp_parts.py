"""What the suites of mail servers share: the block, a parcel, how to read what arrived."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from blocks.endpoint import Letter, Parcel, Receipt
from blocks.smtp import SmtpServer
from tests.servers.smtp import ReceivedMail, RunningSmtp
from transforms.document import fingerprint_of

KEY = "0123456789abcdef0123456789abcdef"
MESSAGE_ID = f"<{KEY}@rechenzentrum.example>"
SENDER = "govmanager@rechenzentrum.example"
LETTER = Letter(
    to=("bauamt@gemeinde.example", "post@gemeinde.example"),
    subject="NOLIS an MAIL: Müllgebühr für Straße",
    text="Im Anhang: Antrag für Müllgebühren.\n.\nEnde\n",
)


def block(server: RunningSmtp, **fields: Any) -> SmtpServer:
    """Return the block for a server, with these fields changed."""
    chosen: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "sender_address": SENDER,
        "sender_name": "Rechenzentrum Süd",
        "connect_seconds": 10,
        "idle_seconds": 10,
    }
    return SmtpServer(**chosen | fields)


def parcel_of(
    directory: Path, content: bytes, name: str = "antrag.xml", letter: Letter = LETTER
) -> Parcel:
    """Return a document on its way."""
    path = directory / "outbound"
    path.write_bytes(content)
    return Parcel(KEY, path, fingerprint_of(path), name, letter=letter)


def send(endpoint: SmtpServer, parcel: Parcel) -> Receipt:
    """Deliver it."""
    with endpoint.connect() as connection:
        return connection.publish(parcel, connection.stage(parcel))


def read(mail: ReceivedMail) -> EmailMessage:
    """Return a mail that arrived."""
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def attachment(mail: ReceivedMail) -> tuple[str | None, bytes]:
    """Return name and content of the only attachment."""
    (part,) = read(mail).iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename(), content
