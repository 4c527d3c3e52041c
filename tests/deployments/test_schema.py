"""The JSON schema for editors."""

from __future__ import annotations

import json

from deployments.schema import PATH, transfer_schema


def test_the_committed_schema_is_up_to_date() -> None:
    assert PATH.read_text(encoding="utf-8") == transfer_schema(), "run `govmanager schema --write`"


def test_it_describes_every_key_for_the_editor() -> None:
    schema = json.loads(transfer_schema())
    assert schema["additionalProperties"] is False
    models = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]
    silent = [
        f"{model['title']}.{key}"
        for model in models
        for key, value in model["properties"].items()
        if not value.get("description")
    ]
    assert not silent
