"""The models of a transfer: what they accept, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from flows.definition import Retries, Schedule, Transfer

SOURCE: Mapping[str, Any] = {"endpoint": "webdav-server/kombox"}
TARGET: Mapping[str, Any] = {"endpoint": "sftp-server/gnap03"}
MAIL: Mapping[str, Any] = {"endpoint": "smtp-server/post", "mail": {"to": ["a@b.example"]}}


def a_transfer(**changes: Any) -> dict[str, Any]:
    """Return the shortest transfer, with some keys changed."""
    recipients = [{"name": "Bauamt", "targets": [TARGET]}]
    return {"name": "NOLIS an KOMBOX", "source": SOURCE, "recipients": recipients, **changes}


def to(*targets: Mapping[str, Any]) -> dict[str, Any]:
    """Return a transfer to one recipient with these targets."""
    return a_transfer(recipients=[{"name": "Bauamt", "targets": list(targets)}])


def source(**changes: Any) -> dict[str, Any]:
    """Return a transfer whose source has some keys changed."""
    return a_transfer(source={**SOURCE, **changes})


def test_the_shortest_transfer_has_safe_defaults() -> None:
    transfer = Transfer.model_validate(a_transfer())
    target = transfer.recipients[0].targets[0]
    assert transfer.active
    assert not transfer.schedules
    assert not target.overwrite
    assert not target.append
    assert target.file_name == "{name}"


def test_a_transfer_survives_the_way_through_the_server() -> None:
    """Its parameters are stored as JSON and read back by every run."""
    given = to(TARGET, MAIL) | {
        "kdnr": "0100",
        "schedules": [{"cron": "0/5 * ? * MON-FRI", "slug": "often"}],
        "steps": [{"kind": "rename", "template": "{stem}_x{suffix}"}],
    }
    transfer = Transfer.model_validate(given)
    assert Transfer.model_validate(transfer.model_dump(mode="json")) == transfer
    assert Transfer.model_validate_json(transfer.model_dump_json()) == transfer


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (source(endpoint="kombox"), "names no block"),
        (source(endpoint="Webdav/Kombox"), "names no block"),
        (source(expression="*.xml"), "choose WILDCARD or REGEX"),
        (source(post_selection="WILDCARD"), "needs an expression"),
        (source(post_selection="REGEX", expression="("), "regular expression"),
        (source(after_pickup="MOVE"), "set both or neither"),
        (source(move_to="done"), "set both or neither"),
        (source(after_pickup="KEEP", locking="RENAME"), "choose LOCK_FILE"),
        (source(selektion="FLAT"), "Extra inputs"),
        (to(), "at least 1 item"),
        (to({**TARGET, "overwrite": True, "append": True}), "exclude each other"),
        (to({"endpoint": "smtp-server/post"}), "mail.to belongs to mail endpoints"),
        (to({**TARGET, "mail": {"to": ["a@b.example"]}}), "mail.to belongs to mail endpoints"),
        (to({**MAIL, "mail": {"to": ["a@b.example, c@d.example"]}}), "no mail address"),
        (to({**MAIL, "mail": {"to": ["a@b.example\nBcc: x@y.example"]}}), "no mail address"),
        (to({**TARGET, "file_name": "{stem"}), "file_name"),
        (a_transfer(recipients=[]), "at least 1 item"),
        (a_transfer(recipients=a_transfer()["recipients"] * 2), "two recipients have one name"),
        (a_transfer(schedules=[{"cron": "0 6 * * *", "slug": "a"}] * 2), "one slug"),
        (a_transfer(schedules=[{"cron": "0 0/5 * * * *"}]), "leave the seconds out"),
        (a_transfer(schedules=[{"cron": "0 6 * * *", "timezone": "Berlin"}]), "no time zone"),
        (a_transfer(schedules=[{"cron": "0 6 * * *", "slug": "A b"}]), "slug"),
        (a_transfer(name=""), "at least 1 character"),
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Transfer.model_validate(given)
    assert hint in str(refusal.value)


def test_a_schedule_is_given_to_prefect_as_plain_cron() -> None:
    cron = Schedule(cron="0 0/5 * ? * MON-FRI").as_prefect()
    assert (cron.expression, cron.timezone) == ("*/5 * * * 1-5", "Europe/Berlin")


def test_where_retries_are_not_allowed_there_is_one_attempt() -> None:
    assert Retries(allowed=False, maximum_attempts=5).attempts == 1
    assert Retries(maximum_attempts=5).attempts == 5


@pytest.mark.parametrize(
    ("name", "slug"),
    [("NOLIS an KOMBOX", "nolis-an-kombox"), ("Straße: Öffnung", "strasse-oeffnung")],
)
def test_the_slug_holds_letters_digits_and_dashes(name: str, slug: str) -> None:
    assert Transfer.model_validate(a_transfer(name=name)).slug == slug
