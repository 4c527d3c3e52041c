"""Cells of tables that a spreadsheet would run as formulas."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV Injection)."""


def guarded(value: str) -> str:
    """Return a value with an apostrophe before it if a spreadsheet would run it."""
    return f"'{value}" if value.startswith(FORMULA) else value


def unguarded(value: str) -> str:
    """Return a value without the apostrophe that `guarded` put before it."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value
