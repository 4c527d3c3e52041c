"""S3-compatible object stores: AWS, MinIO, Ceph, and their like (Amazon S3 API, 2006-03-01).

A bucket has keys, not directories: a directory is what keys have in common up to a slash. And it
has no rename; instead every object appears at once and as a whole. How a delivery uses that, and
how a file that arrived and was taken away is told from one that was never sent, is written in
`blocks.s3_target`.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator

from blocks import icons
from blocks.endpoint import Can, Endpoint, Finding
from blocks.filesystem import FileConnection
from blocks.limits import ended_in_time
from blocks.s3_driver import S3Driver
from blocks.s3_leftovers import BucketLeftovers
from blocks.s3_lines import Lines
from blocks.s3_signing import Account
from blocks.s3_source import BucketSource
from blocks.s3_target import BucketTarget
from blocks.tls import greeted, trusting
from transforms.errors import NotSupported


class BucketConnection(FileConnection):
    """A connection to a bucket that says what the store honours."""

    _driver: S3Driver

    def __init__(self, driver: S3Driver, endpoint: S3Bucket, *, read_back: bool) -> None:
        """Take over the driver; closing the connection closes it."""
        super().__init__(driver, endpoint, read_back=read_back)
        self._source = BucketSource(driver, endpoint)
        self._target = BucketTarget(driver, endpoint, self._locks, read_back=read_back)
        self._leftovers = BucketLeftovers(driver, endpoint, self._locks)

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """List, and write, copy, lock and delete what nobody reads; see the contract.

        A store that ignores conditions is of use all the same, so that is a finding, no error.
        """
        try:
            yield from super().probe(directory, write=write)
        except NotSupported as error:
            if self._driver.conditions.put:
                raise
            yield Finding("lock", f"not offered, so locking has to stay off: {error.what}")
        if write:
            yield Finding("no overwriting", self._no_overwriting())

    def _no_overwriting(self) -> str:
        honoured = self._driver.conditions
        if honoured.copy or honoured.complete:
            return "a taken key is left alone by the store itself, in the same step"
        return "not in one step: the store ignores If-None-Match, so we look just before"


class S3Bucket(Endpoint):
    """A bucket of an S3-compatible object store.

    Example:
        ```python
        from blocks.s3 import S3Bucket

        S3Bucket(
            url="https://s3.stadt.example",
            region="eu-central-1",
            bucket="fachverfahren",
            prefix="eingang",
            access_key="GOVMANAGER",
            secret_key="…",
        ).save("fachverfahren-s3")
        ```
    """

    _block_type_name = "S3 bucket"
    _block_type_slug = "s3-bucket"
    _logo_url = icons.FOLDER
    _description = "Fetches files from a bucket of an S3-compatible store and delivers to it."

    can: ClassVar[frozenset[Can]] = frozenset(
        {
            Can.FETCH,
            Can.DELIVER,
            Can.ATOMIC,
            Can.OVERWRITE,
            Can.APPEND,
            Can.DIRECTORIES,
            Can.TRACE,
            Can.RESUME,
            Can.LOCK,
        }
    )

    url: str = Field(
        title="Address",
        description="Address of the store, without the bucket; with http the files travel readable.",
        examples=["https://s3.stadt.example", "https://s3.eu-central-1.amazonaws.com"],
    )
    region: str = Field(
        default="us-east-1",
        min_length=1,
        title="Region",
        description="Region of the bucket; stores of one's own mostly go by us-east-1.",
        examples=["eu-central-1"],
    )
    bucket: str = Field(
        title="Bucket",
        description="Name of the bucket.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$",
        examples=["fachverfahren"],
    )
    prefix: str = Field(
        default="",
        title="Base prefix",
        description="What the keys of all transfers of this block start with, without slashes at "
        "its ends; empty: the whole bucket.",
        examples=["eingang/bauamt"],
    )
    access_key: str = Field(min_length=1, title="Access key", description="Id of the access key.")
    secret_key: SecretStr = Field(
        min_length=1, title="Secret key", description="Secret of the access key."
    )
    session_token: SecretStr = Field(
        default=SecretStr(""),
        title="Session token",
        description="Only for keys that are valid for some hours.",
    )
    addressing: Literal["path", "virtual"] = Field(
        default="path",
        title="Addressing",
        description="path: the bucket stands behind the host name, as most stores of one's own "
        "want it; virtual: before it, as AWS does.",
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the store's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )
    staging_prefix: str = Field(
        default="",
        title="Staging prefix",
        description="Prefix in the bucket for unfinished files, for recipients who are told of "
        "each new key; empty: beside the file, under a name that starts with .govmanager-",
        examples=["unfertig"],
    )
    read_back: bool = Field(
        default=False,
        title="Read back",
        description="Fetch each delivered file again and compare its hash; without it the store "
        "checks the MD5 of what it gets.",
    )

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = "write an address such as https://host"
            raise ValueError(message)
        if parts.username or parts.query or parts.fragment or parts.path.strip("/"):
            message = "write scheme, host and port only; bucket and keys have their own fields"
            raise ValueError(message)
        return url.rstrip("/")

    @field_validator("prefix", "staging_prefix")
    @classmethod
    def _plain_prefix(cls, prefix: str) -> str:
        parts = prefix.strip("/").split("/")
        if any(part in {".", ".."} or not part.isprintable() for part in parts):
            message = "leave ., .. and control characters out of the prefix"
            raise ValueError(message)
        return "/".join(parts)

    @contextmanager
    def connect(self) -> Iterator[BucketConnection]:
        """Open a session and ask for the first key below the base prefix.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: the bucket is not there.
            NotSupported: what answers is no S3 store.
        """
        driver = S3Driver(
            self._account(),
            self._lines(),
            prefix=self.prefix,
            staging=self.staging_prefix,
            label=self.label,
        )
        with BucketConnection(driver, self, read_back=self.read_back) as connection:
            with ended_in_time(self, "", driver.close):
                driver.greet()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        url = self._url()
        host = url.hostname or ""
        if self.addressing == "virtual":
            host = f"{self.bucket}.{host}"
        return host, url.port or (443 if url.scheme == "https" else 80)

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate of an https address."""
        context = self._trusted()
        if context:
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )

    def _trusted(self) -> ssl.SSLContext | None:
        if self._url().scheme == "https":
            return trusting(self.ca_certificate, where=self.label)
        return None

    def _url(self) -> SplitResult:
        return urlsplit(self.url)

    def _account(self) -> Account:
        return Account(
            url=self.url,
            bucket=self.bucket,
            region=self.region,
            key=self.access_key,
            secret=self.secret_key.get_secret_value(),
            token=self.session_token.get_secret_value(),
            path_style=self.addressing == "path",
        )

    def _lines(self) -> Lines:
        return Lines(
            self._account(),
            self._trusted(),
            connect_seconds=self.connect_seconds,
            idle_seconds=self.idle_seconds,
        )
