"""What a web service is sent: bodies and addresses made of templates.

Whatever the size of a document, it is streamed: as it is, in a form, or as base64 into JSON or a
SOAP envelope. The last piece is held back until the hash of all of them agrees, so that a file
which is not the one that was recorded never arrives whole. Only a document that is embedded in an
envelope as XML is held in memory. Every value is escaped for the place where it stands.

Sources: RFC 7578 (multipart/form-data), RFC 3986 (addresses), SOAP 1.1 and SOAP 1.2 part 1.
"""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from blocks.endpoint import Parcel
from transforms.document import CHUNK, Hasher
from transforms.errors import DocumentInvalid, StoreDamaged
from transforms.read_xml import read_xml

SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
FIELD = re.compile(r"\{(\w+)\}")
CONTENT, XML = "{content}", "{xml}"
TEXTS = frozenset({"name", "key", "directory", "sha256", "size"})
"""Fields that every template of a delivery may have."""
SAMPLE = dict.fromkeys(TEXTS | {"content"}, "x") | {"xml": "<x/>"}
AS_WRITTEN = "/?&=%:@!$'()*+,;~-._"
"""What of an operator's own text stands in an address as it is."""


class BodyKind(StrEnum):
    """How a document is wrapped."""

    RAW = "RAW"
    """The body is the document."""
    MULTIPART = "MULTIPART"
    """A form with the document as a file, as browsers send it."""
    JSON = "JSON"
    """A JSON object with the document as base64."""
    SOAP = "SOAP"
    """A SOAP envelope with the document as base64 or as XML."""


