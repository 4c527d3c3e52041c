"""Numbers, dates and truth values between XML and the notations of tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.values import Notation

IMPLIED = {"type": "decimal", "decimal_sign": ""}


def notation(**options: Any) -> Notation:
    return Notation.model_validate(options)


@pytest.mark.parametrize(
    ("options", "xml", "text"),
    [
        ({}, " any ", " any "),
        ({"type": "integer"}, "-5", "-5"),
        ({"type": "decimal"}, "1234.5", "1234,50"),
        ({"type": "decimal"}, "1.500", "1,50"),
        ({"type": "decimal"}, "-.5", "-0,50"),
        ({"type": "decimal"}, "-0.00", "0,00"),
        ({"type": "decimal", "decimal_places": 0}, "7.0", "7"),
        ({"type": "decimal", "decimal_sign": "."}, "+07", "7.00"),
        (IMPLIED, "1234.5", "123450"),
        (IMPLIED, "-0.05", "-005"),
        ({"type": "date"}, "2026-11-23", "23.11.2026"),
        ({"type": "date"}, "0987-01-02+01:00", "02.01.0987"),
        ({"type": "date", "date_format": "%y%j"}, "2026-02-01", "26032"),
        ({"type": "date", "date_format": "%Y%m%d"}, "2026-11-23T23:59:59Z", "20261123"),
        ({"type": "date", "date_format": "%d%m%Y%H%M"}, "2026-11-23T07:15:00", "231120260715"),
        ({"type": "boolean"}, "1", "J"),
        ({"type": "boolean", "true_text": "1", "false_text": "0"}, "false", "0"),
    ],
)
def test_written(options: dict[str, Any], xml: str, text: str) -> None:
    assert notation(**options).written(xml) == text
    assert notation(**options).written("") == ""


@pytest.mark.parametrize(
    ("options", "text", "xml"),
    [
        ({"type": "integer"}, "000", "0"),
        ({"type": "integer"}, "-007", "-7"),
        ({"type": "integer"}, "+7", "7"),
        ({"type": "decimal"}, "0001,5", "1.5"),
        ({"type": "decimal"}, "12", "12"),
        (IMPLIED, "5", "0.05"),
        (IMPLIED, "-000123", "-1.23"),
        ({"type": "date", "date_format": "%Y%m%d"}, "20240229", "2024-02-29"),
        ({"type": "date", "date_format": "%Y%m%d"}, "00000000", ""),
        ({"type": "date", "date_format": "%Y%m%d%H%M%S"}, "20240229071500", "2024-02-29T07:15:00"),
        ({"type": "boolean"}, "N", "false"),
    ],
)
def test_read(options: dict[str, Any], text: str, xml: str) -> None:
    assert notation(**options).read(text) == xml
    assert notation(**options).read("") == ""


@pytest.mark.parametrize(
    "value", ["1,5", "1.5", "1e3", "NaN", "--1", "0x1", "\u0661", "1 000", "."]
)
def test_no_integer(value: str) -> None:
    for one in (notation(type="integer"), notation(**IMPLIED)):
        with pytest.raises(ValueError, match="is no integer"):
            one.read(value)


@pytest.mark.parametrize("value", ["1.000,50", "1.5", "1,505", "1,5,5", "INF", ",", "-"])
def test_no_decimal(value: str) -> None:
    with pytest.raises(ValueError, match=r"is no decimal|has ") as caught:
        notation(type="decimal").read(value)
    assert value not in str(caught.value) or len(value) == 1


@pytest.mark.parametrize("value", ["1.005", "1,5", "1e3", "NaN", ""])
def test_nothing_is_rounded(value: str) -> None:
    if value:
        with pytest.raises(ValueError, match=r"is no decimal|more than 2"):
            notation(type="decimal").written(value)


@pytest.mark.parametrize(
    "value", ["31.02.2026", "1.2.2026", " 1.02.2026", "29.02.2023", "2026-01-01"]
)
def test_no_date(value: str) -> None:
    with pytest.raises(ValueError, match=r"is no date such as 31\.12\.2026"):
        notation(type="date").read(value)


@pytest.mark.parametrize("value", ["2026-02-30", "23.11.2026", "2026-11", "2026-11-23T25:00:00"])
def test_no_date_of_xml(value: str) -> None:
    with pytest.raises(ValueError, match=r"is no date"):
        notation(type="date").written(value)


def test_a_time_that_is_not_there_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="is no dateTime of XML"):
        notation(type="date", date_format="%Y%m%d%H%M").written("2026-11-23")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_decimals_come_back(value: Decimal) -> None:
    for sign in (",", ".", ""):
        one = notation(type="decimal", decimal_sign=sign)
        assert Decimal(one.read(one.written(format(value, "f")))) == value


@given(st.dates(min_value=date(1900, 1, 1)), st.sampled_from(["%Y%m%d", "%d.%m.%Y", "%Y%j"]))
def test_dates_come_back(value: date, shape: str) -> None:
    one = notation(type="date", date_format=shape)
    assert one.read(one.written(value.isoformat())) == value.isoformat()
