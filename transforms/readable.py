"""German labels and values for people, out of element names and texts of XML.

Element names of German schemas are German words without umlauts, put together, such as
`Staatsangehoerigkeit` or `DatumDerEheschliessung`. What is made of them is right for most; a table
of an operator's own labels goes before it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from transforms.errors import StepFailed

LABELS = {
    "ags": "Amtlicher Gemeindeschlüssel",
    "ars": "Amtlicher Regionalschlüssel",
    "antragsid": "Antragsnummer",
    "bic": "BIC",
    "dateiname": "Dateiname",
    "email": "E-Mail",
    "emailadresse": "E-Mail-Adresse",
    "iban": "IBAN",
    "id": "Kennung",
    "leikaid": "LeiKa-Schlüssel",
    "md5": "Prüfsumme (MD5)",
    "mime": "Dateityp",
    "mimetype": "Dateityp",
    "plz": "Postleitzahl",
    "sha256": "Prüfsumme (SHA-256)",
    "sha512": "Prüfsumme (SHA-512)",
    "ustid": "USt-IdNr.",
    "uuid": "Kennung",
}
"""What is not made by the rules, by the name in lower case without separators."""

SMALL = frozenset(
    {"am", "an", "auf", "aus", "bei", "bis", "das", "dem", "den", "der", "des", "die", "durch"}
    | {"für", "gegen", "im", "in", "mit", "nach", "oder", "ohne", "seit", "um", "und", "unter"}
    | {"vom", "von", "vor", "zu", "zum", "zur", "über"}
)
"""Words that stay small between others."""

SHARP = re.compile(r"(stra|grö|ma(?=ssnahm)|au(?=sser|ssen)|schlie|gemä|genie)ss", re.IGNORECASE)
UMLAUTS = (
    (re.compile(r"(?<![aeq])ue(?!ll|nz|rst)"), "ü"),
    (re.compile(r"(?<![AEQ])Ue(?!ll|nz|rst)"), "Ü"),
    (re.compile(r"oe(?!ff|xi)"), "ö"),
    (re.compile(r"Oe(?!ff)"), "Ö"),
    (re.compile(r"ae(?!l\b|ls\b)"), "ä"),
    (re.compile(r"Ae"), "Ä"),
    (re.compile(r"(?<![kK])oeff"), "öff"),
    (re.compile(r"Oeff"), "Öff"),
)
WORD = re.compile(r"[A-ZÄÖÜ]{2,}(?=[A-ZÄÖÜ][a-zäöüß]|\b|\d)|[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+|\d+")
SEPARATORS = re.compile(r"[\s_.\-]+")

DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)
TRUTH = {"true": "ja", "false": "nein"}
BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*", re.ASCII)
CONTENT = 2000
"""Letters from which on a text without blanks that could be base64 is taken for a file."""

UNITS = ("Bytes", "kB", "MB", "GB")


def label_of(name: str, labels: Mapping[str, str] | None = None) -> str:
    """Return what people call an element or attribute.

    Args:
        name: its local name, such as `staatsangehoerigkeit` or `EMail`.
        labels: the operator's own labels, by local name.
    """
    if labels and name in labels:
        return labels[name]
    if known := LABELS.get(SEPARATORS.sub("", name).lower()):
        return known
    words = [_in_german(word) for word in WORD.findall(SEPARATORS.sub(" ", name))] or [name]
    first, *others = words
    rest = [word.lower() if word.lower() in SMALL else word for word in others]
    return " ".join([first[:1].upper() + first[1:], *rest])


def labels_of(path: Path) -> dict[str, str]:
    """Read an operator's labels: CSV in UTF-8 with semicolons, element name and label in each row.

    Raises:
        StepFailed: it is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter=";") if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise StepFailed(
            "The table of labels is no CSV in UTF-8",
            where=path.name,
            remedy="Save it as CSV in UTF-8 with semicolons",
        ) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != 2:  # noqa: PLR2004 - name and label.
            raise StepFailed(
                f"Row {number} of the table of labels has {len(row)} cells",
                where=path.name,
                remedy="Write an element name, a semicolon and a label in each row",
            )
    return {name.strip(): unicodedata.normalize("NFC", label.strip()) for name, label in rows}


def value_of(text: str) -> str:
    """Return a text as people read it: German dates, ja and nein, a file's content by its size."""
    text = unicodedata.normalize("NFC", text.strip(" \t\r\n"))
    if text in TRUTH:
        return TRUTH[text]
    if found := MOMENT.fullmatch(text):
        year, month, day, hour, minute = found.groups()
        return f"{day}.{month}.{year}, {hour}:{minute} Uhr"
    if found := DATE.fullmatch(text):
        year, month, day = found.groups()
        return f"{day}.{month}.{year}"
    if is_content(text):
        return f"Dateiinhalt, {size_of(len(text) * 3 // 4)}"
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def is_content(text: str) -> bool:
    """Tell whether a text is a file in base64 and nothing to read."""
    head = text[:CONTENT]
    if len(text) < CONTENT or BASE64.fullmatch(head) is None:
        return False
    # Words have blanks; base64 has none, or breaks its lines at 60 letters or more.
    return len(head.split()) <= CONTENT // 60


def size_of(count: int) -> str:
    """Return a number of bytes as people read it, such as `1,2 MB`."""
    size = float(count)
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:  # noqa: PLR2004 - decimal prefixes.
            break
        size /= 1000
    return f"{count} Bytes" if unit == UNITS[0] else f"{size:.1f} {unit}".replace(".", ",")


def _in_german(word: str) -> str:
    if word.isupper():
        return word
    for pattern, sign in UMLAUTS:
        word = pattern.sub(sign, word)
    return SHARP.sub(lambda found: found.group(1) + "ß", word)
