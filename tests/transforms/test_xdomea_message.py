"""Step `xdomea-message`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree

from tests.shared_data import DATA, shared
from tests.transforms import applications
from tests.transforms.step_contract import StepContract, document_of, stored
from transforms.document import Document
from transforms.errors import DocumentInvalid, StepFailed
from transforms.extract_attachments import ExtractAttachments
from transforms.read_xml import read_xml
from transforms.step import NoSupplies, Workbench
from transforms.xdomea_message import XdomeaMessage

X = "{urn:xoev-de:xdomea:schema:3.1.0}"
VALUES = {
    "id": "Kopf/AntragsID",
    "family_name": "Antragsteller/Nachname",
    "first_name": "Antragsteller/Vorname",
}
OPTIONS: dict[str, Any] = {
    "xdomea_sender": "Gemeinde Hude, Onlinedienst",
    "xdomea_receiver": "Gemeinde Hude, Steueramt",
    "xdomea_subject": "Hundesteuer {id}",
    "xdomea_reference": "{id}",
    "xdomea_values": VALUES,
    "xdomea_format_codes": {".xml": "001", ".pdf": "002"},
    "xdomea_format_other": "999",
    "xdomea_format_list": "2.2",
}


def step(**changes: Any) -> XdomeaMessage:
    return XdomeaMessage.model_validate({**OPTIONS, **changes})


class TestXdomeaMessage(StepContract):
    """The contract; the first document must be sound XML."""

    def step(self) -> XdomeaMessage:
        return step()


class Schemas(NoSupplies):
    """The operator's schemas: those of xdomea."""

    def resource(self, name: str) -> Path:
        """Return one."""
        return DATA / "xdomea-3.1" / name


def sent(documents: Sequence[Document], folder: Path, **changes: Any) -> tuple[Document, ZipFile]:
    bench = folder / "bench"
    bench.mkdir()
    (made,) = step(**changes).apply_all(documents, Workbench(bench, Schemas()))
    return made, ZipFile(made.path)


def case(folder: Path) -> list[Document]:
    made = [document_of(applications.APPLICATION)]
    for name, content in (("Übernahmevertrag.pdf", b"%PDF-1"), ("Foto.JPG", b"\xff\xd8")):
        (folder / name).write_bytes(content)
        made.append(document_of(folder / name))
    return made


def text(root: etree._Element, path: str) -> str:
    found = root.find("/".join(X + name for name in path.split("/")))
    assert found is not None, path
    return str(found.text)


def test_a_case_with_its_documents(tmp_path: Path) -> None:
    documents = case(tmp_path)
    made, archive = sent(documents, tmp_path)
    names = archive.namelist()
    process = made.facts["xdomea_process"]
    assert made.name == f"{process}_Information.Information.0101.zip"
    assert names[0] == f"{process}_Information.Information.0101.xml"
    (tmp_path / "message.xml").write_bytes(archive.read(names[0]))
    root = read_xml(tmp_path / "message.xml")
    assert root.tag == f"{X}Information.Information.0101"
    application = read_xml(applications.APPLICATION)
    number = application.findtext("{*}Kopf/{*}AntragsID")
    case_ = "Schriftgutobjekt/Vorgang"
    assert text(root, f"{case_}/AllgemeineMetadaten/Betreff") == f"Hundesteuer {number}"
    assert text(root, f"{case_}/AllgemeineMetadaten/Kennzeichen") == number
    family = application.findtext("{*}Antragsteller/{*}Nachname")
    assert text(root, f"{case_}/Kontakt/Name/Familienname/Name") == family
    files = [str(one.text) for one in root.iter(f"{X}Dateiname")]
    assert files == names[1:]
    # Every byte of the case is in the archive: nothing of the application is left out.
    assert [archive.read(one) for one in files] == [one.path.read_bytes() for one in documents]
    originals = [str(one.text) for one in root.iter(f"{X}DateinameOriginal")]
    assert originals == [one.name for one in documents]
    codes = [str(one.text) for one in root.iter("code")][1:]
    assert codes == ["001", "002", "999"]
    assert [str(one.text) for one in root.iter(f"{X}SonstigerName")] == ["jpg"]


