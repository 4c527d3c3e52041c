"""Step `pgp-sign`: sign a document with OpenPGP (RFC 9580)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.names import safe_name
from transforms.openpgp import sign
from transforms.step import Step, Workbench


class PgpSign(Step):
    """Sign a document; the bytes of a signature differ each time, as it has a time and a salt."""

    kind: Literal["pgp-sign"] = Field(
        default="pgp-sign", title="Step", description="Signs each file with OpenPGP."
    )
    sign_key: str = Field(
        title="Key",
        description="Block with the private key, as open-pgp-key/name.",
        examples=["open-pgp-key/hub"],
    )
    sign_detached: bool = Field(
        default=True,
        title="Detached",
        description="A signature NAME.sig beside the document; otherwise NAME.pgp holds both.",
    )
    sign_armoured: bool = Field(
        default=False, title="Armoured", description="Text with the suffix .asc instead of binary."
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document and its signature, or the signed message.

        Raises:
            DefinitionWrong: the key is none, has no secret part, has expired or was revoked, or
                its passphrase is wrong.
        """
        suffix = ".asc" if self.sign_armoured else ".sig" if self.sign_detached else ".pgp"
        name = document.name + suffix
        path = bench.new(name)
        key = bench.supplies.key(self.sign_key)
        sign(document, path, key, detached=self.sign_detached, armour=self.sign_armoured)
        made = document.made(path, name)
        return [document.renamed(safe_name(document.name)), made] if self.sign_detached else [made]
