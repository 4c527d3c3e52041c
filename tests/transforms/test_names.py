"""Names: what is safe, what templates make, what expressions choose, what a name tells."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from transforms.errors import NameNotAllowed, StepFailed
from transforms.names import LONGEST, check_template, facts_of, matcher, render, safe_name

UMLAUT = "Antrag_Müller_Đorđević.xml"


def test_a_name_becomes_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", UMLAUT)
    assert decomposed != UMLAUT
    assert safe_name(decomposed) == UMLAUT
    assert safe_name(UMLAUT) == UMLAUT


def test_255_bytes_are_the_limit_and_not_255_letters() -> None:
    assert safe_name("a" * 255) == "a" * LONGEST
    assert safe_name("ä" * 127 + "a")
    for name in ("a" * 256, "ä" * 128):
        with pytest.raises(NameNotAllowed, match="longer than 255 bytes"):
            safe_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/b",
        "/a",
        "a\\b",
        "a\0",
        "a\nb",
        "a\rb",
        "\x1b[2J",
        "a\x85",
        "\udce4",
    ],
)
def test_a_dangerous_name_is_refused_and_shown_harmlessly(name: str) -> None:
    with pytest.raises(NameNotAllowed) as caught:
        safe_name(name)
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["-rf", "*.xml", "a b.xml", ".profile", "a;b", "[1].xml", "$HOME"])
def test_an_odd_name_is_kept_as_it_is(name: str) -> None:
    assert safe_name(name) == name


def test_a_template_is_filled() -> None:
    facts = {"stem": "a", "suffix": ".xml", "date": "2026-11-23T23:30:00+01:00", "n": "12"}
    assert render("{stem}_{date:%Y%m%d_%H%M}_{n:04d}{suffix}", facts) == "a_20261123_2330_0012.xml"
    assert render("{date}", {"date": date(2026, 1, 2)}) == "2026-01-02"
    assert render("plain", {}) == "plain"


def test_braces_in_a_value_are_not_read_as_a_template() -> None:
    assert render("{stem}.xml", {"stem": "{kdnr}"}) == "{kdnr}.xml"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{stem}}", "single braces"),
        ("{stem", "is no template"),
        ("{}", "one plain name"),
        ("{a.b}", "one plain name"),
        ("{a[0]}", "one plain name"),
        ("{a!r}", "one plain name"),
        ("{a:>9}", "neither one of a date"),
    ],
)
def test_a_wrong_template_says_what_is_wrong(template: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_template(template)
    with pytest.raises(StepFailed):
        render(template, {"stem": "x", "a": "x"})


def test_a_format_that_does_not_fit_is_an_error_of_the_set_up() -> None:
    with pytest.raises(StepFailed, match="cannot be written as"):
        render("{stem:04d}", {"stem": "abc"})
    with pytest.raises(StepFailed, match="cannot be written as"):
        render("{stem:%Y}", {"stem": "abc"})


def test_none_chooses_every_name() -> None:
    assert matcher("NONE")(".hidden") == {}


def test_a_wildcard_chooses_by_case_and_not_hidden_names() -> None:
    match = matcher("WILDCARD", "ags*.xml")
    assert match("ags100_99003002000000.xml") == {}
    assert match("AGS100.xml") is None
    assert match("ags1.xml.tmp") is None
    assert matcher("WILDCARD", "*")(".ags.xml") is None
    assert matcher("WILDCARD", ".*")(".ags.xml") == {}
    assert matcher("WILDCARD", "[ab]?.xml")("b1.xml") == {}


def test_a_regular_expression_chooses_the_whole_name_and_finds_facts() -> None:
    match = matcher("REGEX", r"ags\d+_(?P<leika>99\d{12})(?P<teil>_\d+)?\.xml")
    assert match("ags100_99003002000000.xml") == {"leika": "99003002000000"}
    assert match("xags100_99003002000000.xml") is None
    assert match("ags100_99003002000000.xml\n") is None


@pytest.mark.parametrize("kind", ["WILDCARD", "REGEX"])
def test_an_expression_finds_a_name_in_either_normal_form(kind: str) -> None:
    expression = unicodedata.normalize("NFD", "Müller")
    assert matcher(kind, expression)("Müller") == {}
    assert matcher(kind, "Müller")(unicodedata.normalize("NFD", "Müller")) == {}


def test_a_wrong_expression_says_so() -> None:
    with pytest.raises(ValueError, match="is wrong"):
        matcher("REGEX", "(")
    with pytest.raises(ValueError, match="choose NONE, WILDCARD or REGEX"):
        matcher("GLOB", "*")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "ags100_99003002000000.xml",
            {"stem": "ags100_99003002000000", "suffix": ".xml", "leika": "99003002000000"},
        ),
        (
            "AGS-03458005_99003002000001.tar.gz",
            {
                "stem": "AGS-03458005_99003002000001.tar",
                "suffix": ".gz",
                "ags": "03458005",
                "leika": "99003002000001",
            },
        ),
        ("tags03458005", {"stem": "tags03458005", "suffix": ""}),
        (
            "ags034580051_990030020000001.xml",
            {"stem": "ags034580051_990030020000001", "suffix": ".xml"},
        ),
        ("199003002000000.xml", {"stem": "199003002000000", "suffix": ".xml"}),
        (".profile", {"stem": ".profile", "suffix": ""}),
    ],
)
def test_a_name_tells(name: str, facts: dict[str, str]) -> None:
    assert facts_of(name) == {"name": name, **facts}
