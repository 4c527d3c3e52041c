"""Step `xml-to-fixed`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.transforms import applications, tables
from tests.transforms.step_contract import StepContract
from transforms.din91379 import joins, mappings
from transforms.errors import DocumentInvalid, StepFailed
from transforms.fixed_width import fitting
from transforms.xml_to_fixed import XmlToFixed

OPTIONS: dict[str, Any] = {
    "fixed_encoding": "utf-8",
    "fixed_columns": [
        {"title": "AGS", "path": "/Kopf/AGS", "width": 8},
        {"title": "Name", "path": "Antragsteller/Nachname", "width": 30},
        {
            "title": "Geboren",
            "path": "Antragsteller/Geburtsdatum",
            "width": 8,
            "type": "date",
            "date_format": "%Y%m%d",
        },
    ],
}
DOGS = """<Liste xmlns="urn:x"><Kopf><AGS>03458005</AGS></Kopf>
<Hund nr="7"><Name>Bärli</Name><Steuer>90.5</Steuer></Hund>
<Hund nr="-8"><Name>{name}</Name></Hund></Liste>"""
FIELDS: list[dict[str, Any]] = [
    {"title": "Art", "constant": "01", "width": 2},
    {"title": "Nr", "path": "@nr", "type": "integer", "width": 5, "align": "right", "pad": "0"},
    {"title": "Name", "path": "Name", "width": 6},
    {
        "title": "Steuer",
        "path": "Steuer",
        "type": "decimal",
        "decimal_sign": "",
        "width": 7,
        "align": "right",
        "pad": "0",
    },
    {"title": "Reserve", "width": 1, "fill": "."},
]


class TestXmlToFixed(StepContract):
    """The contract."""

    def step(self) -> XmlToFixed:
        return XmlToFixed.model_validate(OPTIONS)


def records(tmp_path: Path, name: str = "Rex", **options: Any) -> list[bytes]:
    given = {"fixed_rows": "Hund", "fixed_columns": FIELDS, "fixed_encoding": "iso-8859-1"}
    step = XmlToFixed.model_validate({**given, **options})
    content = DOGS.format(name=name).encode()
    return tables.made(step, content, tmp_path, "a.xml").splitlines()


def test_values_are_aligned_and_filled(tmp_path: Path) -> None:
    assert records(tmp_path) == [b"0100007B\xe4rli 0009050.", b"01-0008Rex          ."]


@pytest.mark.parametrize(
    ("encoding", "first"),
    [("utf-8", "Bärli"), ("cp850", "Bärli "), ("iso-8859-15", "Bärli "), ("cp273", "Bärli ")],
)
def test_widths_are_bytes_of_the_encoding(encoding: str, first: str, tmp_path: Path) -> None:
    options = {"fixed_encoding": encoding, "fixed_line_end": "none"}
    given = {"fixed_rows": "Hund", "fixed_columns": FIELDS, **options}
    step = XmlToFixed.model_validate(given)
    made = tables.made(step, DOGS.format(name="Rex").encode(), tmp_path)
    assert len(made) == 2 * 21
    assert made[7:13].decode(encoding) == first


def test_head_and_trailer(tmp_path: Path) -> None:
    count = {"type": "integer", "width": 4, "align": "right", "pad": "0"}
    made = records(
        tmp_path,
        fixed_head=[{"title": "AGS", "path": "Kopf/AGS", "width": 10}],
        fixed_trailer=[
            {"title": "Art", "constant": "99", "width": 2},
            {"title": "Zahl", "path": "#", **count},
        ],
        fixed_line_end="lf",
    )
    assert made[0] == b"03458005  "
    assert made[-1] == b"990002"
    assert len(made) == 4


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="Name is longer than 6 bytes") as caught:
        records(tmp_path, name="Bärlein")
    assert caught.value.where == "a.xml, row 2"
    assert "Bärlein" not in str(caught.value)


def test_what_is_cut_off_is_counted(tmp_path: Path) -> None:
    fields = [{**one, "cut": True} for one in FIELDS]
    options = {"fixed_rows": "Hund", "fixed_columns": fields, "fixed_encoding": "utf-8"}
    step = XmlToFixed.model_validate(options)
    path = tmp_path / "dogs"
    path.write_bytes(DOGS.format(name="Bärlü\u0323ß").encode())
    made = tables.made_of(step, path)
    # ü with a dot below is one letter of two signs in NFC: none of it fits.
    assert made.path.read_bytes().splitlines()[1][7:13] == "Bärl ".encode()
    assert made.facts["fixed_cut"] == "1"
    assert made.facts["fixed_cut_fields"] == "Name 1"
    assert made.facts["fixed_rows"] == "2"
    assert made.name == "a.txt"


def test_numbers_are_never_cut(tmp_path: Path) -> None:
    fields = [{"title": "Nr", "path": "@nr", "type": "integer", "width": 1, "cut": True}]
    with pytest.raises(DocumentInvalid, match="Nr is longer than 1 bytes"):
        records(tmp_path, fixed_columns=fields)


@pytest.mark.parametrize(
    ("name", "says"),
    [("a&#10;b", "line break"), ("a\tb", "line break"), ("Đ", r"U\+0110"), ("", "has no value")],
)
def test_what_would_break_a_record_is_refused(name: str, says: str, tmp_path: Path) -> None:
    fields = [{"title": "Name", "path": "Name", "width": 6, "required": True}]
    with pytest.raises(DocumentInvalid, match=says) as caught:
        records(tmp_path, name=name, fixed_columns=fields)
    assert "row 2" in caught.value.where


def test_a_value_of_another_type_is_refused_without_being_told(tmp_path: Path) -> None:
    fields = [{"title": "Name", "path": "Name", "width": 9, "type": "date"}]
    with pytest.raises(DocumentInvalid, match="The value of Name is no date") as caught:
        records(tmp_path, fixed_columns=fields)
    assert "Bärli" not in str(caught.value)


def test_rows_and_paths_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="has no element Katze"):
        records(tmp_path, fixed_rows="Katze")
    assert records(tmp_path, fixed_rows="Katze", fixed_allow_no_rows=True) == []
    with pytest.raises(StepFailed, match="2 values"):
        records(tmp_path, fixed_columns=[{"title": "a", "path": "/Hund/Name", "width": 9}])


def test_the_name_is_made_by_a_template(tmp_path: Path) -> None:
    path = tmp_path / "dogs"
    path.write_bytes(applications.APPLICATION.read_bytes())
    step = XmlToFixed.model_validate({**OPTIONS, "fixed_name": "KM{stem}.dat"})
    assert tables.made_of(step, path, "7.xml").name == "KM7.dat"


LETTERS = st.sampled_from([*mappings(), "a", "Z", " ", "€"])


@given(st.lists(LETTERS, max_size=12).map("".join), st.integers(1, 12))
@settings(deadline=None)
def test_what_fits_is_the_longest_beginning_of_whole_letters(text: str, width: int) -> None:
    made = fitting(text, width, "utf-8")
    assert text.startswith(made)
    assert len(made.encode()) <= width
    ends = [n for n in range(1, len(text) + 1) if n == len(text) or not joins(text, n)]
    longest = max((n for n in ends if len(text[:n].encode()) <= width), default=0)
    assert len(made) == longest


@pytest.mark.parametrize(
    "options",
    [
        {"fixed_columns": []},
        {"fixed_columns": [{"title": "a", "path": "a"}]},
        {"fixed_columns": [{"title": "a", "path": "a", "width": 0}]},
        {"fixed_columns": [{"title": "a", "path": "a", "constant": "b", "width": 1}]},
        {"fixed_columns": [{"title": "a", "constant": "ab", "width": 1}]},
        {"fixed_columns": [{"title": "a", "constant": "Đ", "width": 9}], "fixed_encoding": "cp850"},
        {"fixed_columns": [{"title": "a", "path": "a", "width": 9, "pad": "ä"}]},
        {"fixed_columns": [{"title": "a", "width": 9, "type": "integer", "pad": "0"}]},
        {"fixed_columns": [{"title": "a", "path": "//a", "width": 9}]},
        {"fixed_rows": "/a"},
        {"fixed_encoding": "utf-16-le"},
        {"fixed_name": "{stem"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        XmlToFixed.model_validate({**OPTIONS, **options})
