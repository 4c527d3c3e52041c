"""What a mail is made of, read from its BODYSTRUCTURE (RFC 3501, section 7.4.2), and how it decodes.

Nothing here talks to a server. The file name of an attachment is decoded as RFC 2231 says, or as
RFC 2047 does where a mail program has used that in its place, and made safe.
"""

from __future__ import annotations

import binascii
import mimetypes
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value, decode_params, unquote
from typing import Any

from transforms.names import LONGEST

PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})
LINE, LINE_WITH_END = 76, 78
"""Characters of a line in base64 (RFC 2045, section 6.8)."""
FIELDS = 7
"""Fields that every part without further parts has."""
NOT_BASE64 = bytes(set(range(256)) - set((string.ascii_letters + string.digits + "+/=").encode()))
HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that steer a display or cannot be written, such as U+202E."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a server tells of a mail without its content.

    Attributes:
        uid: number in its folder, never used again while the folder's UIDVALIDITY lasts.
        arrived: when the server got it, in UTC.
        size: bytes of the whole message.
        flags: system flags and keywords in small letters.
        structure: BODYSTRUCTURE as imapclient gives it; None if it was not asked for.
    """

    uid: int
    arrived: datetime | None
    size: int
    flags: frozenset[str]
    structure: Any


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail that has no further parts.

    Attributes:
        number: where it is, such as `2.1`.
        kind: media type in small letters, such as `application/pdf`.
        encoding: transfer encoding in small letters, such as `base64`.
        octets: bytes of the encoded part, as the server tells.
        disposition: `attachment`, `inline` or "".
        name: decoded and safe file name; "" if the mail gives none.
        charset: of a text.
        around: kind of the multipart it is in, such as `related`; "" for none.
        referred: whether it has a Content-ID, by which a text shows it.
    """

    number: str
    kind: str
    encoding: str
    octets: int
    disposition: str
    name: str
    charset: str
    around: str
    referred: bool

    @property
    def size(self) -> int:
        """Bytes after decoding, as far as the structure tells them.

        Exact where nothing is encoded; of base64 up to two bytes more, as padding does not show;
        of quoted-printable the bytes of the encoded part, which are never fewer.
        """
        if self.encoding != "base64":
            return self.octets
        lines, rest = divmod(self.octets, LINE_WITH_END)
        # Whether the last line ends with CRLF does not show; its characters come in fours.
        fours = -(-max(rest - LINE_WITH_END + LINE, 0) // 4)
        return lines * LINE // 4 * 3 + fours * 3

    @property
    def file_name(self) -> str:
        """The name, or one made of number and kind."""
        if self.name:
            return self.name
        suffix = ".eml" if self.kind == "message/rfc822" else mimetypes.guess_extension(self.kind)
        return f"part-{self.number}{suffix or '.bin'}"

    @property
    def is_attachment(self) -> bool:
        """Whether it is a document of its own.

        Not the text of the mail, not pictures that the text shows, not signatures and reports.
        """
        if self.around == "signed" and self.kind.endswith("signature"):
            return False
        if self.kind.startswith("image/") and self.around == "related" and self.referred:
            return False
        if self.disposition == "attachment":
            return True
        if self.kind.startswith(("text/", "message/")):
            return bool(self.name) or self.kind == "message/rfc822"
        return True

    @property
    def is_text(self) -> bool:
        """Whether it is text that people read in the mail itself."""
        known = self.encoding in PLAIN_ENCODINGS | {"base64", "quoted-printable"}
        return self.kind in {"text/plain", "text/html"} and known and not self.is_attachment


def mail_of(uid: int, told: Mapping[bytes, Any]) -> Mail:
    """Return a mail from what a FETCH of its facts has answered."""
    arrived: datetime | None = told.get(b"INTERNALDATE")
    return Mail(
        uid,
        arrived.astimezone(UTC) if arrived else None,
        int(told.get(b"RFC822.SIZE") or 0),
        small_flags(told.get(b"FLAGS", ())),
        told.get(b"BODYSTRUCTURE"),
    )


def small_flags(told: Iterable[Any]) -> frozenset[str]:
    """Return flags in small letters: case does not tell two apart (RFC 3501, section 2.3.2)."""
    return frozenset(
        (flag.decode("ascii", "replace") if isinstance(flag, bytes) else str(flag)).lower()
        for flag in told
    )


def parts_of(structure: Any, number: str = "", around: str = "") -> Iterator[Part]:
    """Yield the parts of a mail in order; a mail in the mail is one part, a broken structure none.

    Args:
        structure: what imapclient makes of BODYSTRUCTURE.
        number: of the part that this is the structure of; "" for the mail.
        around: kind of the multipart around it.
    """
    if isinstance(structure[0], list):
        for index, inner in enumerate(structure[0], 1):
            below = f"{number}.{index}" if number else str(index)
            yield from parts_of(inner, below, _text(structure[1]).lower())
        return
    if len(structure) < FIELDS:
        return
    kind = f"{_text(structure[0])}/{_text(structure[1])}".lower()
    after = {"message/rfc822": 11}.get(kind, 9 if kind.startswith("text/") else 8)
    told = structure[after] if len(structure) > after else None
    disposition, given = (told[0], told[1]) if told else (b"", None)
    facts, named = _parameters(structure[2]), _parameters(given)
    yield Part(
        number or "1",
        kind,
        _text(structure[5]).lower(),
        int(structure[6] or 0),
        _text(disposition).lower(),
        safe_leaf(named.get("filename") or facts.get("name", "")),
        facts.get("charset", ""),
        around,
        bool(structure[3]),
    )


def safe_leaf(name: str) -> str:
    """Return a name without path parts and without what would steer a display; "" if none is left.

    All else stays as it came, blanks at the ends too. A name that is too long keeps its suffix.
    """
    leaf = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in leaf if unicodedata.category(c) not in HARMFUL)
    if plain.strip() in {"", ".", ".."}:
        return ""
    stem, dot, suffix = plain.rpartition(".")
    if not stem or len((dot + suffix).encode()) > LONGEST // 2:
        stem, dot, suffix = plain, "", ""
    room = LONGEST - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Undo a transfer encoding while the bytes pass (RFC 2045, section 6).

    Raises:
        ValueError: there is no such encoding.
    """
    if encoding in PLAIN_ENCODINGS:
        return iter(chunks)
    if encoding == "base64":
        return _from_base64(chunks)
    if encoding == "quoted-printable":
        return _from_lines(chunks, binascii.a2b_qp)
    message = f"unknown transfer encoding {encoding!r}"
    raise ValueError(message)


def _from_base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for chunk in chunks:
        *ended, last = (left + chunk.translate(None, NOT_BASE64)).split(b"=")
        whole = len(last) // 4 * 4
        left = last[whole:]
        yield b"".join(map(_padded, ended)) + binascii.a2b_base64(last[:whole])
    yield _padded(left)


def _padded(characters: bytes) -> bytes:
    """Decode characters whose padding was cut off; a single one at the end makes no byte."""
    usable = characters[:-1] if len(characters) % 4 == 1 else characters
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def _from_lines(chunks: Iterable[bytes], decode: Callable[[bytes], bytes]) -> Iterator[bytes]:
    left = b""
    for chunk in chunks:
        lines, end, left = (left + chunk).rpartition(b"\n")
        yield decode(lines + end)
    yield decode(left)


def _parameters(pairs: Any) -> Mapping[str, str]:
    """Return parameters with small names; those of RFC 2231 are put together and preferred."""
    flat = [_text(one) for one in pairs or ()]
    given = [(key.lower(), value) for key, value in zip(flat[::2], flat[1::2], strict=False)]
    found = {key: _from_words(value) for key, value in given if "*" not in key}
    in_pieces = [(key, value) for key, value in given if "*" in key]
    for key, value in decode_params([("", ""), *in_pieces])[1:]:
        if isinstance(value, tuple):
            charset, language, quoted = value
            found[key] = collapse_rfc2231_value((charset, language, unquote(quoted)))
        else:
            found[key] = _from_words(collapse_rfc2231_value(value))
    return found


def _from_words(text: str) -> str:
    """Decode `=?utf-8?Q?...?=`, which parameters must not have and often do have."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _text(raw: Any) -> str:
    """Return text as it came: UTF-8, or else Windows' Western set, in which every byte counts."""
    if not isinstance(raw, bytes):
        return str(raw or "")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
