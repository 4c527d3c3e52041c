"""docs/adding-a-mapping.md, followed literally, adds a mapping with a schema not seen before."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-mapping.md").read_text(encoding="utf-8")
PARTS = ("blocks", "deployments", "flows", "transforms", "tests", "pyproject.toml")
FILE = re.compile(
    r"`([\w/.\-]+\.(?:py|xsd))`:\n\n```(?:python|xml)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(
    r"^```python\n(from transforms\.mappings\.\S+ import MAPPING as (\w+)\n)```$", re.MULTILINE
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the code."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    return tmp_path


def run(line: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the page as a person at a prompt would."""
    command, _, target = line.partition(" > ")
    words = shlex.split(command)
    known = {"govmanager": ["-m", "deployments.cli"], "python": []}
    return_to = (place / target.strip()).open("w") if target else None
    return subprocess.run(
        [sys.executable, *known[words[0]], *words[1:]],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place), "COLUMNS": "200"},
        stdout=return_to or subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_the_page_adds_a_mapping_that_keeps_the_contract(checkout: Path) -> None:
    files = dict(FILE.findall(PAGE))
    assert len(files) == 4
    add, attempt, tests = (block.strip() for block in SHELL.findall(PAGE))
    mapping = checkout / "transforms" / "mappings" / "antrag_to_eingang.py"
    for name, text in files.items():
        if name.endswith(".xsd"):
            (checkout / name).parent.mkdir(exist_ok=True)
            (checkout / name).write_text(text, encoding="utf-8")

    added = run(add, checkout)
    assert added.returncode == 0, added.stderr
    assert mapping.read_text(encoding="utf-8").count("open_field(given") == 4

    for name, text in files.items():
        (checkout / name).write_text(text, encoding="utf-8")
    enlist(checkout / "transforms" / "mappings" / "__init__.py")
    tried = run(attempt, checkout)
    assert tried.returncode == 0, tried.stderr
    assert "<Name>Müller-Đorđević, Zoë Łucja</Name>" in tried.stdout
    row = next(one for one in tried.stdout.splitlines() if "Antragsteller/Vorname" in one)
    assert "Eingang/Person/Name" in row
    nowhere = tried.stdout.partition("Went nowhere")[2].partition("Empty")[0]
    assert "Antrag/Antragsteller/Geburtsdatum" in nowhere
    tested = run(tests, checkout)
    assert tested.returncode == 0, tested.stdout
    assert re.search(r"\b1[0-9] passed", tested.stdout)


def enlist(package: Path) -> None:
    """Add import and entry as the page says."""
    found = LINE.search(PAGE)
    assert found
    text = package.read_text(encoding="utf-8")
    start, entries = "from transforms.mappings.", "    for mapping in (\n"
    assert text.count(entries) == 1
    text = text.replace(start, found[1] + start, 1)
    package.write_text(text.replace(entries, f"{entries}        {found[2]},\n"), encoding="utf-8")
