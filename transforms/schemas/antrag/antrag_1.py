from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

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
            "pattern": r"[^/\\]*[^/\\.][^/\\]*",
        }
    )
    mime: str = field(
        metadata={
            "name": "MIME",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "max_length": 127,
            "pattern": r"[a-z]+/[a-z0-9.+\-]+",
        }
    )
    sha256: str = field(
        metadata={
            "name": "SHA256",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"[0-9a-f]{64}",
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
            "pattern": r"[1-9][0-9]{0,3}([^0-9].{0,10})?",
        }
    )
    plz: str = field(
        metadata={
            "name": "PLZ",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"[0-9]{5}",
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
            "pattern": r"[A-Za-z0-9._\-]{1,64}",
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
            "pattern": r"[^@\s]+@[^@\s]+",
        },
    )
    telefon: None | str = field(
        default=None,
        metadata={
            "name": "Telefon",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"\+?[0-9 ()/\-]{3,30}",
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
            "pattern": r"[A-Za-z0-9._\-]{1,64}",
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
    geburtsdatum: str = field(
        metadata={
            "name": "Geburtsdatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": "1900-01-01",
            "max_inclusive": "2099-12-31",
            "pattern": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
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
            "pattern": r"[A-Za-z0-9._\-]{1,64}",
        }
    )
    zeitpunkt: str = field(
        metadata={
            "name": "Zeitpunkt",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": "2000-01-01T00:00:00Z",
            "max_inclusive": "2099-12-31T00:00:00Z",
            "pattern": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+\-](0[0-9]|1[0-3]):[0-5][0-9])",
        }
    )
    leika_id: str = field(
        metadata={
            "name": "LeikaID",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"[0-9]{14}",
        }
    )
    ags: str = field(
        metadata={
            "name": "AGS",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"(0[1-9]|1[0-6])[0-9]{6}",
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
    wurfdatum: None | str = field(
        default=None,
        metadata={
            "name": "Wurfdatum",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": "1900-01-01",
            "max_inclusive": "2099-12-31",
            "pattern": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        },
    )
    chipnummer: None | str = field(
        default=None,
        metadata={
            "name": "Chipnummer",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "pattern": r"[0-9]{15}",
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
    haltungsbeginn: str = field(
        metadata={
            "name": "Haltungsbeginn",
            "type": "Element",
            "namespace": "urn:de:govmanager:antrag:1",
            "min_inclusive": "1900-01-01",
            "max_inclusive": "2099-12-31",
            "pattern": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
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
            "pattern": r"[0-9]+([. ][0-9]+)*",
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
