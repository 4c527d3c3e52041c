"""One line to a share after the login: chains of requests, signatures, encryption, credits.

Whoever waits for an answer reads what comes; no thread and no other connection is involved.
"""

from __future__ import annotations

import hmac
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from smbprotocol import Dialects  # type: ignore[import-untyped]
from smbprotocol.connection import Ciphers, SigningAlgorithms  # type: ignore[import-untyped]

from blocks import smb_wire as wire
from blocks.smb_login import Account, Handshake, Login, logged_in
from blocks.smb_wire import HEADER, Reply, Request

PIECE = 1 << 20
"""Bytes of one read or write; larger ones gain nothing and cost memory."""
UNIT = 1 << 16
"""Bytes that one credit pays for (MS-SMB2 3.1.5.2)."""
CREDITS = 512
"""Credits that are kept in hand: what is asked for at once is limited by them."""
TRANSFORM = struct.Struct("<4s16s16sIHHQ")


def open_link(account: Account, *, connect_seconds: float, idle_seconds: float) -> SmbLink:
    """Connect, log in, and open the share; see `blocks.smb_login.logged_in`."""
    return SmbLink(logged_in(account, connect_seconds), idle_seconds)


class SmbLink:
    """Sends chains of requests and returns the answers; one thread at a time."""

    def __init__(self, login: Login, idle_seconds: float) -> None:
        """Take the line over from the login."""
        shake, session, tree = login.shake, login.session, login.tree
        self._socket = shake.socket
        self._socket.settimeout(idle_seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._using = threading.Lock()
        self._is_broken = False
        self._tree, self._session = tree.tree_connect_id, session.session_id
        self._next, high = shake.sequence_window["low"], shake.sequence_window["high"]
        self._credits = high - self._next
        self._asked: dict[int, bool] = {}
        self._answered: dict[int, Reply] = {}
        self._has_large = bool(shake.supports_multi_credit)
        limit = PIECE if self._has_large else UNIT
        self.piece = min(limit, shake.max_read_size, shake.max_write_size)
        self.listing = min(limit, shake.max_transact_size)
        is_encrypted = bool(session.encrypt_data or tree.encrypt_data)
        self._box = _Box(shake, session) if is_encrypted else None
        self._sign = (
            None
            if is_encrypted or not session.signing_required
            else _signer(shake, session.signing_key)
        )

    # -- asking ----------------------------------------------------------------------------

    def send(self, *chain: Request) -> list[int]:
        """Send requests of which each but the first works with what the first has opened.

        Returns:
            A number for each, to be given to `receive` or to `forget`.
        """
        charges = [self._charge(request) for request in chain]
        while self._credits < sum(charges):
            if not self._asked:
                raise EOFError("the server allows no more requests")
            self._take_packet()
        numbers, messages = [], []
        for place, (request, charge) in enumerate(zip(chain, charges, strict=True)):
            numbers.append(self._next)
            is_last = place == len(chain) - 1
            messages.append(self._message(request, charge, is_first=place == 0, is_last=is_last))
            self._asked[self._next] = True
            self._next += charge
            self._credits -= charge
        self._put(messages)
        return numbers

    def receive(self, number: int) -> Reply:
        """Wait for the final answer to a request."""
        while number not in self._answered:
            if number not in self._asked:
                raise EOFError("the connection was closed")
            self._take_packet()
        return self._answered.pop(number)

    def forget(self, numbers: Sequence[int]) -> None:
        """Drop the answers to requests that nobody waits for any more."""
        for number in numbers:
            self._answered.pop(number, None)
            if number in self._asked:
                self._asked[number] = False

    def close(self) -> None:
        """End the connection, from another thread too: who waits for the server stops waiting."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        # Not before the other thread has left it: the kernel may give its number away at once.
        with self._using:
            self._socket.close()

    # -- messages --------------------------------------------------------------------------

    def _charge(self, request: Request) -> int:
        return max(1, -(-request.payload // UNIT)) if self._has_large else 1

    def _message(
        self, request: Request, charge: int, *, is_first: bool, is_last: bool
    ) -> bytearray:
        size = HEADER.size + len(request.body) + len(request.data)
        padding = 0 if is_last else -size % 8
        flags = (0 if is_first else wire.FLAG_RELATED) | (wire.FLAG_SIGNED if self._sign else 0)
        more = charge + max(0, min(CREDITS - self._credits, 64))
        message = bytearray(
            HEADER.pack(
                wire.PROTOCOL, HEADER.size, charge if self._has_large else 0, 0, request.command,
                more, flags, 0 if is_last else size + padding, self._next, 0,
                self._tree, self._session, bytes(16),
            )
        )  # fmt: skip
        message += request.body
        message += request.data
        message += bytes(padding)
        if self._sign:
            message[48:64] = self._sign(message, self._next, ASKED)
        return message

    def _put(self, messages: Sequence[bytearray]) -> None:
        packet = memoryview(b"".join(messages) if len(messages) > 1 else messages[0])
        if self._box:
            packet = memoryview(self._box.closed(packet))
        with self._used():
            self._socket.sendall(len(packet).to_bytes(4, "big"))
            # Not sendall: its time limit is one for the whole packet, however slow the line.
            while packet:
                packet = packet[self._socket.send(packet) :]

    def _take_packet(self) -> None:
        try:
            self._take_messages()
        except (ConnectionError, struct.error):
            # Whoever sends that is not to be asked again.
            self.close()
            raise

    def _take_messages(self) -> None:
        packet = memoryview(self._exactly(int.from_bytes(self._exactly(4), "big") & wire.LARGEST))
        if self._box:
            packet = memoryview(self._box.opened(packet))
        while packet:
            fields = HEADER.unpack_from(packet)
            message = packet[: fields[7] or len(packet)]
            packet = packet[len(message) :]
            self._take(message, fields)

    def _take(self, message: memoryview, fields: tuple[Any, ...]) -> None:
        status, granted, flags, number = fields[3], fields[5], fields[6], fields[8]
        if number not in self._asked:
            # What nobody asked for: that an opportunistic lock is broken, and we take none.
            return
        is_interim = status == wire.PENDING and bool(flags & wire.FLAG_ASYNC)
        if self._sign and not is_interim:
            _verify(self._sign, message, fields)
        self._credits += granted
        if is_interim:
            return
        if self._asked.pop(number):
            self._answered[number] = Reply(status, message)

    @contextmanager
    def _used(self) -> Iterator[None]:
        """Keep the socket open meanwhile; after half a message there is no other."""
        if self._is_broken:
            raise EOFError("the connection was closed")
        with self._using:
            self._is_broken = True
            yield
            self._is_broken = False

    def _exactly(self, size: int) -> bytearray:
        buffer = bytearray(size)
        view = memoryview(buffer)
        with self._used():
            while view:
                count = self._socket.recv_into(view)
                if not count:
                    raise EOFError("the connection was closed")
                view = view[count:]
        return buffer


ASKED, ANSWERED = 0, 1
Signer = Callable[[bytearray | memoryview, int, int], bytes]
"""Signs a message, given its number and whether it is an answer."""


def _signer(shake: Handshake, key: bytes) -> Signer:
    """Return what signs as was agreed on (MS-SMB2 3.1.4.1)."""
    if shake.dialect >= Dialects.SMB_3_1_1 and shake.signing_algorithm_id is not None:
        algorithm = shake.signing_algorithm_id
    elif shake.dialect >= Dialects.SMB_3_0_0:
        algorithm = SigningAlgorithms.AES_CMAC
    else:
        algorithm = SigningAlgorithms.HMAC_SHA256
    if algorithm == SigningAlgorithms.AES_CMAC:
        return lambda message, _, __: _cmac(key, message)
    if algorithm == SigningAlgorithms.HMAC_SHA256:
        return lambda message, _, __: hmac.digest(key, message, "sha256")[:16]
    cipher = AESGCM(key)
    return lambda message, number, role: cipher.encrypt(
        struct.pack("<QI", number, role), b"", message
    )


def _verify(sign: Signer, message: memoryview, fields: tuple[Any, ...]) -> None:
    number, flags, signature = fields[8], fields[6], fields[12]
    message[48:64] = bytes(16)
    expected = sign(message, number, ANSWERED)
    if not (flags & wire.FLAG_SIGNED and hmac.compare_digest(expected, signature)):
        raise ConnectionError("the signature of an answer is missing or wrong")


def _cmac(key: bytes, message: bytearray | memoryview) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(bytes(message))
    return mac.finalize()


class _Box:
    """Encrypts what is sent and decrypts what comes (MS-SMB2 2.2.41, 3.1.4.3)."""

    def __init__(self, shake: Handshake, session: Any) -> None:
        """Take the keys of a session."""
        self._session = session.session_id
        is_new = shake.dialect >= Dialects.SMB_3_1_1
        uses_gcm = is_new and shake.cipher_id in (Ciphers.AES_128_GCM, Ciphers.AES_256_GCM)
        kind = AESGCM if uses_gcm else AESCCM
        self._nonce_size = 12 if uses_gcm else 11
        self._out, self._in = kind(session.encryption_key), kind(session.decryption_key)

    def closed(self, packet: memoryview) -> bytes:
        """Return the packet encrypted, under its header."""
        nonce = os.urandom(self._nonce_size)
        rest = struct.pack("<16sIHHQ", nonce, len(packet), 0, 1, self._session)
        text = self._out.encrypt(nonce, packet, rest)
        return b"".join((wire.TRANSFORMED, text[-16:], rest, memoryview(text)[:-16]))

    def opened(self, packet: memoryview) -> bytearray:
        """Return what was in a packet.

        Raises:
            ConnectionError: it is not encrypted, or not by the one who knows the key.
        """
        if bytes(packet[:4]) != wire.TRANSFORMED:
            raise ConnectionError("an answer is not encrypted")
        nonce = packet[20 : 20 + self._nonce_size]
        sealed = b"".join((packet[TRANSFORM.size :], packet[4:20]))
        try:
            return bytearray(self._in.decrypt(nonce, sealed, packet[20 : TRANSFORM.size]))
        except InvalidTag as error:
            raise ConnectionError("an answer cannot be decrypted") from error
