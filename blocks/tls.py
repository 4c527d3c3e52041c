"""Whom a TLS connection trusts, and how a refused certificate is told from a lost connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from blocks.endpoint import Finding
from transforms.errors import DefinitionWrong, IdentityUnknown, Unreachable


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
