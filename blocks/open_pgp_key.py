"""An OpenPGP key, of the hub or of somebody it writes to."""

from __future__ import annotations

import re
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from blocks import icons
from transforms.step import OpenPgpKey

ARMOUR = re.compile(r"-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----.+", re.DOTALL)


class OpenPgpKeyBlock(Block):
    """An OpenPGP key: the secret key of the hub, or the certificate of somebody else.

    Example:
        ```python
        from pathlib import Path

        from blocks.open_pgp_key import OpenPgpKeyBlock

        OpenPgpKeyBlock(key=Path("hub.asc").read_text()).save("hub")
        ```
    """

    _block_type_name: ClassVar[str] = "OpenPGP key"
    _block_type_slug: ClassVar[str] = "open-pgp-key"
    _logo_url: ClassVar[HttpUrl | None] = icons.KEY
    _description: ClassVar[str] = "An OpenPGP key that steps encrypt, decrypt, sign or verify with."

    key: SecretStr = Field(
        title="Key",
        description="The whole text, from -----BEGIN PGP on: a public key to encrypt to or to "
        "verify with, a private one to decrypt or to sign with.",
    )
    passphrase: SecretStr = Field(
        default=SecretStr(""),
        title="Passphrase",
        description="Unlocks the private key; empty: it is not locked.",
    )

    @field_validator("key")
    @classmethod
    def _armoured(cls, key: SecretStr) -> SecretStr:
        if not ARMOUR.match(key.get_secret_value().strip()):
            message = "this is no armoured key; export it with `gpg --armor --export`"
            raise ValueError(message)
        return key

    def open_pgp_key(self) -> OpenPgpKey:
        """Return the key for a step."""
        return OpenPgpKey(self.key.get_secret_value(), self.passphrase.get_secret_value())
