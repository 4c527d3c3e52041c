"""Step `virus-scan`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DefinitionWrong, DocumentInfected, Retry, Unreachable, Who
from transforms.step import NoSupplies, Supplies, Workbench
from transforms.virus_scan import VirusScan

STEP = VirusScan(scanner="virus-scanner/clamd")


class Scanner(NoSupplies):
    """A scanner that finds the word Virus."""

    def __init__(self, *, away: bool = False) -> None:
        """Be there, or not."""
        self.away = away

    def scan(self, block: str, path: Path) -> str:
        """Look for the word."""
        assert block == "virus-scanner/clamd"
        if self.away:
            raise Unreachable("It is away", where=block, remedy="Start it")
        return "Testvirus" if b"Virus" in path.read_bytes() else ""


class TestVirusScan(StepContract):
    """The contract; what a document holds, the scanner judges."""

    refuses = False

    def step(self) -> VirusScan:
        return STEP

    def supplies(self) -> Supplies:
        return Scanner()


def test_what_is_infected_waits_for_a_person(tmp_path: Path) -> None:
    with pytest.raises(DocumentInfected, match="has found Testvirus") as caught:
        STEP.apply(stored(tmp_path, b"Virus"), Workbench(tmp_path, Scanner()))
    assert (caught.value.retry, caught.value.who) == (Retry.NEVER, Who.OPERATOR)


def test_without_a_verdict_a_document_waits(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        STEP.apply(stored(tmp_path, b"x"), Workbench(tmp_path, Scanner(away=True)))
    with pytest.raises(DefinitionWrong):
        STEP.apply(stored(tmp_path, b"x"), Workbench(tmp_path))
