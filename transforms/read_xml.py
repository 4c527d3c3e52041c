"""The only parser of foreign XML, and the writer that checks what it wrote.

The order is fixed, because each stage closes a hole of the next one: lxml's strict parser refuses
what is cut off or not well-formed; a document type declaration is refused, and with it entities of
every sort; the schema is validated by libxml2; only then xsdata builds the dataclasses, from the
element and never from the bytes, as its own default parser repairs broken documents in silence.

Texts of errors name elements, lines and rules, never values: these are citizens' data, and errors
end up in logs, mails and on screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NoReturn, TypeVar

from lxml import etree
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import TreeSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig

from transforms.errors import DocumentInvalid, StepFailed

LIMIT = 100 * 1024 * 1024
"""Bytes a document may have by default. It is held in memory as a whole, and takes about ten
times its size there."""

CHUNK = 64 * 1024
"""Bytes that are fed to a parser at a time."""

FINDINGS = 20
"""Findings of a schema that an error lists."""

LONGEST_FINDING = 300
"""Characters of one finding."""

CONTEXT = XmlContext()
"""What xsdata knows of the dataclasses; one for the process, as building it is slow."""

STRICT = ParserConfig(
    fail_on_unknown_properties=True,
    fail_on_unknown_attributes=True,
    fail_on_converter_warnings=True,
)
# xsdata would otherwise write the defaults of the schema, which were not in the document.
AS_GIVEN = SerializerConfig(ignore_default_attributes=True)

_validating = Lock()
"""A compiled schema keeps the findings of its latest validation, so threads take turns."""

T = TypeVar("T")


def read_xml(
    path: Path, schema: etree.XMLSchema | None = None, *, name: str = "", limit: int = LIMIT
) -> etree._Element:
    """Read a document from outside and return its root element, without comments.

    Args:
        path: the document; all of it is held in memory.
        schema: what it must satisfy; None if well-formed is enough.
        name: what errors call the document; the leaf name of `path` if empty.
        limit: bytes it may have.

    Raises:
        DocumentInvalid: it is empty, too large, cut off, not well-formed, has a document type
            declaration or breaks the schema; the remedy lists what was found.
        OSError: it cannot be read.
    """
    name = name or path.name
    root = _parsed(_bytes(path, name, limit), name)
    if schema is not None and (findings := findings_of(root, schema)):
        raise DocumentInvalid(
            "The document breaks its schema",
            where=f"{name}, line {findings[0][0]}",
            remedy=f"Ask the sender to correct it: {_listed(findings)}",
        )
    return root


def read_xml_bytes(data: bytes, *, name: str, limit: int = LIMIT) -> etree._Element:
    """Read a document from outside that came inside another one, such as a PDF's attachment.

    Args:
        data: the document.
        name: what errors call it.
        limit: bytes it may have.

    Raises:
        DocumentInvalid: as `read_xml`.
    """
    return _parsed(_within(data, name, limit), name)


def read_schema(path: Path, *, limit: int = LIMIT) -> etree._Element:
    """Read a schema or stylesheet of an operator and return its root element, comments and all.

    A document type declaration, as that of XML Signature has one, is left out; nothing that it
    names is loaded.

    Raises:
        DocumentInvalid: it is empty, too large, cut off, not well-formed, or uses an entity.
        OSError: it cannot be read.
    """
    root = _well_formed(_bytes(path, path.name, limit), path.name, _strict(with_comments=True))
    if next(root.iter(etree.Entity), None) is not None:
        raise DocumentInvalid(
            "The document uses an entity", where=path.name, remedy="Write what it stands for"
        )
    root.getroottree().docinfo.clear()
    return root


def not_well_formed(path: Path) -> str:
    """Tell why a file is no whole XML document, or "" if it is one; a few MB whatever its size.

    A document type declaration is not refused here, but ends the look: what follows it is not
    parsed, and only the end of the root element is looked for.

    Raises:
        OSError: it cannot be read.
    """
    # The stubs want every method of a target; lxml calls only those that are there.
    parser = etree.XMLParser(  # type: ignore[call-overload]  # noqa: TID251 - without a tree.
        target=_Unkept(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                parser.feed(chunk)
        parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return f"{_reason(error)}, line {line}, column {column}"
    except _DocumentType as declared:
        return _not_ended(path, str(declared))
    return ""


class _DocumentType(Exception):
    """A document type declaration was met; the text is the name of the root element."""


class _Unkept:
    """What the parser is to build: nothing."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take no notice."""

    def end(self, tag: str) -> None:
        """Take no notice."""

    def data(self, text: str) -> None:
        """Take no notice."""

    def doctype(self, name: str, *_: object) -> None:
        """Stop before an entity can be used."""
        raise _DocumentType(name)

    def close(self) -> None:
        """Return nothing."""


