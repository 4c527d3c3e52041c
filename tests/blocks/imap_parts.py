"""What the tests of mailboxes share: another mail program on the account, mails, the block."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY

import pytest
from imapclient import IMAPClient  # type: ignore[import-untyped]

from blocks.endpoint import Connection, RemoteFile
from blocks.imap import ImapMailbox
from tests.servers.dovecot import COLLEAGUE, RunningDovecot
from transforms.document import fingerprint_of
from transforms.errors import Unreachable

SECONDS = 0.4
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20


class Mailbox:
    """The back door: the mail program of a colleague."""

    def __init__(self, server: RunningDovecot) -> None:
        """Log in."""
        self.client = IMAPClient("127.0.0.1", server.port, ssl=False)
        # Else each mail waits for the acknowledgement of the line before it.
        self.client.socket().setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.client.plain_login(COLLEAGUE, server.password)
        self._folders = {"INBOX"}

    def put(self, mail: EmailMessage | bytes, folder: str = "INBOX") -> int:
        """Lay a mail there and return its UID."""
        self.make(folder)
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        answer = self.client.append(folder, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return int(answer.split(b"]")[0].split()[-1])

    def make(self, folder: str) -> None:
        """Make a folder if it is not there."""
        if folder not in self._folders and not self.client.folder_exists(folder):
            self.client.create_folder(folder)
        self._folders.add(folder)

    def flags(self, folder: str = "INBOX") -> dict[int, set[str]]:
        """Return the flags of every mail of a folder, without that of a new one."""
        self.client.select_folder(folder, readonly=True)
        found = self.client.get_flags(self.client.search("ALL"))
        return {
            uid: {flag.decode() for flag in flags} - {"\\Recent"} for uid, flags in found.items()
        }

    def flag(self, uid: int, *flags: str) -> None:
        """Mark a mail of the inbox."""
        self.client.select_folder("INBOX")
        self.client.add_flags([uid], list(flags))

    def remove(self, *uids: int, folder: str = "INBOX") -> None:
        """Delete mails for good."""
        self.client.select_folder(folder)
        self.client.delete_messages(uids)
        self.client.uid_expunge(uids)

    def remove_folder(self, folder: str) -> None:
        """Delete a folder with its mails."""
        self.client.delete_folder(folder)
        self._folders.discard(folder)

    def folders(self) -> list[str]:
        """Return the names of all folders with mails, without the one for trash."""
        return [
            name
            for flags, _, name in self.client.list_folders()
            if name != "Trash" and b"\\Noselect" not in flags
        ]

    def clear(self) -> None:
        """Leave nothing but an empty inbox."""
        self.client.select_folder("INBOX")
        for folder in self.folders():
            if folder != "INBOX":
                self.remove_folder(folder)
        if uids := self.client.search("ALL"):
            self.remove(*uids)

    def close(self) -> None:
        """Log out."""
        self.client.logout()


def mailbox(server: RunningDovecot, *kinds: type[ImapMailbox], **options: object) -> ImapMailbox:
    """Return the block for an account, of another kind if one is given."""
    settings: Mapping[str, object] = {
        "host": "127.0.0.1",
        "port": server.tls_port,
        "user": server.user,
        "password": server.password,
        "ca_certificate": server.certificates.authority_pem,
    }
    (kind,) = kinds or (ImapMailbox,)
    return kind.model_validate({**settings, **options})


def mail_with(*attachments: tuple[str, bytes], subject: str = "Antrag") -> EmailMessage:
    """Return a mail with a text and attachments."""
    mail = EmailMessage()
    mail["Subject"] = subject
    mail.set_content("Guten Tag, anbei die Unterlagen.\n")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def listed(connection: Connection, directory: str = "", **how: bool) -> list[RemoteFile]:
    """Return a listing, in order of paths."""
    recursive = how.get("recursive", False)
    return sorted(connection.list_files(directory, recursive=recursive), key=lambda one: one.path)


def names(connection: Connection, directory: str = "", **how: bool) -> list[str]:
    """Return the names of a listing."""
    return [file.name for file in listed(connection, directory, **how)]


def fetched(connection: Connection, file: RemoteFile, place: Path) -> bytes:
    """Return the bytes of a file."""
    to = place / f"{time.monotonic_ns()}"
    found = connection.fetch(file, to)
    assert found == fingerprint_of(to)
    return to.read_bytes()


def ends_in_time(call: Callable[[], object]) -> None:
    """See a call given up after `SECONDS`; the rest is for a busy machine."""
    began = time.monotonic()
    with pytest.raises(Unreachable):
        call()
    assert time.monotonic() - began < SECONDS + 5
