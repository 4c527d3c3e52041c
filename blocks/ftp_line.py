"""One FTP session: login, TLS on both channels, replies, and the bytes of one file at a time.

`ftplib` speaks at Latin-1, which keeps every byte; `blocks.ftp_driver` makes names of them.

Sources: RFC 959 (FTP), RFC 2428 (EPSV), RFC 3659 (MLST, SIZE, MDTM, REST), RFC 4217 (TLS).
"""

from __future__ import annotations

import ftplib
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

CHUNK = 1 << 18
"""Bytes that are passed on together; TLS gives them in records of 16 KiB."""
IAC = "\xff"
"""Begins a command of Telnet, whose rules hold for the control channel (RFC 959, section 4; RFC 854,
page 14): as a byte of a name it has to be doubled, for servers that keep to that."""
INTERRUPT = f"{IAC}\xf4"
IN_FLIGHT = 40
"""Commands that are sent before their replies are read: what fits any server's buffer."""
GOOD = 2


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in where, and how.

    Attributes:
        context: what TLS trusts; None for clear text.
        implicit: TLS from the first byte on, instead of after AUTH.
        seconds: limits of connecting and of each wait for the other side.
    """

    host: str
    port: int
    user: str
    password: str
    context: ssl.SSLContext | None
    implicit: bool
    connect_seconds: float
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the server: its code (RFC 959, section 4.2) and its text with all lines."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        """Whether it says that the command was carried out."""
        return self.code // 100 == GOOD


class _Control(ftplib.FTP_TLS):
    """What ftplib lacks: implicit TLS, and the control channel's TLS session on the data channel.

    Servers that demand the same session there (vsftpd's `require_ssl_reuse`) keep others from
    taking over a data connection.
    """

    def __init__(self, account: Account) -> None:
        context = account.context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(context=context, timeout=account.connect_seconds, encoding="latin-1")
        self._implicit = account.implicit
        self._heeds_telnet: bool | None = None
        self.data: socket.socket | None = None

    def create_socket(self, account: Account) -> None:
        """Connect, and read the greeting."""
        self.host, self.port = account.host, account.port
        self.sock = socket.create_connection((self.host, self.port), account.connect_seconds)
        self.af = self.sock.family
        if self._implicit:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def told(self, command: str) -> str:
        """Return a command as this server has to be told it.

        Most take a name's bytes as they are, and would keep a doubled one as two; those that
        drop the interruption before a command are the ones that read Telnet.
        """
        if IAC not in command:
            return command
        if self._heeds_telnet is None and self.sock:
            self.sock.sendall(f"{INTERRUPT}NOOP\r\n".encode("latin-1"))
            self._heeds_telnet = self.getmultiline().startswith("2")
        return command.replace(IAC, IAC * 2) if self._heeds_telnet else command

    def open_data(self, command: str, offset: int) -> socket.socket:
        """Begin a transfer and return its data channel."""
        command = self.told(command)
        # The super class would begin a TLS session anew.
        self.data, _ = super(ftplib.FTP_TLS, self).ntransfercmd(command, offset or None)
        if self._prot_p:  # type: ignore[attr-defined]
            session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
            self.data = self.context.wrap_socket(
                self.data, server_hostname=self.host, session=session
            )
        return self.data


class FtpLine:
    """One session, for one thread at a time; its errors are those of ftplib and the socket.

    Attributes:
        features: what FEAT tells, in capitals, each with its parameters.
        is_broken: no more commands can be sent.
    """

    def __init__(self, account: Account) -> None:
        """Prepare a session; nothing is sent yet."""
        self._account = account
        self._control = _Control(account)
        self.features: dict[str, str] = {}
        self.is_broken = False

    def greet(self) -> ssl.SSLSocket | None:
        """Connect and agree upon TLS; return the protected control channel."""
        control = self._control
        control.create_socket(self._account)
        if self._account.context and not self._account.implicit:
            control.auth()
        return control.sock if isinstance(control.sock, ssl.SSLSocket) else None

    def open(self) -> None:
        """Connect, log in, and set up binary transfers."""
        self.greet()
        control, account = self._control, self._account
        control.login(account.user, account.password, secure=False)
        if account.context:
            control.prot_p()
        (told,) = self.ask_all(["FEAT"])
        if told.is_good:
            lines = (line.strip().partition(" ") for line in told.text.splitlines()[1:-1])
            self.features = {name.upper(): rest for name, _, rest in lines}
        control.voidcmd("TYPE I")
        if control.sock:
            control.sock.settimeout(account.idle_seconds)
        control.timeout = account.idle_seconds

    def home(self) -> str:
        """Return the directory after the login, "" if the server does not tell."""
        try:
            return self._control.pwd()
        except ftplib.error_perm:
            return ""

    def ask(self, command: str) -> Reply:
        """Send one command and return the reply, a refusal too."""
        return self.ask_all([command])[0]

    def ask_all(self, commands: Sequence[str]) -> list[Reply]:
        """Send several commands before their replies are read."""
        with self._noted():
            return list(self._asked(commands))

    def _asked(self, commands: Sequence[str]) -> Iterator[Reply]:
        for start in range(0, len(commands), IN_FLIGHT):
            some = commands[start : start + IN_FLIGHT]
            lines = "".join(f"{self._control.told(command)}\r\n" for command in some)
            sock = self._control.sock
            if sock is None:
                raise EOFError
            sock.sendall(lines.encode("latin-1"))
            for _ in some:
                text = self._control.getmultiline()
                yield Reply(int(text[:3]) if text[:3].isdigit() else 0, text)

    def lines(self, command: str) -> list[str]:
        """Return the lines that a listing has."""
        content = b"".join(self.read(command)).decode("latin-1")
        return [line.removesuffix("\r") for line in content.split("\n") if line]

    def read(self, command: str, offset: int = 0) -> Iterator[bytes]:
        """Yield what the server sends, until it says that this was all."""
        with self._noted():
            data = self._control.open_data(command, offset)
            self.is_broken = True  # Until the end: who stops earlier leaves bytes on the way.
            with data:
                buffer = bytearray(CHUNK)
                while count := _filled(data, buffer):
                    yield bytes(memoryview(buffer)[:count])
            self._control.voidresp()
            self.is_broken = False

    def write(self, command: str, chunks: Iterable[bytes]) -> None:
        """Send a file; return once the server says that it has all of it."""
        with self._noted():
            data = self._control.open_data(command, 0)
            self.is_broken = True
            with data:
                self._send(data, chunks)
            self._control.voidresp()
            self.is_broken = False

    def _send(self, data: socket.socket, chunks: Iterable[bytes]) -> None:
        try:
            for chunk in chunks:
                view = memoryview(chunk)
                for start in range(0, len(view), CHUNK):
                    data.sendall(view[start : start + CHUNK])
            if isinstance(data, ssl.SSLSocket):
                with suppress(ssl.SSLError):  # Many servers hang up without a word.
                    data.unwrap()
        except TimeoutError:
            raise
        except OSError:
            # Why the server hung up, such as a full disk, it says on the other channel.
            data.close()
            self._control.voidresp()
            raise

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Remember that a session is of no use after an error of its line."""
        try:
            yield
        except (OSError, EOFError, ftplib.error_proto):
            self.is_broken = True
            raise
        except (ftplib.error_temp, ftplib.error_perm) as error:
            self.is_broken = str(error).startswith("421")
            raise

    def close(self) -> None:
        """Say goodbye; never raises."""
        if not self.is_broken:
            with suppress(*ERRORS):
                self._control.putcmd("QUIT")
        self.end()
        with suppress(OSError):
            self._control.close()

    def end(self) -> None:
        """Break both channels, from any thread: who waits on them wakes up."""
        self.is_broken = True
        for sock in (self._control.data, self._control.sock):
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, ftplib.Error)
"""What a session raises: the line's errors and refusals."""


def _filled(data: socket.socket, buffer: bytearray) -> int:
    view, count = memoryview(buffer), 0
    while count < len(buffer) and (more := data.recv_into(view[count:])):
        count += more
    return count
