"""Mails that only their recipients can read.

Source: RFC 8551 (S/MIME 4.0): enveloped-data, AES-256-CBC, keys wrapped with RSA.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtensionOID, NameOID

from transforms.errors import DefinitionWrong, NotSupported


class Sealer:
    """Encrypts for the owners of certificates.

    Args:
        pem: certificates one below the other.
        where: the block, for errors.

    Raises:
        DefinitionWrong: there is none, or one has no RSA key.
    """

    def __init__(self, pem: str, where: str) -> None:
        """Read the certificates."""
        self._where = where
        try:
            certificates = x509.load_pem_x509_certificates(pem.encode())
        except ValueError as error:
            raise self._wrong("holds what is no certificate") from error
        self._by_address: dict[str, list[x509.Certificate]] = {}
        for one in certificates:
            if not isinstance(one.public_key(), RSAPublicKey):
                raise self._wrong(f"holds a certificate without an RSA key: {_named(one)}")
            for address in _addresses(one):
                self._by_address.setdefault(address.lower(), []).append(one)

    def seal(self, message: EmailMessage, recipients: Sequence[str]) -> EmailMessage:
        """Return the message with its content encrypted; sender, subject and date stay readable.

        Args:
            message: with all its headers.
            recipients: addresses, each of which must have a certificate.

        Raises:
            NotSupported: a recipient has no valid certificate; nothing goes out in clear text.
        """
        builder = pkcs7.PKCS7EnvelopeBuilder().set_content_encryption_algorithm(AES256)
        for address in recipients:
            builder = builder.add_recipient(self._valid(address))
        sealed, inner = EmailMessage(policy=message.policy), EmailMessage(policy=message.policy)
        for name, value in message.items():
            (inner if name.lower().startswith(("content-", "mime-")) else sealed)[name] = value
        inner.set_payload(message.get_payload())
        envelope = builder.set_data(inner.as_bytes()).encrypt(
            Encoding.DER, [pkcs7.PKCS7Options.Binary]
        )
        sealed.set_content(
            envelope,
            maintype="application",
            subtype="pkcs7-mime",
            filename="smime.p7m",
            params={"smime-type": "enveloped-data"},
        )
        return sealed

    def _valid(self, address: str) -> x509.Certificate:
        now = datetime.now(UTC)
        known = self._by_address.get(address.lower(), [])
        for one in known:
            if one.not_valid_before_utc <= now <= one.not_valid_after_utc:
                return one
        found = f"only an expired one ({_named(known[0])})" if known else "none"
        raise NotSupported(
            f"Mails are to be encrypted, and of certificates for {address} there is {found}",
            where=self._where,
            remedy="Paste the recipient's valid certificate into the block's field 'Encryption "
            "certificates'",
        )

    def _wrong(self, how: str) -> DefinitionWrong:
        return DefinitionWrong(
            f"The field 'Encryption certificates' {how}",
            where=self._where,
            remedy="Paste them in PEM, each from -----BEGIN CERTIFICATE----- to its END line",
        )


def _addresses(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        ).value
    except x509.ExtensionNotFound:
        told: list[str] = []
    else:
        told = (
            names.get_values_for_type(x509.RFC822Name)
            if isinstance(names, x509.SubjectAlternativeName)
            else []
        )
    subject = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    return [*told, *(str(one.value) for one in subject)]


def _named(certificate: x509.Certificate) -> str:
    until = f"{certificate.not_valid_after_utc:%d.%m.%Y}"
    return f"{certificate.subject.rfc4514_string()}, valid until {until}"
