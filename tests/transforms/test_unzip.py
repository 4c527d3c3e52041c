"""Step `unzip`."""

from __future__ import annotations

import contextlib
import io
import random
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.transforms import archives
from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DocumentInvalid
from transforms.step import Workbench
from transforms.unzip import Unzip


class TestUnzip(StepContract):
    """The contract, and archives that must be refused."""

    name = "ags100_99003002000000.zip"

    def step(self) -> Unzip:
        return Unzip(unzip_mib=64, unzip_entries=100)

    def good(self) -> Mapping[str, bytes]:
        return {"two files": archives.zipped(archives.FILES)}

    def hostile(self) -> Mapping[str, bytes]:
        return archives.hostile_zips()

    def large(self) -> bytes:
        return archives.zipped({"gross.bin": bytes(11 << 20)})


def unzipped(content: bytes, folder: Path, **options: Any) -> dict[str, bytes]:
    made = Unzip(**options).apply(stored(folder, content, "a.zip"), Workbench(folder))
    return {one.name: one.path.read_bytes() for one in made}


def test_every_file_becomes_a_document_with_its_directory_as_a_fact(tmp_path: Path) -> None:
    content = archives.zipped({**archives.FILES, "leer/": b""})
    made = Unzip().apply(stored(tmp_path, content, "a.zip"), Workbench(tmp_path))
    assert [(one.name, one.facts["archive_path"]) for one in made] == [
        ("antrag.xml", ""),
        ("Größe.pdf", "Anlagen"),
    ]
    assert [one.path.read_bytes() for one in made] == list(archives.FILES.values())


def test_directories_tell_files_of_one_name_apart(tmp_path: Path) -> None:
    content = archives.zipped({"1/scan.pdf": b"1", "2/scan.pdf": b"2"})
    with pytest.raises(DocumentInvalid, match=r"Two entries would be called 'scan\.pdf'"):
        unzipped(content, tmp_path)
    made = unzipped(content, tmp_path, unzip_directories=True)
    assert made == {"1_scan.pdf": b"1", "2_scan.pdf": b"2"}


def test_old_names_are_read_in_the_encoding_of_the_step(tmp_path: Path) -> None:
    content = archives.zipped({"Gr__e.pdf": b"x"}).replace(b"Gr__e", "Größe".encode("cp850"))
    assert list(unzipped(content, tmp_path, unzip_encoding="cp850")) == ["Größe.pdf"]


def test_zip64_and_padding_behind_the_end_pass(tmp_path: Path) -> None:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive, archive.open("a.xml", "w", force_zip64=True) as file:
        file.write(b"<Antrag/>")
    assert unzipped(target.getvalue() + bytes(512), tmp_path) == {"a.xml": b"<Antrag/>"}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_damaged_is_told_as_such(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable damage, no secret.
    for number in range(50):
        content = bytearray(archives.zipped(archives.FILES))
        for _ in range(3):
            content[-chance.randrange(1, 220)] = chance.choice([0, 255, chance.randrange(256)])
        (tmp_path / str(number)).mkdir()
        # Any other error than this one would be a crash of the step.
        with contextlib.suppress(DocumentInvalid):
            unzipped(bytes(content), tmp_path / str(number))


def test_an_archive_in_an_archive_stays_one(tmp_path: Path) -> None:
    (name,) = unzipped(archives.zip_bomb(1, inside=100), tmp_path)
    assert name == "bombe.zip"


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    document = stored(tmp_path, archives.zip_bomb(200), "a.zip")
    tracemalloc.start()
    (made,) = Unzip().apply(document, Workbench(tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.path.stat().st_size == 200 << 20
    assert peak < 8 << 20
