"""The only reader of foreign XML: what it refuses, how it says so, and what it must not lose."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.transforms import applications
from transforms.errors import DocumentInvalid, StepFailed
from transforms.mappings import ANTRAG
from transforms.read_xml import (
    FINDINGS,
    parse_as,
    read_schema,
    read_xml,
    schema_of,
    write_xml,
)
from transforms.schemas import antrag

SHARED = Path(__file__).parents[3] / "shared" / "data"


def read(path: Path) -> antrag.Antrag:
    return parse_as(path, antrag.Antrag, ANTRAG.schema)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "antrag.xml"
    path.write_bytes(content)
    return path


def refusal(path: Path) -> DocumentInvalid:
    with pytest.raises(DocumentInvalid) as caught:
        read(path)
    return caught.value


def test_an_application_is_read_letter_by_letter() -> None:
    application = read(applications.APPLICATION)
    person = application.antragsteller
    assert (person.vorname, person.nachname) == ("Zoë Łucja", "Müller-Đorđević")
    assert application.kopf.ags == "03458005"
    assert application.anlagen is not None
    assert [one.dateiname for one in application.anlagen.anlage][-1] == "Foto_Bärli.jpg"


@pytest.mark.parametrize("path", applications.GOOD, ids=lambda path: path.stem)
def test_written_again_it_is_the_same_document(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.xml"
    write_xml(read(path), copy, ANTRAG.schema, ANTRAG.ns_map)
    assert read(copy) == read(path)
    tags = [(one.tag, one.text) for one in read_xml(path).iter() if not len(one)]
    again = [(one.tag, one.text) for one in read_xml(copy).iter() if not len(one)]
    if path.name != "ags100_99003002000002.xml":  # its xs:boolean 1 becomes true
        assert again == tags
    assert len(again) == len(tags)


@pytest.mark.parametrize("trick", sorted(applications.hostile()))
def test_a_hostile_document_is_refused(trick: str, tmp_path: Path) -> None:
    refusal(written(tmp_path, applications.hostile()[trick]))


def test_every_cut_is_called_a_cut(tmp_path: Path) -> None:
    whole = applications.APPLICATION.read_bytes()
    for size in range(10, len(whole) - len(b">\n"), 37):
        error = refusal(written(tmp_path, whole[:size]))
        line = whole[:size].count(b"\n") + 1
        assert "cut off at line" in error.what, (size, str(error))
        assert abs(int(error.what.split()[-1]) - line) <= 1, (size, str(error))
        assert error.remedy == "Ask the sender to send it again"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("bad_tags", "not well-formed: Opening and ending tag mismatch"),
        ("bad_latin1", "not well-formed"),
        ("bad_doctype", "DOCTYPE"),
        ("bad_xxe", "DOCTYPE"),
        ("bad_empty", "empty"),
        ("bad_order", "breaks its schema"),
        ("bad_root", "breaks its schema"),
    ],
)
def test_the_error_says_what_is_wrong(name: str, what: str) -> None:
    error = refusal(applications.FOLDER / f"{name}.xml")
    assert what in error.what
    assert "cut off" not in error.what
    assert error.where.startswith(f"{name}.xml")


def test_findings_name_line_and_rule_but_no_value() -> None:
    error = refusal(applications.FOLDER / "bad_plz.xml")
    assert error.where == "bad_plz.xml, line 12"
    assert "line 12: Element 'Anrede'" in error.remedy
    assert "line 19: Element 'PLZ'" in error.remedy
    assert "'[0-9]{5}'" in error.remedy
    assert "2777" not in str(error)
    assert "Dame" not in str(error)


def test_a_value_with_quotes_stays_out_of_the_findings_too(tmp_path: Path) -> None:
    bad = applications.replaced(">1984-02-29<", ">O'Neil 'is not' geheim<")
    error = refusal(written(tmp_path, bad))
    assert "Geburtsdatum" in error.remedy
    assert not [word for word in ("Neil", "geheim") if word in str(error)]


def test_an_error_carries_no_value_in_its_chain(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, applications.replaced(">1984-02-29<", ">1984-02-30<")))
    assert error.__cause__ is None
    assert "1984" not in str(error)


def test_of_many_findings_the_first_are_listed(tmp_path: Path) -> None:
    name = "<Dateiname>Foto_Bärli.jpg</Dateiname>"
    bad = applications.replaced(name, name + "<Unsinn/>" * 2)
    many = bad.decode().replace(
        "  </Anlagen>", "<Anlage><MIME>x</MIME></Anlage>\n" * 30 + "  </Anlagen>"
    )
    error = refusal(written(tmp_path, many.encode()))
    assert error.remedy.count("line ") == FINDINGS
    assert "more" in error.remedy


def test_the_error_calls_the_document_by_the_name_people_know(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    with pytest.raises(DocumentInvalid) as caught:
        parse_as(path, antrag.Antrag, ANTRAG.schema, name="ags100.xml")
    assert caught.value.where == "ags100.xml"


def test_a_document_above_the_limit_is_refused_unread() -> None:
    with pytest.raises(DocumentInvalid, match="more than 100 bytes"):
        read_xml(applications.APPLICATION, limit=100)
    size = applications.APPLICATION.stat().st_size
    assert read_xml(applications.APPLICATION, limit=size) is not None


def test_a_comment_inside_a_text_hides_nothing(tmp_path: Path) -> None:
    split = applications.replaced("Zoë Łucja", "Zo<!-- x -->ë Łu<?pi x?>cj<![CDATA[a]]>")
    assert read(written(tmp_path, split)).antragsteller.vorname == "Zoë Łucja"


def test_a_declared_encoding_is_honoured(tmp_path: Path) -> None:
    text = applications.APPLICATION.read_text(encoding="utf-8")
    latin = text.replace("Łucja", "Lucia").replace("Đorđević", "Dordevic")
    for encoding in ("ISO-8859-15", "UTF-16"):
        content = latin.replace('"UTF-8"', f'"{encoding}"').encode(encoding)
        person = read(written(tmp_path, content)).antragsteller
        assert (person.vorname, person.anschrift.strasse) == ("Zoë Lucia", "Große Straße")


def test_a_schema_named_by_the_document_is_not_loaded(tmp_path: Path) -> None:
    hint = (
        'xmlns="urn:de:govmanager:antrag:1" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="urn:de:govmanager:antrag:1 file:///does/not/exist.xsd"'
    )
    bad = applications.replaced('xmlns="urn:de:govmanager:antrag:1"', hint)
    assert read(written(tmp_path, bad)).kopf.ags == "03458005"


def test_an_unknown_attribute_is_refused(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, applications.replaced("<Kopf>", '<Kopf neu="1">')))
    assert "attribute 'neu' is not allowed" in error.remedy


def test_another_root_than_expected_is_refused(tmp_path: Path) -> None:
    schema = tmp_path / "two.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:element name="Brief"/></xs:schema>'
    )
    with pytest.raises(DocumentInvalid, match="The document is no Antrag"):
        parse_as(written(tmp_path, b"<Brief/>"), antrag.Antrag, schema)


def test_what_would_break_the_schema_is_not_written(tmp_path: Path) -> None:
    application = read(applications.APPLICATION)
    broken = replace(application, kopf=replace(application.kopf, ags="3458005"))
    path = tmp_path / "out.xml"
    with pytest.raises(StepFailed, match="Element 'AGS'") as caught:
        write_xml(broken, path, ANTRAG.schema, ANTRAG.ns_map)
    assert "3458005" not in str(caught.value)
    assert not path.exists()


def test_control_characters_do_not_get_out(tmp_path: Path) -> None:
    application = read(applications.APPLICATION)
    broken = replace(application, kopf=replace(application.kopf, kommune="a\x01b"))
    with pytest.raises(StepFailed):
        write_xml(broken, tmp_path / "out.xml", ANTRAG.schema, ANTRAG.ns_map)


def test_a_schema_never_goes_to_the_network(tmp_path: Path) -> None:
    schema = tmp_path / "remote.xsd"
    with socket.create_server(("127.0.0.1", 0)) as server:
        schema.write_text(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="urn:x" '
            f'schemaLocation="http://127.0.0.1:{server.getsockname()[1]}/x.xsd"/>'
            '<xs:element name="a" xmlns:x="urn:x" type="x:T"/></xs:schema>'
        )
        with pytest.raises(StepFailed, match=r"The schema cannot be used.*remote\.xsd"):
            schema_of(schema)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@dataclass
class Brief:
    """A root element with an attribute that its schema has a default for."""

    art: str = field(default="Brief", metadata={"type": "Attribute"})


def test_defaults_of_the_schema_are_not_written(tmp_path: Path) -> None:
    schema = tmp_path / "brief.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Brief">'
        '<xs:complexType><xs:attribute name="art" type="xs:string" default="Brief"/>'
        "</xs:complexType></xs:element></xs:schema>"
    )
    path = tmp_path / "out.xml"
    write_xml(parse_as(written(tmp_path, b"<Brief/>"), Brief, schema), path, schema, {})
    assert not read_xml(path).attrib


def test_a_schema_is_compiled_once() -> None:
    assert schema_of(ANTRAG.schema) is schema_of(ANTRAG.schema)


def findings_of(name: str) -> str:
    try:
        read(applications.FOLDER / name)
    except DocumentInvalid as error:
        return error.remedy
    return ""


def test_threads_share_a_schema_and_not_its_findings() -> None:
    names = [applications.APPLICATION.name, "bad_plz.xml", "bad_order.xml"] * 60
    alone = {name: findings_of(name) for name in set(names)}
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(findings_of, names))
    assert together == [alone[name] for name in names]


@pytest.mark.parametrize(
    ("schema", "documents"),
    [
        (
            "xunternehmen-gewerbesteuer/schemas/xunternehmen-gewerbesteuer.xsd",
            "xunternehmen-gewerbesteuer/tests/fixtures/*.xml",
        ),
        (
            "cii-d16b/**/CrossIndustryInvoice_100pD16B.xsd",
            "xrechnung-testsuite/business-cases/standard/*_uncefact.xml",
        ),
    ],
    ids=["Gewerbesteuer", "XRechnung"],
)
def test_documents_of_the_field_satisfy_their_schemas(schema: str, documents: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the sample data of the field is not beside the checkout (../shared/data)")
    compiled = schema_of(next(SHARED.glob(schema)))
    paths = sorted(SHARED.glob(documents))
    assert paths
    for path in paths:
        assert len(read_xml(path, compiled))


def test_an_xinclude_is_an_element_like_any_other(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("topsecret")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" '
        f'href="{secret.as_uri()}"/>'
    )
    path = written(tmp_path, f"<a>{include}</a>".encode())
    root = read_xml(path)
    assert [one.tag for one in root] == ["{http://www.w3.org/2001/XInclude}include"]
    assert not "".join(str(text) for text in root.itertext())
    error = refusal(written(tmp_path, applications.replaced("<Kopf>", f"<Kopf>{include}")))
    assert "breaks its schema" in error.what


def test_a_node_of_60_mb_is_read_whole(tmp_path: Path) -> None:
    size = 45 << 20
    application = read(written(tmp_path, applications.with_attachment(size)))
    assert application.anlagen is not None
    inside = application.anlagen.anlage[-1].inhalt
    assert inside is not None
    assert len(inside) == size


def test_entities_in_attributes_of_a_schema_do_not_grow_without_bound(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path = tmp_path / "bomb.xsd"
    path.write_text(f'<!DOCTYPE a [<!ENTITY e0 "boom">{entities}]><a b="&e11;"/>')
    with pytest.raises(DocumentInvalid):
        read_schema(path)
