"""Run one stylesheet over one document, in a process of its own that can be ended.

A stylesheet is a program: it can loop, and eat memory. `transforms.xslt` starts this file with an
empty environment and without this package, hands it a job as JSON on standard input, and reads how
it went from standard output. It gets stylesheet and document checked, and may read nothing else.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

Outcome = dict[str, Any]

FORBIDDEN = re.compile(
    r"prohibited|disallowed|refused|denied|is disabled when|External function|named Q\{java"
)
FEATURE = "http://saxon.sf.net/feature/"
LOCKED = (
    (
        f"{FEATURE}parserFeature?uri=http://apache.org/xml/features/disallow-doctype-decl",
        "true",
    ),
    # Nothing can be reached but what a stylesheet has inside itself, as data: URIs.
    (f"{FEATURE}allowedProtocols", "data"),
    # Disables extension functions, xsl:result-document and environment-variable().
    (f"{FEATURE}allow-external-functions", "false"),
)


def main() -> None:
    """Read the job, do it, tell how it went."""
    job = json.load(sys.stdin)
    for limit, value in (
        (resource.RLIMIT_DATA, job["memory"]),
        (resource.RLIMIT_FSIZE, job["largest"]),
        (resource.RLIMIT_CPU, job["processor_seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    try:
        outcome = _by_libxslt(job) if job["engine"] == "libxslt" else _by_saxon(job)
    except MemoryError:
        outcome = {"went": "memory"}
    except OSError as error:
        outcome = {"went": "size", "text": error.strerror}
    json.dump(outcome, sys.stdout)


def _by_libxslt(job: Outcome) -> Outcome:
    from lxml import etree

    allowed = set(job["modules"])

    class Only(etree.Resolver):
        """Lets a stylesheet import what was looked through, and nothing else."""

        def resolve(self, system_url: str | None, _: str | None, context: Any) -> Any:
            if system_url in allowed:
                return None
            return self.resolve_string("", context)

    def parser() -> Any:
        made = etree.XMLParser(  # noqa: TID251 - both are checked by transforms.read_xml.
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
        )
        made.resolvers.add(Only())
        return made

    try:
        sheet = etree.parse(job["stylesheet"], parser())  # noqa: TID251 - as above.
        access = etree.XSLTAccessControl.DENY_ALL
        transform = etree.XSLT(sheet, access_control=access)
    except (etree.XSLTParseError, etree.XMLSyntaxError) as error:
        return {"went": "compile", "text": str(error)}
    values = {key: etree.XSLT.strparam(value) for key, value in job["parameters"].items()}
    document = etree.parse(job["source"], _plain_parser(etree))  # noqa: TID251 - as above.
    try:
        # The bytes as xsl:output wants them; write_output fails where it names no encoding.
        made: Any = transform(document, **values)  # type: ignore[arg-type]
        Path(job["target"]).write_bytes(bytes(made))
    except etree.XSLTApplyError as error:
        return _libxslt_failure(error)
    return {"went": "well"}


def _plain_parser(etree: Any) -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _libxslt_failure(error: Any) -> Outcome:
    log = [(entry.domain_name, entry.line, entry.message) for entry in error.error_log]
    texts = " ".join(text for *_, text in log)
    lines = [line for _, line, text in log if text.startswith("runtime error")]
    line = lines[-1] if lines else 0
    if FORBIDDEN.search(texts):
        return {"went": "forbidden", "line": line}
    if "infinite template recursion" in texts or "nested too deep" in texts:
        return {"went": "endless", "line": line}
    if any(entry.type_name == "ERR_NO_MEMORY" for entry in error.error_log):
        return {"went": "memory"}
    if not lines:
        return {"went": "message"}
    # What XPath says is of the expression; what XSLT says can be of the document.
    said = next((text for domain, _, text in log if domain == "XPATH"), "")
    return {"went": "run", "line": line, "text": said}


def _by_saxon(job: Outcome) -> Outcome:
    from saxonche import PySaxonApiError, PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    for name, value in LOCKED:
        processor.set_configuration_property(name, value)
    compiler = processor.new_xslt30_processor()
    try:
        sheet = Path(job["stylesheet"]).read_text(encoding="utf-8")
        ready = compiler.compile_stylesheet(stylesheet_text=sheet)
    except PySaxonApiError as error:
        text = re.sub(r"data:\S*", "(an imported one)", str(error))
        text = re.sub(r" of file:\S*", "", text)
        return {"went": "forbidden" if FORBIDDEN.search(text) else "compile", "text": text}
    for name, value in job["parameters"].items():
        ready.set_parameter(name, processor.make_string_value(value))
    # Any other encoding would not get through saxonche, which hands out text.
    ready.set_property("!encoding", "UTF-8")
    source = Path(job["source"]).read_text(encoding="utf-8")
    try:
        document = processor.parse_xml(xml_text=source)
    except PySaxonApiError:
        return {"went": "deep"}
    try:
        made = ready.transform_to_string(xdm_node=document)
    except PySaxonApiError as error:
        return _saxon_failure(str(error))
    Path(job["target"]).write_text(made or "", encoding="utf-8", newline="")
    return {"went": "well"}


def _saxon_failure(text: str) -> Outcome:
    if FORBIDDEN.search(text):
        return {"went": "forbidden"}
    if "may be looping" in text:
        return {"went": "endless"}
    return {"went": "message" if "terminated by xsl:message" in text else "run"}


if __name__ == "__main__":
    main()
