"""The story of a transfer, told with folders: what arrives, what is left, what is written down."""

from __future__ import annotations

import pytest

from tests.flows.office import Office, go

pytestmark = pytest.mark.anyio


async def test_every_file_reaches_every_recipient(office: Office) -> None:
    office.drop("ags100_99003002000000.xml", b"<Antrag/>")
    end = await go(office.definition())
    assert end.name == "SUCCESS_FILES_SEND", end.message
    assert office.at("fachverfahren") == {"ags100_99003002000000.xml": b"<Antrag/>"}
    assert office.at("source") == {}
