"""A readable invoice as PDF and as HTML: the same texts in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from lxml import etree, html
from lxml.html import builder as tag

from transforms.invoice_parties import Party, Row
from transforms.invoice_readable import Readable, ReadableLine
from transforms.typesetting import TEMPLATES, typeset

DISCLAIMER = (
    "Ansicht einer elektronischen Rechnung. Maßgeblich sind deren Daten (XML), nicht diese Ansicht."
)
"""Says on every view what it is."""

NOT_SHOWN = "Nicht in dieser Ansicht"
"""Heading of what the data say beyond EN 16931."""

NOTHING_FROM_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'"
"""Content Security Policy (W3C, level 3): the page may load nothing and run nothing."""

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; border-bottom: 1px solid #555; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; } p { margin: 0 0 .5rem; white-space: pre-line; }
.letterhead { border-bottom: 2px solid #1a1a1a; }
.parties { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.5rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 15rem) 1fr; gap: .2rem 1rem; margin: 0; }
.parties h2 { font-size: 1rem; border: 0; margin: 0 0 .3rem; } .parties dl { grid-template-columns: 9rem 1fr; font-size: .9rem; }
dt { color: #555; } dd { margin: 0; white-space: pre-line; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th { border-bottom: 2px solid #555; text-align: left; }
td { border-bottom: 1px solid #bbb; vertical-align: top; }
th, td { padding: .3rem .4rem; } .figure { text-align: right; white-space: nowrap; }
td.text { overflow-wrap: anywhere; } td p { margin: 0; } .detail { color: #555; font-size: .85rem; }
.totals { margin-left: auto; width: auto; min-width: 60%; } .totals th { border: 0; font-weight: 400; }
.totals tr:last-child > * { font-weight: 700; background: #ececec; }
footer { margin-top: 2rem; color: #555; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; }
  tr { break-inside: avoid; } }
"""


def as_pdf(
    view: Readable, name: str, letterhead: Sequence[str], *, moment: datetime | None
) -> bytes:
    """Return a view as PDF/A-3 and PDF/UA, without attachments.

    Args:
        view: what to show.
        name: of the document it was made of.
        letterhead: lines at the top of the first page.
        moment: when the PDF says it was made; the beginning of 1970 if None.
    """
    data = {
        "view": asdict(view),
        "name": name,
        "footer": name,
        "letterhead": list(letterhead),
        "disclaimer": DISCLAIMER,
        "not_shown": NOT_SHOWN,
    }
    return typeset(TEMPLATES / "invoice.typ", data, where=name, moment=moment)


def as_html(view: Readable, name: str, letterhead: Sequence[str]) -> bytes:
    """Return a view as an HTML page in UTF-8 that needs nothing beside it and runs no scripts.

    Args:
        view: what to show.
        name: of the document it was made of.
        letterhead: lines at the top of the page.
    """
    page = tag.HTML(
        tag.HEAD(
            tag.META(charset="utf-8"),
            tag.META({"http-equiv": "Content-Security-Policy"}, content=NOTHING_FROM_OUTSIDE),
            tag.META(name="viewport", content="width=device-width, initial-scale=1"),
            tag.TITLE(view.title),
            tag.STYLE(STYLE),
        ),
        tag.BODY(*_header(letterhead), tag.MAIN(tag.H1(view.title), *_sections(view)), _end(name)),
        lang="de",
    )
    text = html.tostring(page, doctype="<!DOCTYPE html>", encoding="utf-8")
    return bytes(text) + b"\n"


def _header(letterhead: Sequence[str]) -> list[etree._Element]:
    if not letterhead:
        return []
    first, *others = letterhead
    return [
        tag.HEADER(
            tag.CLASS("letterhead"),
            tag.P(tag.STRONG(first)),
            *(tag.P(line, tag.CLASS("detail")) for line in others),
        )
    ]


def _end(name: str) -> etree._Element:
    return tag.E.footer(tag.P(DISCLAIMER), tag.P(name))


