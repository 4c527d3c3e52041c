"""Back doors: how a case lays documents into a source, and sees what a target really holds."""

from __future__ import annotations

import email
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from tests.blocks.imap_parts import Mailbox, mail_with
from tests.servers.daemons import eventually
from tests.servers.ippeve import RunningPrinter
from tests.servers.s3 import S3Door
from tests.servers.smtp import RunningSmtp
from tests.servers.web import Answer, RunningWeb, etag_of

OURS = ".govmanager"
GUARD = ".govmanager-guard-"
"""An empty directory that ends by its age, when the name that it guards is taken again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One document that a recipient has got.

    Attributes:
        name: as the recipient sees it.
        content: its bytes.
        mark: by which the recipient can tell that two are the same delivery, "" if there is none.
        says: whether it tells itself that it may have come before.
    """

    name: str
    content: bytes
    mark: str = ""
    says: bool = False


class Inbox(Protocol):
    """A source, from the sender's side."""

    def put(self, name: str, content: bytes) -> None:
        """Lay a whole document there."""

    def rest(self) -> list[str]:
        """Return all that lies there, hidden files and locks too."""

    def clear(self) -> None:
        """Make it empty."""


class Outbox(Protocol):
    """A target, from the recipient's side."""

    def take(self, expected: int) -> list[Arrival]:
        """Take away what can be seen; so many are expected where the server takes its time."""

    def rest(self) -> list[str]:
        """Return what lies there that no recipient looks at: temporary files, locks."""

    def clear(self) -> None:
        """Make it empty."""


@dataclass
class FolderDoor:
    """A directory of a file server, or a local one.

    Attributes:
        path: the directory.
        flag: ending of flag files, which are no documents; "" for none.
        done: directory below it where the source's rule moves files to; "" for none.
        keeps: whether documents stay at the source.
    """

    path: Path
    flag: str = ""
    done: str = ""
    keeps: bool = False

    def put(self, name: str, content: bytes) -> None:
        """Write it under a name that the hub ignores, then rename."""
        fresh = self.path / f"{name}.part"
        fresh.write_bytes(content)
        fresh.chmod(0o666)
        fresh.replace(self.path / name)

    def rest(self) -> list[str]:
        """Return the paths of all files, and of directories that have our names."""
        every = [path for path in self.path.rglob("*") if path.is_file() or OURS in path.name]
        every = [path for path in every if GUARD not in str(path)]
        names = sorted(str(path.relative_to(self.path)) for path in every)
        if self.done:
            names = [name for name in names if not name.startswith(f"{self.done}/")]
        return [name for name in names if OURS in name or name.endswith(".lock") or not self.keeps]

    def age(self, seconds: int) -> None:
        """Let what runs have left be older; the guards of FTP have their time as a name."""
        for path in sorted(self.path.rglob("*"), reverse=True):
            if not any(OURS in part for part in path.parts):
                continue
            older = path.stat().st_mtime - seconds
            os.utime(path, (older, older))
            if path.is_dir() and path.name.isdigit():
                path.rename(path.with_name(str(int(path.name) - seconds)))

    def take(self, expected: int) -> list[Arrival]:
        """Remove what a recipient looks at."""
        del expected
        taken = []
        for path in sorted(self.path.rglob("*")):
            if not path.is_file() or path.name.startswith(OURS) or path.name.endswith(".lock"):
                continue
            if not (self.flag and path.name.endswith(self.flag)):
                taken.append(Arrival(path.name, path.read_bytes()))
            path.unlink()
        return taken

    def clear(self) -> None:
        """Remove everything."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o777)
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@dataclass
class BucketDoor:
    """A prefix of an object store."""

    door: S3Door

    def put(self, name: str, content: bytes) -> None:
        """Put an object."""
        self.door.put_raw(name, content)

    def rest(self) -> list[str]:
        """Return all keys, and uploads that nobody has completed."""
        return sorted(self.door.list_raw() | self.door.uploads())

    def take(self, expected: int) -> list[Arrival]:
        """Remove what a recipient looks at."""
        del expected
        taken = []
        for key in sorted(self.door.list_raw()):
            if not key.startswith(OURS):
                content = self.door.get_raw(key)
                assert content is not None
                told = self.door.metadata(key)
                says = told.get("govmanager-repeated") == "yes"
                taken.append(Arrival(key, content, told.get("govmanager-delivery", ""), says))
                self.door.remove_raw(key)
        return taken

    def clear(self) -> None:
        """Remove everything."""
        for key in self.door.list_raw():
            self.door.remove_raw(key)


@dataclass
class MailboxDoor:
    """A mailbox whose mails have one attachment each."""

    mailbox: Mailbox

    def put(self, name: str, content: bytes) -> None:
        """Send a mail to it."""
        self.mailbox.put(mail_with((name, content)))

    def rest(self) -> list[str]:
        """Return the folders and mails that are left, with their flags."""
        left = [f"mail {uid} {sorted(flags)}" for uid, flags in self.mailbox.flags().items()]
        return left + [name for name in self.mailbox.folders() if name != "INBOX"]

    def clear(self) -> None:
        """Leave an empty inbox."""
        self.mailbox.clear()


@dataclass
class PostDoor:
    """The mails that a server has taken."""

    server: RunningSmtp

    def take(self, expected: int) -> list[Arrival]:
        """Read the mails that have come since the last time."""
        del expected
        mails, self.server.mails[:] = list(self.server.mails), []
        return [arrival for mail in mails for arrival in _attachments(mail.content)]

    def rest(self) -> list[str]:
        """Return nothing: half a mail is no mail."""
        return []

    def clear(self) -> None:
        """Forget all mails."""
        self.server.mails.clear()


def _attachments(content: bytes) -> Iterator[Arrival]:
    mail = email.message_from_bytes(content)
    says = mail["X-GovManager-Repeated"] == "yes"
    for part in mail.walk():
        if name := part.get_filename():
            data: Any = part.get_payload(decode=True)
            yield Arrival(name, data, str(mail["Message-ID"]), says)


@dataclass
class PrinterDoor:
    """What came out of a printer."""

    printer: RunningPrinter

    def take(self, expected: int) -> list[Arrival]:
        """Wait for the paper, then take it."""
        printed = eventually(lambda: self._all(expected), f"{expected} documents on paper", 20)
        self.printer.empty()
        return printed

    def _all(self, expected: int) -> list[Arrival] | None:
        found = []
        for one in self.printer.printed():
            name, _, key = one.options["IPP_JOB_NAME"].rpartition(" [")
            found.append(Arrival(name, one.content, key))
        return found if len(found) >= expected else None

    def rest(self) -> list[str]:
        """Return nothing: jobs are the printer's own."""
        return []

    def clear(self) -> None:
        """Take all paper away."""
        self.printer.empty()


