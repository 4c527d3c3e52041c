"""Between the definition, the ledger and the contract: what exactly a target is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from blocks.endpoint import Endpoint, Letter, Locking, Parcel
from blocks.execution_folder import ExecutionFolder
from blocks.ledger import Delivery
from flows.definition import ADDRESS, Target
from flows.work import Work
from transforms.errors import StepFailed
from transforms.names import render, safe_name

_OF_PARCELS = [one.name for one in fields(Parcel) if one.name not in ("key", "path", "fingerprint")]


def parcel_for(work: Work, target: Target, delivery: Delivery, endpoint: Endpoint) -> Parcel:
    """Fill in a target's templates for one document, whose bytes are verified.

    Raises:
        StepFailed: a template names what is not known of the document.
        NameNotAllowed: a template makes a name that no file may have, or none at this endpoint.
        StoreDamaged: the document is not what the ledger says.
    """
    facts = template_facts(delivery.name, delivery.facts, delivery.recipient)
    return Parcel(
        key=delivery.key,
        path=work.verified(delivery.path, delivery.fingerprint),
        fingerprint=delivery.fingerprint,
        name=endpoint.allowed_name(file_name(target, facts)),
        directory=render(target.directory, facts),
        overwrite=target.overwrite,
        append=target.append,
        create_directories=target.create_directories,
        locking=target.locking,
        flag_file=safe_name(render(target.flag_file, facts)) if target.flag_file else "",
        letter=_letter(target, delivery, facts),
    )


def file_name(target: Target, facts: Mapping[str, object]) -> str:
    """Return what a target calls a document, before its endpoint has a say.

    Raises:
        StepFailed: the template names what is not known of the document.
        NameNotAllowed: it makes a name that no file may have.
    """
    return safe_name(render(target.file_name, facts))


def template_facts(name: str, known: Mapping[str, str], recipient: str) -> dict[str, object]:
    """Return what a template may name: the document's facts, its present name, the time."""
    stem, dot, suffix = name.rpartition(".")
    parts = {"stem": stem, "suffix": dot + suffix} if dot else {"stem": name, "suffix": ""}
    date = datetime.fromisoformat(known["date"])
    return {**known, **parts, "name": name, "date": date, "recipient": recipient}


def _letter(target: Target, delivery: Delivery, facts: Mapping[str, object]) -> Letter | None:
    if not target.mail.to:
        return None
    return Letter(
        to=_addresses(target.mail.to, facts),
        cc=_addresses(target.mail.cc, facts),
        bcc=_addresses(target.mail.bcc, facts),
        subject=render(target.mail.subject, facts),
        text=render(target.mail.text, facts),
        repeated=is_repeated(delivery),
    )


def _addresses(templates: Sequence[str], facts: Mapping[str, object]) -> tuple[str, ...]:
    made = tuple(render(template, facts) for template in templates)
    for template, address in zip(templates, made, strict=True):
        if not ADDRESS.fullmatch(address):
            raise StepFailed(
                "The template makes no mail address",
                where=template,
                remedy="Choose a fact that holds one, or set documents without it aside before",
            )
    return made


def _letter_again(values: Mapping[str, Any]) -> Letter:
    # What an older version of the hub has written knows of no copies.
    lists = {name: tuple(values.get(name, ())) for name in ("to", "cc", "bcc")}
    return Letter(**{**values, **lists})


def is_repeated(delivery: Delivery) -> bool:
    """Tell whether an earlier attempt may have arrived by mail."""
    letter = delivery.parcel.get("letter")
    return bool(letter and letter["repeated"])


def as_repeated(parcel: Parcel) -> Parcel:
    """Mark a mail as one that may have arrived already."""
    return (
        replace(parcel, letter=replace(parcel.letter, repeated=True)) if parcel.letter else parcel
    )


def to_ledger(parcel: Parcel) -> dict[str, Any]:
    """Return what the ledger keeps of a parcel; key and bytes it knows itself."""
    values = {name: getattr(parcel, name) for name in _OF_PARCELS}
    return values | {"letter": asdict(parcel.letter) if parcel.letter else None}


def from_ledger(folder: ExecutionFolder, delivery: Delivery) -> Parcel:
    """Rebuild the parcel of an earlier attempt, whatever the definition says now."""
    values = dict(delivery.parcel)
    letter = values.pop("letter")
    locking = Locking(values.pop("locking"))
    return Parcel(
        key=delivery.key,
        path=folder.path / delivery.path,
        fingerprint=delivery.fingerprint,
        locking=locking,
        letter=_letter_again(letter) if letter else None,
        **values,
    )
