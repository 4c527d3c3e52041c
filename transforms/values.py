"""Numbers, dates and truth values between XML and the notations of tables.

XML writes them as XML Schema part 2 says: `1234.50`, `2026-11-23`, `true`. Tables have decimal
commas or none at all, dates such as `23112026`, and J and N. Nothing is rounded, and nothing is
taken for a value that only looks like one.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

INTEGER = re.compile(r"([+-]?)(\d+)", re.ASCII)
DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?", re.ASCII)
DATE_FORMAT = re.compile(r"(?:%[YmdHMSyj]|[^%\d])+")
TIME = re.compile(r"%[HMS]")
XML_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)
TRUE, FALSE = ("true", "1"), ("false", "0")
"""XML Schema part 2, section 3.3.2."""


class Notation(BaseModel):
    """How a value is written outside of XML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["text", "integer", "decimal", "date", "boolean"] = Field(
        default="text",
        title="Type",
        description="What the value is; one that is not of the type is refused.",
    )
    decimal_sign: Literal[",", ".", ""] = Field(
        default=",",
        title="Decimal sign",
        description="Sign before the decimal places; left empty, their number alone tells where "
        "they begin, and 1234,50 is 123450.",
    )
    decimal_places: int = Field(
        default=2,
        ge=0,
        le=18,
        title="Decimal places",
        description="Places of a decimal; a value with more of them, save zeros, is refused and "
        "never rounded.",
    )
    date_format: str = Field(
        default="%d.%m.%Y",
        title="Date format",
        description="Day %d, month %m, year %Y or %y, day of the year %j, hour %H, minute %M, "
        "second %S; with an hour, XML has a dateTime and otherwise a date.",
        examples=["%Y%m%d", "%d.%m.%Y", "%Y%m%d%H%M%S"],
    )
    true_text: str = Field(
        default="J", min_length=1, title="True", description="What stands for true.", examples=["1"]
    )
    false_text: str = Field(
        default="N",
        min_length=1,
        title="False",
        description="What stands for false.",
        examples=["0"],
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.type == "date" and not DATE_FORMAT.fullmatch(self.date_format):
            message = f"{self.date_format!r} is no date format; write %Y%m%d or %d.%m.%Y"
            raise ValueError(message)
        if self.type == "boolean" and self.true_text == self.false_text:
            message = "true and false are written alike"
            raise ValueError(message)
        return self

    def written(self, value: str) -> str:
        """Return a value of XML in this notation; "" stays "".

        Raises:
            ValueError: it is not of the type; the message does not repeat it.
        """
        if not value:
            return ""
        match self.type:
            case "integer":
                return _integer(value)
            case "decimal":
                return self._decimal_written(value)
            case "date":
                return self._date_written(value)
            case "boolean":
                return self._boolean_written(value)
            case _:
                return value

    def read(self, text: str) -> str:
        """Return a text in this notation as XML writes it; "" stays "".

        Raises:
            ValueError: it is not of the type; the message does not repeat it.
        """
        if not text:
            return ""
        match self.type:
            case "integer":
                return _integer(text)
            case "decimal":
                return self._decimal_read(text)
            case "date":
                return self._date_read(text)
            case "boolean":
                return self._boolean_read(text)
            case _:
                return text

    def _decimal_written(self, value: str) -> str:
        minus, whole, places = _decimal(value)
        places = places.rstrip("0").ljust(self.decimal_places, "0")
        if len(places) > self.decimal_places:
            message = f"has more than {self.decimal_places} decimal places"
            raise ValueError(message)
        return minus + whole + (self.decimal_sign + places if places else "")

    def _decimal_read(self, text: str) -> str:
        if self.decimal_sign:
            other = "." if self.decimal_sign == "," else ","
            if other in text:
                message = f"has a sign other than {self.decimal_sign} between its digits"
                raise ValueError(message)
            minus, whole, places = _decimal(text.replace(self.decimal_sign, "."))
        else:
            digits = _integer(text)
            minus, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
            digits = digits.zfill(self.decimal_places + 1)
            cut = len(digits) - self.decimal_places
            whole, places = digits[:cut], digits[cut:]
        if len(places.rstrip("0")) > self.decimal_places:
            message = f"has more than {self.decimal_places} decimal places"
            raise ValueError(message)
        return minus + whole + (f".{places}" if places else "")

    def _date_written(self, value: str) -> str:
        found = XML_MOMENT.fullmatch(value)
        timed = TIME.search(self.date_format) is not None
        if found is None or (timed and found[2] is None):
            message = f"is no {'dateTime' if timed else 'date'} of XML"
            raise ValueError(message)
        moment = _moment(f"{found[1]}T{found[2] or '00:00:00'}")
        # The year would otherwise be written without its zeros.
        return moment.strftime(self.date_format.replace("%Y", found[1][:4]))

    def _date_read(self, text: str) -> str:
        if set(text) == {"0"}:
            return ""
        try:
            moment = datetime.strptime(text, self.date_format)  # noqa: DTZ007 - none is given.
        except ValueError:
            moment = None
        # strptime takes 1.2.2026 for 01.02.2026, too, and blanks.
        if moment is None or self._date_written(moment.isoformat()) != text:
            message = f"is no date such as {date(2026, 12, 31).strftime(self.date_format)}"
            raise ValueError(message)
        timed = TIME.search(self.date_format)
        return moment.isoformat() if timed else moment.date().isoformat()

    def _boolean_written(self, value: str) -> str:
        if value not in TRUE + FALSE:
            message = "is no boolean of XML"
            raise ValueError(message)
        return self.true_text if value in TRUE else self.false_text

    def _boolean_read(self, text: str) -> str:
        if text not in (self.true_text, self.false_text):
            message = f"is neither {self.true_text} nor {self.false_text}"
            raise ValueError(message)
        return "true" if text == self.true_text else "false"


def _integer(text: str) -> str:
    found = INTEGER.fullmatch(text)
    if found is None:
        message = "is no integer"
        raise ValueError(message)
    digits = found[2].lstrip("0") or "0"
    return f"-{digits}" if found[1] == "-" and digits != "0" else digits


def _decimal(text: str) -> tuple[str, str, str]:
    """Return minus or "", the whole part without needless zeros, and the decimal places."""
    found = DECIMAL.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        message = "is no decimal"
        raise ValueError(message)
    whole, places = found[2].lstrip("0") or "0", found[3] or ""
    minus = found[1] == "-" and (whole + places).strip("0") != ""
    return "-" if minus else "", whole, places


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = "is no date of the calendar"
        raise ValueError(message) from None
