"""What breaks on the way to a mail server ends in time, with the right kind of error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Parcel
from blocks.smtp import Security, SmtpServer
from tests.blocks.contract.parts import reached
from tests.blocks.smtp_parts import LETTER, attachment, block, parcel_of, read, send
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.proxy import Fault, Proxy, proxy_to
from tests.servers.smtp import RunningSmtp, smtp_server
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    DocumentRefused,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

CONTENT = os.urandom(6_000_000)
LIMITS = {"idle_seconds": 0.5, "connect_seconds": 1}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[RunningSmtp]:
    with smtp_server(certificates=certificates) as running:
        yield running


@pytest.fixture
def proxy(server: RunningSmtp) -> Iterator[Proxy]:
    with proxy_to(server.port) as running:
        yield running


@pytest.fixture
def endpoint(server: RunningSmtp, proxy: Proxy, certificates: Certificates) -> SmtpServer:
    return block(server, port=proxy.port, ca_certificate=certificates.authority_pem, **LIMITS)


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return parcel_of(tmp_path, CONTENT)


@pytest.mark.parametrize("fault", list(Fault))
def test_what_ends_before_the_last_line_was_not_taken(
    server: RunningSmtp, proxy: Proxy, endpoint: SmtpServer, parcel: Parcel, fault: Fault
) -> None:
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        proxy.after_upload_of(200_000, fault)
        with pytest.raises(Unreachable):
            connection.publish(parcel, staged)
        assert server.mails == []
        if fault is Fault.CUT:
            connection.publish(parcel, staged)
            assert [attachment(mail)[1] for mail in server.mails] == [CONTENT]


def test_a_server_that_hangs_after_the_login_is_given_up(
    proxy: Proxy, endpoint: SmtpServer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, b"small")
    with endpoint.connect() as connection:
        proxy.hang()
        with pytest.raises(Unreachable):
            connection.stage(parcel)


def test_a_server_that_crawls_is_given_up(
    server: RunningSmtp, proxy: Proxy, endpoint: SmtpServer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, b"small")
    endpoint.total_seconds, endpoint.idle_seconds = 1, 10
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        proxy.trickle()
        with pytest.raises(Unreachable, match="1 s altogether"):
            connection.publish(parcel, staged)
    assert server.mails == []


def test_a_server_that_never_says_whether_it_took_a_mail_leaves_a_doubt(
    server: RunningSmtp, endpoint: SmtpServer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, b"small")
    server.hangs = True
    endpoint.acceptance_seconds = 0.5
    with pytest.raises(DeliveryUnconfirmed):
        send(endpoint, parcel)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 no such user", AccessRefused),
        ("552 5.2.2 mailbox full", SpaceExhausted),
        ("452 4.2.2 mailbox full", SpaceExhausted),
        ("550 5.2.2 mailbox full", SpaceExhausted),
        ("552 5.3.4 message too big for system", DocumentRefused),
        ("550 5.2.3 message too long for mailbox", DocumentRefused),
        ("451 4.7.1 greylisted", Unreachable),
        ("421 4.3.2 shutting down", Unreachable),
        ("452 4.5.3 too many recipients", NotSupported),
    ],
)
@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_refusal_has_the_kind_that_mends_it(
    server: RunningSmtp,
    certificates: Certificates,
    tmp_path: Path,
    answer: str,
    error: type[Exception],
    at_the_end: bool,  # noqa: FBT001 - the parameter of a test
) -> None:
    if at_the_end:
        server.answer = answer
    else:
        server.refused = {LETTER.to[0]: answer}
    endpoint = block(server, ca_certificate=certificates.authority_pem)
    with pytest.raises(error, match=answer) as caught:
        send(endpoint, parcel_of(tmp_path, b"small"))
    assert type(caught.value) is error
    assert server.mails == []


def test_all_refused_recipients_are_named_and_the_worst_decides(
    server: RunningSmtp, certificates: Certificates, tmp_path: Path
) -> None:
    first, second = LETTER.to
    server.refused = {first: "451 4.7.1 greylisted", second: "550 5.1.1 unknown"}
    endpoint = block(server, ca_certificate=certificates.authority_pem)
    with pytest.raises(AccessRefused, match=f"{second}: 550 .*; {first}: 451 4.7.1"):
        send(endpoint, parcel_of(tmp_path, b"small"))


def test_copies_go_to_all_and_blind_ones_are_not_named(
    server: RunningSmtp, certificates: Certificates, tmp_path: Path
) -> None:
    copied = replace(LETTER, cc=("leitung@gemeinde.example",), bcc=("archiv@gemeinde.example",))
    endpoint = block(server, ca_certificate=certificates.authority_pem)
    receipt = send(endpoint, parcel_of(tmp_path, b"small", letter=copied))

    (mail,) = server.mails
    assert mail.recipients == (*LETTER.to, *copied.cc, *copied.bcc)
    assert read(mail)["Cc"] == "leitung@gemeinde.example"
    assert b"archiv" not in mail.content
    assert receipt.location.endswith("leitung@gemeinde.example, archiv@gemeinde.example")


def test_one_refused_copy_keeps_the_mail_from_all(
    server: RunningSmtp, certificates: Certificates, tmp_path: Path
) -> None:
    copied = replace(LETTER, bcc=("archiv@gemeinde.example",))
    server.refused = {"archiv@gemeinde.example": "550 5.1.1 unknown"}
    endpoint = block(server, ca_certificate=certificates.authority_pem)
    with pytest.raises(AccessRefused, match="archiv"):
        send(endpoint, parcel_of(tmp_path, b"small", letter=copied))
    assert server.mails == []


class Earlier(datetime):
    """A clock that makes certificates which have expired since."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Return the time of ten days ago."""
        return datetime.now(tz) - timedelta(days=10)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_an_expired_certificate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: Security
) -> None:
    monkeypatch.setattr("tests.servers.certificates.datetime", Earlier)
    old = make_certificates(tmp_path / "tls")
    with (
        smtp_server(certificates=old, tls=security is Security.TLS) as server,
        pytest.raises(IdentityUnknown, match="expired"),
    ):
        reached(block(server, security=security, ca_certificate=old.authority_pem))
    assert server.logins == []


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_server_that_is_not_there_is_temporary(
    server: RunningSmtp, certificates: Certificates, security: Security, tmp_path: Path
) -> None:
    with smtp_server(certificates=certificates) as gone:
        fields: dict[str, Any] = {"port": gone.port, "security": security}
    with pytest.raises(Unreachable, match="Check host, port"):
        send(block(server, **fields), parcel_of(tmp_path, b"small"))
