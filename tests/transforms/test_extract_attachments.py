"""Step `attachments`."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pydantic import ValidationError

from tests.transforms import applications, pdfs
from tests.transforms.step_contract import StepContract, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.extract_attachments import ExtractAttachments
from transforms.step import Workbench

ALONE = {"attachments_keep_original": False}
ELEMENTS = {
    "attachments_of": "XML",
    "attachment_elements": "Anlagen/Anlage",
    "attachment_name": "Dateiname",
    "attachment_data": "Inhalt",
}


def step(options: Mapping[str, Any]) -> ExtractAttachments:
    """Return the step with these options."""
    return ExtractAttachments.model_validate(options)


def xml(*files: tuple[str, str]) -> bytes:
    """Return an application with attachments: names and base64 texts."""
    inside = "".join(
        f"<Anlage><Dateiname>{name}</Dateiname><Inhalt>{data}</Inhalt></Anlage>"
        for name, data in files
    )
    return f"<Antrag><Anlagen>{inside}</Anlagen></Antrag>".encode()


def mail(*files: tuple[str, bytes]) -> bytes:
    """Return a mail with attachments."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@b.example", "c@d.example", "Antrag"
    made.set_content("Guten Tag")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


def pdf(*files: tuple[str, bytes]) -> bytes:
    """Return a PDF with embedded files."""
    target = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        for name, content in files:
            made.attachments[name] = pikepdf.AttachedFileSpec(made, content, filename=name)
        made.save(target)
    return target.getvalue()


class TestXml(StepContract):
    """The contract, and applications that must be refused."""

    def step(self) -> ExtractAttachments:
        return step(ELEMENTS)

    def hostile(self) -> Mapping[str, bytes]:
        return {**applications.hostile(), "no base64": xml(("a.pdf", "!!!"))}


class TestMail(StepContract):
    """The contract, and what is no mail."""

    name = "antrag_99003002000000.eml"

    def step(self) -> ExtractAttachments:
        return step({"attachments_of": "MAIL"})

    def good(self) -> Mapping[str, bytes]:
        return {"two": mail(("a.pdf", b"1"), ("b.pdf", b"2")), "none": mail()}

    def hostile(self) -> Mapping[str, bytes]:
        return {"nothing": b"", "no mail": b"<Antrag/>", "binary": bytes(range(256))}

    def large(self) -> bytes:
        return mail(("gross.pdf", bytes(11 << 20)))


class TestPdf(StepContract):
    """The contract, and PDFs that must be refused."""

    name = "antrag_99003002000000.pdf"

    def step(self) -> ExtractAttachments:
        return step({"attachments_of": "PDF", "attachments_mib": 20})

    def good(self) -> Mapping[str, bytes]:
        return {"two": pdf(("a.xml", b"1"), ("b.xml", b"2")), "none": pdf()}

    def hostile(self) -> Mapping[str, bytes]:
        sound = dict(pdfs.hostile())
        del sound["no pages"]
        return {**sound, "bomb": pdf(("gross.bin", bytes(80 << 20)))}

    def large(self) -> bytes:
        return pdf(("gross.bin", bytes(range(256)) * (44 << 10)))


def taken(content: bytes, folder: Path, **options: Any) -> list[tuple[str, bytes]]:
    document = stored(folder, content, "antrag.xml")
    made = step(options).apply(document, Workbench(folder))
    return shown(made)


def shown(made: Sequence[Document]) -> list[tuple[str, bytes]]:
    return [(one.name, one.path.read_bytes()) for one in made]


@pytest.mark.parametrize("source", ["XML", "MAIL", "PDF"])
def test_names_are_kept_or_made_harmless(tmp_path: Path, source: str) -> None:
    names = ["Größe.pdf", "../../etc/passwd", "größe.pdf", "C:\\Temp\\b.pdf"]
    files = [(name, name.encode()) for name in names]
    content = {
        "XML": xml(*((name, base64.b64encode(data).decode()) for name, data in files)),
        "MAIL": mail(*files),
        "PDF": pdf(*files),
    }[source]
    options = ELEMENTS if source == "XML" else {"attachments_of": source}
    made = taken(content, tmp_path, **options, **ALONE)
    assert {content.decode(): name for name, content in made} == {
        "Größe.pdf": "Größe.pdf",
        "../../etc/passwd": "passwd",
        "größe.pdf": "größe_2.pdf",
        "C:\\Temp\\b.pdf": "b.pdf",
    }


def test_the_original_goes_first_and_is_named(tmp_path: Path) -> None:
    content = xml(("a.pdf", base64.b64encode(b"A").decode()), ("nur-genannt.pdf", ""))
    made = step(ELEMENTS).apply(stored(tmp_path, content, "antrag.xml"), Workbench(tmp_path))
    assert shown(made) == [("antrag.xml", content), ("a.pdf", b"A")]
    assert made[1].facts["attachment_of"] == "antrag.xml"


def test_a_mail_in_a_mail_is_a_file(tmp_path: Path) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"], inner["From"] = "Weiterleitung", "x@y.example"
    inner.set_content("innen")
    outer["From"] = "a@b.example"
    outer.set_content("außen")
    outer.add_attachment(inner)
    ((name, content),) = taken(outer.as_bytes(), tmp_path, attachments_of="MAIL", **ALONE)
    assert name == "Weiterleitung.eml"
    assert b"innen" in content


def test_none_where_one_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DocumentInvalid, match="no attachment"):
        taken(mail(), tmp_path, attachments_of="MAIL", attachments_needed=True)


def test_attachments_that_are_too_large_together(tmp_path: Path) -> None:
    files = [(f"{number}.pdf", bytes(600 << 10)) for number in range(2)]
    with pytest.raises(DocumentInvalid, match="more than 1 MiB"):
        taken(mail(*files), tmp_path, attachments_of="MAIL", attachments_mib=1)


@pytest.mark.parametrize(
    "options", [{"attachments_of": "XML"}, {**ELEMENTS, "attachments_of": "PDF"}]
)
def test_options_that_do_not_fit_together(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(options)
