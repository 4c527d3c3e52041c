"""Step `rename`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from tests.transforms.step_contract import StepContract, document_of
from transforms.errors import NameNotAllowed, StepFailed
from transforms.rename import Rename
from transforms.step import Workbench


class TestRename(StepContract):
    """The contract."""

    refuses = False

    def step(self) -> Rename:
        return Rename(template="gnap03_{date:%Y%m%d}_{n:04d}{suffix}")


def renamed(template: str, name: str = "") -> str:
    document = document_of(applications.APPLICATION, name)
    (made,) = Rename(template=template).apply(document, Workbench(Path("unused")))
    assert made.path == document.path
    return made.name


def test_a_name_is_made_of_facts() -> None:
    assert renamed("{kdnr}_{leika}_{date:%Y%m%d}_{n:04d}{suffix}") == (
        "0100_99003002000000_20261123_0007.xml"
    )


def test_name_stem_and_suffix_are_those_of_the_present_name() -> None:
    document = document_of(applications.APPLICATION).renamed("Übersicht.csv")
    (made,) = Rename(template="{stem}_neu{suffix}").apply(document, Workbench(Path("unused")))
    assert made.name == "Übersicht_neu.csv"


def test_what_was_found_out_earlier_outranks_the_name() -> None:
    document = document_of(applications.APPLICATION)
    routed = type(document)(document.path, document.name, {**document.facts, "leika": "99" * 7})
    (made,) = Rename(template="{leika}.xml").apply(routed, Workbench(Path("unused")))
    assert made.name == "99999999999999.xml"


def test_an_unknown_fact_is_named_with_those_there_are() -> None:
    with pytest.raises(StepFailed, match=r"'strasse'.*Use one of .*kdnr"):
        renamed("{strasse}.xml")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b.xml", "x" * 252 + ".xml", "a\x07.xml"])
def test_facts_cannot_make_a_dangerous_name(name: str) -> None:
    with pytest.raises(NameNotAllowed):
        renamed("{name}", name)


@pytest.mark.parametrize(
    "template",
    ["{{leika}}.xml", "{stem.__class__}", "{stem!r}", "{0}", "{", "{n:>99999}", "{d:{n}}"],
)
def test_a_wrong_template_is_refused_when_it_is_written(template: str) -> None:
    with pytest.raises(ValidationError):
        Rename(template=template)
