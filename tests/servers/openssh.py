"""A real sshd with internal-sftp, for the user who runs the tests, ended by its pid."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port
from tests.servers.rights import heeding_rights

START_SECONDS = 20.0

CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
{host_keys}
PidFile {state}/pid
AuthorizedKeysFile {state}/authorized_keys
StrictModes no
PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
MaxStartups 100
Subsystem sftp internal-sftp -d {root} -u 0
LogLevel VERBOSE
"""
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")


@dataclass(frozen=True, slots=True)
class RunningOpenssh:
    """An sshd that answers.

    Attributes:
        port: port on 127.0.0.1.
        root: the directory that is open after login, the back door of the tests.
        user: account name: the one that runs the tests.
        private_key: key of the account, OpenSSH format, without a passphrase.
        host_keys: what the server proves itself with, as lines of known_hosts: Ed25519, ECDSA
            and RSA.
    """

    port: int
    root: Path
    user: str
    private_key: str
    host_keys: tuple[str, ...]


@contextmanager
def openssh_server() -> Iterator[RunningOpenssh]:
    """Serve a new directory until the context ends; works as root and unprivileged.

    Raises:
        RuntimeError: sshd does not start.
    """
    sshd = daemon_or_skip("openssh-server", "sshd")
    with tempfile.TemporaryDirectory(prefix="sshd-") as place:
        state = Path(place)
        key = asyncssh.generate_private_key("ssh-ed25519")
        (state / "authorized_keys").write_bytes(key.export_public_key())
        (state / "root").mkdir()
        port = free_port()
        hosts = _write_state(state, port)
        with (state / "log").open("wb") as log:
            process = subprocess.Popen(
                [*heeding_rights(), sshd, "-D", "-e", "-f", str(state / "config")],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for_port(port, process, state / "log")
            yield RunningOpenssh(
                port,
                state / "root",
                pwd.getpwuid(os.geteuid()).pw_name,
                key.export_private_key().decode(),
                hosts,
            )
        finally:
            # The sessions are children of sshd and stay when only it ends.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(state: Path, port: int) -> tuple[str, ...]:
    if os.geteuid() == 0:
        # sshd refuses to run as root without it; a package's service makes it at boot.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    public = []
    for kind in KINDS:
        key = asyncssh.generate_private_key(kind)
        key.write_private_key(state / kind)
        (state / kind).chmod(0o600)
        public.append(key.export_public_key().decode().strip())
    (state / "config").write_text(
        CONFIGURATION.format(
            state=state,
            port=port,
            root=state / "root",
            host_keys="\n".join(f"HostKey {state / kind}" for kind in KINDS),
        )
    )
    return tuple(public)
