"""What each step does and what it asks for, as the page docs/steps.md; made of the models."""

from __future__ import annotations

from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from transforms import STEPS
from transforms.step import Step

PATH = Path(__file__).parents[1] / "docs" / "steps.md"
"""Where the page is kept; a test says when it is out of date."""

LONGEST_DEFAULT = 60

HEAD = """# Steps, and what each asks for

Made by `govmanager steps --write` of the models that are the form in the Prefect UI. A definition
names a step by its kind:

```yaml
steps:
  - kind: unzip
  - kind: filter
    filter_names: ["*.xml"]
```
"""


def step_page() -> str:
    """Return the page as the text of its file."""
    return HEAD + "".join(_section(kind) for kind in sorted(STEPS, key=_kind))


def _kind(step: type[Step]) -> str:
    return str(step.model_fields["kind"].default)


def _section(step: type[Step]) -> str:
    fields = {name: field for name, field in step.model_fields.items() if name != "kind"}
    head = f"\n## {_kind(step)}\n\n{step.model_fields['kind'].description}\n"
    if not fields:
        return head
    rows = "".join(_row(name, field) for name, field in fields.items())
    return f"{head}\n| option | what it is | default |\n|---|---|---|\n{rows}"


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_cell(field.description or '')} | {_default(field)} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value in ("", [], {}, None):
        return ""
    text = str(getattr(value, "value", value))
    return f"`{_cell(text)}`" if len(text) <= LONGEST_DEFAULT and "\n" not in text else "a text"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
