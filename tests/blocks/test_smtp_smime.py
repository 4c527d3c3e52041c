"""Signed and encrypted mails are read by OpenSSL; a certificate that does not fit is told."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from blocks.endpoint import Parcel
from blocks.smtp import SmtpServer
from tests.blocks.smtp_parts import LETTER, SENDER, block, parcel_of, send
from tests.servers.daemons import daemon_or_skip
from tests.servers.smtp import ReceivedMail, RunningSmtp, smtp_server
from transforms.errors import DefinitionWrong, NotSupported

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
ADDRESS = "Bauamt@gemeinde.example"
OTHER = "post@gemeinde.example"
CONTENT = b"<antrag>\r\n.\nM\xc3\xbcller\x00</antrag>"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]


@pytest.fixture
def server() -> Iterator[RunningSmtp]:
    with smtp_server(user="") as running:
        yield running


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return parcel_of(tmp_path, CONTENT, "Antrag für Müller.xml", replace(LETTER, to=(ADDRESS,)))


def endpoint_of(server: RunningSmtp, **fields: object) -> SmtpServer:
    return block(server, user="", security="NONE", **fields)


def certificate(
    address: str,
    key: Key,
    *,
    begins: timedelta = -DAY,
    lasts: timedelta = 2 * DAY,
    usage: str = "",
) -> str:
    """Make a certificate of its own, as PEM; its subject names the address."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Bauamt"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, address),
        ]
    )
    begin = datetime.now(UTC) + begins
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + lasts)
    )
    if usage:
        builder = builder.add_extension(key_usage(usage), critical=True)
    made = builder.sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def key_usage(only: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: one == only for one in every})


def pem_of(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def openssl(directory: Path, content: bytes, *arguments: str) -> bytes:
    """Hand a message to OpenSSL and return what it makes of it."""
    program = daemon_or_skip("openssl", "openssl")
    told = directory / "told"
    subprocess.run(
        [program, "cms", *arguments, "-inform", "SMIME", "-out", str(told)],
        input=content,
        check=True,
        capture_output=True,
    )
    return told.read_bytes()


def decrypted(directory: Path, mail: ReceivedMail, key: Key) -> bytes:
    (directory / "key").write_text(pem_of(key))
    return openssl(directory, mail.content, "-decrypt", "-inkey", str(directory / "key"))


def verified(directory: Path, content: bytes, pem: str) -> bytes:
    (directory / "ca").write_text(pem)
    return openssl(directory, content, "-verify", "-CAfile", str(directory / "ca"))


def attached(entity: bytes) -> tuple[str | None, bytes]:
    message = message_from_bytes(entity, policy=default)
    assert isinstance(message, EmailMessage)
    (part,) = message.iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename(), content


def test_each_recipient_reads_an_encrypted_mail_with_openssl(
    server: RunningSmtp, parcel: Parcel, tmp_path: Path, keys: list[rsa.RSAPrivateKey]
) -> None:
    both = certificate(ADDRESS.lower(), keys[0]) + certificate(OTHER, keys[1])
    parcel = replace(parcel, letter=replace(LETTER, to=(ADDRESS,), cc=(OTHER,)))
    send(endpoint_of(server, encryption_certificates=both), parcel)

    (mail,) = server.mails
    for key in keys:
        assert attached(decrypted(tmp_path, mail, key)) == (parcel.name, CONTENT)
    described = openssl(tmp_path, mail.content, "-cmsout", "-print", "-noout").decode()
    assert "aes-256-cbc" in described


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_signed_mail_is_verified_by_openssl(
    server: RunningSmtp, parcel: Parcel, tmp_path: Path, keys: list[rsa.RSAPrivateKey], kind: str
) -> None:
    key: Key = keys[0] if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    own = certificate(SENDER, key)
    endpoint = endpoint_of(server, signing_certificate=own, signing_key=pem_of(key))
    send(endpoint, parcel)

    content = server.mails[0].content
    assert attached(verified(tmp_path, content, own)) == (parcel.name, CONTENT)
    with pytest.raises(subprocess.CalledProcessError):
        verified(tmp_path, content.replace(b"Im Anhang", b"Im Abhang"), own)


def test_a_mail_is_signed_before_it_is_encrypted(
    server: RunningSmtp, parcel: Parcel, tmp_path: Path, keys: list[rsa.RSAPrivateKey]
) -> None:
    own = certificate(SENDER, keys[0])
    fields = {
        "signing_certificate": own,
        "signing_key": pem_of(keys[0]),
        "encryption_certificates": certificate(ADDRESS, keys[1]),
    }
    send(endpoint_of(server, **fields), parcel)

    signed = decrypted(tmp_path, server.mails[0], keys[1])
    assert attached(verified(tmp_path, signed, own)) == (parcel.name, CONTENT)
    assert b"Anhang" not in server.mails[0].content


def test_the_parts_of_an_encrypted_document_fit(
    server: RunningSmtp, tmp_path: Path, keys: list[rsa.RSAPrivateKey]
) -> None:
    parcel = parcel_of(tmp_path, bytes(100_000), letter=replace(LETTER, to=(ADDRESS,)))
    fields = {
        "encryption_certificates": certificate(ADDRESS, keys[0]),
        "split_large_documents": True,
        "size_limit_bytes": 90_000,
    }
    send(endpoint_of(server, **fields), parcel)

    assert len(server.mails) == 3
    assert max(len(mail.content) for mail in server.mails) <= 90_000
    parts = [attached(decrypted(tmp_path, mail, keys[0]))[1] for mail in server.mails]
    assert b"".join(parts) == bytes(100_000)


def test_of_several_certificates_the_valid_one_is_used(
    server: RunningSmtp, parcel: Parcel, tmp_path: Path, keys: list[rsa.RSAPrivateKey]
) -> None:
    expired = certificate(ADDRESS, keys[1], begins=-3 * DAY, lasts=DAY)
    future = certificate(ADDRESS, keys[1], begins=DAY, lasts=90 * DAY)
    pem = expired + future + certificate(ADDRESS, keys[0])
    send(endpoint_of(server, encryption_certificates=pem), parcel)

    assert attached(decrypted(tmp_path, server.mails[0], keys[0]))[1] == CONTENT


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"begins": -3 * DAY, "lasts": DAY}, "only an expired one"),
        ({"begins": DAY, "lasts": DAY}, "not valid yet"),
        ({"usage": "digital_signature"}, "for signatures, not for encryption"),
    ],
)
def test_a_certificate_that_cannot_be_used_sends_nothing_readable(
    server: RunningSmtp,
    parcel: Parcel,
    keys: list[rsa.RSAPrivateKey],
    fields: dict[str, timedelta],
    told: str,
) -> None:
    pem = certificate(ADDRESS, keys[0], **fields)  # type: ignore[arg-type]
    endpoint = endpoint_of(server, encryption_certificates=pem)
    with endpoint.connect() as connection:
        findings = [one for one in connection.probe("", write=True) if one.error]
        with pytest.raises(NotSupported, match=told):
            connection.stage(parcel)
    assert [told in str(one.error) for one in findings] == [True]


