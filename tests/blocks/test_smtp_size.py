"""A document that is too large for one mail is refused, comes in parts, or is linked to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Parcel, Trace
from blocks.smtp import SmtpServer
from tests.blocks.smtp_parts import (
    KEY,
    LETTER,
    MESSAGE_ID,
    attachment,
    block,
    parcel_of,
    read,
    send,
)
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.smtp import RunningSmtp, smtp_server
from transforms.errors import AccessRefused, DeliveryUnconfirmed, DocumentRefused, StoreDamaged

CONTENT = os.urandom(200_000)
LIMIT = 120_000
NAME = "Bauantrag für Straße.pdf"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[RunningSmtp]:
    with smtp_server(certificates=certificates, size_limit=LIMIT) as running:
        yield running


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return parcel_of(tmp_path, CONTENT, NAME)


@pytest.fixture
def splitting(server: RunningSmtp, certificates: Certificates) -> SmtpServer:
    return limited_block(server, certificates, split_large_documents=True)


def limited_block(server: RunningSmtp, certificates: Certificates, **fields: Any) -> SmtpServer:
    return block(server, ca_certificate=certificates.authority_pem, **fields)


def body(server: RunningSmtp, number: int) -> str:
    part = read(server.mails[number]).get_body()
    assert part is not None
    return str(part.get_content())


def test_a_refusal_says_how_to_mend_it(
    server: RunningSmtp, certificates: Certificates, parcel: Parcel
) -> None:
    with pytest.raises(DocumentRefused, match=r"117,952 are allowed.*split large documents"):
        send(limited_block(server, certificates), parcel)
    assert server.mails == []


def test_the_parts_of_a_document_make_the_whole(
    server: RunningSmtp, splitting: SmtpServer, parcel: Parcel
) -> None:
    receipt = send(splitting, parcel)

    names, parts = zip(*map(attachment, server.mails), strict=True)
    assert b"".join(parts) == CONTENT
    assert names == tuple(f"{NAME}.00{number}" for number in (1, 2, 3))
    assert max(len(mail.content) for mail in server.mails) <= LIMIT
    assert [read(mail)["Subject"] for mail in server.mails] == [
        f"{LETTER.subject} (Teil {number} von 3)" for number in (1, 2, 3)
    ]
    ids = [read(mail)["Message-ID"] for mail in server.mails]
    assert ids == [f"<{KEY}.{number}.3@rechenzentrum.example>" for number in (1, 2, 3)]
    assert receipt.reference == f"{ids[0]} to {ids[2]}"
    assert receipt.proof.count("250") == 3


def test_a_part_says_how_the_whole_is_made(
    server: RunningSmtp, splitting: SmtpServer, parcel: Parcel
) -> None:
    send(splitting, parcel)

    text = body(server, 1)
    assert text.startswith("Im Anhang: Antrag für Müllgebühren.")
    assert f'copy /b "{NAME}.001"+"{NAME}.002"+"{NAME}.003" "{NAME}"' in text
    assert parcel.fingerprint.sha256 in text
    assert "200.000 Bytes" in text


def test_parts_sent_again_have_the_same_ids_and_say_so(
    server: RunningSmtp, splitting: SmtpServer, parcel: Parcel
) -> None:
    send(splitting, parcel)
    send(splitting, replace(parcel, letter=replace(LETTER, repeated=True)))

    ids = [read(mail)["Message-ID"] for mail in server.mails]
    assert ids[:3] == ids[3:]
    assert "nach einer Störung erneut gesendet" in body(server, 4)


def test_a_document_that_fits_is_not_split(
    server: RunningSmtp, splitting: SmtpServer, tmp_path: Path
) -> None:
    send(splitting, parcel_of(tmp_path, CONTENT[:80_000]))

    (mail,) = server.mails
    assert attachment(mail) == ("antrag.xml", CONTENT[:80_000])
    assert read(mail)["Message-ID"] == MESSAGE_ID


@pytest.mark.parametrize("size", range(87_000, 88_200, 150))
def test_no_size_makes_a_mail_that_is_too_large(
    server: RunningSmtp, splitting: SmtpServer, tmp_path: Path, size: int
) -> None:
    send(splitting, parcel_of(tmp_path, CONTENT[:size]))

    assert b"".join(attachment(mail)[1] for mail in server.mails) == CONTENT[:size]
    assert max(len(mail.content) for mail in server.mails) <= LIMIT


def test_parts_of_which_some_were_taken_leave_a_doubt(
    server: RunningSmtp, splitting: SmtpServer, parcel: Parcel
) -> None:
    server.answers = ["250 ok", "554 5.7.1 looks like spam"]
    with splitting.connect() as connection:
        staged = connection.stage(parcel)
        with pytest.raises(DeliveryUnconfirmed, match=r"Of 3 mails .* 1 were taken.*spam"):
            connection.publish(parcel, staged)
        trace, evidence = connection.trace(parcel, staged)
    assert trace is Trace.UNKNOWN
    assert f"<{KEY}" in evidence
    assert len(server.mails) == 1


def test_parts_of_which_none_was_taken_leave_none(
    server: RunningSmtp, splitting: SmtpServer, parcel: Parcel
) -> None:
    server.answers = ["554 5.7.1 looks like spam"]
    with pytest.raises(AccessRefused):
        send(splitting, parcel)
    assert server.mails == []


def test_too_many_parts_are_refused(
    server: RunningSmtp, certificates: Certificates, tmp_path: Path
) -> None:
    endpoint = limited_block(
        server, certificates, split_large_documents=True, size_limit_bytes=12_000
    )
    with pytest.raises(DocumentRefused, match="more than 99 mails"):
        send(endpoint, parcel_of(tmp_path, bytes(1_000_000)))
    assert server.mails == []


@pytest.mark.parametrize(
    ("template", "link"),
    [
        (
            "https://dateien.example/{directory}/{name}?sha256={sha256}",
            "https://dateien.example/ein%20gang/Bauantrag%20f%C3%BCr%20Stra%C3%9Fe.pdf?sha256=",
        ),
        (r"\\server\eingang\{name}", rf"\\server\eingang\{NAME}"),
    ],
)
def test_a_link_stands_for_a_document_that_is_too_large(
    server: RunningSmtp, certificates: Certificates, parcel: Parcel, template: str, link: str
) -> None:
    endpoint = limited_block(server, certificates, large_documents_link=template)
    receipt = send(endpoint, replace(parcel, directory="ein gang"))

    (mail,) = server.mails
    assert list(read(mail).iter_attachments()) == []
    assert link in body(server, 0)
    assert parcel.fingerprint.sha256 in body(server, 0)
    assert receipt.proof.startswith(f"without the document, but with the link {link}")
    assert receipt.reference == MESSAGE_ID


def test_a_document_that_fits_is_attached_and_not_linked_to(
    server: RunningSmtp, certificates: Certificates, tmp_path: Path
) -> None:
    endpoint = limited_block(
        server, certificates, large_documents_link="https://dateien.example/{name}"
    )
    receipt = send(endpoint, parcel_of(tmp_path, b"small"))

    assert attachment(server.mails[0])[1] == b"small"
    assert "dateien.example" not in body(server, 0)
    assert receipt.proof == "250 2.0.0 Ok: queued"


@pytest.mark.parametrize(
    "fields",
    [{"split_large_documents": True}, {"large_documents_link": "https://d.example/{name}"}],
)
def test_what_changed_behind_the_ledger_is_neither_split_nor_linked_to(
    server: RunningSmtp, certificates: Certificates, parcel: Parcel, fields: dict[str, Any]
) -> None:
    endpoint = limited_block(server, certificates, **fields)
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        parcel.path.write_bytes(CONTENT[::-1])
        with pytest.raises(StoreDamaged):
            connection.publish(parcel, staged)
    assert server.mails == []


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("https://d.example/{recipient}", "recipient"),
        ("https://d.example/{name", "no template"),
        ("https://d.example/\n{name}", "one line"),
    ],
)
def test_a_link_is_checked_in_the_form(server: RunningSmtp, link: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        block(server, large_documents_link=link)


def test_a_document_is_not_split_and_linked_to(server: RunningSmtp) -> None:
    with pytest.raises(ValueError, match="not both"):
        block(server, split_large_documents=True, large_documents_link="https://d.example/{name}")
