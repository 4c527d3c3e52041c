"""The mailbox, against a real Dovecot; links against a real HTTPS server."""

from __future__ import annotations

import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient  # type: ignore[import-untyped]
from pydantic import ValidationError

from blocks.access import check_access
from blocks.endpoint import AfterPickup, Connection, Locking, Parcel, RemoteFile
from blocks.imap import ImapMailbox
from blocks.imap_files import Mark, Take
from blocks.imap_session import Security
from tests.blocks.contract.parts import parcel_of
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import RunningDovecot, dovecot_server
from tests.servers.proxy import proxy_to
from transforms.document import fingerprint_of
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    FileChanged,
    FileMissing,
    IdentityUnknown,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

SECONDS = 1.0
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20
CSV = "Straße;Ort\nAm Markt;Jülich\n" * 50
OLD_SERVER = "IMAP4rev1 SASL-IR LITERAL+ CHILDREN"
"""Neither UIDPLUS nor MOVE."""


class Mailbox:
    """The back door: another mail program on the same account."""

    def __init__(self, server: RunningDovecot) -> None:
        self.server = server
        self._client = IMAPClient("127.0.0.1", server.port, ssl=False)
        self._client.plain_login(server.user, server.password)

    def put(self, mail: EmailMessage | bytes, folder: str = "INBOX") -> int:
        """Lay a mail there and return its UID."""
        if not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        answer = self._client.append(
            folder, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        )
        return int(answer.split(b"]")[0].split()[-1])

    def flags(self, folder: str = "INBOX") -> dict[int, set[str]]:
        """Return the flags of every mail of a folder, without that of a new one."""
        self._client.select_folder(folder, readonly=True)
        found = self._client.get_flags(self._client.search("ALL"))
        return {
            uid: {flag.decode() for flag in flags} - {"\\Recent"} for uid, flags in found.items()
        }

    def flag(self, uid: int, *flags: str) -> None:
        self._client.select_folder("INBOX")
        self._client.add_flags([uid], list(flags))

    def remove(self, uid: int) -> None:
        self._client.select_folder("INBOX")
        self._client.delete_messages([uid])
        self._client.uid_expunge([uid])

    def remove_folder(self, folder: str) -> None:
        self._client.delete_folder(folder)

    def clear(self) -> None:
        for flags, _, folder in self._client.list_folders():
            if folder not in {"INBOX", "Trash"} and b"\\Noselect" not in flags:
                self._client.delete_folder(folder)
        for uid in self.flags():
            self.remove(uid)

    def close(self) -> None:
        self._client.logout()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningDovecot]:
    with dovecot_server() as running:
        yield running


@pytest.fixture
def door(server: RunningDovecot) -> Iterator[Mailbox]:
    door = Mailbox(server)
    door.clear()
    yield door
    door.close()


def mailbox(server: RunningDovecot, **options: object) -> ImapMailbox:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.tls_port,
        "user": server.user,
        "password": server.password,
        "ca_certificate": server.certificates.authority_pem,
    }
    return ImapMailbox.model_validate(settings | options)


def mail_with(*attachments: tuple[str, bytes], subject: str = "Antrag") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail.set_content("Guten Tag, anbei die Unterlagen.\n")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def listed(connection: Connection, directory: str = "", **how: bool) -> list[RemoteFile]:
    recursive = how.get("recursive", False)
    return sorted(connection.list_files(directory, recursive=recursive), key=lambda one: one.path)


def names(connection: Connection, directory: str = "", **how: bool) -> list[str]:
    return [file.name for file in listed(connection, directory, **how)]


def fetched(connection: Connection, file: RemoteFile, place: Path) -> bytes:
    to = place / f"{time.monotonic_ns()}"
    found = connection.fetch(file, to)
    assert found == fingerprint_of(to)
    return to.read_bytes()


# -- what is listed and fetched ----------------------------------------------------------------


