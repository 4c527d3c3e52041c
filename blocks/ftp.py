"""FTP servers, in clear text and over TLS: what machines that are older than SSH speak.

A free name is guarded against other hubs by a directory of ours; others may still take it in the
moment between the look and the renaming, which FTP does without asking (RFC 959).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, SecretStr

from blocks import icons
from blocks.endpoint import Can, Endpoint, Finding
from blocks.filesystem import FILES_AND_LOCKS, FileConnection
from blocks.ftp_driver import FtpDriver
from blocks.ftp_errors import greeted_by
from blocks.ftp_line import Account
from blocks.names import Encoding, fitted
from blocks.tls import trusting


class Security(StrEnum):
    """How the connection is protected."""

    EXPLICIT_TLS = "EXPLICIT_TLS"
    IMPLICIT_TLS = "IMPLICIT_TLS"
    NONE = "NONE"


class FtpServer(Endpoint):
    """An account at an FTP server.

    Example:
        ```python
        from blocks.ftp import FtpServer

        FtpServer(host="files.example", user="hub", password="…").save("alt-bauamt")
        ```
    """

    _block_type_name = "FTP server"
    _block_type_slug = "ftp-server"
    _logo_url = icons.FOLDER
    _description = "Fetches files from an FTP server and delivers files to it, over TLS."

    can: ClassVar[frozenset[Can]] = FILES_AND_LOCKS

    host: str = Field(
        min_length=1,
        title="Host",
        description="Name or address of the server, as its certificate says it.",
        examples=["files.example"],
    )
    port: int = Field(
        default=21,
        ge=1,
        le=65535,
        title="Port",
        description="TCP port of the server: 21, or 990 with implicit TLS.",
    )
    security: Security = Field(
        default=Security.EXPLICIT_TLS,
        title="Security",
        description="EXPLICIT_TLS asks for TLS before the login, IMPLICIT_TLS begins with it; both "
        "protect the files too. NONE sends the password and all files in clear text.",
    )
    user: str = Field(default="anonymous", title="User", description="Account at the server.")
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="Password of the account."
    )
    directory: str = Field(
        default="",
        title="Base directory",
        description="Directory that all transfers of this block stay below; without a slash at "
        "its start it begins where the login leads.",
        examples=["eingang/bauamt"],
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority to trust, if it is a private one.",
    )
    encoding: Encoding = Field(
        default=Encoding.UTF_8,
        title="Encoding of names",
        description="Old servers on Windows write names in CP1252.",
    )
    connections: int = Field(
        default=4,
        ge=1,
        le=16,
        title="Connections",
        description="Sessions at a time where many files wait: FTP carries one file at a time.",
    )
    replacement: str = Field(
        default="_",
        max_length=1,
        title="Replacement",
        description="Stands for each character that the encoding lacks; empty refuses such names.",
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Log in and look at the base directory.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: the base directory is wrong.
        """
        driver = FtpDriver(
            self.account,
            label=self.label,
            directory=self.directory,
            encoding=self.encoding,
            at_once=self.connections,
        )
        with FileConnection(driver, self, read_back=self.read_back) as connection:
            driver.check_base()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate, where TLS is used."""
        yield from greeted_by(self.account, self.label)

    def allowed_name(self, name: str) -> str:
        """Return the name under which the server can be told of a document."""
        return fitted(
            name,
            where=self.label,
            forbidden="\r\n",
            replacement=self.replacement,
            encoding=self.encoding,
        )

    @property
    def account(self) -> Account:
        """Return who logs in where.

        Raises:
            DefinitionWrong: the CA certificate is none.
        """
        return Account(
            host=self.host,
            port=self.port,
            user=self._as_bytes(self.user),
            password=self._as_bytes(self.password.get_secret_value()),
            context=self._context(),
            implicit=self.security is Security.IMPLICIT_TLS,
            connect_seconds=self.connect_seconds,
            idle_seconds=self.idle_seconds,
        )

    def _as_bytes(self, text: str) -> str:
        """Return the encoding's bytes, each as one character, as a session sends them."""
        return text.encode(self.encoding, "replace").decode("latin-1")

    def _context(self) -> ssl.SSLContext | None:
        if self.security is Security.NONE:
            return None
        return trusting(self.ca_certificate, where=self.label)
