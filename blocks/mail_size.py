"""What happens to a document that is too large for one mail: refused, split or linked to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from blocks.endpoint import Parcel
from blocks.mail import Enclosure, Post, attachment_name, compose, safe_text, too_large
from transforms.errors import DocumentRefused, StepFailed
from transforms.names import render

BASE64 = 78 / 57
"""Bytes of a mail per byte of its attachment: base64 and its line ends."""
MOST_PARTS = 99
"""More mails than that are no way to hand a file over."""
MARGIN = 512
"""Bytes by which headers of parts may differ in length."""
LINK_FIELDS = frozenset({"name", "directory", "key", "sha256", "size"})

SPLIT_NOTE = (
    "\n\nDie Datei {name} ist für eine einzelne E-Mail zu groß und kommt deshalb in {total} "
    "E-Mails. Speichern Sie alle Anhänge, von {name}.001 bis {name}.{last}, in einem Ordner. "
    "Öffnen Sie dann {name}.001 mit 7-Zip{command}\n\n"
    "Die ganze Datei hat {size} Bytes und diese Prüfsumme (SHA-256):\n{sha256}\n"
)
COMMAND = ", oder setzen Sie die Datei in der Eingabeaufforderung zusammen:\n\n    copy /b {parts}"
"""Without wildcards: they would also find the file that is being made."""
MOST_IN_COMMAND = 9
LINK_NOTE = (
    "\n\nDie Datei {name} ist für eine E-Mail zu groß und deshalb nicht angehängt. Sie liegt "
    "hier:\n\n{link}\n\n"
    "Sie hat {size} Bytes und diese Prüfsumme (SHA-256):\n{sha256}\n"
)


class TooLarge(StrEnum):
    """What is done with a document that makes a mail larger than allowed."""

    REFUSE = "REFUSE"
    SPLIT = "SPLIT"
    """It comes in several mails, each with a part of the file."""
    LINK = "LINK"
    """The mail says where the file lies, and has no attachment."""


@dataclass(frozen=True, slots=True)
class SizeRule:
    """How large a mail may be, and what happens beyond that.

    Attributes:
        limit: bytes of a whole mail.
        beyond: what is done.
        link: template of the place where the file lies, for LINK.
    """

    limit: int
    beyond: TooLarge = TooLarge.REFUSE
    link: str = ""


def check_link(template: str) -> str:
    """Return a template of a link if it is one.

    Raises:
        ValueError: it is none, or names other fields than `LINK_FIELDS`.
    """
    try:
        render(template, dict.fromkeys(LINK_FIELDS, "1"))
    except StepFailed as error:
        message = f"{error.what}; {error.remedy[0].lower()}{error.remedy[1:]}"
        raise ValueError(message) from error
    if not template.isprintable():
        message = "write one line"
        raise ValueError(message)
    return template


def enclosures(parcel: Parcel, post: Post, rule: SizeRule) -> list[Enclosure]:
    """Decide what the mails of a delivery enclose; the same parcel and rule give the same.

    Raises:
        DocumentRefused: the document is too large.
        NotSupported, NameNotAllowed: as `compose`.
    """
    name, size = attachment_name(parcel), parcel.fingerprint.size
    whole = Enclosure(name, 0, size)
    growth = BASE64**2 if post.protection.encrypts else BASE64
    needed = _bare(parcel, post, whole) + math.ceil(size * growth)
    if needed <= rule.limit:
        return [whole]
    if rule.beyond is TooLarge.SPLIT:
        return _parts(parcel, post, rule, growth)
    if rule.beyond is TooLarge.LINK:
        return [_linked(parcel, post, rule)]
    raise too_large(needed, rule.limit, post.where)


def _bare(parcel: Parcel, post: Post, enclosure: Enclosure) -> int:
    """Return the bytes of a mail with an empty attachment."""
    return len(compose(parcel, post, enclosure, b"").content)


def _parts(parcel: Parcel, post: Post, rule: SizeRule, growth: float) -> list[Enclosure]:
    name, size = attachment_name(parcel), parcel.fingerprint.size
    sample = Enclosure(f"{name}.001", total=MOST_PARTS, note=_split_note(parcel, MOST_IN_COMMAND))
    room = int((rule.limit - MARGIN - _bare(parcel, post, sample)) / growth)
    total = math.ceil(size / room) if room > 0 else MOST_PARTS + 1
    if total > MOST_PARTS:
        raise DocumentRefused(
            f"The document would come in more than {MOST_PARTS} mails of {rule.limit:,} bytes",
            where=post.where,
            remedy="Raise the limits of block and mail server, or deliver to a file share instead",
        )
    note = _split_note(parcel, total)
    return [
        Enclosure(f"{name}.{number:03d}", start, min(room, size - start), number, total, note)
        for number, start in enumerate(range(0, size, room), 1)
    ]


def _split_note(parcel: Parcel, total: int) -> str:
    name = attachment_name(parcel)
    command = "."
    if total <= MOST_IN_COMMAND:
        parts = "+".join(f'"{name}.{number:03d}"' for number in range(1, total + 1))
        command = COMMAND.format(parts=f'{parts} "{name}"')
    return SPLIT_NOTE.format(
        name=name,
        total=total,
        last=f"{total:03d}",
        command=command,
        size=_grouped(parcel.fingerprint.size),
        sha256=parcel.fingerprint.sha256,
    )


def _linked(parcel: Parcel, post: Post, rule: SizeRule) -> Enclosure:
    name = attachment_name(parcel)
    facts = {
        "name": name,
        "directory": parcel.directory,
        "key": parcel.key,
        "sha256": parcel.fingerprint.sha256,
        "size": str(parcel.fingerprint.size),
    }
    if "://" in rule.link:
        facts = {field: quote(value) for field, value in facts.items()}
    link = safe_text(render(rule.link, facts), "link", post.where)
    note = LINK_NOTE.format(
        name=name,
        link=link,
        size=_grouped(parcel.fingerprint.size),
        sha256=parcel.fingerprint.sha256,
    )
    linked = Enclosure("", note=note, link=link)
    needed = _bare(parcel, post, linked)
    if needed > rule.limit:
        raise too_large(needed, rule.limit, post.where)
    return linked


def _grouped(number: int) -> str:
    """Return a number as it is written in German, such as 12.345.678."""
    return f"{number:,}".replace(",", ".")
