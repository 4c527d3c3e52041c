"""A real IPP Everywhere printer (ippeveprinter of CUPS) that keeps what it prints."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificates
from tests.servers.daemons import daemon_or_skip, eventually, free_port

START_SECONDS = 20.0
PACKAGE = "cups-ipp-utils"
FORMATS = "application/pdf,application/postscript,image/pwg-raster,text/plain"

PRINT = """#!/bin/sh
here=$(dirname "$0")
while [ -e "$here/hold" ]; do sleep 0.05; done
[ -e "$here/jam" ] && exit 1
cat "$1" > "$here/printed/$IPP_JOB_ID.document"
env > "$here/printed/$IPP_JOB_ID.part"
mv "$here/printed/$IPP_JOB_ID.part" "$here/printed/$IPP_JOB_ID.options"
"""
"""What the printer runs with each document: it is printed, waits, or jams."""

BUS = """<busconfig>
<type>session</type><listen>unix:path={state}/bus</listen><auth>EXTERNAL</auth>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
</busconfig>
"""
"""ippeveprinter does not start without a D-Bus, even if it announces nothing on it."""

PROTECTED = """daemon off;
pid {state}/nginx.pid;
error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {state}/body;
  proxy_temp_path {state}/proxied;
  fastcgi_temp_path {state}/fastcgi;
  uwsgi_temp_path {state}/uwsgi;
  scgi_temp_path {state}/scgi;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    location / {{
      auth_basic "printers";
      auth_basic_user_file {state}/users;
      proxy_pass http://127.0.0.1:{behind};
      proxy_set_header Authorization "";
      proxy_set_header Host localhost:{behind};
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Printed:
    """One document as the printer got it.

    Attributes:
        content: its bytes.
        options: attributes of its job, such as `IPP_COPIES` and `CONTENT_TYPE`.
    """

    content: bytes
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class RunningPrinter:
    """A printer that answers.

    Attributes:
        port: port on 127.0.0.1, for ipp and ipps.
        state: its directory.
    """

    port: int
    state: Path

    @property
    def uri(self) -> str:
        """Its address without encryption."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    @property
    def secure_uri(self) -> str:
        """Its address with encryption."""
        return f"ipps://127.0.0.1:{self.port}/ipp/print"

    def printed(self) -> list[Printed]:
        """Return what was printed so far, in order."""
        done = sorted(self.state.glob("printed/*.options"), key=lambda path: int(path.stem))
        return [
            Printed(path.with_suffix(".document").read_bytes(), _options(path)) for path in done
        ]

    def empty(self) -> None:
        """Take away what was printed so far."""
        for path in self.state.glob("printed/*"):
            path.unlink()

    def log(self) -> str:
        """Return what the printer wrote about its requests."""
        return (self.state / "log").read_text(errors="replace")

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep jobs processing until the context ends."""
        with self._marked("hold"):
            yield

    @contextmanager
    def jammed(self) -> Iterator[None]:
        """Abort jobs until the context ends."""
        with self._marked("jam"):
            yield

    @contextmanager
    def _marked(self, name: str) -> Iterator[None]:
        (self.state / name).touch()
        try:
            yield
        finally:
            (self.state / name).unlink()


def _options(path: Path) -> dict[str, str]:
    lines = path.read_text(errors="replace").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    # The printer writes special signs as a shell would have them.
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in pairs}


@contextmanager
def ippeve_printer(certificates: Certificates) -> Iterator[RunningPrinter]:
    """Print into a new directory until the context ends.

    Args:
        certificates: what the printer shows on ipps.

    Raises:
        RuntimeError: a program does not start.
    """
    program = daemon_or_skip(PACKAGE, "ippeveprinter")
    bus = daemon_or_skip("dbus", "dbus-daemon")
    with tempfile.TemporaryDirectory(prefix="ippeve-") as place, ExitStack() as running:
        state = Path(place)
        _write_state(state, certificates)
        running.enter_context(_daemon([bus, f"--config-file={state}/bus.conf", "--nofork"], state))
        eventually(lambda: (state / "bus").exists() or None, "dbus-daemon", START_SECONDS)
        port = free_port()
        command = [program, "-r", "off", "-n", "localhost", "-p", str(port), "-v", "-2"]
        command += ["-d", f"{state}/spool", "-k", "-K", f"{state}/keys", "-f", FORMATS]
        command += ["-c", f"{state}/print", f"Amtsdrucker {secrets.token_hex(2)}"]
        process = running.enter_context(_daemon(command, state))
        _wait_for(port, process, state)
        yield RunningPrinter(port, state)


@contextmanager
def protected(printer: RunningPrinter, user: str, password: str) -> Iterator[str]:
    """Run nginx before a printer, demanding a login; gives the address to print to."""
    nginx = daemon_or_skip("nginx", "nginx")
    with tempfile.TemporaryDirectory(prefix="nginx-") as place:
        state = Path(place)
        # The workers of a root's nginx are another user, and read the file with each request.
        state.chmod(0o755)
        port = free_port()
        (state / "users").write_text(f"{user}:{{PLAIN}}{password}\n")
        (state / "config").write_text(PROTECTED.format(state=state, port=port, behind=printer.port))
        with _daemon([nginx, "-p", place, "-c", f"{state}/config"], state) as process:
            _wait_for(port, process, state)
            yield f"http://127.0.0.1:{port}/ipp/print"


def _write_state(state: Path, certificates: Certificates) -> None:
    for name in ("spool", "keys", "printed", "home"):
        (state / name).mkdir()
    (state / "print").write_text(PRINT)
    (state / "print").chmod(0o755)
    (state / "bus.conf").write_text(BUS.format(state=state))
    shutil.copy(certificates.certificate, state / "keys/localhost.crt")
    shutil.copy(certificates.key, state / "keys/localhost.key")


@contextmanager
def _daemon(command: list[str], state: Path) -> Iterator[subprocess.Popen[bytes]]:
    surroundings = os.environ | {
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={state}/bus",
        "HOME": str(state / "home"),
    }
    with (state / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=surroundings,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # What it runs for a job is a child of its own.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], state: Path) -> None:
    def answers() -> bool | None:
        if process.poll() is not None:
            message = f"it did not start: {(state / 'log').read_text()}"
            raise RuntimeError(message)
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0 or None

    eventually(answers, f"port {port}", START_SECONDS)
