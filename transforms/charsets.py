"""Text in the charset that an operator has named: decoded and encoded strictly, in pieces.

No charset is ever guessed: statistics read ISO 8859-15 as Windows-1250 and turn euros into other
signs without anybody noticing. What the bytes say themselves is held against what was configured:
a byte order mark, control characters that no text has, bytes that the charset does not define.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from transforms.din91379 import MARKS, joins
from transforms.errors import DocumentInvalid

Encoding = Literal[
    "us-ascii",
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "windows-1250",
    "windows-1252",
    "cp437",
    "cp850",
    "cp858",
    "cp273",
]
"""Charsets that authorities' systems use; cp850 and cp858 are those of DOS, cp273 is EBCDIC."""

BYTE_ORDER_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}

CHUNK = 64 * 1024
"""Bytes that are decoded at a time."""
LONGEST_LINE = 1 << 20
"""Signs that a line may have where lines are read."""

CONTROLS = re.compile("[\0\x80-\x9f]")
EBCDIC_CONTROLS = re.compile("[\0\x80-\x84\x86-\x9f]")
"""U+0085, next line, is how EBCDIC ends lines."""
NEXT_LINE = "\x85"

FOREIGN = re.compile(f"[^\0-\u02ff]{{{MARKS + 1},}}")
"""Where there could be too many marks."""
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r(?!\Z))")


def pieces(path: Path, encoding: str, name: str) -> Iterator[str]:
    """Decode a file and yield its text piece by piece; no letter is parted from its marks.

    A byte order mark at the beginning is left out.

    Args:
        path: the file.
        encoding: its charset, one of `Encoding`.
        name: what errors call it.

    Raises:
        DocumentInvalid: a byte order mark contradicts the charset, bytes are not of it, there are
            control characters that no text has, or a letter has more than `MARKS` marks.
        OSError: it cannot be read.
    """
    kept = ""
    reader = _Reader(encoding, name)
    with path.open("rb") as file:
        head = file.read(4)
        chunk = head[mark_length(head, encoding, name) :] + file.read(CHUNK)
        while chunk:
            following = file.read(CHUNK)
            kept += reader.text(chunk, final=not following)
            _check_marks(kept, name, reader.line)
            cut = _last_start(kept) if following else len(kept)
            if cut:
                yield kept[:cut]
            kept, chunk = kept[cut:], following


def lines(path: Path, encoding: str, name: str) -> Iterator[str]:
    r"""Yield a file's lines with their ends: \n, \r\n or \r; EBCDIC's next line becomes \n.

    Raises:
        DocumentInvalid: as `pieces`, or a line has more than `LONGEST_LINE` signs.
        OSError: it cannot be read.
    """
    rest, number = "", 0
    for piece in pieces(path, encoding, name):
        rest += piece.replace(NEXT_LINE, "\n") if encoding == "cp273" else piece
        end = 0
        # Not finditer: in a line that has not ended yet it would begin anew at every sign.
        while found := LINE.match(rest, end):
            number += 1
            end = found.end()
            yield found.group()
        rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            raise DocumentInvalid(
                f"A line has more than {LONGEST_LINE} signs",
                where=f"{name}, line {number + 1}",
                remedy="Ask the sender to correct it; a quote that is never closed can be the cause",
            )
    if rest:
        yield rest


