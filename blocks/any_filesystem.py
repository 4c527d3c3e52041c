"""Any other filesystem that fsspec knows, by its address: object stores, HDFS, archives.

fsspec promises little, so little is claimed: no lock, no exclusive creation, and a replacement
only where it is known to be one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from prefect.types import SecretDict
from pydantic import Field, field_validator, model_validator

from blocks import icons
from blocks.endpoint import Can, Endpoint, Locking, RemoteFile, display
from blocks.filesystem import FileConnection
from blocks.fsspec_driver import LOCAL, FsspecDriver
from blocks.fsspec_session import protocols
from blocks.names import fitted
from transforms.errors import NotSupported

OWN_BLOCKS = {
    "sftp": "SFTP server",
    "ssh": "SFTP server",
    "smb": "SMB share",
    "ftp": "FTP server",
    "ftps": "FTP server",
    "s3": "S3 bucket",
    "s3a": "S3 bucket",
    "webdav": "WebDAV server",
    "webdavs": "WebDAV server",
    "dav": "WebDAV server",
    "davs": "WebDAV server",
    "http": "HTTP service",
    "https": "HTTP service",
}
"""Protocols whose own blocks check host keys, certificates and names, which fsspec does not."""
CACHES = frozenset({"cached", "blockcache", "filecache", "simplecache"})
STEERING = frozenset({"protocol", "target_protocol", "fs", "fo", "asynchronous", "loop"})
"""Options that would lead to another filesystem than the address says."""


class AnyFilesystem(Endpoint):
    """A filesystem that fsspec reaches, by its address.

    Example:
        ```python
        from blocks.any_filesystem import AnyFilesystem

        AnyFilesystem(
            url="gs://gemeinde-musterstadt/eingang",
            secret_options={"token": {"type": "service_account", "…": "…"}},
        ).save("bucket")
        ```
    """

    _block_type_name = "Any filesystem"
    _block_type_slug = "any-filesystem"
    _logo_url = icons.FOLDER
    _description = "Fetches files from, and delivers files to, any filesystem that fsspec knows."

    can: ClassVar[frozenset[Can]] = frozenset({Can.FETCH, Can.DELIVER, Can.DIRECTORIES, Can.TRACE})

    url: str = Field(
        title="Address",
        description="Address as fsspec takes it, with the base directory that all transfers of "
        "this block stay below; its package has to be installed.",
        examples=["gs://gemeinde-musterstadt/eingang", "webhdfs://namenode:9870/eingang"],
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        title="Options",
        description="What the filesystem takes besides, such as project or timeout.",
    )
    secret_options: SecretDict = Field(
        default_factory=lambda: SecretDict({}),
        title="Secret options",
        description="The same for passwords, keys and tokens; they are stored encrypted.",
    )
    forbidden: str = Field(
        default="",
        title="Refused characters",
        description="Characters that the filesystem cannot hold in a name, one after the other.",
    )
    replacement: str = Field(
        default="_",
        title="Replacement",
        description="What stands for each of them; empty: such a document is not delivered.",
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash, not only its size.",
    )

    @field_validator("url")
    @classmethod
    def _checked_address(cls, url: str) -> str:
        if "://" not in url:
            message = "this is no address; write protocol://path"
            raise ValueError(message)
        links = protocols(url)
        for link in links:
            if link in OWN_BLOCKS:
                message = f"{link}:// has a block of its own: use the block {OWN_BLOCKS[link]}"
                raise ValueError(message)
            if link in CACHES or link == "generic":
                message = f"{link}:: shows files as they once were, or others; leave it out"
                raise ValueError(message)
        if links[0] in LOCAL:
            message = f"{links[0]}:// has a block of its own: use the block Local folder"
            raise ValueError(message)
        for part, link in zip(url.split("::"), links, strict=True):
            # In github://owner:repository@branch the second part is no password.
            if "@" in part and link != "github" and urlsplit(part).password:
                message = "leave the password out of the address; write it to the secret options"
                raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _checked_options(self) -> AnyFilesystem:
        hidden = self.secret_options.get_secret_value()
        if twice := sorted(set(self.options) & set(hidden)):
            message = f"options and secret options both have {twice}; leave one out"
            raise ValueError(message)
        if steering := sorted(_keys(self.options | hidden) & STEERING):
            message = f"the address says which filesystem it is; leave out the options {steering}"
            raise ValueError(message)
        return self

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Open the filesystem and look at the base directory.

        Raises:
            DefinitionWrong: a package is missing, or the options do not fit.
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: the base directory, or the bucket, is not there.
        """
        hidden = self.secret_options.get_secret_value()
        driver = FsspecDriver(self, self.url, self.options, hidden)
        with _FsspecConnection(driver, self, read_back=self.read_back) as connection:
            driver.open()
            yield connection

    def allowed_name(self, name: str) -> str:
        """Return the name with the refused characters replaced.

        Raises:
            NameNotAllowed: that is not allowed.
        """
        return fitted(
            name, where=self.label, forbidden=self.forbidden, replacement=self.replacement
        )


class _FsspecConnection(FileConnection):
    """What every file protocol does, without the locks that fsspec has no verb for."""

    def lock(self, file: RemoteFile, owner: str, how: Locking) -> RemoteFile | None:
        """Refuse: neither a new file nor a rename is exclusive.

        Raises:
            NotSupported: always.
        """
        del owner
        raise NotSupported(
            f"fsspec offers nothing of which only one of several hubs succeeds, so no {how}",
            where=f"{self._endpoint.label}:/{display(file.path)}",
            remedy="Set NO_LOCKING, and let one hub only take files there",
        )

    def unlock(self, file: RemoteFile, owner: str, how: Locking) -> None:
        """Do nothing: there is no lock."""


def _keys(options: Any) -> set[str]:
    """Return the names of options, however deep."""
    if not isinstance(options, dict):
        return set()
    return set(options).union(*(_keys(value) for value in options.values()))
