"""Messages of the Internet Printing Protocol as bytes and back (RFC 8010, section 3).

The library pyipp is not used, for what it leaves out is what a delivery needs: it writes no
collections, so that no tray can be chosen, and drops attributes it does not know without a word;
it reads a printer's whole answer as an error when one operation or finishing is the vendor's
own, and an attribute without a value as one with four bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

VERSION = (1, 1)
"""What every printer understands, those of version 2 included (RFC 8011, section 5.4.14)."""
DEEPEST = 16
"""Levels of collections; printers have three."""

Value: TypeAlias = "int | str | bytes | tuple[int, ...] | Mapping[str, Sequence[Value]] | None"
"""One value. None stands for `unknown` and `no-value`, a mapping for a collection."""


class Tag(IntEnum):
    """Kinds of attribute groups and values (RFC 8010, section 3.5)."""

    OPERATION_GROUP = 0x01
    JOB_GROUP = 0x02
    END = 0x03
    PRINTER_GROUP = 0x04
    UNSUPPORTED_GROUP = 0x05
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


FIRST_VALUE, OUT_OF_BAND, FIRST_STRING = 0x10, 0x1F, 0x40
"""Tags up to the first are groups, up to the second have no value, from the third are text."""
NUMBERS: Mapping[int, str] = {
    Tag.INTEGER: ">i",
    Tag.ENUM: ">i",
    Tag.RANGE: ">ii",
    Tag.RESOLUTION: ">iib",
}


class Operation(IntEnum):
    """What a printer is asked for (RFC 8011, section 5.4.15)."""

    PRINT_JOB = 0x02
    VALIDATE_JOB = 0x04
    GET_JOB_ATTRIBUTES = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER_ATTRIBUTES = 0x0B


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a request.

    Attributes:
        name: as it is registered, such as `document-format`.
        tag: kind of its values.
        values: at least one; those of a collection are sequences of attributes.
    """

    name: str
    tag: Tag
    values: Sequence[int | str | Sequence[Attribute]]


Group: TypeAlias = Mapping[str, Sequence[Value]]
"""The attributes of one printer or job, by name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: 0 to 0xFF is success (RFC 8011, appendix B).
        groups: the attribute groups in order, each with its tag.
    """

    status: int
    groups: Sequence[tuple[int, Group]]

    def all_of(self, tag: Tag) -> list[Group]:
        """Return the groups of one kind; each job of a list is one group."""
        return [group for kind, group in self.groups if kind == tag]

    def first_of(self, tag: Tag) -> Group:
        """Return the first group of one kind, or an empty one."""
        return next(iter(self.all_of(tag)), {})


class MalformedAnswer(ValueError):
    """The bytes are no message of IPP."""


def encode(
    operation: Operation, request_id: int, groups: Iterable[tuple[Tag, Sequence[Attribute]]]
) -> bytes:
    """Return a request; the document, if there is one, follows it without anything between.

    Groups without attributes are left out.

    Raises:
        struct.error: a value is longer than 65,535 bytes, or a number does not fit 32 bits.
    """
    parts = [struct.pack(">BBHI", *VERSION, operation, request_id)]
    for tag, attributes in groups:
        if attributes:
            parts.append(bytes([tag]))
            parts.extend(_attribute(one) for one in attributes)
    return b"".join((*parts, bytes([Tag.END])))


def _attribute(attribute: Attribute) -> bytes:
    names = (attribute.name, *[""] * (len(attribute.values) - 1))
    return b"".join(
        _collection(name, value)
        if not isinstance(value, int | str)
        else _field(attribute.tag, name, _packed(attribute.tag, value))
        for name, value in zip(names, attribute.values, strict=True)
    )


def _collection(name: str, members: Sequence[Attribute]) -> bytes:
    parts = [_field(Tag.BEGIN_COLLECTION, name, b"")]
    for member in members:
        parts.append(_field(Tag.MEMBER_NAME, "", member.name.encode()))
        parts.append(_attribute(Attribute("", member.tag, member.values)))
    parts.append(_field(Tag.END_COLLECTION, "", b""))
    return b"".join(parts)


def _packed(tag: Tag, value: int | str) -> bytes:
    if isinstance(value, str):
        return value.encode()
    return struct.pack(">?" if tag is Tag.BOOLEAN else ">i", value)


def _field(tag: Tag, name: str, value: bytes) -> bytes:
    raw = name.encode()
    head, length = struct.pack(">BH", tag, len(raw)), struct.pack(">H", len(value))
    return b"".join((head, raw, length, value))


def decode(content: bytes) -> Answer:
    """Read an answer.

    Raises:
        MalformedAnswer: it breaks off or is none.
    """
    try:
        return _Reader(content).answer()
    except (struct.error, IndexError) as error:
        message = "it breaks off"
        raise MalformedAnswer(message) from error


class _Reader:
    """Reads one message from its start to its end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def answer(self) -> Answer:
        major, _, status, _ = struct.unpack(">BBHI", self._take(8))
        if major not in (1, 2):
            message = f"it is of version {major}"
            raise MalformedAnswer(message)
        groups: list[tuple[int, dict[str, list[Value]]]] = []
        name = ""
        while (tag := self._take(1)[0]) != Tag.END:
            if tag < FIRST_VALUE:
                groups.append((tag, {}))
                continue
            given, raw = self._field()
            name = given or name
            if not groups or not name:
                message = "a value belongs to no attribute"
                raise MalformedAnswer(message)
            groups[-1][1].setdefault(name, []).append(self._value(tag, raw, 0))
        return Answer(status, groups)

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._content):
            message = "it breaks off"
            raise MalformedAnswer(message)
        taken, self._at = self._content[self._at : end], end
        return taken

    def _field(self) -> tuple[str, bytes]:
        name = self._take(int.from_bytes(self._take(2)))
        return _text(name), self._take(int.from_bytes(self._take(2)))

    def _value(self, tag: int, raw: bytes, depth: int) -> Value:
        if tag == Tag.BEGIN_COLLECTION:
            return self._members(depth + 1)
        if tag <= OUT_OF_BAND:
            return None
        if tag == Tag.BOOLEAN:
            return raw != b"\0"
        if numbers := NUMBERS.get(tag):
            unpacked = struct.unpack(numbers, raw)
            return unpacked if len(unpacked) > 1 else int(unpacked[0])
        if tag in (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE):
            language = int.from_bytes(raw[:2])
            return _text(raw[4 + language :])
        return _text(raw) if tag >= FIRST_STRING else raw

    def _members(self, depth: int) -> Group:
        if depth > DEEPEST:
            message = "its collections are nested too deeply"
            raise MalformedAnswer(message)
        members: dict[str, list[Value]] = {}
        name = ""
        while (tag := self._take(1)[0]) != Tag.END_COLLECTION:
            _, raw = self._field()
            if tag == Tag.MEMBER_NAME:
                name = _text(raw)
            else:
                members.setdefault(name, []).append(self._value(tag, raw, depth))
        self._field()
        return members


def _text(raw: bytes) -> str:
    """Old printers send Latin-1 whatever charset they were asked for."""
    return raw.decode("utf-8", "replace")
