"""Step `convert-charset`: write a text or XML file in another charset, losing nothing in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from transforms.charset_log import CharsetLog
from transforms.charsets import BYTE_ORDER_MARKS, NEXT_LINE, Encoding, lacking, named, pieces
from transforms.din91379 import letter_at, transliterated
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.step import Step, Workbench
from transforms.xml_declaration import check_composition, declared_as, is_xml

MARKUP = re.compile("[<>&\"']")


class Replacement(BaseModel):
    """What an operator wants to be written for a sign that the target lacks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    letter: str = Field(
        min_length=1,
        title="Sign",
        description="One sign, with its marks if it has any.",
        examples=["\u2013"],
    )
    by: str = Field(
        title="Replaced by",
        description="Text that takes its place; left empty, the sign is left out.",
        examples=["-"],
    )

    @field_validator("letter")
    @classmethod
    def _one(cls, letter: str) -> str:
        letter = unicodedata.normalize("NFC", letter)
        if letter_at(letter, 0) != (0, len(letter)):
            message = f"{letter!r} is more than one sign"
            raise ValueError(message)
        return letter


class ConvertCharset(Step):
    """Write a text or XML file in another charset, losing nothing in silence.

    Streams. The charset it comes in is what the options say and never guessed; bytes, byte order
    marks and XML declarations that contradict it are refused. An XML declaration is corrected. The
    facts `charset_replaced` and `charset_replacements` tell how many signs were replaced, by what
    and where.
    """

    kind: Literal["convert-charset"] = Field(
        default="convert-charset",
        title="Step",
        description="Writes each text or XML file in another charset.",
    )
    from_encoding: Encoding = Field(
        title="Encoding of the source",
        description="Charset that the files come in; a file that contradicts it is refused.",
    )
    to_encoding: Encoding = Field(
        default="utf-8",
        title="Encoding of the target",
        description="Charset that the recipient reads.",
    )
    unencodable: Literal["reject", "transliterate"] = Field(
        default="reject",
        title="Signs that the target lacks",
        description="reject refuses the file; transliterate writes letters with A to Z by the "
        "table of DIN 91379 and logs each, and refuses what has no mapping.",
    )
    charset_replacements: list[Replacement] = Field(
        default_factory=list,
        title="Own replacements",
        description="Signs such as dashes and quotation marks, which DIN 91379 does not map; used "
        "by transliterate, before its table, for what the target lacks.",
    )
    byte_order_mark: bool = Field(
        default=False,
        title="Byte order mark",
        description="Begin with a byte order mark where the target is UTF-8 or UTF-16; XML in "
        "UTF-16 always does.",
    )
    line_ends: Literal["keep", "lf", "crlf"] = Field(
        default="keep", title="Line ends", description="What lines of the target end with."
    )
    to_nfc: bool = Field(
        default=True,
        title="Normal form C",
        description="Compose letters and marks as DIN 91379 wants them; otherwise they are kept "
        "where the target permits it.",
    )
    charset_log: bool = Field(
        default=False,
        title="Log document",
        description="Add a CSV file, named like the document with .charset.csv, that lists every "
        "replaced sign with its line and column; none if nothing was replaced.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        pattern = lacking(self.to_encoding)
        for one in self.charset_replacements:
            if pattern.search(one.by):
                message = f"{self.to_encoding} lacks a sign of the replacement {one.by!r}"
                raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the file in the target's charset under the same name, and the log if wanted.

        Raises:
            DocumentInvalid: it is not in the charset it should be, its XML declaration says
                otherwise, or the target lacks a sign of it.
            NameNotAllowed: the name of the log is too long.
        """
        path = bench.new(document.name)
        log = CharsetLog(document, bench, listed=self.charset_log)
        with log, path.open("wb") as file:
            file.writelines(self._converted(document, log))
        made = document.made(path, facts=log.facts())
        return [made, *log.documents()]

    def _converted(self, document: Document, log: CharsetLog) -> Iterator[bytes]:
        texts = filter(None, self._prepared(document))
        first = next(texts, "")
        xml = is_xml(first, document.name)
        if xml:
            self._check_markup(document.name)
            first = declared_as(first, self.from_encoding, self.to_encoding, document.name)
        if self.byte_order_mark or (xml and self.to_encoding.startswith("utf-16")):
            yield BYTE_ORDER_MARKS.get(self.to_encoding, b"")
        own = {one.letter: one.by for one in self.charset_replacements}
        # One piece ahead: the sign after a letter decides on how it is written.
        for text, following in pairwise(chain((first,), texts, ("",))):
            if xml:
                check_composition(text, document.name, log.line)
            normal = unicodedata.normalize("NFC", text) if self.to_nfc else text
            yield self._encoded(normal, following[:1], own, log)

    def _check_markup(self, name: str) -> None:
        if any(MARKUP.search(one.by) for one in self.charset_replacements):
            raise StepFailed(
                "A replacement has a sign that is markup in XML",
                where=name,
                remedy="Use a step of its own for XML, without such replacements",
            )

    def _prepared(self, document: Document) -> Iterator[str]:
        texts = pieces(document.path, self.from_encoding, document.name)
        if self.line_ends == "keep":
            return texts
        end = "\n" if self.line_ends == "lf" else "\r\n"
        return _with_ends(texts, end, next_line=self.from_encoding == "cp273")

    def _encoded(self, text: str, following: str, own: dict[str, str], log: CharsetLog) -> bytes:
        pattern = lacking(self.to_encoding)
        parts, done = [], 0
        while found := pattern.search(text, done):
            start, end = letter_at(text, found.start())
            parts.append(text[done:start])
            log.passed(text[done:start])
            letter = unicodedata.normalize("NFC", text[start:end])
            if pattern.search(letter):
                by = self._replacement(letter, text[end : end + 1] or following, own, log)
                log.replaced(letter, by)
                letter = by
            parts.append(letter)
            log.passed(text[start:end])
            done = end
        parts.append(text[done:])
        log.passed(text[done:])
        return "".join(parts).encode(self.to_encoding)

    def _replacement(
        self, letter: str, following: str, own: dict[str, str], log: CharsetLog
    ) -> str:
        transliterating = self.unencodable == "transliterate"
        by = own.get(letter, transliterated(letter, following)) if transliterating else None
        if by is not None:
            return by
        raise DocumentInvalid(
            f"{self.to_encoding} lacks the sign {named(letter)}"
            + (", and DIN 91379 has no mapping for it" if transliterating else ""),
            where=log.place,
            remedy="Add an own replacement to the step, or choose utf-8 if the recipient can read "
            "it"
            if transliterating
            else "Choose transliterate in the step, or utf-8 if the recipient can read it",
        )


def _with_ends(texts: Iterator[str], end: str, *, next_line: bool) -> Iterator[str]:
    kept = ""
    for text in chain(texts, ("",)):
        whole, kept = kept + text, ""
        if text and whole.endswith("\r"):
            whole, kept = whole[:-1], "\r"
        plain = whole.replace("\r\n", "\n").replace("\r", "\n")
        if next_line:
            plain = plain.replace(NEXT_LINE, "\n")
        yield plain if end == "\n" else plain.replace("\n", end)
