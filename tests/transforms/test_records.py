"""Flat records of dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

import pytest

from tests.transforms import applications
from transforms.mapping import SCHEMAS
from transforms.read_xml import parse_as
from transforms.records import fields_of
from transforms.schemas import antrag


class Kind(Enum):
    """An enumeration, as xsdata makes of one."""

    DOG = "Hund"


@dataclass
class Fee:
    """A part of a case."""

    amount: Decimal
    paid: bool = False


@dataclass
class Case:
    """A dataclass of anybody's."""

    number: int
    kind: Kind
    fees: list[Fee] = field(default_factory=list)
    note: str | None = None
    scan: bytes | None = None


def test_a_generated_dataclass_has_the_names_of_its_xml() -> None:
    given = parse_as(applications.APPLICATION, antrag.Antrag, SCHEMAS / "antrag-1.xsd")
    record = fields_of(given)
    assert record["Kopf/AGS"] == "03458005"
    assert record["Kopf/Onlinedienst"] == "Hundesteuer online"
    assert record["Kopf/Onlinedienst/@version"] == "4.2.1"
    assert record["Antragsteller/Geburtsdatum"] == "1984-02-29"
    assert record["Anliegen/HundAnmelden/Ersthund"] == "true"
    assert record["Anlagen/Anlage[2]/Dateiname"] == "Haftpflicht Nachweis.pdf"


def test_any_dataclass() -> None:
    case = Case(7, Kind.DOG, [Fee(Decimal("1.50")), Fee(Decimal(2), paid=True)])
    assert fields_of(case) == {
        "number": "7",
        "kind": "Hund",
        "fees[1]/amount": "1.50",
        "fees[1]/paid": "false",
        "fees[2]/amount": "2",
        "fees[2]/paid": "true",
    }


@pytest.mark.parametrize("value", [None, "text", Case, Case(1, Kind.DOG, scan=b"a")], ids=str)
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        fields_of(value)
