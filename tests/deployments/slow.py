"""A flow that runs until somebody cancels it, in place of a transfer that takes long."""

from __future__ import annotations

import asyncio

from prefect import flow


@flow(name="slow", persist_result=False)
async def slow() -> None:
    """Wait far longer than any test."""
    await asyncio.sleep(600)
