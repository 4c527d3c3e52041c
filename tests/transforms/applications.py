"""Applications to try steps on: good ones, and what has broken other parsers."""

from __future__ import annotations

import base64
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"
GOOD = sorted(FOLDER.glob("ags*.xml"))
BAD = sorted(FOLDER.glob("bad_*.xml"))
APPLICATION = FOLDER / "ags100_99003002000000.xml"
NAMES_OF_CITIZENS = ("Zoë", "Łucja", "Müller", "Đorđević", "Große Straße", "27777")


def cut_off(at: float) -> bytes:
    """Return the application's first bytes, `at` being the share of them."""
    whole = APPLICATION.read_bytes()
    return whole[: int(len(whole) * at)]


def replaced(old: str, new: str) -> bytes:
    """Return the application with one place of it changed."""
    text = APPLICATION.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    return text.replace(old, new).encode()


def with_attachment(size: int) -> bytes:
    """Return the application with an attachment of that many bytes inside, as one text node."""
    inside = base64.b64encode(bytes(range(256)) * (size // 256)).decode()
    digest = "</SHA256>\n    </Anlage>\n  </Anlagen>"
    return replaced(digest, digest.replace("\n", f"\n<Inhalt>{inside}</Inhalt>\n", 1))


def hostile() -> dict[str, bytes]:
    """Return what must be refused by whoever reads XML, by the name of its trick."""
    files = {one.stem: one.read_bytes() for one in BAD}
    schema_only = ("bad_plz", "bad_order", "bad_root")
    return {name: data for name, data in files.items() if name not in schema_only} | {
        **{f"cut off at {at:.0%}": cut_off(at) for at in (0.01, 0.2, 0.5, 0.8, 0.95, 0.995)},
        "blank": b" \n\t",
        "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
        "nul": APPLICATION.read_bytes().replace(b"Kopf>", b"Ko\x00pf>"),
        "unknown encoding": replaced('encoding="UTF-8"', 'encoding="x-klingon"'),
        "wrong encoding": replaced('encoding="UTF-8"', 'encoding="UTF-16"'),
        "undeclared entity": replaced("Zoë Łucja", "Zo&euml;"),
        "deep": b"<a>" * 100_000,
        "two roots": APPLICATION.read_bytes() * 2,
        "external DTD": replaced(
            "<Antrag ", '<!DOCTYPE Antrag SYSTEM "http://127.0.0.1:1/x.dtd"><Antrag '
        ),
    }
