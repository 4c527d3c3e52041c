"""docs/adding-a-protocol.md, followed literally, adds a protocol that passes the suite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("blocks", "flows", "transforms", "tests", "pyproject.toml")
FILE = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PASSED = re.compile(r"(\d+) passed")


def test_the_page_adds_a_protocol_that_keeps_the_contract(tmp_path: Path) -> None:
    _copy(tmp_path)
    page = (ROOT / "docs" / "adding-a-protocol.md").read_text(encoding="utf-8")
    files = dict(FILE.findall(page))
    assert set(files) == {"blocks/toybox.py", "tests/blocks/test_toybox.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    _enlist(tmp_path / "blocks" / "__init__.py")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/blocks/test_toybox.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    passed = PASSED.search(ended.stdout)
    assert passed
    assert int(passed[1]) > 80


def _copy(place: Path) -> None:
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, place / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, place / part)


def _enlist(package: Path) -> None:
    text = package.read_text(encoding="utf-8")
    text = text.replace("ENDPOINTS = (", "ENDPOINTS = (Toybox, ", 1)
    package.write_text(
        text.replace("from blocks.ssh_key", "from blocks.toybox import Toybox\nfrom blocks.ssh_key")
    )
