"""Repeats what failed for a while; the only place that waits between attempts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from transforms.errors import HubError, Retry

Result = TypeVar("Result")


def retrying(
    call: Callable[[], Result],
    *,
    attempts: int,
    seconds_between: float,
    told: Callable[[HubError, int], None],
) -> Result:
    """Call until it succeeds, an error says that later is no use, or the attempts are used up.

    Args:
        call: what is tried; must be safe to repeat.
        attempts: altogether, at least 1.
        seconds_between: wait before each further attempt.
        told: called with the error and the number of the attempt before each wait.

    Raises:
        HubError: the last one.
    """
    for attempt in range(1, attempts):
        try:
            return call()
        except HubError as error:
            if error.retry is Retry.NEVER:
                raise
            told(error, attempt)
            time.sleep(seconds_between)
    return call()
