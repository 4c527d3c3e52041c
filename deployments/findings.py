"""What is wrong in the files of transfers: where it stands, what it is, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transforms.errors import DefinitionWrong


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in one file.

    Attributes:
        path: the file, as it was given.
        line: line in the file, counted from 1.
        field: where in the definition, such as `recipients[0].targets[1].endpoint`, or "".
        what: what is wrong.
        remedy: how to mend it; "" where `what` says so already.
    """

    path: Path
    line: int
    field: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return place, mistake and remedy on a line each; editors jump to the first."""
        lines = [f"{self.path}:{self.line}: {self.field}".rstrip(" :"), f"    {self.what}"]
        return "\n".join([*lines, f"    -> {self.remedy}"] if self.remedy else lines)


class FilesWrong(DefinitionWrong):
    """Files of transfers are wrong; `findings` holds every mistake of every file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings; `str()` shows all of them on lines of their own."""
        self.findings = tuple(findings)
        files = len({finding.path for finding in self.findings})
        count = len(self.findings)
        super().__init__(
            f"{count} mistake{'s' * (count != 1)} in {files} file{'s' * (files != 1)}",
            where=f"{self.findings[0].path}:{self.findings[0].line}",
            remedy="Mend the files and run `govmanager validate` again",
        )

    def __str__(self) -> str:
        """Return all findings, then the count and what to do."""
        blocks = [str(finding) for finding in self.findings]
        return "\n".join([*blocks, f"{self.what}. {self.remedy}."])
