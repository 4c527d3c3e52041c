"""Whom a TLS connection trusts, whom it says it is, and how a refusal is told from a lost line."""

from __future__ import annotations

import re
import socket
import ssl
import tempfile
import textwrap
from collections.abc import Iterator
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pydantic import Field, SecretStr
from pydantic.config import JsonDict

from blocks.endpoint import Finding
from transforms.errors import DefinitionWrong, IdentityUnknown, Unreachable

LONG_TEXT: JsonDict = {"format": "textarea"}
ARMOUR = re.compile(r"(-----BEGIN [A-Z0-9 ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z0-9 ]+-----)")
CLIENT_REFUSED = ("CERTIFICATE", "HANDSHAKE", "UNKNOWN_CA", "DECRYPT_ERROR", "ACCESS_DENIED")
"""Words in the alerts with which servers refuse a client's certificate (RFC 8446, section 6.2)."""

CaCertificate = Annotated[
    str,
    Field(
        title="CA certificate",
        description="PEM of the authority that signed the server's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra=LONG_TEXT,
    ),
]
ClientCertificate = Annotated[
    str,
    Field(
        title="Client certificate",
        description="PEM of the hub's own certificate, with those between it and its authority; "
        "empty: none.",
        json_schema_extra=LONG_TEXT,
    ),
]
ClientKey = Annotated[
    SecretStr,
    Field(
        title="Client key",
        description="PEM of the private key that belongs to the client certificate.",
    ),
]
ClientPassphrase = Annotated[
    SecretStr,
    Field(
        title="Client key's passphrase",
        description="Protects the client key; empty: it has none.",
    ),
]


def trusting(ca_certificate: str, *, where: str) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name.

    Args:
        ca_certificate: PEM of the only authorities to trust; "" trusts this machine's store.
        where: the block, for the error.

    Raises:
        DefinitionWrong: the text is no certificate.
    """
    if not ca_certificate.strip():
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=ca_certificate)
    except (ssl.SSLError, ValueError) as error:
        raise DefinitionWrong(
            "The CA certificate in the block is no certificate",
            where=where,
            remedy="Paste it in PEM, from -----BEGIN CERTIFICATE----- to the END line",
        ) from error


def identified(
    context: ssl.SSLContext,
    certificate: str,
    key: SecretStr,
    passphrase: SecretStr,
    *,
    where: str,
) -> ssl.SSLContext:
    """Have a context show the hub's own certificate to servers that ask for it; return it.

    Args:
        context: whom to trust.
        certificate: PEM of the hub's certificate and those above it; "" leaves the context alone.
        key: PEM of its private key.
        passphrase: of the key, "" if it has none.
        where: the block, for the error.

    Raises:
        DefinitionWrong: one is no certificate or key, they do not belong together, or the
            passphrase is wrong.
    """
    if not certificate.strip():
        return context
    # The ssl module reads files only; this one is removed before the first byte is sent.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{certificate.strip()}\n{_armoured(key.get_secret_value())}\n")
        file.flush()
        try:
            # Even an empty passphrase, for else the process would ask for one at the terminal.
            context.load_cert_chain(file.name, password=passphrase.get_secret_value())
        except (ssl.SSLError, ValueError):
            # Not chained: the library's words may quote the key.
            raise DefinitionWrong(
                "The client certificate and its key are none, or do not belong together",
                where=where,
                remedy="Paste both in PEM, and the passphrase if the key has one",
            ) from None
    return context


def _armoured(pem: str) -> str:
    """Return a key with its lines, which a one-line form field takes away."""
    found = ARMOUR.fullmatch(pem.strip())
    if not found:
        return pem.strip()
    head, body, foot = found.groups()
    return "\n".join((head, *textwrap.wrap("".join(body.split()), 64), foot))


def greeted(
    address: tuple[str, int], context: ssl.SSLContext, *, seconds: float, where: str
) -> Iterator[Finding]:
    """Shake hands with a server that speaks TLS from the start, and say what it shows.

    Raises:
        IdentityUnknown: the certificate is not trusted.
        Unreachable: no connection, or no TLS.
    """
    try:
        with (
            socket.create_connection(address, seconds) as plain,
            context.wrap_socket(plain, server_hostname=address[0]) as sock,
        ):
            yield from shown(sock)
    except OSError as error:
        refused = certificate_refusal(error)
        if refused:
            raise IdentityUnknown(
                f"The server's certificate is not trusted: {refused}",
                where=where,
                remedy="Check who answers there, then paste the certificate of its authority "
                "into the block's field 'CA certificate'",
            ) from error
        raise Unreachable(
            f"No connection over TLS came about ({type(error).__name__})",
            where=where,
            remedy="Check address and port in the block, and whether the server speaks TLS there",
        ) from error


def shown(sock: ssl.SSLSocket) -> Iterator[Finding]:
    """Say what a connection over TLS has agreed upon, and with whom."""
    cipher = sock.cipher()
    yield Finding("TLS", f"{sock.version()}, {cipher[0] if cipher else 'no cipher'}")
    told = x509.load_der_x509_certificate(sock.getpeercert(binary_form=True) or b"")
    fingerprint = told.fingerprint(hashes.SHA256()).hex(":")
    until = f"{told.not_valid_after_utc:%d.%m.%Y}"
    names = f"{told.subject.rfc4514_string()} by {told.issuer.rfc4514_string()}"
    yield Finding("certificate", f"{names}, valid until {until}, SHA-256 {fingerprint}")


def is_client_refused(error: BaseException) -> bool:
    """Tell whether the server ended TLS on account of the client's certificate, or its lack."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLError) and "ALERT" in (link.reason or ""):
            return any(word in link.reason for word in CLIENT_REFUSED)
        link = link.__cause__ or link.__context__
    return False


def certificate_refusal(error: BaseException) -> str:
    """Return why the certificate was refused, or "" if the error has another cause.

    Libraries wrap the error of the ssl module, so the chain of causes is searched.
    """
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLCertVerificationError):
            return str(link.verify_message)
        link = link.__cause__ or link.__context__
    return ""
