"""S/MIME: mails that only their recipients can read, and whose sender is proven (RFC 8551).

Signed first, then encrypted for every recipient with AES-256 in CBC mode (RFC 8551, section 2.7).
The header of a mail stays readable: sender, recipients, subject.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID

from blocks.endpoint import Finding
from transforms.errors import DefinitionWrong, NotSupported

PASTE = "Paste the recipient's valid certificate into the block's field 'Encryption certificates'"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SIGNED = (
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
    ' micalg=sha-256; boundary="{boundary}"\r\n'
    "\r\n"
    "--{boundary}\r\n"
)
SIGNATURE = (
    "\r\n--{boundary}\r\n"
    'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
    "Content-Transfer-Encoding: base64\r\n"
    'Content-Disposition: attachment; filename="smime.p7s"\r\n'
    "\r\n"
)
ENVELOPED = (
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="smime.p7m"\r\n'
    b"\r\n"
)


@dataclass(frozen=True, slots=True)
class Protection:
    """How mails are signed and encrypted.

    Attributes:
        certificates: of recipients; empty if mails are not encrypted.
        chain: the hub's own certificate, then those between it and its authority; empty if
            mails are not signed.
        key: the private key of the hub's own certificate.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    chain: tuple[x509.Certificate, ...] = ()
    key: Key | None = None

    @classmethod
    def from_pem(cls, recipients: str, own: str, key: str, *, sender: str, where: str) -> Self:
        """Read what the form has.

        Args:
            recipients: their certificates, one below the other; "" for no encryption.
            own: the hub's certificate, followed by those of its authorities; "" for no signature.
            key: its private key, without a passphrase.
            sender: address that the hub's certificate must name.
            where: the block, for errors.

        Raises:
            DefinitionWrong: a text is no certificate or key, they do not belong together, or a
                certificate cannot be used for this whatever the time. No text is quoted.
        """
        certificates = _certificates(recipients, "Encryption certificates", where)
        for one in certificates:
            if not isinstance(one.public_key(), rsa.RSAPublicKey):
                how = f"has one without an RSA key: {one.subject.rfc4514_string()}"
                raise _wrong("Encryption certificates", how, where)
        chain = _certificates(own, "Signing certificate", where)
        if chain and sender.lower() not in _addresses(chain[0]):
            raise _wrong("Signing certificate", f"does not name {sender}", where)
        return cls(certificates, chain, _key_of(chain, key, where))

    @property
    def encrypts(self) -> bool:
        """Whether mails are encrypted, for every recipient."""
        return bool(self.certificates)

    def protected(self, entity: bytes, recipients: Sequence[str], *, where: str) -> bytes:
        """Return a MIME entity signed and encrypted, as far as that is asked for.

        Args:
            entity: with its own header, in lines that end with CRLF.
            recipients: envelope addresses; each must be able to read it.
            where: the endpoint, for errors.

        Raises:
            NotSupported: a recipient has no certificate that is valid now, or the hub's own is
                not valid now.
        """
        now = datetime.now(UTC)
        if self.chain and self.key:
            entity = self._signed(entity, self.key, now, where)
        return self._enveloped(entity, recipients, now, where) if self.encrypts else entity

    def findings(self, where: str) -> Iterator[Finding]:
        """Say of each certificate until when it is valid."""
        now = datetime.now(UTC)
        for one in (*self.chain[:1], *self.certificates):
            whose = ", ".join(sorted(_addresses(one))) or one.subject.rfc4514_string()
            until = f"{whose}, valid until {one.not_valid_after_utc:%d.%m.%Y}"
            wrong = _unusable(one, now, encrypts=one in self.certificates)
            error = _useless(whose, wrong, where) if wrong else None
            yield Finding("S/MIME certificate", until, error)

    def _signed(self, entity: bytes, key: Key, now: datetime, where: str) -> bytes:
        if wrong := _unusable(self.chain[0], now, encrypts=False):
            raise NotSupported(
                f"Mails are to be signed, and the certificate is {wrong}",
                where=where,
                remedy="Paste a new signing certificate and its key into the block",
            )
        builder = PKCS7SignatureBuilder().set_data(entity)
        builder = builder.add_signer(self.chain[0], key, hashes.SHA256())
        for one in self.chain[1:]:
            builder = builder.add_certificate(one)
        options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
        signature = _lines(builder.sign(Encoding.DER, options))
        boundary = f"=_{hashlib.sha256(entity).hexdigest()[:40]}"
        head, middle = (text.format(boundary=boundary).encode() for text in (SIGNED, SIGNATURE))
        return head + entity + middle + signature + f"--{boundary}--\r\n".encode()

    def _enveloped(
        self, entity: bytes, recipients: Sequence[str], now: datetime, where: str
    ) -> bytes:
        builder = PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(AES256)
        chosen = (self._certificate_of(address, now, where) for address in recipients)
        for certificate in dict.fromkeys(chosen):
            builder = builder.add_recipient(certificate)
        return ENVELOPED + _lines(builder.encrypt(Encoding.DER, [PKCS7Options.Binary]))

    def _certificate_of(self, address: str, now: datetime, where: str) -> x509.Certificate:
        """Return the newest certificate of an address."""
        named = [one for one in self.certificates if address.lower() in _addresses(one)]
        if not named:
            raise NotSupported(
                f"Mails are to be encrypted, and of certificates for {address} there is none",
                where=where,
                remedy=PASTE,
            )
        newest = max(named, key=lambda one: (not _unusable(one, now), one.not_valid_after_utc))
        if wrong := _unusable(newest, now):
            raise _useless(address, wrong, where)
        return newest


