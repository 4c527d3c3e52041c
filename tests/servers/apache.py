"""A real Apache with mod_dav and its lock database, over http and https, ended by its pid."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port

MODULES = Path("/usr/lib/apache2/modules")
MOUNT = "/remote.php/webdav"
START_SECONDS = 20.0

CONFIGURATION = """
ServerRoot {state}
ServerName localhost
PidFile {state}/pid
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{tls_port}
Listen 127.0.0.1:{mutual_port}
{identity}
{modules}
ErrorLog {state}/error.log
LogLevel warn
DavLockDB {state}/lock/DavLock
DavMinTimeout 60
AllowEncodedSlashes NoDecode
LimitRequestBody 0
StartServers 1
ThreadsPerChild 25
DocumentRoot {root}
Alias {mount} {root}
<Directory {root}>
  Dav On
  AuthType Basic
  AuthName hub
  AuthUserFile {state}/users
  Require valid-user
</Directory>
<VirtualHost 127.0.0.1:{tls_port}>
  SSLEngine on
  SSLCertificateFile {certificates.certificate}
  SSLCertificateKeyFile {certificates.key}
</VirtualHost>
<VirtualHost 127.0.0.1:{mutual_port}>
  SSLEngine on
  SSLCertificateFile {certificates.certificate}
  SSLCertificateKeyFile {certificates.key}
  SSLCACertificateFile {certificates.authority}
  SSLVerifyClient require
</VirtualHost>
"""
LOADED = (
    "mpm_event authn_core authn_file auth_basic authz_core authz_user alias dav dav_fs dav_lock "
    "socache_shmcb ssl dir"
)


@dataclass(frozen=True, slots=True)
class RunningApache:
    """An Apache that answers.

    Attributes:
        url: http address of the served directory.
        tls_url: its https address.
        mutual_url: https address that asks clients for a certificate of the same authority.
        root: the served directory, the back door of the tests.
        user: account name.
        password: its password.
        certificates: what the https address shows, and the authority to pin.
    """

    url: str
    tls_url: str
    mutual_url: str
    root: Path
    user: str
    password: str
    certificates: Certificates


@contextmanager
def apache_server(user: str = "hub", password: str = "hub-password") -> Iterator[RunningApache]:
    """Serve a new directory until the context ends; works as root and unprivileged.

    The directory is not pytest's: Apache gives up root, and pytest's are closed to others.

    Raises:
        RuntimeError: Apache does not start.
    """
    apache = daemon_or_skip("apache2", "apache2")
    with tempfile.TemporaryDirectory(prefix="apache-") as place:
        state = Path(place)
        state.chmod(0o755)
        certificates = make_certificates(state / "tls")
        ports = free_port(), free_port(), free_port()
        _write_state(state, ports, certificates, f"{user}:{_hashed(password)}\n")
        process = subprocess.Popen(
            [apache, "-f", str(state / "apache.conf"), "-DFOREGROUND"],
            stdout=subprocess.DEVNULL,
            stderr=(state / "stderr").open("wb"),
        )
        try:
            for one in ports:
                wait_for_port(one, process, state / "stderr")
            yield RunningApache(
                f"http://127.0.0.1:{ports[0]}{MOUNT}",
                f"https://127.0.0.1:{ports[1]}{MOUNT}",
                f"https://127.0.0.1:{ports[2]}{MOUNT}",
                state / "data",
                user,
                password,
                certificates,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(
    state: Path, ports: tuple[int, int, int], certificates: Certificates, users: str
) -> None:
    for name in ("data", "lock"):
        (state / name).mkdir()
        (state / name).chmod(0o777)
    (state / "users").write_text(users)
    modules = (f"LoadModule {one}_module {MODULES}/mod_{one}.so" for one in LOADED.split())
    (state / "apache.conf").write_text(
        CONFIGURATION.format(
            state=state,
            root=state / "data",
            port=ports[0],
            tls_port=ports[1],
            mutual_port=ports[2],
            mount=MOUNT,
            identity="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
            modules="\n".join(modules),
            certificates=certificates,
        )
    )


def _hashed(password: str) -> str:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "{SHA}" + base64.b64encode(digest).decode()
