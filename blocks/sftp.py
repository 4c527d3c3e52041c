"""SFTP servers: OpenSSH, managed file transfer products, and appliances (SFTP version 3).

What a server must offer for what: replacing a file needs `posix-rename@openssh.com`; a server
without it can take new names only, because to remove and then rename would lose the old file at
a crash in between. A free name is taken by the plain rename, which the draft wants refused where
the name is taken; as some servers replace all the same, the name is looked at just before.
Version 3 tells no inode and whole seconds only: of two files of one size and one second under
one name, the hub cannot tell which it has.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from paramiko import AuthenticationException, Channel, SSHException
from pydantic import Field, SecretStr, field_validator

from blocks import icons
from blocks import sftp_client as sftp
from blocks.driver import Driver, Entry
from blocks.endpoint import Can, Endpoint, Finding, display, in_turn
from blocks.filesystem import FILES_AND_LOCKS, FileConnection, join
from blocks.names import Encoding, fitted
from blocks.paths import parent
from blocks.sftp_client import Attributes, SftpClient, SftpStatus
from blocks.ssh import Login, greeted, open_channel, pins
from blocks.ssh_key import SshKey
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

Answer = TypeVar("Answer")

FULL = re.compile(r"quota|no space|disk full|disk is full", re.IGNORECASE)
TAKEN_STATUS, FULL_STATUS, QUOTA_STATUS = 11, 14, 15
"""Numbers of later versions, which some servers send in version 3 too."""


class SftpServer(Endpoint):
    """An account at an SFTP server.

    Example:
        ```python
        from blocks.sftp import SftpServer

        SftpServer(host="sftp.example", user="hub", password="…").save("gnap03-inbox")
        ```
    """

    _block_type_name = "SFTP server"
    _block_type_slug = "sftp-server"
    _logo_url = icons.SFTP
    _description = "Fetches files from an SFTP server and delivers files to it."

    can: ClassVar[frozenset[Can]] = FILES_AND_LOCKS

    host: str = Field(
        min_length=1,
        title="Host",
        description="Name or address of the server.",
        examples=["sftp.example"],
    )
    port: int = Field(
        default=22, ge=1, le=65535, title="Port", description="TCP port of the server."
    )
    user: str = Field(min_length=1, title="User", description="Account at the server.")
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Password",
        description="Password of the account; with a key too, the server gets the key first.",
    )
    key: SshKey | None = Field(
        default=None,
        title="Key",
        description="The SSH key block with which the hub logs in; none: by password.",
    )
    host_key: str = Field(
        default="",
        title="Host key",
        description="What the server proves itself with, one a line: `ssh-ed25519 AAAA…` as in "
        "known_hosts, or `SHA256:…` as `ssh-keygen -lf` prints; left empty, the access check "
        "shows what to paste here.",
        json_schema_extra={"format": "textarea"},
    )
    directory: str = Field(
        default="",
        title="Base directory",
        description="Directory that all transfers of this block stay below; without a leading "
        "slash it is below the directory that the server opens after login.",
        examples=["eingang", "/srv/kombox"],
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    encoding: Encoding = Field(
        default=Encoding.UTF_8,
        title="Encoding of names",
        description="Old servers on Windows keep names in CP1252.",
    )
    replacement: str = Field(
        default="_",
        max_length=1,
        title="Replacement",
        description="Stands for each character that the encoding lacks; empty refuses such names.",
    )

    @field_validator("host_key")
    @classmethod
    def _readable(cls, host_key: str) -> str:
        pins(host_key)
        return host_key

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Open a session and look at the base directory.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: the base directory is wrong.
        """
        driver = SftpDriver(self)
        with FileConnection(driver, self, read_back=self.read_back) as connection:
            driver.check_base()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show the algorithms and the host key."""
        with _translated(self.label, ""):
            yield from greeted(
                (self.host, self.port),
                pins(self.host_key),
                seconds=self.connect_seconds,
                label=self.label,
            )

    def allowed_name(self, name: str) -> str:
        """Return the name under which the server can be told of a document."""
        return fitted(name, where=self.label, replacement=self.replacement, encoding=self.encoding)


class SftpDriver(Driver):
    """The raw verbs over one session."""

    def __init__(self, server: SftpServer) -> None:
        """Connect and log in.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown
        """
        self._label = server.label
        self._encoding = server.encoding
        self._base = server.directory.rstrip("/") or ("/" if server.directory else "")
        key = server.key.load_key() if server.key else None
        with self._translated(""):
            self._channel = open_channel(
                (server.host, server.port),
                pins(server.host_key),
                Login(server.user, server.password.get_secret_value(), key),
                connect_seconds=server.connect_seconds,
                idle_seconds=server.idle_seconds,
                label=self._label,
            )
            try:
                self._client = SftpClient(self._channel)
            except BaseException:
                _end(self._channel)
                raise

    def check_base(self) -> None:
        """Raise `DirectoryMissing` unless the base directory is one."""
        with self._translated("", missing=DirectoryMissing):
            mode = self._client.stat(self._path("")).mode
            if mode is not None and not stat.S_ISDIR(mode):
                raise SftpStatus(sftp.NO_SUCH_FILE)

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory as they arrive; links are nothing to be taken."""
        with self._translated(directory, missing=DirectoryMissing):
            for raw, attributes in self._client.scan(self._path(directory)):
                name = raw.decode(self._encoding, "surrogateescape")
                entry = _entry(name, attributes)
                if entry and name not in (".", ".."):
                    yield entry

    def stat(self, path: str) -> Entry | None:
        """Look at one path; a link to a directory is that directory, other links are nothing."""
        with self._translated(path):
            try:
                attributes = self._client.lstat(self._path(path))
                if not stat.S_ISLNK(attributes.mode or 0):
                    return _entry(path.rpartition("/")[2], attributes)
                entry = _entry(path.rpartition("/")[2], self._client.stat(self._path(path)))
            except SftpStatus as status:
                if status.code != sftp.NO_SUCH_FILE:
                    raise
                return None
            return entry if entry and entry.is_directory else None

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file from an offset on."""
        with self._translated(path):
            try:
                yield from self._client.read(self._path(path), offset)
            except SftpStatus as status:
                raise self._why_unread(path, status) from status

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Write a file, durably where the server offers `fsync@openssh.com`."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                self._client.write(self._path(path), chunks)
            except SftpStatus as status:
                raise self._why_unwritten(path, status, size) from status

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file if the name is free."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                self._client.write(self._path(path), [content], exclusive=True)
            except SftpStatus as status:
                if status.code in (sftp.FAILURE, TAKEN_STATUS) and self._is_taken(path):
                    return False
                raise self._why_unwritten(path, status, len(content)) from status
            return True

    def replace(self, old: str, new: str) -> None:
        """Rename over a file by OpenSSH's extension; without it, onto a free name only."""
        with self._translated(new):
            try:
                self._client.replace(self._path(old), self._path(new))
            except SftpStatus as status:
                if status.code == sftp.UNSUPPORTED and not self._is_taken(new):
                    self._client.rename(self._path(old), self._path(new))
                    return
                if status.code == sftp.FAILURE and self._is_directory(new):
                    raise SftpStatus(TAKEN_STATUS) from status
                raise

    def rename(self, old: str, new: str) -> None:
        """Rename onto a free name; how atomic that is, the module says."""
        with self._translated(new):
            if self._is_taken(new):
                raise SftpStatus(TAKEN_STATUS)
            try:
                self._client.rename(self._path(old), self._path(new))
            except SftpStatus as status:
                if status.code == sftp.FAILURE and self._is_taken(new):
                    raise SftpStatus(TAKEN_STATUS) from status
                raise

    def remove(self, path: str) -> None:
        """Remove exactly this file."""
        with self._translated(path):
            self._client.remove(self._path(path))

    def make_directory(self, path: str) -> None:
        """Create one directory."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                self._client.make_directory(self._path(path))
            except SftpStatus as status:
                if status.code not in (sftp.FAILURE, TAKEN_STATUS) or not self._is_taken(path):
                    raise
                if not self._is_directory(path):
                    raise SftpStatus(TAKEN_STATUS) from status

    # -- many at once ----------------------------------------------------------------------

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files."""
        if most > sftp.PIECE:
            return super().read_many(paths, most)
        with self._translated(paths[0]):
            answers = self._client.read_many([self._path(path) for path in paths])
            found = [
                self._why_unread(path, one) if isinstance(one, SftpStatus) else one
                for path, one in zip(paths, answers, strict=True)
            ]
        return in_turn(list(zip(paths, found, strict=True)), self._accepted)

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths."""
        with self._translated(paths[0]):
            answers = self._client.lstat_many([self._path(path) for path in paths])

        def entry(asked: tuple[str, Attributes | SftpStatus]) -> Entry | None:
            path, answer = asked
            if isinstance(answer, SftpStatus) and answer.code == sftp.NO_SUCH_FILE:
                return None
            attributes = self._accepted((path, answer))
            if stat.S_ISLNK(attributes.mode or 0):
                return self.stat(path)
            return _entry(path.rpartition("/")[2], attributes)

        return in_turn(list(zip(paths, answers, strict=True)), entry)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files; those that are refused are tried alone, to learn why."""
        one_by_one = super().write_many
        if any(len(content) > sftp.PIECE for _, content in files):
            return one_by_one(files)
        with self._translated(files[0][0]):
            refused = self._client.write_many([(self._path(path), data) for path, data in files])
        pairs = zip(files, refused, strict=True)
        return [one_by_one([file])[0] if status else None for file, status in pairs]

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files; those that are refused are tried alone, to learn why."""
        one_by_one = super().rename_many
        paths = [(self._path(old), self._path(new)) for old, new in pairs]
        with self._translated(pairs[0][1]):
            refused = self._refused(paths, replace=replace)
        tried = zip(pairs, refused, strict=True)
        return [one_by_one([pair], replace=replace)[0] if again else None for pair, again in tried]

    def _refused(self, pairs: Sequence[tuple[bytes, bytes]], *, replace: bool) -> list[bool]:
        if replace and self._client.replaces:
            return [answer is not None for answer in self._client.replace_many(pairs)]
        news = [new for _, new in pairs]
        if replace or len(set(news)) < len(news):
            return [True] * len(pairs)
        free = [
            isinstance(seen, SftpStatus) and seen.code == sftp.NO_SUCH_FILE
            for seen in self._client.lstat_many(news)
        ]
        asked = [pair for pair, is_free in zip(pairs, free, strict=True) if is_free]
        answers = iter(self._client.rename_many(asked))
        return [not is_free or next(answers) is not None for is_free in free]

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Remove several files."""
        if not paths:
            return []
        with self._translated(paths[0]):
            answers = self._client.remove_many([self._path(path) for path in paths])
        return in_turn(list(zip(paths, answers, strict=True)), self._accepted)

    def _accepted(self, asked: tuple[str, Answer | SftpStatus]) -> Answer:
        path, answer = asked
        with self._translated(path):
            if isinstance(answer, SftpStatus):
                raise answer
        return answer

    def close(self) -> None:
        """End the session and its connection."""
        _end(self._channel)

    def _path(self, path: str) -> bytes:
        """Return a path below the base directory as the server has it.

        Raises:
            NameNotAllowed: its encoding lacks a character.
        """
        full = f"/{path}" if self._base == "/" else join(self._base, path) or "."
        try:
            return full.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError as error:
            raise NameNotAllowed(
                f"The name {display(full)!r} has characters that {self._encoding} lacks",
                where=f"{self._label}:/{display(path)}",
                remedy="Give the file another name, or correct the block's encoding",
            ) from error

    def _is_taken(self, path: str) -> bool:
        with suppress(SftpStatus):
            self._client.lstat(self._path(path))
            return True
        return False

    def _is_directory(self, path: str) -> bool:
        with suppress(SftpStatus):
            return stat.S_ISDIR(self._client.stat(self._path(path)).mode or 0)
        return False

    def _why_unread(self, path: str, status: SftpStatus) -> SftpStatus:
        """Tell a directory in place of a file from a failure."""
        if status.code == sftp.FAILURE and self._is_directory(path):
            return SftpStatus(sftp.NO_SUCH_FILE)
        return status

    def _why_unwritten(self, path: str, status: SftpStatus, size: int) -> SftpStatus:
        """Tell a full disk from a failure: OpenSSH says `Failure` whatever the reason."""
        if status.code == sftp.FAILURE:
            with suppress(SftpStatus):
                if self._client.free_bytes(self._path(parent(path))) < size:
                    return SftpStatus(FULL_STATUS, status.text)
        return status

    def _translated(
        self, path: str, missing: type[EndpointError] = FileMissing
    ) -> AbstractContextManager[None]:
        return _translated(self._label, path, missing)


