"""Describes a transfer for those who operate it: what, from where, which steps, to whom, when.

The text is German Markdown for the description tab of the deployment. It holds what the
definition holds, nothing of the blocks, so it can hold no secret. Texts of users are escaped:
they can neither break a table nor bring in HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from blocks.endpoint import AfterPickup, Locking
from deployments.spoken import in_german
from flows.definition import (
    Complete,
    PostSelection,
    Retries,
    Selection,
    Source,
    Target,
    Transfer,
)
from flows.source import TEMPORARY_NAMES, Bundle, BundleKind, LateParts
from transforms.step import Step

ORDER = {"NAME": "nach Namen", "OLDEST": "älteste zuerst", "NEWEST": "neueste zuerst"}
COMPLETE = {
    Complete.XML: "wohlgeformtes XML",
    Complete.PDF: "abgeschlossenes PDF",
    Complete.BY_NAME: "XML wohlgeformt, PDF abgeschlossen",
}


def describe(transfer: Transfer) -> str:
    """Return the description of a transfer as Markdown."""
    parts = [
        plain(transfer.description),
        _table(("Angabe", "Wert"), _facts(transfer)),
        _way(transfer),
        "### Quelle\n\n" + _table(("Angabe", "Wert"), _source(transfer.source)),
        _steps(transfer.steps),
        "### Empfänger\n\n" + _recipients(transfer),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Return a text of a user so that Markdown and HTML show it as it is, on one line."""
    line = "".join(c if c.isprintable() else " " for c in text)
    safe = escape(" ".join(line.split()), quote=False)
    safe = re.sub(r"([\\`*_\[\]|~])", r"\\\1", safe)
    return re.sub(r"^(\d*)([#+\-=.)])", r"\1\\\2", safe)


def label(text: str) -> str:
    """Return a text of a user for a node of a mermaid diagram, as entities where it matters."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"[^\w äöüÄÖÜß,/-]", lambda found: f"#{ord(found[0])};", line)


def _facts(transfer: Transfer) -> Iterable[tuple[str, str]]:
    yield "Gruppe", plain(transfer.group)
    yield "Kdnr", plain(transfer.kdnr)
    yield "Kontakt", plain(transfer.contact)
    for schedule in transfer.schedules:
        spoken = f"{plain(in_german(schedule))} ({plain(schedule.timezone)})"
        yield "Zeitplan", spoken if schedule.active else f"{spoken}, ausgesetzt"
    if not transfer.schedules:
        yield "Zeitplan", "keiner, läuft nur auf Anforderung"
    if transfer.all_or_nothing:
        yield "Alles oder nichts", "ja, die Dateien einer Ausführung gehen nur zusammen"
    if not transfer.active:
        yield "Zustand", "**ausgesetzt**, Zeitpläne ruhen"


def _way(transfer: Transfer) -> str:
    """Draw source, steps and recipients from left to right."""
    source = transfer.source
    lines = ["```mermaid", "flowchart LR", f'  q(["{_spot(source.endpoint, source.directory)}"])']
    before = "q"
    for number, step in enumerate(transfer.steps, 1):
        lines += [f'  s{number}["{label(kind_of(step))}"]', f"  {before} --> s{number}"]
        before = f"s{number}"
    for number, recipient in enumerate(transfer.recipients, 1):
        lines.append(f'  e{number}(["{label(recipient.name)}"])')
        lines.append(f"  {before} --> e{number}")
    return "\n".join([*lines, "```"])


def _spot(endpoint: str, directory: str) -> str:
    return label(endpoint) + (f"<br/>{label(directory)}" if directory else "")


def _source(source: Source) -> Iterable[tuple[str, str]]:
    yield "Endpunkt", plain(source.endpoint)
    below = ", mit Unterverzeichnissen" if source.selection is Selection.RECURSIVE else ""
    yield "Verzeichnis", (plain(source.directory) or "Basisverzeichnis") + below
    chosen = f"{source.post_selection} {plain(source.expression)}"
    yield "Auswahl", "alle Dateien" if source.post_selection is PostSelection.NONE else chosen
    yield "Reihenfolge", f"{ORDER[source.order]}, höchstens {source.maximum_files} je Lauf"
    if source.minimum_age:
        yield "Mindestalter", f"{source.minimum_age:g} s"
    if source.stable_listings > 1:
        pause = f"im Abstand von {source.seconds_between_listings:g} s"
        yield "Unverändert", f"in {source.stable_listings} Auflistungen {pause}"
    if source.done_file:
        yield "Fertigdatei", f"{plain(source.done_file)}, sonst Fehler nach {_hours(source)}"
    if source.complete is not Complete.NONE:
        yield "Vollständigkeit", f"{COMPLETE[source.complete]}, sonst Fehler nach {_hours(source)}"
    if source.bundle.kind is not BundleKind.NONE:
        yield "Zusammengehöriges", f"{_bundle(source.bundle)}, sonst Fehler nach {_hours(source)}"
    if tuple(source.ignore) != TEMPORARY_NAMES:
        names = ", ".join(plain(name) for name in source.ignore)
        yield "Nie abgeholt", names or "keine Ausnahmen"
    if source.locking is not Locking.NO_LOCKING:
        yield "Sperre", source.locking.value
    yield "Nach Abholung", _after(source)
    yield "Keine Datei", "Fehler" if source.fail_if_empty else "kein Fehler"
    yield "Wiederholung", _retries(source.retries)


def _hours(source: Source) -> str:
    return f"{source.incomplete_after:g} Stunden"


def _bundle(bundle: Bundle) -> str:
    if bundle.kind is BundleKind.STEM:
        told = f"gleicher Namensanfang mit {', '.join(map(plain, bundle.parts))}"
    elif bundle.kind is BundleKind.MANIFEST:
        told = f"was {plain(bundle.main)} aufzählt"
    else:
        told = f"was {plain(bundle.main)} unter {plain(bundle.element)} aufzählt"
    sends = bundle.late_parts is LateParts.SEND
    return f"{told}; Nachzügler {'gehen allein' if sends else 'sind ein Fehler'}"


def _after(source: Source) -> str:
    if source.after_pickup is AfterPickup.MOVE:
        return f"verschieben nach {plain(source.move_to)}"
    return "löschen" if source.after_pickup is AfterPickup.DELETE else "stehen lassen"


def _retries(retries: Retries) -> str:
    if retries.attempts == 1:
        return "keine"
    return f"bis zu {retries.attempts} Versuche im Abstand von {retries.seconds_between:g} s"


def kind_of(step: Step) -> str:
    """Return the name of a step's kind, as definitions write it."""
    return str(step.model_dump().get("kind", type(step).__name__))


