"""The mapping of an application to the import format: every code, and every value of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.transforms import applications
from tests.transforms.step_contract import document_of, stored
from transforms.document import Document
from transforms.map_xml import MapXml
from transforms.read_xml import read_xml
from transforms.step import Workbench

RECODED = {
    "Zeitpunkt": "split into day and time of German clocks",
    "Hausnummer": "split into number and addition",
    "Anrede": "a code",
    "Geschlecht": "a code",
    "Herkunft": "a code",
    "Ersthund": "a code",
    "Kassenzeichen": "its digits only",
}
"""Elements whose text does not reappear as it is; each has a test of its own."""


def values(document: Document, folder: Path) -> list[tuple[str, str]]:
    """Map a document and return what `leaves` finds in the result."""
    (made,) = MapXml(mapping="antrag-to-fachverfahren").apply(document, Workbench(folder))
    return leaves(read_xml(made.path))


def leaves(root: etree._Element) -> list[tuple[str, str]]:
    """Return local name and text of each attribute and of each element without children."""
    attributes = [(str(name), str(text)) for one in root.iter() for name, text in one.items()]
    elements = [(etree.QName(one).localname, one.text or "") for one in root.iter() if not len(one)]
    return attributes + elements


@pytest.mark.parametrize("path", applications.GOOD, ids=lambda path: path.stem)
def test_every_value_of_the_application_reappears(path: Path, tmp_path: Path) -> None:
    there = [text for _, text in values(document_of(path), tmp_path)]
    for name, text in leaves(read_xml(path)):
        if name in RECODED:
            continue
        is_date = name.endswith("datum") or name == "Haltungsbeginn"
        there.remove(text.replace("-", "") if is_date else text)


@pytest.mark.parametrize(
    ("element", "word", "target", "code"),
    [
        ("Anrede", "Herr", "AnredeSchl", "1"),
        ("Anrede", "Frau", "AnredeSchl", "2"),
        ("Anrede", "divers", "AnredeSchl", "3"),
        ("Anrede", "keine Angabe", "AnredeSchl", "9"),
        ("Geschlecht", "männlich", "GeschlechtSchl", "R"),
        ("Geschlecht", "weiblich", "GeschlechtSchl", "H"),
        ("Herkunft", "Züchter", "ZugangSchl", "10"),
        ("Herkunft", "Tierheim", "ZugangSchl", "20"),
        ("Herkunft", "Privat", "ZugangSchl", "30"),
        ("Herkunft", "Zuzug", "ZugangSchl", "40"),
        ("Herkunft", "eigener Wurf", "ZugangSchl", "50"),
        ("Ersthund", "true", "Ersthund", "J"),
        ("Ersthund", "1", "Ersthund", "J"),
        ("Ersthund", "false", "Ersthund", "N"),
        ("Ersthund", "0", "Ersthund", "N"),
    ],
)
def test_a_word_becomes_its_code(
    element: str, word: str, target: str, code: str, tmp_path: Path
) -> None:
    text = applications.APPLICATION.read_text(encoding="utf-8")
    content, count = re.subn(f"<{element}>.*?<", f"<{element}>{word}<", text)
    assert count == 1
    assert (target, code) in values(stored(tmp_path, content.encode()), tmp_path)
