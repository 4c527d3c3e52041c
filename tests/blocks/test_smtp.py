"""Mails arrive whole, at all addresses or at none, and never twice in silence."""

from __future__ import annotations

import hashlib
import socket
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Parcel, Trace
from blocks.smtp import Security, SmtpServer
from tests.blocks.contract.parts import reached
from tests.blocks.smtp_parts import LETTER, MESSAGE_ID, attachment, block, parcel_of, read, send
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.smtp import RunningSmtp, smtp_server
from transforms.errors import (
    AccessRefused,
    DefinitionWrong,
    DeliveryUnconfirmed,
    DocumentRefused,
    IdentityUnknown,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    StoreDamaged,
    Unreachable,
)

CONTENT = bytes(range(256)) * 20 + b"\r\n.\r\nline\rline\n.\n" + bytes(1000)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[RunningSmtp]:
    with smtp_server(certificates=certificates) as running:
        yield running


@pytest.fixture
def endpoint(server: RunningSmtp, certificates: Certificates) -> SmtpServer:
    return block(server, ca_certificate=certificates.authority_pem)


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return parcel_of(tmp_path, CONTENT)


def test_a_document_arrives_unchanged_at_all_addresses(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        assert server.mails == []
        receipt = connection.publish(parcel, staged)

    (mail,) = server.mails
    assert mail.recipients == LETTER.to
    assert attachment(mail) == ("antrag.xml", CONTENT)
    assert staged.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert staged.location == receipt.location == "bauamt@gemeinde.example, post@gemeinde.example"
    assert receipt.proof == "250 2.0.0 Ok: queued"
    assert receipt.reference == MESSAGE_ID


def test_texts_with_umlauts_arrive_as_written(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    send(endpoint, parcel)

    message = read(server.mails[0])
    body = message.get_body()
    assert body is not None
    assert message["Subject"] == LETTER.subject
    assert body.get_content().replace("\r\n", "\n") == LETTER.text
    assert message["From"].addresses[0].display_name == "Rechenzentrum Süd"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-GovManager-Repeated"] is None


@pytest.mark.parametrize(
    "name",
    [
        "ä" * 125 + ".xml",
        "Antrag [1] für 50 %; #2, \"Müller\" & 'Söhne'.xml",
        "u\u0308.pdf",
        "zwei  Blanks .txt",
        "a%20b=?utf-8?q?c?=.csv",
    ],
)
def test_hostile_names_arrive_as_they_are(
    server: RunningSmtp, endpoint: SmtpServer, tmp_path: Path, name: str
) -> None:
    send(endpoint, parcel_of(tmp_path, CONTENT, name))

    assert attachment(server.mails[0]) == (unicodedata.normalize("NFC", name), CONTENT)


def test_an_empty_document_arrives_empty(
    server: RunningSmtp, endpoint: SmtpServer, tmp_path: Path
) -> None:
    send(endpoint, parcel_of(tmp_path, b""))

    assert attachment(server.mails[0]) == ("antrag.xml", b"")


def test_mails_are_seven_bit_lines(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    send(endpoint, parcel)

    lines = server.mails[0].content.split(b"\r\n")
    assert server.mails[0].content.isascii()
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 no such user", AccessRefused),
        ("451 4.7.1 greylisted", Unreachable),
        ("452 4.2.2 mailbox full", SpaceExhausted),
    ],
)
def test_one_refused_recipient_keeps_the_mail_from_all(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel, answer: str, error: type[Exception]
) -> None:
    server.refused = {LETTER.to[1]: answer}
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        with pytest.raises(error, match=f"post@gemeinde.example: {answer}"):
            connection.publish(parcel, staged)
        assert server.mails == []

        server.refused = {}
        connection.publish(parcel, staged)
    assert len(server.mails) == 1
    assert server.sessions == 1


def test_a_wrong_password_is_refused_and_not_told(
    server: RunningSmtp, certificates: Certificates
) -> None:
    endpoint = block(server, ca_certificate=certificates.authority_pem, password="not-this-secret")
    with pytest.raises(AccessRefused, match="refused the login") as caught:
        reached(endpoint)
    assert "not-this-secret" not in str(caught.value)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_an_unknown_certificate_is_refused_until_pinned(
    certificates: Certificates, parcel: Parcel, security: Security
) -> None:
    with smtp_server(certificates=certificates, tls=security is Security.TLS) as server:
        with pytest.raises(IdentityUnknown, match="CA certificate"):
            reached(block(server, security=security))
        send(block(server, security=security, ca_certificate=certificates.authority_pem), parcel)
    assert attachment(server.mails[0])[1] == CONTENT


def test_a_pinned_text_that_is_no_certificate_is_told(server: RunningSmtp) -> None:
    with pytest.raises(DefinitionWrong, match="PEM"):
        reached(block(server, ca_certificate="-----BEGIN"))


def test_a_server_without_starttls_gets_no_password(parcel: Parcel) -> None:
    with smtp_server() as server:
        with pytest.raises(NotSupported, match="STARTTLS"):
            reached(block(server))
        send(block(server, security=Security.NONE), parcel)
    assert len(server.mails) == 1


def test_a_connection_lost_after_data_is_without_proof(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    server.answer = ""
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        with pytest.raises(DeliveryUnconfirmed, match=MESSAGE_ID):
            connection.publish(parcel, staged)

        trace, evidence = connection.trace(parcel, staged)
    assert trace is Trace.UNKNOWN
    assert MESSAGE_ID in evidence


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("554 5.7.1 looks like spam", AccessRefused),
        ("451 4.3.0 try later", Unreachable),
        ("452 4.3.1 queue full", SpaceExhausted),
    ],
)
def test_a_definite_refusal_of_the_mail_is_no_open_question(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel, answer: str, error: type[Exception]
) -> None:
    server.answer = answer
    with pytest.raises(error, match=answer):
        send(endpoint, parcel)
    assert server.mails == []


