"""Which name a document gets at a target that cannot hold every name."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.names import fitted
from transforms.errors import NameNotAllowed

DECOMPOSED = "Pru\u0308fung.xml"
RAW = b"Pr\xfcfung.xml".decode(errors="surrogateescape")


@pytest.mark.parametrize(
    ("name", "rules", "expected"),
    [
        ("Bauantrag #1 (ü) 100%.xml", {}, "Bauantrag #1 (ü) 100%.xml"),
        (DECOMPOSED, {}, DECOMPOSED),
        (RAW, {}, RAW),
        (RAW, {"encoding": "UTF8"}, RAW),
        (RAW, {"encoding": "latin-1"}, "Pr_fung.xml"),
        ("\ud800.xml", {}, "_.xml"),
        ("a/b\0c", {}, "a_b_c"),
        ("a;b?c", {"forbidden": ";?"}, "a_b_c"),
        ("a;b", {"forbidden": ";", "replacement": "--"}, "a--b"),
        (DECOMPOSED, {"encoding": "latin-1"}, "Prüfung.xml"),
        ("Š€.xml", {"encoding": "latin-1"}, "__.xml"),
        ("Š€.xml", {"encoding": "cp1252"}, "Š€.xml"),
        ('"*/:<>?\\|\t\x1f.xml', {"windows": True}, "___________.xml"),
        ("Anlage. . ", {"windows": True}, "Anlage____"),
        (".", {"windows": True}, "_"),
        (".profile", {"windows": True}, ".profile"),
        ("con", {"windows": True}, "con_"),
        ("AUX.xml", {"windows": True}, "AUX_.xml"),
        ("NUL .tar.gz", {"windows": True}, "NUL_ .tar.gz"),
        ("Com9.x", {"windows": True}, "Com9_.x"),
        ("LPT².x", {"windows": True}, "LPT²_.x"),
        ("COM0.x", {"windows": True}, "COM0.x"),
        ("Konto.xml", {"windows": True}, "Konto.xml"),
        ("CONTO.xml", {"windows": True}, "CONTO.xml"),
        ("PRN", {"windows": True, "replacement": "-"}, "PRN-"),
        ("con", {}, "con"),
        ("ä" * 127, {"replacement": ""}, "ä" * 127),
        ("ä" * 255, {"encoding": "latin-1"}, "ä" * 255),
    ],
)
def test_a_name_is_kept_as_far_as_the_target_holds_it(
    name: str, rules: dict[str, Any], expected: str
) -> None:
    made = fitted(name, where="bauamt", **rules)
    assert made == expected
    assert fitted(made, where="bauamt", **rules | {"replacement": ""}) == expected


@pytest.mark.parametrize(
    ("name", "rules", "told"),
    [
        ("a;b", {"forbidden": ";", "replacement": ""}, "a;b"),
        ("Š.xml", {"encoding": "latin-1", "replacement": ""}, "Š"),
        ("a.", {"windows": True, "replacement": ""}, "a."),
        ("NUL", {"windows": True, "replacement": ""}, "NUL"),
        ("a;b", {"forbidden": ";", "replacement": ";"}, "refused too"),
        ("a;b", {"forbidden": ";", "replacement": "/"}, "refused too"),
        ("a;b", {"forbidden": ";", "encoding": "ascii", "replacement": "ä"}, "refused too"),
        ("a?", {"windows": True, "replacement": ":"}, "refused too"),
        ("a?", {"windows": True, "replacement": "."}, "refused too"),
        ("CON", {"windows": True, "replacement": " "}, "refused too"),
        ("", {}, "no name"),
        (".", {}, "no name"),
        ("..", {}, "no name"),
        (";", {"forbidden": ";", "replacement": "."}, "no name"),
        ("ä" * 128, {}, "255 bytes"),
        ("a" * 256, {"encoding": "latin-1"}, "255 bytes"),
        (";" * 128, {"forbidden": ";", "replacement": "__"}, "255 bytes"),
    ],
)
def test_a_name_that_would_have_to_change_otherwise_is_refused(
    name: str, rules: dict[str, Any], told: str
) -> None:
    with pytest.raises(NameNotAllowed, match="bauamt") as caught:
        fitted(name, where="bauamt", **rules)
    assert told in caught.value.what
