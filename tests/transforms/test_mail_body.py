"""Step `mail-body`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.transforms.step_contract import StepContract, stored
from transforms.errors import DefinitionWrong, StepFailed
from transforms.mail_body import MailBody
from transforms.step import NoSupplies, Workbench

KNOWN = "Guten Tag {{ nachname }}, {{ kdnr }}"


class Resources(NoSupplies):
    """The files of one directory."""

    def __init__(self, directory: Path) -> None:
        """Take them from there."""
        self._directory = directory

    def resource(self, name: str) -> Path:
        """Return one."""
        return self._directory / name


class TestMailBody(StepContract):
    """The contract; values are read from the XML, so what is hostile is refused."""

    def step(self) -> MailBody:
        return MailBody(
            body_template="Guten Tag {{ nachname }}",
            body_values={"nachname": "Antragsteller/Nachname"},
        )


def body(folder: Path, content: bytes = b"<A><N>&lt;b&gt; &amp;</N></A>", **options: Any) -> str:
    step = MailBody.model_validate({"body_values": {"nachname": "N"}, **options})
    bench = Workbench(folder, Resources(folder))
    original, text = step.apply(stored(folder, content, "antrag.xml"), bench)
    assert original.path.read_bytes() == content
    assert (text.facts["document"], "document" in original.facts) == ("mail-body", False)
    return text.path.read_text(encoding="utf-8")


def test_values_are_filled_in(tmp_path: Path) -> None:
    assert body(tmp_path, body_template=KNOWN) == "Guten Tag <b> &, 0100"


def test_a_page_shows_values_as_they_are(tmp_path: Path) -> None:
    made = body(tmp_path, body_template=KNOWN, body_style="HTML", body_name="{stem}.html")
    assert made == "Guten Tag &lt;b&gt; &amp;, 0100"


def test_a_template_file(tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Sehr geehrte {{ nachname }}\n", encoding="utf-8")
    assert body(tmp_path, body_resource="brief.txt") == "Sehr geehrte <b> &\n"
    (tmp_path / "brief.txt").write_text("{% if %}")
    (tmp_path / "antrag_Anschreiben.txt").unlink()
    with pytest.raises(DefinitionWrong, match="template is wrong"):
        body(tmp_path, body_resource="brief.txt")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ unbekannt }}", "not known: 'unbekannt'"),
        ("{{ name.__class__.__mro__ }}", "cannot be filled in|not known"),
        ("{{ ''.__class__.__subclasses__() }}", "cannot be filled in|not known"),
        ("{% for a in range(999999999) %}x{% endfor %}", "cannot be filled in"),
        ("{{ 1 / 0 }}", "cannot be filled in"),
        ("{% include '/etc/passwd' %}", "cannot be filled in"),
    ],
)
def test_what_a_template_may_not(tmp_path: Path, template: str, told: str) -> None:
    with pytest.raises(StepFailed, match=told):
        body(tmp_path, body_template=template)


def test_a_template_that_is_wrong() -> None:
    with pytest.raises(ValidationError, match="the template is wrong"):
        MailBody(body_template="{{ name ")