def encoded(text: str, encoding: str, name: str, *, part: str) -> bytes:
    """Encode a text, refusing what the charset lacks.

    Args:
        text: what to encode.
        encoding: a charset that Python knows.
        name: what errors call the document.
        part: what errors call the text, such as `the table`.

    Raises:
        DocumentInvalid: the charset lacks a sign of the text, which is named.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        # Not chained: the error holds the text.
        raise lacks(text[error.start], encoding, f"{name}, line {line} of {part}") from None


def lacks(sign: str, encoding: str, where: str) -> DocumentInvalid:
    """Return the error for a sign that a charset lacks; nothing around it is told."""
    return DocumentInvalid(
        f"{encoding} lacks the sign {named(sign)}",
        where=where,
        remedy="Choose the encoding utf-8 if the recipient can read it, or put a step "
        "convert-charset before this one",
    )


def named(letter: str) -> str:
    """Return code points, name and look of a letter, such as `U+0110 … WITH STROKE (Đ)`."""
    points = " ".join(f"U+{ord(sign):04X}" for sign in letter)
    names = " + ".join(unicodedata.name(sign, "without a name") for sign in letter)
    return f"{points} {names} ({letter})" if letter.isprintable() else f"{points} {names}"


@cache
def lacking(encoding: str) -> re.Pattern[str]:
    """Return what finds a sign that a charset lacks."""
    if encoding.startswith("utf-"):
        return re.compile("[\ud800-\udfff]")
    signs = (bytes([code]).decode(encoding, "ignore") for code in range(256))
    return re.compile(f"[^{re.escape(''.join(signs))}]")


class _Reader:
    """Decodes chunks and knows how far it is."""

    def __init__(self, encoding: str, name: str) -> None:
        self._encoding = encoding
        self._name = name
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._controls = EBCDIC_CONTROLS if encoding == "cp273" else CONTROLS
        self.line = 1

    def text(self, chunk: bytes, *, final: bool) -> str:
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            before = bytes(error.object[: error.start]).decode(self._encoding, "ignore")
            where = f"{self._name}, line {self.line + before.count(chr(10))}"
            # Not chained: the error holds the bytes of the document.
            raise _not_of_it(self._encoding, error.reason, where) from None
        if found := self._controls.search(text):
            line = self.line + text.count("\n", 0, found.start())
            raise _control(found.group(), self._encoding, f"{self._name}, line {line}")
        self.line += text.count("\n")
        return text


def decoded(data: bytes, encoding: str, where: str) -> str:
    """Decode a whole value as strictly as `pieces`.

    Raises:
        DocumentInvalid: the bytes are not of the charset, or there are control characters that no
            text has.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_of_it(encoding, error.reason, where) from None
    if found := CONTROLS.search(text):
        raise _control(found.group(), encoding, where)
    return text


def _control(sign: str, encoding: str, where: str) -> DocumentInvalid:
    return DocumentInvalid(
        f"The text has the control character U+{ord(sign):04X}, so it is hardly {encoding}",
        where=where,
        remedy="Ask the sender which encoding it is, such as windows-1252 or utf-16-le, and set it "
        "in the step",
    )


def _not_of_it(encoding: str, reason: str, where: str) -> DocumentInvalid:
    return DocumentInvalid(
        f"The bytes are not {encoding}: {reason}",
        where=where,
        remedy="Ask the sender which encoding it is, and set it in the step",
    )


def mark_length(head: bytes, encoding: str, name: str) -> int:
    """Return how many bytes the byte order mark at the beginning of a file takes; 0 without one.

    Raises:
        DocumentInvalid: it is that of another charset.
    """
    for kind, mark in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            if kind == encoding:
                return len(mark)
            raise DocumentInvalid(
                f"The file begins with the byte order mark of {kind}, and is to be {encoding}",
                where=name,
                remedy=f"Set the encoding {kind} in the step, or ask the sender",
            )
    return 0


def _last_start(text: str) -> int:
    """Return where the last letter begins, or 0 if marks are all there is."""
    index = len(text) - 1
    lowest = max(0, index - MARKS)
    while index > lowest and joins(text, index):
        index -= 1
    return index


def _check_marks(text: str, name: str, line: int) -> None:
    """Refuse endless marks: composing them takes a time that grows with their square."""
    for run in FOREIGN.finditer(text):
        count = 0
        for index in range(run.start(), run.end()):
            count = count + 1 if joins(text, index) else 0
            if count > MARKS:
                raise DocumentInvalid(
                    f"A letter has more than {MARKS} marks",
                    where=f"{name}, line {line - text.count(chr(10), index)}",
                    remedy="Ask the sender to correct it",
                )