def _sections(view: Readable) -> Iterable[etree._Element]:
    yield tag.E.section(tag.CLASS("parties"), *(_party(one) for one in view.parties))
    yield _section("Angaben", _fields(view.facts))
    if view.notes:
        yield _section("Bemerkungen", *(_note(*one) for one in view.notes))
    yield _section("Positionen", _lines(view) if view.lines else tag.P("Keine."))
    money = view.currency
    if view.adjustments:
        titles = ("Grund", "Berechnung", "USt.", f"Netto {money}")
        yield _section("Nachlässe und Zuschläge", _table(titles, view.adjustments, figures=3))
    if view.vat:
        titles = ("Art", "Satz", f"Bemessungsgrundlage {money}", f"Steuer {money}")
        rows = [(_two_lines(o.category, o.reason), o.rate, o.base, o.tax) for o in view.vat]
        yield _section("Umsatzsteuer", _table(titles, rows, figures=3))
    if view.totals:
        yield _section("Beträge", _totals(view.totals))
    if view.payment:
        yield _section("Zahlung", _fields(view.payment))
    if view.documents:
        heads = ("Kennung", "Beschreibung", "Datei oder Fundstelle")
        yield _section("Anlagen und Verweise", _table(heads, view.documents, figures=0))
    if view.not_shown:
        yield _section(NOT_SHOWN, tag.UL(*(tag.LI(place) for place in view.not_shown)))


def _section(heading: str, *inside: etree._Element) -> etree._Element:
    return tag.E.section(tag.H2(heading), *inside)


def _party(one: Party) -> etree._Element:
    return tag.DIV(tag.H2(one.heading), tag.P("\n".join(one.lines)), _fields(one.rows))


def _note(subject: str, text: str) -> etree._Element:
    return tag.DIV(*([tag.H3(subject)] if subject else []), tag.P(text))


def _fields(rows: Sequence[Row]) -> etree._Element:
    return tag.DL(*(one for label, text in rows for one in (tag.DT(label), tag.DD(text))))


def _lines(view: Readable) -> etree._Element:
    titles = ("Pos.", "Bezeichnung", "Menge", "Einzelpreis", "USt.", f"Netto {view.currency}")
    rows = [
        (one.number, _description(one), one.quantity, one.price, one.vat, one.amount)
        for one in view.lines
    ]
    return _table(titles, rows, figures=4)


def _description(line: ReadableLine) -> etree._Element:
    return _two_lines(line.name, *line.details)


def _two_lines(first: str, *others: str) -> etree._Element:
    small = (tag.P(text, tag.CLASS("detail")) for text in others if text)
    return tag.TD(tag.CLASS("text"), tag.P(first), *small)


def _table(
    titles: Sequence[str], rows: Iterable[Sequence[str | etree._Element]], *, figures: int
) -> etree._Element:
    """Return a table; its last columns, as many as `figures`, are figures."""
    kinds = ["text"] * (len(titles) - figures) + ["figure"] * figures
    head = (
        tag.TH(title, tag.CLASS(kind), scope="col")
        for title, kind in zip(titles, kinds, strict=True)
    )
    return tag.TABLE(tag.THEAD(tag.TR(*head)), tag.TBODY(*(_row(row, kinds) for row in rows)))


def _row(cells: Sequence[str | etree._Element], kinds: Sequence[str]) -> etree._Element:
    return tag.TR(
        *(
            tag.TD(cell, tag.CLASS(kind)) if isinstance(cell, str) else cell
            for cell, kind in zip(cells, kinds, strict=True)
        )
    )


def _totals(rows: Sequence[Row]) -> etree._Element:
    return tag.TABLE(
        tag.CLASS("totals"),
        tag.TBODY(
            *(
                tag.TR(tag.TH(label, scope="row"), tag.TD(text, tag.CLASS("figure")))
                for label, text in rows
            )
        ),
    )
