"""Step `split-xml`."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DocumentInvalid
from transforms.read_xml import read_xml
from transforms.split_xml import SplitXml
from transforms.step import NoSupplies, Supplies, Workbench

LIST = (
    '<?xml version="1.0"?>\n<l:Lieferung xmlns:l="urn:l" xmlns:x="urn:x" Stand="2026">'
    "<l:Kopf><Amt>Bauamt</Amt></l:Kopf>\n<l:Liste art='neu'><Titel>T</Titel>\n"
    "<x:Vorgang nr='1'><A>ä</A></x:Vorgang><!-- weg -->\n"
    "<x:Vorgang nr='2'><x:Vorgang>innen</x:Vorgang></x:Vorgang>\n<x:Vorgang nr='3'/></l:Liste>\n"
    "</l:Lieferung>"
)


class Watching(NoSupplies):
    """Keeps how far a step says to be."""

    def __init__(self) -> None:
        """Begin."""
        self.told: list[tuple[int, int]] = []

    def progress(self, done: int, total: int) -> None:
        """Keep it."""
        self.told.append((done, total))


class TestSplitXml(StepContract):
    """The contract, and what must be refused although its records may come first."""

    def step(self) -> SplitXml:
        return SplitXml(record_path="Anlagen", record_rest="DROP")

    def good(self) -> Mapping[str, bytes]:
        return {path.stem: path.read_bytes() for path in [applications.APPLICATION]}

    def supplies(self) -> Supplies:
        return Watching()

    def hostile(self) -> Mapping[str, bytes]:
        sound = applications.APPLICATION.read_bytes()
        deep = b"<Antrag><Anlagen>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Anlagen></Antrag>"
        return {**applications.hostile(), "behind the end": sound + b"<x/>", "deep": deep}


def split(content: str, folder: Path, **options: Any) -> dict[str, str]:
    step = SplitXml.model_validate({"record_path": "Liste/Vorgang", **options})
    made = step.apply(stored(folder, content.encode(), "l.xml"), Workbench(folder))
    return {one.name: one.path.read_text(encoding="utf-8").partition("\n")[2] for one in made}


def test_each_record_keeps_what_lies_around_it(tmp_path: Path) -> None:
    made = split(LIST, tmp_path)
    assert list(made) == ["l_000001.xml", "l_000002.xml", "l_000003.xml"]
    root = read_xml(tmp_path / "000002")
    assert (root.tag, dict(root.attrib)) == ("{urn:l}Lieferung", {"Stand": "2026"})
    assert [one.tag for one in root.iter()] == [
        "{urn:l}Lieferung",
        "{urn:l}Kopf",
        "Amt",
        "{urn:l}Liste",
        "Titel",
        "{urn:x}Vorgang",
        "{urn:x}Vorgang",
    ]


def test_without_a_head_or_alone(tmp_path: Path) -> None:
    bare, alone = tmp_path / "bare", tmp_path / "alone"
    bare.mkdir()
    alone.mkdir()
    assert "Bauamt" not in split(LIST, bare, record_envelope="ROOT")["l_000001.xml"]
    made = split(LIST, alone, record_envelope="NONE")
    assert made["l_000001.xml"].startswith("<x:Vorgang")
    assert "<A>ä</A></x:Vorgang>" in made["l_000001.xml"]


def test_several_in_a_part(tmp_path: Path) -> None:
    made = split(LIST, tmp_path, records_each=2)
    assert [text.count("nr=") for text in made.values()] == [2, 1]


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("</l:Liste><l:Summe>3</l:Summe>", "Summe"),
        ("verirrt</l:Liste>", "text"),
        ("</l:Liste><l:Liste art='alt'><x:Vorgang/></l:Liste>", "Liste with other attributes"),
    ],
)
def test_nothing_is_left_out_unasked(tmp_path: Path, extra: str, told: str) -> None:
    content = LIST.replace("</l:Liste>", extra)
    with pytest.raises(DocumentInvalid, match=f"more than its records: {told}"):
        split(content, tmp_path)
    (tmp_path / "drop").mkdir()
    step = SplitXml(record_path="Liste/Vorgang", record_rest="DROP")
    made = step.apply(stored(tmp_path, content.encode()), Workbench(tmp_path / "drop"))
    assert {one.facts["split_dropped"] for one in made} == {told}


def test_no_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="no element Liste/Fall"):
        split(LIST, tmp_path, record_path="Liste/Fall", record_rest="DROP")


def test_a_large_document_takes_little_memory_and_tells_how_far_it_is(tmp_path: Path) -> None:
    record = "<Vorgang><Text>" + "x" * 5000 + "</Text></Vorgang>\n"
    content = "<Lieferung>\n" + record * 6000 + "</Lieferung>"
    document = stored(tmp_path, content.encode(), "gross.xml")
    del content
    (tmp_path / "bench").mkdir()
    watching = Watching()
    before = _resident()
    tracemalloc.start()
    made = SplitXml(record_path="Vorgang").apply(document, Workbench(tmp_path / "bench", watching))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(made) == 6000
    assert peak < 20 << 20
    assert _resident() - before < 30 << 20
    assert watching.told[-1] == (document.path.stat().st_size,) * 2


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.parametrize("envelope", ["KEEP", "ROOT", "NONE"])
def test_prefixes_within_values_keep_their_meaning(tmp_path: Path, envelope: str) -> None:
    document = stored(
        tmp_path,
        b'<r><L xmlns:p="urn:1"><v t="p:x"/></L><L xmlns:p="urn:2"><v t="p:x"/></L></r>',
    )
    step = SplitXml.model_validate({"record_path": "L/v", "record_envelope": envelope})
    made = step.apply(document, Workbench(tmp_path))
    records = [next(read_xml(one.path).iter("v")) for one in made]
    assert [one.nsmap["p"] for one in records] == ["urn:1", "urn:2"]


def test_parts_never_share_a_name() -> None:
    with pytest.raises(ValidationError, match="all parts would have one name"):
        SplitXml(record_path="v", record_part_name="{stem}.xml")
