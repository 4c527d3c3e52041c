"""The mailbox under the conformance suite, and what servers, lines and people do to it."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, unquote

import pytest
from pydantic import ValidationError

from blocks.endpoint import AfterPickup, Endpoint, RemoteFile
from blocks.imap import ImapMailbox, Login, MailboxConnection, Security
from blocks.paths import join, parent
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import BackDoor, Fixtures, MeddlingPath, reached
from tests.blocks.contract.source import AcknowledgeContract, FetchContract, ListingContract
from tests.blocks.endpoint_contract import NetworkContract
from tests.blocks.imap_parts import (
    PDF,
    SECONDS,
    Mailbox,
    ends_in_time,
    fetched,
    listed,
    mail_with,
    mailbox,
    names,
)
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import RunningDovecot, dovecot_server
from tests.servers.proxy import proxy_to
from transforms.document import Fingerprint
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

LARGE = PDF * 800
"""4 MiB: several pieces."""
SECRET = "gehe1m-ü"
NO_MOVE = "IMAP4rev1 SASL-IR LITERAL+ CHILDREN UIDPLUS"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningDovecot]:
    with dovecot_server() as running:
        yield running


@pytest.fixture(scope="module")
def other(server: RunningDovecot) -> Iterator[Mailbox]:
    door = Mailbox(server)
    yield door
    door.close()


@pytest.fixture
def door(other: Mailbox) -> Mailbox:
    other.clear()
    return other


# -- the conformance suite -----------------------------------------------------------------------


class NamedConnection(MailboxConnection):
    """A mailbox whose files are listed by folder and name, as the suite lays them there."""

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """List the files without the numbers in their paths."""
        for file in super().list_files(directory, recursive=recursive):
            folder = "/".join(file.path.split("/")[:-3])
            yield replace(file, path=join(folder, file.name))

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Fetch the file of these numbers."""
        return super().fetch(_numbered(file), to)

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Dispose of the file of these numbers."""
        return super().acknowledge(_numbered(file), after, directory)


def _numbered(file: RemoteFile) -> RemoteFile:
    validity, uid, part = file.version.split(".", 2)
    place = join(parent(file.path), f"{validity}.{uid}")
    return replace(file, path=f"{place}/{part}/{file.name}")


class NamedMailbox(ImapMailbox):
    """The block, with connections that the suite can use."""

    _block_type_slug = "named-mailbox"

    @contextmanager
    def connect(self) -> Iterator[MailboxConnection]:
        """Open a session as the block does."""
        with NamedConnection(self) as connection:
            connection.check()
            yield connection


@functools.cache
def _one_part(name: str, content: bytes) -> bytes:
    """Return a mail that is one file, as exact in its size as an encoding allows."""
    plain = len(content) < 256 and not {10, 13, 0} & set(content)
    return (
        f"X-Name: {quote(name)}\nMIME-Version: 1.0\n"
        f"Content-Type: application/octet-stream; name*=utf-8''{quote(name, safe='')}\n"
        f"Content-Transfer-Encoding: {'8bit' if plain else 'base64'}\n\n"
    ).encode() + (content if plain else base64.encodebytes(content))


class MailDoor:
    """The back door for the suite: each file is a mail of its own."""

    def __init__(self, mails: Mailbox) -> None:
        self._mails = mails
        self._put: dict[str, int] = {}

    def put_raw(self, path: str, content: bytes, *, age: float = 60) -> None:
        """Lay a mail there, in place of an old one."""
        del age
        folder, name = _raw(parent(path)), path.rpartition("/")[2]
        if path in self._put:
            self._mails.remove(self._put[path], folder=folder)
        self._put[path] = self._mails.put(_one_part(name, content), folder)

    def get_raw(self, path: str) -> bytes | None:
        """Return what is in the mail."""
        for uid in self._found(path):
            told = self._mails.client.fetch([uid], ["BODY.PEEK[TEXT]"])
            body: bytes = told[uid][b"BODY[TEXT]"]
            return body
        return None

    def list_raw(self) -> set[str]:
        """Return the names of all mails."""
        return {
            join(folder.removeprefix("INBOX").lstrip(".").replace(".", "/"), name)
            for folder in self._mails.folders()
            for name in self._names(folder).values()
        }

    def remove_raw(self, path: str) -> None:
        """Delete the mail."""
        self._mails.remove(*self._found(path), folder=_raw(parent(path)))

    def make_directory_raw(self, path: str) -> None:
        """Make a folder."""
        self._mails.make(_raw(path))

    def _found(self, path: str) -> list[int]:
        self._mails.make(_raw(parent(path)))
        told = self._names(_raw(parent(path)))
        return [uid for uid, name in told.items() if name == path.rpartition("/")[2]]

    def _names(self, folder: str) -> dict[int, str]:
        self._mails.client.select_folder(folder)
        wanted = "BODY[HEADER.FIELDS (X-NAME)]"
        uids = self._mails.client.search("ALL")
        told = self._mails.client.fetch(uids, [wanted.replace("[", ".PEEK[", 1)])
        parse = BytesHeaderParser().parsebytes
        return {uid: unquote(parse(one[wanted.encode()])["X-Name"]) for uid, one in told.items()}


def _raw(folder: str) -> str:
    return ".".join(("INBOX", *folder.split("/"))) if folder else "INBOX"


ANOTHER_MAIL = "a mail never changes; another one in its place has another number"
SAME_NAMES = "a folder holds any number of mails with one name"
EXCUSED = {
    "test_unfinished_and_locked_files_are_not_listed": "a mail arrives whole, whatever its name",
    "test_a_file_replaced_since_the_listing_is_refused": ANOTHER_MAIL,
    "test_a_file_replaced_while_it_is_read_is_refused": ANOTHER_MAIL,
    "test_another_file_under_the_name_is_left_alone": ANOTHER_MAIL,
    "test_a_taken_name_gets_a_number": SAME_NAMES,
    "test_a_taken_name_as_long_as_can_be_gets_a_number": SAME_NAMES,
}


class InMailbox(Fixtures):
    """A mailbox as the suite wants it."""

    seconds: ClassVar[float] = SECONDS

    def excused(self, test: str) -> str:
        """Name what mails are different from files in."""
        return EXCUSED.get(test, "")

    @pytest.fixture
    def endpoint(self, server: RunningDovecot) -> Endpoint:
        """Return the endpoint."""
        return mailbox(server, NamedMailbox)

    @pytest.fixture
    def door(self, other: Mailbox) -> BackDoor:
        """Return the back door to an empty mailbox."""
        other.clear()
        return MailDoor(other)

    @pytest.fixture
    def variants(self, server: RunningDovecot, tmp_path: Path) -> Variants:
        """Return wrong settings."""
        return Variants(
            port=server.tls_port,
            by_port=lambda port: mailbox(server, NamedMailbox, port=port),
            wrong_secret=mailbox(server, password=SECRET),
            secrets=(SECRET, server.password),
            unknown_identity=mailbox(
                server, ca_certificate=make_certificates(tmp_path / "tls").authority_pem
            ),
            missing_directory=mailbox(server, folder="gibt/es/nicht"),
        )


class TestDovecot(InMailbox, ListingContract, FetchContract, AcknowledgeContract, NetworkContract):
    """What is promised of a source, at Dovecot."""


# -- connecting and logging in -------------------------------------------------------------------


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.NONE])
def test_other_ways_to_connect(server: RunningDovecot, door: Mailbox, security: Security) -> None:
    door.put(mail_with(("a.pdf", PDF)))
    with mailbox(server, port=server.port, security=security).connect() as connection:
        assert names(connection) == ["a.pdf"]


def test_the_access_check_shows_whom_it_speaks_with(server: RunningDovecot, door: Mailbox) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    told = reached(mailbox(server))
    for part in ("TLSv1", "Test authority", "1 files", "keeps keywords: yes"):
        assert part in told
    assert door.flags() == {uid: set()}


@pytest.mark.parametrize("login", list(Login))
def test_each_login_is_taken(server: RunningDovecot, login: Login) -> None:
    reached(mailbox(server, login=login, token=server.token))


@pytest.mark.parametrize("login", [Login.XOAUTH2, Login.OAUTHBEARER])
def test_a_token_that_is_refused_says_what_to_correct(server: RunningDovecot, login: Login) -> None:
    wrong = server.token[:-6] + "refuse"
    told = f"{login}.*Correct user and token, client and scope"
    with pytest.raises(AccessRefused, match=told) as caught:
        reached(mailbox(server, login=login, token=wrong))
    assert wrong not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_token_never_travels_readable(server: RunningDovecot) -> None:
    with pytest.raises(ValidationError, match="never travels readable") as caught:
        mailbox(server, login=Login.XOAUTH2, token=server.token, security=Security.NONE)
    assert server.token not in str(caught.value)


def test_a_login_that_is_not_offered_is_told() -> None:
    with dovecot_server(logins="plain") as server:
        for login in (Login.CRAM_MD5, Login.OAUTHBEARER):
            with pytest.raises(NotSupported, match=f"no login by {login}, but .*PLAIN"):
                reached(mailbox(server, login=login, token=server.token))
        # The command LOGIN needs no mechanism, but it takes ASCII only.
        with pytest.raises(NotSupported, match="without umlauts"):
            reached(mailbox(server, login=Login.LOGIN))
        reached(mailbox(server))


def test_an_unknown_server_is_refused_after_starttls(
    server: RunningDovecot, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path).authority_pem
    with pytest.raises(IdentityUnknown):
        reached(mailbox(server, ca_certificate=other, security=Security.STARTTLS, port=server.port))


def test_an_expired_certificate_is_told(server: RunningDovecot) -> None:
    pinned = server.expired.authority_pem
    with (
        pytest.raises(IdentityUnknown, match="expired"),
        mailbox(server, host="localhost", ca_certificate=pinned).connect(),
    ):
        pass


# -- servers and lines that fail -----------------------------------------------------------------


def test_a_server_that_gives_one_byte_at_a_time_from_the_start(server: RunningDovecot) -> None:
    with proxy_to(server.tls_port) as proxy:
        proxy.trickle()
        slow = mailbox(server, port=proxy.port, connect_seconds=SECONDS)
        ends_in_time(slow.connect().__enter__)


@pytest.mark.parametrize("fault", ["hang", "trickle", "cut"])
def test_a_line_that_fails_after_the_login(
    server: RunningDovecot, door: Mailbox, fault: str
) -> None:
    door.put(mail_with(("a.pdf", PDF)))
    limits = {"total_seconds": SECONDS} if fault == "trickle" else {"idle_seconds": SECONDS}
    with (
        proxy_to(server.tls_port) as proxy,
        mailbox(server, port=proxy.port, **limits).connect() as connection,
    ):
        assert connection.is_alive()
        getattr(proxy, fault)()
        ends_in_time(lambda: listed(connection))
        assert not connection.is_alive()


def test_a_server_that_dies_while_a_file_is_read(tmp_path: Path) -> None:
    with dovecot_server() as server:
        Mailbox(server).put(mail_with(("a.bin", LARGE)))
        to = MeddlingPath(tmp_path / "to")
        to.meddle = server.kill
        with mailbox(server).connect() as connection:
            (file,) = listed(connection)
            with pytest.raises(Unreachable):
                connection.fetch(file, to)
            assert not connection.is_alive()
            with pytest.raises(Unreachable):
                connection.acknowledge(file, AfterPickup.DELETE)
        assert not to.exists()
        assert len([*server.mails.glob("new/*"), *server.mails.glob("cur/*")]) == 1


# -- other people's hands ------------------------------------------------------------------------


def test_a_mail_that_is_gone_is_missing(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    door.put(mail_with(("b.pdf", PDF)))
    with mailbox(server).connect() as connection:
        file = listed(connection)[0]
        door.remove(uid)
        door.put(mail_with(("a.pdf", PDF[::-1])))
        with pytest.raises(FileMissing):
            connection.fetch(file, tmp_path / "to")
        assert not (tmp_path / "to").exists()
        assert connection.acknowledge(file, AfterPickup.DELETE) == "was gone already"
        assert names(connection) == ["b.pdf", "a.pdf"]


def test_a_mail_that_goes_while_it_is_read_is_whole_or_missing(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    uid = door.put(mail_with(("a.bin", LARGE)))
    to = MeddlingPath(tmp_path / "to")
    to.meddle = lambda: door.remove(uid)
    with mailbox(server).connect() as connection:
        (file,) = listed(connection)
        try:
            connection.fetch(file, to)
        except FileMissing:
            assert not to.exists()
        else:
            assert to.read_bytes() == LARGE
        assert names(connection) == []


@pytest.mark.parametrize("reconnected", [False, True])
def test_a_folder_made_anew_has_other_mails(
    server: RunningDovecot, door: Mailbox, tmp_path: Path, *, reconnected: bool
) -> None:
    door.put(mail_with(("a.pdf", PDF)), "INBOX.neu")
    with mailbox(server).connect() as first, mailbox(server).connect() as second:
        (file,) = listed(first, "neu")
        door.remove_folder("INBOX.neu")
        connection = second if reconnected else first
        with pytest.raises(EndpointError) as missing:
            connection.fetch(file, tmp_path / "to")
        assert isinstance(missing.value, FileMissing | Unreachable)
        # As after a restored backup: the same UID, another mail.
        door.put(mail_with(("a.pdf", PDF[::-1])), "INBOX.neu")
    with mailbox(server).connect() as connection:
        with pytest.raises(FileChanged):
            connection.fetch(file, tmp_path / "to")
        assert not (tmp_path / "to").exists()
        with pytest.raises(FileChanged):
            connection.acknowledge(file, AfterPickup.DELETE)
    assert door.flags("INBOX.neu") == {1: set()}


# -- what the account may and may not do ---------------------------------------------------------


@pytest.fixture(scope="module")
def strict() -> Iterator[RunningDovecot]:
    rights = {
        "INBOX": "lrwstei",
        "INBOX.verborgen": "ws",
        "INBOX.nurlesen": "lr",
        "INBOX.bleibt": "lrws",
        "INBOX.unteilbar": "lrwste",
        "INBOX.unteilbar.voll": "lr",
    }
    with dovecot_server(rights=rights) as running:
        door = Mailbox(running)
        for folder in rights:
            door.put(mail_with(("a.pdf", PDF)), folder)
        door.close()
        yield running


Attempt = Callable[[MailboxConnection, RemoteFile], object]


@pytest.mark.parametrize(
    ("folder", "attempt"),
    [
        ("nurlesen", lambda on, file: on.acknowledge(file, AfterPickup.KEEP)),
        ("nurlesen", lambda on, file: on.acknowledge(file, AfterPickup.DELETE)),
        ("bleibt", lambda on, file: on.acknowledge(file, AfterPickup.DELETE)),
        ("unteilbar", lambda on, file: on.acknowledge(file, AfterPickup.MOVE, "neu")),
        ("unteilbar", lambda on, file: on.acknowledge(file, AfterPickup.MOVE, "voll")),
    ],
    ids=["mark", "delete, read-only", "delete, silently refused", "create", "move"],
)
def test_what_the_account_may_not_do_is_refused(
    strict: RunningDovecot, tmp_path: Path, folder: str, attempt: Attempt
) -> None:
    with mailbox(strict).connect() as connection:
        (file,) = listed(connection, folder)
        with pytest.raises(AccessRefused, match="right"):
            attempt(connection, file)
        assert connection.is_alive()
        # Nothing was marked on the way, and the next run finds it.
        assert listed(connection, folder) == [file]
        assert fetched(connection, file, tmp_path) == PDF


@pytest.mark.parametrize("base", ["INBOX", "INBOX/verborgen"])
def test_a_folder_that_may_not_be_read_is_told(strict: RunningDovecot, base: str) -> None:
    below = "verborgen" if base == "INBOX" else ""
    with pytest.raises((AccessRefused, DirectoryMissing), match="verborgen") as caught:
        reached(mailbox(strict, folder=base), below)
    assert caught.value.remedy


def test_a_full_mailbox_keeps_what_is_to_be_moved(tmp_path: Path) -> None:
    with dovecot_server(capabilities=NO_MOVE, quota="10k") as server:
        door = Mailbox(server)
        uid = door.put(mail_with(("a.pdf", PDF)))
        with mailbox(server).connect() as connection:
            (file,) = listed(connection)
            with pytest.raises(SpaceExhausted):
                connection.acknowledge(file, AfterPickup.MOVE, "fertig")
            assert listed(connection) == [file]
            assert fetched(connection, file, tmp_path) == PDF
        assert door.flags() == {uid: set()}
        assert door.flags("INBOX.fertig") == {}
