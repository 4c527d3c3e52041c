"""Mails that are encrypted, and mails that say where a large document lies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from blocks.endpoint import Letter, Parcel, Receipt
from blocks.smtp import Security, SmtpServer
from tests.blocks.contract.parts import parcel_of
from tests.servers.smtp import RunningSmtp, smtp_server
from transforms.errors import DefinitionWrong, DocumentRefused, NotSupported

ADDRESS = "amt@kommune.example"
CONTENT = b"<antrag>geheim</antrag>"
DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[RunningSmtp]:
    """Run a mail server that asks for no login."""
    with smtp_server(user="") as running:
        yield running


def block(server: RunningSmtp, **fields: str | int) -> SmtpServer:
    """Return the endpoint on a server."""
    return SmtpServer.model_validate(
        {
            "host": "127.0.0.1",
            "port": server.port,
            "security": Security.NONE,
            "sender_address": "hub@kommune.example",
        }
        | fields
    )


def letter_to(*addresses: str) -> Letter:
    """Return a letter."""
    return Letter(to=addresses, subject="Antrag", text="Guten Tag")


def send(endpoint: SmtpServer, parcel: Parcel) -> Receipt:
    """Deliver a parcel."""
    with endpoint.connect() as connection:
        return connection.publish(parcel, connection.stage(parcel))


def certificate_for(
    address: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, ends: datetime
) -> x509.Certificate:
    """Make a certificate of its own for a mail address."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bauamt")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - 100 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        .sign(key, hashes.SHA256())
    )


def pem_of(certificate: x509.Certificate) -> str:
    """Return a certificate as the block's field takes it."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Make the recipient's key."""
    return rsa.generate_private_key(65537, 2048)


def parsed(content: bytes) -> EmailMessage:
    """Read a message."""
    message = message_from_bytes(content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_only_the_recipient_reads_an_encrypted_mail(
    server: RunningSmtp, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    mine = certificate_for(ADDRESS, key, datetime.now(UTC) + DAY)
    parcel = parcel_of(tmp_path, CONTENT, "Antrag ü.xml", letter=letter_to(ADDRESS))
    send(block(server, encryption_certificates=pem_of(mine)), parcel)

    (mail,) = server.mails
    outer = parsed(mail.content)
    assert outer.get_content_type() == "application/pkcs7-mime"
    assert outer["Subject"] == "Antrag"
    assert outer["Message-ID"].startswith(f"<{parcel.key}@")
    envelope = outer.get_payload(decode=True)
    assert isinstance(envelope, bytes)
    assert CONTENT not in envelope
    inner = parsed(pkcs7.pkcs7_decrypt_der(envelope, mine, key, []))
    (attachment,) = inner.iter_attachments()
    assert attachment.get_filename() == "Antrag ü.xml"
    assert attachment.get_content() == CONTENT
    body = inner.get_body()
    assert body is not None
    assert "Guten Tag" in body.get_content()


def test_nobody_without_a_valid_certificate_gets_a_mail(
    server: RunningSmtp, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    expired = pem_of(certificate_for(ADDRESS, key, datetime.now(UTC) - DAY))
    others = pem_of(certificate_for("andere@kommune.example", key, datetime.now(UTC) + DAY))
    for pem, told in ((expired, "only an expired one"), (others, "there is none")):
        parcel = parcel_of(tmp_path, CONTENT, letter=letter_to(ADDRESS))
        with pytest.raises(NotSupported, match=told):
            send(block(server, encryption_certificates=pem), parcel)
    assert server.mails == []


def test_what_is_no_certificate_is_told(server: RunningSmtp, tmp_path: Path) -> None:
    curve = certificate_for(ADDRESS, ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC))
    for pem, told in (("kein PEM", "no certificate"), (pem_of(curve), "RSA")):
        parcel = parcel_of(tmp_path, CONTENT, letter=letter_to(ADDRESS))
        with pytest.raises(DefinitionWrong, match=told):
            send(block(server, encryption_certificates=pem), parcel)


def test_a_large_document_is_linked(server: RunningSmtp, tmp_path: Path) -> None:
    fields: dict[str, str | int] = {
        "size_limit_bytes": 10_000,
        "large_documents_link": "https://files.example/b/{name}",
    }
    large = parcel_of(tmp_path, bytes(20_000), "Plan #1.pdf", letter=letter_to(ADDRESS))
    small = parcel_of(tmp_path, b"klein", "b.pdf", letter=letter_to(ADDRESS))
    told = [send(block(server, **fields), parcel).proof for parcel in (large, small)]

    linked, attached = (parsed(mail.content) for mail in server.mails)
    assert list(linked.iter_attachments()) == []
    text = linked.get_content().replace("=\n", "")
    assert "https://files.example/b/Plan%20%231.pdf" in text
    assert large.fingerprint.sha256 in text
    assert "zu groß" in text
    assert len(list(attached.iter_attachments())) == 1
    assert ["link" in one for one in told] == [True, False]


def test_without_a_link_a_large_document_is_refused(server: RunningSmtp, tmp_path: Path) -> None:
    large = parcel_of(tmp_path, bytes(20_000), letter=letter_to(ADDRESS))
    with pytest.raises(DocumentRefused, match="allowed"):
        send(block(server, size_limit_bytes=10_000), large)
    assert server.mails == []
