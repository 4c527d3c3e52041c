"""Catalogues of schemas, and the closure of a schema, without any network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from lxml import etree

from tests.shared_data import shared
from transforms.catalogue import catalogue_at
from transforms.errors import DefinitionWrong, HubError
from transforms.read_xml import findings_of, read_xml, read_xml_bytes
from transforms.schema_closure import closure_of, compile_closure, write_closure

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
TYPES = (
    f'<xs:schema {XS} targetNamespace="urn:t"><!-- licence --><xs:simpleType name="T">'
    '<xs:restriction base="xs:string"><xs:length value="{length}"/></xs:restriction>'
    "</xs:simpleType></xs:schema>"
)
ADDRESS = "https://schemata.example/1/types.xsd"


def schema(folder: Path, reference: str, kind: str = "t:T") -> Path:
    """Write a schema with a reference to another and an element of a type of it."""
    path = folder / "main.xsd"
    path.write_text(
        f'<xs:schema {XS} xmlns:t="urn:t" targetNamespace="urn:main">{reference}'
        f'<xs:element name="a" type="{kind}"/></xs:schema>'
    )
    return path


def imported(location: str = ADDRESS) -> str:
    return f'<xs:import namespace="urn:t" schemaLocation="{location}"/>'


def types(folder: Path, name: str = "types.xsd", length: int = 3) -> Path:
    """Write the schema that is referred to."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(TYPES.format(length=length))
    return path


def accepts(compiled: etree.XMLSchema, text: str) -> bool:
    root = read_xml_bytes(f'<m:a xmlns:m="urn:main">{text}</m:a>'.encode(), name="a.xml")
    return not findings_of(root, compiled)


def by(main: Path, catalogue: Path | None = None) -> etree.XMLSchema:
    return compile_closure(closure_of(main, catalogue_at(catalogue) if catalogue else None))


def oasis(folder: Path, *entries: str, name: str = "catalog.xml") -> Path:
    """Write an OASIS catalogue."""
    head = '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
    path = folder / name
    path.write_text(head + "".join(entries) + "</catalog>")
    return path


@pytest.mark.parametrize(
    "entry",
    [
        f'<uri name="{ADDRESS}" uri="local/types.xsd"/>',
        f'<system systemId="{ADDRESS}" uri="local/types.xsd"/>',
        '<uri name="urn:t" uri="local/types.xsd"/>',
        '<rewriteURI uriStartString="https://schemata.example/1/" rewritePrefix="local/"/>',
        '<group xml:base="local/"><uri name="urn:t" uri="types.xsd"/></group>',
        '<nextCatalog catalog="next.xml"/>',
    ],
)
def test_an_oasis_catalogue_leads_to_the_file(entry: str, tmp_path: Path) -> None:
    types(tmp_path / "local")
    oasis(tmp_path, '<uri name="urn:t" uri="local/types.xsd"/>', name="next.xml")
    compiled = by(schema(tmp_path, imported()), oasis(tmp_path, entry))
    assert accepts(compiled, "abc")
    assert not accepts(compiled, "ab")


def test_the_longest_beginning_counts(tmp_path: Path) -> None:
    types(tmp_path / "new", length=5)
    types(tmp_path / "old" / "1", length=3)
    catalogue = oasis(
        tmp_path,
        '<rewriteURI uriStartString="https://schemata.example/" rewritePrefix="old/"/>',
        '<rewriteURI uriStartString="https://schemata.example/1/" rewritePrefix="new/"/>',
    )
    assert accepts(by(schema(tmp_path, imported()), catalogue), "abcde")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (['<uri name="urn:t" uri="nowhere.xsd"/>'], "a file that is not there"),
        (['<uri name="urn:t" uri="http://127.0.0.1:1/x.xsd"/>'], "no local file"),
        (['<nextCatalog catalog="catalog.xml"/>'], "chain of catalogues without end"),
        (['<delegateURI uriStartString="a" catalog="b.xml"/>'], "delegateURI in line 1"),
        (["<uri"], "cannot be read"),
    ],
)
def test_a_wrong_catalogue_is_refused(entries: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionWrong, match=says):
        by(schema(tmp_path, imported()), oasis(tmp_path, *entries))


def test_a_directory_finds_by_namespace_and_then_by_name(tmp_path: Path) -> None:
    place = tmp_path / "schemata"
    types(place / "a", "others.xsd")
    main = schema(tmp_path, imported())
    assert accepts(by(main, place), "abc")
    types(place / "b", "again.xsd")
    assert accepts(by(main, place), "abc")
    types(place / "c", "third.xsd", length=4)
    with pytest.raises(DefinitionWrong, match="Several schemas could be meant"):
        by(main, place)
    types(place / "d", "types.xsd", length=5)
    assert accepts(by(main, place), "abcde")


def test_what_lies_beside_the_schema_needs_no_catalogue(tmp_path: Path) -> None:
    types(tmp_path)
    assert accepts(by(schema(tmp_path, imported())), "abc")
    assert accepts(by(schema(tmp_path, imported("types.xsd"))), "abc")


def test_a_part_of_the_same_namespace_is_found_by_its_name_only(tmp_path: Path) -> None:
    main = schema(tmp_path, '<xs:include schemaLocation="part.xsd"/>', "xs:string")
    (tmp_path / "other.xsd").write_text(f'<xs:schema {XS} targetNamespace="urn:main"/>')
    with pytest.raises(DefinitionWrong, match="1 others that are not at hand"):
        by(main)


