"""The session with an object store: one client with the endpoint's limits, and what errors mean.

botocore, the core of boto3, signs the requests and reads the answers. It keeps no handle on a line
that is in use, so that nobody could end one that hangs; the requests therefore travel over a pool of our own, by its
hook `before-send`. That pool also trusts exactly what the block says.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import botocore.session  # type: ignore[import-untyped]
import urllib3
from botocore.awsrequest import (  # type: ignore[import-untyped]
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSPreparedRequest,
    AWSResponse,
)
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from botocore.loaders import Loader  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from blocks.endpoint import display
from blocks.tls import certificate_refusal
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

LINES = 8
"""Lines kept open: so many requests of one connection are under way at once."""
LONGEST_ANSWER = 32 << 20
"""Bytes of an answer that is no file: a page of a listing has a thousand keys."""

LATER = "Nothing is to be done: it is tried again"
KEYS = "Correct access key and secret key in the block"

LOADER = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
"""Reads the description of S3 once for all clients, and never from the account's home."""

ERRORS: dict[str, tuple[type[EndpointError], str, str]] = {
    "NoSuchBucket": (DirectoryMissing, "The bucket is not there", "Correct bucket or region"),
    "AccessDenied": (
        AccessRefused,
        "Access was refused",
        "Allow the key to list the bucket and to get, put and delete objects",
    ),
    "AllAccessDisabled": (AccessRefused, "The bucket is closed", "Ask the bucket's owner"),
    "InvalidAccessKeyId": (AccessRefused, "The login was refused: unknown access key", KEYS),
    "SignatureDoesNotMatch": (AccessRefused, "The login was refused: wrong secret key", KEYS),
    "AuthorizationHeaderMalformed": (
        AccessRefused,
        "The login was refused: the bucket is in another region",
        "Correct the region in the block",
    ),
    "PermanentRedirect": (AccessRefused, "The bucket is in another region", "Correct the region"),
    "ExpiredToken": (AccessRefused, "The session token has expired", "Renew keys and token"),
    "InvalidToken": (AccessRefused, "The session token is not valid", "Renew keys and token"),
    "RequestTimeTooSkewed": (
        AccessRefused,
        "The login was refused: the clocks differ too much",
        "Set this machine's clock by a time server",
    ),
    "InvalidObjectState": (
        AccessRefused,
        "The object lies in an archive",
        "Have it restored at the store first",
    ),
    "QuotaExceeded": (SpaceExhausted, "The quota is used up", "Make room or raise the quota"),
    "XMinioStorageFull": (SpaceExhausted, "The store is full", "Make room at the store"),
    "InsufficientCapacity": (SpaceExhausted, "The store is full", "Make room at the store"),
    "KeyTooLongError": (NameNotAllowed, "The name with its path is too long", "Shorten it"),
    "XMinioInvalidObjectName": (NameNotAllowed, "The store refuses the name", "Rename the file"),
    "PreconditionFailed": (AlreadyThere, "The name is taken", "Take the file away"),
    "ConditionalRequestConflict": (Locked, "Somebody else writes the file just now", LATER),
    "NoSuchUpload": (Unreachable, "The store has dropped the upload", LATER),
    "RequestTimeout": (Unreachable, "The store waited too long for bytes", LATER),
    "InvalidBucketName": (DirectoryMissing, "The store refuses the bucket's name", "Correct it"),
    "BadDigest": (Unreachable, "Bytes were damaged on the way", LATER),
    "SlowDown": (Unreachable, "The store has too much to do", LATER),
    "NotImplemented": (NotSupported, "The store does not offer this", "Use another protocol"),
    "EntityTooLarge": (NotSupported, "The file is larger than the store takes", "Split the file"),
}
"""What the codes mean that stores give, wherever in a request they come up."""

BY_STATUS: dict[int, str] = {
    401: "AccessDenied",
    403: "AccessDenied",
    412: "PreconditionFailed",
    429: "SlowDown",
    501: "NotImplemented",
    507: "QuotaExceeded",
}
"""A HEAD has no body, and so no code."""

MISSING = {"NoSuchKey", "404", "NotFound"}


@dataclass(frozen=True, slots=True)
class Account:
    """Where a bucket is and who asks.

    Attributes:
        url: address of the store.
        region: that requests are signed for.
        key: id of the access key.
        secret: the secret key.
        token: session token, or "".
        path_style: name the bucket in the path instead of the host name.
    """

    url: str
    region: str
    key: str
    secret: str
    token: str
    path_style: bool


