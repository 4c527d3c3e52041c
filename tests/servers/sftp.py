"""An SFTP server in pure Python (asyncssh), served from a thread of this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.servers.rights import rights_heeded


@dataclass(frozen=True, slots=True)
class RunningSftp:
    """An SFTP server that answers.

    Attributes:
        port: port on 127.0.0.1.
        root: the served directory, the back door of the tests; clients see it as `/`.
        user: account name.
        password: its password.
        host_key: what the server proves itself with, as a line of known_hosts.
    """

    port: int
    root: Path
    user: str
    password: str
    host_key: str


class _Accounts(asyncssh.SSHServer):
    """Lets one account in, by password or by key."""

    def __init__(self, user: str, password: str, authorized: str) -> None:
        self._user = user
        self._password = password
        self._authorized = authorized
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        del username
        if self._authorized and self._connection:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(self._authorized))
        return True

    def password_auth_supported(self) -> bool:
        return bool(self._password)

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (self._user, self._password)


@contextmanager
def sftp_server(
    root: Path,
    *,
    port: int = 0,
    user: str = "hub",
    password: str = "hub-password",
    authorized_key: str = "",
    host_key: Path | None = None,
) -> Iterator[RunningSftp]:
    """Serve a directory until the context ends.

    Args:
        root: the directory; created if missing.
        port: port on 127.0.0.1; 0 takes a free one.
        user: the only account.
        password: its password; "" lets nobody in by password.
        authorized_key: public key of the account, as a line of authorized_keys.
        host_key: private host key, made if the file is missing; None makes a new one.
    """
    root.mkdir(parents=True, exist_ok=True)
    identity = _host_key(host_key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_run, args=(loop,), daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[identity],
            server_factory=lambda: _Accounts(user, password, authorized_key),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
            line_editor=False,
        )

    async def end(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    public = identity.export_public_key().decode().strip()
    try:
        yield RunningSftp(server.get_port(), root, user, password, public)
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    with rights_heeded():
        loop.run_forever()


def _host_key(path: Path | None) -> asyncssh.SSHKey:
    if path and path.exists():
        return asyncssh.read_private_key(path)
    key = asyncssh.generate_private_key("ssh-ed25519")
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        key.write_private_key(path)
    return key
