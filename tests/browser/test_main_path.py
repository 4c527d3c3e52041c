"""The main path in the browser: open a transfer, run it, see it fail, press Retry, see the proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from hashlib import md5
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr

from blocks import LocalFolder, SftpServer
from deployments.cli import main as govmanager
from tests.servers.daemons import daemon_or_skip, free_port
from tests.servers.sftp import RunningSftp, sftp_server
from tests.servers.stack import Stack, running_stack

SECONDS = 1000
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAME = "ags100_99003002000000.xml"
CONTENT = "<Antrag>Hündin Frieda</Antrag>".encode()
DEFINITION = """
name: NOLIS an GNAP03
group: NOLIS
kdnr: "0100"
description: Anträge in den Eingang des Fachverfahrens.
schedules:
  - cron: 0 0 1 1 *
source:
  endpoint: local-folder/nolis
  retries: {allowed: false}
recipients:
  - name: Fachverfahren GNAP03
    targets:
      - endpoint: sftp-server/gnap03
        retries: {allowed: false}
"""


class Office:
    """A source folder, and an SFTP inbox that can be down."""

    def __init__(self, root: Path) -> None:
        """Lay everything below a directory."""
        self.source = root / "nolis"
        self.inbox = root / "gnap03"
        self.key = root / "gnap03.key"
        self.port = free_port()
        self.file = root / "nolis-an-gnap03.yaml"

    def server(self) -> AbstractContextManager[RunningSftp]:
        """Return the inbox's server, to be entered."""
        return sftp_server(self.inbox, port=self.port, host_key=self.key)

    def open(self) -> None:
        """Save the blocks, apply the transfer, and drop one application."""
        self.source.mkdir()
        LocalFolder(directory=str(self.source)).save("nolis")
        with self.server() as server:
            SftpServer(
                host="127.0.0.1",
                port=server.port,
                user=server.user,
                password=SecretStr(server.password),
                host_key=server.host_key,
            ).save("gnap03")
        self.file.write_text(DEFINITION)
        assert govmanager(["apply", str(self.file)]) == 0
        (self.source / NAME).write_bytes(CONTENT)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path / "hub", has_ui=True) as running:
        running.wait_until_ready()
        running.start_worker()
        with temporary_settings({PREFECT_API_URL: running.api}):
            yield running


@pytest.fixture
def office(tmp_path: Path, stack: Stack) -> Office:
    del stack
    opened = Office(tmp_path)
    opened.open()
    return opened


@pytest.fixture
def page(office: Office) -> Iterator[Page]:
    # After the office: Playwright keeps an event loop in this thread, which `save` would see.
    del office
    chromium = daemon_or_skip("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(30 * SECONDS)
        yield page
        browser.close()


def open_transfer(page: Page, stack: Stack) -> None:
    """Find the transfer among the deployments and read what it is for."""
    page.goto(f"{stack.ui}/v2/deployments")
    page.get_by_role("link", name="NOLIS an GNAP03").first.click()
    page.get_by_role("tab", name="Description").click()
    expect(page.get_by_text("Anträge in den Eingang des Fachverfahrens.")).to_be_visible()
    expect(page.get_by_text("kdnr:0100").first).to_be_visible()


def reload_until_visible(page: Page, what: Locator) -> None:
    """Look again until something is there; the list of runs refreshes itself too rarely."""
    for _ in range(30):
        with suppress(PlaywrightTimeout):
            what.wait_for(timeout=3 * SECONDS)
            return
        page.reload()
    expect(what).to_be_visible()


@pytest.mark.timeout(300)
def test_run_fail_retry_and_see_the_proof(office: Office, stack: Stack, page: Page) -> None:
    expect.set_options(timeout=60 * SECONDS)
    open_transfer(page, stack)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("Quick run", re.IGNORECASE)).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The customer's number (Kundennummer)")).to_be_visible()
    dialog.get_by_role("button", name="Run", exact=True).click()
    expect(dialog).to_be_hidden()

    run = page.get_by_role("link", name=f"NOLIS an GNAP03 · {NAME}")
    page.goto(f"{stack.ui}/v2/runs")
    reload_until_visible(page, run)
    run.click()
    expect(page.get_by_text("FAILED_UNREACHABLE").first).to_be_visible()

    with office.server():
        page.get_by_role("button", name="Open menu").first.click()
        page.get_by_role("menuitem", name="Retry").click()
        page.get_by_role("button", name="Retry").click()
        expect(page.get_by_text("SUCCESS_FILES_SEND").first).to_be_visible()

    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_role("link", name=re.compile("dateien")).first.click()
    page.get_by_role("link", name=re.compile("^[0-9a-f]{8}$")).first.click()
    digest = md5(CONTENT, usedforsecurity=False).hexdigest()
    expect(page.get_by_role("cell", name=digest)).to_be_visible()
    page.get_by_role("link", name="Quittungen").click()
    expect(page.get_by_role("cell", name=re.compile("^size verified"))).to_be_visible()
    assert (office.inbox / NAME).read_bytes() == CONTENT
    assert not (office.source / NAME).exists()
