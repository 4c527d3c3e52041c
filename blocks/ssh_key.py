"""A private key for SSH, on its own, so that several servers can share it."""

from __future__ import annotations

import io
import re
from typing import ClassVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey, SSHException
from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from blocks import icons
from transforms.errors import AccessRefused

KINDS: dict[type[object], type[PKey]] = {
    Ed25519PrivateKey: Ed25519Key,
    EllipticCurvePrivateKey: ECDSAKey,
    RSAPrivateKey: RSAKey,
}
ARMOUR = re.compile(r"(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)")


class SshKey(Block):
    """A private key with which the hub logs in at SFTP servers.

    Example:
        ```python
        from pathlib import Path

        from blocks.ssh_key import SshKey

        SshKey(private_key=Path("id_ed25519").read_text()).save("hub")
        ```
    """

    _block_type_name: ClassVar[str] = "SSH key"
    _block_type_slug: ClassVar[str] = "ssh-key"
    _logo_url: ClassVar[HttpUrl | None] = icons.KEY
    _description: ClassVar[str] = "A private key that SFTP servers of the hub share."

    private_key: SecretStr = Field(
        title="Private key",
        description="The whole text of the key file, OpenSSH or PEM: Ed25519, ECDSA or RSA.",
    )
    passphrase: SecretStr = Field(
        default=SecretStr(""),
        title="Passphrase",
        description="Protects the private key; empty: it has none.",
    )

    def load_key(self) -> PKey:
        """Return the key, ready to sign.

        Raises:
            AccessRefused: the text is no key, of a kind that is not supported, or the
                passphrase is wrong.
        """
        text = _armoured(self.private_key.get_secret_value())
        try:
            return _converted(text, self.passphrase.get_secret_value().encode() or None)
        except TypeError as error:
            raise self._refused(
                "The private key and its passphrase do not go together: one has none",
                "Give the passphrase of the key, or none if the key is not protected",
            ) from error
        except (ValueError, UnsupportedAlgorithm, SSHException) as error:
            raise self._refused(
                "The private key cannot be read, or its passphrase is wrong",
                "Paste the whole key file, OpenSSH or PEM, and its passphrase; a key of PuTTY is "
                "first exported as an OpenSSH key",
            ) from error

    def _refused(self, what: str, remedy: str) -> AccessRefused:
        where = self._block_document_name or self.get_block_type_slug()
        return AccessRefused(what, where=where, remedy=remedy)


def _armoured(text: str) -> str:
    """Return the key with its lines, which a one-line form field takes away."""
    found = ARMOUR.fullmatch(text.strip())
    if not found:
        return text.strip() + "\n"
    head, body, foot = found.groups()
    return "\n".join((head, "".join(body.split()), foot, ""))


def _converted(text: str, passphrase: bytes | None) -> PKey:
    load = (
        serialization.load_ssh_private_key
        if "OPENSSH PRIVATE KEY" in text
        else serialization.load_pem_private_key
    )
    key = load(text.encode(), passphrase)
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey):
        raise ValueError("neither Ed25519 nor ECDSA nor RSA")  # noqa: TRY004 - of the text
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    kind = next(kind for known, kind in KINDS.items() if isinstance(key, known))
    return kind.from_private_key(io.StringIO(plain.decode()))
