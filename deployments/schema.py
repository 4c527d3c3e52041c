"""The JSON schema of a transfer, for editors that complete and check YAML while one types.

A file that begins with the line below is checked by every editor with the YAML language server:

    # yaml-language-server: $schema=../transfer.schema.json
"""

from __future__ import annotations

import json
from pathlib import Path

from flows.definition import Transfer

PATH = Path(__file__).with_name("transfer.schema.json")
"""Where the schema is kept; a test says when it is out of date."""


def transfer_schema() -> str:
    """Return the schema as the text of its file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= Transfer.model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