class Lines:
    """A pool of lines to one store that can be ended from another thread.

    Args:
        context: whom to trust.
        connect_seconds: until a line must stand.
        idle_seconds: without a byte until a line is given up.
    """

    def __init__(
        self, context: ssl.SSLContext, *, connect_seconds: float, idle_seconds: float
    ) -> None:
        """Prepare the pool; nothing is sent yet."""
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._idle_seconds = idle_seconds
        self._closed = False
        self._pools = urllib3.PoolManager(
            maxsize=LINES,
            timeout=urllib3.Timeout(connect=connect_seconds, read=idle_seconds),
            ssl_context=context,
        )
        self._pools.pool_classes_by_scheme = _pools_of(self._keep)

    def send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Send a signed request and return the answer, its body unread where it is streamed."""
        if self._closed:
            raise urllib3.exceptions.ProtocolError("the session has been ended")
        target = urlsplit(request.url)
        answer = self._pools.connection_from_url(request.url).urlopen(
            request.method,
            f"{target.path or '/'}?{target.query}" if target.query else target.path or "/",
            body=request.body,
            headers=request.headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        response = AWSResponse(request.url, answer.status, answer.headers, answer)
        if not request.stream_output:
            # Read now, so that a line that breaks does so here, and only so much of it.
            response._content = _bounded(answer)  # noqa: SLF001
        return response

    def close(self) -> None:
        """End every line, also one that another thread waits on."""
        self._closed = True
        for one in list(self._sockets):
            with suppress(OSError):
                # Not the method of the TLS socket: that would take its state from the reader.
                socket.socket.shutdown(one, socket.SHUT_RDWR)
        self._pools.clear()

    def _keep(self, sock: socket.socket) -> None:
        # While a body is sent, the time limit of connecting would apply.
        sock.settimeout(self._idle_seconds)
        self._sockets.add(sock)
        if self._closed:
            sock.close()


def _bounded(answer: urllib3.BaseHTTPResponse) -> bytes:
    body = bytearray()
    for chunk in answer.stream(1 << 16):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise urllib3.exceptions.ProtocolError("the answer has no end")
    return bytes(body)


def _pools_of(keep: Any) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return pools whose connections hand over each new socket."""

    class Plain(AWSHTTPConnection):  # type: ignore[misc]  # botocore has no types
        def connect(self) -> None:
            super().connect()
            keep(self.sock)

    class Secure(AWSHTTPSConnection):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            keep(self.sock)

    class PlainPool(AWSHTTPConnectionPool):  # type: ignore[misc]
        ConnectionCls = Plain

    class SecurePool(AWSHTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def client_of(account: Account, lines: Lines) -> Any:
    """Return a client that knows nothing but this account: no profile, file or environment."""
    nothing: dict[str, tuple[None, None, str | None, None]] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    core = botocore.session.Session(session_vars=nothing)
    core.register_component("data_loader", LOADER)
    client = core.create_client(
        "s3",
        endpoint_url=account.url,
        region_name=account.region,
        aws_access_key_id=account.key,
        aws_secret_access_key=account.secret,
        aws_session_token=account.token or None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if account.path_style else "virtual"},
            # The hub tries again itself, and asks first what came of the last attempt.
            retries={"total_max_attempts": 1, "mode": "standard"},
            ignore_configured_endpoint_urls=True,
            disable_request_compression=True,
            # Stores other than AWS refuse the trailing checksums; ours is in Content-MD5.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    client.meta.events.register("before-send.s3", lines.send)
    return client


@contextmanager
def translated(label: str, path: str, missing: type[EndpointError] = FileMissing) -> Iterator[None]:
    """Turn what boto3 and the line raise into the errors of the hub.

    Args:
        label: the block.
        path: below the base prefix.
        missing: what an object that is not there means.
    """
    where = f"{label}:/{display(path)}"
    try:
        yield
    except ClientError as error:
        raise _refusal(error, where, missing) from error
    except ResponseParserError as error:
        raise NotSupported(
            "What answers there is no S3 store",
            where=where,
            remedy="Correct the address in the block",
        ) from error
    except (BotoCoreError, urllib3.exceptions.HTTPError) as error:
        raise _lost(error, where) from error


def code_of(error: ClientError) -> str:
    """Return the code a store gave, as `ERRORS` has it."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in MISSING or code in ERRORS:
        return code
    return BY_STATUS.get(status_of(error), code)


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refusal(error: ClientError, where: str, missing: type[EndpointError]) -> EndpointError:
    code, status = code_of(error), status_of(error)
    if code in MISSING:
        return missing("It is not there", where=where, remedy="Check bucket and path")
    if code == "PreconditionFailed" and missing is FileChanged:
        return FileChanged("The file was replaced meanwhile", where=where, remedy=LATER)
    if code in ERRORS:
        kind, what, remedy = ERRORS[code]
        return kind(what, where=where, remedy=remedy)
    if status >= 500 or not status:  # noqa: PLR2004 - the class of HTTP's server errors
        return Unreachable(f"The store failed ({status} {code})", where=where, remedy=LATER)
    return NotSupported(
        f"The store refused the request ({status} {code})",
        where=where,
        remedy="Check address, region and path style in the block, and ask the store's operator",
    )


def _lost(error: Exception, where: str) -> EndpointError:
    refused = certificate_refusal(error)
    if refused:
        return IdentityUnknown(
            f"The server's certificate is not trusted: {refused}",
            where=where,
            remedy="Check who answers there, then paste the certificate of its authority "
            "into the block's field 'CA certificate'",
        )
    return Unreachable(
        f"The connection failed or was lost ({type(error).__name__})",
        where=where,
        remedy="Check address and port in the block, the line, and whether the store runs",
    )
