"""The mailbox, against a real Dovecot; links against a real HTTPS server."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import ValidationError

from blocks.endpoint import AfterPickup, Locking, Parcel
from blocks.imap import ImapMailbox, Mark, Take
from tests.blocks.contract.parts import parcel_of
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
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    FileMissing,
    IdentityUnknown,
    NameNotAllowed,
    NotSupported,
)

CSV = "Straße;Ort\nAm Markt;Jülich\n" * 50
OLD_SERVER = "IMAP4rev1 SASL-IR LITERAL+ CHILDREN"
"""Neither UIDPLUS nor MOVE."""


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


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename*=utf-8''%20%20f%C3%BChrend%20.pdf", "  führend .pdf"),
        ('filename=" führend.pdf "', " führend.pdf "),
        ('filename="100% #3?.pdf"', "100% #3?.pdf"),
        ('filename="Lage%20plan.pdf"', "Lage%20plan.pdf"),
        ("filename*=utf-8''Lage%2520plan.pdf", "Lage%20plan.pdf"),
        ('filename="<a>"', "<a>"),
        ("filename*=utf-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ('filename="=?utf-8?B?Li4vLi4vw7xiZXIucGRm?="', "über.pdf"),
        ('filename="=?iso-8859-1?Q?B=E4ume_?=\n =?iso-8859-1?Q?7.pdf?="', "Bäume 7.pdf"),
        ("filename*=utf-8''Geba%CC%88ude.pdf", "Geba\u0308ude.pdf"),
        ('filename="   "', "part-2.pdf"),
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


def test_a_name_in_raw_latin_1_is_read_as_such(server: RunningDovecot, door: Mailbox) -> None:
    door.put(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: application/pdf\n"
        'Content-Disposition: attachment; filename=" Straße 7 € Übersicht.pdf"\n\n%PDF\n'.encode(
            "cp1252"
        )
    )
    with mailbox(server).connect() as connection:
        assert names(connection) == [" Straße 7 € Übersicht.pdf"]


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


def test_a_folder_may_hold_more_mails_than_are_searched_at_once(
    server: RunningDovecot, door: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blocks.imap_session.AT_ONCE", 2)
    monkeypatch.setattr("blocks.imap.PORTION", 3)
    uids = [door.put(mail_with((f"{number}.pdf", PDF))) for number in range(6)]
    door.remove(uids[1], uids[2])
    with mailbox(server).connect() as connection:
        assert names(connection) == ["0.pdf", "3.pdf", "4.pdf", "5.pdf"]


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
    with dovecot_server(rights={"INBOX": "lrstei"}) as server:
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


@pytest.fixture(scope="module")
def port(server: RunningDovecot) -> Iterator[int]:
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
    server: RunningDovecot, door: Mailbox, port: int, tmp_path: Path
) -> None:
    here = f"https://127.0.0.1:{port}"
    mail = EmailMessage()
    mail.set_content(f"Ihre Datei: {here}/get/a.pdf?token=geheim. Und https://boese.example/x.\n")
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
    server: RunningDovecot,
    door: Mailbox,
    port: int,
    tmp_path: Path,
    path: str,
    kind: type[Exception],
) -> None:
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
    server: RunningDovecot, door: Mailbox, port: int, tmp_path: Path
) -> None:
    with proxy_to(port) as proxy:
        mail = EmailMessage()
        mail.set_content(f"https://127.0.0.1:{proxy.port}/get/a.pdf?token=geheim\n")
        uid = door.put(mail)
        proxy.trickle()
        with linking(server, proxy.port, total_seconds=SECONDS).connect() as connection:
            (file,) = listed(connection)
            ends_in_time(lambda: connection.fetch(file, tmp_path / "to"))
        assert not (tmp_path / "to").exists()
        assert set(door.flags()) == {uid}


def test_links_need_the_right_login_and_certificate(
    server: RunningDovecot, door: Mailbox, port: int, tmp_path: Path
) -> None:
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
