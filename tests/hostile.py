"""Names that have broken file transfer software, and contents that have."""

from __future__ import annotations

import unicodedata

BAIT = "Antrag1.xml"
"""What `Antrag[1].xml` names when it is read as a pattern; never to be touched in its place."""

LONG = "ä" * 125 + ".pdf" + "x"
"""255 bytes of UTF-8, the most that usual file systems take."""

NAMES = (
    "Antrag[1].xml",
    "Bauantrag;Version=2.xml",
    "100%.xml",
    "Anlage #3.pdf",
    "Lage%20plan.pdf",
    "%2e%2e%2fflucht.xml",
    "Rückfrage?.xml",
    "*.xml",
    "zwei  Leerzeichen .xml",
    " führend.xml",
    unicodedata.normalize("NFC", "Gebäudeübersicht ß.xml"),
    'it\'s "quoted" `here`.xml',
    "$(HOME) & Söhne.xml",
    "{n}.xml",
    "-rf",
    ".versteckt",
    "...xml",
    "ends.",
    "a+b=c,d@e!f~g^h.xml",
    "<b>fett</b>.xml".replace("/", "_"),
    "数据.xml",
    "🏛.xml",
    LONG,
)
"""Names to be fetched and delivered like every other, all in NFC."""

DECOMPOSED = unicodedata.normalize("NFD", "Gebäudeübersicht ß.xml")
"""The same name to the eye as one of `NAMES`, and another one to a server."""

REFUSED = (
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    "a\\b",
    "a\rb",
    "a\nb",
    "a\r\nX-Injected: 1",
    "a\0b",
    "a\tb",
    "a\x7fb",
    "a\udce4b",
    "ä" * 128,
)
"""Names that no target may be given."""

UNFINISHED = (
    ".govmanager-00000000000000000000000000000000.part",
    "a.part",
    "A.PART",
    "a.partial",
    "a.filepart",
    "a.crdownload",
    "a.tmp",
    "a.xml.lock",
    "~$a.docx",
    ".~lock.a.odt#",
)
"""Names under which other software still writes or locks."""
