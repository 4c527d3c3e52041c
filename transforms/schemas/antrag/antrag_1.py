from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from xsdata.models.datatype import XmlDate, XmlDateTime

__NAMESPACE__ = "urn:de:govmanager:antrag:1"


@dataclass(slots=True, kw_only=True)
class Anlage:
    """
    :ivar dateiname:
    :ivar mime:
    :ivar sha256:
    :ivar inhalt: Fehlt, wenn die Datei daneben liegt.
    """

    dateiname: str = field(
        metadata={
            "name": "Dateiname",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    mime: str = field(
        metadata={
            "name": "MIME",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "max_length": 127,
        }
    )
    sha256: str = field(
        metadata={
            "name": "SHA256",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    inhalt: None | bytes = field(
        default=None,
        metadata={
            "name": "Inhalt",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "format": "base64",
        },
    )


class Anrede(Enum):
    FRAU = "Frau"
    HERR = "Herr"
    DIVERS = "divers"
    KEINE_ANGABE = "keine Angabe"


@dataclass(slots=True, kw_only=True)
class Anschrift:
    strasse: str = field(
        metadata={
            "name": "Strasse",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    hausnummer: str = field(
        metadata={
            "name": "Hausnummer",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    plz: str = field(
        metadata={
            "name": "PLZ",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    ort: str = field(
        metadata={
            "name": "Ort",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )


@dataclass(slots=True, kw_only=True)
class Feld:
    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    wert: str = field(
        metadata={
            "name": "Wert",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 10000,
        }
    )


class Herkunft(Enum):
    Z_CHTER = "Züchter"
    TIERHEIM = "Tierheim"
    PRIVAT = "Privat"
    ZUZUG = "Zuzug"
    EIGENER_WURF = "eigener Wurf"


@dataclass(slots=True, kw_only=True)
class Kontakt:
    email: None | str = field(
        default=None,
        metadata={
            "name": "EMail",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "max_length": 250,
        },
    )
    telefon: None | str = field(
        default=None,
        metadata={
            "name": "Telefon",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        },
    )


@dataclass(slots=True, kw_only=True)
class Onlinedienst:
    """
    Welcher Dienst den Antrag aufgenommen hat.
    """

    value: str = field(
        default="",
        metadata={
            "min_length": 1,
            "max_length": 250,
        },
    )
    version: None | str = field(
        default=None,
        metadata={
            "type": "Attribute",
        },
    )


class Tiergeschlecht(Enum):
    M_NNLICH = "männlich"
    WEIBLICH = "weiblich"


@dataclass(slots=True, kw_only=True)
class Angaben:
    """
    Weitere Felder, die eine Kommune im Formular hat.
    """

    feld: list[Feld] = field(
        default_factory=list,
        metadata={
            "name": "Feld",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_occurs": 1,
            "max_occurs": 200,
        },
    )


@dataclass(slots=True, kw_only=True)
class Anlagen:
    anlage: list[Anlage] = field(
        default_factory=list,
        metadata={
            "name": "Anlage",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_occurs": 1,
            "max_occurs": 100,
        },
    )


@dataclass(slots=True, kw_only=True)
class Antragsteller:
    anrede: Anrede = field(
        metadata={
            "name": "Anrede",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    vorname: str = field(
        metadata={
            "name": "Vorname",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    nachname: str = field(
        metadata={
            "name": "Nachname",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    geburtsdatum: XmlDate = field(
        metadata={
            "name": "Geburtsdatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": XmlDate(1900, 1, 1),
            "max_inclusive": XmlDate(2099, 12, 31),
        }
    )
    anschrift: Anschrift = field(
        metadata={
            "name": "Anschrift",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    kontakt: None | Kontakt = field(
        default=None,
        metadata={
            "name": "Kontakt",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        },
    )


@dataclass(slots=True, kw_only=True)
class Kopf:
    """
    :ivar antrags_id: Vergibt der Onlinedienst, je Antrag einmalig.
    :ivar zeitpunkt: Wann der Antrag abgesendet wurde.
    :ivar leika_id:
    :ivar ags:
    :ivar kommune:
    :ivar onlinedienst:
    """

    antrags_id: str = field(
        metadata={
            "name": "AntragsID",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    zeitpunkt: XmlDateTime = field(
        metadata={
            "name": "Zeitpunkt",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": XmlDateTime(2000, 1, 1, 0, 0, 0, 0, 0),
            "max_inclusive": XmlDateTime(2099, 12, 31, 0, 0, 0, 0, 0),
        }
    )
    leika_id: str = field(
        metadata={
            "name": "LeikaID",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    ags: str = field(
        metadata={
            "name": "AGS",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    kommune: str = field(
        metadata={
            "name": "Kommune",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    onlinedienst: Onlinedienst = field(
        metadata={
            "name": "Onlinedienst",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )


@dataclass(slots=True, kw_only=True)
class Tier:
    rufname: str = field(
        metadata={
            "name": "Rufname",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    rasse: str = field(
        metadata={
            "name": "Rasse",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    geschlecht: Tiergeschlecht = field(
        metadata={
            "name": "Geschlecht",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    wurfdatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Wurfdatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": XmlDate(1900, 1, 1),
            "max_inclusive": XmlDate(2099, 12, 31),
        },
    )
    chipnummer: None | str = field(
        default=None,
        metadata={
            "name": "Chipnummer",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        },
    )


@dataclass(slots=True, kw_only=True)
class HundAnmelden:
    """
    Anmeldung eines Hundes zur Hundesteuer.

    :ivar tier:
    :ivar haltungsbeginn:
    :ivar herkunft:
    :ivar ersthund:
    :ivar kassenzeichen: Wenn schon ein Hund angemeldet ist.
    """

    tier: Tier = field(
        metadata={
            "name": "Tier",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    haltungsbeginn: XmlDate = field(
        metadata={
            "name": "Haltungsbeginn",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": XmlDate(1900, 1, 1),
            "max_inclusive": XmlDate(2099, 12, 31),
        }
    )
    herkunft: Herkunft = field(
        metadata={
            "name": "Herkunft",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    ersthund: bool = field(
        metadata={
            "name": "Ersthund",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    kassenzeichen: None | str = field(
        default=None,
        metadata={
            "name": "Kassenzeichen",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "max_length": 20,
        },
    )


@dataclass(slots=True, kw_only=True)
class Anliegen:
    bezeichnung: str = field(
        metadata={
            "name": "Bezeichnung",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_length": 1,
            "max_length": 250,
        }
    )
    hund_anmelden: HundAnmelden = field(
        metadata={
            "name": "HundAnmelden",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        }
    )
    angaben: None | Angaben = field(
        default=None,
        metadata={
            "name": "Angaben",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
        },
    )


@dataclass(slots=True, kw_only=True)
class Antrag:
    class Meta:
        namespace = "urn:de:govmanager:antrag:1"

    kopf: Kopf = field(
        metadata={
            "name": "Kopf",
            "type": "Element",
        }
    )
    antragsteller: Antragsteller = field(
        metadata={
            "name": "Antragsteller",
            "type": "Element",
        }
    )
    anliegen: Anliegen = field(
        metadata={
            "name": "Anliegen",
            "type": "Element",
        }
    )
    anlagen: None | Anlagen = field(
        default=None,
        metadata={
            "name": "Anlagen",
            "type": "Element",
        },
    )
