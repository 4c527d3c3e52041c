"""AWS Signature Version 4, as S3 wants it (Amazon S3 API, Signature Calculations: headers).

It is short, and made here as a library's generic way takes ten times as long for each request.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Account:
    """Where a bucket is and who asks.

    Attributes:
        url: address of the store.
        bucket: name of the bucket.
        region: that requests are signed for.
        key: id of the access key.
        secret: the secret key.
        token: session token, or "".
        path_style: name the bucket in the path instead of the host name.
    """

    url: str
    bucket: str
    region: str
    key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    path_style: bool


class Signer:
    """Signs the requests to one host.

    Args:
        account: who asks.
        host: as the header Host names it, with the port if that is not the scheme's own.
    """

    def __init__(self, account: Account, host: str) -> None:
        """Prepare it; the key of the day is derived with the first request."""
        self._account = account
        self._host = host
        self._day = ""
        self._key = b""

    def signed(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        """Return all headers of a request, with its signature.

        Args:
            method: in capitals.
            path: percent-encoded, as it is sent.
            query: percent-encoded, sorted by name, each name with `=`.
            headers: what else is signed. With Content-MD5 the body is protected by that header
                and is not hashed a second time.
            body: what is sent.
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        payload = UNSIGNED if "Content-MD5" in headers else hashlib.sha256(body).hexdigest()
        every = {"Host": self._host, "x-amz-date": moment, "x-amz-content-sha256": payload}
        every |= headers
        if self._account.token:
            every["x-amz-security-token"] = self._account.token
        lines = sorted((name.lower(), " ".join(value.split())) for name, value in every.items())
        names = ";".join(name for name, _ in lines)
        canonical = "".join(f"{name}:{value}\n" for name, value in lines)
        request = f"{method}\n{path}\n{query}\n{canonical}\n{names}\n{payload}"
        scope = f"{moment[:8]}/{self._account.region}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        signature = hmac.new(
            self._key_of(moment[:8]),
            f"{ALGORITHM}\n{moment}\n{scope}\n{hashed}".encode(),
            hashlib.sha256,
        ).hexdigest()
        every["Authorization"] = (
            f"{ALGORITHM} Credential={self._account.key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return every

    def _key_of(self, day: str) -> bytes:
        """Return the key that is derived for a day, such as `20260131`."""
        if day != self._day:
            key = f"AWS4{self._account.secret}".encode()
            for part in (day, self._account.region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            # The key first: another thread that finds the day must find its key.
            self._key, self._day = key, day
        return self._key
