"""Step `untar`."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.transforms import archives
from tests.transforms.step_contract import StepContract, stored
from transforms.step import Workbench
from transforms.untar import Untar


class TestUntar(StepContract):
    """The contract, and archives that must be refused."""

    name = "ags100_99003002000000.tar"

    def step(self) -> Untar:
        return Untar(untar_mib=64, untar_entries=100)

    def good(self) -> Mapping[str, bytes]:
        sound = archives.tarred(archives.FILES)
        return {"plain": sound, "compressed": gzip.compress(sound)}

    def hostile(self) -> Mapping[str, bytes]:
        return archives.hostile_tars()

    def large(self) -> bytes:
        return archives.tarred({"gross.bin": bytes(11 << 20)})


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_every_file_becomes_a_document_with_its_directory_as_a_fact(
    tmp_path: Path, packed: type[bytes]
) -> None:
    content = packed(archives.tarred(archives.FILES))
    made = Untar().apply(stored(tmp_path, content, "a.tar"), Workbench(tmp_path))
    assert {one.name: one.facts["archive_path"] for one in made} == {
        "antrag.xml": "",
        "Größe.pdf": "Anlagen",
    }
    assert [one.path.read_bytes() for one in made] == list(archives.FILES.values())


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    content = gzip.compress(archives.tarred({"gross.bin": bytes(200 << 20)}), 1)
    document = stored(tmp_path, content, "a.tgz")
    del content
    tracemalloc.start()
    (made,) = Untar().apply(document, Workbench(tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.path.stat().st_size == 200 << 20
    assert peak < 8 << 20
