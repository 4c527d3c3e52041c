"""Archives for tests, sound and hostile, as bytes."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zlib
from collections.abc import Callable, Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FILES = {"antrag.xml": b"<Antrag/>", "Anlagen/Größe.pdf": b"%PDF-1.7 " + b"x" * 5000}


def zipped(files: Mapping[str, bytes], change: Callable[[ZipInfo], None] | None = None) -> bytes:
    """Return a ZIP archive; `change` may alter each entry before it is written."""
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = ZipInfo(name)
            entry.compress_type = ZIP_DEFLATED
            if change:
                change(entry)
            archive.writestr(entry, content)
    return target.getvalue()


def zip_bomb(mib: int, inside: int = 1) -> bytes:
    """Return a ZIP archive of zeros that unpack to so many MiB, within so many further ones."""
    content = zipped({"bombe.bin": bytes(mib << 20)})
    for _ in range(inside - 1):
        content = zipped({"bombe.zip": content})
    return content


def lying_zip() -> bytes:
    """Return a ZIP archive whose directory says that 10 MB are 9 bytes."""
    sound = bytearray(zipped({"a.bin": bytes(10 << 20)}))
    directory = sound.rindex(b"PK\x01\x02")
    sound[directory + 24 : directory + 28] = (9).to_bytes(4, "little")
    return bytes(sound)


def overlapping_zip() -> bytes:
    """Return a ZIP archive with two entries that are the same bytes."""
    sound = bytearray(zipped({"a.bin": bytes(1000), "b.bin": bytes(1000)}))
    second = sound.rindex(b"PK\x01\x02")
    sound[second + 42 : second + 46] = (0).to_bytes(4, "little")
    local = sound.index(b"a.bin")
    sound[sound.rindex(b"b.bin") : sound.rindex(b"b.bin") + 5] = sound[local : local + 5]
    return bytes(sound)


def encrypted_zip() -> bytes:
    """Return a ZIP archive that says to be encrypted."""
    sound = bytearray(zipped({"a.xml": b"secret"}))
    sound[6] |= 1
    sound[sound.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(sound)


def linking_zip() -> bytes:
    """Return a ZIP archive with a symbolic link."""

    def link(entry: ZipInfo) -> None:
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16

    return zipped({"link": b"/etc/passwd"}, link)


def hostile_zips() -> dict[str, bytes]:
    """Return ZIP archives that must be refused."""
    sound = zipped(FILES)
    return {
        "bomb": zip_bomb(80),
        "lying size": lying_zip(),
        "overlap": overlapping_zip(),
        "encrypted": encrypted_zip(),
        "link": linking_zip(),
        "absolute": zipped({"/etc/passwd": b"x"}),
        "leads up": zipped({"a/../../b.xml": b"x"}),
        "drive": zipped({"C:evil.xml": b"x"}),
        "backslash": zipped({"..\\evil.xml": b"x"}),
        "control": zipped({"a\nb.xml": b"x"}),
        "same name": zipped({"a.xml": b"x", "A.XML": b"y"}),
        "same name in NFD": zipped({"Größe.xml": b"x", "Gro\u0308ße.xml": b"y"}),
        "many": zipped({f"{number}.xml": b"" for number in range(101)}),
        "empty": zipped({}),
        "cut off": sound[: len(sound) // 2],
        "no archive": b"<Antrag/>",
        "nothing": b"",
        "wrong bytes": sound.replace(zlib.compress(FILES["Anlagen/Größe.pdf"])[2:6], b"\0\0\0\0")
        if zlib.compress(FILES["Anlagen/Größe.pdf"])[2:6] in sound
        else sound[:60] + b"\0\0\0\0" + sound[64:],
    }


def tarred(
    files: Mapping[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None
) -> bytes:
    """Return a tar archive; `change` may alter each entry before it is written."""
    target = io.BytesIO()
    with tarfile.open(mode="w", fileobj=target, format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if change:
                change(entry)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _as(kind: bytes, link: str = "") -> bytes:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname, entry.size = kind, link, 0

    return tarred({"eintrag": b""}, change)


def _large_header() -> bytes:
    def change(entry: tarfile.TarInfo) -> None:
        entry.pax_headers = {"comment": "x" * (5 << 20)}

    return tarred({"a.xml": b"x"}, change)


def hostile_tars() -> dict[str, bytes]:
    """Return tar archives that must be refused."""
    sound = tarred(FILES)
    return {
        "bomb": gzip.compress(tarred({"bombe.bin": bytes(80 << 20)})),
        "symbolic link": _as(tarfile.SYMTYPE, "/etc/passwd"),
        "hard link": _as(tarfile.LNKTYPE, "../../etc/passwd"),
        "device": _as(tarfile.CHRTYPE),
        "pipe": _as(tarfile.FIFOTYPE),
        "absolute": tarred({"/etc/passwd": b"x"}),
        "leads up": tarred({"../b.xml": b"x"}),
        "same name": tarred({"a.xml": b"x", "sub/A.xml": b"y"}),
        "many": tarred({f"{number}.xml": b"" for number in range(101)}),
        "empty": tarred({}),
        "cut off": sound[: len(sound) // 2],
        "cut off in gzip": gzip.compress(sound)[:-30],
        "large header": _large_header(),
        "no archive": b"<Antrag/>" * 100,
        "nothing": b"",
    }


def gzip_bomb() -> bytes:
    """Return a gzip file of several members that unpack to 80 MiB."""
    return gzip.compress(bytes(20 << 20)) * 4
