"""An application of an online service becomes an import file of the Fachverfahren GNAP03.

Both formats are described by their schemas in `transforms/schemas`. Nothing is left out: what the
import format has no element for does not exist in the source format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from transforms.schemas import antrag as a
from transforms.schemas import fachverfahren as f

BERLIN = ZoneInfo("Europe/Berlin")

ANREDE = {
    a.Anrede("Herr"): f.AnredeSchl("1"),
    a.Anrede("Frau"): f.AnredeSchl("2"),
    a.Anrede("divers"): f.AnredeSchl("3"),
    a.Anrede("keine Angabe"): f.AnredeSchl("9"),
}
GESCHLECHT = {
    a.Tiergeschlecht("männlich"): f.GeschlechtSchl("R"),
    a.Tiergeschlecht("weiblich"): f.GeschlechtSchl("H"),
}
ZUGANG = {
    a.Herkunft("Züchter"): f.ZugangSchl("10"),
    a.Herkunft("Tierheim"): f.ZugangSchl("20"),
    a.Herkunft("Privat"): f.ZugangSchl("30"),
    a.Herkunft("Zuzug"): f.ZugangSchl("40"),
    a.Herkunft("eigener Wurf"): f.ZugangSchl("50"),
}


def antrag_to_fachverfahren(application: a.Antrag) -> f.Import:
    """Return the import file for one application."""
    return f.Import(
        formatversion=f.Formatversion("1.0"),
        vorlauf=_vorlauf(application.kopf),
        vorgang=[_vorgang(application)],
    )


def _vorlauf(head: a.Kopf) -> f.Vorlauf:
    version = head.onlinedienst.version
    return f.Vorlauf(
        verfahren=f.Verfahren.GNAP03,
        mandant=f.Mandant(gemeindeschluessel=_token(head.ags), bezeichnung=_token(head.kommune)),
        quelle=f.Quelle(
            dienst=_token(head.onlinedienst.value),
            dienstversion=_token(version) if version else None,
        ),
    )


def _vorgang(application: a.Antrag) -> f.Vorgang:
    head, matter = application.kopf, application.anliegen
    # Offices count the day of receipt by their own clock.
    received = datetime.fromisoformat(_token(head.zeitpunkt)).astimezone(BERLIN)
    number = matter.hund_anmelden.kassenzeichen
    return f.Vorgang(
        fremd_id=_token(head.antrags_id),
        leistungs_nr=_token(head.leika_id),
        eingang_datum=received.strftime("%Y%m%d"),
        eingang_uhrzeit=received.strftime("%H%M%S"),
        betreff=_token(matter.bezeichnung),
        kassenzeichen=re.sub(r"[^0-9]", "", number) if number else None,
        person=_person(application.antragsteller),
        hund=_hund(matter.hund_anmelden),
        zusatz=list(_zusatz(matter.angaben)),
        dokument=list(_dokumente(application.anlagen)),
    )


def _person(applicant: a.Antragsteller) -> f.Person:
    return f.Person(
        anrede_schl=ANREDE[applicant.anrede],
        familienname=_token(applicant.nachname),
        vornamen=_token(applicant.vorname),
        geb_datum=_day(applicant.geburtsdatum),
        adresse=_adresse(applicant.anschrift),
        erreichbarkeit=list(_erreichbarkeit(applicant.kontakt)),
    )


def _adresse(address: a.Anschrift) -> f.Adresse:
    house = _token(address.hausnummer)
    number = re.match(r"[0-9]+", house)
    digits = number.group() if number else ""
    return f.Adresse(
        str_name=_token(address.strasse),
        haus_nr=int(digits),
        haus_nr_zusatz=house[len(digits) :].strip() or None,
        postleitzahl=_token(address.plz),
        wohnort=_token(address.ort),
    )


def _erreichbarkeit(contact: a.Kontakt | None) -> Iterator[f.Erreichbarkeit]:
    if contact and contact.telefon:
        yield f.Erreichbarkeit(value=_token(contact.telefon), art=f.ErreichbarkeitArt.TEL)
    if contact and contact.email:
        yield f.Erreichbarkeit(value=_token(contact.email), art=f.ErreichbarkeitArt.EML)


def _hund(registration: a.HundAnmelden) -> f.Hund:
    dog = registration.tier
    return f.Hund(
        rufname=_token(dog.rufname),
        rasse=_token(dog.rasse),
        geschlecht_schl=GESCHLECHT[dog.geschlecht],
        wurf_datum=_day(dog.wurfdatum) if dog.wurfdatum else None,
        transponder_nr=_token(dog.chipnummer) if dog.chipnummer else None,
        zugang_datum=_day(registration.haltungsbeginn),
        zugang_schl=ZUGANG[registration.herkunft],
        ersthund=f.JaNein.J if registration.ersthund else f.JaNein.N,
    )


def _zusatz(details: a.Angaben | None) -> Iterator[f.Zusatz]:
    for number, field in enumerate(details.feld if details else [], 1):
        yield f.Zusatz(lfd_nr=number, schluessel=_token(field.name), inhalt=field.wert)


def _dokumente(attachments: a.Anlagen | None) -> Iterator[f.Dokument]:
    for number, attachment in enumerate(attachments.anlage if attachments else [], 1):
        yield f.Dokument(
            lfd_nr=number,
            name=_token(attachment.dateiname),
            medientyp=_token(attachment.mime),
            pruefsumme=f.Pruefsumme(
                value=_token(attachment.sha256), verfahren=f.Pruefverfahren("SHA-256")
            ),
            daten=attachment.inhalt,
        )


def _token(text: str) -> str:
    """Return the value of an xs:token, which xsdata leaves as it was written (XSD 1.0, 3.3.2)."""
    return " ".join(re.split(r"[ \t\r\n]+", text)).strip(" ")


def _day(day: str) -> str:
    return date.fromisoformat(_token(day)).strftime("%Y%m%d")
