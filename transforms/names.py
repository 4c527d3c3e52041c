"""Names of files: what is safe, what a template makes of facts, what an expression chooses.

A real name is never read as a pattern; only what an operator wrote as an expression is.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from string import Formatter

from transforms.errors import NameNotAllowed, StepFailed

LONGEST = 255
"""Bytes of UTF-8 that a file name may have on the usual file systems."""

LEIKA = re.compile(r"(?<!\d)99\d{12}(?!\d)", re.ASCII)
AGS = re.compile(r"(?<![a-z])ags[-_]?(\d{8})(?!\d)", re.ASCII | re.IGNORECASE)

INTEGER = re.compile(r"(0?[1-9][0-9]?)?d")
"""Formats of integers: `d`, `4d`, `04d`."""
MOMENT = re.compile(r"(%[YymdHMSfjGVu]|[^%{}])*%[YymdHMSfjGVu](%[YymdHMSfjGVu]|[^%{}])*")
"""Formats of dates: directives that give digits in every locale, and text between them."""

Match = Callable[[str], dict[str, str] | None]


def safe_name(name: str) -> str:
    """Return a leaf name in NFC that can do no harm in any directory.

    Raises:
        NameNotAllowed: it has path parts or control characters, or is empty or too long.
    """
    normal = unicodedata.normalize("NFC", name)
    problem = _problem(normal)
    if problem:
        raise NameNotAllowed(
            f"The file name {problem}", where=ascii(name), remedy="Rename the file"
        )
    return normal


def _problem(name: str) -> str:
    if name in ("", ".", ".."):
        return "is no name of a file"
    if "/" in name or "\\" in name:
        return "has path parts"
    if any(unicodedata.category(sign) == "Cc" for sign in name):
        return "has control characters"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is not UTF-8"
    return f"is longer than {LONGEST} bytes" if size > LONGEST else ""


def check_template(template: str) -> str:
    """Return a template such as `{stem}_{date:%Y%m%d}_{n:04d}{suffix}` if its syntax is right.

    Fields are single-braced names. A format may follow for dates (`%Y%m%d` and the like, digits
    only, so that no locale matters) and integers (`04d`).

    Raises:
        ValueError: the syntax is wrong; the message says how to mend it.
    """
    if "{{" in template or "}}" in template:
        message = f"{template!r}: write {{name}} with single braces; Prefect blanks double ones"
        raise ValueError(message)
    for _, name, spec, conversion in _parsed(template):
        if name is None:
            continue
        if not name.isidentifier() or conversion:
            message = f"{template!r}: {{{name}}} must be one plain name such as {{stem}}"
            raise ValueError(message)
        if spec and not INTEGER.fullmatch(spec) and not MOMENT.fullmatch(spec):
            message = (
                f"{template!r}: the format {spec!r} of {name} is neither one of a date such as "
                "%Y%m%d nor one of an integer such as 04d"
            )
            raise ValueError(message)
    return template


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(template))
    except ValueError as error:
        message = f"{template!r} is no template: {error}; write fields as {{name}}"
        raise ValueError(message) from error


def render(template: str, facts: Mapping[str, object]) -> str:
    """Fill facts into a template that `check_template` accepts.

    A fact in text form is read as what its format asks for: `{date:%Y}` takes ISO 8601, `{n:04d}`
    digits. Without a format a date is written in ISO 8601. The same facts give the same text.

    Raises:
        StepFailed: the template names what is not known, or formats what cannot be.
    """
    try:
        check_template(template)
    except ValueError as error:
        raise StepFailed(str(error), where=template, remedy="Correct the template") from error
    return "".join(
        text + ("" if name is None else _filled(template, name, spec or "", facts))
        for text, name, spec, _ in _parsed(template)
    )


def _filled(template: str, name: str, spec: str, facts: Mapping[str, object]) -> str:
    if name not in facts:
        raise StepFailed(
            f"The template names {name!r}, which is not known of this file",
            where=template,
            remedy=f"Use one of {', '.join(sorted(facts)) or 'no fields'}",
        )
    try:
        return _formatted(facts[name], spec)
    except ValueError as error:
        raise StepFailed(
            f"The value of {name!r} cannot be written as {spec!r}",
            where=template,
            remedy="Leave the format out, or use it for a date or an integer only",
        ) from error


def _formatted(value: object, spec: str) -> str:
    if not spec:
        return value.isoformat() if isinstance(value, date) else str(value)
    if "%" not in spec:
        return format(value if isinstance(value, int) else int(str(value)), spec)
    return (value if isinstance(value, date) else datetime.fromisoformat(str(value))).strftime(spec)


def matcher(kind: str, expression: str = "") -> Match:
    """Return a function that chooses names: facts where it matches, None where not.

    Args:
        kind: `NONE` (every name), `WILDCARD` (`*`, `?`, `[…]`; upper and lower case differ; a
            leading dot must be written) or `REGEX` (the whole name; named groups are the facts).
        expression: compared in NFC with the NFC form of a name. A regular expression comes from
            an operator and is trusted to end: one that backtracks without bound cannot be
            stopped, as Python's engine has no limit.

    Raises:
        ValueError: the kind is unknown or the expression is wrong.
    """
    if kind not in ("NONE", "WILDCARD", "REGEX"):
        message = f"There is no selection {kind!r}; choose NONE, WILDCARD or REGEX"
        raise ValueError(message)
    if kind == "NONE":
        return lambda _: {}
    normal = unicodedata.normalize("NFC", expression)
    pattern = _compiled(fnmatch.translate(normal) if kind == "WILDCARD" else normal)
    hidden_too = kind == "REGEX" or normal.startswith(".")

    def match(name: str) -> dict[str, str] | None:
        plain = unicodedata.normalize("NFC", name)
        found = pattern.fullmatch(plain)
        if found is None or (plain.startswith(".") and not hidden_too):
            return None
        return {key: value for key, value in found.groupdict().items() if value is not None}

    return match


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        message = f"the regular expression {expression!r} is wrong: {error}"
        raise ValueError(message) from error


def fits(text: str, wildcard: str) -> bool:
    """Tell whether a text matches a wildcard (`*`, `?`, `[…]`), both in NFC; case counts."""
    text, wildcard = (unicodedata.normalize("NFC", one) for one in (text, wildcard))
    return fnmatch.fnmatchcase(text, wildcard)


def facts_fit(facts: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether each fact that is wanted is known and matches its wildcard."""
    return all(name in facts and fits(facts[name], one) for name, one in wanted.items())


def facts_of(name: str) -> dict[str, str]:
    """Return what a name tells: name, stem, suffix, and `leika` (14 digits) and `ags` (8).

    A LeiKa id starts with 99 and stands alone among digits; an AGS follows the letters `ags`. So
    `ags100_99003002000000.xml` tells a LeiKa id and no AGS: `100` has not eight digits. A name
    that only begins with a dot, such as `.profile`, has no suffix.
    """
    dot = name.rfind(".")
    cut = dot if dot > 0 else len(name)
    facts = {"name": name, "stem": name[:cut], "suffix": name[cut:]}
    if leika := LEIKA.search(name):
        facts["leika"] = leika.group()
    if ags := AGS.search(name):
        facts["ags"] = ags.group(1)
    return facts
