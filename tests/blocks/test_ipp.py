"""Messages to and from printers are bytes of RFC 8010, and nothing else passes for one."""

from __future__ import annotations

import pytest

from blocks.ipp import Attribute, MalformedAnswer, Operation, Tag, decode, encode
from blocks.ipp_ticket import media_size

MESSAGE = encode(
    Operation.GET_JOBS,
    7,
    [
        (
            Tag.JOB_GROUP,
            [
                Attribute("job-name", Tag.NAME, ["Müll", "[1]"]),
                Attribute("job-id", Tag.INTEGER, [-5]),
                Attribute(
                    "media-col",
                    Tag.BEGIN_COLLECTION,
                    [[Attribute("media-source", Tag.KEYWORD, ["tray-1", "tray-2"])]],
                ),
            ],
        )
    ],
)


def test_messages_survive_writing_and_reading() -> None:
    job = decode(MESSAGE).first_of(Tag.JOB_GROUP)

    assert job == {
        "job-name": ["Müll", "[1]"],
        "job-id": [-5],
        "media-col": [{"media-source": ["tray-1", "tray-2"]}],
    }


def test_a_message_that_breaks_off_anywhere_is_no_answer() -> None:
    for end in range(len(MESSAGE)):
        with pytest.raises(MalformedAnswer):
            decode(MESSAGE[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"<html>404</html>",
        b"\x01\x01\0\0\0\0\0\1\x21\0\0\0\4\0\0\0\1\x03",
        b"\x01\x01\0\0\0\0\0\1\x04\x21\0\1a\0\2\0\1\x03",
        b"\x01\x01\0\0\0\0\0\1\x04\x34\0\1a\0\0" + b"\x34\0\0\0\0" * 5000,
    ],
    ids=["html", "no group", "short number", "nested without end"],
)
def test_bytes_that_are_no_message_are_told(content: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        decode(content)


def test_a_media_name_tells_its_size() -> None:
    assert media_size("iso_a4_210x297mm") == (21000, 29700)
    assert media_size("na_letter_8.5x11in") == (21590, 27940)
