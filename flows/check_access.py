"""Looks whether an endpoint can be reached, from the machine where the workers run."""

from __future__ import annotations

import asyncio

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.verdict import FAILED
from flows.work import load_endpoint
from transforms.errors import HubError


@flow(name="check-access", flow_run_name="check {endpoint}", persist_result=False)
async def check_access(endpoint: str, directory: str = "") -> State[None]:
    """Connect to an endpoint, log in and look into a directory; changes nothing there.

    Args:
        endpoint: Block of the endpoint, as type/name, such as sftp-server/gnap03.
        directory: Directory below the endpoint's base directory; empty: the base directory.
    """
    try:
        loaded = await load_endpoint(endpoint.strip())
        found = await asyncio.to_thread(loaded.check_access, directory)
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    return Completed(message=found)
