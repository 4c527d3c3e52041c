"""Step `checksum`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.checksum import Checksum, ChecksumAction
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.step import Workbench

VERIFY = Checksum(checksum_action=ChecksumAction.VERIFY)


class TestChecksum(StepContract):
    """The contract, for checksums that are added."""

    refuses = False

    def step(self) -> Checksum:
        return Checksum()


@pytest.fixture
def pair(tmp_path: Path) -> list[Document]:
    (tmp_path / "antrag.xml").write_bytes(b"<Antrag/>")
    return list(Checksum().apply(document_of(tmp_path / "antrag.xml"), Workbench(tmp_path)))


def test_coreutils_accepts_it(pair: list[Document], tmp_path: Path) -> None:
    assert [one.name for one in pair] == ["antrag.xml", "antrag.xml.sha256"]
    command = ["sha256sum", "--check", "--strict", pair[1].path.name]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)
    assert checked.returncode == 0, checked.stderr


def test_what_is_right_goes_on_alone(pair: list[Document], tmp_path: Path) -> None:
    assert list(VERIFY.apply_all(pair, Workbench(tmp_path))) == pair[:1]


@pytest.mark.parametrize(
    "text",
    ["0" * 64 + "  antrag.xml\n", "", "no hash", "x" * 100_000, "ab\ncd\n"],
    ids=["another hash", "empty", "no hash", "long", "two lines"],
)
def test_what_is_wrong_is_refused(pair: list[Document], tmp_path: Path, text: str) -> None:
    pair[1].path.write_text(text)
    with pytest.raises(DocumentInvalid):
        VERIFY.apply_all(pair, Workbench(tmp_path))


def test_a_checksum_without_its_document_is_refused(pair: list[Document], tmp_path: Path) -> None:
    alone = pair[1].renamed("b.pdf.sha256")
    with pytest.raises(DocumentInvalid, match=r"Ask the sender for b\.pdf"):
        VERIFY.apply_all([*pair, alone], Workbench(tmp_path))


def test_what_has_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="No checksum file came along"):
        VERIFY.apply(stored(tmp_path, b"x"), Workbench(tmp_path))
