"""`govmanager schema add` and `govmanager map`: from an XSD to a mapping that can be tried."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.cli import main
from deployments.schema_set import format_named
from tests.shared_data import shared
from tests.transforms import applications
from transforms.mapping import FieldOpen
from transforms.read_xml import parse_as

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
ORDER = f"""<xs:schema {XS} xmlns="urn:order" targetNamespace="urn:order"
  elementFormDefault="qualified">
<xs:element name="Order"><xs:complexType><xs:sequence>
  <xs:element name="Number" type="xs:int"/>
  <xs:element name="Line" type="Line" maxOccurs="unbounded"/>
  <xs:element name="Choice"><xs:complexType><xs:choice><xs:element name="A" type="xs:string"/>
    <xs:element name="B" type="xs:string"/></xs:choice></xs:complexType></xs:element>
  <xs:element name="Remark" type="xs:string" minOccurs="0"/></xs:sequence>
  <xs:attribute name="version" type="xs:string" fixed="1"/>
  <xs:attribute name="class" type="xs:string" use="required"/></xs:complexType></xs:element>
<xs:complexType name="Line"><xs:sequence><xs:element name="Text" type="xs:string"/></xs:sequence>
</xs:complexType></xs:schema>"""


MISSING = '<xs:import namespace="urn:x" schemaLocation="https://x.example/x.xsd"/>'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of an importable package that is not GovManager's."""
    folder = tmp_path / "site" / "our_mappings" / "schemas"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield "our_mappings.schemas"
    for name in [one for one in sys.modules if one.partition(".")[0] == "our_mappings"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def written(folder: Path, text: str = ORDER, name: str = "order.xsd") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def added(package: str, file: str, name: str, *options: str) -> int:
    return main(["schema", "add", file, "--name", name, "--package", package, *options])


def left(folder: Path) -> list[str]:
    """Return what lies in the package beside its own file."""
    schemas = folder / "site" / "our_mappings" / "schemas"
    return sorted(one.name for one in schemas.iterdir() if not one.name.startswith("__"))


def test_the_json_schema_of_a_transfer_is_still_there(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capfd.readouterr().out.startswith('{\n  "$schema"')


def test_the_stub_names_every_mandatory_field_and_makes_nothing_up(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert added(package, written(tmp_path), "order") == 0
    text = capfd.readouterr().out
    opened = ("Order/Number", "Order/Choice", "Order/class", "Line/Text")
    assert all(f'open_field(given, "{one}")' in text for one in opened)
    assert text.count("open_field(given") == len(opened)
    assert "May also hold: remark." in text
    assert "line=[_line(given)]" in text
    mapping = tmp_path / "site" / "our_mappings" / "antrag_to_order.py"
    mapping.write_text(text, encoding="utf-8")
    module = importlib.import_module("our_mappings.antrag_to_order")
    source = module.MAPPING.source
    given = parse_as(applications.APPLICATION, source.kind, source.schema)
    with pytest.raises(FieldOpen, match="mandatory field Order/Number open"):
        module.MAPPING.function(given)
    options = ["--isolated", "--select", "F,E,W,I,ARG", "--line-length", "100"]
    checked = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", *options, mapping],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_stub_type_checks(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert added(package, written(tmp_path), "order", "--source", "fachverfahren") == 0
    # A stand-in keeps the type checker from reading all that the hub imports.
    stand_in = tmp_path / "site" / "transforms"
    (stand_in / "schemas").mkdir(parents=True)
    text = capfd.readouterr().out
    (tmp_path / "site" / "our_mappings" / "made.py").write_text(text, encoding="utf-8")
    root = Path(__file__).parents[2] / "transforms"
    for name in ("mapping.py", "errors.py"):
        (stand_in / name).write_bytes((root / name).read_bytes())
    folder = stand_in / "schemas" / "fachverfahren"
    folder.mkdir()
    for path in (root / "schemas" / "fachverfahren").glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())
    for one in (stand_in, stand_in / "schemas"):
        (one / "__init__.py").touch()
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "our_mappings/made.py"],
        cwd=tmp_path / "site",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_a_schema_is_there_once_unless_it_is_replaced(
    package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path)
    assert added(package, file, "order") == 0
    assert left(tmp_path) == ["order"]
    assert added(package, file, "order") == 1
    assert "There is a schema order already" in capfd.readouterr().err
    assert added(package, file, "order", "--replace") == 0
    assert format_named("order", package).format.kind.__name__ == "Order"


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (ORDER.replace('"Line" maxO', '"Nowhere" maxO'), [], "cannot be used"),
        (
            ORDER.replace('<xs:element name="Order', f'{MISSING}<xs:element name="Order', 1),
            [],
            "https://x.example/x.xsd (namespace urn:x) for order.xsd",
        ),
        (ORDER.replace("</xs:schema>", '<xs:element name="Bill"/></xs:schema>'), [], "Order, Bill"),
        (ORDER, ["--root", "Bill"], "no element Bill"),
        ("<xs:schema", [], "cannot be read"),
        (ORDER, ["--catalogue", "nowhere"], "no such catalogue"),
        (ORDER, ["--source", "nowhere"], "no schema 'nowhere'"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_refused_and_leaves_nothing(
    text: str,
    options: list[str],
    says: str,
    package: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert added(package, written(tmp_path, text), "order", *options) == 1
    told = capfd.readouterr()
    assert says in " ".join(told.err.split())
    assert told.out == ""
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["Order", "class", "../order", "1order", ""])
def test_a_name_that_is_no_module_is_refused(
    name: str, package: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert added(package, written(tmp_path), name) == 1
    assert "cannot be the name of a schema" in capfd.readouterr().err


def test_a_package_that_is_not_there_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert added("nowhere.to.be.found", written(tmp_path), "order") == 1
    assert "There is no package" in capfd.readouterr().err


REAL = [
    (
        "xunternehmen-gewerbesteuer/schemas/xunternehmen-gewerbesteuer.xsd",
        "bescheide.gewerbesteuer.0001",
        "GEWST-0001-*.xml",
    ),
    ("xbau-2.6/xbau/2.6/specs/xbau-kernmodul-universellerAntrag.xsd",
     "universellerAntrag.antrag.1200", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "root", "documents"), REAL, ids=["Gewerbesteuer", "XBau"])
def test_schemas_of_the_field_can_be_added_and_read_with(
    file: str,
    root: str,
    documents: str,
    package: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = shared(*file.split("/"))
    assert added(package, str(path), "real", "--root", root) == 0, capfd.readouterr().err
    assert "open_field(given" in capfd.readouterr().out
    found = format_named("real", package).format
    samples = sorted(path.parents[1].glob(f"tests/fixtures/{documents}")) if documents else []
    assert len(samples) == (3 if documents else 0)
    for sample in samples:
        assert parse_as(sample, found.kind, found.schema)
    assert left(tmp_path) == ["real"]


def test_trying_a_mapping_shows_where_each_field_went(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("deployments.map_command.out.width", 250)
    path = tmp_path / "result.xml"
    file = applications.APPLICATION
    assert main(["map", "try", "antrag-to-fachverfahren", str(file), "--output", str(path)]) == 0
    told = capfd.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines()]
    rows = [row for row in rows if len(row) == 4]
    assert [
        "Antrag/Antragsteller/Anrede", "Frau", "Import/Vorgang/Person/AnredeSchl", "2"
    ] in rows  # fmt: skip
    # One field that goes to two: the date and the time of receipt.
    at = next(n for n, row in enumerate(rows) if row[0] == "Antrag/Kopf/Zeitpunkt")
    assert {row[2] for row in rows[at : at + 2]} == {
        "Import/Vorgang/EingangDatum",
        "Import/Vorgang/EingangUhrzeit",
    }
    assert "Went nowhere: nothing" in told
    empty = told.partition("Empty in the result")[2]
    assert "Import/Vorgang/Kassenzeichen" in empty
    assert "Import/Vorgang/Person" not in empty
    assert "<Familienname>Müller-Đorđević</Familienname>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("mapping", "file", "says"),
    [
        ("nowhere", applications.APPLICATION, "Choose one of antrag-to-fachverfahren"),
        ("antrag-to-fachverfahren", applications.FOLDER / "bad_plz.xml", "breaks its schema"),
    ],
)
def test_trying_what_cannot_be_tried_says_why(
    mapping: str, file: Path, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", "try", mapping, str(file)]) == 1
    assert says in " ".join(capfd.readouterr().err.split())


def test_a_stub_between_any_two_schemas(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "stub", "fachverfahren", "antrag"]) == 0
    text = capfd.readouterr().out
    assert "def fachverfahren_to_antrag(given: fachverfahren.Import) -> antrag.Antrag:" in text
    assert 'XmlMapping("fachverfahren-to-antrag", FACHVERFAHREN, ANTRAG,' in text
