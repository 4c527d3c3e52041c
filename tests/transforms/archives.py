"""Archives for tests, sound and hostile, as bytes."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zlib
from collections.abc import Callable, Mapping
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

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


def zip_of_another_method(method: int) -> bytes:
    """Return a small ZIP archive of zeros that zipfile can only unpack in memory as a whole."""
    target = io.BytesIO()
    with ZipFile(target, "w", method) as archive:
        archive.writestr("a.bin", bytes(1 << 20))
    return target.getvalue()


def zip_with_seek_before_the_start() -> bytes:
    """Return a ZIP archive whose end says that the directory is larger than the file."""
    sound = bytearray(zipped(FILES))
    sound[-10:-6] = (1 << 30).to_bytes(4, "little")
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
        "many directories": zipped({**FILES, **{f"{number}/": b"" for number in range(101)}}),
        "huge directory": zipped({f"{number:0500}.xml": b"" for number in range(5000)}),
        "bzip2": zip_of_another_method(ZIP_BZIP2),
        "lzma": zip_of_another_method(ZIP_LZMA),
        "place before the start": zip_with_seek_before_the_start(),
        "directory with content": zipped({"a/": b"x"}),
        "no name": zipped({"x": b"x"}).replace(b"x", b"\0"),
        "behind another one": zipped({"a.xml": b"x"}) + zipped({"b.xml": b"x"}),
        "garbage behind": sound + b"garbage",
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


def _as(kind: bytes, link: str = "", times: int = 1) -> bytes:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname, entry.size = kind, link, 0

    return tarred({f"eintrag{number}": b"" for number in range(times)}, change)


def _chain_of_names() -> bytes:
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 2
    return (entry.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")) * 1500


def _sparse() -> bytes:
    def change(entry: tarfile.TarInfo) -> None:
        entry.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}

    return tarred({"a.bin": b"x"}, change)


def _records_for_all(count: int) -> bytes:
    return b"".join(
        tarfile.TarInfo.create_pax_global_header({f"key{number}": "x"}) for number in range(count)
    )


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
        "cut off behind an entry": sound[:1024],
        "damaged in the middle": sound[:1024] + b"x" * 512 + sound[1536:],
        "another one behind": sound + sound,
        "large header": _large_header(),
        "many directories": _as(tarfile.DIRTYPE, times=101),
        "chain of names": _chain_of_names() + sound,
        "sparse": _sparse(),
        "many records for all": _records_for_all(20) + sound,
        "no archive": b"<Antrag/>" * 100,
        "nothing": b"",
    }


def gzip_bomb() -> bytes:
    """Return a gzip file of several members that unpack to 80 MiB."""
    return gzip.compress(bytes(20 << 20)) * 4
