"""The connection to the Prefect server, with its errors in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.settings import get_current_settings

from transforms.errors import AccessRefused, Unreachable

REFUSALS = {401, 403}


@asynccontextmanager
async def connected() -> AsyncIterator[PrefectClient]:
    """Open a client; it repeats requests by itself that a busy server answers with 503.

    Raises:
        Unreachable, AccessRefused: the server does not answer, or refuses.
    """
    with translated():
        async with get_client() as client:
            yield client


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into ours.

    Raises:
        Unreachable, AccessRefused: the server does not answer, or refuses.
    """
    where = get_current_settings().api.url or "PREFECT_API_URL is not set"
    try:
        yield
    except httpx.TransportError as error:
        raise Unreachable(
            f"The Prefect server does not answer: {type(error).__name__}",
            where=where,
            remedy="Start it, or correct PREFECT_API_URL",
        ) from error
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in REFUSALS:
            raise
        raise AccessRefused(
            "The Prefect server refuses the login",
            where=where,
            remedy="Set PREFECT_API_AUTH_STRING to what the server was started with",
        ) from error
