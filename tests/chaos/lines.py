"""For each protocol a server with what lies before and behind it: the lines that runs work on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from blocks.any_filesystem import AnyFilesystem
from blocks.endpoint import Endpoint
from blocks.ftp import FtpServer
from blocks.ftp import Security as FtpSecurity
from blocks.http_service import HttpService, Listing, Method
from blocks.imap import ImapMailbox
from blocks.local import LocalFolder
from blocks.printer import Printer
from blocks.s3 import S3Bucket
from blocks.sftp import SftpServer
from blocks.smb import SmbShare
from blocks.smtp import Security as SmtpSecurity
from blocks.smtp import SmtpServer
from blocks.webdav import WebdavServer
from tests.blocks.imap_parts import Mailbox
from tests.chaos.doors import (
    BucketDoor,
    FolderDoor,
    Inbox,
    MailboxDoor,
    Outbox,
    PostDoor,
    PrinterDoor,
    ServiceDoor,
)
from tests.servers.apache import apache_server
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import dovecot_server
from tests.servers.ftp import ftp_proxy_to, ftp_server
from tests.servers.ippeve import ippeve_printer
from tests.servers.proxy import Proxy, proxy_to
from tests.servers.s3 import S3Door, moto_server
from tests.servers.samba import samba_server
from tests.servers.sftp import sftp_server
from tests.servers.smtp import smtp_server
from tests.servers.web import RunningWeb, web_server
from tests.servers.webdav import webdav_server

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 8 + b"\n%%EOF\n"
FILES = {"ags100_99003002000000.pdf": PDF, "Antrag[1].pdf": PDF + b"\n"}


class Promise(StrEnum):
    """What a target is promised after a crash, of each document."""

    ONCE = "exactly once"
    REPEATED = "at least once, recognisable"
    ASKED = "at most once; in doubt a person is asked"


@dataclass(frozen=True, slots=True)
class Side:
    """An endpoint with its back door.

    Attributes:
        by_port: the endpoint, behind this port; 0 is the server's own.
        door: to see what is really there.
        options: what the definition says of it.
        port: the server's own, 0 if there is none.
        proxied: starts what can cut the line.
    """

    by_port: Callable[[int], Endpoint]
    door: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    port: int = 0
    proxied: Callable[[int], AbstractContextManager[Proxy]] = proxy_to

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint without a proxy."""
        return self.by_port(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A source and a target that a transfer goes between.

    Attributes:
        name: of the protocol.
        steps: what is done with documents on the way.
        suffix: what the steps have added to names.
    """

    name: str
    source: Side
    target: Side
    promise: Promise = Promise.ONCE
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inbox(self) -> Inbox:
        """The sender's door."""
        door: Inbox = self.source.door
        return door

    @property
    def outbox(self) -> Outbox:
        """The recipient's door."""
        door: Outbox = self.target.door
        return door


def folder(path: Path, door: FolderDoor | None = None, **options: Any) -> Side:
    """Return a local folder."""
    path.mkdir(parents=True, exist_ok=True)
    return Side(lambda _: LocalFolder(directory=str(path)), door or FolderDoor(path), options)


@contextmanager
def local(place: Path) -> Iterator[Line]:
    """Lock files at both ends, and a flag file for each document."""
    target = FolderDoor(place / "target", flag=".ok")
    yield Line(
        "local",
        folder(place / "source", locking="LOCK_FILE"),
        folder(place / "target", target, locking="LOCK_FILE", flag_file="{name}.ok"),
        changes={"steps": [{"kind": "rename", "template": "{stem}{suffix}"}]},
    )


@contextmanager
def moved(place: Path) -> Iterator[Line]:
    """Files are taken by a new name, and moved away once they are safe."""
    source = FolderDoor(place / "source", done="erledigt")
    yield Line(
        "moved",
        folder(place / "source", source, locking="RENAME", after_pickup="MOVE", move_to="erledigt"),
        folder(place / "target", directory="neu", create_directories=True),
    )


@contextmanager
def kept(place: Path) -> Iterator[Line]:
    """Files stay at the source; files at the target are replaced."""
    source = FolderDoor(place / "source", keeps=True)
    yield Line(
        "kept",
        folder(place / "source", source, after_pickup="KEEP"),
        folder(place / "target", overwrite=True),
    )


@contextmanager
def sftp(place: Path) -> Iterator[Line]:
    """An SFTP server in pure Python; files are taken by a new name."""
    with sftp_server(place / "sftp") as server:

        def at(directory: str) -> Side:
            def by_port(port: int) -> Endpoint:
                return SftpServer(
                    host="127.0.0.1",
                    port=port or server.port,
                    user=server.user,
                    password=SecretStr(server.password),
                    host_key=server.host_key,
                    directory=directory,
                )

            return Side(
                by_port,
                FolderDoor(server.root / directory),
                {"locking": how[directory]},
                server.port,
            )

        how = {"source": "RENAME", "target": "LOCK_FILE"}
        yield Line("sftp", at("source"), at("target"))


@contextmanager
def smb(place: Path) -> Iterator[Line]:
    """Samba, with its own locks on what is read."""
    del place
    with samba_server() as server:

        def at(directory: str, locking: str) -> Side:
            def by_port(port: int) -> Endpoint:
                return SmbShare(
                    host="127.0.0.1",
                    port=port or server.port,
                    share="data",
                    username=server.user,
                    password=SecretStr(server.password),
                    directory=directory,
                )

            door = FolderDoor(server.root / directory)
            return Side(by_port, door, {"locking": locking}, server.port)

        yield Line("smb", at("source", "SERVER_LOCK"), at("target", "NO_LOCKING"))


@contextmanager
def ftp(place: Path) -> Iterator[Line]:
    """Pyftpdlib in clear text."""
    del place
    with ftp_server() as server:

        def at(directory: str, locking: str) -> Side:
            def by_port(port: int) -> Endpoint:
                return FtpServer(
                    host="127.0.0.1",
                    port=port or server.port,
                    user=server.user,
                    password=SecretStr(server.password),
                    security=FtpSecurity.NONE,
                    directory=directory,
                )

            door = FolderDoor(server.root / directory)
            return Side(by_port, door, {"locking": locking}, server.port, ftp_proxy_to)

        yield Line("ftp", at("source", "LOCK_FILE"), at("target", "NO_LOCKING"))


@contextmanager
def wsgidav(place: Path) -> Iterator[Line]:
    """WsgiDAV, with its own locks on what is read."""
    with webdav_server(place / "dav") as server:
        port = int(server.url.split("/")[2].rpartition(":")[2])
        yield _webdav("wsgidav", server, port, "SERVER_LOCK")


@contextmanager
def apache(place: Path) -> Iterator[Line]:
    """Apache's mod_dav, without locks."""
    del place
    with apache_server() as server:
        port = int(server.url.split("/")[2].rpartition(":")[2])
        yield _webdav("apache", server, port, "NO_LOCKING")


def _webdav(name: str, server: Any, own: int, locking: str) -> Line:
    def at(directory: str, locking: str) -> Side:
        def by_port(port: int) -> Endpoint:
            return WebdavServer(
                url=server.url.replace(f":{own}/", f":{port or own}/"),
                user=server.user,
                password=SecretStr(server.password),
                directory=directory,
            )

        return Side(by_port, FolderDoor(server.root / directory), {"locking": locking}, own)

    return Line(name, at("source", locking), at("target", "NO_LOCKING"))


@contextmanager
def s3(place: Path) -> Iterator[Line]:
    """moto, whose writes may have conditions."""
    del place
    with moto_server() as server:
        client = server.client()

        def at(prefix: str) -> Side:
            def by_port(port: int) -> Endpoint:
                return S3Bucket(
                    url=server.url.replace(f":{server.port}", f":{port or server.port}"),
                    bucket=server.bucket,
                    access_key=server.access_key,
                    secret_key=SecretStr(server.secret_key),
                    prefix=prefix,
                )

            return Side(by_port, BucketDoor(S3Door(client, prefix)), {}, server.port)

        yield Line("s3", at("source"), at("target"), Promise.REPEATED)


@contextmanager
def smtp(place: Path) -> Iterator[Line]:
    """A mail server as target: it cannot be asked what it has taken."""
    with smtp_server(user="") as server:

        def by_port(port: int) -> Endpoint:
            return SmtpServer(
                host="127.0.0.1",
                port=port or server.port,
                security=SmtpSecurity.NONE,
                sender_address="hub@kommune.example",
            )

        target = Side(
            by_port, PostDoor(server), {"mail": {"to": ["amt@kommune.example"]}}, server.port
        )
        yield Line("smtp", folder(place / "source"), target, Promise.REPEATED)


@contextmanager
def imap(place: Path) -> Iterator[Line]:
    """Dovecot as source; each document is a mail's attachment."""
    with dovecot_server() as server:
        mailbox = Mailbox(server)

        def by_port(port: int) -> Endpoint:
            return ImapMailbox(
                host="127.0.0.1",
                port=port or server.tls_port,
                user=server.user,
                password=SecretStr(server.password),
                ca_certificate=server.certificates.authority_pem,
            )

        yield Line(
            "imap",
            Side(by_port, MailboxDoor(mailbox), {}, server.tls_port),
            folder(place / "target"),
        )
        mailbox.close()


@contextmanager
def printer(place: Path) -> Iterator[Line]:
    """A printer as target: each document is a job."""
    with ippeve_printer(make_certificates(place / "tls")) as running:

        def by_port(port: int) -> Endpoint:
            return Printer(uri=running.uri.replace(str(running.port), str(port or running.port)))

        yield Line(
            "printer",
            folder(place / "source"),
            Side(by_port, PrinterDoor(running), {}, running.port),
            # It does not tell how many bytes of a job have come.
            Promise.ASKED,
        )


@contextmanager
def http_put(place: Path) -> Iterator[Line]:
    """A service where each document has an address, and lists what it offers."""
    del place
    with web_server() as server:
        path = "in/{key}/{name}"
        yield _http(server, "http-put", Promise.ONCE, method=Method.PUT, delivery_path=path)


@contextmanager
def http_key(place: Path) -> Iterator[Line]:
    """A service that takes a document once under its key, which it has to look at itself."""
    del place
    with web_server() as server:
        path = "in/{name}"
        yield _http(server, "http-key", Promise.REPEATED, delivery_path=path, repeatable=True)


@contextmanager
def http_blind(place: Path) -> Iterator[Line]:
    """A service that takes documents and tells nothing."""
    del place
    with web_server() as server:
        yield _http(server, "http-blind", Promise.ASKED, delivery_path="in/{name}")


def _http(server: RunningWeb, name: str, promise: Promise, **fields: Any) -> Line:
    def by_port(port: int) -> Endpoint:
        return HttpService(
            url=server.url.replace(str(server.port), str(port or server.port)),
            listing=Listing.JSON,
            listing_path="list",
            absence_is_proof=promise is Promise.ONCE,
            **fields,
        )

    side = Side(by_port, ServiceDoor(server), {}, server.port)
    return Line(name, side, side, promise)


@contextmanager
def any_filesystem(place: Path) -> Iterator[Line]:
    """A filesystem of fsspec of which nothing is known."""

    def at(name: str) -> Side:
        (place / name).mkdir(parents=True)
        return Side(
            lambda _: AnyFilesystem(url=f"dir::file://{place / name}"), FolderDoor(place / name)
        )

    yield Line("any-filesystem", at("source"), at("target"))


LINES: Mapping[str, Callable[[Path], AbstractContextManager[Line]]] = {
    "local": local,
    "moved": moved,
    "kept": kept,
    "sftp": sftp,
    "smb": smb,
    "ftp": ftp,
    "wsgidav": wsgidav,
    "apache": apache,
    "s3": s3,
    "smtp": smtp,
    "imap": imap,
    "printer": printer,
    "http-put": http_put,
    "http-key": http_key,
    "http-blind": http_blind,
    "any-filesystem": any_filesystem,
}
