"""One SSH connection: pinned host keys, login, and limits that hold (RFC 4251 to 4254)."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from paramiko import AuthenticationException, Channel, PKey, Transport

from blocks.endpoint import Finding
from transforms.errors import IdentityUnknown

FASTEST = "aes128-gcm@openssh.com"
PACKET = 1 << 15
WINDOW = 1 << 22
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
KIND = re.compile(r"(?:ssh|ecdsa|sk)-[a-z0-9@.-]+")
PRINTED_KIND = re.compile(r"\((ED25519|ECDSA|RSA)\)\s*$")
RSA = "ssh-rsa"

# What goes wrong reaches us as an error; paramiko's own log would add tracebacks to it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Pin:
    """One host key that is trusted.

    Attributes:
        kind: `ssh-ed25519`, `ssh-rsa`, `ecdsa-…`, or "" if only the fingerprint is known.
        key: the public key in base64, or its fingerprint as `SHA256:…`.
    """

    kind: str
    key: str

    def fits(self, key: PKey) -> bool:
        """Tell whether this is the key."""
        return self.key in (key.get_base64(), fingerprint(key))

    def allows(self, algorithm: str) -> bool:
        """Tell whether a key of this pin can sign by an algorithm, such as `rsa-sha2-512`."""
        if self.kind == RSA:
            return algorithm.startswith(("rsa-", RSA))
        return bool(self.kind) and algorithm.startswith(self.kind)


def pins(text: str) -> tuple[Pin, ...]:
    """Read pinned host keys, one a line; empty lines and those with `#` are skipped.

    A line is of known_hosts, of a `.pub` file, of ssh-keyscan, or what `ssh-keygen -lf` prints.

    Raises:
        ValueError: a line is none of that.
    """
    lines = (line.strip() for line in text.splitlines())
    return tuple(_pin(line) for line in lines if line and not line.startswith("#"))


def _pin(line: str) -> Pin:
    if found := FINGERPRINT.search(line):
        printed = PRINTED_KIND.search(line)
        kinds = {"ED25519": "ssh-ed25519", "ECDSA": "ecdsa-", "RSA": RSA}
        return Pin(kinds[printed[1]] if printed else "", found.group())
    words = line.split()
    for kind, key in pairwise(words):
        if KIND.fullmatch(kind) and _is_base64(key):
            return Pin(kind, key)
    message = f"{line[:60]!r} is no host key; write `ssh-ed25519 AAAA…` or `SHA256:…`"
    raise ValueError(message)


def _is_base64(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) > len("ssh-rsa")
    except ValueError:
        return False


def fingerprint(key: PKey) -> str:
    """Return `SHA256:…` as `ssh-keygen -lf` prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Login:
    """With what the hub logs in: a key, a password, or first the one and then the other."""

    user: str
    password: str
    key: PKey | None


def open_channel(
    address: tuple[str, int],
    trusted: tuple[Pin, ...],
    login: Login,
    *,
    connect_seconds: float,
    idle_seconds: float,
    label: str,
) -> Channel:
    """Connect, compare the host key, log in, and start the subsystem sftp.

    Raises:
        IdentityUnknown: the host key is not pinned.
        TimeoutError: it took longer than `connect_seconds`.
        OSError, EOFError, SSHException: as paramiko and the socket raise them.
    """
    deadline = time.monotonic() + connect_seconds
    transport = _transport(address, connect_seconds, idle_seconds)
    try:
        _negotiate(transport, trusted, deadline)
        _compare(transport.get_remote_server_key(), trusted, label)
        transport.auth_timeout = _left(deadline)
        _log_in(transport, login, deadline)
        channel = transport.open_session(timeout=_left(deadline))
        channel.settimeout(_left(deadline))
        channel.invoke_subsystem("sftp")
    except BaseException:
        transport.close()
        raise
    channel.settimeout(idle_seconds)
    return channel


def greeted(
    address: tuple[str, int], trusted: tuple[Pin, ...], *, seconds: float, label: str
) -> Iterator[Finding]:
    """Connect and look at what the server shows before the login; log in nowhere.

    Yields:
        The algorithms agreed upon, and the host key.

    Raises:
        IdentityUnknown: the host key is not pinned.
        TimeoutError: it took longer than `seconds`.
        OSError, EOFError, SSHException: as paramiko and the socket raise them.
    """
    transport = _transport(address, seconds, seconds)
    try:
        _negotiate(transport, trusted, time.monotonic() + seconds)
        key = transport.get_remote_server_key()
        said = transport.remote_version
        cipher: str = transport.remote_cipher  # type: ignore[attr-defined]  # left out of its stubs
        yield Finding("SSH", f"{said}, {cipher}, {transport.host_key_type}")
        _compare(key, trusted, label)
        yield Finding("host key", f"{fingerprint(key)} is pinned")
    finally:
        transport.close()


def _transport(address: tuple[str, int], connect_seconds: float, idle_seconds: float) -> Transport:
    sock = socket.create_connection(address, connect_seconds)
    _set_options(sock, idle_seconds)
    return Transport(sock, default_window_size=WINDOW, default_max_packet_size=PACKET)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _set_options(sock: socket.socket, idle_seconds: float) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # paramiko waits without limit for a server that has stopped reading.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(idle_seconds * 1000))


def _negotiate(transport: Transport, trusted: tuple[Pin, ...], deadline: float) -> None:
    options = transport.get_security_options()
    options.ciphers = sorted(options.ciphers, key=lambda name: name != FASTEST)
    options.key_types = sorted(
        options.key_types, key=lambda name: not any(pin.allows(name) for pin in trusted)
    )
    transport.banner_timeout = transport.handshake_timeout = _left(deadline)
    transport.start_client(timeout=_left(deadline))
    # start_client returns without a word when its time is over.
    _left(deadline)


def _compare(key: PKey, trusted: tuple[Pin, ...], label: str) -> None:
    if any(pin.fits(key) for pin in trusted):
        return
    raise IdentityUnknown(
        "The server's host key is not the pinned one" if trusted else "No host key is pinned",
        where=label,
        remedy=f"Ask the server's operator whether its fingerprint is {fingerprint(key)}; if so, "
        f"paste `{key.get_name()} {key.get_base64()}` into the block's field Host key",
    )


def _log_in(transport: Transport, login: Login, deadline: float) -> None:
    try:
        further = transport.auth_publickey(login.user, login.key) if login.key else ["password"]
        if further and not transport.is_authenticated():
            transport.auth_timeout = _left(deadline)
            transport.auth_password(login.user, login.password)
    except AuthenticationException:
        # paramiko calls it a refusal too when no answer comes in time.
        _left(deadline)
        raise
    if not transport.is_authenticated():
        message = "the server asks for more than key and password"
        raise AuthenticationException(message)