@dataclass(slots=True)
class Body:
    """What is sent: the local file between a head and a tail, or the head alone.

    Attributes:
        content_type: of the whole body.
        head: bytes before the file, or all there are.
        tail: bytes after it.
        parcel: whose file is streamed; None if it is in the head already.
        is_base64: whether the file is sent as base64.
        is_complete: whether the last piece was handed on; set while it is sent.
    """

    content_type: str
    head: bytes = b""
    tail: bytes = b""
    parcel: Parcel | None = None
    is_base64: bool = False
    is_complete: bool = False

    @property
    def size(self) -> int:
        """Bytes altogether."""
        streamed = self.parcel.fingerprint.size if self.parcel else 0
        if self.is_base64:
            streamed = (streamed + 2) // 3 * 4
        return len(self.head) + streamed + len(self.tail)

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, from the beginning each time.

        Raises:
            StoreDamaged: the file is not the one that was recorded; its last piece is withheld.
        """
        self.is_complete = False
        if self.head:
            yield self.head
        if self.parcel:
            pieces = _proven(self.parcel)
            yield from _as_base64(pieces) if self.is_base64 else pieces
        if self.tail:
            yield self.tail
        self.is_complete = True


def raw(parcel: Parcel, content_type: str) -> Body:
    """Return the document as it is."""
    return Body(content_type, parcel=parcel)


def multipart(
    parcel: Parcel, facts: Mapping[str, str], part: str, content_type: str, template: str
) -> Body:
    """Return a form: the fields of the template, a JSON object of texts, and then the file."""
    boundary = secrets.token_hex(16)
    lines = []
    for name, value in (json.loads(template) if template.strip() else {}).items():
        lines += [f"--{boundary}", f"Content-Disposition: form-data; name={_quoted(name)}", ""]
        lines.append(filled(value, facts) if isinstance(value, str) else json.dumps(value))
    lines += [
        f"--{boundary}",
        f"Content-Disposition: form-data; name={_quoted(part)}; filename={_quoted(facts['name'])}",
        f"Content-Type: {content_type}",
        "",
        "",
    ]
    head = "\r\n".join(lines).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    return Body(f"multipart/form-data; boundary={boundary}", head, tail, parcel)


def json_body(parcel: Parcel, facts: Mapping[str, str], template: str) -> Body:
    """Return the template, a JSON object, with the fields in its texts filled in."""
    mark = secrets.token_hex(16)
    every = {**facts, "content": mark}
    value = _in_texts(json.loads(template), lambda text: filled(text, every))
    return _around(mark, json.dumps(value, ensure_ascii=False), "application/json", parcel)


def soap(parcel: Parcel, facts: Mapping[str, str], template: str, action: str) -> Body:
    """Return the envelope with its fields filled in; the content type is that of its version.

    Raises:
        DocumentInvalid: a value cannot stand in XML, or the document is to be embedded and is no
            well-formed XML.
        StoreDamaged: it is to be embedded and is not the one that was recorded.
    """
    every = {name: html.escape(value) for name, value in facts.items()}
    envelope = parsed(filled(template.strip(), SAMPLE | every).encode(), "SOAP envelope")
    kind = "text/xml; charset=utf-8"
    if soap_version(envelope) == SOAP_1_2:
        quoted = action.replace('"', "")
        kind = "application/soap+xml; charset=utf-8"
        kind += f'; action="{quoted}"' if quoted else ""
    if XML in template:
        root = read_xml(recorded(parcel), name=parcel.name)
        every["xml"] = etree.tostring(root, encoding="unicode", with_tail=False)
        return Body(kind, filled(template.strip(), every).encode())
    mark = secrets.token_hex(16)
    return _around(mark, filled(template.strip(), {**every, "content": mark}), kind, parcel)


def soap_version(root: etree._Element) -> str:
    """Return the namespace of an envelope; "" if it is none."""
    for version in (SOAP_1_1, SOAP_1_2):
        if root.tag == f"{{{version}}}Envelope":
            return version
    return ""


def soap_answer(content: bytes) -> tuple[bool, tuple[str, str] | None]:
    """Tell whether an answer is an envelope, and return code and reason of the fault in it.

    Source: SOAP 1.1, section 4.4; SOAP 1.2 part 1, section 5.4.
    """
    try:
        root = parsed(content, "answer")
    except DocumentInvalid:
        return False, None
    version = soap_version(root)
    within = f"{{{version}}}"
    fault = root.find(f"{within}Body/{within}Fault") if version else None
    if fault is None:
        return bool(version), None
    if version == SOAP_1_1:
        return True, (fault.findtext("faultcode", ""), fault.findtext("faultstring", ""))
    code = fault.findtext(f"{within}Code/{within}Value", "")
    return True, (code, fault.findtext(f"{within}Reason/{within}Text", ""))


def xml_text(content: bytes, name: str) -> str:
    """Return the text of the first element with this local name; "" if there is none."""
    with suppress(DocumentInvalid):
        found = next(parsed(content, "answer").iter(f"{{*}}{name}"), None)
        return (found.text or "").strip() if found is not None else ""
    return ""


def parsed(content: bytes, name: str) -> etree._Element:
    """Read XML that is in memory.

    Raises:
        DocumentInvalid: as `read_xml`.
    """
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(content)
        file.flush()
        return read_xml(Path(file.name), name=name)


# -- templates -------------------------------------------------------------------------------


def check_template(kind: BodyKind, template: str) -> None:
    """Look at a template before anything is sent with it.

    Raises:
        ValueError: it is wrong; the message says how to mend it.
    """
    if kind is BodyKind.SOAP:
        _check_envelope(template)
    elif kind is BodyKind.JSON or (kind is BodyKind.MULTIPART and template.strip()):
        _check_json(template, {"content"} if kind is BodyKind.JSON else set())


def check_fields(template: str, allowed: frozenset[str]) -> str:
    """Return the template if it names only fields that there are.

    Raises:
        ValueError: it names others.
    """
    unknown = sorted(set(FIELD.findall(template)) - allowed)
    if unknown:
        message = f"there is no field {{{unknown[0]}}}; use one of {', '.join(sorted(allowed))}"
        raise ValueError(message)
    return template


def filled(template: str, facts: Mapping[str, str]) -> str:
    """Put facts in the place of their fields; braces around anything else stay."""
    return FIELD.sub(lambda match: facts[match[1]], template)


def filled_path(template: str, facts: Mapping[str, str]) -> str:
    """Return a quoted path, and query, with its fields filled in; none of them leads elsewhere.

    Args:
        template: below the block's address.
        facts: raw values; slashes stay in `directory` only.
    """
    return "".join(
        quote(facts[piece], safe="/" if piece == "directory" else "")
        if number % 2
        else quote(piece, safe=AS_WRITTEN)
        for number, piece in enumerate(FIELD.split(template))
    )


def _check_json(template: str, content: set[str]) -> None:
    value = None
    with suppress(ValueError, RecursionError):
        value = json.loads(template)
    if not isinstance(value, dict):
        message = 'the template must be a JSON object such as {"file": "{name}"}'
        raise ValueError(message)  # noqa: TRY004 - of the form, not of our types
    texts: list[str] = []
    _in_texts(value, lambda text: texts.append(check_fields(text, TEXTS | content)))
    if content and "".join(texts).count(CONTENT) != 1:
        message = "one text of the template must have {content}, where the document goes"
        raise ValueError(message)


def _check_envelope(template: str) -> None:
    check_fields(template, TEXTS | {"content", "xml"})
    if template.count(CONTENT) + template.count(XML) != 1:
        message = "the envelope must have {content} or {xml} once, where the document goes"
        raise ValueError(message)
    try:
        root = parsed(filled(template.strip(), SAMPLE).encode(), "template")
    except DocumentInvalid as error:
        message = f"the envelope is no XML: {error.what}"
        raise ValueError(message) from error
    if not soap_version(root):
        message = "the root element must be the Envelope of SOAP 1.1 or 1.2"
        raise ValueError(message)


def _in_texts(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_in_texts(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _in_texts(one, change) for name, one in value.items()}
    return value


# -- pieces ----------------------------------------------------------------------------------


def recorded(parcel: Parcel) -> Path:
    """Return a parcel's file, read through once.

    Raises:
        StoreDamaged: it is not the one that was recorded.
    """
    for _ in _proven(parcel):
        pass
    return parcel.path


def _around(mark: str, text: str, content_type: str, parcel: Parcel) -> Body:
    head, _, tail = text.encode().partition(mark.encode())
    return Body(content_type, head, tail, parcel, is_base64=True)


def _quoted(text: str) -> str:
    """Quote a name as browsers do (RFC 7578, section 4.2, and the HTML standard)."""
    for sign, escaped in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, escaped)
    return f'"{text}"'


def _proven(parcel: Parcel) -> Iterator[bytes]:
    """Yield the bytes of a file; the last piece only if all are those that were recorded."""
    hasher = Hasher()
    held = b""
    with parcel.path.open("rb") as file:
        while chunk := file.read(CHUNK):
            hasher.update(chunk)
            if held:
                yield held
            held = chunk
    if hasher.fingerprint() != parcel.fingerprint:
        raise StoreDamaged(
            "The local file is not the one that was recorded",
            where=str(parcel.path),
            remedy="Look who changes files in the execution folder",
        )
    if held:
        yield held


def _as_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Encode piece by piece: three bytes become four characters."""
    rest = b""
    for piece in pieces:
        whole = rest + piece
        cut = len(whole) // 3 * 3
        rest = whole[cut:]
        yield base64.b64encode(whole[:cut])
    if rest:
        yield base64.b64encode(rest)
