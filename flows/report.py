"""What an operator sees of an execution in the Prefect UI: files, status changes, receipts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from prefect import get_client
from prefect.artifacts import Artifact
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.runtime import deployment, flow_run
from prefect.settings import PREFECT_UI_URL

from blocks.ledger import Delivery, LedgerFile, Purpose, StatusChange
from flows.bundles import NAME
from flows.work import Work, local_time

OCCASIONS = {
    Purpose.FIRST: "",
    Purpose.RESENT: "erneut zugestellt",
    Purpose.REDIRECTED: "umgeleitet",
    Purpose.DRAINED: "nachgeliefert",
}
"""Why a document is delivered to a recipient, as receipts say it."""

SHOWN = 200
"""Rows of a table; the ledger and `govmanager show` have them all."""


async def publish_artifacts(work: Work) -> None:
    """Write the three artifacts of an execution, each linked to the others and to the run.

    They are written twice, because their links need the ids that the server gives them.
    """
    tables = await asyncio.to_thread(_tables, work)
    artifacts = {
        title: await Artifact(
            type="markdown",
            key=f"{work.definition.slug}-{title.lower()}",
            description=f"{title} der Ausführung {work.id}",
            data=table,
        ).acreate()
        for title, table in tables.items()
    }
    head = _head(work, {title: artifact.id for title, artifact in artifacts.items()})
    async with get_client() as client:
        for title, table in tables.items():
            text = f"# {title}: {cell(work.definition.name)}\n\n{head}\n\n{table}\n"
            await client.update_artifact(artifacts[title].id, ArtifactUpdate(data=text))


def _tables(work: Work) -> dict[str, str]:
    with work.ledger.read() as book:
        files, deliveries = book.files(work.id), book.deliveries(work.id)
        changes = book.changes(work.id)
    return {
        "Dateien": file_table(files),
        "Status": change_table(changes),
        "Quittungen": receipt_table(deliveries),
    }


def _head(work: Work, ids: Mapping[str, UUID]) -> str:
    base = (PREFECT_UI_URL.value() or "").rstrip("/")
    links = [f"[Ausführung]({base}/runs/flow-run/{flow_run.get_id()})"]
    if deployment.get_id():
        links.append(f"[Transfer]({base}/deployments/deployment/{deployment.get_id()})")
    links += [f"[{title}]({base}/artifacts/artifact/{one})" for title, one in ids.items()]
    return f"Ausführung `{work.id}` · " + " · ".join(links)


def file_table(files: Sequence[LedgerFile]) -> str:
    """Show source files with their hashes as a Markdown table."""
    return table(
        ("Datei", "Vorgang", "Pfad an der Quelle", "Bytes", "MD5", "SHA-256", "Stand"),
        (
            (
                *(one.name, one.facts.get(NAME, ""), one.path, _number(one.size)),
                *(one.md5, one.sha256, one.error or one.state),
            )
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
        (
            *("Empfänger", "Datei", "Vorgang", "Ziel", "Ort", "Stand", "Zugestellt", "Nachweis"),
            *("Anlass", "Entscheidung", "SHA-256"),
        ),
        (
            (
                one.recipient,
                one.name,
                one.facts.get(NAME, ""),
                one.endpoint,
                one.location,
                one.state,
                local_time(one.delivered_at),
                one.error or " ".join(filter(None, (one.proof, one.reference))),
                OCCASIONS[one.purpose],
                one.decision,
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
