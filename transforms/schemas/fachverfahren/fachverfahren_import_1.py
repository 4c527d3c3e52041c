from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__NAMESPACE__ = "urn:de:govmanager:fachverfahren-import:1"


@dataclass(slots=True, kw_only=True)
class Adresse:
    str_name: str = field(
        metadata={
            "name": "StrName",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    haus_nr: int = field(
        metadata={
            "name": "HausNr",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "max_inclusive": 9999,
        }
    )
    haus_nr_zusatz: None | str = field(
        default=None,
        metadata={
            "name": "HausNrZusatz",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 11,
        },
    )
    postleitzahl: str = field(
        metadata={
            "name": "Postleitzahl",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"[0-9]{5}",
        }
    )
    wohnort: str = field(
        metadata={
            "name": "Wohnort",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )


class AnredeSchl(Enum):
    """
    1 Herr, 2 Frau, 3 divers, 9 ohne Angabe.
    """

    VALUE_1 = "1"
    VALUE_2 = "2"
    VALUE_3 = "3"
    VALUE_9 = "9"


class ErreichbarkeitArt(Enum):
    """
    TEL Telefon, EML E-Mail.
    """

    TEL = "TEL"
    EML = "EML"


class Formatversion(Enum):
    VALUE_1_0 = "1.0"


class GeschlechtSchl(Enum):
    """
    R Rüde, H Hündin.
    """

    R = "R"
    H = "H"


class JaNein(Enum):
    J = "J"
    N = "N"


@dataclass(slots=True, kw_only=True)
class Mandant:
    gemeindeschluessel: str = field(
        metadata={
            "name": "Gemeindeschluessel",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"[0-9]{8}",
        }
    )
    bezeichnung: str = field(
        metadata={
            "name": "Bezeichnung",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )


class Pruefverfahren(Enum):
    SHA_256 = "SHA-256"


@dataclass(slots=True, kw_only=True)
class Quelle:
    dienst: str = field(
        metadata={
            "name": "Dienst",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    dienstversion: None | str = field(
        default=None,
        metadata={
            "name": "Dienstversion",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        },
    )


class Verfahren(Enum):
    GNAP03 = "GNAP03"


class ZugangSchl(Enum):
    """
    10 Züchter, 20 Tierheim, 30 privat, 40 Zuzug, 50 eigener Wurf.
    """

    VALUE_10 = "10"
    VALUE_20 = "20"
    VALUE_30 = "30"
    VALUE_40 = "40"
    VALUE_50 = "50"


@dataclass(slots=True, kw_only=True)
class Zusatz:
    schluessel: str = field(
        metadata={
            "name": "Schluessel",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    inhalt: str = field(
        metadata={
            "name": "Inhalt",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 10000,
        }
    )
    lfd_nr: int = field(
        metadata={
            "name": "lfdNr",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class Erreichbarkeit:
    value: str = field(
        default="",
        metadata={
            "min_length": 1,
            "max_length": 250,
        },
    )
    art: ErreichbarkeitArt = field(
        metadata={
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class Hund:
    rufname: str = field(
        metadata={
            "name": "Rufname",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    rasse: str = field(
        metadata={
            "name": "Rasse",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    geschlecht_schl: GeschlechtSchl = field(
        metadata={
            "name": "GeschlechtSchl",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    wurf_datum: None | str = field(
        default=None,
        metadata={
            "name": "WurfDatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
        },
    )
    transponder_nr: None | str = field(
        default=None,
        metadata={
            "name": "TransponderNr",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"[0-9]{15}",
        },
    )
    zugang_datum: str = field(
        metadata={
            "name": "ZugangDatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
        }
    )
    zugang_schl: ZugangSchl = field(
        metadata={
            "name": "ZugangSchl",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    ersthund: JaNein = field(
        metadata={
            "name": "Ersthund",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )


@dataclass(slots=True, kw_only=True)
class Pruefsumme:
    value: str = field(
        default="",
        metadata={
            "pattern": r"[0-9a-f]{64}",
        },
    )
    verfahren: Pruefverfahren = field(
        metadata={
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class Vorlauf:
    verfahren: Verfahren = field(
        metadata={
            "name": "Verfahren",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    mandant: Mandant = field(
        metadata={
            "name": "Mandant",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    quelle: Quelle = field(
        metadata={
            "name": "Quelle",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )


@dataclass(slots=True, kw_only=True)
class Dokument:
    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    medientyp: str = field(
        metadata={
            "name": "Medientyp",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    pruefsumme: Pruefsumme = field(
        metadata={
            "name": "Pruefsumme",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    daten: None | bytes = field(
        default=None,
        metadata={
            "name": "Daten",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "format": "base64",
        },
    )
    lfd_nr: int = field(
        metadata={
            "name": "lfdNr",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class Person:
    anrede_schl: AnredeSchl = field(
        metadata={
            "name": "AnredeSchl",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    familienname: str = field(
        metadata={
            "name": "Familienname",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    vornamen: str = field(
        metadata={
            "name": "Vornamen",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    geb_datum: str = field(
        metadata={
            "name": "GebDatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
        }
    )
    adresse: Adresse = field(
        metadata={
            "name": "Adresse",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    erreichbarkeit: list[Erreichbarkeit] = field(
        default_factory=list,
        metadata={
            "name": "Erreichbarkeit",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "max_occurs": 2,
        },
    )


@dataclass(slots=True, kw_only=True)
class Vorgang:
    fremd_id: str = field(
        metadata={
            "name": "FremdID",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    leistungs_nr: str = field(
        metadata={
            "name": "LeistungsNr",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"[0-9]{14}",
        }
    )
    eingang_datum: str = field(
        metadata={
            "name": "EingangDatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"(19|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
        }
    )
    eingang_uhrzeit: str = field(
        metadata={
            "name": "EingangUhrzeit",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]",
        }
    )
    betreff: str = field(
        metadata={
            "name": "Betreff",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    kassenzeichen: None | str = field(
        default=None,
        metadata={
            "name": "Kassenzeichen",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
            "pattern": r"[0-9]{1,20}",
        },
    )
    person: Person = field(
        metadata={
            "name": "Person",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    hund: Hund = field(
        metadata={
            "name": "Hund",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        }
    )
    zusatz: list[Zusatz] = field(
        default_factory=list,
        metadata={
            "name": "Zusatz",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        },
    )
    dokument: list[Dokument] = field(
        default_factory=list,
        metadata={
            "name": "Dokument",
            "type": "Element",
            "namespace": "urn:de:govmanager:fachverfahren-import:1",
        },
    )


@dataclass(slots=True, kw_only=True)
class Import:
    class Meta:
        namespace = "urn:de:govmanager:fachverfahren-import:1"

    vorlauf: Vorlauf = field(
        metadata={
            "name": "Vorlauf",
            "type": "Element",
        }
    )
    vorgang: list[Vorgang] = field(
        default_factory=list,
        metadata={
            "name": "Vorgang",
            "type": "Element",
            "min_occurs": 1,
        },
    )
    formatversion: Formatversion = field(
        metadata={
            "type": "Attribute",
        }
    )
