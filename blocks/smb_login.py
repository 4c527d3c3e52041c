"""The login at a share by smbprotocol: dialect, algorithms, NTLM or Kerberos, keys.

smbprotocol's own reader, a thread for each connection that waits for ever, is not used: whoever
waits for an answer reads it, so that each wait has an end.
"""

from __future__ import annotations

import socket
import time
import uuid
from dataclasses import dataclass
from typing import Any

from smbprotocol.connection import (  # type: ignore[import-untyped]
    Ciphers,
    Connection,
    SecurityMode,
    SMB2TransformHeader,
)
from smbprotocol.exceptions import (  # type: ignore[import-untyped]
    SMBAuthenticationError,
    SMBException,
    SMBResponseException,
)
from smbprotocol.header import Commands, SMB2HeaderResponse  # type: ignore[import-untyped]
from smbprotocol.session import Session  # type: ignore[import-untyped]
from smbprotocol.tree import TreeConnect  # type: ignore[import-untyped]

from blocks import smb_wire as wire

CIPHERS = {
    Ciphers.AES_128_CCM: "AES-128-CCM",
    Ciphers.AES_128_GCM: "AES-128-GCM",
    Ciphers.AES_256_CCM: "AES-256-CCM",
    Ciphers.AES_256_GCM: "AES-256-GCM",
}


@dataclass(frozen=True, slots=True)
class Account:
    r"""Who logs in where.

    Attributes:
        host: name or address; Kerberos needs the name.
        port: TCP port.
        share: name of the share.
        user: as the login protocol takes it: `user`, `DOMAIN\user` or `user@REALM`.
        password: may be "" for Kerberos, which then takes a ticket that is there.
        protocol: `ntlm`, `kerberos` or `negotiate`.
        sign: refuse a session without signatures.
        encrypt: refuse a session without encryption.
    """

    host: str
    port: int
    share: str
    user: str
    password: str
    protocol: str
    sign: bool
    encrypt: bool


class Handshake(Connection):  # type: ignore[misc]
    """smbprotocol's connection, until the login is done; who asks reads the answer himself."""

    def __init__(self, account: Account, seconds: float) -> None:
        """Take note of the limit; `connect` begins."""
        super().__init__(uuid.uuid4(), account.host, account.port, require_signing=account.sign)
        self._until = time.monotonic() + seconds

    @property
    def socket(self) -> socket.socket:
        """Return the socket of the line that stands."""
        sock: socket.socket = self.transport._sock  # noqa: SLF001
        return sock

    def close(self) -> None:
        """Give the line up, if there is one."""
        if self.transport and self.transport.connected:
            self.socket.close()

    def _process_message_thread(self) -> None:
        """Leave reading to `receive`: smbprotocol starts a thread of this, which ends at once."""

    def receive(self, request: Any, *_: object, **__: object) -> Any:
        """Return the final answer to a request.

        Raises:
            SMBResponseException: it is a refusal.
            OSError, EOFError: the line or the limit.
        """
        while request.response is None or request.response["status"].get_value() == wire.PENDING:
            self._accept(self._packet())
        self.outstanding_requests.pop(request.message["message_id"].get_value(), None)
        if request.response["status"].get_value() != wire.SUCCESS:
            raise SMBResponseException(request.response)
        return request.response

    def _packet(self) -> bytes:
        sock = self.socket

        def exactly(size: int) -> bytes:
            got = b""
            while len(got) < size:
                left = self._until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                sock.settimeout(left)
                piece = sock.recv(size - len(got))
                if not piece:
                    raise EOFError
                got += piece
            return got

        return exactly(int.from_bytes(exactly(4), "big") & wire.LARGEST)

    def _accept(self, packet: bytes) -> None:
        is_encrypted = packet.startswith(wire.TRANSFORMED)
        if is_encrypted:
            outer = SMB2TransformHeader()
            outer.unpack(packet)
            packet = self._decrypt(outer)
        header = SMB2HeaderResponse()
        header.unpack(packet)
        number = header["message_id"].get_value()
        request = self.outstanding_requests.get(number)
        if request is None:
            raise SMBException("The server answered what was not asked")
        if not is_encrypted:
            self.verify_signature(header, request.session_id)
        self.sequence_window["high"] += header["credit_response"].get_value()
        # The keys of SMB 3.1.1 are made of all that was said up to the login (3.2.5.3.1).
        command, status = header["command"].get_value(), header["status"].get_value()
        if command == Commands.SMB2_NEGOTIATE:
            self.preauth_integrity_hash_value.append(packet)
        elif command == Commands.SMB2_SESSION_SETUP and status not in (0, wire.PENDING):
            self.preauth_integrity_session_hash_value[number].append(packet)
        request.response = header


@dataclass(frozen=True, slots=True)
class Login:
    """What a login gives: the line, the session with its keys, the open share."""

    shake: Handshake
    session: Any
    tree: Any


def negotiated(account: Account, seconds: float) -> Handshake:
    """Connect and agree on dialect and algorithms; the caller closes it.

    Raises:
        OSError, EOFError: there is no line, or it was lost.
        SMBException, ValueError: there is no common dialect, or what speaks there is not SMB.
    """
    shake = Handshake(account, seconds)
    sent = shake.client_security_mode
    try:
        shake.connect(timeout=seconds)
        # smbprotocol takes on what the server requires; before SMB 3.1.1 the server then takes
        # the question what had been sent (3.2.5.5) for a forgery.
        shake.client_security_mode = sent
    except ValueError as error:
        # smbprotocol's way to say that the socket failed.
        shake.close()
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
    except BaseException:
        shake.close()
        raise
    return shake


def described(shake: Handshake) -> str:
    """Return what was agreed on, in words."""
    dialect = f"{shake.dialect >> 8}.{shake.dialect >> 4 & 0xF}.{shake.dialect & 0xF}"
    needs = shake.server_security_mode & SecurityMode.SMB2_NEGOTIATE_SIGNING_REQUIRED
    signs = "required by the server" if needs else "offered"
    cipher = CIPHERS.get(shake.cipher_id, "AES-128-CCM") if shake.supports_encryption else "none"
    return f"SMB {dialect}, signatures {signs}, encryption {cipher}"


def logged_in(account: Account, seconds: float) -> Login:
    """Connect, log in, and open the share; the caller closes the handshake.

    Raises:
        OSError, EOFError: there is no line, or it was lost.
        SMBAuthenticationError: the login cannot be made, or made a guest of us.
        SMBResponseException: the server refused.
        SMBException: what is required is not offered.
    """
    shake = negotiated(account, seconds)
    try:
        session = Session(
            shake,
            account.user or None,
            account.password or None,
            require_encryption=account.encrypt,
            auth_protocol=account.protocol,
        )
        session.connect()
        _check_account(session)
        tree = TreeConnect(session, rf"\\{account.host}\{account.share}")
        tree.connect()
    except BaseException as error:
        shake.close()
        if isinstance(error, ImportError):
            # pyspnego looks for the Kerberos packages only now.
            raise SMBAuthenticationError(f"this worker lacks a package: {error}") from error
        raise
    return Login(shake, session, tree)


def _check_account(session: Any) -> None:
    # A wrong password makes a guest at some servers, whose messages nobody signs.
    if session.signing_key is None:
        raise SMBAuthenticationError("the server took the account for a guest")
