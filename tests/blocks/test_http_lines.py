"""Logins of web services, the check of their form, and lines that break or hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from blocks.endpoint import AfterPickup, Connection, Parcel, Trace
from blocks.http_service import HttpService, Login
from tests.blocks.contract.parts import reached
from tests.blocks.http_parts import (
    CONTENT,
    ENVELOPE,
    KEY,
    LARGE,
    OWN_URL,
    SECONDS,
    SOAP_1_1,
    WebFixtures,
    block,
    certificates,
    in_time,
    item,
    offered,
    parcel_of,
    send,
    source,
)
from tests.servers.certificates import make_certificates
from tests.servers.proxy import Fault, Proxy, proxy_to
from tests.servers.web import CLIENT, TOKEN_PATH, Answer, RunningWeb, basic, web_server
from transforms.errors import (
    AccessRefused,
    DefinitionWrong,
    DeliveryUnconfirmed,
    IdentityUnknown,
    NotSupported,
    Unreachable,
)


class TestLines(WebFixtures):
    """What is left of a delivery when the line breaks, and limits that end."""

    def test_a_service_that_hangs_up_leaves_it_without_proof(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        endpoint = block(server)
        server.answers.append(Answer(0))
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            with pytest.raises(DeliveryUnconfirmed, match=KEY):
                connection.publish(parcel, staged)
            trace, evidence = connection.trace(parcel, staged)
        assert trace is Trace.UNKNOWN
        assert KEY in evidence
        assert "antrag.xml" in evidence

    @pytest.mark.parametrize("how", list(Fault))
    def test_a_line_that_breaks_in_mid_upload_leaves_it_without_proof(
        self, server: RunningWeb, proxy: Proxy, tmp_path: Path, how: Fault
    ) -> None:
        parcel = parcel_of(tmp_path, LARGE)
        endpoint = block(server, proxy.port, idle_seconds=SECONDS)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            proxy.after_upload_of(1 << 20, how)
            in_time(lambda: connection.publish(parcel, staged), DeliveryUnconfirmed)
        assert server.sent() == []

    def test_an_answer_before_the_whole_document_is_no_proof(
        self, server: RunningWeb, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, LARGE)
        server.reads = False
        with pytest.raises(DeliveryUnconfirmed):
            send(block(server), parcel)

    def test_an_answer_cut_short_is_a_proof(self, server: RunningWeb, parcel: Parcel) -> None:
        cut = {"Content-Length": "100", "Connection": "close"}
        server.answers.append(Answer(201, b"taken", cut))
        assert send(block(server), parcel).proof == "201 Created"

    def test_one_connection_serves_many_documents(self, server: RunningWeb, tmp_path: Path) -> None:
        endpoint = source(server, status_path="none", **OWN_URL)
        offered(server, [item("a.xml", b"x")])
        server.documents["/api/a.xml"] = b"x"
        with endpoint.connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            connection.fetch(file, tmp_path / "to")
            connection.acknowledge(file, AfterPickup.DELETE)
            for name in ("a.xml", "b.xml"):
                parcel = parcel_of(tmp_path, name=name)
                staged = connection.stage(parcel)
                connection.publish(parcel, staged)
                connection.trace(parcel, staged)
        assert server.connections == 1

    def test_nothing_was_sent_where_nobody_listens(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        with proxy_to(server.port) as proxy:
            endpoint = block(server, proxy.port)
            opened = endpoint.connect()
            connection = opened.__enter__()
            staged = connection.stage(parcel)
        with pytest.raises(Unreachable):
            connection.publish(parcel, staged)
        opened.__exit__(None, None, None)
        with pytest.raises(Unreachable):
            reached(endpoint)

    @pytest.mark.parametrize("tls", [False, True])
    @pytest.mark.parametrize("how", [Proxy.hang, Proxy.trickle])
    def test_a_stuck_download_is_ended_from_outside(
        self, tmp_path: Path, how: Callable[[Proxy], None], *, tls: bool
    ) -> None:
        with stuck(tls=tls) as (server, proxy, connection):
            (file,) = connection.list_files("", recursive=False)
            how(proxy)
            in_time(lambda: connection.fetch(file, tmp_path / "to"), Unreachable)
            assert not (tmp_path / "to").exists()
            assert not connection.is_alive()
            assert server.sent() == []

    @pytest.mark.parametrize("tls", [False, True])
    @pytest.mark.parametrize("how", [Proxy.hang, Proxy.trickle])
    def test_a_stuck_upload_is_ended_from_outside(
        self, tmp_path: Path, how: Callable[[Proxy], None], *, tls: bool
    ) -> None:
        parcel = parcel_of(tmp_path, LARGE)
        with stuck(tls=tls) as (server, proxy, connection):
            staged = connection.stage(parcel)
            how(proxy)
            in_time(lambda: connection.publish(parcel, staged), DeliveryUnconfirmed)
            assert server.sent() == []
            with pytest.raises(Unreachable, match="given up"):
                connection.publish(parcel, staged)

    def test_a_service_that_never_answers_is_given_up(
        self, server: RunningWeb, proxy: Proxy
    ) -> None:
        proxy.hang()
        endpoint = block(server, proxy.port, idle_seconds=SECONDS)
        in_time(lambda: reached(endpoint), Unreachable)


class TestLogins(WebFixtures):
    """Who the hub shows itself to be, and that nobody else sees it."""

    def test_user_and_password(self, server: RunningWeb, parcel: Parcel) -> None:
        server.authorization = basic("hüb", "päss:word")
        send(block(server, login=Login.BASIC, user="hüb", password="päss:word"), parcel)
        wrong = block(server, login=Login.BASIC, user="hüb", password="not-this-secret")
        with pytest.raises(AccessRefused) as caught:
            reached(wrong)
        assert "not-this-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"

    def test_a_token(self, server: RunningWeb, parcel: Parcel) -> None:
        server.authorization = "Bearer bearer-secret"
        send(block(server, login=Login.BEARER, token="bearer-secret"), parcel)
        with pytest.raises(AccessRefused) as caught:
            reached(block(server, login=Login.BEARER, token="not-this-secret"))
        assert "not-this-secret" not in str(caught.value)

    def test_a_token_of_oauth2_is_kept_until_it_expires(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        with oauth(server).connect() as connection:
            for _ in range(3):
                connection.publish(parcel, connection.stage(parcel))
        assert server.asked == [{"grant_type": ["client_credentials"], "scope": ["in out"]}]
        assert server.sent()[0].headers["Authorization"] == "Bearer token-1"
        server.token_seconds = 0
        with oauth(server).connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
        assert len(server.asked) == 3

    def test_a_token_that_is_refused_is_renewed_once(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        with oauth(server).connect() as connection:
            staged = connection.stage(parcel)
            server.valid.clear()
            connection.publish(parcel, staged)
        refused, taken = server.sent()
        assert refused.headers["Authorization"] != taken.headers["Authorization"]
        assert refused.body == taken.body == CONTENT
        server.answers.extend([Answer(401), Answer(401)])
        with oauth(server).connect() as connection, pytest.raises(AccessRefused):
            connection.publish(parcel, connection.stage(parcel))
        assert len(server.sent()) == 4

    def test_a_client_certificate_gets_a_token_too(self, parcel: Parcel) -> None:
        made = certificates()
        with web_server(certificates=made, client_certificate=True) as server:
            endpoint = oauth(
                server,
                client_secret="",
                client_certificate=made.certificate.read_text(),
                client_key=made.key.read_text(),
            )
            send(endpoint, parcel)
            assert server.asked[0]["client_id"] == [CLIENT[0]]
            assert server.sent()[0].headers["Authorization"] == "Bearer token-1"

    def test_a_wrong_client_secret_is_refused_and_not_shown(self, server: RunningWeb) -> None:
        endpoint = oauth(server, client_secret="not-this-secret")
        with pytest.raises(AccessRefused, match="invalid_client") as caught:
            reached(endpoint)
        assert "not-this-secret" not in str(caught.value)

    def test_a_token_endpoint_that_is_none_is_told(self, server: RunningWeb) -> None:
        endpoint = oauth(server, token_url=f"{server.url}/nothing")
        server.oauth = False
        server.answers.append(Answer(404))
        with pytest.raises(NotSupported, match="404"):
            reached(endpoint)
        with pytest.raises(NotSupported, match="no access_token"):
            reached(endpoint)

    def test_a_certificate_of_the_hub(self, parcel: Parcel, tmp_path: Path) -> None:
        made = certificates()
        own = {
            "client_certificate": made.certificate.read_text(),
            "client_key": made.key.read_text(),
        }
        untrusted = {"ca_certificate": ""}
        with web_server(certificates=made, client_certificate=True) as server:
            with pytest.raises(AccessRefused, match="client certificate"):
                reached(block(server))
            with pytest.raises(IdentityUnknown, match="CA certificate"):
                reached(block(server, **untrusted, **own))
            server.authorization = basic("hub", "password")
            send(
                block(server, login=Login.BASIC, user="hub", password="password", **own),
                parcel,
            )
            (got,) = server.sent()
            assert (got.certificate, got.body) == ("localhost", CONTENT)
            other = make_certificates(tmp_path / "other")
            mixed = own | {"client_key": other.key.read_text()}
            with pytest.raises(DefinitionWrong, match="belong together"):
                reached(block(server, **mixed))

    def test_the_check_shows_tls_and_certificate(self) -> None:
        with web_server(certificates=certificates()) as server:
            found = reached(block(server))
        assert "TLS: TLSv1." in found
        assert "CN=localhost by CN=Test authority" in found
        assert "deliver: not tried" in found


@contextmanager
def stuck(*, tls: bool) -> Iterator[tuple[RunningWeb, Proxy, Connection]]:
    """Connect to a service whose line can be held up, with an idle limit that does not help."""
    with (
        web_server(certificates=certificates() if tls else None) as server,
        proxy_to(server.port) as proxy,
    ):
        server.documents["/api/a.bin"] = LARGE
        offered(server, [item("a.bin", LARGE)])
        limits = {"idle_seconds": 100, "total_seconds": SECONDS}
        with source(server, proxy.port, **limits).connect() as connection:
            yield server, proxy, connection


def oauth(server: RunningWeb, **fields: Any) -> HttpService:
    server.oauth = True
    chosen: dict[str, Any] = {
        "login": Login.OAUTH2,
        "token_url": server.url.replace("/api", TOKEN_PATH),
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
        "scope": "in out",
    }
    return block(server, **chosen | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "ftp://x"},
        {"url": "https://user:pw@x/"},
        {"url": "https://x/?key=1"},
        {"delivery_path": "https://elsewhere.example/{name}"},
        {"delivery_path": "//elsewhere.example/{name}"},
        {"delivery_path": "{nme}"},
        {"acknowledge": "POST"},
        {"acknowledge_path": "x/{url}"},
        {"key_header": "Key: x\r\nX"},
        {"content_type": "a\r\nX: y"},
        {"body": "JSON"},
        {"body": "JSON", "template": '{"name": "{name}"}'},
        {"body": "JSON", "template": '["{content}"]'},
        {"body": "SOAP", "template": "<a>{content}</a>"},
        {"body": "SOAP", "template": ENVELOPE.replace("{ns}", SOAP_1_1)[:-3]},
        {"token": "not-this-secret\nX: ü"},
        {"body": "JSON", "template": '{"a": "{content}", "b": "{content}"}'},
        {"status_path": "{nme}"},
        {"status_pointer": "items"},
        {"json_items": "items"},
        {"reference_from": "//r:id"},
        {"reference_from": "not a header"},
        {"allowed_hosts": ["https://x"]},
        {"allowed_hosts": ["x/y"]},
        {"login": "BASIC"},
        {"login": "BEARER"},
        {"login": "OAUTH2"},
    ],
)
def test_the_form_is_checked(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpService(**{"url": "https://x/api", "client_secret": "not-this-secret"} | fields)
    assert "not-this-secret" not in str(caught.value)
