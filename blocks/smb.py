"""Windows shares: SMB 2.0.2 to 3.1.1, on Windows Server, Samba, and storage appliances.

What the server does for what: a free name is taken, and a file replaced, by one rename
(MS-FSCC 2.4.37.2, with and without ReplaceIfExists). A file that somebody still writes, or has
open for himself alone, is told as `Locked`. Names are case-insensitive at the server, and hold
none of the characters that Windows refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from blocks import icons
from blocks.endpoint import Can, Endpoint, Finding
from blocks.filesystem import FILES_AND_LOCKS, FileConnection
from blocks.names import fitted
from blocks.smb_client import SmbClient
from blocks.smb_driver import HARMFUL, SmbDriver
from blocks.smb_errors import translated
from blocks.smb_link import open_link
from blocks.smb_login import Account, described, negotiated

UNPAIRED = "".join(map(chr, range(0xD800, 0xE000)))
"""UTF-16 has no place for what is half a character, such as a raw byte of a Unix name."""


class Authentication(StrEnum):
    """How the hub proves who it is."""

    NTLM = "NTLM"
    KERBEROS = "KERBEROS"
    NEGOTIATE = "NEGOTIATE"


class SmbShare(Endpoint):
    """An account at a Windows share.

    Example:
        ```python
        from blocks.smb import SmbShare

        SmbShare(host="files.example", share="austausch", username="hub", password="…").save("bau")
        ```
    """

    _block_type_name = "Windows share (SMB)"
    _block_type_slug = "smb-share"
    _logo_url = icons.FOLDER
    _description = "Fetches files from a Windows share and delivers files to it, by SMB 2 or 3."

    can: ClassVar[frozenset[Can]] = FILES_AND_LOCKS | {Can.SERVER_LOCK}

    host: str = Field(
        min_length=1,
        title="Host",
        description="Name or address of the server; Kerberos needs the name.",
        examples=["files.example"],
    )
    port: int = Field(
        default=445, ge=1, le=65535, title="Port", description="TCP port of the server."
    )
    share: str = Field(
        min_length=1,
        pattern=r"^[^\\/]+$",
        title="Share",
        description="Name of the share, without the server and without slashes.",
        examples=["austausch"],
    )
    directory: str = Field(
        default="",
        title="Base directory",
        description="Directory of the share that all transfers of this block stay below.",
        examples=["eingang/bauamt"],
    )
    username: str = Field(
        default="",
        title="User",
        description="Account at the server or in the domain; with Kerberos it may be left empty, "
        "for the ticket that the worker has.",
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="Password of the account."
    )
    domain: str = Field(
        default="",
        title="Domain",
        description="Windows domain (`RATHAUS`) or Kerberos realm (`rathaus.example`); empty for "
        "an account of the server itself.",
    )
    authentication: Authentication = Field(
        default=Authentication.NEGOTIATE,
        title="Authentication",
        description="NEGOTIATE takes Kerberos where the worker can, else NTLM. KERBEROS needs, at "
        "the worker, the Python packages gssapi and krb5, the realm's /etc/krb5.conf, a clock "
        "within five minutes, and the server's full name as host.",
    )
    require_signing: bool = Field(
        default=True,
        title="Require signatures",
        description="Refuse a server that does not sign; off, it is signed if the server asks.",
    )
    require_encryption: bool = Field(
        default=False,
        title="Require encryption",
        description="Refuse a server that does not encrypt (SMB 3); off, it is encrypted if the "
        "server or the share asks.",
    )
    replacement: str = Field(
        default="_",
        max_length=1,
        title="Replacement",
        description="Stands for each character that Windows refuses in a name; empty refuses such "
        "names.",
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    @field_validator("directory")
    @classmethod
    def _below_the_share(cls, directory: str) -> str:
        parts = [part for part in re.split(r"[\\/]", directory) if part not in ("", ".")]
        if any(part == ".." or HARMFUL.search(part) for part in parts):
            message = "is no directory of a share: leave out .. and what Windows refuses in names"
            raise ValueError(message)
        return "/".join(parts)

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Log in, open the share, and look at the base directory.

        Raises:
            Unreachable, AccessRefused: as for every endpoint.
            NotSupported: the server does not sign or encrypt as the block requires.
            DirectoryMissing: the base directory is wrong.
        """
        driver = self.open_driver()
        with FileConnection(driver, self, read_back=self.read_back) as connection:
            driver.check_base()
            yield connection

    def open_driver(self) -> SmbDriver:
        """Log in and open the share; see `connect`."""
        limits = {"connect_seconds": self.connect_seconds, "idle_seconds": self.idle_seconds}
        with translated(self.label, ""):
            link = open_link(self.account, **limits)
        return SmbDriver(SmbClient(link), self.label, self.directory)

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show dialect, signatures and encryption that the server agrees to before the login."""
        with translated(self.label, ""):
            shake = negotiated(self.account, self.connect_seconds)
            shake.close()
            yield Finding("negotiate", described(shake))

    def allowed_name(self, name: str) -> str:
        """Return the name under which Windows can hold a document."""
        return fitted(
            name,
            where=self.label,
            forbidden=UNPAIRED,
            replacement=self.replacement,
            windows=True,
        )

    @property
    def account(self) -> Account:
        """Return who logs in where."""
        return Account(
            host=self.host,
            port=self.port,
            share=self.share,
            user=self._principal(),
            password=self.password.get_secret_value(),
            protocol=self.authentication.lower(),
            sign=self.require_signing,
            encrypt=self.require_encryption,
        )

    def _principal(self) -> str:
        if not self.domain or not self.username:
            return self.username
        # What has a dot is a realm of Kerberos or the DNS name of a domain, which NTLM takes too.
        if self.authentication is Authentication.KERBEROS or "." in self.domain:
            realm = self.domain.upper()
            return f"{self.username}@{realm}"
        return f"{self.domain}\\{self.username}"
