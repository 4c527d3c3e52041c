"""Messages `Information.Information.0101` of xdomea 3.1.0: a case with its documents for a DMS.

| of the hub | in the message |
|---|---|
| names and SHA-256 of all documents | `Kopf/ProzessID`, and with it all ids (UUID 5, RFC 9562) |
| time of the fetch | `Kopf/Erstellungszeitpunkt`, each `Dokument/Posteingangsdatum` |
| names of sender and receiver | `Kopf/Absender`, `Kopf/Empfaenger`: `Institution/Name` |
| subject, reference | `Vorgang/AllgemeineMetadaten/Betreff`, `…/Kennzeichen` |
| family name, first name | `Vorgang/Kontakt/Name` |
| each document | `Vorgang/Dokument` with one `Version`, one `Format` and its file |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import UUID, uuid5

from xsdata.models.datatype import XmlDate, XmlDateTime

from transforms.document import Document, fingerprint_of
from transforms.names import LONGEST
from transforms.schemas import xdomea as x

MESSAGE = "Information.Information.0101"
NAMESPACE = UUID("6f0d6a1e-6b1b-5a0e-9c55-3f2d8f7f6f31")
"""From which the ids of all messages are made."""
NS_MAP = {"xdomea": "urn:xoev-de:xdomea:schema:3.1.0"}


@dataclass(frozen=True, slots=True)
class Case:
    """What a message tells of a case beside its documents.

    Attributes:
        sender: name of the institution that sends it.
        receiver: name of the one that gets it.
        subject: what it is about.
        reference: under which the sender knows it; "" if there is none.
        family_name: of the applicant; "" if it is not told.
        first_name: of the applicant; "" if it is not told.
    """

    sender: str
    receiver: str
    subject: str
    reference: str = ""
    family_name: str = ""
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class Formats:
    """Codes of the list urn:xoev-de:xdomea:codeliste:dateiformat.

    Attributes:
        version: of the list.
        codes: for each suffix such as `.pdf`.
        other: the one for everything else, whose suffix is told beside it.
    """

    version: str
    codes: Mapping[str, str]
    other: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A document and the name of its file in the message's archive."""

    document: Document
    id: UUID
    name: str


def process_id(documents: Sequence[Document]) -> UUID:
    """Return the id of the message for documents; the same for the same names and bytes.

    Raises:
        OSError: one cannot be read.
    """
    told = (f"{one.name}\n{fingerprint_of(one.path).sha256}" for one in documents)
    return uuid5(NAMESPACE, "\n".join(told))


def filed(process: UUID, documents: Sequence[Document]) -> list[Filed]:
    """Return the names under which documents travel, of UUID and their own name.

    Where that is longer than file systems allow it is the UUID and the suffix, which
    `stringDateinameType` permits too; the message tells the own name anyway.
    """
    made = []
    for number, document in enumerate(documents, 1):
        own = uuid5(process, f"Dokument {number}")
        suffix = PurePath(document.name).suffix
        names = (f"{own}_{document.name}", f"{own}{suffix}", str(own))
        name = next(one for one in names if len(one.encode()) <= LONGEST)
        made.append(Filed(document, own, name))
    return made


def message(
    process: UUID, case: Case, documents: Sequence[Filed], formats: Formats, moment: datetime
) -> x.InformationInformation0101:
    """Return the message for a case.

    Args:
        process: the message's id.
        case: what is told of it.
        documents: all that belongs to it.
        formats: codes of file formats.
        moment: with its time zone: when the case came in.
    """
    return x.InformationInformation0101(
        kopf=_kopf(process, case, moment),
        schriftgutobjekt=[
            x.InformationInformation0101.Schriftgutobjekt(
                vorgang=_vorgang(process, case, documents, formats, moment)
            )
        ],
    )


def _kopf(
    process: UUID, case: Case, moment: datetime
) -> x.NkNichtFvdatenWeitereEmpfaengerMitEmpfangsbestaetigungType:
    return x.NkNichtFvdatenWeitereEmpfaengerMitEmpfangsbestaetigungType(
        prozess_id=str(process),
        nachrichtentyp=x.NachrichtentypCodeType(code=MESSAGE[-4:]),
        erstellungszeitpunkt=XmlDateTime.from_datetime(moment),
        absender=_institution(case.sender),
        empfaenger=_institution(case.receiver),
        sendendes_system=x.SystemType(produktname="GovManager"),
        empfangsbestaetigung=False,
    )


def _institution(name: str) -> x.KontaktType:
    return x.KontaktType(institution=x.NameOrganisationType(name=name))


def _vorgang(
    process: UUID, case: Case, documents: Sequence[Filed], formats: Formats, moment: datetime
) -> x.VorgangType:
    return x.VorgangType(
        identifikation=_id(uuid5(process, "Vorgang")),
        allgemeine_metadaten=x.AllgemeineMetadatenType(
            betreff=case.subject, kennzeichen=case.reference or None
        ),
        dokument=[
            _dokument(one, number, formats, moment) for number, one in enumerate(documents, 1)
        ],
        kontakt=_applicant(case),
    )


def _applicant(case: Case) -> list[x.KontaktType]:
    if not case.family_name and not case.first_name:
        return []
    family, first = (
        x.AllgemeinerNameType(name=name) if name else None
        for name in (case.family_name, case.first_name)
    )
    return [x.KontaktType(name=x.NameNatuerlichePersonType(familienname=family, vorname=first))]


def _dokument(one: Filed, number: int, formats: Formats, moment: datetime) -> x.DokumentType:
    suffix = PurePath(one.document.name).suffix.lower()
    code = formats.codes.get(suffix, formats.other)
    return x.DokumentType(
        identifikation=_id(one.id, number),
        allgemeine_metadaten=x.AllgemeineMetadatenType(betreff=one.document.name),
        posteingangsdatum=XmlDate.from_date(moment.date()),
        version=[
            x.VersionType(
                nummer="1",
                format=[
                    x.FormatType(
                        name=x.DateiformatCodeType(code=code, list_version_id=formats.version),
                        sonstiger_name=suffix.lstrip(".") if code == formats.other else None,
                        version="unbekannt",
                        primaerdokument=x.PrimaerdokumentType(
                            dateiname=one.name, dateiname_original=one.document.name
                        ),
                    )
                ],
            )
        ],
    )


def _id(own: UUID, number: int | None = None) -> x.IdentifikationObjektType:
    return x.IdentifikationObjektType(id=str(own), nummer_im_uebergeordneten_container=number)
