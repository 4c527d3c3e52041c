"""Looks whether an endpoint works, from the machine where the workers run."""

from __future__ import annotations

import asyncio

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.access import check_access as check
from blocks.endpoint import Finding
from flows.verdict import FAILED
from flows.work import load_endpoint
from transforms.errors import HubError


@flow(name="check-access", flow_run_name="check {endpoint}", persist_result=False)
async def check_access(endpoint: str, directory: str = "", *, write: bool = True) -> State[None]:
    """Look step by step whether an endpoint works; nothing is left behind there.

    Args:
        endpoint: Block of the endpoint, as type/name, such as sftp-server/gnap03.
        directory: Directory below the endpoint's base directory; empty: the base directory.
        write: Write a probe, rename and delete it too; switch off where the hub may only read.
    """
    name = endpoint.strip()
    try:
        loaded = await load_endpoint(name)
        findings = await asyncio.to_thread(check, loaded, directory, write=write)
    except HubError as error:
        return Failed(name=FAILED + error.code, message=str(error))
    await acreate_table_artifact(
        [row(finding) for finding in findings], description=f"Access to {name}"
    )
    failed = findings[-1].error
    if failed:
        return Failed(name=FAILED + failed.code, message=str(failed))
    told = "; ".join(f"{finding.step}: {finding.found}" for finding in findings)
    return Completed(message=f"{name} works. {told}")


def row(finding: Finding) -> dict[str, str]:
    """Return one step as people read it."""
    error = finding.error
    return {
        "step": finding.step,
        "result": "failed" if error else "ok",
        "found": error.what if error else finding.found,
        "how to mend it": f"{error.remedy}." if error else "",
        "seconds": f"{finding.seconds:.2f}",
    }