def test_attachments_arrive_byte_by_byte(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    uid = door.put(mail_with(("Bauantrag Müller.pdf", PDF), ("leer.bin", b"")))
    with mailbox(server).connect() as connection:
        first, second = listed(connection)
        assert (first.name, second.name) == ("Bauantrag Müller.pdf", "leer.bin")
        assert first.path.split("/")[1:] == ["2", "Bauantrag Müller.pdf"]
        assert first.path.split("/")[0].endswith(f".{uid}")
        assert first.modified is not None
        assert first.modified.tzinfo is not None
        assert first.path.startswith(first.version.rpartition(".")[0])
        assert 0 <= first.size - len(PDF) <= 2
        assert fetched(connection, first, tmp_path) == PDF
        assert fetched(connection, second, tmp_path) == b""
        assert listed(connection) == [first, second]
    assert door.flags() == {uid: set()}, "reading has changed the mail"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit", "7bit"])
def test_every_transfer_encoding_is_undone(
    server: RunningDovecot, door: Mailbox, tmp_path: Path, encoding: str
) -> None:
    content = CSV if encoding != "7bit" else CSV.replace("ß", "s").replace("ü", "u")
    mail = mail_with()
    mail.add_attachment(content, subtype="csv", filename="a.csv", cte=encoding)
    door.put(mail)
    with mailbox(server).connect() as connection:
        (file,) = listed(connection)
        assert fetched(connection, file, tmp_path).replace(b"\r\n", b"\n") == (
            content.encode().replace(b"\r\n", b"\n")
        )


def test_large_attachments_are_read_in_pieces(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    content = bytes(range(251)) * 20_000
    door.put(mail_with(("gross.bin", content)))
    with mailbox(server).connect() as connection:
        (file,) = listed(connection)
        assert fetched(connection, file, tmp_path) == content
        assert file.size - len(content) in {0, 1, 2}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename*=UTF-8''Geb%C3%A4ude%20%C3%9Cbersicht.pdf", "Gebäude Übersicht.pdf"),
        ("filename*0*=iso-8859-1''Stra%DFe; filename*1=\" 7.pdf\"", "Straße 7.pdf"),
        ('filename="=?utf-8?Q?Stra=C3=9Fe_7.pdf?="', "Straße 7.pdf"),
        ('filename="Straße.pdf"', "Straße.pdf"),
        ('filename="Lageplan (\\"neu\\").pdf"', 'Lageplan ("neu").pdf'),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Akten\\\\a.pdf"', "a.pdf"),
        ('filename="12345"', "12345"),
        ("filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"),
        ("filename*=utf-8''a%0D%0Ab.pdf", "ab.pdf"),
        ('filename=".."', "part-2.pdf"),
        ('filename=""', "part-2.pdf"),
        ("filename*=klingon''a%FF.pdf", "aÿ.pdf"),
        (f'filename="{"x" * 300}.pdf"', "x" * 251 + ".pdf"),
    ],
)
def test_names_are_decoded_and_made_safe(
    server: RunningDovecot, door: Mailbox, header: str, name: str
) -> None:
    door.put(
        (
            "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n"
            f"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; {header}\n\n"
            "%PDF\n--b--\n"
        ).encode()
    )
    with mailbox(server).connect() as connection:
        assert names(connection) == [name]


