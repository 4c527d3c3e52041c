"""The command line: exit codes, and errors that say what, where and how to mend it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blocks.endpoint import RemoteFile
from blocks.ledger import Execution, Ledger, Outcome
from deployments.cli import main
from flows.settings import Settings
from tests.deployments.conftest import Server


@pytest.fixture
def ledger(home: Path) -> Ledger:
    """Give a ledger with one execution of one file."""
    settings = Settings()
    ledger = Ledger(settings.ledger, home / "locks")
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    one = Execution(
        id="e-1",
        run="e-1",
        transfer="NOLIS an KOMBOX",
        group_name="NOLIS",
        kdnr="0100",
        definition={},
        state="INITIATED",
        message="",
        outcome=Outcome.OPEN,
        started_at=moment,
        ended_at=None,
    )
    with ledger.write() as book:
        book.begin(one)
        file = RemoteFile("in/a[red].xml", "a[red].xml", 5, moment)
        book.claim("e-1", "sftp-server/gnap03", [(file, {})])
        book.change("e-1", "INITIATED", "files claimed", "1 files")
    return ledger


def test_check_says_that_all_is_fine(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(root)]) == 0
    assert "2 transfers are fine" in capfd.readouterr().out


def test_check_ends_with_1_and_the_findings(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = root / "mail.yaml"
    file.write_text(file.read_text().replace("group:", "grup:"), encoding="utf-8")
    assert main(["validate", str(root)]) == 1
    told = capfd.readouterr().err
    assert f"{file}:2: grup" in told
    assert "did you mean group?" in told
    assert "Traceback" not in told


def test_schema_prints_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capfd.readouterr().out)["title"] == "Transfer"


@pytest.mark.usefixtures("ledger")
def test_executions_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["executions", "--state", "INITIATED"]) == 0
    assert "e-1" in capfd.readouterr().out
    assert main(["executions", "--transfer", "another"]) == 0
    assert "e-1" not in capfd.readouterr().out


@pytest.mark.usefixtures("ledger")
def test_an_execution_is_shown_with_names_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "e-1"]) == 0
    told = capfd.readouterr().out
    assert "a[red].xml" in told.replace("\n", "")
    assert "files claimed" in " ".join(told.split())


@pytest.mark.usefixtures("ledger")
def test_an_unknown_execution_ends_with_1(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "e-2"]) == 1
    assert "govmanager executions" in capfd.readouterr().err


def test_apply_prints_the_plan(server: Server, root: Path) -> None:
    done = server.run("deployments.cli", "apply", str(root), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "NOLIS an MAIL" in done.stdout
    assert "Nothing was sent" in done.stdout


def test_an_unknown_endpoint_ends_with_1(server: Server) -> None:
    done = server.run("deployments.cli", "check", "sftp-server/nobody")
    assert done.returncode == 1
    assert "sftp-server/nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_down_ends_with_75(server: Server, root: Path) -> None:
    elsewhere = {**server.environment, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = Server("", elsewhere).run("deployments.cli", "apply", str(root))
    assert done.returncode == 75
    assert "does not answer" in done.stderr