def test_what_is_missing_is_named_all_of_it_and_never_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        references = imported(f"{address}/t.xsd")
        references += f'<xs:include schemaLocation="{address}/part.xsd"/>'
        with pytest.raises(DefinitionWrong, match="2 others that are not at hand") as caught:
            by(schema(tmp_path, references))
        assert f"{address}/t.xsd (namespace urn:t) for main.xsd" in caught.value.remedy
        assert f"{address}/part.xsd (namespace urn:main)" in caught.value.remedy
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_an_import_without_a_location_that_was_needed_is_named(tmp_path: Path) -> None:
    main = schema(tmp_path, '<xs:import namespace="urn:t"/>')
    with pytest.raises(DefinitionWrong) as caught:
        by(main)
    assert "urn:t for main.xsd" in caught.value.remedy
    types(tmp_path / "schemata")
    assert accepts(by(main, tmp_path / "schemata"), "abc")


def test_a_closure_is_whole_in_its_new_directory(tmp_path: Path) -> None:
    types(tmp_path / "one")
    types(tmp_path / "two", length=4).write_text(
        TYPES.format(length=4).replace("urn:t", "urn:u"), encoding="utf-8"
    )
    references = imported("one/types.xsd")
    references += '<xs:import namespace="urn:u" schemaLocation="two/types.xsd"/>'
    main = schema(tmp_path, references)
    target = tmp_path / "target"
    target.mkdir()
    moved = write_closure(closure_of(main), target)
    assert sorted(one.name for one in target.iterdir()) == [
        "main.xsd",
        "types-2.xsd",
        "types.xsd",
    ]
    assert accepts(by(moved), "abc")
    assert (target / "types.xsd").read_bytes() == (tmp_path / "one" / "types.xsd").read_bytes()


def test_circles_come_to_an_end(tmp_path: Path) -> None:
    main = schema(tmp_path, '<xs:include schemaLocation="part.xsd"/>', "xs:string")
    (tmp_path / "part.xsd").write_text(
        f'<xs:schema {XS} targetNamespace="urn:main"><xs:include schemaLocation="main.xsd"/>'
        "</xs:schema>"
    )
    assert accepts(by(main), "abc")


def test_the_attributes_of_xml_are_always_at_hand(tmp_path: Path) -> None:
    main = tmp_path / "main.xsd"
    main.write_text(
        f'<xs:schema {XS} targetNamespace="urn:main"><xs:import '
        'namespace="http://www.w3.org/XML/1998/namespace" '
        'schemaLocation="http://www.w3.org/2001/xml.xsd"/><xs:element name="a"><xs:complexType>'
        '<xs:attribute ref="xml:lang"/></xs:complexType></xs:element></xs:schema>'
    )
    assert accepts(by(main), "")


def test_a_document_type_declaration_of_a_schema_is_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("topsecret")
    declared = f'<!DOCTYPE s [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    text = types(tmp_path).read_text()
    (tmp_path / "types.xsd").write_text(declared + text)
    main = schema(tmp_path, imported("types.xsd"))
    target = tmp_path / "target"
    target.mkdir()
    write_closure(closure_of(main), target)
    assert b"DOCTYPE" not in (target / "types.xsd").read_bytes()
    assert b"licence" in (target / "types.xsd").read_bytes()
    (tmp_path / "types.xsd").write_text(declared + text.replace("<!-- licence -->", "&x;"))
    with pytest.raises(HubError, match="entity"):
        closure_of(main)


@pytest.mark.parametrize("content", ["", "<a>", "<a/>", "<!DOCTYPE a><a/>", "no"])
def test_what_is_no_schema_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "main.xsd").write_text(content)
    with pytest.raises(DefinitionWrong):
        by(tmp_path / "main.xsd")


def test_a_catalogue_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionWrong, match="no such catalogue"):
        catalogue_at(tmp_path / "nowhere")


CII = "cii-d16b/src/main/resources/external/schemas/d16b/data/standard/"
REAL = [
    "xunternehmen-gewerbesteuer/schemas/gewerbesteuer.xsd",
    "xdomea-3.1/3.1.0/xdomea.xsd",
    "xbau-2.6/xbau/2.6/specs/xbau-nachrichten-baugenehmigung.xsd",
    CII + "CrossIndustryInvoice_100pD16B.xsd",
    "xta-211/XTA-Webservice-Globale-Elemente.xsd",
]


@pytest.mark.parametrize("name", REAL, ids=lambda name: name.partition("/")[0])
def test_schemas_of_the_field_are_complete(name: str) -> None:
    assert by(shared(*name.split("/"))) is not None


def test_an_incomplete_set_of_the_field_names_what_is_missing() -> None:
    folder = shared("ubl-2.1", "schemas/src/main/resources/external/schemas/ubl21/maindoc")
    with pytest.raises(DefinitionWrong, match="cannot be used") as caught:
        by(folder / "UBL-Invoice-2.1.xsd")
    assert "CoreComponentTypeSchemaModule:2 for UBL-UnqualifiedDataTypes" in caught.value.remedy


def test_documents_of_the_field_satisfy_their_schema() -> None:
    compiled = by(shared("xunternehmen-gewerbesteuer/schemas/xunternehmen-gewerbesteuer.xsd"))
    paths = sorted(shared("xunternehmen-gewerbesteuer/tests/fixtures").glob("*.xml"))
    assert paths
    for path in paths:
        assert not findings_of(read_xml(path), compiled)
