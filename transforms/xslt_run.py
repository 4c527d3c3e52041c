"""Stylesheets: looked through for what they import, then run in a process that can be ended."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from lxml import etree

from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.read_xml import read_schema, read_xml

XSL = "{http://www.w3.org/1999/XSL/Transform}"
CHILD = Path(__file__).with_name("xslt_child.py")

MEMORY = 2 << 30
"""Bytes that a stylesheet may take; a document takes about ten times its size of it."""
LARGEST = 1 << 30
"""Bytes that a result may have."""
SAXON_DIED = 99
"""Exit code of a process in which Saxon ran out of memory."""
DEEPEST = 20
"""Stylesheets that may import each other in a chain."""


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """A stylesheet with all that it imports.

    Attributes:
        name: as the operator calls it.
        path: its file.
        engine: `libxslt` for XSLT 1.0, `saxon` for 2.0 and 3.0.
        method: its output method (XSLT 3.0, section 26), `xml` if it names none.
        encoding: of what it makes, as it says itself.
        modules: absolute paths of its file and of all that it imports.
        text: one text with all modules inside, for Saxon, which may not read files.
    """

    name: str
    path: Path
    engine: str
    method: str
    encoding: str
    modules: tuple[str, ...]
    text: str = field(repr=False)


def stylesheet_at(path: Path, name: str) -> Stylesheet:
    """Read a stylesheet and what it imports.

    Raises:
        DefinitionWrong: it is none, or imports what lies outside of its directory.
    """
    if not path.is_file():
        raise _unfit(name, "is no file")
    path = path.resolve()
    modules: dict[Path, etree._Element] = {}
    text = _embedded(path, path.parent, name, modules, 0)
    root = modules[path]
    if not str(root.tag).startswith(XSL):
        raise _unfit(name, "is no XSLT stylesheet")
    outputs = [one for module in modules.values() for one in module.iterchildren(f"{XSL}output")]
    outputs = [one for one in outputs if not one.get("name")]
    return Stylesheet(
        name=name,
        path=path,
        engine="libxslt" if root.get("version", "").strip() in ("1.0", "1.1") else "saxon",
        method=_first(outputs, "method", "xml"),
        encoding=_first(outputs, "encoding", "UTF-8"),
        modules=tuple(str(one) for one in modules),
        text=text,
    )


def _first(outputs: list[etree._Element], attribute: str, default: str) -> str:
    # The importing stylesheet comes first here, and has precedence in XSLT, too.
    return next((value for one in outputs if (value := one.get(attribute))), default)


def _embedded(
    path: Path, base: Path, name: str, modules: dict[Path, etree._Element], depth: int
) -> str:
    """Return a stylesheet as text in which what it imports stands as data: URIs."""
    if depth > DEEPEST:
        raise _unfit(name, f"imports itself, or more than {DEEPEST} others in a chain")
    try:
        root = modules[path] = read_schema(path)
    except (DocumentInvalid, OSError) as error:
        raise _unfit(name, f"cannot be read: {error}") from error
    copy = etree.ElementTree(root)
    for element, target in _imports(root, path, base, name):
        inside = _embedded(target, base, name, modules, depth + 1).encode()
        element.set("href", "data:application/xml;base64," + base64.b64encode(inside).decode())
    return etree.tostring(copy, encoding="unicode")


def _imports(
    root: etree._Element, path: Path, base: Path, name: str
) -> Iterator[tuple[etree._Element, Path]]:
    for element in root.iter(f"{XSL}import", f"{XSL}include"):
        parts = urlsplit(element.get("href", ""))
        target = (path.parent / unquote(parts.path)).resolve()
        if parts.scheme or parts.netloc or not target.is_relative_to(base):
            raise _unfit(
                name, f"imports what is not in its directory, in line {element.sourceline}"
            )
        if not target.is_file():
            raise _unfit(name, f"imports {target.name}, which is not there")
        yield element, target


def _unfit(name: str, what: str) -> DefinitionWrong:
    return DefinitionWrong(
        f"The stylesheet {what}",
        where=name,
        remedy="Lay it and all that it imports into one directory of the resources",
    )


def run(
    sheet: Stylesheet, document: Document, target: Path, values: Mapping[str, str], *, seconds: int
) -> None:
    """Let a stylesheet make a new file of a document.

    Args:
        sheet: the stylesheet.
        document: XML from outside, held in memory.
        target: the new file; not there if an error is raised.
        values: of the stylesheet's parameters.
        seconds: after which it is ended.

    Raises:
        DocumentInvalid: it is no XML, or the stylesheet refuses it.
        StepFailed: the stylesheet does what it may not, or fails.
        DefinitionWrong: the stylesheet cannot be compiled.
    """
    root = read_xml(document.path, name=document.name)
    with TemporaryDirectory(dir=target.parent) as directory:
        place = Path(directory)
        source, made, text = place / "source.xml", place / "made", place / "stylesheet.xsl"
        source.write_bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
        text.write_text(sheet.text, encoding="utf-8")
        libxslt = sheet.engine == "libxslt"
        job = {
            "engine": sheet.engine,
            "stylesheet": str(sheet.path if libxslt else text),
            "modules": sheet.modules,
            "source": str(source),
            "target": str(made),
            "parameters": dict(values),
            "seconds": seconds,
            # For a child whose parent has gone; several threads may use it up at once.
            "processor_seconds": 4 * seconds,
            "memory": MEMORY,
            "largest": LARGEST,
        }
        _done(job, sheet.name, document.name, place)
        if not libxslt:
            _encode(made, sheet)
        made.rename(target)


def _done(job: Mapping[str, Any], sheet: str, document: str, place: Path) -> None:
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(job).encode(),
            capture_output=True,
            cwd=place,
            env={},
            timeout=job["seconds"],
            check=False,
        )
    except subprocess.TimeoutExpired:
        _failed({"went": "late"}, sheet, document, job)
    try:
        outcome = json.loads(ended.stdout)
    except ValueError:
        # Out of memory, by itself or by a signal, or of the processor time that it may have.
        killed = ended.returncode < 0 or ended.returncode == SAXON_DIED
        outcome = {"went": "killed" if killed else "broken"}
    if outcome["went"] == "run" and "line" not in outcome:
        outcome |= _place_in(ended.stderr.decode(errors="replace"))
    if outcome["went"] != "well":
        _failed(outcome, sheet, document, job)


def _place_in(told: str) -> dict[str, Any]:
    """Return code and line of what Saxon tells; never its sentences, which can hold values."""
    code = re.search(r"\b(?!SXLM)[A-Z]{4}\d{4}\b", told)
    line = re.search(r"on line (\d+)", told)
    return {"text": code.group() if code else "", "line": int(line[1]) if line else 0}


WHY = {
    "forbidden": "reaches for a file, an address or a function that it may not have",
    "endless": "calls itself without end",
    "memory": f"takes more than {MEMORY} bytes of memory",
    "size": f"makes more than {LARGEST} bytes",
    "killed": "was ended: it took too much memory or time",
    "broken": "cannot be run, or broke the program that runs it",
}
MENDING = {
    "forbidden": "Give it what it needs as parameters, or import it from its directory",
    "endless": "Correct the stylesheet",
}


def _failed(
    outcome: Mapping[str, Any], sheet: str, document: str, job: Mapping[str, Any]
) -> NoReturn:
    went, text = outcome["went"], str(outcome.get("text") or "")
    line = f", line {outcome['line']}" if outcome.get("line") else ""
    if went == "compile":
        plain = " ".join(text.split())[:300]
        raise DefinitionWrong(
            f"The stylesheet cannot be compiled: {plain}",
            where=sheet,
            remedy="Correct the stylesheet",
        )
    if went == "message":
        # Its message is not shown: it can repeat values of the document.
        raise DocumentInvalid(
            "The stylesheet stops over the document by xsl:message",
            where=f"{document}; {sheet}{line}",
            remedy="Ask the sender to correct it, or look in the stylesheet for the reason",
        )
    if went == "deep":
        # What Saxon's parser takes: 100 levels, 200 attributes, names of 1000 characters.
        raise DocumentInvalid(
            "The XML is nested too deeply, or has too many attributes or too long names",
            where=document,
            remedy="Ask the sender to make it with another program",
        )
    late = f"takes more than {job['seconds']} seconds"
    why = late if went == "late" else WHY.get(went, f"fails{': ' + text if text else ''}")
    raise StepFailed(
        f"The stylesheet {why}",
        where=f"{sheet}{line}; {document}",
        remedy=MENDING.get(went, "Correct the stylesheet, or split the document before"),
    )


def _encode(made: Path, sheet: Stylesheet) -> None:
    """Write in the stylesheet's encoding what Saxon was made to write in UTF-8."""
    if sheet.encoding.upper() in ("UTF-8", "UTF8"):
        return
    text = made.read_text(encoding="utf-8")
    said = sheet.encoding
    if sheet.method in ("xml", "xhtml"):
        text = re.sub(r'^(<\?xml [^>]*encoding=")UTF-8"', rf'\g<1>{said}"', text)
    else:
        text = text.replace("charset=UTF-8", f"charset={said}", 1)
    markup = sheet.method in ("xml", "xhtml", "html")
    try:
        made.write_bytes(text.encode(said, "xmlcharrefreplace" if markup else "strict"))
    except (LookupError, UnicodeEncodeError) as error:
        sign = f"U+{ord(text[error.start]):04X}" if isinstance(error, UnicodeError) else ""
        raise StepFailed(
            f"The result cannot be written in {said}{': it lacks ' + sign if sign else ''}",
            where=sheet.name,
            remedy="Let the stylesheet write UTF-8",
        ) from None
