"""Step `xslt`: what stylesheets make, and what they may not do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms import applications
from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DefinitionWrong, DocumentInvalid, HubError, StepFailed
from transforms.step import NoSupplies, Workbench
from transforms.xslt import Xslt

HEAD = (
    '<xsl:stylesheet version="{version}" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
    'xmlns:a="urn:de:govmanager:antrag:1" xmlns:exsl="http://exslt.org/common" '
    'extension-element-prefixes="exsl" exclude-result-prefixes="a">'
)
NAMES = '<xsl:template match="/"><Name><xsl:value-of select="//a:Nachname"/></Name></xsl:template>'
VERSIONS = ("1.0", "3.0")


class Folder(NoSupplies):
    """Resources that lie in a folder."""

    def __init__(self, folder: Path) -> None:
        """Offer what is in it."""
        self.folder = folder

    def resource(self, name: str) -> Path:
        """Return the file."""
        return self.folder / name


def laid(folder: Path, body: str, version: str = "1.0", name: str = "sheets/main.xsl") -> None:
    """Write a stylesheet of this body."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(version=version) + body + "</xsl:stylesheet>", encoding="utf-8")


class XsltContract(StepContract):
    """The contract, with a stylesheet of one version."""

    version = ""

    @pytest.fixture(autouse=True)
    def _sheet(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.folder = tmp_path_factory.mktemp("resources")
        laid(self.folder, NAMES, self.version)

    def step(self) -> Xslt:
        return Xslt(stylesheet="sheets/main.xsl")

    def supplies(self) -> Folder:
        return Folder(self.folder)


class TestXslt1(XsltContract):
    """By libxslt."""

    version = "1.0"


class TestXslt3(XsltContract):
    """By Saxon."""

    version = "3.0"


def made(
    folder: Path, body: str, version: str = "1.0", content: bytes = b"", **options: Any
) -> tuple[str, bytes]:
    """Return name and bytes of what a stylesheet makes of the application."""
    laid(folder, body, version)
    document = stored(folder, content or applications.APPLICATION.read_bytes())
    bench = folder / "bench"
    bench.mkdir()
    step = Xslt.model_validate({"stylesheet": "sheets/main.xsl", **options})
    try:
        (one,) = step.apply(document, Workbench(bench, Folder(folder)))
    except HubError:
        assert not list(bench.iterdir())
        raise
    assert list(bench.iterdir()) == [one.path]
    return one.name, one.path.read_bytes()


def in_root(body: str) -> str:
    return f'<xsl:template match="/">{body}</xsl:template>'


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """Return a file that no stylesheet may read; the test fails if one wrote beside it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    path = folder / "secret.xml"
    path.write_text("<s>topsecret</s>")
    yield path
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("method", "suffix"), [("xml", ".xml"), ("html", ".html"), ("text", ".txt")]
)
def test_the_output_method_gives_bytes_and_suffix(
    method: str, suffix: str, version: str, tmp_path: Path
) -> None:
    body = f'<xsl:output method="{method}"/>' + in_root(
        '<html><br/><xsl:value-of select="//a:Nachname"/></html>'
    )
    name, data = made(tmp_path, body, version)
    assert name == "ags100_99003002000000" + suffix
    assert "Müller-Đorđević" in data.decode()
    assert (b"<br>" in data) == (method == "html")
    assert data.startswith(b"<?xml") == (method == "xml")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("encoding", ["ISO-8859-15", "UTF-16"])
def test_the_output_encoding_is_honoured(version: str, encoding: str, tmp_path: Path) -> None:
    body = f'<xsl:output encoding="{encoding}"/>' + in_root("<x>€ Đ</x>")
    _, data = made(tmp_path, body, version)
    text = data.decode(encoding)
    assert f'encoding="{encoding}"' in text
    assert ("€ &#272;" if encoding == "ISO-8859-15" else "€ Đ") in text


def test_text_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    body = '<xsl:output method="text" encoding="ISO-8859-15"/>' + in_root("<x>Đ</x>")
    with pytest.raises(StepFailed, match=r"ISO-8859-15: it lacks U\+0110"):
        made(tmp_path, body, "3.0")


@pytest.mark.parametrize("version", VERSIONS)
def test_parameters_are_text_made_of_facts(version: str, tmp_path: Path) -> None:
    body = '<xsl:output method="text"/><xsl:param name="p"/>' + in_root(
        '<xsl:value-of select="$p"/>'
    )
    hostile = "a'\"<{leika}&) | {date:%Y%m%d} Đ"
    values = [{"name": "p", "value": hostile}]
    name, data = made(
        tmp_path, body, version, stylesheet_parameters=values, stylesheet_suffix=".csv"
    )
    assert name.endswith("0000.csv")
    assert data.decode() == "a'\"<99003002000000&) | 20261123 Đ"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_lies_in_its_directory_can_be_imported(version: str, tmp_path: Path) -> None:
    laid(tmp_path, '<xsl:include href="../names.xsl"/>', version, "sheets/parts/one.xsl")
    laid(tmp_path, in_root("<Less/>") + NAMES.replace('match="/"', 'name="n"'), version,
         "sheets/names.xsl")  # fmt: skip
    body = '<xsl:import href="parts/one.xsl"/>' + in_root('<xsl:call-template name="n"/>')
    assert "Müller-Đorđević</Name>" in made(tmp_path, body, version)[1].decode()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "href",
    ["../outside/x.xsl", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x.xsl"],
)
def test_nothing_else_can_be_imported(version: str, href: str, tmp_path: Path) -> None:
    laid(tmp_path, NAMES, version, "outside/x.xsl")
    with pytest.raises(DefinitionWrong, match="imports what is not in its directory"):
        made(tmp_path, f'<xsl:import href="{href}"/>', version)


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    laid(tmp_path, NAMES, "1.0", "outside/x.xsl")
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "x.xsl").symlink_to(tmp_path / "outside" / "x.xsl")
    with pytest.raises(DefinitionWrong, match="not in its directory"):
        made(tmp_path, '<xsl:import href="x.xsl"/>')


def test_an_import_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionWrong, match="imports itself"):
        made(tmp_path, '<xsl:import href="main.xsl"/>')


READERS = [
    ("1.0", "<xsl:copy-of select=\"document('{uri}')\"/>"),
    ("1.0", "<xsl:copy-of select=\"document('../outside/secret.xml')\"/>"),
    ("1.0", '<exsl:document href="{leak}"><a/></exsl:document>'),
    ("3.0", "<xsl:copy-of select=\"doc('{uri}')\"/>"),
    ("3.0", "<xsl:value-of select=\"unparsed-text('{uri}')\"/>"),
    ("3.0", "<xsl:value-of select=\"unparsed-text('{path}')\"/>"),
    ("3.0", "<xsl:value-of select=\"json-doc('{uri}')\"/>"),
    ("3.0", "<xsl:value-of select=\"collection('{folder}')\"/>"),
    ("3.0", "<xsl:value-of select=\"uri-collection('{folder}')\"/>"),
    ("3.0", '<xsl:source-document href="{uri}"><xsl:copy-of select="."/></xsl:source-document>'),
    ("3.0", '<xsl:result-document href="{leak}"><a/></xsl:result-document>'),
    ("3.0", '<xsl:value-of select="rt:exec(\'ls\')" xmlns:rt="java:java.lang.Runtime"/>'),
    (
        "3.0",
        "<xsl:copy-of select=\"transform(map{{'stylesheet-location': '{uri}'}})?output\"/>",
    ),
]


@pytest.mark.parametrize(("version", "body"), READERS, ids=[body[:40] for _, body in READERS])
def test_files_are_neither_read_nor_written(
    version: str, body: str, secret: Path, tmp_path: Path
) -> None:
    uri = secret.as_uri()
    leak = secret.with_name("leak.xml").as_uri()
    filled = body.format(uri=uri, path=secret, folder=secret.parent.as_uri(), leak=leak)
    with pytest.raises(HubError) as caught:
        made(tmp_path, in_root(f"<x>{filled}</x>"), version)
    assert isinstance(caught.value, StepFailed | DefinitionWrong)
    assert "reaches for a file, an address or a function" in caught.value.what
    assert "topsecret" not in str(caught.value)


def test_a_static_expression_reads_no_file(secret: Path, tmp_path: Path) -> None:
    select = f"unparsed-text('{secret.as_uri()}')"
    body = f'<xsl:param name="s" static="yes" select="{select}"/>' + in_root("<a/>")
    with pytest.raises(StepFailed, match="reaches for a file"):
        made(tmp_path, body, "3.0")


def test_the_environment_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVMANAGER_SECRET", "topsecret")
    body = in_root("<x><xsl:value-of select=\"environment-variable('GOVMANAGER_SECRET')\"/></x>")
    assert b"topsecret" not in made(tmp_path, body, "3.0")[1]


@pytest.mark.parametrize(
    ("version", "call"), [("1.0", "document('{}')"), ("3.0", "doc('{}')")], ids=VERSIONS
)
def test_the_network_is_not_reached(version: str, call: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.xml"
        body = in_root(f'<xsl:copy-of select="{call.format(address)}"/>')
        with pytest.raises(StepFailed, match="reaches for"):
            made(tmp_path, body, version)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("version", VERSIONS)
def test_recursion_without_end_is_ended(version: str, tmp_path: Path) -> None:
    body = in_root('<xsl:call-template name="r"/>')
    body += '<xsl:template name="r"><a><xsl:call-template name="r"/></a></xsl:template>'
    with pytest.raises(StepFailed, match=r"calls itself without end") as caught:
        made(tmp_path, body, version)
    assert caught.value.where.startswith("sheets/main.xsl")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stylesheet_that_takes_too_long_is_ended(version: str, tmp_path: Path) -> None:
    loop = '<xsl:for-each select="//node()">' * 9 + "<a/>" + "</xsl:for-each>" * 9
    body = '<xsl:output method="text"/>' + in_root(loop)
    begun = time.monotonic()
    with pytest.raises(StepFailed, match="takes more than 1 seconds"):
        made(tmp_path, body, version, stylesheet_seconds=1)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stylesheet_that_takes_too_much_memory_is_ended(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.xslt_run.MEMORY", 400 << 20)
    body = '<xsl:template name="d"><xsl:param name="s"/><xsl:call-template name="d">'
    body += '<xsl:with-param name="s" select="concat($s, $s)"/></xsl:call-template>'
    body += "</xsl:template>" + in_root(
        '<xsl:call-template name="d"><xsl:with-param name="s" select="\'0123456789\'"/>'
        "</xsl:call-template>"
    )
    with pytest.raises(StepFailed, match=r"memory"):
        made(tmp_path, body, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stylesheet_may_refuse_a_document_but_not_tell_its_values(
    version: str, tmp_path: Path
) -> None:
    said = '<xsl:message terminate="yes"><xsl:value-of select="//a:Nachname"/></xsl:message>'
    with pytest.raises(DocumentInvalid, match="stops over the document") as caught:
        made(tmp_path, in_root(said), version)
    assert "Müller" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("1.0", in_root('<xsl:value-of select="1 +"/>')),
        ("3.0", in_root('<xsl:value-of select="1 +"/>')),
        ("1.0", "<xsl:template"),
        ("3.0", in_root('<xsl:value-of select="$nowhere"/>')),
    ],
)
def test_a_broken_stylesheet_is_an_error_of_the_set_up(
    version: str, body: str, tmp_path: Path
) -> None:
    with pytest.raises(DefinitionWrong, match="The stylesheet") as caught:
        made(tmp_path, body, version)
    assert caught.value.where == "sheets/main.xsl"


def test_an_error_at_run_time_tells_code_and_line_but_no_value(tmp_path: Path) -> None:
    body = in_root('\n<xsl:value-of select="number(1) + xs:integer(//a:Nachname)"/>')
    body = body.replace(
        "<xsl:value-of", '<xsl:value-of xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    )
    with pytest.raises(StepFailed, match=r"fails: FORG0001 .*line 2") as caught:
        made(tmp_path, body, "3.0")
    assert "Müller" not in str(caught.value)


def test_an_unknown_function_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="fails: Unregistered function"):
        made(tmp_path, in_root('<xsl:value-of select="exsl:nowhere()"/>'))


def test_what_is_no_stylesheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "main.xsl").write_text("<a/>")
    step, document = Xslt(stylesheet="sheets/main.xsl"), stored(tmp_path, b"<a/>")
    for name in ("sheets/main.xsl", "sheets"):
        step = Xslt(stylesheet=name)
        with pytest.raises(DefinitionWrong, match="is no"):
            step.apply(document, Workbench(tmp_path, Folder(tmp_path)))


def test_a_60_mb_node_passes(tmp_path: Path) -> None:
    content = applications.with_attachment(45 << 20)
    assert "Müller-Đorđević" in made(tmp_path, NAMES, "1.0", content)[1].decode()


@pytest.mark.parametrize(
    "options",
    [
        {"stylesheet": ""},
        {"stylesheet_seconds": 0},
        {"stylesheet_suffix": "../x"},
        {"stylesheet_parameters": [{"name": "a:b", "value": ""}]},
        {"stylesheet_parameters": [{"name": "a", "value": "{{x}}"}]},
    ],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Xslt.model_validate({"stylesheet": "a.xsl", **options})