def _steps(steps: Sequence[Step]) -> str:
    if not steps:
        return "### Schritte\n\nKeine, die Dateien gehen unverändert weiter."
    rows = ((f"{n}. {plain(kind_of(step))}", _options(step)) for n, step in enumerate(steps, 1))
    return "### Schritte\n\n" + _table(("Schritt", "Einstellungen"), rows)


def _options(step: Step) -> str:
    options = step.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    pairs = (f"{plain(name)}: {plain(str(value))}" for name, value in options.items())
    return "; ".join(pairs) or "Vorgaben"


def _recipients(transfer: Transfer) -> str:
    rows = (
        (
            f"**{plain(recipient.name)}**" if rank == 1 else "ersatzweise",
            plain(target.endpoint),
            _address(target),
            plain(target.file_name),
            _manner(target),
        )
        for recipient in transfer.recipients
        for rank, target in enumerate(recipient.targets, 1)
    )
    return _table(("Empfänger", "Endpunkt", "Ziel", "Dateiname", "Besonderheiten"), rows)


def _address(target: Target) -> str:
    if target.mail.to:
        mail = target.mail
        copies = [f"Cc {one}" for one in mail.cc] + [f"Bcc {one}" for one in mail.bcc]
        return f"{plain(', '.join([*mail.to, *copies]))}; Betreff {plain(mail.subject)}"
    return plain(target.directory) or "Basisverzeichnis"


def _manner(target: Target) -> str:
    chosen = {
        "überschreibt": target.overwrite,
        "hängt an": target.append,
        "legt Verzeichnisse an": target.create_directories,
        f"Sperre {target.locking}": target.locking is not Locking.NO_LOCKING,
    }
    notes = [note for note, is_set in chosen.items() if is_set]
    return "; ".join([*notes, f"Versuche: {target.retries.attempts}"])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows as a Markdown table; rows without a value are left out."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows if row[1]]
    return "\n".join(lines)
