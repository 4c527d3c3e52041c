"""What the refusals of an object store mean, and lines that are lost."""

from __future__ import annotations

from blocks.s3_lines import SERVER_ERRORS, Answer
from blocks.s3_xml import read
from blocks.tls import certificate_refusal
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    IdentityUnknown,
    Locked,
    NameNotAllowed,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)

LATER = "Nothing is to be done: it is tried again"
KEYS = "Correct access key and secret key in the block"

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
    "XAmzContentSHA256Mismatch": (Unreachable, "Bytes were damaged on the way", LATER),
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
"""What it means if no code is told: what stands before a store knows none."""

MISSING = {"NoSuchKey", "404", "NotFound"}


def code_of(answer: Answer, *, late: bool = False) -> str:
    """Return the code of a refusal, as `ERRORS` has it; "" for a success.

    Args:
        answer: what the store gave.
        late: whether it may begin with the status of a success and end with a refusal, as for
            a copy and for the completion of an upload (Amazon S3 API, CopyObject).
    """
    is_success = 200 <= answer.status < 300  # noqa: PLR2004 - the class of HTTP's successes
    if is_success and not late:
        return ""
    try:
        root = read(answer.body)
    except ValueError:
        root = None
    is_error = root is not None and root.tag == "Error"
    if is_success and not is_error:
        return ""
    code = root.text("Code") if root and is_error else ""
    return code or BY_STATUS.get(answer.status, str(answer.status))


def error_of(code: str, status: int, where: str, missing: type[EndpointError]) -> EndpointError:
    """Return the error that the code of a refusal means.

    Args:
        code: as `code_of` tells it.
        status: of the answer.
        where: block and path.
        missing: what an object that is not there means.
    """
    if code in MISSING:
        return missing("It is not there", where=where, remedy="Check bucket and path")
    if code in ERRORS:
        kind, what, remedy = ERRORS[code]
        return kind(what, where=where, remedy=remedy)
    if status >= SERVER_ERRORS:
        return Unreachable(f"The store failed ({status} {code})", where=where, remedy=LATER)
    return NotSupported(
        f"The store refused the request ({status} {code})",
        where=where,
        remedy="Check address, region and path style in the block, and ask the store's operator",
    )


def lost(error: Exception, where: str) -> EndpointError:
    """Return the error of a line that could not be opened or was lost."""
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