def _useless(address: str, wrong: str, where: str) -> NotSupported:
    return NotSupported(
        f"Mails are to be encrypted, and of certificates for {address} there is only {wrong}",
        where=where,
        remedy=PASTE,
    )


def _wrong(field: str, how: str, where: str) -> DefinitionWrong:
    return DefinitionWrong(
        f"The field '{field}' {how}",
        where=where,
        remedy="Paste PEM there, from the BEGIN to the END line, keys without a passphrase",
    )


def _certificates(pem: str, field: str, where: str) -> tuple[x509.Certificate, ...]:
    if not pem.strip():
        return ()
    try:
        found = tuple(x509.load_pem_x509_certificates(pem.encode()))
        for one in found:
            _addresses(one)  # Extensions are read when they are asked for.
    except (ValueError, x509.DuplicateExtension) as error:
        raise _wrong(field, "has what is no certificate", where) from error
    return found


def _key_of(chain: Sequence[x509.Certificate], pem: str, where: str) -> Key | None:
    """Return the private key of the first certificate; errors never quote it."""
    if not chain and not pem.strip():
        return None
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        # Not chained: the library's words may quote the key.
        raise _wrong("Signing key", "has no private key", where) from None
    if not isinstance(key, Key):
        raise _wrong("Signing key", "has a key of another kind than RSA and EC", where)
    if not chain or key.public_key() != chain[0].public_key():
        raise _wrong("Signing key", "does not belong to the first signing certificate", where)
    return key


def _addresses(certificate: x509.Certificate) -> set[str]:
    """Return the mail addresses that a certificate names (RFC 8550, section 3), in small letters."""
    names = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    found = {str(one.value) for one in names}
    try:
        other = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found.update(other.get_values_for_type(x509.RFC822Name))
    except x509.ExtensionNotFound:
        pass
    return {one.lower() for one in found}


def _unusable(certificate: x509.Certificate, now: datetime, *, encrypts: bool = True) -> str:
    """Return what kind of certificate it is that cannot be used now, "" if it can."""
    if now > certificate.not_valid_after_utc:
        return f"an expired one (since {certificate.not_valid_after_utc:%d.%m.%Y})"
    if now < certificate.not_valid_before_utc:
        return f"one that is not valid yet (before {certificate.not_valid_before_utc:%d.%m.%Y})"
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    if encrypts:
        return "" if usage.key_encipherment else "one for signatures, not for encryption"
    signs = usage.digital_signature or usage.content_commitment
    return "" if signs else "one for encryption, not for signatures"


def _lines(der: bytes) -> bytes:
    """Return bytes as lines of base64 (RFC 2045, section 6.8)."""
    return base64.encodebytes(der).replace(b"\n", b"\r\n")
