"""Step `convert-charset`."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from tests.shared_data import shared
from tests.transforms import applications, make_din91379, tables
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.charsets import BYTE_ORDER_MARKS, CHUNK, Encoding, lacking
from transforms.convert_charset import ConvertCharset
from transforms.din91379 import joins, mappings, transliterated
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.read_xml import read_xml
from transforms.step import Workbench

LATIN = ("iso-8859-1", "windows-1252", "cp850", "iso-8859-15")
LETTERS = sorted(mappings())
TYPOGRAPHY = [
    {"letter": "\u2019", "by": ""},
    {"letter": "\u2013", "by": "-"},
    {"letter": "\u00a0", "by": " "},
    {"letter": "€", "by": "EUR"},
]


class TestConvertCharset(StepContract):
    """The contract."""

    def step(self) -> ConvertCharset:
        options = {"to_encoding": "cp850", "unencodable": "transliterate"}
        return ConvertCharset.model_validate(
            {"from_encoding": "utf-8", "charset_replacements": TYPOGRAPHY, **options}
        )

    def large(self) -> bytes:
        return ("Müller-Đorđević;" + "Weißenfels;" * 20 + "\r\n").encode() * 45_000

    def hostile(self) -> Mapping[str, bytes]:
        declaration = '<?xml version="1.0" encoding="%s"?><a/>'
        return {
            "latin-1": "Müller".encode("latin-1"),
            "overlong": b"\xc0\xaf",
            "overlong NUL": b"a\xc0\x80",
            "surrogate": b"\xed\xa0\x80",
            "above Unicode": b"\xf4\x90\x80\x80",
            "cut off in a letter": "aß".encode()[:-1],
            "cut off at a border": b"a" * (CHUNK + 3) + "ß".encode()[:1],
            "NUL": b"a\0b",
            "C1 control": "a\x9cb".encode(),
            "UTF-16": "Müller".encode("utf-16-le"),
            "UTF-16 with its mark": "Müller".encode("utf-16"),
            "marks without end": ("a" + "\u0301" * 100_000).encode(),
            "marks without a letter": ("\u0301\u0327" * 50_000).encode(),
            "per mille": "5 ‰".encode(),
            "unknown marks": "q\u0303".encode(),
            "declared otherwise": (declaration % "ISO-8859-1").encode(),
            "declared unknown": (declaration % "x-klingon").encode(),
            "declared UTF-16": (declaration % "UTF-16").encode(),
            "half a declaration": b'<?xml version="1.0" encoding="UTF-8"><a/>',
            "solidus on markup": "<?xml version='1.0'?><a>\u0338</a>".encode(),
        }


def converted(content: bytes, folder: Path, name: str = "a.txt", **options: Any) -> Document:
    step = ConvertCharset.model_validate({"from_encoding": "utf-8", **options})
    made = step.apply(stored(folder, content, name), Workbench(folder))
    return made[0]


def text_of(content: bytes, folder: Path, **options: Any) -> bytes:
    return converted(content, folder, **options).path.read_bytes()


# ------------------------------------------------------------------------------------- DIN 91379


def official() -> Path:
    return shared("din91379", "Din91379Tests", "latinchars.xml")


def test_the_table_is_what_the_official_list_gives() -> None:
    table = Path(__file__).parents[2] / "transforms" / "din91379.tsv"
    assert table.read_text(encoding="utf-8") == make_din91379.table(official())


def test_each_of_the_924_letters_is_kept_mapped_or_refused(tmp_path: Path) -> None:
    entries = make_din91379.entries(official())
    assert len(entries) == 924
    kept = dict.fromkeys(("us-ascii", *LATIN), 0)
    for encoding in kept:
        for letter, mapping in entries:
            content = f"-{letter}-".encode()
            options = {"to_encoding": encoding, "unencodable": "transliterate"}
            try:
                expected = f"-{letter}-".encode(encoding).decode(encoding)
                kept[encoding] += 1
            except UnicodeEncodeError:
                expected = f"-{mapping}-"
            if not mapping and expected == "--":
                with pytest.raises(DocumentInvalid, match="no mapping"):
                    text_of(content, tmp_path, **options)
                continue
            made = converted(content, tmp_path, **options)
            got = made.path.read_bytes().decode(encoding)
            assert got.casefold() == expected.casefold(), (letter, encoding)
            assert made.facts["charset_replaced"] == str(int(f"-{letter}-" != got)), letter
            made.path.unlink()
    # As measured of the standard's repertoire.
    figures = {"us-ascii": 98, "iso-8859-1": 193, "iso-8859-15": 193, "windows-1252": 217}
    assert kept == {**figures, "cp850": 195}


@pytest.mark.parametrize(
    ("letter", "following", "written"),
    [
        ("Ǻ", "s", "Aa"),
        ("Ǻ", "S", "AA"),
        ("Ǻ", "", "AA"),
        ("ǻ", "S", "aa"),
        ("ć", "", "c"),
        ("ß", "", "ss"),
        ("ẞ", "", "SS"),
        ("K\u035fh", "", "Kh"),
        ("k\u035fh", "", "kh"),
        ("u\u0308", "", "ue"),
        ("U\u0308\u0323", "h", "Ue"),
        ("€", "", None),
        ("Ж", "", None),
        ("q\u0303", "", None),
    ],
)
def test_small_letters_stay_small(letter: str, following: str, written: str | None) -> None:
    assert transliterated(letter, following) == written


def test_what_composes_with_a_sign_before_it_is_never_parted_from_it() -> None:
    # Every second sign of a canonical decomposition: what NFC could compose with the first.
    seconds = {
        decomposed[-1]
        for code in range(0x110000)
        if not 0xD800 <= code < 0xE000
        and len(decomposed := unicodedata.normalize("NFD", chr(code))) > 1
    }
    assert len(seconds) > 80
    assert not [f"{ord(one):X}" for one in seconds if not joins("a" + one, 1)]


# ------------------------------------------------------------------------------------ conversion


@pytest.mark.parametrize("encoding", LATIN)
def test_a_letter_that_the_target_lacks_is_refused_by_name(encoding: str, tmp_path: Path) -> None:
    content = "Größe\nMüller-Đorđević\n".encode()
    with pytest.raises(DocumentInvalid, match=r"U\+0110 .*\(Đ\)") as caught:
        text_of(content, tmp_path, to_encoding=encoding)
    assert "line 2, column 8" in caught.value.where
    assert "orđević" not in str(caught.value)


@pytest.mark.parametrize("encoding", LATIN)
def test_what_is_transliterated_is_counted_and_told(encoding: str, tmp_path: Path) -> None:
    content = "Größe\nMüller-Đorđević\n".encode()
    made = converted(content, tmp_path, to_encoding=encoding, unencodable="transliterate")
    assert made.path.read_bytes() == "Größe\nMüller-Dordevic\n".encode(encoding)
    assert made.facts["charset_replaced"] == "3"
    assert made.facts["charset_replacements"] == (
        "Đ → D: 1 (line 2 column 8); đ → d: 1 (line 2 column 11); ć → c: 1 (line 2 column 15)"
    )


def test_the_log_document_lists_every_place(tmp_path: Path) -> None:
    options = {"unencodable": "transliterate", "charset_log": True, "to_encoding": "us-ascii"}
    step = ConvertCharset.model_validate({"from_encoding": "utf-8", **options})
    content = ("ć" * 30 + "\nÄrger\n").encode()
    made, log = step.apply(stored(tmp_path, content, "a.txt"), Workbench(tmp_path))
    assert log.name == log.facts["name"] == "a.charset.csv"
    rows = list(csv.reader(log.path.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    assert rows[0] == ["line", "column", "sign", "name", "replaced by"]
    assert [row[:2] for row in rows[1:]] == [["1", str(n)] for n in range(1, 31)] + [["2", "1"]]
    assert (rows[-1][2], rows[-1][4]) == ("Ä", "Ae")
    assert "LATIN SMALL LETTER C WITH ACUTE" in rows[1][3]
    assert made.facts["charset_replacements"].startswith("ć → c: 30 (line 1 column 1, ")
    empty = step.apply(stored(tmp_path, b"abc", "b.txt"), Workbench(tmp_path))
    assert len(empty) == 1
    assert empty[0].facts["charset_replaced"] == "0"


def test_own_replacements_go_first_and_only_where_the_target_lacks_the_sign(
    tmp_path: Path,
) -> None:
    own = [{"letter": "\u2013", "by": "-"}, {"letter": "ć", "by": "ch"}, {"letter": "ü", "by": "x"}]
    options = {"to_encoding": "iso-8859-1", "charset_replacements": own}
    content = "a\u2013ćü".encode()
    assert text_of(content, tmp_path, unencodable="transliterate", **options) == b"a-ch\xfc"
    with pytest.raises(DocumentInvalid, match="2013"):
        text_of(content, tmp_path, **options)


def test_a_replacement_never_becomes_markup(tmp_path: Path) -> None:
    own = [{"letter": "\u2039", "by": "<"}]
    options = {"to_encoding": "iso-8859-1", "charset_replacements": own}
    with pytest.raises(StepFailed, match="markup"):
        converted(
            "<a>\u2039</a>".encode(), tmp_path, "a.xml", unencodable="transliterate", **options
        )


@pytest.mark.parametrize("source", sorted(set(get_args(Encoding)) - {"us-ascii"}))
def test_every_charset_comes_back(source: str, tmp_path: Path) -> None:
    text = "Größe, Straße\r\nÜbung\n"
    made = text_of(text.encode(source), tmp_path, from_encoding=source)
    assert made == text.encode()
    assert text_of(made, tmp_path, to_encoding=source) == text.encode(source)


@given(
    text=st.text(
        st.one_of(
            st.sampled_from([*LETTERS, "a", "\n", "\r", "\r\n", "e\u0301", "\u0323", "\u0308"]),
            st.characters(exclude_categories=["Cs", "Cc"]),
        ).map(lambda sign: sign[:1]),
        max_size=40,
    ),
    gap=st.integers(-6, 2),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
@settings(max_examples=100, deadline=None)
def test_borders_of_chunks_make_no_difference(
    text: str, gap: int, encoding: Encoding, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unit = 1 if encoding == "utf-8" else 2
    whole = "x" * (CHUNK // unit + gap) + text + "y" * CHUNK + text
    folder = tmp_path_factory.mktemp("borders")
    made = text_of(whole.encode(encoding), folder, from_encoding=encoding, line_ends="lf")
    plain = whole.replace("\r\n", "\n").replace("\r", "\n")
    assert made.decode() == unicodedata.normalize("NFC", plain)


@given(
    words=st.lists(st.sampled_from(["Ǻse", "u\u0308", "Weiß", "K\u035fhan", "Ż", "\n"]), max_size=9)
)
@settings(max_examples=25, deadline=None)
def test_borders_of_chunks_do_not_change_what_is_transliterated(
    words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(words)
    options: dict[str, Any] = {"to_encoding": "us-ascii", "unencodable": "transliterate"}
    folder = tmp_path_factory.mktemp("borders")
    alone = text_of(text.encode() + b"z", folder, **options)
    for gap in range(-5, 1):
        padding = b"x" * (CHUNK + 4 + gap)
        assert text_of(padding + text.encode() + b"z", folder, **options) == padding + alone


@pytest.mark.parametrize(
    ("ends", "written"),
    [("keep", b"a\r\nb\nc\rd\r"), ("lf", b"a\nb\nc\nd\n"), ("crlf", b"a\r\nb\r\nc\r\nd\r\n")],
)
def test_line_ends(ends: str, written: bytes, tmp_path: Path) -> None:
    assert text_of(b"a\r\nb\nc\rd\r", tmp_path, line_ends=ends) == written


def test_lines_of_ebcdic_end_with_next_line(tmp_path: Path) -> None:
    content = "Größe\x85Maß\x85".encode("cp273")
    made = text_of(content, tmp_path, from_encoding="cp273", line_ends="lf")
    assert made == "Größe\nMaß\n".encode()


def test_decomposed_letters_are_composed_unless_told_otherwise(tmp_path: Path) -> None:
    content = "Mu\u0308ller".encode()
    assert text_of(content, tmp_path) == "Müller".encode()
    assert text_of(content, tmp_path, to_nfc=False) == content
    made = converted(content, tmp_path, to_nfc=False, to_encoding="iso-8859-1")
    assert made.path.read_bytes() == b"M\xfcller"
    assert made.facts["charset_replaced"] == "0"


@pytest.mark.parametrize("encoding", sorted(BYTE_ORDER_MARKS))
def test_a_byte_order_mark_is_written_only_if_asked_for(encoding: str, tmp_path: Path) -> None:
    mark = BYTE_ORDER_MARKS[encoding]
    content = mark + "Maß".encode(encoding)
    options = {"from_encoding": encoding, "to_encoding": encoding}
    assert text_of(content, tmp_path, **options) == "Maß".encode(encoding)
    assert text_of(content, tmp_path, **options, byte_order_mark=True) == content


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "cp850", "utf-16-be"])
def test_a_byte_order_mark_of_another_charset_is_refused(encoding: str, tmp_path: Path) -> None:
    for mark in (BYTE_ORDER_MARKS["utf-8"], BYTE_ORDER_MARKS["utf-16-le"]):
        with pytest.raises(DocumentInvalid, match="byte order mark of utf"):
            text_of(mark + b"ab", tmp_path, from_encoding=encoding)


def test_windows_1252_that_is_called_latin_1_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match=r"U\+0080"):
        text_of(b"5 \x80", tmp_path, from_encoding="iso-8859-1")
    with pytest.raises(DocumentInvalid, match="are not windows-1252"):
        text_of(b"a\n\x81", tmp_path, from_encoding="windows-1252")


def test_a_large_file_takes_a_few_mb(tmp_path: Path) -> None:
    line = "Müller-Đorđević;Weißenfels;" + "x" * 2_000 + "\n"
    path = tmp_path / "big"
    with path.open("wb") as file:
        for _ in range(20):
            file.write(line.encode() * 1_000)
    assert path.stat().st_size > 40_000_000
    options = {"from_encoding": "utf-8", "to_encoding": "cp850", "unencodable": "transliterate"}
    assert tables.peak("convert-charset", options, path) < 20 * 1024


# ------------------------------------------------------------------------------------------- XML


@pytest.mark.parametrize("encoding", [*LATIN, "utf-16-le", "utf-16-be", "us-ascii", "utf-8"])
def test_xml_says_what_it_is(encoding: str, tmp_path: Path) -> None:
    content = applications.APPLICATION.read_bytes()
    options = {"to_encoding": encoding, "charset_replacements": TYPOGRAPHY}
    made = converted(content, tmp_path, "a.xml", unencodable="transliterate", **options)
    name = read_xml(made.path).findtext(".//{*}Nachname")
    assert name == (
        "Müller-Đorđević"
        if encoding.startswith("utf")
        else ("Mueller-Dordevic" if encoding == "us-ascii" else "Müller-Dordevic")
    )
    back = converted(made.path.read_bytes(), tmp_path, "b.xml", from_encoding=encoding)
    assert etree.tostring(read_xml(back.path)) == etree.tostring(read_xml(made.path))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("<?xml version='1.0' encoding='latin1'?><a/>", None),
        ('<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a/>', None),
        ('<?xml version="1.0"?><a/>', None),
        ("<a/>", "<a/>"),
    ],
)
def test_declarations(given: str, written: str | None, tmp_path: Path) -> None:
    options = {"from_encoding": "iso-8859-1"}
    made = converted(given.encode(), tmp_path, "a.xml", **options).path.read_text()
    assert made == (written or made)
    assert ("UTF-8" in made) == (written is None)
    assert ("standalone" in made) == ("standalone" in given)
    again = converted(made.encode(), tmp_path, "a.xml", to_encoding="iso-8859-15")
    assert ' encoding="ISO-8859-15"' in again.path.read_text()


@pytest.mark.parametrize(
    "options",
    [
        {"from_encoding": ""},
        {"from_encoding": "auto"},
        {"from_encoding": None},
        {"to_encoding": "utf-7"},
        {"unencodable": "replace"},
        {"charset_replacements": [{"letter": "ab", "by": "-"}]},
        {"charset_replacements": [{"letter": "", "by": "-"}]},
        {"charset_replacements": [{"letter": "-", "by": "ć"}], "to_encoding": "cp850"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConvertCharset.model_validate({"from_encoding": "utf-8", **options})


def test_the_charset_of_the_source_has_no_default() -> None:
    with pytest.raises(ValidationError):
        ConvertCharset.model_validate({})


def test_what_a_charset_lacks_is_what_python_cannot_encode() -> None:
    for encoding in get_args(Encoding):
        pattern = lacking(encoding)
        for code in [*range(0x20, 0x2200), 0xD800, 0x1F600]:
            try:
                encodable = bool(chr(code).encode(encoding))
            except UnicodeEncodeError:
                encodable = False
            assert (pattern.search(chr(code)) is None) == encodable, (encoding, code)


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    document = document_of(stored(tmp_path, b"").path, "a.txt")
    step = ConvertCharset(from_encoding="utf-8", to_encoding="cp850")
    (made,) = step.apply(document, Workbench(tmp_path))
    assert made.path.read_bytes() == b""