def test_parts_that_are_no_documents_are_left_out(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    mail = mail_with()
    mail.add_alternative("<p>Gruß <img src='cid:logo'></p>", subtype="html")
    page = list(mail.iter_parts())[1]
    assert isinstance(page, EmailMessage)
    page.add_related(b"GIF89a", "image", "gif", cid="<logo>", filename="logo.gif")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(PDF[:9], maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(
        b"x", maintype="image", subtype="png", filename="foto.png", disposition="inline"
    )
    inner = mail_with(("innen.pdf", PDF), subject="Weitergeleitet")
    mail.add_attachment(inner)
    door.put(mail)
    door.put(mail_with(subject="nur Text"))
    with mailbox(server).connect() as connection:
        files = listed(connection)
        assert [file.name for file in files] == ["a.pdf", "a.pdf", "foto.png", "part-5.eml"]
        assert len({file.path for file in files}) == 4
        assert [fetched(connection, file, tmp_path) for file in files[:2]] == [PDF, PDF[:9]]
        assert b"Subject: Weitergeleitet" in fetched(connection, files[3], tmp_path)


def test_a_mail_that_is_one_document_and_no_text(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    door.put(b"Subject: Scan\nContent-Type: application/pdf\n\n%PDF\n")
    with mailbox(server).connect() as connection:
        (file,) = listed(connection)
        assert (file.name, fetched(connection, file, tmp_path)) == ("part-1.pdf", b"%PDF\r\n")


def test_whole_mails(server: RunningDovecot, door: Mailbox, tmp_path: Path) -> None:
    mail = mail_with(("a.pdf", PDF), subject="ganz")
    uid = door.put(mail)
    with mailbox(server, take=Take.WHOLE_MESSAGE).connect() as connection:
        (file,) = listed(connection)
        assert file.modified is not None
        assert file.name == f"{file.modified:%Y%m%d-%H%M%S}-{uid}.eml"
        content = fetched(connection, file, tmp_path)
        assert content == mail.as_bytes().replace(b"\n", b"\r\n")
        assert file.size == len(content)
        connection.acknowledge(file, AfterPickup.DELETE)
    assert door.flags() == {}


@pytest.mark.parametrize("separator", [".", "/"])
def test_folders_are_walked_only_if_asked(separator: str) -> None:
    with dovecot_server(separator=separator) as server:
        door = Mailbox(server)
        below = separator.join(("INBOX", "Bauanträge & Pläne", "2026"))
        door.put(mail_with(("oben.pdf", PDF)))
        door.put(mail_with(("tief.pdf", PDF)), below)
        door.put(mail_with(("fort.pdf", PDF)), "Trash")
        with mailbox(server).connect() as connection:
            assert names(connection) == ["oben.pdf"]
            assert names(connection, "/Bauanträge & Pläne/2026/") == ["tief.pdf"]
            found = listed(connection, recursive=True)
            assert {file.name for file in found} == {"oben.pdf", "tief.pdf"}
            tief = next(file for file in found if file.name == "tief.pdf")
            assert tief.path.startswith("Bauanträge & Pläne/2026/")
            connection.acknowledge(tief, AfterPickup.MOVE, "fertig")
            with pytest.raises(DirectoryMissing):
                listed(connection, "gibt es nicht")
            with pytest.raises(NameNotAllowed):
                listed(connection, "a/../..")
        assert len(door.flags(f"{below}{separator}fertig")) == 1
        door.close()


def test_a_listing_sees_what_has_come_and_gone(server: RunningDovecot, door: Mailbox) -> None:
    with mailbox(server).connect() as connection:
        assert names(connection) == []
        first = door.put(mail_with(("eins.pdf", PDF)))
        second = door.put(mail_with(("zwei.pdf", PDF)))
        assert names(connection) == ["eins.pdf", "zwei.pdf"]
        door.remove(first)
        door.flag(second, "\\Deleted")
        assert names(connection) == []


def test_a_listing_may_be_interrupted_by_fetching(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    for number in range(205):
        door.put(mail_with((f"{number}.txt", str(number).encode())))
    with mailbox(server).connect() as connection:
        for file in connection.list_files("", recursive=False):
            connection.fetch(file, tmp_path / file.name)
            connection.acknowledge(file, AfterPickup.DELETE)
    assert {path.read_text() for path in tmp_path.glob("*.txt")} == set(map(str, range(205)))
    assert door.flags() == {}


# -- disposing ---------------------------------------------------------------------------------


def test_a_mail_is_deleted_with_its_last_file_and_no_other_mail(
    server: RunningDovecot, door: Mailbox
) -> None:
    other = door.put(mail_with(("fremd.pdf", PDF)))
    door.flag(other, "\\Deleted")
    door.put(mail_with(("a.pdf", PDF), ("b.pdf", PDF)))
    with mailbox(server).connect() as connection:
        first, second = listed(connection)
        assert "1 more" in connection.acknowledge(first, AfterPickup.DELETE)
        assert listed(connection) == [second]
        assert "1 more" in connection.acknowledge(first, AfterPickup.DELETE)
        assert connection.acknowledge(second, AfterPickup.DELETE) == "mail deleted"
        assert connection.acknowledge(second, AfterPickup.DELETE) == "was gone already"
        assert connection.acknowledge(first, AfterPickup.DELETE) == "was gone already"
    assert set(door.flags()) == {other}


def test_a_crash_between_two_acknowledgements_loses_nothing(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    uid = door.put(mail_with(("a.pdf", PDF), ("b.pdf", PDF), ("c.pdf", PDF)))
    with mailbox(server).connect() as connection:
        first, second, third = listed(connection)
        connection.acknowledge(first, AfterPickup.DELETE)
    # The hub died after the server had marked the last files, and before it dealt with the mail.
    door.flag(uid, "$GovManager-3", "$GovManager-4")
    with mailbox(server).connect() as connection:
        assert listed(connection) == []
        assert fetched(connection, second, tmp_path) == PDF
        assert connection.acknowledge(third, AfterPickup.DELETE) == "mail deleted"
    assert door.flags() == {}


def test_a_mail_is_moved_into_a_folder_that_is_created(
    server: RunningDovecot, door: Mailbox
) -> None:
    for _ in range(2):
        door.put(mail_with(("a.pdf", PDF)))
    with mailbox(server).connect() as connection:
        for file in listed(connection):
            assert "moved" in connection.acknowledge(file, AfterPickup.MOVE, "Erledigt/März")
            assert "gone" in connection.acknowledge(file, AfterPickup.MOVE, "Erledigt/März")
        assert names(connection) == []
        for nowhere in ("", ".", "../x"):
            with pytest.raises(NameNotAllowed):
                connection.acknowledge(file, AfterPickup.MOVE, nowhere)
    assert len(door.flags("INBOX.Erledigt.März")) == 2
    assert door.flags() == {}


def test_a_kept_mail_is_listed_no_more(server: RunningDovecot, door: Mailbox) -> None:
    uid = door.put(mail_with(("a.pdf", PDF), ("b.pdf", PDF)))
    with mailbox(server).connect() as connection:
        for _ in range(2):
            for file in listed(connection):
                connection.acknowledge(file, AfterPickup.KEEP)
                connection.acknowledge(file, AfterPickup.KEEP)
        assert listed(connection) == []
    assert door.flags()[uid] == {"$GovManager", "$GovManager-2", "$GovManager-3"}


def test_a_kept_mail_may_be_marked_as_read(server: RunningDovecot, door: Mailbox) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    with mailbox(server, mark=Mark.SEEN).connect() as connection:
        (file,) = listed(connection)
        connection.acknowledge(file, AfterPickup.KEEP)
        assert listed(connection) == []
    assert door.flags() == {uid: {"\\Seen"}}


def test_a_mail_that_is_gone_is_missing(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    door.put(mail_with(("b.pdf", PDF)))
    with mailbox(server).connect() as connection:
        file = listed(connection)[0]
        door.remove(uid)
        with pytest.raises(FileMissing):
            connection.fetch(file, tmp_path / "to")
        assert not (tmp_path / "to").exists()
        assert connection.acknowledge(file, AfterPickup.DELETE) == "was gone already"
    assert len(door.flags()) == 1


def test_a_folder_made_anew_has_other_mails(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    door.put(mail_with(("a.pdf", PDF)), "INBOX.neu")
    with mailbox(server).connect() as connection:
        (file,) = listed(connection, "neu")
    # As after a restored backup: the same UID, another mail.
    folder, numbers, *rest = file.path.split("/")
    before = int(numbers.split(".")[0]) - 1
    old = RemoteFile(
        "/".join([folder, f"{before}.{numbers.split('.')[1]}", *rest]),
        file.name,
        file.size,
        file.modified,
        f"{before}.{file.version.partition('.')[2]}",
    )
    with mailbox(server).connect() as connection:
        with pytest.raises(FileChanged):
            connection.fetch(old, tmp_path / "to")
        assert not (tmp_path / "to").exists()
        with pytest.raises(FileChanged):
            connection.acknowledge(old, AfterPickup.DELETE)
    assert len(door.flags("INBOX.neu")) == 1
    door.remove_folder("INBOX.neu")
    with mailbox(server).connect() as connection:
        with pytest.raises(FileMissing):
            connection.fetch(file, tmp_path / "to")
        assert connection.acknowledge(file, AfterPickup.DELETE) == "was gone already"


def test_an_old_server_never_expunges_what_others_have_deleted() -> None:
    with dovecot_server(capabilities=OLD_SERVER) as server:
        door = Mailbox(server)
        door.put(mail_with(("a.pdf", PDF)))
        before = door.flags()
        with mailbox(server).connect() as connection:
            (file,) = listed(connection)
            for after in (AfterPickup.DELETE, AfterPickup.MOVE):
                with pytest.raises(NotSupported, match="KEEP"):
                    connection.acknowledge(file, after, "fertig")
            assert door.flags() == before
            connection.acknowledge(file, AfterPickup.KEEP)
            assert listed(connection) == []
        door.close()


def test_moving_without_the_servers_move() -> None:
    with dovecot_server(capabilities=f"{OLD_SERVER} UIDPLUS") as server:
        door = Mailbox(server)
        other = door.put(mail_with(("fremd.pdf", PDF)))
        door.flag(other, "\\Deleted")
        door.put(mail_with(("a.pdf", PDF)))
        with mailbox(server).connect() as connection:
            (file,) = listed(connection)
            connection.acknowledge(file, AfterPickup.MOVE, "fertig")
        assert set(door.flags()) == {other}
        assert len(door.flags("INBOX.fertig")) == 1
        door.close()


def test_a_server_that_keeps_no_keywords() -> None:
    with dovecot_server(rights="lrstei") as server:
        door = Mailbox(server)
        single = door.put(mail_with(("a.pdf", PDF)))
        double = door.put(mail_with(("b.pdf", PDF), ("c.pdf", PDF)))
        with mailbox(server).connect() as connection:
            first, second, _ = listed(connection)
            for file, after in (
                (first, AfterPickup.KEEP),
                (second, AfterPickup.KEEP),
                (second, AfterPickup.DELETE),
            ):
                with pytest.raises(NotSupported, match="WHOLE_MESSAGE"):
                    connection.acknowledge(file, after)
            assert door.flags() == {single: set(), double: set()}
            assert connection.acknowledge(first, AfterPickup.DELETE) == "mail deleted"
        assert set(door.flags()) == {double}
        door.close()


# -- links -------------------------------------------------------------------------------------


class _Forms(http.server.BaseHTTPRequestHandler):
    elsewhere = ""

    def do_GET(self) -> None:
        """Answer as a form service does."""
        if self.headers.get("Authorization") is None:
            self._answer(401, b"")
        elif self.path.startswith("/get/login"):
            self._answer(200, b"<html>login</html>", "text/html; charset=utf-8")
        elif self.path.startswith("/get/moved"):
            self._answer(302, b"", location="/get/a.pdf?token=geheim")
        elif self.path.startswith("/get/away"):
            self._answer(302, b"", location="https://boese.example/a.pdf")
        elif self.path.startswith("/get/"):
            self._answer(200, PDF)
        else:
            self._answer(404, b"")

    def _answer(
        self, status: int, body: bytes, kind: str = "application/pdf", location: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def forms_service(server: RunningDovecot) -> Iterator[int]:
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Forms)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificates.certificate, server.certificates.key)
    service.socket = context.wrap_socket(service.socket, server_side=True)
    thread = threading.Thread(target=service.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service.server_port
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


def linking(server: RunningDovecot, port: int, **options: object) -> ImapMailbox:
    return mailbox(
        server,
        take=Take.LINKS,
        allowed_hosts=(f"127.0.0.1:{port}",),
        link_password="link-password",
        link_ca_certificate=server.certificates.authority_pem,
        **({"link_user": "amt"} | options),
    )


def test_links_to_allowed_hosts_are_fetched(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    with forms_service(server) as port:
        here = f"https://127.0.0.1:{port}"
        mail = EmailMessage()
        mail.set_content(
            f"Ihre Datei: {here}/get/a.pdf?token=geheim. Und https://boese.example/x.\n"
        )
        mail.add_alternative(
            f"<a href='{here}/get/a.pdf?token=geheim'>a</a> <a href='{here}/get/moved/Str%C3%A4.pdf"
            f"?x=1&amp;y=2'>b</a> <a href='http://127.0.0.1:{port}/get/c.pdf'>c</a>",
            subtype="html",
        )
        uid = door.put(mail)
        with linking(server, port).connect() as connection:
            first, second = listed(connection)
            assert (first.name, second.name) == ("a.pdf", "Strä.pdf")
            assert fetched(connection, first, tmp_path) == PDF
            assert fetched(connection, second, tmp_path) == PDF
            connection.acknowledge(first, AfterPickup.DELETE)
            assert listed(connection) == [second]
            assert set(door.flags()) == {uid}
            connection.acknowledge(second, AfterPickup.DELETE)
        assert door.flags() == {}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("gone/a.pdf", FileMissing),
        ("get/login.pdf", AccessRefused),
        ("get/away.pdf", AccessRefused),
    ],
)
def test_links_that_lead_to_no_file(
    server: RunningDovecot, door: Mailbox, tmp_path: Path, path: str, kind: type[Exception]
) -> None:
    with forms_service(server) as port:
        mail = EmailMessage()
        mail.set_content(f"https://127.0.0.1:{port}/{path}?token=geheim\n")
        door.put(mail)
        with linking(server, port).connect() as connection:
            (file,) = listed(connection)
            with pytest.raises(kind) as caught:
                connection.fetch(file, tmp_path / "to")
        assert "geheim" not in str(caught.value)
        assert not (tmp_path / "to").exists()


def test_a_host_of_links_that_gives_one_byte_at_a_time_is_given_up(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    with forms_service(server) as port, proxy_to(port) as proxy:
        mail = EmailMessage()
        mail.set_content(f"https://127.0.0.1:{proxy.port}/get/a.pdf?token=geheim\n")
        uid = door.put(mail)
        proxy.trickle()
        with linking(server, proxy.port, total_seconds=SECONDS).connect() as connection:
            (file,) = listed(connection)
            _ends_in_time(lambda: connection.fetch(file, tmp_path / "to"))
        assert not (tmp_path / "to").exists()
        assert set(door.flags()) == {uid}


def test_links_need_the_right_login_and_certificate(
    server: RunningDovecot, door: Mailbox, tmp_path: Path
) -> None:
    with forms_service(server) as port:
        mail = EmailMessage()
        mail.set_content(f"https://127.0.0.1:{port}/get/a.pdf\n")
        door.put(mail)
        with linking(server, port, link_user="").connect() as connection:
            (file,) = listed(connection)
            with pytest.raises(AccessRefused):
                connection.fetch(file, tmp_path / "to")
        other = make_certificates(tmp_path / "other").authority_pem
        untrusting = linking(server, port).model_copy(update={"link_ca_certificate": other})
        with untrusting.connect() as connection, pytest.raises(IdentityUnknown):
            connection.fetch(file, tmp_path / "to")


def test_links_need_allowed_hosts(server: RunningDovecot) -> None:
    with pytest.raises(ValidationError, match="allowed hosts"):
        mailbox(server, take=Take.LINKS)


# -- connecting --------------------------------------------------------------------------------


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.NONE])
def test_other_ways_to_connect(server: RunningDovecot, door: Mailbox, security: Security) -> None:
    door.put(mail_with(("a.pdf", PDF)))
    with mailbox(server, port=server.port, security=security).connect() as connection:
        assert names(connection) == ["a.pdf"]


def test_access_is_checked_without_a_change(server: RunningDovecot, door: Mailbox) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    findings = check_access(mailbox(server))
    told = "; ".join(f"{one.step}: {one.found}" for one in findings)
    assert not any(one.error for one in findings), told
    for part in ("TLSv1", "Test authority", "1 files", "keeps keywords: yes"):
        assert part in told
    assert door.flags() == {uid: set()}


def test_a_wrong_password_is_refused_and_not_shown(server: RunningDovecot) -> None:
    wrong = mailbox(server, password="gehe1m-ü")
    with pytest.raises(AccessRefused) as caught, wrong.connect():
        pass
    assert not isinstance(caught.value, IdentityUnknown)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert "gehe1m" not in shown


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_unknown_server_is_refused(
    server: RunningDovecot, tmp_path: Path, security: Security
) -> None:
    other = make_certificates(tmp_path).authority_pem
    port = server.tls_port if security is Security.TLS else server.port
    stranger = mailbox(server, ca_certificate=other, security=security, port=port)
    with pytest.raises(IdentityUnknown), stranger.connect():
        pass


def test_a_missing_base_folder_is_told(server: RunningDovecot) -> None:
    with (
        pytest.raises(DirectoryMissing, match=r"gibt.es.nicht"),
        mailbox(server, folder="gibt/es/nicht").connect(),
    ):
        pass


def test_nobody_listens(server: RunningDovecot) -> None:
    with proxy_to(server.tls_port) as proxy:
        deserted = mailbox(server, port=proxy.port)
    with pytest.raises(Unreachable), deserted.connect():
        pass


def _ends_in_time(call: Callable[[], object]) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable):
        call()
    assert time.monotonic() - began < 2 * SECONDS + 6


def test_a_server_that_never_answers_is_given_up(server: RunningDovecot) -> None:
    with proxy_to(server.tls_port) as proxy:
        proxy.hang()
        silent = mailbox(server, port=proxy.port, connect_seconds=SECONDS, idle_seconds=SECONDS)
        _ends_in_time(silent.connect().__enter__)


@pytest.mark.parametrize("fault", ["hang", "trickle", "cut"])
def test_a_line_that_fails_while_a_file_is_read(
    server: RunningDovecot, door: Mailbox, tmp_path: Path, fault: str
) -> None:
    uid = door.put(mail_with(("a.bin", PDF * 800)))
    limits = {"total_seconds": SECONDS} if fault == "trickle" else {"idle_seconds": SECONDS}
    with proxy_to(server.tls_port) as proxy:
        with mailbox(server, port=proxy.port, **limits).connect() as connection:
            (file,) = listed(connection)
            assert connection.is_alive()
            getattr(proxy, fault)()
            _ends_in_time(lambda: connection.fetch(file, tmp_path / "to"))
            assert not connection.is_alive()
        assert not (tmp_path / "to").exists()
    with mailbox(server).connect() as connection:
        assert fetched(connection, file, tmp_path) == PDF * 800
    assert door.flags() == {uid: set()}


def test_a_line_cut_before_acknowledging_changes_nothing(
    server: RunningDovecot, door: Mailbox
) -> None:
    uid = door.put(mail_with(("a.pdf", PDF)))
    with (
        proxy_to(server.tls_port) as proxy,
        mailbox(server, port=proxy.port).connect() as connection,
    ):
        (file,) = listed(connection)
        proxy.hang()
        proxy.cut()
        with pytest.raises(Unreachable):
            connection.acknowledge(file, AfterPickup.DELETE)
    assert set(door.flags()) == {uid}
    with mailbox(server).connect() as connection:
        assert connection.acknowledge(file, AfterPickup.DELETE) == "mail deleted"


def test_what_a_mailbox_cannot_do(server: RunningDovecot, door: Mailbox, tmp_path: Path) -> None:
    door.put(mail_with(("a.pdf", PDF)))
    parcel: Parcel = parcel_of(tmp_path)
    with mailbox(server).connect() as connection:
        (file,) = listed(connection)
        for call in (
            lambda: connection.stage(parcel),
            lambda: connection.trace(parcel, None),
            lambda: connection.lock(file, "hub", Locking.LOCK_FILE),
        ):
            with pytest.raises(NotSupported):
                call()
        (tmp_path / "to").write_bytes(b"old")
        with pytest.raises(FileExistsError):
            connection.fetch(file, tmp_path / "to")
        assert (tmp_path / "to").read_bytes() == b"old"
