"""Step `pgp-verify`: let only signed documents go on (RFC 9580)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.openpgp import MIB, verify
from transforms.step import Step, Workbench

SIGNATURES = (".sig", ".asc")


class PgpVerify(Step):
    """Check signatures beside documents that were made of one original, or around them.

    A signature around a document is taken off, which holds all of it in memory.
    """

    kind: Literal["pgp-verify"] = Field(
        default="pgp-verify",
        title="Step",
        description="Checks the signature of each file: NAME.sig or NAME.asc beside it, made of "
        "the same original; otherwise the file must be a signed message, which is unpacked.",
    )
    verify_signers: list[str] = Field(
        min_length=1,
        title="Signed by",
        description="Blocks with public keys, one of which must have signed it.",
        examples=[["open-pgp-key/onlinedienst"]],
    )
    verify_mib: int = Field(
        default=200,
        ge=1,
        title="Most MiB",
        description="MiB that the content of a signed message may have; it is held in memory.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the content of a signed message.

        Raises:
            DocumentInvalid: it has no good signature of an accepted key.
            DefinitionWrong: a key is none.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return the documents without their signatures, with the fact `signed_by`.

        Raises:
            DocumentInvalid: one has no good signature of an accepted key.
            DefinitionWrong: a key is none.
        """
        names = {one.name: one for one in documents}
        beside = {
            name: signature
            for name, signature in names.items()
            if PurePath(name).suffix in SIGNATURES and PurePath(name).stem in names
        }
        rest = [one for one in documents if one.name not in beside]
        return [self._verified(one, beside, bench) for one in rest]

    def _verified(
        self, document: Document, beside: dict[str, Document], bench: Workbench
    ) -> Document:
        found = next(
            (beside[name] for end in SIGNATURES if (name := document.name + end) in beside), None
        )
        pure = PurePath(document.name)
        name = pure.stem if not found and pure.suffix in (".pgp", ".asc") else document.name
        path = bench.new(name)
        if document.path.stat().st_size > 2 * self.verify_mib * MIB and not found:
            raise DocumentInvalid(
                f"The message has more than {2 * self.verify_mib} MiB",
                where=document.name,
                remedy="Ask for a signature beside the document, or raise the step's limit",
            )
        signers = verify(
            document,
            path,
            [bench.supplies.key(block) for block in self.verify_signers],
            signature=found.path if found else None,
            most_bytes=self.verify_mib * MIB,
        )
        facts = {"signed_by": " ".join(signers)}
        return document.made(document.path if found else path, name, facts)
