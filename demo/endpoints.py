"""The demo's endpoints: WebDAV (NOLIS and KomBox), SFTP (GNAP03) and a mailbox, and their blocks."""

from __future__ import annotations

import mailbox
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from blocks import SftpServer, SmtpServer, WebdavServer
from blocks.smtp import Security
from tests.servers.daemons import free_port
from tests.servers.sftp import RunningSftp, sftp_server
from tests.servers.smtp import smtp_server
from tests.servers.webdav import webdav_server

OUTGOING = ("kombox", "mail", "gnap03")


@dataclass
class Endpoints:
    """The servers of the demo, all below one directory.

    Attributes:
        root: `nolis/`, `kombox/`, `gnap03/` and `mailbox/` lie below it.
        running: what has to be stopped.
        sftp_port: kept free for GNAP03 until it comes up.
    """

    root: Path
    running: ExitStack
    sftp_port: int

    @classmethod
    def open(cls, root: Path) -> Endpoints:
        """Start WebDAV and mail; GNAP03 stays down for now."""
        return cls(root, ExitStack(), free_port())

    def start(self) -> None:
        """Start what is up from the beginning, and save the blocks of all endpoints."""
        for directory in OUTGOING:
            (self.root / "nolis/ausgang" / directory).mkdir(parents=True)
        (self.root / "gnap03/eingang").mkdir(parents=True)
        nolis = self.running.enter_context(webdav_server(self.root / "nolis", user="nolis"))
        kombox = self.running.enter_context(webdav_server(self.root / "kombox", user="kombox"))
        mail = self.running.enter_context(smtp_server(user="", maildir=self.root / "mailbox"))
        for name, server in (("nolis", nolis), ("kombox", kombox)):
            block = WebdavServer(
                url=server.url, user=server.user, password=SecretStr(server.password)
            )
            block.save(name, overwrite=True)
        SmtpServer(
            host="127.0.0.1",
            port=mail.port,
            security=Security.NONE,
            sender_address="govmanager@rechenzentrum.example",
        ).save("kommune", overwrite=True)
        self._save_gnap03()

    def _save_gnap03(self) -> None:
        # Its host key exists before its server does, so that the block can pin it.
        with self.gnap03() as server:
            SftpServer(
                host="127.0.0.1",
                port=server.port,
                user=server.user,
                password=SecretStr(server.password),
                host_key=server.host_key,
            ).save("gnap03", overwrite=True)

    def gnap03(self) -> AbstractContextManager[RunningSftp]:
        """Return the SFTP server of the Fachverfahren, to be entered."""
        return sftp_server(
            self.root / "gnap03", port=self.sftp_port, host_key=self.root / "gnap03.key"
        )

    def bring_up_gnap03(self) -> RunningSftp:
        """Start the Fachverfahren's inbox for good."""
        return self.running.enter_context(self.gnap03())

    def drop(self, directory: str, file: Path) -> None:
        """Let the online service write one application, under its name at once."""
        target = self.root / "nolis/ausgang" / directory / file.name
        temporary = target.with_name(f"{file.name}.part")
        temporary.write_bytes(file.read_bytes())
        temporary.rename(target)

    def attachments(self) -> dict[str, bytes]:
        """Return the attachments of all mails that arrived, by their names."""
        found: dict[str, bytes] = {}
        for message in mailbox.Maildir(self.root / "mailbox", create=False):
            for part in message.walk():
                if name := part.get_filename():
                    found[str(name)] = bytes(part.get_payload(decode=True) or b"")
        return found
