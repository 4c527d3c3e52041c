"""What an operator sees of an execution in the Prefect UI: files, status changes, receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prefect.artifacts import acreate_markdown_artifact
from prefect.runtime import deployment, flow_run
from prefect.settings import PREFECT_UI_URL

from blocks.ledger import Delivery, LedgerFile, StatusChange
from flows.work import Work, local_time

KINDS = ("dateien", "status", "quittungen")
SHOWN = 200
"""Rows of a table; the ledger and `govmanager show` have them all."""


async def publish_artifacts(work: Work) -> None:
    """Write the three artifacts of an execution, each linked to the others and to the run."""
    with work.ledger.read() as book:
        files, deliveries = book.files(work.id), book.deliveries(work.id)
        changes = book.changes(work.id)
    tables = {
        "dateien": ("Dateien", file_table(files)),
        "status": ("Statuswechsel", change_table(changes)),
        "quittungen": ("Quittungen", receipt_table(deliveries)),
    }
    for kind, (title, table) in tables.items():
        await acreate_markdown_artifact(
            key=_key(work, kind),
            markdown=f"# {title}: {cell(work.definition.name)}\n\n{_links(work)}\n\n{table}\n",
            description=f"{title} der Ausführung {work.id}",
        )


def _key(work: Work, kind: str) -> str:
    return f"{work.definition.slug}-{kind}"


def _links(work: Work) -> str:
    base = (PREFECT_UI_URL.value() or "").rstrip("/")
    links = [f"[Ausführung]({base}/runs/flow-run/{flow_run.get_id()})"]
    if deployment.get_id():
        links.append(f"[Transfer]({base}/deployments/deployment/{deployment.get_id()})")
    links += [f"[{kind.capitalize()}]({base}/artifacts/key/{_key(work, kind)})" for kind in KINDS]
    return f"Ausführung `{work.id}` · " + " · ".join(links)


def file_table(files: Sequence[LedgerFile]) -> str:
    """Show source files with their hashes as a Markdown table."""
    return table(
        ("Datei", "Pfad an der Quelle", "Bytes", "MD5", "SHA-256", "Stand"),
        (
            (one.name, one.path, _number(one.size), one.md5, one.sha256, one.error or one.state)
            for one in files
        ),
        len(files),
    )


def change_table(changes: Sequence[StatusChange]) -> str:
    """Show an execution's history as a Markdown table."""
    return table(
        ("Zeit", "Status", "Aktion", "Einzelheiten"),
        ((local_time(one.at), one.state, one.action, one.details) for one in changes[-SHOWN:]),
        len(changes),
    )


def receipt_table(deliveries: Sequence[Delivery]) -> str:
    """Show the proof, or the reason, of each delivery as a Markdown table."""
    return table(
        ("Empfänger", "Datei", "Ziel", "Ort", "Stand", "Zugestellt", "Nachweis", "SHA-256"),
        (
            (
                one.recipient,
                one.name,
                one.endpoint,
                one.location,
                one.state,
                local_time(one.delivered_at),
                one.error or " ".join(filter(None, (one.proof, one.reference))),
                one.fingerprint.sha256,
            )
            for one in deliveries
        ),
        len(deliveries),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int) -> str:
    """Lay out a Markdown table of at most `SHOWN` rows, every cell made harmless."""
    lines = [head, ["---"] * len(head)]
    for number, row in enumerate(rows):
        if number == SHOWN:
            break
        lines.append([cell(text) for text in row])
    shown = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return shown + (f"\n\n{SHOWN} von {total} Zeilen." if total > SHOWN else "")


def cell(text: str) -> str:
    """Make text from outside harmless in Markdown: no markup, no line break, no column end."""
    flat = " ".join(str(text).split())
    for sign in "\\`*_[]<>|#!&":
        flat = flat.replace(sign, f"&#{ord(sign)};" if sign in "<>&|" else f"\\{sign}")
    return flat


def _number(size: int) -> str:
    return f"{size:,}".replace(",", ".")
