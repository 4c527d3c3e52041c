"""`make demo`: the main job end to end on this machine; `make up` keeps everything running."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.servers.stack import Stack, running_stack, usual_port

HERE = Path(__file__).parent
HOME = HERE.parent / ".govmanager" / "demo"
console = Console(highlight=False)


def main() -> int:
    """Play the demo; 0 only if everything arrived as it should."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep running until Ctrl-C")
    keep = parser.parse_args().keep
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    HOME.mkdir(parents=True, exist_ok=True)
    with HOME.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"In {HOME} läuft schon eine Demo; beenden Sie sie zuerst.")
            return 1
        return _play_alone(keep=keep)


def _play_alone(*, keep: bool) -> int:
    shutil.rmtree(HOME)
    try:
        say("Prefect-Server startet …")
        with running_stack(HOME, port=usual_port(), has_ui=True) as stack:
            os.environ.update(stack.environment())
            return _play(stack, keep=keep)
    except KeyboardInterrupt:
        say("Beendet.")
        return 0 if keep else 130


def say(text: str) -> None:
    """Print one line of progress with the seconds since the start."""
    console.print(f"[dim]{time.monotonic() - BEGAN:5.1f} s[/dim]  {text}")


BEGAN = time.monotonic()


def _play(stack: Stack, *, keep: bool) -> int:
    # These import Prefect, whose settings are in the environment by now; the server starts up
    # meanwhile.
    from demo import story
    from demo.endpoints import Endpoints

    stack.wait_until_ready()
    endpoints = Endpoints.open(HOME / "servers")
    with endpoints.running:
        stack.start_worker()
        endpoints.start()
        say("WebDAV (NOLIS, KomBox), SFTP (GNAP03) und Postfach sind da, ihre Blöcke gespeichert")
        _apply()
        for directory, file in story.applications().items():
            endpoints.drop(directory, file)
            say(f"NOLIS legt {file.name} nach ausgang/{directory}")
        say("Drei Transfers laufen; GNAP03 ist noch nicht erreichbar …")
        runs = asyncio.run(story.run_all())
        for name, run in runs.items():
            say(f"{name}: [bold]{run.state_name}[/bold]")
        failed = runs["NOLIS an GNAP03"]
        if failed.state_name != "FAILED_UNREACHABLE":
            say("[red]GNAP03 war nicht erreichbar, und doch ist der Lauf nicht gescheitert[/red]")
            return 1
        endpoints.bring_up_gnap03()
        say("GNAP03 ist wieder da; Retry …")
        retried = asyncio.run(story.press_retry(failed.id))
        say(f"NOLIS an GNAP03: [bold]{retried.state_name}[/bold]")
        wrong = story.differences(endpoints, HOME / "expected")
        _close(stack, wrong)
        if keep:
            say(f"Läuft bis Strg-C: {stack.ui} (Deployments, Runs, Blocks)")
            signal.pause()
    return 1 if wrong else 0


def _apply() -> None:
    """Apply the demo's transfers as an operator would, by the command line."""
    from deployments.cli import main as govmanager

    if govmanager(["apply", str(HERE / "transfers")]):
        message = "The demo's transfers could not be applied"
        raise RuntimeError(message)


def _close(stack: Stack, wrong: list[str]) -> None:
    from demo.show import show

    console.print()
    show(console, stack.ui)
    console.print()
    for line in wrong:
        console.print(f"[red]{line}[/red]")
    if not wrong:
        say("[green]Alles ist angekommen, Byte für Byte, jedes genau einmal.[/green]")
    say(f"Protokolle: {HOME}")


if __name__ == "__main__":
    sys.exit(main())
