"""A run that fails shows no secret: not in logs, states, artifacts, ledger, or any other file."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from pydantic import SecretStr

from blocks import FtpServer, SftpServer, SmtpServer, WebdavServer
from blocks.endpoint import Endpoint
from blocks.ftp import Security as FtpSecurity
from blocks.smtp import Security as SmtpSecurity
from tests.flows.office import Office, new_run, start
from tests.servers.ftp import ftp_server
from tests.servers.sftp import sftp_server
from tests.servers.smtp import smtp_server
from tests.servers.webdav import webdav_server

pytestmark = pytest.mark.anyio

SECRET = "Gehe1m-4711-#%"
SHOWN = [
    SECRET.encode(),
    base64.b64encode(SECRET.encode()),
    base64.b64encode(f"hub:{SECRET}".encode()),
    base64.b64encode(f"\0hub\0{SECRET}".encode()),
]
"""The password as it stands, and as protocols wrap it."""


@pytest.fixture
async def refusing(tmp_path: Path) -> AsyncIterator[dict[str, Endpoint]]:
    """Run servers that know another password, and return the endpoints that offer this one."""
    secret = SecretStr(SECRET)
    with (
        ftp_server() as ftp,
        sftp_server(tmp_path / "sftp") as sftp,
        smtp_server(user="hub", password="another") as smtp,
        webdav_server(tmp_path / "dav") as dav,
    ):
        yield {
            "ftp": FtpServer(
                host="127.0.0.1",
                port=ftp.port,
                user="hub",
                password=secret,
                security=FtpSecurity.NONE,
            ),
            "sftp": SftpServer(
                host="127.0.0.1",
                port=sftp.port,
                user="hub",
                password=secret,
                host_key=sftp.host_key,
            ),
            "smtp": SmtpServer(
                host="127.0.0.1",
                port=smtp.port,
                user="hub",
                password=secret,
                security=SmtpSecurity.NONE,
                sender_address="hub@kommune.example",
            ),
            "webdav": WebdavServer(url=dav.url, user="hub", password=secret),
        }


async def shown_by(run: UUID) -> str:
    """Return all that the Prefect server knows of a run."""
    chosen = FlowRunFilter(id=FlowRunFilterId(any_=[run]))
    async with get_client() as client:
        parts = [
            await client.read_flow_run(run),
            *await client.read_flow_run_states(run),
            *await client.read_task_runs(flow_run_filter=chosen),
            *await client.read_artifacts(flow_run_filter=chosen),
            *await client.read_logs(),
        ]
    return "\n".join(part.model_dump_json() for part in parts)


async def test_a_failing_run_shows_no_secret(
    office: Office, refusing: dict[str, Endpoint], caplog: pytest.LogCaptureFixture
) -> None:
    office.drop("a.xml", b"<antrag/>")
    recipients = []
    for name, endpoint in refusing.items():
        block = office.block(name)
        await endpoint.asave(block, overwrite=True)
        target: dict[str, object] = {
            "endpoint": f"{endpoint.get_block_type_slug()}/{block}",
            "retries": {"allowed": False},
        }
        if name == "smtp":
            target["mail"] = {"to": ["amt@kommune.example"]}
        recipients.append({"name": name, "targets": [target]})
    with caplog.at_level(logging.DEBUG), temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: True}):
        run = await new_run(office.definition(recipients=recipients))
        end = await start(run.id)

    assert end.is_failed(), end.message
    with office.ledger().read() as book:
        (execution,) = book.recent()
        errors = [one.error for one in book.deliveries(execution.id)]
    assert len([error for error in errors if error]) == len(refusing)
    everything = {"logs": caplog.text, "server": await shown_by(run.id)}
    for path in office.home.rglob("*"):
        if path.is_file():
            everything[str(path)] = path.read_bytes().decode("latin-1")
    assert "refused" in everything["server"]
    for place, text in everything.items():
        for secret in SHOWN:
            assert secret.decode("latin-1") not in text, place