@contextmanager
def _translated(
    label: str, path: str, missing: type[EndpointError] = FileMissing
) -> Iterator[None]:
    where = f"{label}:/{display(path)}"
    try:
        yield
    except SftpStatus as status:
        raise _refusal(status, where, missing) from status
    except AuthenticationException as error:
        raise AccessRefused(
            "The server refused the login",
            where=label,
            remedy="Correct user, password or key in the block, or ask the server's operator",
        ) from error
    except TimeoutError as error:
        raise Unreachable(
            "The server did not answer in time",
            where=where,
            remedy="Check server and line, or raise the limits in the endpoint's block",
        ) from error
    except (OSError, EOFError, SSHException) as error:
        raise Unreachable(
            f"The connection failed or was lost: {str(error) or 'it was closed'}",
            where=where,
            remedy="Check host and port in the block, the server, and the line",
        ) from error


def _refusal(status: SftpStatus, where: str, missing: type[EndpointError]) -> EndpointError:
    said = f": {display(status.text)}" if status.text else ""
    if status.code == sftp.NO_SUCH_FILE:
        return missing("It is not there", where=where, remedy="Check the path at the server")
    if status.code in (FULL_STATUS, QUOTA_STATUS) or FULL.search(status.text):
        return SpaceExhausted(
            "Disk or quota of the server is full", where=where, remedy="Make room at the server"
        )
    kinds: dict[int, tuple[type[EndpointError], str, str]] = {
        sftp.PERMISSION_DENIED: (
            AccessRefused,
            f"The server refused access{said}",
            "Give the account the right to it at the server",
        ),
        sftp.BAD_MESSAGE: (
            NameNotAllowed,
            f"The server refused the name{said}",
            "Give the file another or a shorter name",
        ),
        sftp.UNSUPPORTED: (
            NotSupported,
            f"The server cannot do it{said}",
            "Switch overwriting off and make the name unique with {date} or {n}",
        ),
        TAKEN_STATUS: (
            AlreadyThere,
            "The name is taken",
            "Take the file away, allow overwriting, or choose another name",
        ),
    }
    kind, what, remedy = kinds.get(
        status.code,
        (Unreachable, f"The server failed{said}", "Ask the server's operator; it is tried again"),
    )
    return kind(what, where=where, remedy=remedy)


def _end(channel: Channel) -> None:
    with suppress(OSError, EOFError, SSHException):
        channel.get_transport().close()


def _entry(name: str, attributes: Attributes) -> Entry | None:
    """Describe files and directories; links, sockets and devices are nothing to be taken."""
    mode = attributes.mode
    is_directory = mode is not None and stat.S_ISDIR(mode)
    if mode is not None and stat.S_IFMT(mode) and not (is_directory or stat.S_ISREG(mode)):
        return None
    modified = attributes.modified
    moment = None if modified is None else datetime.fromtimestamp(modified, UTC)
    return Entry(name, is_directory, attributes.size or 0, moment)
