"""One run of a transfer in a process of its own; prints its end and its peak memory in KiB."""

from __future__ import annotations

import asyncio
import json
import resource
import sys

from flows.definition import Transfer
from tests.flows.office import go


def main() -> None:
    """Read a definition as JSON from standard input, run it, and print one JSON object."""
    definition = Transfer.model_validate_json(sys.stdin.read())
    end = asyncio.run(go(definition))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"state": end.name, "peak_kib": peak}) + "\n")


if __name__ == "__main__":
    main()