def _not_ended(path: Path, root: str) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - CHUNK))
        tail = file.read().replace(b"\0", b"")
    ends = re.search(rb"(</" + re.escape(root.encode()) + rb"\s*|/)>", tail)
    return "" if ends else f"the end of the element {root} is missing"


def parse_as(
    path: Path, kind: type[T], schema_path: Path, *, name: str = "", limit: int = LIMIT
) -> T:
    """Read a document from outside as the dataclass of its schema.

    Args:
        path: the document; all of it is held in memory.
        kind: the generated dataclass of the root element.
        schema_path: the XSD that `kind` was generated from.
        name: what errors call the document; the leaf name of `path` if empty.
        limit: bytes it may have.

    Raises:
        DocumentInvalid: as `read_xml`, or its root is another element than that of `kind`, or a
            value has no counterpart in the dataclass.
        StepFailed: the schema cannot be used.
        OSError: it cannot be read.
    """
    name = name or path.name
    root = read_xml(path, schema_of(schema_path), name=name, limit=limit)
    expected = CONTEXT.build(kind).qname
    if root.tag != expected:
        raise DocumentInvalid(
            f"The document is no {kind.__name__}",
            where=f"{name}, line {root.sourceline}",
            remedy=f"Ask the sender for a document whose root element is {expected}",
        )
    try:
        return XmlParser(context=CONTEXT, config=STRICT).parse(root, kind)
    except (TypeError, ValueError):
        # Not chained: what xsdata says repeats values of the document.
        raise DocumentInvalid(
            f"The document satisfies {schema_path.name} and still is no {kind.__name__}",
            where=name,
            remedy="Regenerate the dataclasses of the schema, or ask the sender to correct it",
        ) from None


def write_xml(
    value: object, path: Path, schema_path: Path, ns_map: Mapping[str | None, str]
) -> None:
    """Write a dataclass as an XML file in UTF-8, after checking it against its schema.

    Args:
        value: what to write.
        path: the new file; it is not written if the check fails.
        schema_path: what it must satisfy.
        ns_map: prefixes and their namespaces; None is the default namespace.

    Raises:
        StepFailed: what was made is no XML or breaks its schema; the remedy lists how.
        OSError: the file cannot be written.
    """
    tree = tree_of(value, ns_map)
    check_schema(tree, schema_path)
    data = etree.tostring(tree, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    path.write_bytes(data)


def tree_of(
    value: object, ns_map: Mapping[str | None, str] | Mapping[str, str]
) -> etree._ElementTree[etree._Element]:
    """Return a dataclass as an XML document.

    Raises:
        StepFailed: it holds what XML cannot.
    """
    try:
        return TreeSerializer(context=CONTEXT, config=AS_GIVEN).render(value, dict(ns_map))
    except (TypeError, ValueError):
        # Not chained: what xsdata says repeats values of the document.
        raise StepFailed(
            f"{type(value).__name__} holds what XML cannot, such as a control character",
            where=type(value).__name__,
            remedy="Correct the mapping",
        ) from None


def check_schema(tree: etree._ElementTree[etree._Element], schema_path: Path) -> None:
    """See that what was made satisfies its schema.

    Raises:
        StepFailed: it does not; the remedy lists how. Or the schema cannot be used.
    """
    if findings := findings_of(tree.getroot(), schema_of(schema_path)):
        raise StepFailed(
            f"What was made breaks {schema_path.name}",
            where=etree.QName(tree.getroot()).localname,
            remedy=f"Correct the mapping: {_listed(findings)}",
        )


@cache
def schema_of(path: Path) -> etree.XMLSchema:
    """Compile a schema file, once per process, with what lies beside it and nothing else.

    Raises:
        StepFailed: as `compile_schema`.
    """
    return compile_schema(path)


def compile_schema(path: Path) -> etree.XMLSchema:
    """Compile a schema file with what lies beside it and nothing else.

    Raises:
        StepFailed: it is no schema, or what it imports is not there.
    """
    parser = etree.XMLParser(  # noqa: TID251 - for schemas, which are ours.
        no_network=True, load_dtd=False, resolve_entities=False
    )
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))  # noqa: TID251 - as above.
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError) as error:
        raise StepFailed(
            f"The schema cannot be used: {_shortened(str(error))}",
            where=path.name,
            remedy="Put the schema and all that it imports beside each other",
        ) from error


