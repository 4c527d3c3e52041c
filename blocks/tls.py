"""Whom a TLS connection trusts, and how a refused certificate is told from a lost connection."""

from __future__ import annotations

import ssl

from transforms.errors import DefinitionWrong


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
