"""What the matrix has shown of each protocol: rows on the screen, and docs/promises.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.cases import Found
from tests.chaos.lines import LINES, Promise

DOCUMENT = Path(__file__).parents[2] / "docs/promises.md"

HEAD = """\
# What is promised, and was tried

Made by `python -m tests.chaos --write` of what the crash matrix has shown. A run is killed with
`kill -9` on either side of every point at which it changes something: each commit of the ledger,
each verb that changes something at an endpoint, each name in the execution folder. Then it is
continued as the schedule, Retry or `resume_from` does it, with and without the recipient having
taken away what was visible. Every document must arrive with its bytes, the source be empty, every
delivery be proven in the ledger, and no temporary file or lock be left at either end. Further cases
kill what continues, cut the line or take the server away in the middle of a file, fill the disk,
lock or stop the ledger, and set the clock an hour off.

- **exactly once**: the target can be asked, so nothing is sent again that has arrived.
- **at least once, recognisable**: nobody can be asked whether the first one came. What may be a
  repetition has the same Message-ID and says so (`X-GovManager-Repeated: yes`); a service gets the
  same `Idempotency-Key`; an object in a bucket has the same `govmanager-delivery` among its
  metadata, and `govmanager-repeated: yes`. A bucket is asked, too: only where the run dies between
  the object and its note, and the recipient takes the object before the next run, it comes again.
- **at most once; in doubt a person is asked**: sending again might print or book a document twice.
  The delivery stays in doubt and the execution is `PARTIALLY_SENT`, with what to look for.

A lock that ends by its age (the guards of FTP and WebDAV, 300 s) may make a continuing run wait.

| line | what it is | the target gets each document | points | cases | came again, marked | asked |
|---|---|---|---|---|---|---|
"""


@dataclass
class Tally:
    """What one line has shown."""

    name: str
    promise: Promise = Promise.ONCE
    points: int = 0
    found: list[Found] = field(default_factory=list)
    seconds: float = 0.0
    problem: str = ""

    def add(self, found: Found) -> None:
        """Keep what a case has shown, and tell at once what is wrong."""
        self.found.append(found)
        if not found.is_good:
            print(found, flush=True)

    @property
    def bad(self) -> list[Found]:
        """The cases that were not as promised."""
        return [one for one in self.found if not one.is_good]

    @property
    def repeated(self) -> int:
        """How many documents came again and could be recognised."""
        return sum(one.repeated for one in self.found)

    @property
    def asked(self) -> int:
        """How many documents a person was asked about."""
        return sum(one.asked for one in self.found)

    def __str__(self) -> str:
        """Return a row for the screen."""
        if self.problem:
            return f"{self.name:<16}{self.problem}"
        text = f"{self.name:<16}{self.points:>4} points {len(self.found):>4} cases"
        text += f" {self.repeated:>3} repeated {self.asked:>3} asked {len(self.bad):>3} failed"
        return f"{text} {self.seconds:6.1f} s  {self.promise}"

    def row(self) -> str:
        """Return a row for the document."""
        what = (LINES[self.name].__doc__ or "").strip()
        cells = (self.name, what, self.promise, self.points, len(self.found))
        return "| " + " | ".join(map(str, (*cells, self.repeated, self.asked))) + " |"


def write(tallies: Iterable[Tally]) -> None:
    """Write the document."""
    rows = [one.row() for one in tallies if not one.problem]
    DOCUMENT.write_text(HEAD + "\n".join(rows) + "\n")
