"""A real nginx with the modules dav and dav-ext, over http, ended by its pid."""

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

import pytest

from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port

MODULE = Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
MOUNT = "/dav"
START_SECONDS = 20.0

CONFIGURATION = """
load_module {module};
{identity}
daemon off;
worker_processes 1;
pid {state}/pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {state}/body;
  proxy_temp_path {state}/proxy;
  fastcgi_temp_path {state}/fastcgi;
  uwsgi_temp_path {state}/uwsgi;
  scgi_temp_path {state}/scgi;
  client_max_body_size {most};
  dav_ext_lock_zone zone=locks:1m timeout=10m;
  server {{
    listen 127.0.0.1:{port};
    location {mount}/ {{
      alias {root}/;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
      dav_ext_lock zone=locks;
      dav_access user:rw group:rw all:rw;
      auth_basic hub;
      auth_basic_user_file {state}/users;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class RunningNginx:
    """An nginx that answers.

    Attributes:
        url: http address of the served directory.
        root: the served directory, the back door of the tests.
        user: account name.
        password: its password.
        pid: of the master, which leads a process group of its own.
    """

    url: str
    root: Path
    user: str
    password: str
    pid: int

    def kill(self) -> None:
        """End it without a word to anybody, as a power cut does."""
        os.killpg(self.pid, signal.SIGKILL)


@contextmanager
def nginx_server(
    user: str = "hub", password: str = "hub-password", *, most: str = "0"
) -> Iterator[RunningNginx]:
    """Serve a new directory until the context ends; works as root and unprivileged.

    Args:
        user: the only account.
        password: its password.
        most: size that one request may have, such as `1m`; 0 for any.

    Raises:
        RuntimeError: nginx does not start.
    """
    nginx = daemon_or_skip("nginx", "nginx")
    if not MODULE.exists():
        reason = "nginx lacks dav-ext (apt install libnginx-mod-http-dav-ext)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with tempfile.TemporaryDirectory(prefix="nginx-") as place:
        state = Path(place)
        port = free_port()
        _write_state(state, port, most, f"{user}:{_hashed(password)}\n")
        process = subprocess.Popen(
            [nginx, "-c", str(state / "nginx.conf"), "-p", str(state), "-e", "stderr"],
            stdout=subprocess.DEVNULL,
            stderr=(state / "stderr").open("wb"),
            start_new_session=True,
        )
        try:
            wait_for_port(port, process, state / "stderr")
            url = f"http://127.0.0.1:{port}{MOUNT}"
            yield RunningNginx(url, state / "data", user, password, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(state: Path, port: int, most: str, users: str) -> None:
    state.chmod(0o755)
    (state / "data").mkdir()
    (state / "data").chmod(0o777)
    (state / "users").write_text(users)
    (state / "nginx.conf").write_text(
        CONFIGURATION.format(
            module=MODULE,
            state=state,
            root=state / "data",
            port=port,
            mount=MOUNT,
            most=most,
            identity="user nobody nogroup;" if os.geteuid() == 0 else "",
        )
    )


def _hashed(password: str) -> str:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "{SHA}" + base64.b64encode(digest).decode()
