"""Steps and mappings of packages outside of this one, found by entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STEP = '''
from typing import Literal
from pydantic import Field
from transforms.step import Step

class {name}(Step):
    """Leaves everything as it is."""

    kind: Literal["{kind}"] = Field(default="{kind}", title="Step", description="Nothing.")
    {option}: str = Field(default="", title="Option", description="Nothing.")

    def apply(self, document, bench):
        return [document]
'''

MAPPING = """
from dataclasses import replace
from transforms.mapping import SCHEMAS, Format, XmlMapping
from transforms.schemas import antrag

ANTRAG = Format(antrag.Antrag, SCHEMAS / "antrag-1.xsd", {{None: "urn:de:govmanager:antrag:1"}})

def same(given):
    return replace(given)

MAPPING = XmlMapping("{name}", ANTRAG, ANTRAG, same)
"""

TRY = """
from pydantic import TypeAdapter
from flows.definition import Transfer
from transforms import AnyStep, STEPS, all_steps
from transforms.map_xml import MapXml
one = TypeAdapter(AnyStep).validate_python({"kind": "our-step", "our_option": "x"})
print(type(one).__module__, len(all_steps()) - len(STEPS))
print("our-step" in str(Transfer.model_json_schema()))
print(MapXml(mapping="ours").mapping in MapXml.model_json_schema()["properties"]["mapping"]["enum"])
"""


def installed(folder: Path, group: str, points: dict[str, str], **modules: str) -> None:
    """Lay a package into a folder as pip would."""
    info = folder / "our_package-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-package\nVersion: 1.0\n")
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    with (info / "entry_points.txt").open("a") as file:
        file.write("\n".join([*lines, ""]))
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)


def python(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program with that folder on the path."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(folder: Path, program: str = "from transforms import AnyStep") -> str:
    """Return the last line of a program that must fail."""
    ended = python(folder, program)
    assert ended.returncode == 1
    return ended.stderr.strip().splitlines()[-1]


def test_steps_and_mappings_of_a_package_are_offered_in_the_form(tmp_path: Path) -> None:
    ours = STEP.format(name="Ours", kind="our-step", option="our_option")
    installed(tmp_path, "govmanager.steps", {"a": "our_step:Ours"}, our_step=ours)
    mapping = MAPPING.format(name="ours")
    installed(tmp_path, "govmanager.mappings", {"b": "our_map:MAPPING"}, our_map=mapping)
    ended = python(tmp_path, TRY)
    assert ended.stdout.split() == ["our_step", "1", "True", "True"], ended.stderr


@pytest.mark.parametrize("first", ["our_step", "our_map"])
def test_a_package_may_be_imported_before_the_hub(first: str, tmp_path: Path) -> None:
    ours = STEP.format(name="Ours", kind="our-step", option="our_option")
    installed(tmp_path, "govmanager.steps", {"a": "our_step:Ours"}, our_step=ours)
    mapping = MAPPING.format(name="ours")
    installed(tmp_path, "govmanager.mappings", {"b": "our_map:MAPPING"}, our_map=mapping)
    program = f"import {first}\nfrom transforms import all_steps\nprint(all_steps()[-1].__name__)"
    ended = python(tmp_path, program)
    assert ended.stdout.strip() == "Ours", ended.stderr


@pytest.mark.parametrize(
    ("kind", "option", "says"),
    [
        ("rename", "our_option", "has the kind rename, which Rename has"),
        ("our-step", "template", "has the option template, which Rename has"),
    ],
)
def test_a_clash_is_refused(kind: str, option: str, says: str, tmp_path: Path) -> None:
    ours = STEP.format(name="Ours", kind=kind, option=option)
    installed(tmp_path, "govmanager.steps", {"a": "our_step:Ours"}, our_step=ours)
    error = refused(tmp_path)
    assert error.startswith("transforms.errors.DefinitionWrong: ")
    assert f"The entry point a of our-package {says}" in error
    assert "govmanager.steps: our_step:Ours" in error


def test_two_steps_of_others_may_not_clash_either(tmp_path: Path) -> None:
    modules = {
        f"step_{n}": STEP.format(name="Ours", kind="our-step", option=f"option_{n}") for n in "ab"
    }
    points = {"a": "step_a:Ours", "b": "step_b:Ours"}
    installed(tmp_path, "govmanager.steps", points, **modules)
    assert "entry point b of our-package has the kind our-step" in refused(tmp_path)


@pytest.mark.parametrize(
    ("module", "value", "says"),
    [
        ("Ours = dict", "our_step:Ours", "is no subclass of transforms.step.Step"),
        ("", "our_step:Ours", "cannot be loaded: "),
        ("import nowhere_to_be_found", "our_step:Ours", "cannot be loaded: No module named"),
    ],
)
def test_what_is_no_step_is_refused(module: str, value: str, says: str, tmp_path: Path) -> None:
    installed(tmp_path, "govmanager.steps", {"a": value}, our_step=module)
    assert says in refused(tmp_path)


def test_a_mapping_whose_name_is_taken_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING.format(name="antrag-to-fachverfahren")
    installed(tmp_path, "govmanager.mappings", {"b": "our_map:MAPPING"}, our_map=mapping)
    program = "from transforms.mappings import all_mappings\nall_mappings()"
    assert "has the name antrag-to-fachverfahren, which" in refused(tmp_path, program)
