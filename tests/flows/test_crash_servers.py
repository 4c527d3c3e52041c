"""Killed at every ledger entry while SFTP and mail take part: what real servers hold afterwards."""

from __future__ import annotations

import email
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL
from pydantic import SecretStr

from blocks.sftp import SftpServer
from blocks.smtp import Security, SmtpServer
from flows.definition import Transfer
from tests.flows.crash_child import run_and_kill
from tests.flows.office import Office, go, new_run
from tests.servers.sftp import RunningSftp, sftp_server
from tests.servers.smtp import RunningSmtp, smtp_server

FILES = {"ags100_99003002000000.xml": b"<Antrag>1</Antrag>", "Antrag[1].xml": b"zwei"}


@dataclass
class Servers:
    """The Fachverfahren's inbox and the case worker's mailbox."""

    inbox: RunningSftp
    mail: RunningSmtp

    async def save(self, name: str) -> None:
        sftp = SftpServer(
            host="127.0.0.1",
            port=self.inbox.port,
            user=self.inbox.user,
            password=SecretStr(self.inbox.password),
            host_key=self.inbox.host_key,
        )
        await sftp.asave(name, overwrite=True)
        smtp = SmtpServer(
            host="127.0.0.1",
            port=self.mail.port,
            security=Security.NONE,
            sender_address="hub@kommune.example",
        )
        await smtp.asave(name, overwrite=True)

    def messages(self) -> list[Message]:
        return [email.message_from_bytes(one.content) for one in self.mail.mails]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with sftp_server(tmp_path / "inbox") as inbox, smtp_server(user="") as mail:
        yield Servers(inbox, mail)


def definition(office: Office, name: str) -> Transfer:
    patient = {"allowed": False}
    sftp = {"endpoint": f"sftp-server/{name}", "retries": patient}
    mail = {
        "endpoint": f"smtp-server/{name}",
        "mail": {"to": ["amt@kommune.example"]},
        "retries": patient,
    }
    recipients = [{"name": "GNAP03", "targets": [sftp]}, {"name": "Amt", "targets": [mail]}]
    return office.definition(recipients=recipients)


def taken_from(inbox: Path) -> Counter[str]:
    """Let the Fachverfahren take away what it sees."""
    seen = [path for path in inbox.iterdir() if not path.name.startswith(".")]
    for path in seen:
        path.unlink()
    return Counter(path.name for path in seen)


def each_once_or_marked(messages: list[Message]) -> None:
    """Every file came by mail; whatever came again says so and has the same Message-ID.

    A mail in doubt says so even where the first one never left: nobody can tell.
    """
    by_name: dict[str, list[Message]] = {}
    for message in messages:
        (name,) = (part.get_filename() for part in message.walk() if part.get_filename())
        by_name.setdefault(str(name), []).append(message)
    assert set(by_name) == set(FILES)
    for first, *others in by_name.values():
        assert len(others) <= 1
        for repeated in others:
            assert repeated["Message-ID"] == first["Message-ID"]
            assert repeated["X-GovManager-Repeated"] == "yes"


@pytest.mark.anyio
@pytest.mark.usefixtures("prefect_server")
@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_only_marked_mails_come_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: Servers
) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.flows.crash_child"])
    kill_at, ended = 0, False
    while not ended:
        root = tmp_path / str(kill_at)
        monkeypatch.setenv("GOVMANAGER_HOME", str(root / "home"))
        office = Office(root, root / "home", ())
        await office.open()
        await servers.save(office.block("x"))
        servers.mail.mails.clear()
        for name, content in FILES.items():
            office.drop(name, content)
        transfer = definition(office, office.block("x"))
        run = await new_run(transfer)
        arguments = (run.id, PREFECT_API_URL.value(), str(root), kill_at, str(root / "trail"))
        child = context.Process(target=run_and_kill, args=arguments)
        child.start()
        child.join(60)
        ended = child.exitcode == 0 and kill_at > 0
        if kill_at == 0:
            # What comes before the deliveries is test_crash.py's.
            trail = (root / "trail").read_text().splitlines()
            kill_at = max(trail.index(f"os.remove {name}") for name in FILES)
        taken = taken_from(servers.inbox.root)
        end = await go(transfer)
        assert end.is_completed(), end.message
        assert taken + taken_from(servers.inbox.root) == Counter(FILES.keys())
        each_once_or_marked(servers.messages())
        kill_at += 1