@pytest.mark.parametrize("path", applications.GOOD, ids=lambda path: path.stem)
def test_every_message_satisfies_the_schema(tmp_path: Path, path: Path) -> None:
    shared("xdomea-3.1")
    documents = [document_of(path), *case(tmp_path)[1:]]
    schema = "3.1.0/xdomea-Nachrichten-InformationAustauschen.xsd"
    made, _ = sent(documents, tmp_path, xdomea_schema=schema)
    assert made.facts["xdomea_process"]


def test_a_message_that_breaks_the_schema_does_not_go_out(tmp_path: Path) -> None:
    shared("xdomea-3.1")
    with pytest.raises(StepFailed, match="What was made breaks"):
        sent(
            case(tmp_path),
            tmp_path,
            xdomea_schema="3.1.0/xdomea-Nachrichten-AbgabeDurchfuehren.xsd",
        )


def test_the_same_case_has_the_same_ids_and_another_has_others(tmp_path: Path) -> None:
    ids = []
    for number, content in enumerate([b"<A>1</A>", b"<A>1</A>", b"<A>2</A>"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        made, _ = sent(
            [stored(folder, content)],
            folder,
            xdomea_values={},
            xdomea_subject="S",
            xdomea_reference="",
        )
        ids.append(made.name)
    assert ids[0] == ids[1] != ids[2]


def test_attachments_within_the_application_travel_as_files(tmp_path: Path) -> None:
    shared("xdomea-3.1")
    content = b"%PDF-1.7 Vertrag"
    with_content = f"</SHA256><Inhalt>{base64.b64encode(content).decode()}</Inhalt>".encode()
    given = applications.APPLICATION.read_bytes().replace(b"</SHA256>", with_content, 1)
    taking = ExtractAttachments.model_validate(
        {
            "attachments_of": "XML",
            "attachment_elements": "Anlagen/Anlage",
            "attachment_name": "Dateiname",
            "attachment_data": "Inhalt",
        }
    )
    bench = tmp_path / "taken"
    bench.mkdir()
    documents = taking.apply(stored(tmp_path, given, "antrag.xml"), Workbench(bench))
    schema = "3.1.0/xdomea-Nachrichten-InformationAustauschen.xsd"
    _, archive = sent(documents, tmp_path, xdomea_schema=schema)
    _, application, attachment = archive.namelist()
    assert archive.read(application) == given
    assert archive.read(attachment) == content
    assert attachment.endswith("_Übernahmevertrag.pdf")


def test_another_attachment_makes_another_message(tmp_path: Path) -> None:
    names = []
    for number, content in enumerate([b"old", b"new"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "Foto.jpg").write_bytes(content)
        documents = [document_of(applications.APPLICATION), document_of(folder / "Foto.jpg")]
        made, _ = sent(documents, folder)
        names.append(made.name)
    assert names[0] != names[1]


def test_long_names_fit_every_file_system(tmp_path: Path) -> None:
    shared("xdomea-3.1")
    names = ["a" * 251 + ".pdf", "b." + "c" * 253]
    for name in names:
        (tmp_path / name).write_bytes(b"%PDF-1")
    documents = [document_of(applications.APPLICATION), *(document_of(tmp_path / n) for n in names)]
    schema = "3.1.0/xdomea-Nachrichten-InformationAustauschen.xsd"
    _, archive = sent(documents, tmp_path, xdomea_schema=schema)
    message, *files = archive.namelist()
    assert max(len(name.encode()) for name in files) <= 255
    assert files[1].endswith(".pdf")
    assert all(name in archive.read(message).decode() for name in [*files, *names])


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    document = stored(tmp_path, b"<A><B> </B></A>")
    bench = Workbench(tmp_path)
    with pytest.raises(StepFailed, match="names 'id'"):
        step(xdomea_values={}).apply(document, bench)
    empty = {"xdomea_values": {"id": "B"}, "xdomea_subject": "{id}", "xdomea_reference": ""}
    with pytest.raises(DocumentInvalid, match="nothing that the case's subject"):
        step(**empty).apply(document, bench)
