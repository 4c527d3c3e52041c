"""Step `checksum`: a file beside each document that proves its bytes, or the check of one.

The format is that of GNU coreutils (`sha256sum`): hash in hexadecimal, two signs, the name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import Field

from transforms.document import CHUNK, Document
from transforms.errors import DocumentInvalid
from transforms.names import safe_name
from transforms.step import Step, Workbench

LINE = re.compile(r"\\?([0-9a-fA-F]+)(?: [ *](.+))?")
LONGEST = 64 * 1024
"""Bytes that a checksum file may have."""


class ChecksumAction(StrEnum):
    """What is done."""

    ADD = "ADD"
    VERIFY = "VERIFY"


class Checksum(Step):
    """Add a checksum file beside each document, or check the documents by those that came along."""

    kind: Literal["checksum"] = Field(
        default="checksum",
        title="Step",
        description="Adds NAME.sha256 and the like beside each document, or checks documents by "
        "such files and leaves these out.",
    )
    checksum_action: ChecksumAction = Field(
        default=ChecksumAction.ADD,
        title="Action",
        description="ADD makes the files; VERIFY checks documents by those made of the same "
        "original, such as from an archive, and refuses what differs or has none.",
    )
    checksum_algorithm: Literal["sha256", "sha512", "md5"] = Field(
        default="sha256",
        title="Algorithm",
        description="Which hash, and the suffix of the file; md5 protects against accidents only.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document and its checksum file.

        Raises:
            DocumentInvalid: it is to be checked, and nothing came along.
            NameNotAllowed: the name becomes too long.
        """
        return self.apply_all([document], bench)

    def apply_all(self, documents: Sequence[Document], bench: Workbench) -> Sequence[Document]:
        """Return the documents, with their checksum files or without.

        Raises:
            DocumentInvalid: the bytes are not those that the checksum file tells, there is none,
                or it is none, or a checksum file came without its document.
            NameNotAllowed: a name becomes too long.
        """
        if self.checksum_action is ChecksumAction.ADD:
            named = [one.renamed(safe_name(one.name)) for one in documents]
            return [made for one in named for made in (one, self._file(one, bench))]
        suffix = f".{self.checksum_algorithm}"
        files = {one.name: one for one in documents if one.name.endswith(suffix)}
        rest = [one for one in documents if one.name not in files]
        for one in rest:
            self._check(one, files)
        alone = sorted(files.keys() - {f"{one.name}{suffix}" for one in rest})
        if alone:
            raise DocumentInvalid(
                "The document that it is for did not come along",
                where=alone[0],
                remedy=f"Ask the sender for {alone[0].removesuffix(suffix)}",
            )
        return rest

    def _file(self, document: Document, bench: Workbench) -> Document:
        name = f"{document.name}.{self.checksum_algorithm}"
        path = bench.new(name)
        path.write_text(f"{self._hash(document)}  {document.name}\n", encoding="utf-8")
        return document.made(path, name)

    def _check(self, document: Document, files: Mapping[str, Document]) -> None:
        file = files.get(f"{document.name}.{self.checksum_algorithm}")
        if file is None:
            raise DocumentInvalid(
                "No checksum file came along",
                where=document.name,
                remedy=f"Ask the sender for {document.name}.{self.checksum_algorithm}",
            )
        if not hmac.compare_digest(_told(file), self._hash(document)):
            raise DocumentInvalid(
                f"The bytes are not those that {file.name} tells",
                where=document.name,
                remedy="Ask the sender for the document once more",
            )

    def _hash(self, document: Document) -> str:
        hasher = hashlib.new(self.checksum_algorithm, usedforsecurity=False)
        with document.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                hasher.update(chunk)
        return hasher.hexdigest()


def _told(file: Document) -> str:
    with file.path.open("rb") as opened:
        text = opened.read(LONGEST + 1).decode("utf-8", "replace").lstrip("\ufeff")
    found = LINE.fullmatch(text.strip())
    if len(text) > LONGEST or not found:
        raise DocumentInvalid(
            "This is no checksum file of one document",
            where=file.name,
            remedy="It must be one line: the hash, two blanks, the name",
        )
    return found[1].lower()
