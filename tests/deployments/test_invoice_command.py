"""`govmanager invoice check`: format, verdict, findings and exit code, without any server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deployments.cli import main
from tests.transforms import invoice_samples as samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a directory with files of every kind."""
    files = {
        "good.xml": samples.ubl(),
        "wrong.xml": samples.ubl(payable="1.00"),
        "hybrid.pdf": samples.hybrid(samples.ubl()),
        "plain.pdf": samples.hybrid(b"x", name="a.txt"),
        "cut.xml": samples.ubl()[:500],
        "bomb.xml": samples.hostile()["entity bomb"],
        "text.txt": b"Guten Tag",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def run(*arguments: Path | str) -> int:
    try:
        return main(["invoice", "check", *map(str, arguments)])
    except SystemExit as ended:
        return int(str(ended.code))


def told(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(capfd.readouterr().out)
    return answer


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["good.xml"], 0),
        (["good.xml", "hybrid.pdf"], 0),
        (["wrong.xml"], 1),
        (["plain.pdf"], 1),
        (["text.txt"], 1),
        (["cut.xml"], 2),
        (["bomb.xml"], 2),
        (["missing.xml"], 2),
        (["good.xml", "wrong.xml", "cut.xml"], 2),
    ],
)
def test_the_exit_code_tells_the_worst(names: list[str], code: int, folder: Path) -> None:
    assert run(*(folder / name for name in names)) == code


def test_a_person_reads_format_rules_and_findings(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.invoice_command.out.width", 200)
    assert run(folder / "wrong.xml") == 1
    text = capfd.readouterr().out
    for words in ("invalid", "XRechnung (xrechnung-ubl)", "BR-CO-16", "Fehler", "Zeile", "BT-115"):
        assert words in text
    assert "Fehlt: XRechnung" in text


def test_a_program_reads_the_same(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = ["good.xml", "wrong.xml", "hybrid.pdf", "cut.xml"]
    assert run(*(folder / name for name in names), "--json") == 2
    good, wrong, hybrid, cut = told(capfd)
    assert (good["format"], good["verdict"], good["findings"]) == (
        "xrechnung-ubl",
        "partly-checked",
        [],
    )
    assert hybrid["container"] == "pdf"
    assert (cut["verdict"], "cut off" in cut["error"]) == ("unreadable", True)
    (finding,) = wrong["findings"]
    assert (finding["rule"], finding["severity"]) == ("BR-CO-16", "error")
    assert finding["path"] == "Invoice/LegalMonetaryTotal"
    assert finding["line"] > 0
    assert finding["place"].endswith("Rechnung, Summen")
    assert "fällige Betrag" in finding["text"]
    assert "Berichtigen" in finding["mend"]


def test_with_the_pack_the_rules_of_xrechnung_are_applied(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pack = samples.official_pack(folder / "pack")
    assert run(folder / "good.xml", "--json", "--pack", pack) == 0
    (good,) = told(capfd)
    assert (good["verdict"], good["rules_missing"]) == ("valid", [])


def test_a_wrong_pack_is_told_without_a_traceback(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(folder / "good.xml", "--pack", folder) == 1
    text = capfd.readouterr().err
    assert "no scenarios.xml" in text
    assert "Traceback" not in text


def test_file_names_are_no_markup(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hard = folder / "[red]good.xml"
    hard.write_bytes(samples.ubl())
    assert run(hard) == 0
    assert "[red]good.xml" in capfd.readouterr().out.replace("\n", "")


def test_a_server_that_does_not_answer_does_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert run(folder / "good.xml") == 0