class ServiceDoor:
    """A web service that lists what it offers, and shows for good what it took."""

    def __init__(self, server: RunningWeb) -> None:
        """Serve a listing that is as it is now."""
        self._server = server
        self._read = 0
        server.pages = _Listing(server)

    def put(self, name: str, content: bytes) -> None:
        """Offer a document."""
        self._server.documents[f"/api/{name}"] = content

    def rest(self) -> list[str]:
        """Return what is still offered."""
        return sorted(path for path in self._server.documents if not path.startswith("/api/in/"))

    def take(self, expected: int) -> list[Arrival]:
        """Read what was put or posted since the last time; it stays where it is."""
        del expected
        sent = self._server.sent()[self._read :]
        self._read += len(sent)
        return [
            Arrival(unquote(one.path).rpartition("/")[2], one.body, one.headers["Idempotency-Key"])
            for one in sent
        ]

    def clear(self) -> None:
        """Offer nothing, and forget what came."""
        self._server.documents.clear()
        self._server.received.clear()
        self._read = 0


class _Listing(dict[str, Answer]):
    """Pages of a service, of which `list` shows its documents as they are when it is asked."""

    def __init__(self, server: RunningWeb) -> None:
        super().__init__()
        self._server = server

    def get(self, path: str, default: Any = None) -> Any:
        if path != "/api/list":
            return default
        items: Sequence[dict[str, Any]] = [
            {"url": f"../{path.lstrip('/')}", "name": path.rpartition("/")[2]}
            | {"size": len(content), "etag": etag_of(content), "modified": "2026-05-04T10:00:00Z"}
            for path, content in list(self._server.documents.items())
            if not path.startswith("/api/in/")
        ]
        return Answer(200, json.dumps({"items": items}).encode())
