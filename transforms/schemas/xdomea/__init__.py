from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from xsdata.models.datatype import XmlDate, XmlDateTime, XmlTime


@dataclass(slots=True, kw_only=True)
class Code:
    """
    Der XÖV-Datentyp Code ermöglicht die Übermittlung von Werten, so genannter Codes, aus
    vordefinierten Codelisten.

    Eine Codeliste ist eine Liste von Codes und der Beschreibung ihrer jeweiligen
    Bedeutung.clRef Eine entscheidende Eigenschaft des Datentyps ist die Möglichkeit auf
    differenzierte Weise Bezug zu Codelisten zu nehmen (Code-Typ 1 bis 4).clTypenRef In jedem
    Fall erlauben die übermittelten Daten eine eindeutige Identifizierung der zugrundeliegenden
    Codeliste.

    :ivar code: In diesem XML-Element wird der Code einer Codeliste übermittelt.
    :ivar name: Mit diesem optionalen XML-Element kann die Beschreibung des Codes, wie in der
        jeweiligen Beschreibungsspalte der Codeliste vorgegeben, übermittelt werden.
    :ivar list_uri: Mit diesem XML-Attribut wird die Kennung der Codeliste übermittelt, in
        deren Kontext der jeweilige Code zu interpretieren ist. Die Kennung identifiziert die
        Codeliste, nicht jedoch deren Version eindeutig. Wird bereits im Rahmen des XÖV-
        Standards eine Kennung vorgegeben (es handelt sich in diesem Fall um einen Code-Typ
        1, 2 oder 3) darf auf eine nochmalige Angabe der Kennung bei der Übermittlung eines
        Codes verzichtet werden. Aus diesem Grund ist das XML-Attribut listURI zunächst als
        optional deklariert.
    :ivar list_version_id: Die konkrete Version der zu nutzenden Codeliste wird mit diesem
        XML-Attribut übertragen. Analog zum listURI ist die Bestimmung der Version einer
        Codeliste bei der Übertragung eines Codes zwingend. Die Version kann jedoch ebenfalls
        bereits im XÖV-Standard festgelegt werden (es handelt sich in diesem Fall um einen
        Code-Typ 1 oder 2).
    """

    class Meta:
        target_namespace = "http://xoev.de/schemata/code/1_0"

    code: str = field(
        metadata={
            "type": "Element",
            "namespace": "",
        }
    )
    name: None | str = field(
        default=None,
        metadata={
            "type": "Element",
            "namespace": "",
        },
    )
    list_uri: None | str = field(
        default=None,
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: None | str = field(
        default=None,
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class AktenplaneinheitType:
    """
    Die Aktenplaneinheit repräsentiert in dem aufgabenbezogenem Ordnungssystem Aktenplan eine
    Aufgabe.

    :ivar kennzeichen: Das Kennzeichen einer Aktenplaneinheit.
    :ivar inhaltsangabe: Die ausführliche Beschreibung der Aufgabe, die durch die
        Aktenplaneinheit repräsentiert wird.
    :ivar betreff_kurz: Die kurze Beschreibung der Aufgabe, die durch die Aktenplaneinheit
        repräsentiert wird.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    kennzeichen: None | str = field(
        default=None,
        metadata={
            "name": "Kennzeichen",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    inhaltsangabe: None | str = field(
        default=None,
        metadata={
            "name": "Inhaltsangabe",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    betreff_kurz: None | str = field(
        default=None,
        metadata={
            "name": "BetreffKurz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


class AllgemeineRueckmeldungCodeTypeCode(Enum):
    VALUE_0000000 = "0000000"
    VALUE_0000001 = "0000001"
    VALUE_0000002 = "0000002"
    VALUE_0000003 = "0000003"
    VALUE_0000004 = "0000004"
    VALUE_0000005 = "0000005"
    VALUE_0000006 = "0000006"
    VALUE_0000007 = "0000007"
    VALUE_0000008 = "0000008"
    VALUE_0000009 = "0000009"
    VALUE_0000010 = "0000010"
    VALUE_0000011 = "0000011"
    VALUE_0000012 = "0000012"
    VALUE_0000013 = "0000013"
    VALUE_0000014 = "0000014"
    VALUE_0000015 = "0000015"
    VALUE_0000016 = "0000016"
    VALUE_0000017 = "0000017"
    VALUE_0000018 = "0000018"
    VALUE_0000019 = "0000019"
    VALUE_0000499 = "0000499"
    VALUE_0000501 = "0000501"
    VALUE_0000502 = "0000502"
    VALUE_0000503 = "0000503"
    VALUE_0000504 = "0000504"
    VALUE_0000505 = "0000505"
    VALUE_0000506 = "0000506"
    VALUE_0000507 = "0000507"
    VALUE_0000508 = "0000508"
    VALUE_0000509 = "0000509"
    VALUE_0000510 = "0000510"
    VALUE_0000511 = "0000511"
    VALUE_0000512 = "0000512"
    VALUE_0000513 = "0000513"
    VALUE_0000514 = "0000514"
    VALUE_0000515 = "0000515"
    VALUE_0000516 = "0000516"
    VALUE_0000999 = "0000999"


@dataclass(slots=True, kw_only=True)
class AllgemeinerNameType:
    """
    AllgemeinerName leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Er dient der Darstellung von Vor- und Nachnamen und fasst deren gemeinsame Eigenschaften
    zusammen.

    :ivar name: Der Name ist der eigentliche Familien- oder Vorname als Zeichenkette.
        Nachnamen, z.B. mit Adelstiteln bzw. ausländische Nachnamen werden als ein Name
        übermittelt und nicht in verschiedene Bestandteile aufgeteilt.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: None | str = field(
        default=None,
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


class AnschriftstypCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"


@dataclass(slots=True, kw_only=True)
class AnwendungsspezifischeErweiterungXmltype:
    """
    AnwendungsspezifischeErweiterungXML darf nur dazu genutzt werden, weitere (z.B.
    fachspezifische) Metadaten zu spezifizieren, deren Übermittlung mit den bereits in xdomea
    spezifizierten Metadaten nicht möglich ist.

    Die AnwendungsspezifischeErweiterungXML bietet über ein xs:any-Element die Möglichkeit,
    mittels Einbindung externer XML-Schemata diese Metadaten zu spezifizieren. Es können
    beliebige XML-Schemata mit unterschiedlichen Namensräumen angegeben werden. Die
    XML-Schema-Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
    selbst "lax".
    """

    class Meta:
        name = "AnwendungsspezifischeErweiterungXMLType"
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    any_element: list[object] = field(
        default_factory=list,
        metadata={
            "type": "Wildcard",
            "namespace": "##any",
        },
    )


@dataclass(slots=True, kw_only=True)
class AufbewahrungsdauerType:
    """
    Die Aufbewahrungsdauer legt fest, wie viele Jahre eine Akte oder ein Vorgang nach der
    Verfügung zur Akte (zdA-Verfügung) innerhalb der aktenführenden Stelle aufzubewahren ist
    oder ob die Aufbewahrung unbefristet erfolgen soll.

    :ivar anzahl_jahre: Anzahl der Jahre, die eine Akte oder ein Vorgang nach der Verfügung
        zur Akte (zdA-Verfügung) innerhalb der aktenführenden Stelle aufzubewahren ist.
    :ivar unbefristet: Eine Akte oder ein Vorgang ist nach der Verfügung zur Akte (zdA-
        Verfügung) innerhalb der aktenführenden Stelle unbefristet aufzubewahren.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    anzahl_jahre: None | int = field(
        default=None,
        metadata={
            "name": "AnzahlJahre",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    unbefristet: None | bool = field(
        default=None,
        metadata={
            "name": "Unbefristet",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


class AussonderungsartCodeTypeCode(Enum):
    A = "A"
    B = "B"
    V = "V"


class BeteiligungsstatusCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"
    VALUE_004 = "004"


class BewertungsvorschlagCodeTypeCode(Enum):
    A = "A"
    V = "V"


class DatenaustauschartCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"


class DatentypCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"
    VALUE_004 = "004"
    VALUE_005 = "005"
    VALUE_006 = "006"
    VALUE_007 = "007"
    VALUE_008 = "008"
    VALUE_009 = "009"
    VALUE_010 = "010"
    VALUE_011 = "011"
    VALUE_012 = "012"
    VALUE_013 = "013"
    VALUE_014 = "014"
    VALUE_015 = "015"
    VALUE_016 = "016"
    VALUE_017 = "017"
    VALUE_018 = "018"
    VALUE_019 = "019"
    VALUE_020 = "020"
    VALUE_021 = "021"
    VALUE_022 = "022"
    VALUE_023 = "023"
    VALUE_024 = "024"
    VALUE_025 = "025"
    VALUE_026 = "026"
    VALUE_027 = "027"
    VALUE_028 = "028"
    VALUE_029 = "029"
    VALUE_030 = "030"
    VALUE_031 = "031"
    VALUE_032 = "032"
    VALUE_033 = "033"
    VALUE_034 = "034"
    VALUE_035 = "035"
    VALUE_036 = "036"
    VALUE_037 = "037"
    VALUE_038 = "038"
    VALUE_039 = "039"
    VALUE_040 = "040"
    VALUE_041 = "041"
    VALUE_042 = "042"
    VALUE_043 = "043"
    VALUE_044 = "044"
    VALUE_045 = "045"


@dataclass(slots=True, kw_only=True)
class GeburtType:
    """
    Geburt fasst geburtsbezogene Informationen einer natürlichen Person zusammen.

    :ivar datum: Das Datum der Geburt.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    datum: XmlDate = field(
        metadata={
            "name": "Datum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class HistorienProtokollInformationType:
    """
    Die Historien- und Protokollinformationen entstehen durch die Bearbeitung von
    Schriftgutobjekten.

    Sie protokollieren die Veränderungen an den Metadaten und dem Zustand eines
    Schriftgutobjektes, die für den Nachweis des Verwaltungshandelns relevant sind - dazu
    gehören zum Beispiel die Anlage von Vorgängen und Akten, deren Umprotokollierung oder die
    zdA-Verfügung. Bei der Historisierung werden der alte und der neue Zustand nach der Änderung
    mit der Angabe des Zeitpunktes und der Uhrzeit der Änderung und der Person, die die Änderung
    vorgenommen hat, gespeichert.

    :ivar metadatum_name: Das Metadatum, das sich geändert hat.
    :ivar metadatum_alter_wert: Der Wert des Metadatums vor der Änderung.
    :ivar metadatum_neuer_wert: Der Wert des Metadatums als Ergebnis der Änderung.
    :ivar akteur: Die Person, die die Änderung vorgenommen hat. Wird die Änderung automatisch
        durch das System und nicht manuell durch eine Person vorgenommen, so ist das
        entsprechende System anzugeben.
    :ivar datum_uhrzeit: Das Datum und die Uhrzeit der erfassten Änderung.
    :ivar bemerkung: Die Hinweise und Erläuterungen zu der Änderung eines Metadatums.
    :ivar aktion: Die Aktion, die die konkrete Änderung des Metadatums näher beschreibt, z.B.
        gelöscht, neu.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    metadatum_name: None | str = field(
        default=None,
        metadata={
            "name": "MetadatumName",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    metadatum_alter_wert: None | str = field(
        default=None,
        metadata={
            "name": "MetadatumAlterWert",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    metadatum_neuer_wert: None | str = field(
        default=None,
        metadata={
            "name": "MetadatumNeuerWert",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    akteur: str = field(
        metadata={
            "name": "Akteur",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    datum_uhrzeit: XmlDateTime = field(
        metadata={
            "name": "DatumUhrzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    bemerkung: None | str = field(
        default=None,
        metadata={
            "name": "Bemerkung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aktion: str = field(
        metadata={
            "name": "Aktion",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class IdentifikationObjektType:
    """
    Die Zusammenfassung von Merkmalen zur eindeutigen Identifizierung eines Schriftgutobjektes
    (Dokument, Vorgang, Akte) bzw. von Geschäftsgängen und zur Nummerierung im übergeordneten
    Schriftgutobjekt.

    :ivar id: Jedes Schriftgutobjekt (Dokument, Vorgang, Akte) und jeder Geschäftsgang erhält
        beim Nachrichtenaustausch eine UUID, die sowohl im sendenden als auch empfangenden
        System als externe ID gespeichert wird.
    :ivar nummer_im_uebergeordneten_container: Die laufende Nummer des Schriftgutobjekts im
        übergeordneten Objekt (z.B. die Heftungsnummer eines Dokuments in einem Vorgang, die
        Nummer eines Bandes in einer Akte).
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    id: str = field(
        metadata={
            "name": "ID",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "pattern": r"[0-9|A-F|a-f]{8}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{12}",
        }
    )
    nummer_im_uebergeordneten_container: None | int = field(
        default=None,
        metadata={
            "name": "NummerImUebergeordnetenContainer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


class KompressionsverfahrenCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"


class KonfigurationsparameterCodeTypeCode(Enum):
    VALUE_001001 = "001001"
    VALUE_002001 = "002001"
    VALUE_003001 = "003001"
    VALUE_004001 = "004001"
    VALUE_004002 = "004002"
    VALUE_004003 = "004003"
    VALUE_004004 = "004004"
    VALUE_004005 = "004005"
    VALUE_004006 = "004006"
    VALUE_004007 = "004007"
    VALUE_004008 = "004008"
    VALUE_005001 = "005001"
    VALUE_005002 = "005002"
    VALUE_005003 = "005003"
    VALUE_005004 = "005004"
    VALUE_005005 = "005005"
    VALUE_005006 = "005006"
    VALUE_005007 = "005007"
    VALUE_006001 = "006001"
    VALUE_006002 = "006002"
    VALUE_006003 = "006003"
    VALUE_006004 = "006004"
    VALUE_006005 = "006005"
    VALUE_006006 = "006006"
    VALUE_006007 = "006007"
    VALUE_006008 = "006008"
    VALUE_006009 = "006009"
    VALUE_006010 = "006010"
    VALUE_006011 = "006011"
    VALUE_007001 = "007001"
    VALUE_008001 = "008001"
    VALUE_008002 = "008002"


class KonfigurationsparameterGruppeCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"
    VALUE_004 = "004"
    VALUE_005 = "005"
    VALUE_006 = "006"
    VALUE_007 = "007"
    VALUE_008 = "008"


class MediumCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"


class NachrichtentypCodeTypeCode(Enum):
    VALUE_0101 = "0101"
    VALUE_0102 = "0102"
    VALUE_0201 = "0201"
    VALUE_0202 = "0202"
    VALUE_0301 = "0301"
    VALUE_0302 = "0302"
    VALUE_0401 = "0401"
    VALUE_0402 = "0402"
    VALUE_0403 = "0403"
    VALUE_0501 = "0501"
    VALUE_0502 = "0502"
    VALUE_0503 = "0503"
    VALUE_0504 = "0504"
    VALUE_0505 = "0505"
    VALUE_0506 = "0506"
    VALUE_0507 = "0507"
    VALUE_0511 = "0511"
    VALUE_0512 = "0512"
    VALUE_0513 = "0513"
    VALUE_0514 = "0514"
    VALUE_0515 = "0515"
    VALUE_0601 = "0601"
    VALUE_0602 = "0602"
    VALUE_0603 = "0603"
    VALUE_0604 = "0604"
    VALUE_0605 = "0605"
    VALUE_0606 = "0606"
    VALUE_0607 = "0607"
    VALUE_0608 = "0608"
    VALUE_0609 = "0609"
    VALUE_0610 = "0610"
    VALUE_0611 = "0611"
    VALUE_0612 = "0612"
    VALUE_0613 = "0613"
    VALUE_0614 = "0614"
    VALUE_0615 = "0615"
    VALUE_0616 = "0616"
    VALUE_0617 = "0617"
    VALUE_0618 = "0618"
    VALUE_0619 = "0619"
    VALUE_0620 = "0620"
    VALUE_0621 = "0621"
    VALUE_0622 = "0622"
    VALUE_0623 = "0623"
    VALUE_0624 = "0624"
    VALUE_0625 = "0625"
    VALUE_0626 = "0626"
    VALUE_0627 = "0627"
    VALUE_0628 = "0628"
    VALUE_0629 = "0629"
    VALUE_0630 = "0630"
    VALUE_0631 = "0631"
    VALUE_0632 = "0632"
    VALUE_0701 = "0701"
    VALUE_0702 = "0702"
    VALUE_0703 = "0703"
    VALUE_0711 = "0711"
    VALUE_0712 = "0712"
    VALUE_0713 = "0713"
    VALUE_0721 = "0721"
    VALUE_0722 = "0722"
    VALUE_0723 = "0723"
    VALUE_0724 = "0724"


@dataclass(slots=True, kw_only=True)
class NameOrganisationType:
    """
    NameOrganisation leitet sich von der entsprechenden XÖV-Kernkomponente ab und fasst Angaben
    zum Namen einer Organisation zusammen.

    :ivar name: Der offizielle Name einer Organisation. Entspricht bei registrierten
        Organisationen dem im Register eingetragenen Namen.
    :ivar kurzbezeichnung: Die Kurzbezeichnung des Namens einer Organisation.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: None | str = field(
        default=None,
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kurzbezeichnung: None | str = field(
        default=None,
        metadata={
            "name": "Kurzbezeichnung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class OrganisationseinheitType:
    """
    Die Organisationseinheit leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Sie fasst Angaben zur Darstellung der internen hierarchischen Organisationsstruktur einer
    Institution zusammen, z.B. zur Darstellung von Abteilungen, Referaten.

    :ivar name: Die Bezeichnung der Organisationseinheit.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


class SchriftgutobjekttypCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"


@dataclass(slots=True, kw_only=True)
class SignaturSiegelType:
    """
    Angaben zur elektronischen Signatur oder zum elektronischen Siegel.

    :ivar signatur_siegel_eingebettet: Die elektronische Signatur oder das elektronische
        Siegel zum Dokument liegt eingebettet vor.
    :ivar signatur_siegel_datei: Die elektronische Signatur oder das elektronische Siegel zum
        Dokument liegt in einer separaten Datei vor.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    signatur_siegel_eingebettet: None | bool = field(
        default=None,
        metadata={
            "name": "SignaturSiegelEingebettet",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    signatur_siegel_datei: list[str] = field(
        default_factory=list,
        metadata={
            "name": "SignaturSiegelDatei",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "pattern": r"[0-9|A-F|a-f]{8}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{12}[_]?.*[\.]?.*",
        },
    )


class SpezifischeFehlermeldung0601CodeTypeCode(Enum):
    VALUE_0601001 = "0601001"
    VALUE_0601002 = "0601002"
    VALUE_0601003 = "0601003"
    VALUE_0601004 = "0601004"
    VALUE_0601005 = "0601005"
    VALUE_0601006 = "0601006"
    VALUE_0601007 = "0601007"


class SpezifischeFehlermeldung0602CodeTypeCode(Enum):
    VALUE_0602001 = "0602001"
    VALUE_0602002 = "0602002"
    VALUE_0602003 = "0602003"


class SpezifischeFehlermeldung0603CodeTypeCode(Enum):
    VALUE_0603001 = "0603001"
    VALUE_0603002 = "0603002"
    VALUE_0603003 = "0603003"


class SpezifischeFehlermeldung0604CodeTypeCode(Enum):
    VALUE_0604001 = "0604001"
    VALUE_0604002 = "0604002"
    VALUE_0604003 = "0604003"
    VALUE_0604004 = "0604004"
    VALUE_0604005 = "0604005"
    VALUE_0604006 = "0604006"
    VALUE_0604007 = "0604007"


class SpezifischeFehlermeldung0605CodeTypeCode(Enum):
    VALUE_0605001 = "0605001"
    VALUE_0605002 = "0605002"
    VALUE_0605003 = "0605003"
    VALUE_0605004 = "0605004"
    VALUE_0605005 = "0605005"
    VALUE_0605006 = "0605006"
    VALUE_0605007 = "0605007"
    VALUE_0605008 = "0605008"


class SpezifischeFehlermeldung0606CodeTypeCode(Enum):
    VALUE_0606001 = "0606001"
    VALUE_0606002 = "0606002"
    VALUE_0606003 = "0606003"
    VALUE_0606004 = "0606004"
    VALUE_0606005 = "0606005"
    VALUE_0606006 = "0606006"


class SpezifischeFehlermeldung0607CodeTypeCode(Enum):
    VALUE_0607001 = "0607001"
    VALUE_0607002 = "0607002"
    VALUE_0607003 = "0607003"


class SpezifischeFehlermeldung0608CodeTypeCode(Enum):
    VALUE_0608001 = "0608001"


class SpezifischeFehlermeldung0609CodeTypeCode(Enum):
    VALUE_0609001 = "0609001"
    VALUE_0609002 = "0609002"
    VALUE_0609003 = "0609003"
    VALUE_0609004 = "0609004"
    VALUE_0609005 = "0609005"
    VALUE_0609006 = "0609006"
    VALUE_0609007 = "0609007"
    VALUE_0609008 = "0609008"


class SpezifischeFehlermeldung0610CodeTypeCode(Enum):
    VALUE_0610001 = "0610001"
    VALUE_0610002 = "0610002"
    VALUE_0610003 = "0610003"
    VALUE_0610004 = "0610004"
    VALUE_0610005 = "0610005"
    VALUE_0610006 = "0610006"
    VALUE_0610007 = "0610007"


class SpezifischeFehlermeldung0611CodeTypeCode(Enum):
    VALUE_0611001 = "0611001"
    VALUE_0611002 = "0611002"
    VALUE_0611003 = "0611003"
    VALUE_0611004 = "0611004"
    VALUE_0611005 = "0611005"
    VALUE_0611006 = "0611006"


class SpezifischeFehlermeldung0612CodeTypeCode(Enum):
    VALUE_0612001 = "0612001"
    VALUE_0612002 = "0612002"
    VALUE_0612003 = "0612003"
    VALUE_0612004 = "0612004"
    VALUE_0612005 = "0612005"
    VALUE_0612006 = "0612006"


class SpezifischeFehlermeldung0613CodeTypeCode(Enum):
    VALUE_0613001 = "0613001"
    VALUE_0613002 = "0613002"


class SpezifischeFehlermeldung0614CodeTypeCode(Enum):
    VALUE_0614001 = "0614001"
    VALUE_0614002 = "0614002"
    VALUE_0614003 = "0614003"


class SpezifischeFehlermeldung0615CodeTypeCode(Enum):
    VALUE_0615001 = "0615001"
    VALUE_0615002 = "0615002"


class SpezifischeFehlermeldung0616CodeTypeCode(Enum):
    VALUE_0616001 = "0616001"
    VALUE_0616002 = "0616002"


class SpezifischeFehlermeldung0617CodeTypeCode(Enum):
    VALUE_0617001 = "0617001"
    VALUE_0617002 = "0617002"


class SpezifischeFehlermeldung0618CodeTypeCode(Enum):
    VALUE_0618001 = "0618001"
    VALUE_0618002 = "0618002"


class SpezifischeFehlermeldung0619CodeTypeCode(Enum):
    VALUE_0619001 = "0619001"
    VALUE_0619002 = "0619002"


class SpezifischeFehlermeldung0620CodeTypeCode(Enum):
    VALUE_0620001 = "0620001"
    VALUE_0620002 = "0620002"
    VALUE_0620003 = "0620003"
    VALUE_0620004 = "0620004"
    VALUE_0620005 = "0620005"
    VALUE_0620006 = "0620006"


class SpezifischeFehlermeldung0621CodeTypeCode(Enum):
    VALUE_0621001 = "0621001"
    VALUE_0621002 = "0621002"


class SpezifischeFehlermeldung0622CodeTypeCode(Enum):
    VALUE_0622001 = "0622001"
    VALUE_0622002 = "0622002"
    VALUE_0622003 = "0622003"
    VALUE_0622004 = "0622004"
    VALUE_0622005 = "0622005"
    VALUE_0622006 = "0622006"
    VALUE_0622007 = "0622007"
    VALUE_0622008 = "0622008"
    VALUE_0622009 = "0622009"
    VALUE_0622010 = "0622010"
    VALUE_0622011 = "0622011"


class SpezifischeFehlermeldung0623CodeTypeCode(Enum):
    VALUE_0623001 = "0623001"
    VALUE_0623002 = "0623002"
    VALUE_0623003 = "0623003"
    VALUE_0623004 = "0623004"
    VALUE_0623005 = "0623005"
    VALUE_0623006 = "0623006"
    VALUE_0623007 = "0623007"


class SpezifischeFehlermeldung0624CodeTypeCode(Enum):
    VALUE_0624001 = "0624001"
    VALUE_0624002 = "0624002"


class SpezifischeFehlermeldung0625CodeTypeCode(Enum):
    VALUE_0625001 = "0625001"
    VALUE_0625002 = "0625002"


class SpezifischeFehlermeldung0626CodeTypeCode(Enum):
    VALUE_0626001 = "0626001"
    VALUE_0626002 = "0626002"
    VALUE_0626003 = "0626003"


class SpezifischeFehlermeldung0627CodeTypeCode(Enum):
    VALUE_0627001 = "0627001"
    VALUE_0627002 = "0627002"
    VALUE_0627003 = "0627003"
    VALUE_0627004 = "0627004"


class SpezifischeFehlermeldung0628CodeTypeCode(Enum):
    VALUE_0628001 = "0628001"
    VALUE_0628002 = "0628002"


class SpezifischeFehlermeldung0631CodeTypeCode(Enum):
    VALUE_0631001 = "0631001"
    VALUE_0631002 = "0631002"


class SpezifischeFehlermeldung0632CodeTypeCode(Enum):
    VALUE_0632001 = "0632001"
    VALUE_0632002 = "0632002"


@dataclass(slots=True, kw_only=True)
class SystemType:
    """
    Ein System ist ein die xdomea-Nachrichten erzeugendes Produkt (z.B.

    DMS oder VBS).

    :ivar instanz_id: Die Instanz-ID dient der eindeutigen Identifikation des Systems, in dem
        die xdomea-Nachricht erzeugt wird. Die Identifizierung des Mandantens ist darin
        enthalten.
    :ivar produktname: Der Name des Produktes.
    :ivar version: Die Version des Produktes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    instanz_id: None | str = field(
        default=None,
        metadata={
            "name": "InstanzID",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    produktname: None | str = field(
        default=None,
        metadata={
            "name": "Produktname",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    version: None | str = field(
        default=None,
        metadata={
            "name": "Version",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


class TransportwegCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"


class VertraulichkeitsstufeCodeTypeCode(Enum):
    VALUE_001 = "001"
    VALUE_002 = "002"
    VALUE_003 = "003"
    VALUE_004 = "004"
    VALUE_005 = "005"


@dataclass(slots=True, kw_only=True)
class ZeitraumType:
    """
    Der Zeitraum kennzeichnet einen Abschnitt auf dem Zeitstrahl durch Angabe von Beginn
    und/oder Ende.

    :ivar beginn: Der Beginn eines Zeitraums beschreibt den Zeitpunkt, ab dem ein Sachverhalt
        eintritt bzw. rechtskräftig wirksam ist. Der Beginn ist immer Teil der Dauer des
        Zeitraumes. Beispiele sind: Fristbeginn (BKA) Wirksamkeitsdatum der Änderung des
        Familiennamens (Personenstand) Eheschließungsdatum (Personenstand)
    :ivar ende: Das Ende eines Zeitraumes beschreibt den Zeitpunkt, ab dem ein Sachverhalt
        endet bzw. nicht mehr rechtskräftig ist. Das Ende ist selbst Teil der Dauer des
        Zeitraumes. Beispiele sind: Fristdatum (Bau) Ablaufdatum (Finanz) Faelligkeitsdatum
        (Finanz) Wirksamkeitsdatum der Aufhebung/Scheidung der Ehe (Personenstand)
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    beginn: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Beginn",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    ende: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Ende",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AllgemeineRueckmeldungCodeType(Code):
    """
    Der Datentyp zur Werteliste von Rückmeldungen für Fachverfahrensnachrichten unter Angabe
    weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:allgemeinerueckmeldung",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class AnschriftstypCodeType(Code):
    """
    Der Datentyp zur Werteliste von Anschriftentypen unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:anschriftstyp",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class AussonderungsartCodeType(Code):
    """
    Der Datentyp zur Werteliste von Aussonderungsarten unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:aussonderungsart",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class BehoerdenkennungType:
    """
    Die Behördenkennung leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Sie fasst die Eigenschaften zusammen, über die eine Behörde identifiziert werden kann. Die
    Behördenkennung ist prioritär zur Übermittlung der im DVDV verzeichneten Behördenschlüssel
    vorgesehen, kann aber auch für andere Behördenkennungen, bspw. die BKZ der Justizverwaltung
    eingesetzt werden. Eine Behördenkennung im DVDV besteht aus einem Präfix und der
    eigentlichen Kennung. Die Codelisten für die Präfixe sowie die Kennungen pro Präfix werden
    durch die koordinierende Stelle für das DVDV verwaltet. Ein Beispiel für die weitere
    Nutzung: Bei einer Identifikation von Behörden auf kommunaler Ebene anhand des amtlichen
    Gemeindeschlüssels (AGS) der Gemeinde, für die die Behörde zuständig ist, lautet der Präfix
    ags:, die Kennung ist dann der AGS der jeweiligen Gemeinde.

    :ivar behoerdenschluessel: Schlüssel zur eindeutigen Identifikation einer Behörde. Die
        Kennung kennzeichnet eine Behörde ggf. innerhalb der durch den Präfix bezeichneten
        Klasse (z.B. DVDV) eindeutig. Im Zusammenhang mit dem DVDV wird die Kennung durch die
        koordinierende Stelle für das DVDV verwaltet. Die tatsächlich zu nutzende Codeliste
        kann an dieser Stelle nicht angegeben werden, da es voraussichtlich pro Präfix
        jeweils eine Codeliste der Kennungen der Behörden mit diesem Präfix geben wird. (Zum
        Beispiel die Codeliste der Amtlichen Gemeindeschlüssel für die Behörden auf
        kommunaler Ebene, die anhand dieses Ordnungsmerkmals im DVDV verzeichnet sind und mit
        dem Präfix ags: adressiert werden. Eine andere zulässige Liste wäre die Codeliste der
        Kennungen aller Bundesbehörden, die jeweils mit dem Präfix dbs: zu versehen sind.
        Nach jetzigem Kenntnisstand kann nicht ausgeschlossen werden, dass Inhalte der
        Codelisten mit Kennungen für Behörden unterschiedlichen Typs immer disjunkt sind.)
    :ivar praefix: Der Präfix bezeichnet eine Klasse von Behördenkennungen. Beispiel: So
        werden u.a. alle Behördenkennungen der Behörden, die anhand des amtlichen
        Gemeindeschlüssels (AGS) identifiziert werden können, den Präfix ags: erhalten. Die
        Liste der Präfixe für Behördenkennungen werden im Zusammenhang mit dem DVDV durch das
        Bundesverwaltungsamt als koordinierende Stelle für das DVDV verwaltet.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    behoerdenschluessel: None | Code = field(
        default=None,
        metadata={
            "name": "Behoerdenschluessel",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    praefix: None | Code = field(
        default=None,
        metadata={
            "name": "Praefix",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class BeteiligungsstatusCodeType(Code):
    """
    Der Datentyp zur Werteliste von Beteiligungsstatus unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.

    Für die Umsetzung in den Systemen wird empfohlen, sofern kein anderer Wert hinterlegt wurde,
    als Standardwert den Wert 001 für "Der Schritt liegt in der Zukunft." anzugeben.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:beteiligungsstatus",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class BewertungsvorschlagCodeType(Code):
    """
    Der Datentyp zur Werteliste von Bewertungsvorschlägen unter Angabe weiterer Informationen
    zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:bewertungsvorschlag",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class DateiformatCodeType(Code):
    """
    Der Datentyp zur Werteliste von Dateiformaten unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.

    :ivar name: Mit diesem optionalen XML-Element kann die Beschreibung des Codes, wie in der
        jeweiligen Beschreibungsspalte der Codeliste vorgegeben, übermittelt werden.
    :ivar list_uri:
    :ivar list_version_id:
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: Any = field(
        init=False,
        default=None,
        metadata={
            "type": "Ignore",
        },
    )
    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:dateiformat",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class DatenaustauschartCodeType(Code):
    """
    Der Datentyp zur Werteliste von Datenaustauscharten unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:datenaustauschart",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class DatentypCodeType(Code):
    """
    Der Datentyp zur Werteliste von Datentypen unter Angabe weiterer Informationen zur konkreten
    Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:datentyp",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class KommunikationsartCodeType(Code):
    """
    Der Datentyp zur Werteliste von Kommunikationsarten unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.

    :ivar name: Mit diesem optionalen XML-Element kann die Beschreibung des Codes, wie in der
        jeweiligen Beschreibungsspalte der Codeliste vorgegeben, übermittelt werden.
    :ivar list_uri:
    :ivar list_version_id:
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: Any = field(
        init=False,
        default=None,
        metadata={
            "type": "Ignore",
        },
    )
    list_uri: str = field(
        init=False,
        default="urn:de:xoev:codeliste:erreichbarkeit",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class KompressionsverfahrenCodeType(Code):
    """
    Der Datentyp zur Werteliste von Kompressionsverfahren unter Angabe weiterer Informationen
    zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:kompressionsverfahren",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class KonfigurationsparameterCodeType(Code):
    """
    Der Datentyp zur Werteliste von Konfigurationsparametern unter Angabe weiterer Informationen
    zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:konfigurationsparameter",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class KonfigurationsparameterGruppeCodeType(Code):
    """
    Der Datentyp zur Werteliste von Konfigurationsparametergruppen unter Angabe weiterer
    Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:konfigurationsparametergruppe",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class MediumCodeType(Code):
    """
    Der Datentyp zur Werteliste von Medientypen unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:medium",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class NachrichtentypCodeType(Code):
    """
    Der Datentyp zur Werteliste von Nachrichtentypen unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:nachrichtentyp",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="2.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class NameNatuerlichePersonType:
    """
    NameNatuerlichePerson leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Der Name der Person ist eine Benennung dieser Person, die dazu dient, diese Person von
    anderen Personen zu unterscheiden.

    :ivar anrede: Die Anrede ist der Namenszusatz (auch eine Anrede ohne Namen nur mit Titel
        ist eine Anrede!) bei der Anrede (mündlich oder schriftlich) oder bei einem Anruf
        (fernmündlich) an eine Person oder Personengruppe, z.B. Herr, Frau.
    :ivar titel: Ein Titel wird häufig im Zusammenhang mit Namen verwendet, ist aber kein
        originärer Bestandteil des Namens. Im Unterschied dazu gehören Adelstitel zum
        Familiennamen und sind daher in diesem Verständnis kein Titel. Zu den Titeln zählen
        beispielsweise akademische Grade, Dienst- und Amtsbezeichnungen oder militärische
        Ränge. Es können auch Titel übermittelt werden, die keine Titel im Sinne des
        Meldewesens sind.
    :ivar familienname: Der Familienname ist der aktuelle Nachname einer Person und Ausdruck
        einer bestimmten Familienzugehörigkeit dieser Person.
    :ivar vorname: Der Vorname ist der Name bzw. der Teil des Namens, der nicht die
        Zugehörigkeit zu einer Familie ausdrückt, sondern das Individuum innerhalb der
        Familie bezeichnet und dazu dient, es von anderen Familienmitgliedern zu
        unterscheiden.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    anrede: None | str = field(
        default=None,
        metadata={
            "name": "Anrede",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    titel: None | str = field(
        default=None,
        metadata={
            "name": "Titel",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    familienname: None | AllgemeinerNameType = field(
        default=None,
        metadata={
            "name": "Familienname",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    vorname: None | AllgemeinerNameType = field(
        default=None,
        metadata={
            "name": "Vorname",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class PrimaerdokumentType:
    """
    Ein Primärdokument gehört zum eigentlichen Inhalt eines Dokuments.

    Es kann sowohl in analoger Form als Inhalt eines Papierdokuments oder in digitaler Form als
    Inhalt eines elektronischen Dokuments (Datei) vorliegen.

    :ivar dateiname: Der Dateiname des Primärdokumentes, der z.B. nach dem Muster "UUID",
        "UUID.Dateiformat" oder "UUID_Dokumentname.Dateiformat" gebildet werden kann.
    :ivar dateiname_original: Der Name der Datei zum Zeitpunkt des Imports in ein DMS / VBS.
    :ivar ersteller: Der Ersteller des Primärdokuments.
    :ivar datum_uhrzeit: Der Erstellungszeitpunkt des Primärdokuments.
    :ivar signatur_siegel: Angaben zur elektronischen Signatur oder zum elektronischen
        Siegel, die zum Dokument gehören.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    dateiname: str = field(
        metadata={
            "name": "Dateiname",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "pattern": r"[0-9|A-F|a-f]{8}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{12}[_]?.*[\.]?.*",
        }
    )
    dateiname_original: None | str = field(
        default=None,
        metadata={
            "name": "DateinameOriginal",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    ersteller: None | str = field(
        default=None,
        metadata={
            "name": "Ersteller",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    datum_uhrzeit: None | XmlDateTime = field(
        default=None,
        metadata={
            "name": "DatumUhrzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    signatur_siegel: None | SignaturSiegelType = field(
        default=None,
        metadata={
            "name": "SignaturSiegel",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class SchriftgutobjekttypCodeType(Code):
    """
    Der Datentyp zur Werteliste von Schriftgutobjekttypen unter Angabe weiterer Informationen
    zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:schriftgutobjekttyp",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SonstigeFehlermeldungCodeType(Code):
    """
    Der Datentyp zu sonstigen Fehlermeldungen aus einer Codeliste für die Importbestätigungen
    unter Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        metadata={
            "name": "listURI",
            "type": "Attribute",
        }
    )
    list_version_id: str = field(
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0601CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0601 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0601",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0602CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0602 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0602",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0603CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0603 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0603",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0604CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0604 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0604",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0605CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0605 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0605",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0606CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0606 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0606",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0607CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0607 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0607",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0608CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0608 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0608",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0609CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0609 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0609",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0610CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0610 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0610",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0611CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0611 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0611",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0612CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0612 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0612",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0613CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0613 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0613",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0614CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0614 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0614",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0615CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0615 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0615",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0616CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0616 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0616",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0617CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0617 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0617",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0618CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0618 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0618",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0619CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0619 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0619",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0620CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0620 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0620",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0621CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0621 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0621",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0622CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0622 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0622",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0623CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0623 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0623",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0624CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0624 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0624",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0625CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0625 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0625",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0626CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0626 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0626",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0627CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0627 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0627",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0628CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0628 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0628",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0631CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0631 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0631",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class SpezifischeFehlermeldung0632CodeType(Code):
    """
    Der Datentyp zur Werteliste von spezifischen Fehlermeldungen für die Nachricht 0632 unter
    Angabe weiterer Informationen zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:spezifischefehlermeldung0632",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.1",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class StaatCodeType(Code):
    """
    Der Datentyp zur Werteliste von Staaten unter Angabe weiterer Informationen zur konkreten
    Angabe eines Wertes.

    Genutzt wird hier die ISO-3166-1-Liste. Für den Schlüssel (code) wird die Spalte "ALPHA2"
    und für den beschreibenden Namen (name) die Spalte "Name des Landes" verwendet.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:kosit:codeliste:country-codes",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        }
    )


@dataclass(slots=True, kw_only=True)
class TransportwegCodeType(Code):
    """
    Der Datentyp zur Werteliste von Transportwegen unter Angabe weiterer Informationen zur
    konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:transportweg",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class VertraulichkeitsstufeCodeType(Code):
    """
    Der Datentyp zur Werteliste von Vertraulichkeitsstufen unter Angabe weiterer Informationen
    zur konkreten Angabe eines Wertes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    list_uri: str = field(
        init=False,
        default="urn:xoev-de:xdomea:codeliste:vertraulichkeitsstufe",
        metadata={
            "name": "listURI",
            "type": "Attribute",
        },
    )
    list_version_id: str = field(
        init=False,
        default="1.0",
        metadata={
            "name": "listVersionID",
            "type": "Attribute",
        },
    )


@dataclass(slots=True, kw_only=True)
class AllgemeineMetadatenType:
    """
    AllgemeineMetadaten enthält die Metadaten, die der allgemeinen Charakterisierung eines
    Schriftgutobjektes dienen.

    :ivar betreff: Der Betreff des Schriftgutobjektes, z.B. für eine Akte der Aktentitel.
    :ivar kennzeichen: Aus dem Aktenplan abgeleitete Kennung des Schriftgutobjektes zur
        Identifikation und Zuordnung zum Schriftgut in einer Behörde. Bei Akten ist das
        Kennzeichen das Aktenzeichen, es setzt sich zusammen aus dem zugehörigen
        Aktenplankennzeichen und einer eindeutigen Ordnungsnummer. Auf Vorgangsebene ist das
        Kennzeichen das Vorgangszeichen, das sich aus dem Aktenzeichen sowie einer
        zusätzlichen Nummer für den Vorgang zusammensetzt. Auf Dokumentebene wird als
        Kennzeichen das Geschäftszeichen verwendet. Dies besteht in der Regel aus dem
        Aktenzeichen resp. Vorgangszeichen, einer laufenden Nummer sowie der
        Organisationskurzbezeichnung der zuständigen Organisationseinheit.
    :ivar federfuehrung: Die Organisationseinheit mit der Hauptverantwortung bzw. der
        Zuständigkeit für einen Geschäftsprozess.
    :ivar aktenfuehrung: Die Organisationseinheit mit der Hauptverantwortung bzw. der
        Zuständigkeit für die Aktenführung.
    :ivar vertraulichkeitsstufe: Die Vertraulichkeitsstufe beschreibt, welche Kriterien z.B.
        für die Weitergabe und Veröffentlichung eines Schriftgutobjekts beachtet werden
        müssen. Mögliche Werte sind "Geheim", "NfD", "Offen", "Streng geheim" oder
        "Vertraulich".
    :ivar bemerkung: Zusätzliches Feld zur Übermittlung weiterer Informationen in einem
        konkreten Geschäftsprozess.
    :ivar medium: Das Medium beschreibt, ob es sich um ein Papier- und/oder elektronisches
        Dokument handelt. Mögliche Werte sind "Papier", "Elektronisch" oder "Hybrid".
    :ivar aktenplaneinheit: Die Aktenplaneinheit, dem das Schriftgutobjekt zugeordnet ist.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    betreff: None | str = field(
        default=None,
        metadata={
            "name": "Betreff",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kennzeichen: None | str = field(
        default=None,
        metadata={
            "name": "Kennzeichen",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    federfuehrung: None | str = field(
        default=None,
        metadata={
            "name": "Federfuehrung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aktenfuehrung: None | str = field(
        default=None,
        metadata={
            "name": "Aktenfuehrung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    vertraulichkeitsstufe: None | VertraulichkeitsstufeCodeType = field(
        default=None,
        metadata={
            "name": "Vertraulichkeitsstufe",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    bemerkung: None | str = field(
        default=None,
        metadata={
            "name": "Bemerkung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    medium: None | MediumCodeType = field(
        default=None,
        metadata={
            "name": "Medium",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aktenplaneinheit: None | AktenplaneinheitType = field(
        default=None,
        metadata={
            "name": "Aktenplaneinheit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AussonderungsartType:
    """
    Die Aussonderungsart gibt das Ergebnis der archivischen Bewertung an.

    Damit eine automatische Selektion der auszusondernden Vorgänge erfolgen kann, muss in
    Vorgangsbearbeitungssystemen für Akten und Vorgänge ein Metadatum "Aussonderungsart" oder
    "AussonderungsartKonfigurierbar" vorgegeben werden. Die Aussonderungsart liegt beim
    zweistufigen Aussonderungsverfahren bereits im DMS/VBS vor (durch Bewertung von Akten und
    Vorgängen im DMS oder durch Hinterlegung eines Bewertungskatalogs am Aktenplan) oder sie
    wird im vierstufigen Aussonderungsverfahren durch die Übernahme des Bewertungsverzeichnisses
    ins DMS/VBS übernommen.

    :ivar aussonderungsart: Die Aussonderungsart als Wert aus einer vorgegebenen Codeliste.
    :ivar aussonderungsart_konfigurierbar: Die Aussonderungsart als frei konfigurierbarer
        Wert.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    aussonderungsart: None | AussonderungsartCodeType = field(
        default=None,
        metadata={
            "name": "Aussonderungsart",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aussonderungsart_konfigurierbar: None | str = field(
        default=None,
        metadata={
            "name": "AussonderungsartKonfigurierbar",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class FeldType:
    """
    Ein Feld ist ein anwendungsspezifisches Metadatum, das bei dem Austausch eines
    Schriftgutobjektes übergeben wird.

    Die Konfiguration eines Feldes in den austauschenden Systemen muss zwischen den
    Kommunikationspartnern abgesprochen und in den Systemen umgesetzt sein.

    :ivar name: Der Name des Feldes.
    :ivar beschreibung: Die Hinweise und Erläuterungen zu einem Feld.
    :ivar datentyp: Der Datentyp des Feldwertes. Gültige Angaben sind die W3C-Datentypen.
    :ivar wert: Der Wert des Feldes.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    beschreibung: None | str = field(
        default=None,
        metadata={
            "name": "Beschreibung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    datentyp: None | DatentypCodeType = field(
        default=None,
        metadata={
            "name": "Datentyp",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    wert: None | str = field(
        default=None,
        metadata={
            "name": "Wert",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class FormatType:
    """
    Ein Format gibt die Syntax und Semantik einer Datei (z.B.

    Primärdokument, Aktenplandatei) an.

    :ivar name: Name enthält den Code-Wert zu dem Dateiformat.
    :ivar sonstiger_name: Der sonstige Name des Formats.
    :ivar version: Die Version des Formats, z.B. für pdf 1.4 wäre hier "1.4" anzugeben.
    :ivar primaerdokument: Über Primaerdokument werden Dateiangaben zum tatsächlich
        beschriebenen Primärdokument eines Formats angegeben.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: DateiformatCodeType = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    sonstiger_name: None | str = field(
        default=None,
        metadata={
            "name": "SonstigerName",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    version: str = field(
        metadata={
            "name": "Version",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    primaerdokument: PrimaerdokumentType = field(
        metadata={
            "name": "Primaerdokument",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class KommunikationType:
    """
    Die Kommunikation leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Sie fasst Angaben zur Erreichbarkeit über elektronische Kommunikationskanäle (z.B. Telefon,
    Fax, E-Mail) zusammen.

    :ivar ist_dienstlich: Mit IstDienstlich kann angegeben werden, ob es sich um dienstliche
        oder private Kommunikationsdaten handelt. Handelt es sich um dienstliche
        Kommunikationsdaten, so ist der Wert 1 anzugeben. Handelt es sich um private
        Kommunikationsdaten, so ist der Wert 0 anzugeben.
    :ivar kanal: Der Kanal gibt an, über welchen Kommunikationskanal eine Erreichbarkeit
        besteht (z.B. Telefon, Fax, E-Mail).
    :ivar kennung: Die Kennung beinhaltet die konkrete Angabe zur Erreichbarkeit über einen
        Kommunikationskanal, d.h. die Telefonnummer, Faxnummer, E-Mail-Adresse oder
        dergleichen. Die Kennung soll strukturiert erfasst werden.
    :ivar zusatz: Im Zusatz können zusätzliche freie Angaben zur Erreichbarkeit über einen
        Kommunikationskanal erfasst werden, z.B. "erreichbar tagsüber zwischen 9 und 16 Uhr".
    :ivar ist_institution: Mit IstInstitution kann angegeben werden, ob es sich um
        Kommunikationsdaten einer Institution handelt oder nicht. Handelt es sich um eine
        Institution, so ist der Wert 1 anzugeben. Handelt es sich um keine Institution, so
        ist der Wert 0 anzugeben.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    ist_dienstlich: None | bool = field(
        default=None,
        metadata={
            "name": "IstDienstlich",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kanal: None | KommunikationsartCodeType = field(
        default=None,
        metadata={
            "name": "Kanal",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kennung: None | str = field(
        default=None,
        metadata={
            "name": "Kennung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zusatz: None | str = field(
        default=None,
        metadata={
            "name": "Zusatz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    ist_institution: None | bool = field(
        default=None,
        metadata={
            "name": "IstInstitution",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class StaatType:
    """
    Staat leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Als Staat bezeichnet man eine politische Ordnung, die ein gemeinsames als Staatsgebiet
    abgegrenztes Territorium, ein dazugehöriges Staatsvolk und eine Machtausübung über dieses
    umfasst.

    :ivar staat: Staat enthält einen Schlüssel zur Identifikation eines Staates.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    staat: StaatCodeType = field(
        metadata={
            "name": "Staat",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class UnstrukturierteAnschriftType:
    """
    Die unstrukturierte Anschrift dient der Übermittlung von Anschriften, die nicht der
    regulären Anschrift entsprechen.

    :ivar typ: Im Typ wird beschrieben, um welche Art der Anschrift es sich handelt. Mögliche
        Werte sind "Aktuelle Anschrift", "Hauptsitz" oder "Zweitsitz".
    :ivar zeile1: Erste Zeile der unstrukturierten Anschrift.
    :ivar zeile2: Zweite Zeile der unstrukturierten Anschrift.
    :ivar zeile3: Dritte Zeile der unstrukturierten Anschrift.
    :ivar zeile4: Vierte Zeile der unstrukturierten Anschrift.
    :ivar zeile5: Fünfte Zeile der unstrukturierten Anschrift.
    :ivar zeile6: Sechste Zeile der unstrukturierten Anschrift.
    :ivar zusatz: Ein Anschriftenzusatz beinhaltet ggf. erforderliche weitere Präzisierungen
        zu einer Anschrift.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    typ: None | AnschriftstypCodeType = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile1: None | str = field(
        default=None,
        metadata={
            "name": "Zeile1",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile2: None | str = field(
        default=None,
        metadata={
            "name": "Zeile2",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile3: None | str = field(
        default=None,
        metadata={
            "name": "Zeile3",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile4: None | str = field(
        default=None,
        metadata={
            "name": "Zeile4",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile5: None | str = field(
        default=None,
        metadata={
            "name": "Zeile5",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zeile6: None | str = field(
        default=None,
        metadata={
            "name": "Zeile6",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zusatz: None | str = field(
        default=None,
        metadata={
            "name": "Zusatz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class VerweisType:
    """
    Ein Verweis stellt eine inhaltliche Querbeziehung eines Schriftgutobjekts zu einem anderen
    Schriftgutobjekt dar.

    :ivar id: Die UUID des Schriftgutobjektes, zu dem der inhaltliche Querverweis dargestellt
        wird.
    :ivar sgotyp: Der Typ des Schriftgutobjektes, auf das verwiesen wird. Mögliche Werte sind
        "Akte", "Dokument" und "Vorgang".
    :ivar sgokennzeichen: Das Kennzeichen des Schriftgutobjektes, auf das verwiesen wird.
    :ivar bemerkung: Die Hinweise und Bemerkungen zu diesem Verweis.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    id: None | str = field(
        default=None,
        metadata={
            "name": "ID",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "pattern": r"[0-9|A-F|a-f]{8}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{12}",
        },
    )
    sgotyp: SchriftgutobjekttypCodeType = field(
        metadata={
            "name": "SGOTyp",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    sgokennzeichen: None | str = field(
        default=None,
        metadata={
            "name": "SGOKennzeichen",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    bemerkung: None | str = field(
        default=None,
        metadata={
            "name": "Bemerkung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AnschriftType:
    """
    Die Anschrift leitet sich von der entsprechenden XÖV-Kernkomponente ab.

    Sie beschreibt einen Ort mit den klassischen Ordnungsbegriffen wie Orts- und Straßennamen
    sowie ergänzenden Informationen wie z.B. Postfach. Eine Anschrift kann genutzt werden, um
    Orte zu benennen, an denen sich Personen aufhalten, an denen Objekte zu finden sind, oder an
    denen Ereignisse stattfinden. Darüber hinaus kann sie genutzt werden, um Post oder Waren
    zuzustellen. Daher enthält sie auch die notwendigen Attribute, um Postfächer zu adressieren.

    :ivar staat: Der Staat, dem die Anschrift postalisch zugeordnet wird.
    :ivar strasse: Die Straße enthält den Namen bzw. die Bezeichnung einer Straße. Eine
        Straße ist ein planmäßig angelegter, i. allg. befestigter Verkehrsweg innerhalb eines
        Ortes. Es soll möglichst der amtliche Straßenname aus einem offiziellen
        Straßenverzeichnis genutzt werden.
    :ivar hausnummer: Eine Hausnummer dient der genauen Lokalisierung eines Grundstücks,
        Gebäudes oder Gebäudeteils (Eingang) in einer Straße. Hausnummern können entsprechend
        der üblichen Praxis in vielen Gemeinden mit ergänzenden Angaben zur weiteren
        Unterteilung versehen werden, etwa "12a" oder "17 1/3". Da manche Gebäude oder
        Organisationen sich als Einheit über mehrere Hausnummern erstrecken, können auch
        Hausnummernbereiche angegeben werden, etwa "12a - 12e" oder "1 - 3".
    :ivar postfach: Ein Postfach (oft Postfachnummer) ist ein Schlüssel zur Identifikation
        eines Postfaches in einer Postfiliale. Eine Beschränkung auf numerische
        Postfachbezeichnungen wurde bewusst nicht vorgenommen.
    :ivar postleitzahl: Eine Postleitzahl ist eine Angabe, um postalische Zustellgebiete
        unabhängig von Gebietskörperschaften (Gemeinde, Kreis, ...) zu bezeichnen. In
        Deutschland sind durch Postleitzahlen bezeichnete Bereiche und verwaltungspolitische
        Grenzen in der Regel aufeinander abgestimmt. Größere Gemeinden und Städte sind häufig
        in mehrere Postleitzahlengebiete aufgeteilt. Postleitzahlen werden durch die Deutsche
        Post AG verwaltet. Eine Beschränkung auf deutsche Postleitzahlen (5-stellig) wurde
        bewusst nicht vorgenommen.
    :ivar ort: Der Ort enthält den Namen eines Ortes (Gemeinde, Ortschaft oder Stadt). Als
        Ortsname sollte der amtliche Gemeindename genutzt werden.
    :ivar zusatz: Ein Anschriftenzusatz beinhaltet ggf. erforderliche weitere Präzisierungen
        zu einer Anschrift.
    :ivar typ: Im Typ wird beschrieben, um welche Art der Anschrift es sich handelt. Mögliche
        Werte sind "Aktuelle Anschrift", "Hauptsitz" oder "Zweitsitz".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    staat: None | StaatType = field(
        default=None,
        metadata={
            "name": "Staat",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    strasse: None | str = field(
        default=None,
        metadata={
            "name": "Strasse",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    hausnummer: None | str = field(
        default=None,
        metadata={
            "name": "Hausnummer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    postfach: None | str = field(
        default=None,
        metadata={
            "name": "Postfach",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    postleitzahl: None | str = field(
        default=None,
        metadata={
            "name": "Postleitzahl",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    ort: None | str = field(
        default=None,
        metadata={
            "name": "Ort",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zusatz: None | str = field(
        default=None,
        metadata={
            "name": "Zusatz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    typ: None | AnschriftstypCodeType = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class FeldgruppeType:
    """
    Eine Feldgruppe gruppiert mehrere Felder als anwendungsspezifische Metadaten beim Austausch
    eines Schriftgutobjektes.

    :ivar name: Der Name der Feldgruppe.
    :ivar beschreibung: Die Hinweise und Erläuterungen zu einer Feldgruppe.
    :ivar unterfeldgruppe: Über Unterfeldgruppe erfolgt die hierarchische Unterteilung einer
        Feldgruppe in weitere Feldgruppen.
    :ivar feld: Über Feld erfolgt die Unterteilung einer Feldgruppe in konkrete Felder.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    beschreibung: str = field(
        metadata={
            "name": "Beschreibung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    unterfeldgruppe: list[FeldgruppeType] = field(
        default_factory=list,
        metadata={
            "name": "Unterfeldgruppe",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    feld: list[FeldType] = field(
        default_factory=list,
        metadata={
            "name": "Feld",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class MetadatenAussonderungType:
    """
    MetadatenAussonderung fasst die Informationen zu einem abschließend bearbeiteten
    Schriftgutobjekt (Vorgang oder Akte) zusammen, die für seine Aufbewahrung und Aussonderung
    relevant sind.

    :ivar aufbewahrungsdauer: Die Aufbewahrungsdauer legt fest, wie viele Jahre eine Akte
        oder ein Vorgang nach der Verfügung zur Akte (zdA-Verfügung) innerhalb der
        aktenführenden Stelle aufzubewahren ist oder ob die Aufbewahrung unbefristet erfolgen
        soll. Nach Ablauf der Aufbewahrungsfrist erfolgt die Aussonderung in Abhängigkeit von
        der Aussonderungsart.
    :ivar aussonderungsart: Die Aussonderungsart gibt das Ergebnis der archivischen Bewertung
        an. Damit eine automatische Selektion der auszusondernden Vorgänge erfolgen kann,
        muss in Vorgangsbearbeitungssystemen für Akten und Vorgänge ein Metadatum
        "Aussonderungsart" vorgegeben werden. Die Aussonderungsart wird vom Aktenplan
        (zweistufiges Aussonderungsverfahren) oder von der Akte (vierstufiges
        Aussonderungsverfahren) auf zugehörige Vorgänge und Dokumente vererbt.
    :ivar kennung: Die Kennung enthält bei der Durchführung einer Aussonderung die
        Archivkennung, bei einer Abgabe die Kennung des Schriftgutobjekts aus dem System der
        übernehmenden Behörde.
    :ivar bewertungsvorschlag: Der Bewertungsvorschlag ist ein Hinweis des Bearbeiters eines
        Schriftgutobjekts an das zuständige Archiv. Er kann die Werte archivwürdig oder
        vernichten annehmen.
    :ivar aufbewahrungsende: Das Aufbewahrungsende gibt taggenau das Ende der
        Aufbewahrungsfrist an.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    aufbewahrungsdauer: None | AufbewahrungsdauerType = field(
        default=None,
        metadata={
            "name": "Aufbewahrungsdauer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aussonderungsart: None | AussonderungsartType = field(
        default=None,
        metadata={
            "name": "Aussonderungsart",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kennung: None | str = field(
        default=None,
        metadata={
            "name": "Kennung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    bewertungsvorschlag: None | BewertungsvorschlagCodeType = field(
        default=None,
        metadata={
            "name": "Bewertungsvorschlag",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aufbewahrungsende: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Aufbewahrungsende",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class VersionType:
    """
    Eine Version ist ein definierter Stand eines Dokuments zu einem bestimmten Zeitpunkt.

    Verschiedene Versionen stellen die Veränderung und Weiterentwicklung eines Dokumentes dar.
    Welche Veränderungen zu einer neuen Version führen, ist eine organisatorische Festlegung. Um
    die Chronologie abzubilden, erhält auch das Originaldokument eine Versionsnummer.

    :ivar nummer: Die Nummer der Version.
    :ivar format: Ein Format, das der Dokumentversion zugeordnet ist.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    nummer: str = field(
        metadata={
            "name": "Nummer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    format: list[FormatType] = field(
        default_factory=list,
        metadata={
            "name": "Format",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "min_occurs": 1,
        },
    )


@dataclass(slots=True, kw_only=True)
class AnwendungsspezifischeErweiterungType:
    """
    AnwendungsspezifischeErweiterung darf nur dazu genutzt werden, weitere (z.B.
    fachspezifische) Metadaten zu spezifizieren, deren Übermittlung mit den bereits in xdomea
    spezifizierten Metadaten nicht möglich ist.

    :ivar kennung: Das Identifikationskennzeichen der anwendungsspezifischen Erweiterung.
    :ivar name: Der Name der anwendungsspezifischen Erweiterung.
    :ivar beschreibung: Die textuelle Erläuterung zu einer anwendungsspezifischen
        Erweiterung.
    :ivar versionsnummer: Die Versionsnummer der anwendungsspezifischen Erweiterung.
    :ivar versionsdatum: Das Datum, an dem die Version der anwendungsspezifischen Erweiterung
        erstellt wurde.
    :ivar feldgruppe: Eine Feldgruppe, die der anwendungsspezifischen Erweiterung zugeordnet
        ist.
    :ivar feld: Ein Feld, das der anwendungsspezifischen Erweiterung zugeordnet ist.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    kennung: str = field(
        metadata={
            "name": "Kennung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    name: str = field(
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    beschreibung: None | str = field(
        default=None,
        metadata={
            "name": "Beschreibung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    versionsnummer: None | str = field(
        default=None,
        metadata={
            "name": "Versionsnummer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    versionsdatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Versionsdatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    feldgruppe: list[FeldgruppeType] = field(
        default_factory=list,
        metadata={
            "name": "Feldgruppe",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    feld: list[FeldType] = field(
        default_factory=list,
        metadata={
            "name": "Feld",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class KontaktType:
    """
    Ein Kontakt fasst wesentliche Merkmale zu einem Kommunikationspartner zusammen, z.B.

    Anschriften, Kommunikationsmöglichkeiten.

    :ivar behoerdenkennung: Die Kennung der Behörde zur Adressierung, z.B. im DVDV.
    :ivar institution: Die Institution des Kontakts. Eine Institution ist z.B. ein
        Unternehmen oder eine Behörde.
    :ivar organisationseinheit: Die Organisationseinheit des Kontakts.
    :ivar name: Der Name des Ansprechpartners zum Kontakt.
    :ivar taetigkeit: Die Tätigkeit gibt an, welche Position der im Kontakt angegebene
        Ansprechpartner in der jeweiligen Institution einnimmt. Es können hier die
        Amtsbezeichnung (z.B. Regierungsrat), Dienstbezeichnung (z.B. Referendar), der
        Dienstgrad (z.B. General) oder die Berufsbezeichnung (z.B. IT-Berater) angegeben
        werden.
    :ivar zustaendigkeit: Die Zuständigkeit gibt die Bereiche an, für die der im Kontakt
        angegebene Ansprechpartner oder die Institution verantwortlich ist, z.B. "Leiter der
        Abteilung O", "Projektleiter des XYZ-Projekts".
    :ivar anschrift: Eine strukturierte Anschrift des Kontakts.
    :ivar kommunikation: Eine Kommunikationsmöglichkeit des Kontakts, die die Angaben zur
        Erreichbarkeit über elektronische Kommunikationskanäle enthält.
    :ivar rolle: Die Rolle des Kontakts im konkreten Geschäftsprozess, z.B Antragsteller,
        Zustellungsbevollmächtigter, Gutachter.
    :ivar unstrukturierte_anschrift: Eine unstrukturierte Anschrift des Kontakts.
    :ivar geburt: Die Geburtsangaben des Ansprechpartners zum Kontakt.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    behoerdenkennung: None | BehoerdenkennungType = field(
        default=None,
        metadata={
            "name": "Behoerdenkennung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    institution: None | NameOrganisationType = field(
        default=None,
        metadata={
            "name": "Institution",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    organisationseinheit: None | OrganisationseinheitType = field(
        default=None,
        metadata={
            "name": "Organisationseinheit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    name: None | NameNatuerlichePersonType = field(
        default=None,
        metadata={
            "name": "Name",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    taetigkeit: None | str = field(
        default=None,
        metadata={
            "name": "Taetigkeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zustaendigkeit: None | str = field(
        default=None,
        metadata={
            "name": "Zustaendigkeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anschrift: list[AnschriftType] = field(
        default_factory=list,
        metadata={
            "name": "Anschrift",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kommunikation: list[KommunikationType] = field(
        default_factory=list,
        metadata={
            "name": "Kommunikation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    rolle: None | Code = field(
        default=None,
        metadata={
            "name": "Rolle",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    unstrukturierte_anschrift: list[UnstrukturierteAnschriftType] = field(
        default_factory=list,
        metadata={
            "name": "UnstrukturierteAnschrift",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    geburt: None | GeburtType = field(
        default=None,
        metadata={
            "name": "Geburt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AktenplaneinheitAktenplanType(AktenplaneinheitType):
    """
    Eine Aktenplaneinheit gibt Auskunft über die hierarchische Strukturierung eines Aktenplans.

    Eine Aktenplanheit entspricht z.B. einer Hauptgruppe, Obergruppe, Gruppe, Untergruppe oder
    Betreffseinheit.

    :ivar aussonderungsart: Die Aussonderungsart gibt für eine Akte oder einen Vorgang das
        Ergebnis der archivischen Bewertung an. Die Aussonderungsart wird vom Aktenplan
        (zweistufiges Aussonderungsverfahren) auf zugehörige Vorgänge und Dokumente vererbt.
    :ivar gueltigkeit: Die Gültigkeit einer Aktenplaneinheit in einem Aktenplan.
    :ivar stillgelegt: Stillgelegt gibt an, ob eine Aktenplaneinheit inaktiv ist (Wert 1)
        oder nicht (Wert 0). Der Grund für eine Stilllegung kann eintreten, wenn z.B. auf
        einen bestimmten Zeitpunkt hin der alte Aktenplan "stillgelegt" und der neue
        Aktenplan in Kraft tritt - aktive Einheiten werden dann in den neuen Aktenplan
        übernommen, stillgelegte werden abgeschlossen und nicht übernommen.
    :ivar aufbewahrungsdauer: Die Aufbewahrungsdauer legt fest, wie viele Jahre eine Akte
        oder ein Vorgang nach der Verfügung zur Akte (zdA-Verfügung) innerhalb der
        aktenführenden Stelle aufzubewahren ist oder ob die Aufbewahrung unbefristet erfolgen
        soll. Nach Ablauf der Aufbewahrungsfrist erfolgt die Aussonderung in Abhängigkeit von
        der Aussonderungsart.
    :ivar einheit: Eine Aktenplaneinheit, die hierarchisch einer anderen Aktenplaneinheit
        untergeordnet ist.
    :ivar verweis_aktenplaneinheit: Ein Verweis auf eine andere Aktenplaneinheit in einem
        aktuellen oder früheren Aktenplan.
    :ivar anwendungsspezifische_erweiterung: AnwendungsspezifischeErweiterung darf nur dazu
        genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
    :ivar anwendungsspezifische_erweiterung_xml: AnwendungsspezifischeErweiterungXML darf nur
        dazu genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
        Die AnwendungsspezifischeErweiterungXML bietet die Möglichkeit, mittels Einbindung
        externer XML-Schemata diese Metadaten zu spezifizieren. Es können beliebige XML-
        Schemata mit unterschiedlichen Namensräumen angegeben werden. Die XML-Schema-
        Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
        selbst "lax".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    aussonderungsart: AussonderungsartType = field(
        metadata={
            "name": "Aussonderungsart",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    gueltigkeit: None | ZeitraumType = field(
        default=None,
        metadata={
            "name": "Gueltigkeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    stillgelegt: bool = field(
        metadata={
            "name": "Stillgelegt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    aufbewahrungsdauer: AufbewahrungsdauerType = field(
        metadata={
            "name": "Aufbewahrungsdauer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    einheit: list[AktenplaneinheitAktenplanType] = field(
        default_factory=list,
        metadata={
            "name": "Einheit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    verweis_aktenplaneinheit: list[str] = field(
        default_factory=list,
        metadata={
            "name": "VerweisAktenplaneinheit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung: None | AnwendungsspezifischeErweiterungType = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung_xml: None | AnwendungsspezifischeErweiterungXmltype = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterungXML",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class BearbeitungType:
    """
    Die Erledigung eines Beteiligungsschrittes in einem Geschäftsgang.

    :ivar bearbeiter: Die spezifische Ausprägung eines Kontaktes, der die Informationen zum
        Bearbeiter des Beteiligungsschrittes enthält.
    :ivar datum: Das Datum des Bearbeitungsabschlusses.
    :ivar uhrzeit: Der Zeitpunkt des Bearbeitungsabschlusses.
    :ivar vermerk: Eine Bemerkung auf einem Schriftgutobjekt, die den Geschäftsgang und die
        Bearbeitung steuert. Sie dient dem Nachvollziehen der Erledigung eines
        Geschäftsvorfalls. Im konkreten Fall von xdomea ist hiermit die Bestätigung der
        Erledigung eines Beteiligungsschrittes im externen und internen Geschäftsgang
        gemeint.
    :ivar notiz: Die ergänzende Anmerkung, die der Bearbeiter zum Beteiligungsschritt
        erfasst.
    :ivar anlage: Ein Dokument, das der Bearbeiter des Beteiligungsschrittes dem
        Beteiligungsschritt z.B. als Stellungnahme beifügt.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    bearbeiter: KontaktType = field(
        metadata={
            "name": "Bearbeiter",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    datum: XmlDate = field(
        metadata={
            "name": "Datum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    uhrzeit: None | XmlTime = field(
        default=None,
        metadata={
            "name": "Uhrzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    vermerk: None | str = field(
        default=None,
        metadata={
            "name": "Vermerk",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    notiz: None | str = field(
        default=None,
        metadata={
            "name": "Notiz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anlage: list[DokumentType] = field(
        default_factory=list,
        metadata={
            "name": "Anlage",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class NkBasisType:
    """
    Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger der Nachricht.

    :ivar prozess_id: Die UUID des Prozesses, zu dem die Nachricht gehört. Sie dient zur
        Identifikation bei Rückmeldungen.
    :ivar nachrichtentyp: Der Nachrichtentyp gibt die Bezeichnung der Nachricht an.
    :ivar erstellungszeitpunkt: Der Zeitpunkt der Nachrichtenerzeugung.
    :ivar absender: Der Absender der Nachricht.
    :ivar empfaenger: Der Empfänger der Nachricht.
    :ivar sendendes_system: Die Informationen zu dem System, aus dem die Daten gesendet
        werden.
    :ivar hinweis: Der Hinweis umfasst Erläuterungen zu der Nachricht.
    :ivar anwendungsspezifische_erweiterung: AnwendungsspezifischeErweiterung darf nur dazu
        genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
    :ivar anwendungsspezifische_erweiterung_xml: AnwendungsspezifischeErweiterungXML darf nur
        dazu genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
        Die AnwendungsspezifischeErweiterungXML bietet die Möglichkeit, mittels Einbindung
        externer XML-Schemata diese Metadaten zu spezifizieren. Es können beliebige XML-
        Schemata mit unterschiedlichen Namensräumen angegeben werden. Die XML-Schema-
        Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
        selbst "lax".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    prozess_id: str = field(
        metadata={
            "name": "ProzessID",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "pattern": r"[0-9|A-F|a-f]{8}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{4}-[0-9|A-F|a-f]{12}",
        }
    )
    nachrichtentyp: NachrichtentypCodeType = field(
        metadata={
            "name": "Nachrichtentyp",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    erstellungszeitpunkt: XmlDateTime = field(
        metadata={
            "name": "Erstellungszeitpunkt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    absender: KontaktType = field(
        metadata={
            "name": "Absender",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    empfaenger: KontaktType = field(
        metadata={
            "name": "Empfaenger",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    sendendes_system: None | SystemType = field(
        default=None,
        metadata={
            "name": "SendendesSystem",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    hinweis: None | str = field(
        default=None,
        metadata={
            "name": "Hinweis",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung: None | AnwendungsspezifischeErweiterungType = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung_xml: None | AnwendungsspezifischeErweiterungXmltype = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterungXML",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class VerfuegungType:
    """
    Eine Verfügung ist ein Mittel zur Steuerung der Bearbeitung eines Schriftgutobjektes in
    einem Beteiligungsschritt.

    Die Bearbeitung eines Geschäftsvorfalls wird durch förmliche und abschließend gezeichnete
    Verfügungen eingeleitet, fortgeführt und abgeschlossen. Gegenstand von Verfügungen können
    insbesondere sein: Entwürfe von Schreiben Beteiligung anderer Organisationseinheiten
    Hinweise zur Sicherung eines ausreichenden schriftlichen Nachweises der Bearbeitung
    Abschließende Verfügung zur weiteren Bearbeitung oder zu deren Abschluss (Schlussverfügung).

    :ivar ersteller: Die spezifische Ausprägung eines Kontaktes, durch die der Erlasser der
        Verfügung bestimmt wird.
    :ivar adressat: Die spezifische Ausprägung eines Kontaktes, durch die der Empfänger der
        Verfügung bestimmt wird.
    :ivar erstellungsdatum: Das Erstellungsdatum der Verfügung.
    :ivar erstellungsuhrzeit: Die Erstellungsuhrzeit der Verfügung.
    :ivar verfuegung: Die textuelle Beschreibung der Verfügung, z.B. zur Kenntnis, zur
        Mitzeichnung, zur Bearbeitung.
    :ivar termin_datum: Das vom Ersteller für die Erledigung der Verfügung festgelegte Datum.
    :ivar termin_uhrzeit: Die vom Ersteller für die Erledigung der Verfügung festgelegte
        Uhrzeit.
    :ivar notiz: Die Hinweise oder Erläuterungen zu einer Verfügung.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    ersteller: KontaktType = field(
        metadata={
            "name": "Ersteller",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    adressat: KontaktType = field(
        metadata={
            "name": "Adressat",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    erstellungsdatum: XmlDate = field(
        metadata={
            "name": "Erstellungsdatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    erstellungsuhrzeit: None | XmlTime = field(
        default=None,
        metadata={
            "name": "Erstellungsuhrzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    verfuegung: None | str = field(
        default=None,
        metadata={
            "name": "Verfuegung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    termin_datum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "TerminDatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    termin_uhrzeit: None | XmlTime = field(
        default=None,
        metadata={
            "name": "TerminUhrzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    notiz: None | str = field(
        default=None,
        metadata={
            "name": "Notiz",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AktenplanType:
    """
    Der Aktenplan enthält ein aufgabenbezogenes mehrstufiges Ordnungssystem mit einer
    hierarchischen Gliederung für das Bilden und Kennzeichnen von Akten und Vorgängen sowie das
    Zuordnen von Dokumenten.

    :ivar bezeichnung: Der Name des Aktenplans.
    :ivar typ: Der Typ des Aktenplans, z.B. Teilaktenplan.
    :ivar version: Die Version des Aktenplans.
    :ivar einheit: Die Einheit eines Aktenplans, die Auskunft über die hierarchische
        Strukturierung eines Aktenplans gibt. Eine Aktenplanheit entspricht z.B. einer
        Hauptgruppe, Obergruppe, Gruppe, Untergruppe oder Betreffseinheit.
    :ivar gueltigkeit: Die Gültigkeit des Aktenplans mit Beginn und Ende.
    :ivar aktenplandatei: Die Datei zum Aktenplan als Primärdokument.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    bezeichnung: str = field(
        metadata={
            "name": "Bezeichnung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    typ: None | str = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    version: str = field(
        metadata={
            "name": "Version",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    einheit: list[AktenplaneinheitAktenplanType] = field(
        default_factory=list,
        metadata={
            "name": "Einheit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    gueltigkeit: None | ZeitraumType = field(
        default=None,
        metadata={
            "name": "Gueltigkeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aktenplandatei: list[FormatType] = field(
        default_factory=list,
        metadata={
            "name": "Aktenplandatei",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class BeteiligungsschrittType:
    """
    Das Verwaltungshandeln an einem Schriftgutobjekt wird in dem zugehörigen Geschäftsgang
    protokolliert, der sich aus einzelnen Beteiligungsschritten zusammensetzt.

    Jeder Beteiligungsschritt hat einen Verfügungsteil, in dem der Bearbeitungsschritt
    festgelegt, und einen Bearbeitungsteil, in dem der Beteiligungsschritt bearbeitet wird. Die
    Beteiligungsschritte im Geschäftsgang werden fortlaufend nummeriert.

    :ivar nummer: Die Nummer des Beteiligungsschrittes innerhalb der fortlaufenden
        Nummerierung im Geschäftsgang. Die Nummerierung ist innerhalb eines xdomea-
        Geschäftsgangsobjekts eindeutig. Werden in den xdomea-Geschäftsgang neue
        Bearbeitungsschritte eingefügt, werden dementsprechend die Nummern der nachfolgenden
        Beteiligungsschritte verändert. Beteiligungsschritte, die abgeschlossen sind, sind
        unveränderlich.
    :ivar status: Der Status beschreibt den Fortschritt eines Beteiligungsschrittes.
    :ivar verfuegung: Steuerungsinformation und Arbeitsanweisung bei der Bearbeitung eines
        Geschäftsvorfalls. Im konkreten Fall von xdomea ist hier die Arbeitsanweisung für den
        Bearbeiter eines Beteiligungsschrittes im externen und internen Geschäftsgang
        gemeint.
    :ivar bearbeitung: In der Bearbeitung sind die Informationen zum Bearbeitungsteil des
        Beteiligungsschrittes zusammengefasst.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    nummer: str = field(
        metadata={
            "name": "Nummer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    status: BeteiligungsstatusCodeType = field(
        metadata={
            "name": "Status",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    verfuegung: VerfuegungType = field(
        metadata={
            "name": "Verfuegung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    bearbeitung: None | BearbeitungType = field(
        default=None,
        metadata={
            "name": "Bearbeitung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class InformationEmpfangBestaetigen0102:
    """
    Die Nachricht beschreibt den erfolgreichen Empfang der Information.

    :ivar kopf: Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger der
        Empfangsbestätigung.
    """

    class Meta:
        name = "Information.EmpfangBestaetigen.0102"
        namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    kopf: NkBasisType = field(
        metadata={
            "name": "Kopf",
            "type": "Element",
        }
    )


@dataclass(slots=True, kw_only=True)
class NkFvdatenType(NkBasisType):
    """
    Der Kopf der Nachricht enthält allgemeine Informationen zu Nachrichten im Rahmen eines
    Austauschs von Fachverfahrensdaten.

    :ivar empfangendes_system: Die Informationen zu dem System, das die Daten erhalten soll.
    """

    class Meta:
        name = "NkFVDatenType"
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    empfangendes_system: list[SystemType] = field(
        default_factory=list,
        metadata={
            "name": "EmpfangendesSystem",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class NkNichtFvdatenEinEmpfaengerMitEmpfangsbestaetigungType(NkBasisType):
    """
    Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger einer Nachricht,
    bei der es sich nicht um eine Empfangs-/Importnachricht auf eine andere Nachricht handelt,
    die einen Empfänger besitzt und mit der eine Empfangsbestätigung angefordert werden kann.

    :ivar empfangsbestaetigung: Die Angabe, ob vom Empfänger der Nachricht eine
        Empfangsbestätigung erwünscht wird. Eine erwünschte Empfangsbestätigung wird mit 1
        gekennzeichnet. Wird keine Empfangsbestätigung gewünscht, so wird dies mit 0
        gekennzeichnet.
    """

    class Meta:
        name = "NkNichtFVDatenEinEmpfaengerMitEmpfangsbestaetigungType"
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    empfangsbestaetigung: bool = field(
        metadata={
            "name": "Empfangsbestaetigung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class NkNichtFvdatenWeitereEmpfaengerType(NkBasisType):
    """
    Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger einer Nachricht,
    bei der es sich nicht um eine Empfangs-/Importnachricht auf eine andere Nachricht handelt
    und die beliebige Empfänger besitzen kann.

    :ivar weiterer_empfaenger: Ein weiterer Empfänger der Nachricht.
    """

    class Meta:
        name = "NkNichtFVDatenWeitereEmpfaengerType"
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    weiterer_empfaenger: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "WeitererEmpfaenger",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class GeschaeftsgangType:
    """
    In einem Geschäftsgang wird das vorgenommene Verwaltungshandeln an Schriftgutobjekten
    festgehalten.

    :ivar identifikation: Die Identifikation zur systemübergreifend eindeutigen
        Identifizierung des Geschäftsgangs.
    :ivar beteiligungsschritt: Ein dem Geschäftsgang zugeordneter Beteiligungsschritt, der im
        Zuge des Geschäftsgangs durchgeführt wird. Die Beteiligungsschritte sind fortlaufend
        nummeriert.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    identifikation: IdentifikationObjektType = field(
        metadata={
            "name": "Identifikation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    beteiligungsschritt: list[BeteiligungsschrittType] = field(
        default_factory=list,
        metadata={
            "name": "Beteiligungsschritt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            "min_occurs": 1,
        },
    )


@dataclass(slots=True, kw_only=True)
class NkNichtFvdatenWeitereEmpfaengerMitEmpfangsbestaetigungType(
    NkNichtFvdatenWeitereEmpfaengerType
):
    """
    Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger einer Nachricht,
    bei der es sich nicht um eine Empfangs-/Importnachricht auf eine andere Nachricht handelt,
    die mehrere Empfänger besitzen kann und mit der eine Empfangsbestätigung angefordert werden
    kann.

    :ivar empfangsbestaetigung: Die Angabe, ob vom Empfänger der Nachricht eine
        Empfangsbestätigung erwünscht wird. Eine erwünschte Empfangsbestätigung wird mit 1
        gekennzeichnet. Wird keine Empfangsbestätigung gewünscht, so wird dies mit 0
        gekennzeichnet.
    """

    class Meta:
        name = "NkNichtFVDatenWeitereEmpfaengerMitEmpfangsbestaetigungType"
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    empfangsbestaetigung: bool = field(
        metadata={
            "name": "Empfangsbestaetigung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )


@dataclass(slots=True, kw_only=True)
class DokumentType:
    """
    Dokument enthält die Metadatenfelder für den Austausch von Dokumenten einschließlich der
    archivspezifischen Metadaten, anwendungsspezifischer Metadaten, Historien- und
    Protokollinformationen sowie Informationen zum internen Geschäftsgang.

    In der Objekthierarchie des Organisationskonzepts elektronische Verwaltungsarbeit ist das
    Dokument die kleinste logische Einheit des Schriftguts. Es handelt sich um ein einzelnes
    Schriftstück, papiergebunden oder elektronisch erstellt und verwaltet. Zum Dokument gehören
    zudem alle ergänzenden Angaben (z.B. Metadaten), die zum Verständnis der Primärdokumente
    notwendig sind. Der Begriff Dokument entspricht nicht nur den ehemaligen Papierdokumenten,
    sondern kann daneben jede andere digitale Form von Informationen beinhalten. Es kann aus
    einem (zum Beispiel ein Bild oder ein Datensatz) oder mehreren Einzelobjekten (zum Beispiel
    mehrere Bilder, einer Datei mit integrierten Bildern, Text und Tabellen, gemischte Inhalte
    aus mehreren Quellen) bestehen.

    :ivar identifikation: Über Identifikation werden zur systemübergreifend eindeutigen
        Identifizierung des Dokuments spezifische Merkmale übergeben.
    :ivar allgemeine_metadaten: Über AllgemeineMetadaten werden allgemeine Metadaten zu einem
        Dokument angegeben.
    :ivar fremdes_geschaeftszeichen: Das Geschäftszeichen des Dokuments im absendenden
        System, das im Zuge eines Nachrichtentransfers übermittelt wird.
    :ivar posteingangsdatum: Das Posteingangsdatum eines Eingangsdokumentes. Es ist relevant
        beim Austausch von Dokumenten im Vorgangs- oder Aktenzusammenhang.
    :ivar postausgangsdatum: Das Postausgangsdatum eines Ausgangsdokumentes. Es ist relevant
        beim Austausch von Dokumenten im Vorgangs- oder Aktenzusammenhang.
    :ivar datum_des_schreibens: Das Datum des Schreibens, z.B. das Datum eines Briefes. Es
        handelt sich nicht um das Erstellungs- oder Veränderungsdatum des Primärdokuments.
    :ivar bezug: Der konkrete Bezug eines Dokuments, z.B. "Ihr Schreiben vom ..."
    :ivar hier: "Hier" wird zur Konkretisierung des Betreffs verwendet. Auch als Unterbetreff
        bekannt.
    :ivar bearbeiter: Die für die Bearbeitung zuständige Person.
    :ivar typ: Der Dokumenttyp dient der weiteren Spezifikation des Dokumentes. Der Typ ist
        relevant beim Austausch von Dokumenten im Vorgangs- oder Aktenzusammenhang. Zulässige
        Werte sind z.B. Erlass, Vermerk, Bericht, Bescheid.
    :ivar historien_protokoll_information: Über HistorienProtokollInformation werden die zur
        Historisierung und Protokollierung relevanten Metadaten zu einem Dokument angegeben,
        in der die Veränderungen an den beschreibenden Attributen und dem Zustand des
        Dokumentes erfasst werden.
    :ivar interner_geschaeftsgang: Die spezifische Ausprägung eines Geschäftsgangs, über die
        der interne Geschäftsgang am Dokument nachgewiesen wird.
    :ivar version: Über eine Version wird ein bestimmter Bearbeitungszustand zu einem
        Dokument im Rahmen der Versionierung des Dokumentes abgebildet.
    :ivar verweis: Über einen Verweis wird eine inhaltliche Querbeziehung des Dokuments zu
        einem anderen Schriftgutobjekt dargestellt.
    :ivar anlage: Ein dem Dokument zugeordnetes Anlagendokument.
    :ivar absender: Die spezifische Ausprägung eines Kontakts, der die Informationen zum
        Absender des Dokumentes enthält.
    :ivar empfaenger: Die spezifische Ausprägung eines Kontakts, der die Informationen zum
        Empfänger des Dokumentes enthält.
    :ivar weiterer_kontakt: Die spezifische Ausprägung eines Kontakts, der die Informationen
        zu einem weiteren Beteiligten enthält, der nicht Empfänger oder Absender des
        Dokuments ist.
    :ivar anwendungsspezifische_erweiterung: AnwendungsspezifischeErweiterung darf nur dazu
        genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
    :ivar anwendungsspezifische_erweiterung_xml: AnwendungsspezifischeErweiterungXML darf nur
        dazu genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
        Die AnwendungsspezifischeErweiterungXML bietet die Möglichkeit, mittels Einbindung
        externer XML-Schemata diese Metadaten zu spezifizieren. Es können beliebige XML-
        Schemata mit unterschiedlichen Namensräumen angegeben werden. Die XML-Schema-
        Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
        selbst "lax".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    identifikation: IdentifikationObjektType = field(
        metadata={
            "name": "Identifikation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    allgemeine_metadaten: None | AllgemeineMetadatenType = field(
        default=None,
        metadata={
            "name": "AllgemeineMetadaten",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    fremdes_geschaeftszeichen: None | str = field(
        default=None,
        metadata={
            "name": "FremdesGeschaeftszeichen",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    posteingangsdatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Posteingangsdatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    postausgangsdatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "Postausgangsdatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    datum_des_schreibens: None | XmlDate = field(
        default=None,
        metadata={
            "name": "DatumDesSchreibens",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    bezug: None | str = field(
        default=None,
        metadata={
            "name": "Bezug",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    hier: None | str = field(
        default=None,
        metadata={
            "name": "Hier",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    bearbeiter: None | str = field(
        default=None,
        metadata={
            "name": "Bearbeiter",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    typ: None | str = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    historien_protokoll_information: list[HistorienProtokollInformationType] = field(
        default_factory=list,
        metadata={
            "name": "HistorienProtokollInformation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    interner_geschaeftsgang: None | GeschaeftsgangType = field(
        default=None,
        metadata={
            "name": "InternerGeschaeftsgang",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    version: list[VersionType] = field(
        default_factory=list,
        metadata={
            "name": "Version",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    verweis: list[VerweisType] = field(
        default_factory=list,
        metadata={
            "name": "Verweis",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anlage: list[AnlageDokumentType] = field(
        default_factory=list,
        metadata={
            "name": "Anlage",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    absender: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "Absender",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    empfaenger: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "Empfaenger",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    weiterer_kontakt: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "WeitererKontakt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung: list[AnwendungsspezifischeErweiterungType] = field(
        default_factory=list,
        metadata={
            "name": "AnwendungsspezifischeErweiterung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung_xml: None | AnwendungsspezifischeErweiterungXmltype = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterungXML",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AnlageDokumentType(DokumentType):
    """
    AnlageDokument ist eine Erweiterung eines Dokuments zu einer Anlage mit einer entsprechenden
    Anlagennummer. Über sie werden andere Dokumente, die einem Dokument als Anlage zugeordnet
    werden, als solche gekennzeichnet.

    :ivar nummer: Die fortlaufende Nummer eines Anlagendokuments zu einem Dokument.
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    nummer: None | str = field(
        default=None,
        metadata={
            "name": "Nummer",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class VorgangType:
    """
    Vorgang enthält die Metadatenfelder für den Austausch von Vorgängen einschließlich der
    archivspezifischen Metadaten, anwendungsspezifischer Metadaten, Historien- und
    Protokollinformationen sowie Informationen zum internen Geschäftsgang.

    Die absendende Behörde kann jeweils festlegen, welche Informationen dem Empfänger mit der
    Übertragung zur Verfügung gestellt werden sollen. So kann auch der Anforderung nach einer
    ggf. erforderlichen Beschränkung der übertragenen Metadaten Rechnung getragen werden (z.B.
    auf Grund datenschutzrechtlicher oder sonstiger gesetzlicher Bestimmungen).

    :ivar identifikation: Über Identifikation werden zur systemübergreifend eindeutigen
        Identifizierung des Vorgangs spezifische Merkmale übergeben.
    :ivar allgemeine_metadaten: Über AllgemeineMetadaten werden allgemeine Metadaten zu einem
        Vorgang angegeben.
    :ivar archivspezifische_metadaten: Über ArchivspezifischeMetadaten werden die für die
        Archivierung und Aussonderung relevanten Metadaten zu einem Vorgang angegeben.
    :ivar aktenbetreff: Die Inhaltsangabe der Akte, der der Vorgang untergeordnet ist. Dies
        ist relevant als Kontextinformation bei der Versendung von Vorgängen ohne die Akte.
    :ivar typ: Die weitere Spezifikation des Vorgangs über einen Typ, u.a zur Recherche oder
        zur Festlegung zusätzlicher Metadaten. Mögliche Werte sind z.B.
        Genehmigungsverfahren, Widerspruchsverfahren, Kabinettsvorlage etc.
    :ivar zd_a: ZdA kennzeichnet, ob der Vorgang zu den Akten verfügt wurde (Wert 1) oder
        nicht (Wert 0).
    :ivar zd_adatum: ZdADatum kennzeichnet, wann der Vorgang zu den Akten verfügt wurde.
    :ivar laufzeit: Die Laufzeit des Vorgangs, d.h. Zeitpunkt des Beginns und des Endes.
    :ivar historien_protokoll_information: Über HistorienProtokollInformation werden die zur
        Historisierung und Protokollierung relevanten Metadaten zu einem Vorgang angegeben,
        in der die Veränderungen an den beschreibenden Attributen und dem Zustand des
        Vorgangs erfasst werden.
    :ivar interner_geschaeftsgang: Die spezifische Ausprägung eines Geschäftsgangs, über die
        der interne Geschäftsgang am Vorgang nachgewiesen wird.
    :ivar dokument: Ein Dokument, das hierarchisch in den Vorgang eingebunden bzw. dem
        Vorgang untergeordnet ist.
    :ivar verweis: Über einen Verweis wird eine inhaltliche Querbeziehung des Vorgangs zu
        einem anderen Schriftgutobjekt dargestellt.
    :ivar kontakt: Eine Kontaktinformation zu einem Geschäftsprozessbeteiligten.
    :ivar teilvorgang: Über einen Teilvorgang kann ein Vorgang hierarchisch in einen anderen
        Vorgang eingebunden bzw. einem anderen Vorgang untergeordnet werden.
    :ivar anwendungsspezifische_erweiterung: AnwendungsspezifischeErweiterung darf nur dazu
        genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
    :ivar anwendungsspezifische_erweiterung_xml: AnwendungsspezifischeErweiterungXML darf nur
        dazu genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
        Die AnwendungsspezifischeErweiterungXML bietet die Möglichkeit, mittels Einbindung
        externer XML-Schemata diese Metadaten zu spezifizieren. Es können beliebige XML-
        Schemata mit unterschiedlichen Namensräumen angegeben werden. Die XML-Schema-
        Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
        selbst "lax".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    identifikation: IdentifikationObjektType = field(
        metadata={
            "name": "Identifikation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    allgemeine_metadaten: None | AllgemeineMetadatenType = field(
        default=None,
        metadata={
            "name": "AllgemeineMetadaten",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    archivspezifische_metadaten: None | MetadatenAussonderungType = field(
        default=None,
        metadata={
            "name": "ArchivspezifischeMetadaten",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    aktenbetreff: None | str = field(
        default=None,
        metadata={
            "name": "Aktenbetreff",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    typ: None | str = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zd_a: None | bool = field(
        default=None,
        metadata={
            "name": "ZdA",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zd_adatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "ZdADatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    laufzeit: None | ZeitraumType = field(
        default=None,
        metadata={
            "name": "Laufzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    historien_protokoll_information: list[HistorienProtokollInformationType] = field(
        default_factory=list,
        metadata={
            "name": "HistorienProtokollInformation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    interner_geschaeftsgang: None | GeschaeftsgangType = field(
        default=None,
        metadata={
            "name": "InternerGeschaeftsgang",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    dokument: list[DokumentType] = field(
        default_factory=list,
        metadata={
            "name": "Dokument",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    verweis: list[VerweisType] = field(
        default_factory=list,
        metadata={
            "name": "Verweis",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kontakt: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "Kontakt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    teilvorgang: list[VorgangType] = field(
        default_factory=list,
        metadata={
            "name": "Teilvorgang",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung: None | AnwendungsspezifischeErweiterungType = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung_xml: None | AnwendungsspezifischeErweiterungXmltype = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterungXML",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )


@dataclass(slots=True, kw_only=True)
class AkteType:
    """
    Akte enthält die Metadatenfelder für den Austausch von Akten einschließlich der
    archivspezifischen Metadaten, anwendungsspezifischer Metadaten, Historien- und
    Protokollinformationen sowie Informationen zum internen Geschäftsgang.

    Die absendende Behörde kann festlegen, welche Informationen dem Empfänger mit der
    Übertragung zur Verfügung gestellt werden sollen. So kann auch der Anforderung nach einer
    ggf. erforderlichen Beschränkung der übertragenen Metadaten Rechnung getragen werden (z.B.
    auf Grund datenschutzrechtlicher oder sonstiger gesetzlicher Bestimmungen).

    :ivar identifikation: Über Identifikation werden zur systemübergreifend eindeutigen
        Identifizierung der Akte spezifische Merkmale übergeben.
    :ivar allgemeine_metadaten: Über AllgemeineMetadaten werden allgemeine Metadaten zu einer
        Akte angegeben.
    :ivar archivspezifische_metadaten: Über ArchivspezifischeMetadaten werden die für die
        Archivierung und Aussonderung relevanten Metadaten zu einer Akte angegeben.
    :ivar standort: Der Aufbewahrungsort der Akte.
    :ivar typ: Die weitere Spezifikation der Akte, um u. a. Recherche durchzuführen oder um
        zusätzliche Metadaten festzulegen. Beispiele sind Bauakte oder auch Personalakte.
    :ivar laufzeit: Die Laufzeit der Akte, d.h. Zeitpunkt des Beginns und des Endes.
    :ivar historien_protokoll_information: Über HistorienProtokollInformation werden die zur
        Historisierung und Protokollierung relevanten Metadaten zu einer Akte angegeben, in
        der die Veränderungen an den beschreibenden Attributen und dem Zustand der Akte
        erfasst werden.
    :ivar interner_geschaeftsgang: Über InternerGeschaeftsgang wird der Akte zum Nachweis des
        internen Geschäftsgangs eine spezifische Ausprägung eines Geschäftsgangs zugeordnet.
    :ivar akteninhalt: Die Sachverhalte in der Akte sind inhaltlich mittels üblicher
        Akteninhalte wie z.B. Vorgänge abgegrenzt.
    :ivar verweis: Über einen Verweis wird eine inhaltliche Querbeziehung der Akte zu einem
        anderen Schriftgutobjekt dargestellt.
    :ivar kontakt: Eine Kontaktinformation zu einem Geschäftsprozessbeteiligten.
    :ivar zd_a: ZdA kennzeichnet, ob die Akte zu den Akten verfügt wurde (Wert 1) oder nicht
        (Wert 0).
    :ivar zd_adatum: ZdADatum kennzeichnet, wann der Vorgang zu den Akten verfügt wurde.
    :ivar anwendungsspezifische_erweiterung: AnwendungsspezifischeErweiterung darf nur dazu
        genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
    :ivar anwendungsspezifische_erweiterung_xml: AnwendungsspezifischeErweiterungXML darf nur
        dazu genutzt werden, weitere (z.B. fachspezifische) Metadaten zu spezifizieren, deren
        Übermittlung mit den bereits in xdomea spezifizierten Metadaten nicht möglich ist.
        Die AnwendungsspezifischeErweiterungXML bietet die Möglichkeit, mittels Einbindung
        externer XML-Schemata diese Metadaten zu spezifizieren. Es können beliebige XML-
        Schemata mit unterschiedlichen Namensräumen angegeben werden. Die XML-Schema-
        Validierung der weiterführenden Metadaten erfolgt innerhalb der xdomea-Nachricht
        selbst "lax".
    """

    class Meta:
        target_namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    identifikation: IdentifikationObjektType = field(
        metadata={
            "name": "Identifikation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        }
    )
    allgemeine_metadaten: None | AllgemeineMetadatenType = field(
        default=None,
        metadata={
            "name": "AllgemeineMetadaten",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    archivspezifische_metadaten: None | MetadatenAussonderungType = field(
        default=None,
        metadata={
            "name": "ArchivspezifischeMetadaten",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    standort: None | str = field(
        default=None,
        metadata={
            "name": "Standort",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    typ: None | str = field(
        default=None,
        metadata={
            "name": "Typ",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    laufzeit: None | ZeitraumType = field(
        default=None,
        metadata={
            "name": "Laufzeit",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    historien_protokoll_information: list[HistorienProtokollInformationType] = field(
        default_factory=list,
        metadata={
            "name": "HistorienProtokollInformation",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    interner_geschaeftsgang: None | GeschaeftsgangType = field(
        default=None,
        metadata={
            "name": "InternerGeschaeftsgang",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    akteninhalt: None | AkteType.Akteninhalt = field(
        default=None,
        metadata={
            "name": "Akteninhalt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    verweis: list[VerweisType] = field(
        default_factory=list,
        metadata={
            "name": "Verweis",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    kontakt: list[KontaktType] = field(
        default_factory=list,
        metadata={
            "name": "Kontakt",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zd_a: None | bool = field(
        default=None,
        metadata={
            "name": "ZdA",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    zd_adatum: None | XmlDate = field(
        default=None,
        metadata={
            "name": "ZdADatum",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung: None | AnwendungsspezifischeErweiterungType = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterung",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )
    anwendungsspezifische_erweiterung_xml: None | AnwendungsspezifischeErweiterungXmltype = field(
        default=None,
        metadata={
            "name": "AnwendungsspezifischeErweiterungXML",
            "type": "Element",
            "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
        },
    )

    @dataclass(slots=True, kw_only=True)
    class Akteninhalt:
        """
        :ivar dokument: Ein Dokument, das hierarchisch in die Akte eingebunden bzw. der Akte
            untergeordnet ist.
        :ivar vorgang: Ein Vorgang, der hierarchisch in die Akte eingebunden bzw. der Akte
            untergeordnet ist.
        :ivar teilakte: Über diese Eigenschaft wird eine Teilakte hierarchisch in eine Akte
            eingebunden bzw. einer Akte untergeordnet.
        """

        dokument: list[DokumentType] = field(
            default_factory=list,
            metadata={
                "name": "Dokument",
                "type": "Element",
                "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            },
        )
        vorgang: list[VorgangType] = field(
            default_factory=list,
            metadata={
                "name": "Vorgang",
                "type": "Element",
                "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            },
        )
        teilakte: list[AkteType] = field(
            default_factory=list,
            metadata={
                "name": "Teilakte",
                "type": "Element",
                "namespace": "urn:xoev-de:xdomea:schema:3.1.0",
            },
        )


@dataclass(slots=True, kw_only=True)
class InformationInformation0101:
    """
    Die Nachricht beschreibt den Export von Schriftgutobjekten (Akte, Vorgang, Dokument) zur
    Information oder Übernahme in ein anderes System.

    :ivar kopf: Der Kopf der Nachricht enthält allgemeine Informationen für den Empfänger der
        Informations-Nachricht.
    :ivar anschreiben: Ein Dokument, das dem Empfänger zur Erläuterung der Information
        mitgegeben wird.
    :ivar schriftgutobjekt: Ein Schriftgutobjekt (Akte, Vorgang oder Dokument), das mit der
        Informations-Nachricht an ein anderes System gesandt wird.
    """

    class Meta:
        name = "Information.Information.0101"
        namespace = "urn:xoev-de:xdomea:schema:3.1.0"

    kopf: NkNichtFvdatenWeitereEmpfaengerMitEmpfangsbestaetigungType = field(
        metadata={
            "name": "Kopf",
            "type": "Element",
        }
    )
    anschreiben: None | DokumentType = field(
        default=None,
        metadata={
            "name": "Anschreiben",
            "type": "Element",
        },
    )
    schriftgutobjekt: list[InformationInformation0101.Schriftgutobjekt] = field(
        default_factory=list,
        metadata={
            "name": "Schriftgutobjekt",
            "type": "Element",
            "min_occurs": 1,
        },
    )

    @dataclass(slots=True, kw_only=True)
    class Schriftgutobjekt:
        """
        :ivar akte: Eine Akte.
        :ivar vorgang: Ein Vorgang.
        :ivar dokument: Ein Dokument.
        """

        akte: None | AkteType = field(
            default=None,
            metadata={
                "name": "Akte",
                "type": "Element",
            },
        )
        vorgang: None | VorgangType = field(
            default=None,
            metadata={
                "name": "Vorgang",
                "type": "Element",
            },
        )
        dokument: None | DokumentType = field(
            default=None,
            metadata={
                "name": "Dokument",
                "type": "Element",
            },
        )
