"""What tests of tables, records and JSON share."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.transforms.step_contract import stored
from transforms import STEPS
from transforms.document import Document
from transforms.step import NoSupplies, Step, Workbench

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:test:dogs"
    xmlns="urn:test:dogs" elementFormDefault="qualified">
  <xs:element name="Liste"><xs:complexType><xs:sequence>
    <xs:element name="Zeile" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:element name="Tag" type="xs:date" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
NAMESPACE = "urn:test:dogs"

PEAK = """
import json, re, sys
from pathlib import Path
from tests.transforms.tables import made_of, step_of

def most():
    # Not ru_maxrss, which a process inherits from the one that began it.
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])

step = step_of(*json.loads(sys.argv[1]))
before = most()
made_of(step, Path(sys.argv[2]))
print(most() - before)
"""


class Files(NoSupplies):
    """The operator's files in a directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resource(self, name: str) -> Path:
        """Return one of them."""
        return self.folder / name


def schema_in(folder: Path) -> Files:
    """Return supplies with the schema `dogs.xsd`."""
    (folder / "dogs.xsd").write_text(SCHEMA, encoding="utf-8")
    return Files(folder)


def step_of(kind: str, options: dict[str, Any]) -> Step:
    """Return a step by its kind."""
    (one,) = (one for one in STEPS if one.model_fields["kind"].default == kind)
    return one.model_validate(options)


def made_of(step: Step, path: Path, name: str = "a.txt") -> Document:
    """Apply a step to a file; what it makes is beside it."""
    bench = path.parent / f"bench-{len(list(path.parent.iterdir()))}"
    bench.mkdir()
    (made,) = step.apply(Document(path, name), Workbench(bench, Files(path.parent)))
    return made


def made(step: Step, content: bytes, folder: Path, name: str = "a.txt") -> bytes:
    """Return the bytes that a step makes of others."""
    return made_of(step, stored(folder, content).path, name).path.read_bytes()


def peak(kind: str, options: dict[str, Any], path: Path) -> int:
    """Return by how many KiB a process of its own grows while a step works."""
    command = [sys.executable, "-c", PEAK, json.dumps([kind, options]), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)
