"""A real cupsd with one raw queue that prints into a file."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemons import daemon_or_skip, eventually, free_port

START_SECONDS = 20.0
QUEUE = "poststelle"

FILES = """ServerRoot {state}/etc
CacheDir {state}/cache
StateDir {state}/run
RequestRoot {state}/spool
TempDir {state}/spool/tmp
AccessLog {state}/access
ErrorLog {state}/errors
PageLog {state}/pages
ServerKeychain {state}/etc
SystemGroup root
User {user}
Group {group}
FileDevice Yes
"""
DAEMON = """Listen 127.0.0.1:{port}
LogLevel info
Browsing No
WebInterface No
DefaultAuthType None
DefaultEncryption IfRequested
MaxLogSize 0
PreserveJobHistory Yes
PreserveJobFiles Yes
<Location />
  Order allow,deny
  Allow 127.0.0.1
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  <Limit All>
    Order allow,deny
    Allow 127.0.0.1
  </Limit>
</Policy>
"""
QUEUES = """<Printer {queue}>
Info Drucker der Poststelle
DeviceURI file:{state}/paper
State Idle
Type 4
Accepting Yes
Shared No
</Printer>
"""


@dataclass(frozen=True, slots=True)
class RunningCups:
    """A cupsd that answers.

    Attributes:
        port: port on 127.0.0.1.
        state: its directory.
    """

    port: int
    state: Path

    @property
    def uri(self) -> str:
        """Address of its queue."""
        return f"http://127.0.0.1:{self.port}/printers/{QUEUE}"

    def printed(self) -> list[bytes]:
        """Return the documents it took, in order."""
        return [path.read_bytes() for path in sorted(self.state.glob("spool/d*"))]


@contextmanager
def cups_server() -> Iterator[RunningCups]:
    """Take documents into a new spool directory until the context ends.

    Raises:
        RuntimeError: cupsd does not start.
    """
    cupsd = daemon_or_skip("cups-daemon", "cupsd")
    with tempfile.TemporaryDirectory(prefix="cups-") as place:
        state = Path(place)
        port = free_port()
        _write_state(state, port)
        with (state / "log").open("wb") as log:
            process = subprocess.Popen(
                [cupsd, "-f", "-c", f"{state}/etc/cupsd.conf", "-s", f"{state}/etc/files.conf"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait_for(port, process, state)
            yield RunningCups(port, state)
        finally:
            # Filters and backends are its children.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(state: Path, port: int) -> None:
    for name in ("etc", "cache", "run/certs", "spool/tmp"):
        (state / name).mkdir(parents=True)
    # A root's cupsd has its jobs done by another user.
    user = "lp" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    account = pwd.getpwnam(user)
    (state / "etc/files.conf").write_text(
        FILES.format(state=state, user=user, group=grp.getgrgid(account.pw_gid).gr_name)
    )
    (state / "etc/cupsd.conf").write_text(DAEMON.format(port=port))
    (state / "etc/printers.conf").write_text(QUEUES.format(queue=QUEUE, state=state))
    state.chmod(0o755)
    if os.geteuid() == 0:
        for path in (state, *state.rglob("*")):
            shutil.chown(path, group=account.pw_gid)
    for path in state.rglob("*"):
        path.chmod(0o770 if path.is_dir() else 0o640)


def _wait_for(port: int, process: subprocess.Popen[bytes], state: Path) -> None:
    def answers() -> bool | None:
        if process.poll() is not None:
            told = [path.read_text() for path in (state / "log", state / "errors") if path.exists()]
            message = f"cupsd did not start: {''.join(told)}"
            raise RuntimeError(message)
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0 or None

    eventually(answers, f"port {port}", START_SECONDS)
