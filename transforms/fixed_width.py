"""Fields of records of fixed width, in bytes of their charset, as mainframes and banks read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from transforms.charsets import lacking
from transforms.din91379 import joins

LINE_ENDS = {"crlf": "\r\n", "lf": "\n", "none": ""}
NUMBERS = ("integer", "decimal")
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")


class FixedField(BaseModel):
    """Width and filling of a field."""

    width: int = Field(
        ge=1, le=65_536, title="Width", description="Bytes of the field in the encoding."
    )
    align: Literal["left", "right"] = Field(
        default="left",
        title="Alignment",
        description="Side on which the value stands; numbers mostly stand on the right.",
    )
    pad: str = Field(
        default=" ",
        pattern=r"^[ -~]$",
        title="Filled with",
        description="Sign that fills the rest of a field with a value, such as a blank or 0; a "
        "minus goes before zeros.",
    )


def padded(data: bytes, field: FixedField, encoding: str, *, number: bool) -> bytes:
    """Return a value of at most the field's width, filled up to it."""
    fill, minus = field.pad.encode(encoding), "-".encode(encoding)
    if field.align == "left":
        return data.ljust(field.width, fill)
    if number and field.pad == "0" and data.startswith(minus):
        return minus + data[len(minus) :].rjust(field.width - len(minus), fill)
    return data.rjust(field.width, fill)


def unpadded(text: str, field: FixedField) -> str:
    """Return what stands in a field, without padding; zeros stay: 0345 is a text of four signs."""
    if field.pad.isdigit() or not text.strip(" "):
        return text.strip(" ")
    return text.rstrip(field.pad) if field.align == "left" else text.lstrip(field.pad)


def fitting(text: str, width: int, encoding: str) -> str:
    """Return as much of a text's beginning as fits, never a part of a letter."""
    end = len(text[:width].encode(encoding)[:width].decode(encoding, "ignore"))
    while 0 < end < len(text) and joins(text, end):
        end -= 1
    return text[:end]


def check_padding(field: FixedField, kind: str) -> None:
    """Refuse zeros behind a number.

    Raises:
        ValueError: the field would have them.
    """
    if kind in NUMBERS and field.align == "left" and field.pad != " ":
        message = f"a number on the left that is filled with {field.pad} would be another number"
        raise ValueError(message)


def check_encoding(encoding: str) -> str:
    """Return an encoding if widths in bytes make sense in it.

    Raises:
        ValueError: it is UTF-16.
    """
    if encoding.startswith("utf-16"):
        message = "records of fixed width are not written in UTF-16; choose another encoding"
        raise ValueError(message)
    return encoding


def check_texts(texts: Sequence[str], encoding: str) -> None:
    """Refuse texts of options that an encoding lacks.

    Raises:
        ValueError: it lacks a sign of one.
    """
    for text in texts:
        if found := lacking(encoding).search(text):
            message = f"{encoding} lacks {found.group()} of {text!r}"
            raise ValueError(message)
