"""PDF through Typst: the one place that compiles a template.

Data reach a template as JSON in `sys.inputs.data` and never as markup, so that a value such as
`#read("/etc/passwd")` is printed as it stands. A template reads files below its own directory
only, fonts are those that come with Typst and those that lie beside the template, and no package
is fetched from the network: the same data give the same bytes on every machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

import typst

from transforms.errors import DocumentInvalid, StepFailed

TEMPLATES = Path(__file__).parent / "templates"
"""Where the templates of the project are."""

STANDARDS: tuple[typst.PDFStandard, ...] = ("a-3a", "ua-1")
"""ISO 19005-3, level A: for the archive, with attachments; ISO 14289-1: readable for the blind."""

ARCHIVE: tuple[typst.PDFStandard, ...] = ("a-3a",)
"""ISO 19005-3, level A, for a template that cannot promise more."""

FONTS = (".otf", ".ttf", ".ttc", ".otc")
MOST_TEXT = 2_000_000
"""Letters of JSON that a template is given. Typst takes about 300 bytes of memory for each."""
ROUNDS = 20
"""Times that Typst is asked again after it has named signs that no font has."""
SIGNS_LISTED = 10
"""Signs without a glyph that an error names."""

GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
PRIVATE = re.compile(r'the PDF contains the codepoint `"(.+?)"`')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
PLACE = re.compile(r"┌─ (?:\S*/)?([^/\s]+:\d+):\d+")
PACKAGE = re.compile(r"@preview\b")
QUOTED = re.compile(r'"[^"]*"|`[^`]*`')


def typeset(
    template: Path,
    data: Mapping[str, object],
    *,
    where: str,
    moment: datetime | None = None,
    standards: tuple[typst.PDFStandard, ...] = STANDARDS,
    number_missing: bool = True,
) -> bytes:
    """Return the PDF that a template makes of data.

    Args:
        template: a Typst file; it reads what lies in its directory and below.
        data: what JSON can hold; the template reads it by `json(bytes(sys.inputs.data))`.
        where: what errors call the document.
        moment: when the PDF says it was made; the beginning of 1970 if None.
        standards: what the PDF keeps to.
        number_missing: print a sign that no font has as its number, such as `[U+1F600]`, instead
            of refusing the document.

    Raises:
        DocumentInvalid: the data are too long for paper, or hold a sign that no font has.
        StepFailed: the template cannot be used.
    """
    text = json.dumps(data, ensure_ascii=False)
    if len(text) > MOST_TEXT:
        raise DocumentInvalid(
            f"The document has more than {MOST_TEXT} letters to print",
            where=where,
            remedy="Forward it as it is, or split it first",
        )
    for _ in range(ROUNDS if number_missing else 0):
        try:
            return _compiled(template, text, moment, standards)
        except typst.TypstError as error:
            numbered = _numbered(text, _missing(error))
            if numbered == text:
                break
            text = numbered
    try:
        return _compiled(template, text, moment, standards)
    except typst.TypstError as error:
        _refuse(error, template, where)


def _compiled(
    template: Path,
    data: str,
    moment: datetime | None,
    standards: tuple[typst.PDFStandard, ...],
) -> bytes:
    fonts = _fonts() if template.parent == TEMPLATES else _fonts_beside(template.parent)
    return bytes(
        typst.compile(
            str(template),
            root=str(template.parent),
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            pdf_standards=list(standards),
            timestamp=moment.astimezone(UTC) if moment else 0,
        )
    )


def _missing(error: typst.TypstError) -> list[str]:
    """Return what could not be displayed, each a sign with what combines with it."""
    text = f"{error.message}\n{error.diagnostic}"
    found = [*GLYPH.findall(text), *PRIVATE.findall(text)]
    unescaped = (ESCAPED.sub(lambda one: chr(int(one.group(1), 16)), each) for each in found)
    # The longest first: a part of it may be missing on its own, too.
    return sorted(set(unescaped), key=lambda one: (-len(one), one))


def _numbered(text: str, missing: Sequence[str]) -> str:
    for cluster in missing:
        strange = [sign for sign in cluster if not sign.isascii()]
        plain = "".join(sign for sign in cluster if sign.isascii())
        if strange:
            text = text.replace(cluster, f"{plain}[{_codes(strange)}]")
    return text


def _codes(signs: Iterable[str]) -> str:
    return " ".join(f"U+{ord(sign):04X}" for sign in signs)


def check_template(template: Path) -> None:
    """Refuse an operator's template that is none, or that would fetch something.

    Raises:
        StepFailed: it is no Typst file, or what lies beside it is a link that leads out or names a
            package of the network.
    """
    if template.suffix != ".typ" or not template.is_file():
        raise StepFailed(
            "The template is no Typst file",
            where=template.name,
            remedy="Name a file that ends in .typ, in a directory of its own",
        )
    root = template.parent.resolve()
    for one in sorted(root.rglob("*")):
        if not one.resolve().is_relative_to(root):
            raise StepFailed(
                "A link beside the template leads out of its directory",
                where=one.name,
                remedy="Put the file itself there",
            )
        if one.suffix == ".typ" and PACKAGE.search(one.read_text("utf-8", errors="replace")):
            raise StepFailed(
                "The template asks for a package of the network",
                where=one.name,
                remedy="Put the package's files beside the template and import them from there",
            )


def moment_of(facts: Mapping[str, str]) -> datetime | None:
    """Return when a document came in, by its fact `date`; None if nothing is known of it.

    What an operator's own expression set without a time zone is taken as UTC.

    Raises:
        StepFailed: the fact is no date of ISO 8601.
    """
    text = facts.get("date", "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise StepFailed(
            "The fact date is no date of ISO 8601",
            where="date",
            remedy="Give the part of the name another name, or write it as 2026-11-23",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _fonts_beside(directory: Path) -> typst.Fonts:
    has_own = any(one.suffix.lower() in FONTS for one in directory.rglob("*"))
    return typst.Fonts(False, True, [str(directory)]) if has_own else _fonts()  # noqa: FBT003


def _refuse(error: typst.TypstError, template: Path, where: str) -> NoReturn:
    """Translate what Typst says; never chained, as it may repeat values of the document."""
    if missing := _missing(error):
        signs = sorted({sign for cluster in missing for sign in cluster})
        raise DocumentInvalid(
            f"No font has a sign of the document: {_codes(signs[:SIGNS_LISTED])}",
            where=where,
            remedy="Ask the sender to leave it out, or put a font that has it beside the template",
        ) from None
    place = PLACE.search(error.diagnostic)
    raise StepFailed(
        f"The template cannot be used: {_without_values(error.message)}",
        where=f"{where}, {place.group(1) if place else template.name}",
        remedy="Correct the template",
    ) from None


def _without_values(message: str) -> str:
    if message.startswith(("panicked", "assertion failed")):
        return "it gives up by panic or assert"
    keeps = message.startswith(("dictionary does not contain", "unknown", "file not found"))
    return message if keeps else QUOTED.sub("…", message)
