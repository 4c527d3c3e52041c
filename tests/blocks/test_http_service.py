"""Documents arrive at web services whole, once, and with proof."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from blocks.endpoint import Locking, Parcel
from blocks.http_service import BodyKind, Login
from tests.blocks.http_parts import (
    CONTENT,
    ENVELOPE,
    KEY,
    LARGE,
    OK,
    OWN_URL,
    SOAP_1_1,
    SOAP_1_2,
    WebFixtures,
    block,
    parcel_of,
    send,
)
from tests.hostile import NAMES, REFUSED
from tests.servers.web import Answer, RunningWeb
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DeliveryUnconfirmed,
    DocumentRefused,
    EndpointError,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    StepFailed,
    StoreDamaged,
    Unreachable,
)

FAULT_1_2 = (
    f'<s:Envelope xmlns:s="{SOAP_1_2}"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code>'
    '<s:Reason><s:Text xml:lang="en">no such case</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>'
).encode()


def fault(code: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP_1_1}"><s:Body><s:Fault><faultcode>s:{code}</faultcode>'
        "<faultstring>bearer-secret: no such case</faultstring></s:Fault></s:Body></s:Envelope>"
    ).encode()


class TestBodies(WebFixtures):
    """What arrives, for each kind of body."""

    @pytest.mark.parametrize("content", [b"", b"x", CONTENT, LARGE])
    def test_the_document_itself(self, server: RunningWeb, tmp_path: Path, content: bytes) -> None:
        parcel = parcel_of(tmp_path, content)
        with block(server, delivery_path="in?kind=new").connect() as connection:
            staged = connection.stage(parcel)
            assert server.sent() == []
            receipt = connection.publish(parcel, staged)
        (got,) = server.sent()
        assert (got.method, got.path, got.body) == ("POST", "/api/in?kind=new", content)
        assert got.headers["Idempotency-Key"] == KEY
        assert got.headers["Content-Length"] == str(len(content))
        assert (staged.size, staged.sha256) == (len(content), parcel.fingerprint.sha256)
        assert receipt.location == f"{server.url}/in"
        assert receipt.proof.startswith("201 Created; Location: ")
        assert '"state": "received"' in receipt.proof
        assert "secret=1" not in receipt.proof

    @pytest.mark.parametrize("name", NAMES)
    def test_every_name_has_its_own_address(
        self, server: RunningWeb, tmp_path: Path, name: str
    ) -> None:
        parcel = replace(parcel_of(tmp_path, b"x", name), directory="Bau #1/[x]")
        send(block(server, **OWN_URL), parcel)
        assert server.documents == {f"/api/in/Bau #1/[x]/{name}": b"x"}

    @pytest.mark.parametrize("name", ["antrag.xml", 'it\'s "quoted" ä.xml', "{key}.xml"])
    def test_a_form(self, server: RunningWeb, tmp_path: Path, name: str) -> None:
        endpoint = block(
            server,
            body=BodyKind.MULTIPART,
            part_name="document",
            content_type="application/xml",
            template='{"title": "Antrag {name}", "copies": 2}',
        )
        send(endpoint, parcel_of(tmp_path, CONTENT, name))
        (got,) = server.sent()
        kind = f"Content-Type: {got.headers['Content-Type']}\r\n\r\n".encode()
        parts: Any = message_from_bytes(kind + got.body).get_payload()
        title, copies, document = parts
        assert title.get_payload(decode=True) == f"Antrag {name}".encode()
        assert copies.get_payload(decode=True) == b"2"
        assert document.get_payload(decode=True) == CONTENT
        assert document.get_content_type() == "application/xml"
        quoted = name.replace('"', "%22")
        assert f'name="document"; filename="{quoted}"'.encode() in got.body

    @pytest.mark.parametrize("size", [0, 1, 2, 3, (1 << 20) + 1, 3 << 20])
    def test_base64_is_streamed_whatever_the_size(
        self, server: RunningWeb, tmp_path: Path, size: int
    ) -> None:
        content = CONTENT[:1] * size
        endpoint = block(server, body=BodyKind.JSON, template='{"f": "{content}", "n": "{size}"}')
        send(endpoint, parcel_of(tmp_path, content))
        told = json.loads(server.sent()[0].body)
        assert base64.b64decode(told["f"], validate=True) == content
        assert told["n"] == str(size)

    def test_json(self, server: RunningWeb, tmp_path: Path) -> None:
        template = '{"meta": {"name": "{name}", "n": 7}, "files": ["{content}"], "id": "{key}"}'
        name = 'a"{size}\\ä.xml'.replace("\\", "")
        endpoint = block(server, body=BodyKind.JSON, template=template, reference_from="/id")
        receipt = send(endpoint, parcel_of(tmp_path, CONTENT, name))
        told = json.loads(server.sent()[0].body)
        assert told["meta"] == {"name": name, "n": 7}
        assert base64.b64decode(told["files"][0]) == CONTENT
        assert told["id"] == KEY
        assert receipt.reference == "D-4711"

    @pytest.mark.parametrize("version", [SOAP_1_1, SOAP_1_2])
    def test_soap_with_base64(self, server: RunningWeb, tmp_path: Path, version: str) -> None:
        answer = OK.replace(b"<ok/>", b'<r:id xmlns:r="urn:dms"> D-1 </r:id>')
        server.answers.append(Answer(200, answer))
        endpoint = block(
            server,
            body=BodyKind.SOAP,
            template=ENVELOPE.replace("{ns}", version),
            soap_action="urn:submit",
            reference_from="//id",
        )
        receipt = send(endpoint, parcel_of(tmp_path, CONTENT, "<b> & ä.xml"))
        assert receipt.reference == "D-1"
        (got,) = server.sent()
        root = etree.fromstring(got.body)  # noqa: TID251 - what we sent ourselves
        assert root.findtext(".//{urn:dms}name") == "<b> & ä.xml"
        assert base64.b64decode(root.findtext(".//{urn:dms}file") or "") == CONTENT
        if version == SOAP_1_1:
            assert got.headers["SOAPAction"] == '"urn:submit"'
            assert got.headers["Content-Type"] == "text/xml; charset=utf-8"
        else:
            assert 'action="urn:submit"' in got.headers["Content-Type"]

    def test_soap_with_the_document_embedded(self, server: RunningWeb, tmp_path: Path) -> None:
        server.answers.append(Answer(200, OK))
        template = ENVELOPE.replace("{ns}", SOAP_1_1).replace("{content}", "{xml}")
        endpoint = block(server, body=BodyKind.SOAP, template=template)
        document = '<?xml version="1.0" encoding="ISO-8859-1"?><a b="{key}">ä &lt;</a>'
        send(endpoint, parcel_of(tmp_path, document.encode("latin-1")))
        root = etree.fromstring(server.sent()[0].body)  # noqa: TID251 - what we sent ourselves
        (embedded,) = root.iterfind(".//{urn:dms}file/*")
        assert (embedded.get("b"), embedded.text) == ("{key}", "ä <")

    def test_what_is_no_xml_is_not_embedded(self, server: RunningWeb, parcel: Parcel) -> None:
        template = ENVELOPE.replace("{ns}", SOAP_1_1).replace("{content}", "{xml}")
        endpoint = block(server, body=BodyKind.SOAP, template=template)
        with endpoint.connect() as connection, pytest.raises(StepFailed, match="embedded"):
            connection.stage(parcel)

    @pytest.mark.parametrize(
        ("kind", "template"),
        [
            (BodyKind.RAW, ""),
            (BodyKind.MULTIPART, ""),
            (BodyKind.JSON, '{"f": "{content}"}'),
            (BodyKind.SOAP, ENVELOPE.replace("{ns}", SOAP_1_1)),
        ],
    )
    def test_a_file_that_changed_behind_the_ledger_never_arrives_whole(
        self, server: RunningWeb, parcel: Parcel, kind: BodyKind, template: str
    ) -> None:
        with block(server, body=kind, template=template).connect() as connection:
            staged = connection.stage(parcel)
            parcel.path.write_bytes(CONTENT[::-1])
            with pytest.raises(StoreDamaged):
                connection.publish(parcel, staged)
            with pytest.raises(StoreDamaged):
                connection.stage(parcel)
        assert server.sent() == []


class TestRefusals(WebFixtures):
    """What is refused before anything is sent, and what a service's refusals mean."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_harmful_names(self, server: RunningWeb, tmp_path: Path, name: str) -> None:
        with block(server, **OWN_URL).connect() as connection, pytest.raises(NameNotAllowed):
            connection.stage(parcel_of(tmp_path, name=name))

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"append": True}, NotSupported),
            ({"flag_file": "a.ok"}, NotSupported),
            ({"locking": Locking.LOCK_FILE}, NotSupported),
            ({"directory": "../x"}, NameNotAllowed),
        ],
    )
    def test_what_http_has_not(
        self, server: RunningWeb, parcel: Parcel, change: dict[str, Any], error: type[Exception]
    ) -> None:
        with block(server, **OWN_URL).connect() as connection, pytest.raises(error):
            connection.stage(replace(parcel, **change))
        assert server.sent() == []

    def test_a_directory_that_would_be_left_out(self, server: RunningWeb, parcel: Parcel) -> None:
        with block(server).connect() as connection, pytest.raises(NotSupported, match="directory"):
            connection.stage(replace(parcel, directory="eingang"))

    def test_a_document_too_large_to_be_embedded(self, server: RunningWeb, parcel: Parcel) -> None:
        template = ENVELOPE.replace("{ns}", SOAP_1_1).replace("{content}", "{xml}")
        endpoint = block(server, body=BodyKind.SOAP, template=template, size_limit_bytes=1000)
        with endpoint.connect() as connection, pytest.raises(NotSupported, match="1,000 bytes"):
            connection.stage(parcel)

    def test_a_taken_address(self, server: RunningWeb, parcel: Parcel) -> None:
        endpoint = block(server, **OWN_URL)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            server.documents["/api/in//antrag.xml"] = b"theirs"
            with pytest.raises(AlreadyThere):
                connection.publish(parcel, staged)
            with pytest.raises(AlreadyThere):
                connection.stage(parcel)
            assert server.documents["/api/in//antrag.xml"] == b"theirs"
            again = replace(parcel, overwrite=True)
            connection.publish(again, connection.stage(again))
        assert server.documents["/api/in//antrag.xml"] == CONTENT

    def test_an_inbox_that_shows_nothing_takes_documents(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        server.has_head = False
        send(block(server, **OWN_URL), parcel)
        assert server.documents == {"/api/in//antrag.xml": CONTENT}

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, NotSupported),
            (401, AccessRefused),
            (403, AccessRefused),
            (404, NotSupported),
            (408, Unreachable),
            (409, AlreadyThere),
            (413, DocumentRefused),
            (414, NameNotAllowed),
            (422, DocumentRefused),
            (423, Locked),
            (425, Unreachable),
            (429, Unreachable),
            (500, DeliveryUnconfirmed),
            (501, NotSupported),
            (502, DeliveryUnconfirmed),
            (503, Unreachable),
            (504, DeliveryUnconfirmed),
            (507, SpaceExhausted),
            (520, DeliveryUnconfirmed),
        ],
    )
    def test_each_answer_means_what_it_says(
        self, server: RunningWeb, parcel: Parcel, status: int, error: type[Exception]
    ) -> None:
        with block(server).connect() as connection:
            staged = connection.stage(parcel)
            server.answers.append(Answer(status, b"bearer-secret"))
            with pytest.raises(EndpointError, match=str(status)) as caught:
                connection.publish(parcel, staged)
            assert type(caught.value) is error
            connection.publish(parcel, staged)

    def test_a_refusal_is_told_in_the_services_words_without_secrets(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        endpoint = block(server, login=Login.BASIC, user="hub", password="not-this-secret")
        echoed = base64.b64encode(b"hub:not-this-secret").decode()
        told = {"title": "No such case", "detail": f"login not-this-secret\n{echoed}", "x": "y"}
        bodies: list[dict[str, Any]] = [told, {"error": told}]
        for body in bodies:
            server.answers.append(Answer(422, json.dumps(body).encode()))
            with pytest.raises(DocumentRefused, match="No such case, login … …") as caught:
                send(endpoint, parcel)
            assert "not-this-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (Answer(200, fault("Client")), NotSupported),
            (Answer(500, fault("Client.Unknown")), NotSupported),
            (Answer(500, fault("Server")), Unreachable),
            (Answer(400, FAULT_1_2), NotSupported),
            (Answer(200, FAULT_1_2), NotSupported),
            (Answer(500, b"<html>"), DeliveryUnconfirmed),
            (Answer(403, b"<html>"), AccessRefused),
            (Answer(200, b"<html>please log in</html>"), DeliveryUnconfirmed),
        ],
    )
    def test_soap_faults_are_refusals(
        self, server: RunningWeb, parcel: Parcel, answer: Answer, error: type[Exception]
    ) -> None:
        server.answers.append(answer)
        endpoint = block(
            server,
            body=BodyKind.SOAP,
            template=ENVELOPE.replace("{ns}", SOAP_1_1),
            login=Login.BEARER,
            token="bearer-secret",
        )
        with pytest.raises(EndpointError) as caught:
            send(endpoint, parcel)
        assert type(caught.value) is error
        assert "bearer-secret" not in str(caught.value)
        assert ("no such case" in str(caught.value)) is (b"no such case" in answer.body)

    @pytest.mark.parametrize(
        ("status", "error"), [(307, NotSupported), (301, NotSupported), (303, DeliveryUnconfirmed)]
    )
    def test_a_document_follows_no_redirect(
        self, server: RunningWeb, parcel: Parcel, status: int, error: type[Exception]
    ) -> None:
        server.answers.append(Answer(status, headers={"Location": "https://x:pw@thief.example/?q"}))
        with pytest.raises(error) as caught:
            send(block(server), parcel)
        assert "pw" not in str(caught.value)
        assert len(server.sent()) == 1
