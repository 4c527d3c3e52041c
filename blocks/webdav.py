"""WebDAV servers: Nextcloud, ownCloud, Apache, nginx, IIS and their like (RFC 4918)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar
from urllib.parse import quote

import httpx
from pydantic import Field, SecretStr, field_validator, model_validator

from blocks import icons
from blocks.dav_client import DavClient
from blocks.dav_driver import AT_ONCE, Pieces, WebdavDriver
from blocks.endpoint import Can, Endpoint, Finding
from blocks.filesystem import FILES_AND_LOCKS, FileConnection
from blocks.sessions import Bearer
from blocks.tls import (
    CaCertificate,
    ClientCertificate,
    ClientKey,
    ClientPassphrase,
    greeted,
    identified,
    trusting,
)
from transforms.errors import DirectoryMissing

ENTRY = "/remote.php/"
"""Where WebDAV begins at Nextcloud and ownCloud; what precedes it is the server's address."""
MEBIBYTE = 1 << 20


class Kind(StrEnum):
    """What kind of server it is, as far as that changes addresses and uploads."""

    PLAIN = "PLAIN"
    NEXTCLOUD = "NEXTCLOUD"
    OWNCLOUD = "OWNCLOUD"


class Login(StrEnum):
    """How the hub logs in."""

    BASIC = "BASIC"
    DIGEST = "DIGEST"
    BEARER = "BEARER"


class WebdavServer(Endpoint):
    """A WebDAV share, such as a folder of Nextcloud, ownCloud, Apache or IIS.

    Example:
        ```python
        from blocks.webdav import Kind, WebdavServer

        WebdavServer(
            kind=Kind.NEXTCLOUD,
            url="https://cloud.example",
            user="govmanager",
            password="…",
            directory="KomBox/Eingang",
        ).save("kombox")
        ```
    """

    _block_type_name = "WebDAV server"
    _block_type_slug = "webdav-server"
    _logo_url = icons.WEBDAV
    _description = "Fetches files from a WebDAV share and delivers files to it."

    can: ClassVar[frozenset[Can]] = FILES_AND_LOCKS | {Can.SERVER_LOCK}

    kind: Kind = Field(
        default=Kind.PLAIN,
        title="Kind of server",
        description="NEXTCLOUD and OWNCLOUD: the hub makes the path to the account's files itself, "
        "and large files go up to Nextcloud in pieces. PLAIN: the address is the share's.",
    )
    url: str = Field(
        title="Address",
        description="PLAIN: of the share; else of the server, as people open it in the browser. "
        "With http the password travels readable.",
        examples=["https://cloud.example", "https://files.example/dav/kombox"],
    )
    login: Login = Field(
        default=Login.BASIC,
        title="Login",
        description="BASIC or DIGEST with user and password, BEARER with a token. A client "
        "certificate works beside each of them, or alone where there is no user.",
    )
    user: str = Field(
        default="", title="User", description="Account at the server; empty: no login."
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Password",
        description="Password, or the token for BEARER. Nextcloud and ownCloud: an app password, "
        "made in the account under Settings - Security; it also works where a second factor or "
        "single sign-on is asked for, and can be withdrawn by itself.",
    )
    account: str = Field(
        default="",
        title="Account id",
        description="NEXTCLOUD and OWNCLOUD: name of the account in paths (shown under Files - "
        "Settings - WebDAV), where it is not the user who logs in; empty: the user.",
    )
    piece_mebibytes: int = Field(
        default=50,
        ge=5,
        le=5000,
        title="Piece (MiB)",
        description="NEXTCLOUD: what is larger goes up in pieces of this size, below the limits of "
        "proxies and PHP.",
    )
    directory: str = Field(
        default="",
        title="Base directory",
        description="Directory of the share that all transfers of this block stay below.",
        examples=["KomBox/Eingang"],
    )
    client_certificate: ClientCertificate = ""
    client_key: ClientKey = SecretStr("")
    client_passphrase: ClientPassphrase = SecretStr("")
    ca_certificate: CaCertificate = ""
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            message = "this is no address; write https://host/path"
            raise ValueError(message) from error
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            message = "write an address such as https://host/path"
            raise ValueError(message)
        if parsed.userinfo or parsed.query or parsed.fragment:
            message = "leave user, ? and # out of the address; user and password have own fields"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _account_known(self) -> WebdavServer:
        if self.kind is not Kind.PLAIN and not (self.account or self.user):
            message = "enter the user or the account id, for the path has it"
            raise ValueError(message)
        return self

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Open a session and look at the base directory.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: address or base directory is wrong.
            NotSupported: what answers is no WebDAV server.
        """
        driver = self.driver()
        with FileConnection(driver, self, read_back=self.read_back) as connection:
            if driver.stat("") is None:
                raise DirectoryMissing(
                    "The address or its base directory is not there",
                    where=f"{self.label}:/{self.directory}",
                    remedy="Correct address, account or base directory in the block",
                )
            yield connection

    def driver(self) -> WebdavDriver:
        """Prepare a session; nothing is sent yet.

        Raises:
            DefinitionWrong: a certificate or the key in the block is none.
        """
        files = self._client(self._address("files"), self.directory)
        # The answers to Digest have to be counted, one after the other.
        at_once = 1 if self.login is Login.DIGEST else AT_ONCE
        if self.kind is not Kind.NEXTCLOUD:
            return WebdavDriver(files, at_once=at_once)
        uploads = self._client(self._address("uploads"), "")
        pieces = Pieces(uploads, self.piece_mebibytes * MEBIBYTE)
        return WebdavDriver(files, pieces=pieces, at_once=at_once)

    def _client(self, url: str, directory: str) -> DavClient:
        return DavClient(
            url,
            directory,
            self._auth(),
            context=self._trusted(),
            limits=self,
            takes_part=self.kind is Kind.PLAIN,
        )

    def _trusted(self) -> ssl.SSLContext:
        if httpx.URL(self.url).scheme == "http":
            # Reading all authorities takes longer than a session, and there is no TLS to verify.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return identified(
            trusting(self.ca_certificate, where=self.label),
            self.client_certificate,
            self.client_key,
            self.client_passphrase,
            where=self.label,
        )

    def _address(self, part: str) -> str:
        if self.kind is Kind.PLAIN:
            return self.url
        server = self.url.partition(ENTRY)[0].rstrip("/")
        account = quote(self.account or self.user, safe="")
        return f"{server}{ENTRY}dav/{part}/{account}"

    def _auth(self) -> httpx.Auth | None:
        secret = self.password.get_secret_value()
        if self.login is Login.BEARER:
            return Bearer(secret)
        if not self.user:
            return None
        kind = httpx.DigestAuth if self.login is Login.DIGEST else httpx.BasicAuth
        return kind(self.user, secret)

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        url = httpx.URL(self.url)
        return url.host, url.port or (443 if url.scheme == "https" else 80)

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate of an https address."""
        if httpx.URL(self.url).scheme == "https":
            yield from greeted(
                self.address(), self._trusted(), seconds=self.connect_seconds, where=self.label
            )
