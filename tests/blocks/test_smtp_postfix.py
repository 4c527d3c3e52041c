"""Postfix takes what the hub sends, and says no in its own words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import Parcel
from blocks.smtp import Security, SmtpServer
from tests.blocks.contract.parts import reached
from tests.blocks.smtp_parts import LETTER, SENDER, parcel_of, send
from tests.servers.postfix import DOMAIN, RunningPostfix, postfix_server
from transforms.errors import (
    AccessRefused,
    DocumentRefused,
    IdentityUnknown,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

CONTENT = b"\r\n.\r\n..\n" + os.urandom(100_000) + b"\n."
ANSWERS = {
    "grau": "451 4.7.1 greylisted, try again",
    "voll": "552 5.2.2 mailbox full",
    "eng": "452 4.2.2 mailbox nearly full",
}


@pytest.fixture(scope="module")
def postfix() -> Iterator[RunningPostfix]:
    with postfix_server(("bauamt", "post"), ANSWERS, size_limit=200_000) as running:
        yield running


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return parcel_of(tmp_path, CONTENT, "Antrag für Müller.xml")


def block(postfix: RunningPostfix, security: Security, **fields: Any) -> SmtpServer:
    port = postfix.tls_port if security is Security.TLS else postfix.port
    chosen: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": security,
        "sender_address": SENDER,
        "ca_certificate": postfix.certificates.authority_pem,
    }
    return SmtpServer(**chosen | fields)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_document_arrives_unchanged_in_every_mailbox(
    postfix: RunningPostfix, parcel: Parcel, security: Security
) -> None:
    receipt = send(block(postfix, security), parcel)

    assert "queued as" in receipt.proof
    for box in ("bauamt", "post"):
        (message,) = postfix.arrived(box)
        (part,) = message.iter_attachments()
        assert (part.get_filename(), part.get_payload(decode=True)) == (parcel.name, CONTENT)
        assert message["Subject"] == LETTER.subject
        assert message["Message-ID"] == receipt.reference


@pytest.mark.parametrize(
    ("box", "error", "told"),
    [
        ("niemand", AccessRefused, "550 5.1.1 .*User unknown"),
        ("grau", Unreachable, "451 4.7.1 .*greylisted"),
        ("voll", SpaceExhausted, "552 5.2.2 .*mailbox full"),
        ("eng", SpaceExhausted, "452 4.2.2 .*nearly full"),
    ],
)
def test_a_refused_recipient_keeps_the_mail_from_all(
    postfix: RunningPostfix, parcel: Parcel, box: str, error: type[Exception], told: str
) -> None:
    both = replace(LETTER, to=(f"bauamt@{DOMAIN}", f"{box}@{DOMAIN}"))
    with block(postfix, Security.STARTTLS).connect() as connection:
        refused = replace(parcel, letter=both)
        with pytest.raises(error, match=told):
            connection.publish(refused, connection.stage(refused))
        alone = replace(parcel, letter=replace(LETTER, to=(f"bauamt@{DOMAIN}",), subject="danach"))
        connection.publish(alone, connection.stage(alone))

    assert [one["Subject"] for one in postfix.arrived("bauamt")] == ["danach"]


def test_the_announced_size_is_heeded_and_the_parts_arrive(
    postfix: RunningPostfix, tmp_path: Path
) -> None:
    large = os.urandom(300_000)
    parcel = parcel_of(tmp_path, large, letter=replace(LETTER, to=(f"post@{DOMAIN}",)))
    with pytest.raises(DocumentRefused, match="197,952 are allowed"):
        send(block(postfix, Security.STARTTLS), parcel)
    send(block(postfix, Security.STARTTLS, split_large_documents=True), parcel)

    parts: dict[str, bytes] = {}
    for message in postfix.arrived("post", 3):
        (part,) = message.iter_attachments()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        parts[str(part.get_filename())] = content
    assert b"".join(parts[name] for name in sorted(parts)) == large


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_an_unknown_authority_is_refused(postfix: RunningPostfix, security: Security) -> None:
    with pytest.raises(IdentityUnknown, match="CA certificate"):
        reached(block(postfix, security, ca_certificate=""))


def test_what_would_travel_readable_is_refused(postfix: RunningPostfix, parcel: Parcel) -> None:
    with pytest.raises(AccessRefused, match="Must issue a STARTTLS command first"):
        send(block(postfix, Security.NONE), parcel)


def test_a_login_that_is_not_offered_is_told(postfix: RunningPostfix) -> None:
    with pytest.raises(NotSupported, match="but none at all"):
        reached(block(postfix, Security.TLS, user="hub", password="secret"))
