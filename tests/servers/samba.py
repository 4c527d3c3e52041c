"""A real smbd on a free port, with a configuration and accounts of its own, ended by its pid."""

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

from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port
from tests.servers.rights import heeding_rights

START_SECONDS = 20.0
OPTIONS = ("--foreground", "--no-process-group")

CONFIGURATION = """
[global]
server role = standalone server
workgroup = RATHAUS
netbios name = HUBTEST
disable netbios = yes
smb ports = {port}
interfaces = 127.0.0.1
bind interfaces only = yes
private dir = {state}/private
lock directory = {state}/lock
state directory = {state}/state
cache directory = {state}/cache
pid directory = {state}/pid
ncalrpc dir = {state}/ncalrpc
log file = {state}/log
log level = 1
passdb backend = tdbsam:{state}/private/passdb.tdb
map to guest = never
load printers = no
printcap name = /dev/null
printing = bsd
disable spoolss = yes
rpc start on demand helpers = no
server min protocol = SMB2_02
{options}

[data]
path = {root}
read only = no

[readonly]
path = {root}
read only = yes
"""
SHARE = """
[{name}]
path = {path}
read only = no
"""


@dataclass(frozen=True, slots=True)
class RunningSamba:
    """An smbd that answers.

    Attributes:
        port: port on 127.0.0.1.
        root: what the shares `data` and `readonly` show, the back door of the tests.
        user: account name: the one that runs the tests.
        password: its password.
    """

    port: int
    root: Path
    user: str
    password: str


@contextmanager
def samba_server(*options: str, shares: dict[str, Path] | None = None) -> Iterator[RunningSamba]:
    """Serve a new directory until the context ends; works as root and unprivileged.

    Args:
        options: lines for the section `global`.
        shares: more shares, each with its directory.

    Raises:
        RuntimeError: smbd does not start.
    """
    smbd, pdbedit = daemon_or_skip("samba", "smbd"), daemon_or_skip("samba", "pdbedit")
    with tempfile.TemporaryDirectory(prefix="smbd-") as place:
        state = Path(place)
        state.chmod(0o711)
        for name in ("private", "lock", "state", "cache", "pid", "ncalrpc", "root"):
            (state / name).mkdir(mode=0o755)
        port = free_port()
        config = state / "smb.conf"
        text = CONFIGURATION.format(
            state=state,
            port=port,
            root=state / "root",
            options="\n".join(options),
        )
        for name, path in (shares or {}).items():
            text += SHARE.format(name=name, path=path)
        config.write_text(text)
        user, password = _add_user(pdbedit, config)
        with (state / "output").open("wb") as log:
            process = subprocess.Popen(
                [*heeding_rights(), smbd, *OPTIONS, "-s", str(config), "-l", place],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for_port(port, process, state / "output")
            yield RunningSamba(port, state / "root", user, password)
        finally:
            # The sessions are children of smbd and stay when only it ends.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(START_SECONDS)


def _add_user(pdbedit: str, config: Path) -> tuple[str, str]:
    user = pwd.getpwuid(os.geteuid()).pw_name
    password = "p4ss wörd"
    # smbpasswd refuses everybody but root.
    subprocess.run(
        [pdbedit, "-s", str(config), "-a", "-t", "-u", user],
        input=f"{password}\n{password}\n".encode(),
        check=True,
        capture_output=True,
    )
    return user, password
