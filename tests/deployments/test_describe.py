"""The description that operators read on the deployment's page."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.describe import describe
from deployments.spoken import in_german
from flows.definition import Schedule, Transfer

DEFINITION: dict[str, Any] = {
    "name": "NOLIS an KOMBOX",
    "group": "NOLIS",
    "kdnr": "0100",
    "description": "Bauanträge",
    "contact": "Frau Muster",
    "schedules": [{"cron": "0/5 * ? * MON-FRI"}],
    "source": {
        "endpoint": "webdav-server/kombox",
        "directory": "eingang",
        "post_selection": "WILDCARD",
        "expression": "ags*.xml",
        "after_pickup": "MOVE",
        "move_to": "erledigt",
    },
    "steps": [{"kind": "rename", "template": "{stem}_neu{suffix}"}],
    "recipients": [
        {
            "name": "Bauamt",
            "targets": [
                {"endpoint": "sftp-server/gnap03", "directory": "in", "overwrite": True},
                {"endpoint": "smtp-server/post", "mail": {"to": ["bau@amt.example"]}},
            ],
        }
    ],
}


def described(**changes: Any) -> str:
    """Describe the definition with some keys changed."""
    return describe(Transfer.model_validate(DEFINITION | changes))


def test_it_says_what_from_where_which_steps_to_whom_and_when() -> None:
    text = described()
    for fact in (
        "Bauanträge",
        "| Gruppe | NOLIS |",
        "| Kdnr | 0100 |",
        "| Kontakt | Frau Muster |",
        "alle 5 Minuten, Montag bis Freitag (Europe/Berlin)",
        "webdav-server/kombox",
        "verschieben nach erledigt",
        r"WILDCARD ags\*.xml",
        r"1. rename | template: {stem}\_neu{suffix}",
        "| **Bauamt** | sftp-server/gnap03 | in |",
        "überschreibt",
        "| ersatzweise | smtp-server/post | bau@amt.example",
    ):
        assert fact in text


def test_texts_of_users_stay_texts() -> None:
    hostile = "a | b <script>x</script> [c](javascript:d) `e` **f**\n| g | ![h](i)"
    text = described(description=hostile, contact=hostile)
    assert "<script>" not in text
    assert "](" not in text.replace(r"\]", "")
    (row,) = (line for line in text.splitlines() if line.startswith("| Kontakt"))
    assert row.replace(r"\|", "").count("|") == 3
    assert len([line for line in text.splitlines() if line.startswith("| g")]) == 0


@pytest.mark.parametrize("start", ["# a", "- a", "1. a", "+ a", "=== a", "> a"])
def test_a_description_begins_no_heading_list_or_quote(start: str) -> None:
    first = described(description=start).splitlines()[0]
    assert first != start


def test_the_diagram_survives_any_name() -> None:
    name = 'Amt "Nord"]); x --> y %% `z`; 1. <b>'
    recipient = {**DEFINITION["recipients"][0], "name": name}
    diagram = described(recipients=[recipient]).split("```")[1]
    (line,) = (one for one in diagram.splitlines() if one.strip().startswith("e1("))
    label = line.strip().removeprefix('e1(["').removesuffix('"])')
    assert not set(label) & set('"[](){}<>`%')


def test_a_resting_transfer_says_so() -> None:
    assert "ausgesetzt" in described(active=False)
    assert "nur auf Anforderung" in described(schedules=[])


@pytest.mark.parametrize(
    ("cron", "german"),
    [
        ("0/5 * ? * *", "alle 5 Minuten, täglich"),
        ("0/15 6-19 ? * MON-FRI", "alle 15 Minuten von 06:00 bis 19:59 Uhr, Montag bis Freitag"),
        ("30 6 * * *", "um 06:30 Uhr, täglich"),
        ("0 6,12,18 * * SAT,SUN", "um 06:00, 12:00 und 18:00 Uhr, Samstag, Sonntag"),
        ("0 0 6 ? * 2-6", "um 06:00 Uhr, Montag bis Freitag"),
        ("0 6 L * *", "um 06:00 Uhr, am letzten Tag des Monats"),
        ("0 6 1 * *", "um 06:00 Uhr, am 1. des Monats"),
        ("@hourly", "stündlich zur Minute 0, täglich"),
        ("0 0 6 ? * 6#2", "nach dem Ausdruck 0 0 6 ? * 6#2"),
        ("7,9 * * * *", "nach dem Ausdruck 7,9 * * * *"),
    ],
)
def test_everyday_schedules_are_said_in_german(cron: str, german: str) -> None:
    assert in_german(Schedule(cron=cron)) == german
