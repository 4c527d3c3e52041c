"""Step `xml-map` and the mapping from the application to the import format."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.transforms import applications
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms import AnyStep
from transforms.errors import DocumentInvalid
from transforms.map_xml import MapXml
from transforms.mappings import FACHVERFAHREN, MAPPINGS
from transforms.read_xml import parse_as
from transforms.schemas import fachverfahren
from transforms.step import Workbench

NAME = "antrag-to-fachverfahren"
DEMO = sorted((Path(__file__).parents[2] / "demo" / "files").glob("*.xml"))


class TestMapXml(StepContract):
    """The contract."""

    def step(self) -> MapXml:
        return MapXml(mapping=NAME)


def mapped(path: Path, folder: Path) -> fachverfahren.Vorgang:
    (made,) = MapXml(mapping=NAME).apply(document_of(path), Workbench(folder))
    result = parse_as(made.path, fachverfahren.Import, FACHVERFAHREN.schema)
    (case,) = result.vorgang
    return case


def test_words_become_codes_and_nothing_is_lost(tmp_path: Path) -> None:
    case = mapped(applications.APPLICATION, tmp_path)
    person, dog = case.person, case.hund
    assert (case.fremd_id, case.leistungs_nr) == ("HUST-2026-000417", "99003002000000")
    assert (case.eingang_datum, case.eingang_uhrzeit) == ("20261122", "234107")
    assert (person.vornamen, person.familienname) == ("Zoë Łucja", "Müller-Đorđević")
    assert (person.anrede_schl.value, person.geb_datum) == ("2", "19840229")
    address = person.adresse
    assert (address.str_name, address.haus_nr, address.haus_nr_zusatz) == ("Große Straße", 12, "a")
    assert [(one.art.value, one.value) for one in person.erreichbarkeit] == [
        ("TEL", "+49 4222 806-0"),
        ("EML", "zoe.mueller@example.org"),
    ]
    assert (dog.rufname, dog.geschlecht_schl.value, dog.zugang_schl.value) == ("Bärli", "R", "20")
    assert [(one.lfd_nr, one.name) for one in case.dokument] == [
        (1, "Übernahmevertrag.pdf"),
        (2, "Haftpflicht Nachweis.pdf"),
        (3, "Foto_Bärli.jpg"),
    ]
    assert case.zusatz[0].inhalt.endswith(
        "<Arche> & Impfpass liegt vor.\n\nRückfragen bitte vormittags; Tel. nach 18 Uhr"
    )


def test_the_day_of_receipt_is_the_one_of_german_clocks(tmp_path: Path) -> None:
    # 01:30 UTC on the night that summer time begins is 03:30 in Germany.
    case = mapped(applications.FOLDER / "ags03458005_99003002000001.xml", tmp_path)
    assert (case.eingang_datum, case.eingang_uhrzeit) == ("20260329", "033000")
    assert case.kassenzeichen == "0103458005"


@pytest.mark.parametrize(
    ("written", "number", "addition"),
    [
        ("7", 7, None),
        ("48 b", 48, "b"),
        ("3-5", 3, "-5"),
        ("7 1/2", 7, "1/2"),
        ("12a-c", 12, "a-c"),
    ],
)
def test_a_house_number_is_split(
    written: str, number: int, addition: str | None, tmp_path: Path
) -> None:
    content = applications.replaced(">12 a<", f">{written}<")
    case = mapped(stored(tmp_path, content).path, tmp_path)
    assert (case.person.adresse.haus_nr, case.person.adresse.haus_nr_zusatz) == (number, addition)


def test_blanks_that_the_schema_permits_do_not_reach_the_recipient(tmp_path: Path) -> None:
    content = applications.replaced("<Anrede>Frau<", "<Anrede>\n  Frau\n<").decode()
    content = content.replace(">27777<", "> 27777\n<").replace(">Zoë Łucja<", ">\n Zoë\n  Łucja <")
    content = content.replace(">1984-02-29<", "> 1984-02-29 <")
    case = mapped(stored(tmp_path, content.encode()).path, tmp_path)
    assert case.person.vornamen == "Zoë Łucja"
    assert case.person.adresse.postleitzahl == "27777"
    assert (case.person.anrede_schl.value, case.person.geb_datum) == ("2", "19840229")


def test_an_attachment_inside_goes_on_byte_by_byte(tmp_path: Path) -> None:
    case = mapped(stored(tmp_path, applications.with_attachment(1 << 16)).path, tmp_path)
    assert case.dokument[-1].daten == bytes(range(256)) * 256


def test_the_name_stays_and_the_bytes_are_new(tmp_path: Path) -> None:
    document = document_of(applications.APPLICATION)
    (made,) = MapXml(mapping=NAME).apply(document, Workbench(tmp_path))
    assert (made.name, made.facts) == (document.name, document.facts)
    assert made.path.parent == tmp_path


@pytest.mark.parametrize("name", ["bad_plz", "bad_order", "bad_root"])
def test_what_breaks_the_schema_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="breaks its schema"):
        mapped(applications.FOLDER / f"{name}.xml", tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_mapping_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match="choose one of antrag-to-fachverfahren"):
        MapXml(mapping="antrag-to-nowhere")


def test_the_form_offers_the_mappings_and_the_kinds() -> None:
    schema = MapXml.model_json_schema()
    assert schema["properties"]["mapping"]["enum"] == sorted(MAPPINGS)
    step = TypeAdapter(AnyStep).validate_python({"kind": "xml-map", "mapping": NAME})
    assert isinstance(step, MapXml)


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_the_files_of_the_demo_are_good_applications(path: Path, tmp_path: Path) -> None:
    assert mapped(path, tmp_path).leistungs_nr == path.stem.rpartition("_")[2]


def test_the_demo_has_three_files_of_three_people() -> None:
    assert len({path.read_text(encoding="utf-8").partition("Nachname>")[2] for path in DEMO}) == 3
