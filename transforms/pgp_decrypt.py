"""Step `pgp-decrypt`: decrypt an OpenPGP message (RFC 9580), signed by somebody known if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.openpgp import MIB, decrypt
from transforms.step import Step, Workbench

SUFFIXES = (".pgp", ".gpg", ".asc")


class PgpDecrypt(Step):
    """Decrypt a message; nothing of it goes on before the whole of it has proven intact."""

    kind: Literal["pgp-decrypt"] = Field(
        default="pgp-decrypt",
        title="Step",
        description="Decrypts each OpenPGP message; .pgp, .gpg and .asc are taken off the name.",
    )
    decrypt_key: str = Field(
        title="Key",
        description="Block with the private key, as open-pgp-key/name.",
        examples=["open-pgp-key/hub"],
    )
    decrypt_signers: list[str] = Field(
        default=[],
        title="Signed by",
        description="Blocks with public keys, one of which must have signed it; none: signatures "
        "are not looked at.",
    )
    decrypt_mib: int = Field(
        default=2048,
        ge=1,
        title="Most MiB",
        description="MiB that a decrypted document may have; more is refused.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the content, with the fact `signed_by` if signatures were looked at.

        Raises:
            DocumentInvalid: it is no whole message, for another key, or not signed as demanded.
            DefinitionWrong: a key is none, or its passphrase is wrong.
        """
        pure = PurePath(document.name)
        name = pure.stem if pure.suffix.lower() in SUFFIXES else document.name
        path = bench.new(name)
        signers = decrypt(
            document,
            path,
            bench.supplies.key(self.decrypt_key),
            signers=[bench.supplies.key(block) for block in self.decrypt_signers],
            most_bytes=self.decrypt_mib * MIB,
        )
        return [document.made(path, name, {"signed_by": " ".join(signers)} if signers else {})]
