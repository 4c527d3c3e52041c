"""Step `virus-scan`: nothing goes on that a virus scanner has not called clean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from transforms.document import Document
from transforms.errors import DocumentInfected
from transforms.names import safe_name
from transforms.step import Step, Workbench


class VirusScan(Step):
    """Let a virus scanner read each document; what it finds something in is set aside."""

    kind: Literal["virus-scan"] = Field(
        default="virus-scan",
        title="Step",
        description="Lets a virus scanner read each file. What is infected is set aside for a "
        "person; while the scanner is away, files wait.",
    )
    scanner: str = Field(
        title="Scanner",
        description="Block of the scanner, as virus-scanner/name.",
        examples=["virus-scanner/clamd"],
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the document.

        Raises:
            DocumentInfected: the scanner has found something.
            Unreachable: it gives no verdict; a later run asks it again.
            DefinitionWrong: there is no such scanner.
        """
        found = bench.supplies.scan(self.scanner, document.path)
        if found:
            raise DocumentInfected(
                f"The virus scanner has found {found}",
                where=document.name,
                remedy="Do not open it. Tell the sender, then discard it; it is in the execution "
                "folder, which nobody else reads",
            )
        return [document.renamed(safe_name(document.name))]
