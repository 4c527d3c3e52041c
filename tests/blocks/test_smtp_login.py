"""Mail servers take the login they offer, by password or token, and hear a wrong one once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from blocks.smtp import Login, Security, SmtpConnection
from tests.blocks.contract.parts import reached
from tests.blocks.smtp_parts import block
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.smtp import RunningSmtp, smtp_server
from tests.servers.web import TOKEN_PATH, RunningWeb, web_server
from transforms.errors import AccessRefused, NotSupported, Unreachable

PASSWORD = "Straße{1}% =,"
CLIENT = {"client_id": "hub:client", "client_secret": "client-secret&1", "scope": "mail.send"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[RunningSmtp]:
    with smtp_server(certificates=certificates, password=PASSWORD) as running:
        running.valid.add("good-token")
        yield running


@pytest.fixture
def web(certificates: Certificates, server: RunningSmtp) -> Iterator[RunningWeb]:
    with web_server(certificates=certificates) as running:
        server.valid = running.valid
        yield running


@pytest.fixture
def pinned(certificates: Certificates) -> dict[str, Any]:
    return {"ca_certificate": certificates.authority_pem}


@pytest.mark.parametrize(
    ("login", "used"),
    [
        (Login.AUTO, "PLAIN"),
        (Login.PLAIN, "PLAIN"),
        (Login.LOGIN, "LOGIN"),
        (Login.CRAM_MD5, "CRAM-MD5"),
    ],
)
def test_each_login_by_password_is_taken(
    server: RunningSmtp, pinned: dict[str, Any], login: Login, used: str
) -> None:
    reached(block(server, login=login, **pinned))

    assert server.logins == [used]


@pytest.mark.parametrize("login", [Login.AUTO, Login.PLAIN, Login.LOGIN, Login.CRAM_MD5])
def test_a_wrong_password_is_tried_once(
    server: RunningSmtp, pinned: dict[str, Any], login: Login
) -> None:
    with pytest.raises(AccessRefused, match="Correct user and password"):
        reached(block(server, login=login, password="wrong", **pinned))

    assert len(server.logins) == 1


def test_where_everybody_can_listen_no_password_is_said() -> None:
    with smtp_server() as server:
        reached(block(server, security=Security.NONE))

    assert server.logins == ["CRAM-MD5"]


def test_a_session_that_is_not_logged_in_is_not_used(
    server: RunningSmtp, pinned: dict[str, Any]
) -> None:
    with SmtpConnection(block(server, password="wrong", **pinned)) as connection:
        for _ in range(2):
            with pytest.raises(AccessRefused):
                connection.check()
    assert server.sessions == 2


def test_a_login_that_is_not_offered_is_told(
    certificates: Certificates, pinned: dict[str, Any]
) -> None:
    with (
        smtp_server(certificates=certificates, mechanisms={"LOGIN"}) as server,
        pytest.raises(NotSupported, match=r"by PLAIN, but LOGIN.*Correct 'Login'"),
    ):
        reached(block(server, login=Login.PLAIN, **pinned))


@pytest.mark.parametrize("login", [Login.XOAUTH2, Login.OAUTHBEARER])
def test_a_fixed_token_is_taken(server: RunningSmtp, pinned: dict[str, Any], login: Login) -> None:
    reached(block(server, login=login, token="good-token", **pinned))

    assert server.logins == [login]


@pytest.mark.parametrize("login", [Login.XOAUTH2, Login.OAUTHBEARER])
def test_a_token_that_expired_is_refused_and_not_told(
    server: RunningSmtp, pinned: dict[str, Any], login: Login
) -> None:
    with pytest.raises(AccessRefused, match="token, client and scope") as caught:
        reached(block(server, login=login, token="expired-secret", **pinned))

    assert "expired-secret" not in str(caught.value)
    assert server.logins == [login]


@pytest.mark.parametrize("login", [Login.XOAUTH2, Login.OAUTHBEARER])
def test_a_token_is_fetched_from_its_endpoint(
    server: RunningSmtp, web: RunningWeb, pinned: dict[str, Any], login: Login
) -> None:
    url = f"https://127.0.0.1:{web.port}{TOKEN_PATH}"
    reached(block(server, login=login, token_url=url, **CLIENT, **pinned))

    assert web.asked == [{"grant_type": ["client_credentials"], "scope": ["mail.send"]}]
    assert server.logins == [login]


def test_a_wrong_client_is_told_without_its_secret(
    server: RunningSmtp, web: RunningWeb, pinned: dict[str, Any]
) -> None:
    fields = {**CLIENT, "client_secret": "not-this-secret"}
    url = f"https://127.0.0.1:{web.port}{TOKEN_PATH}"
    with pytest.raises(AccessRefused, match="invalid_client") as caught:
        reached(block(server, login=Login.XOAUTH2, token_url=url, **fields, **pinned))

    assert "not-this-secret" not in str(caught.value)
    assert server.logins == []


def test_a_token_endpoint_that_is_gone_is_temporary(
    server: RunningSmtp, certificates: Certificates, pinned: dict[str, Any]
) -> None:
    with web_server(certificates=certificates) as gone:
        url = f"https://127.0.0.1:{gone.port}{TOKEN_PATH}"
    with pytest.raises(Unreachable):
        reached(block(server, login=Login.XOAUTH2, token_url=url, **CLIENT, **pinned))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"token": "t", "security": Security.NONE}, "never travels readable"),
        ({"token": ""}, "needs a user, and a token"),
        ({"token": "t", "user": ""}, "needs a user"),
        ({"token_url": "http://login.example/token", "client_id": "c"}, "https://"),
        ({"token_url": "https://u:p@login.example/token", "client_id": "c"}, "own fields"),
    ],
)
def test_a_login_by_token_is_checked_in_the_form(
    server: RunningSmtp, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        block(server, login=Login.XOAUTH2, **fields)