def test_nothing_staged_is_nothing_sent(endpoint: SmtpServer, parcel: Parcel) -> None:
    with endpoint.connect() as connection:
        assert connection.trace(parcel, None)[0] is Trace.ABSENT


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a.xml\r\nBcc: thief@example.org"},
        {"name": "a\nb.xml"},
        {"name": "../a.xml"},
        {"name": "a\x00.xml"},
        {"letter": replace(LETTER, subject="Antrag\r\nBcc: thief@example.org")},
        {"letter": replace(LETTER, subject="Antrag\u2028Bcc: thief@example.org")},
        {"letter": replace(LETTER, to=("a@b.example\r\nBcc: thief@example.org",))},
        {"letter": replace(LETTER, to=("a@b.example>, <thief@example.org",))},
    ],
)
def test_injected_headers_and_paths_are_refused(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel, change: dict[str, Any]
) -> None:
    with endpoint.connect() as connection, pytest.raises(NameNotAllowed):
        connection.stage(replace(parcel, **change))
    assert server.mails == []


def test_lines_of_the_text_inject_nothing(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    text = "Hallo\r\n.\r\nMAIL FROM:<a@b.example>\r\n\r\nBcc: thief@example.org\r\n"
    send(endpoint, replace(parcel, letter=replace(LETTER, text=text)))

    (mail,) = server.mails
    body = read(mail).get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text.replace("\r\n", "\n")
    assert read(mail)["Bcc"] is None
    assert mail.recipients == LETTER.to


def test_a_repeated_mail_has_the_same_id_and_says_so(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    send(endpoint, parcel)
    send(endpoint, replace(parcel, letter=replace(LETTER, repeated=True)))

    first, second = map(read, server.mails)
    body = second.get_body()
    assert body is not None
    assert first["Message-ID"] == second["Message-ID"] == MESSAGE_ID
    assert second["X-GovManager-Repeated"] == "yes"
    assert "nach einer Störung erneut gesendet" in body.get_content()
    assert MESSAGE_ID in " ".join(body.get_content().split())


def test_sizes_are_checked_before_anything_is_sent(
    certificates: Certificates, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, bytes(100_000))
    with smtp_server(certificates=certificates, size_limit=120_000) as server:
        pem = certificates.authority_pem
        for endpoint in (
            block(server, ca_certificate=pem),
            block(server, ca_certificate=pem, size_limit_bytes=50_000),
        ):
            with endpoint.connect() as connection, pytest.raises(DocumentRefused, match="allowed"):
                connection.stage(parcel)
    assert server.mails == []


def test_a_file_that_changed_behind_the_ledger_is_not_sent(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        parcel.path.write_bytes(b"another citizen's")
        with pytest.raises(StoreDamaged):
            connection.publish(parcel, staged)
    assert server.mails == []


def test_a_parcel_without_addresses_is_refused(endpoint: SmtpServer, parcel: Parcel) -> None:
    with endpoint.connect() as connection, pytest.raises(NotSupported, match="address"):
        connection.stage(replace(parcel, letter=None))


def test_one_session_serves_many_mails(
    server: RunningSmtp, endpoint: SmtpServer, parcel: Parcel
) -> None:
    with endpoint.connect() as connection:
        for _ in range(5):
            connection.publish(parcel, connection.stage(parcel))
    assert len(server.mails) == 5
    assert server.sessions == 1


def test_a_session_that_the_server_ended_is_opened_again(
    certificates: Certificates, parcel: Parcel
) -> None:
    with smtp_server(certificates=certificates) as first:
        endpoint = block(first, ca_certificate=certificates.authority_pem)
        connection = endpoint.connect()
        opened = connection.__enter__()
        staged = opened.stage(parcel)
    with smtp_server(certificates=certificates, port=first.port) as second:
        opened.publish(parcel, staged)
        connection.__exit__(None, None, None)
    assert first.mails == []
    assert len(second.mails) == 1


def test_nobody_there_is_unreachable() -> None:
    with smtp_server() as gone:
        endpoint = block(gone)
    with pytest.raises(Unreachable):
        reached(endpoint)


def test_a_server_that_says_nothing_is_given_up(server: RunningSmtp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = block(server, port=silent.getsockname()[1], connect_seconds=0.3)
        with pytest.raises(Unreachable):
            reached(endpoint)


def test_a_mailbox_is_no_source(endpoint: SmtpServer) -> None:
    with (
        endpoint.connect() as connection,
        pytest.raises(NotSupported, match="Use it as a target only"),
    ):
        list(connection.list_files("", recursive=False))


def test_the_sender_address_is_checked_in_the_form(server: RunningSmtp) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        block(server, sender_address="Rechenzentrum")