def _bytes(path: Path, name: str, limit: int) -> bytes:
    with path.open("rb") as file:
        return _within(file.read(limit + 1), name, limit)


def _within(data: bytes, name: str, limit: int) -> bytes:
    if not data:
        raise DocumentInvalid(
            "The file is empty", where=name, remedy="Ask the sender to send it again"
        )
    if len(data) > limit:
        raise DocumentInvalid(
            f"The document has more than {limit} bytes",
            where=name,
            remedy="Ask the sender to split it, or to send attachments beside it",
        )
    return data


def _strict(*, with_comments: bool = False) -> etree.XMLParser:  # noqa: TID251 - as below.
    # Comments and processing instructions are left out because they split a text in two, of
    # which xsdata takes the first half only. huge_tree permits texts above 10 MB, which
    # attachments are; libxml2 keeps its limits of depth and entity expansion.
    return etree.XMLParser(  # noqa: TID251 - this module is what the rule points to.
        recover=False,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=not with_comments,
        remove_pis=not with_comments,
    )


def _well_formed(data: bytes, name: str, parser: etree.XMLParser) -> etree._Element:  # noqa: TID251 - as above.
    try:
        return etree.fromstring(data, parser)  # noqa: TID251 - the rule points to here.
    except etree.XMLSyntaxError as error:
        _refuse(error, data, name)


def _parsed(data: bytes, name: str) -> etree._Element:
    root = _well_formed(data, name, _strict())
    if root.getroottree().docinfo.doctype:
        raise DocumentInvalid(
            "The document has a document type declaration (DOCTYPE), which could hide entities",
            where=name,
            remedy="Ask the sender to send it without one",
        )
    return root


def _refuse(error: etree.XMLSyntaxError, data: bytes, name: str) -> NoReturn:
    line, column = error.position
    where = f"{name}, line {line}, column {column}"
    if not data.lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n").startswith(b"<"):
        raise DocumentInvalid(
            "The file is no XML", where=where, remedy="Ask the sender what it is meant to be"
        ) from error
    if _is_cut_off(error, data):
        raise DocumentInvalid(
            f"XML is cut off at line {line}",
            where=where,
            remedy="Ask the sender to send it again",
        ) from error
    raise DocumentInvalid(
        f"XML is not well-formed: {_reason(error)}",
        where=where,
        remedy="Ask the sender to correct it",
    ) from error


def _is_cut_off(error: etree.XMLSyntaxError, data: bytes) -> bool:
    """Tell whether nothing is wrong with a document but that its end is missing."""
    if error.code == etree.ErrorTypes.ERR_UNDECLARED_ENTITY:
        return False
    parser = _strict()
    try:
        parser.feed(data)
    except etree.XMLSyntaxError:
        return False
    return True


def _reason(error: etree.XMLSyntaxError) -> str:
    text = re.sub(r", line \d+, column \d+.*", "", str(error.msg), flags=re.DOTALL)
    return _shortened(text.strip())


def findings_of(root: etree._Element, schema: etree.XMLSchema) -> list[tuple[int, str]]:
    """Return lines and sentences, without values, of what breaks a schema; [] if nothing does."""
    with _validating:
        if schema.validate(root):
            return []
        return [(entry.line, _without_values(entry.message)) for entry in schema.error_log]


def _without_values(message: str) -> str:
    """Take namespaces, and the values of citizens, out of a finding of libxml2."""
    message = re.sub(r"(?<=['( ])\{[^{}\s]*\}(?=[^\W\d])", "", message)
    message = re.sub(r"(?s)The value '.*' (?=is |has |must )", "The value ", message)
    message = re.sub(r"(?s)key-sequence \[.*\]", "key-sequence", message)
    message = re.sub(
        r"(?s): '.*' is not a valid value", ": The value is not a valid value", message
    )
    return _shortened(message)


def _shortened(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text).rstrip(". ")
    return plain if len(plain) <= LONGEST_FINDING else f"{plain[:LONGEST_FINDING]}…"


def _listed(findings: Iterable[tuple[int, str]]) -> str:
    all_of_them = [f"line {line}: {text}" for line, text in findings]
    more = len(all_of_them) - FINDINGS
    shown = all_of_them[:FINDINGS] + ([f"and {more} more"] if more > 0 else [])
    return "; ".join(shown)
