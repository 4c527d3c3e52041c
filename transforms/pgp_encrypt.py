"""Step `pgp-encrypt`: encrypt a document with OpenPGP (RFC 9580), and sign it if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.openpgp import encrypt
from transforms.step import Step, Workbench


class PgpEncrypt(Step):
    """Encrypt a document; the bytes differ each time, as the session key is drawn anew."""

    kind: Literal["pgp-encrypt"] = Field(
        default="pgp-encrypt",
        title="Step",
        description="Encrypts each file with OpenPGP, and signs it if a signer is named.",
    )
    encrypt_for: list[str] = Field(
        min_length=1,
        title="Encrypt for",
        description="Blocks with the public keys of those who may read it, as open-pgp-key/name.",
        examples=[["open-pgp-key/fachverfahren"]],
    )
    encrypt_signer: str = Field(
        default="",
        title="Signer",
        description="Block with the private key that signs it inside; empty: nobody.",
    )
    encrypt_armoured: bool = Field(
        default=False,
        title="Armoured",
        description="Text with the suffix .asc instead of binary with .pgp.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the message.

        Raises:
            DefinitionWrong: a key is none, has expired or was revoked.
            StepFailed: a key cannot be used.
        """
        name = document.name + (".asc" if self.encrypt_armoured else ".pgp")
        path = bench.new(name)
        recipients = [bench.supplies.key(block) for block in self.encrypt_for]
        signer = bench.supplies.key(self.encrypt_signer) if self.encrypt_signer else None
        encrypt(document, path, recipients, signer=signer, armour=self.encrypt_armoured)
        return [document.made(path, name)]
