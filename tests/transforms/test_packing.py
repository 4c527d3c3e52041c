"""Steps `zip`, `tar` and `gzip`: what they pack, other programs unpack."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.transforms import archives
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.gzip_file import Gzip, GzipDirection
from transforms.step import Step, Workbench
from transforms.tar_files import TarFiles
from transforms.zip_files import ZipFiles


class TestZip(StepContract):
    """The contract."""

    refuses = False

    def step(self) -> ZipFiles:
        return ZipFiles()


class TestTar(StepContract):
    """The contract, for a compressed archive."""

    refuses = False

    def step(self) -> TarFiles:
        return TarFiles(tar_name="{stem}.tar.gz", tar_compressed=True)


class TestGzip(StepContract):
    """The contract."""

    refuses = False

    def step(self) -> Gzip:
        return Gzip()


class TestGunzip(StepContract):
    """The contract, and what is no sound gzip file."""

    name = "antrag.xml.gz"

    def step(self) -> Gzip:
        return Gzip(gzip_direction=GzipDirection.DECOMPRESS, gzip_mib=64)

    def good(self) -> Mapping[str, bytes]:
        return {"one": gzip.compress(b"<Antrag/>"), "two": gzip.compress(b"<A>") * 2}

    def hostile(self) -> Mapping[str, bytes]:
        sound = gzip.compress(b"<Antrag/>")
        return {
            "bomb": archives.gzip_bomb(),
            "cut off": sound[:-4],
            "garbage behind": sound + b"garbage",
            "wrong hash": sound[:-8] + b"\0\0\0\0" + sound[-4:],
            "no gzip": b"<Antrag/>",
        }

    def large(self) -> bytes:
        return gzip.compress(bytes(11 << 20))


@pytest.fixture
def two(tmp_path: Path) -> list[Document]:
    made = []
    for name, content in (("antrag.xml", b"<Antrag/>"), ("Größe.pdf", b"%PDF")):
        (tmp_path / name).write_bytes(content)
        made.append(document_of(tmp_path / name))
    return made


def packed(step: Step, documents: list[Document], folder: Path) -> Path:
    (folder / "bench").mkdir()
    (made,) = step.apply_all(documents, Workbench(folder / "bench"))
    assert made.name == made.path.name
    return made.path


def test_a_zip_holds_all_with_the_time_of_the_fetch(two: list[Document], tmp_path: Path) -> None:
    path = packed(ZipFiles(zip_name="{leika}.zip"), [_routed(one) for one in two], tmp_path)
    assert path.name == "99003002000000.zip"
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        found = {one.filename: archive.read(one) for one in archive.infolist()}
        times = {one.date_time for one in archive.infolist()}
    assert found == {"antrag.xml": b"<Antrag/>", "Größe.pdf": b"%PDF"}
    assert times == {(2026, 11, 23, 7, 15, 0)}


def _routed(document: Document) -> Document:
    return document.made(document.path, facts={"leika": "99003002000000"})


@pytest.mark.parametrize(
    ("date", "year"),
    [("2026-11-23", 2026), ("20261123", 2026), ("gestern", 1980), ("9999-12-31", 2106)],
)
@pytest.mark.parametrize("step", [ZipFiles(), TarFiles(tar_compressed=True), Gzip()])
def test_any_date_will_do(step: Step, date: str, year: int, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<Antrag/>")
    document = document_of(tmp_path / "a.xml")
    dated = document.made(document.path, facts={"date": date})
    (made,) = step.apply(dated, Workbench(tmp_path))
    if made.name.endswith(".zip"):
        with ZipFile(made.path) as archive:
            assert archive.infolist()[0].date_time[0] == year


def test_each_alone(two: list[Document], tmp_path: Path) -> None:
    made = ZipFiles(zip_each=True).apply_all(two, Workbench(tmp_path))
    assert [one.name for one in made] == ["antrag.zip", "Größe.zip"]


def test_a_tar_holds_all(two: list[Document], tmp_path: Path) -> None:
    path = packed(TarFiles(), two, tmp_path)
    with tarfile.open(path) as archive:
        names = [one.name for one in archive]
    assert names == ["antrag.xml", "Größe.pdf"]


@pytest.mark.parametrize("step", [ZipFiles(), TarFiles()])
def test_two_documents_of_one_name_are_an_error_of_the_set_up(
    step: Step, two: list[Document], tmp_path: Path
) -> None:
    with pytest.raises(StepFailed, match=r"Two documents are called antrag\.xml"):
        step.apply_all([*two, two[0]], Workbench(tmp_path))


def test_gzip_there_and_back(tmp_path: Path) -> None:
    document = stored(tmp_path, b"<Antrag/>", "antrag.xml")
    (there,) = Gzip().apply(document, Workbench(tmp_path))
    assert (there.name, gzip.decompress(there.path.read_bytes())) == (
        "antrag.xml.gz",
        b"<Antrag/>",
    )
    back = Gzip(gzip_direction=GzipDirection.DECOMPRESS)
    (again,) = back.apply(there, Workbench(tmp_path))
    assert (again.name, again.path.read_bytes()) == ("antrag.xml", b"<Antrag/>")
    with pytest.raises(StepFailed, match=r"does not end with \.gz"):
        back.apply(document, Workbench(tmp_path))
    with pytest.raises(DocumentInvalid, match="no sound gzip file"):
        back.apply(stored(tmp_path, b"x", "a.gz"), Workbench(tmp_path))
