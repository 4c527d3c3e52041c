"""What each endpoint can, as the page docs/endpoints.md; made of what the endpoints declare."""

from __future__ import annotations

from pathlib import Path

from blocks import ENDPOINTS
from blocks.endpoint import Can

PATH = Path(__file__).parents[1] / "docs" / "endpoints.md"
"""Where the page is kept; a test says when it is out of date."""

MEANINGS = {
    Can.FETCH: "source",
    Can.DELIVER: "target",
    Can.MAIL: "delivers to addresses",
    Can.ATOMIC: "becomes visible in one step",
    Can.OVERWRITE: "replaces in one step",
    Can.APPEND: "adds to a file",
    Can.DIRECTORIES: "creates directories",
    Can.TRACE: "tells after a crash how far it got",
    Can.HASH: "the server tells hashes",
    Can.RESUME: "reads from the middle of a file",
    Can.LOCK: "LOCK_FILE",
    Can.RENAME_LOCK: "RENAME",
    Can.SERVER_LOCK: "SERVER_LOCK",
}

HEAD = """# Endpoints, and what each can

Made by `govmanager endpoints --write` of what the endpoints declare. The conformance suite runs
what is claimed against real servers, and `govmanager check type/name` tries it at yours.

"""
FOOT = """
No endpoint tells the hub of new files by itself: sources are listed on schedule.
"""


def endpoint_page() -> str:
    """Return the page as the text of its file."""
    names = [str(kind.get_block_type_slug()) for kind in ENDPOINTS]
    lines = [
        "| | " + " | ".join(f"`{name}`" for name in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for can, meaning in MEANINGS.items():
        cells = ("yes" if can in kind.can else "" for kind in ENDPOINTS)
        lines.append(f"| {meaning} | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n" + FOOT