def test_a_blind_copy_without_a_certificate_is_not_sent_readable(
    server: RunningSmtp, parcel: Parcel, keys: list[rsa.RSAPrivateKey]
) -> None:
    parcel = replace(parcel, letter=replace(LETTER, to=(ADDRESS,), bcc=(OTHER,)))
    endpoint = endpoint_of(server, encryption_certificates=certificate(ADDRESS, keys[0]))
    with pytest.raises(NotSupported, match=f"{OTHER} there is none"):
        send(endpoint, parcel)
    assert server.mails == []


@pytest.mark.parametrize(
    ("address", "key", "told"),
    [
        (SENDER, 1, "does not belong"),
        ("other@rechenzentrum.example", 0, f"does not name {SENDER}"),
        (SENDER, None, "has no private key"),
    ],
)
def test_a_signing_key_that_does_not_fit_is_told_and_not_quoted(
    server: RunningSmtp,
    keys: list[rsa.RSAPrivateKey],
    address: str,
    key: int | None,
    told: str,
) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n" if key is None else pem_of(keys[key])
    endpoint = endpoint_of(
        server, signing_certificate=certificate(address, keys[0]), signing_key=pem
    )
    with pytest.raises(DefinitionWrong, match=told) as caught, endpoint.connect():
        pass
    assert pem.splitlines()[1] not in str(caught.value)


def test_an_expired_signing_certificate_signs_nothing(
    server: RunningSmtp, parcel: Parcel, keys: list[rsa.RSAPrivateKey]
) -> None:
    own = certificate(SENDER, keys[0], begins=-3 * DAY, lasts=DAY)
    endpoint = endpoint_of(server, signing_certificate=own, signing_key=pem_of(keys[0]))
    with pytest.raises(NotSupported, match=r"to be signed.*expired"):
        send(endpoint, parcel)
    assert server.mails == []
