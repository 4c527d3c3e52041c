"""The generated dataclasses are those of the schemas beside them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCHEMAS = Path("transforms/schemas")
README = (ROOT / SCHEMAS / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^xsdata generate (.*)$", README, re.MULTILINE)


def test_every_schema_has_its_command() -> None:
    named = {command.split()[0] for command in COMMANDS}
    assert named == {f"{SCHEMAS}/{path.name}" for path in (ROOT / SCHEMAS).glob("*.xsd")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[0])
def test_generating_again_changes_nothing(command: str, tmp_path: Path) -> None:
    schema, *options = command.split()
    package = Path(options[options.index("--package") + 1].replace(".", "/"))
    (tmp_path / SCHEMAS).mkdir(parents=True)
    (tmp_path / schema).write_bytes((ROOT / schema).read_bytes())
    scripts = Path(sys.executable).parent
    subprocess.run(
        [scripts / "xsdata", "generate", schema, *options],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    made = {path.name: path.read_text() for path in (tmp_path / package).glob("*.py")}
    kept = {path.name: path.read_text() for path in (ROOT / package).glob("*.py")}
    assert len(kept) > 1
    assert made == kept
