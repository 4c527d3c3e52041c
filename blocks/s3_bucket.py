"""The requests of the S3 API that the hub makes of one bucket (Amazon S3 API, 2006-03-01)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, unquote_plus

from blocks.endpoint import display
from blocks.s3_errors import code_of, error_of, lost
from blocks.s3_lines import LOST, Answer, Lines, Request
from blocks.s3_xml import Element, read
from transforms.errors import DirectoryMissing, EndpointError, FileMissing, NotSupported

PAGE = 1000
"""Keys of one answer, both of a listing and of a deletion (ListObjectsV2, DeleteObjects)."""
FREE = {"If-None-Match": "*"}
"""The condition that the key is free; older stores ignore it without a word."""

INITIATED = ("InitiateMultipartUploadResult", "InitiateMultipartUpload")
"""The answer to the beginning of an upload, and rclone's name of it."""

Missing = type[EndpointError]


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing; `etag` is without its quotes, which some stores leave out."""

    key: str
    size: int
    modified: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing: objects, what keys have in common up to the next slash, and the rest.

    Attributes:
        objects: in the order of their keys.
        prefixes: with the slash at their ends.
        token: what asks for the next page, "" if this is the last.
    """

    objects: list[Listed]
    prefixes: list[str]
    token: str


class Bucket:
    """The requests of one bucket, over lines that the caller closes.

    Args:
        lines: what they travel over.
        name: of the bucket, as it is named in copies.
        label: the endpoint, for errors.
    """

    def __init__(self, lines: Lines, name: str, label: str) -> None:
        """Prepare it; nothing is sent yet."""
        self.lines = lines
        self._name = name
        self._label = label

    def ask(
        self,
        request: Request,
        path: str,
        *,
        missing: Missing = FileMissing,
        late: bool = False,
        accepted: str = "",
    ) -> Answer:
        """Send a request and return its answer.

        Args:
            request: what is asked.
            path: for errors.
            missing: what an object that is not there means.
            late: whether a refusal may follow upon the status of a success.
            accepted: code of a refusal that is returned like a success.

        Raises:
            EndpointError: it was refused, or the store was not reached.
        """
        try:
            answer = self.lines.ask(request)
        except LOST as error:
            raise lost(error, self.where(path)) from error
        return self.checked(answer, path, missing=missing, late=late, accepted=accepted)

    def ask_all(
        self,
        requests: Sequence[Request],
        paths: Sequence[str],
        *,
        missing: Missing = FileMissing,
        late: bool = False,
        accepted: str = "",
    ) -> list[Answer | EndpointError]:
        """Have several small requests under way at once; see `ask`."""
        answers: list[Answer | EndpointError] = []
        for answer, path in zip(self.lines.ask_all(requests), paths, strict=True):
            try:
                if isinstance(answer, Exception):
                    raise lost(answer, self.where(path)) from answer
                answers.append(
                    self.checked(answer, path, missing=missing, late=late, accepted=accepted)
                )
            except EndpointError as error:
                answers.append(error)
        return answers

    def checked(
        self,
        answer: Answer,
        path: str,
        *,
        missing: Missing = FileMissing,
        late: bool = False,
        accepted: str = "",
    ) -> Answer:
        """Return an answer that is a success; see `ask`."""
        code = code_of(answer, late=late)
        if code and code != accepted:
            raise error_of(code, answer.status, self.where(path), missing)
        return answer

    def where(self, path: str) -> str:
        """Return a path as errors show it."""
        return f"{self._label}:/{display(path)}"

    # -- listing ---------------------------------------------------------------------------

    def page(self, request: Request, path: str) -> Page:
        """Ask for a page of a listing; see `listing` and `page_of`."""
        return self.page_of(self.ask(request, path, missing=DirectoryMissing), path)

    def page_of(self, answer: Answer, path: str) -> Page:
        """Read a page of a listing.

        Raises:
            NotSupported: the answer is none of an S3 store.
        """
        try:
            return _page(_root(answer, "ListBucketResult"))
        except ValueError as error:
            raise self._foreign(path) from error

    def _root(self, answer: Answer, path: str, *tags: str) -> Element:
        try:
            return _root(answer, *tags)
        except ValueError as error:
            raise self._foreign(path) from error

    def _foreign(self, path: str) -> NotSupported:
        return NotSupported(
            "What answers there is no S3 store",
            where=self.where(path),
            remedy="Correct the address in the block",
        )

    # -- objects ---------------------------------------------------------------------------

    def copying(self, old: str, new: str, *, free: bool) -> Request:
        """Return the request that copies within the bucket; a refusal of it may come late."""
        headers = self._source(old) | (FREE if free else {})
        return Request("PUT", new, headers=headers)

    def delete(self, keys: Sequence[str], path: str) -> dict[str, str]:
        """Delete up to `PAGE` objects; return the codes of those that the store did not."""
        objects = "".join(f"<Object><Key>{escape(key, quote=False)}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>true</Quiet>{objects}</Delete>".encode()
        request = Request("POST", query={"delete": ""}, headers=_sum(body), body=body)
        answer = self.ask(request, path, missing=DirectoryMissing)
        root = self._root(answer, path, "DeleteResult")
        return {one.text("Key"): one.text("Code") for one in root.all("Error")}

    def _source(self, key: str) -> dict[str, str]:
        return {"x-amz-copy-source": quote(f"{self._name}/{key}", safe="/~")}

    # -- uploads in parts ------------------------------------------------------------------

    def begin(self, key: str, path: str) -> str:
        """Begin an upload in parts and return its id."""
        answer = self.ask(Request("POST", key, {"uploads": ""}), path, missing=DirectoryMissing)
        return self._root(answer, path, *INITIATED).text("UploadId")

    def send_part(self, key: str, upload: str, number: int, part: bytes, path: str) -> str:
        """Send one part, from 1 on, and return its ETag."""
        request = Request("PUT", key, _part(upload, number), _sum(part), part)
        answer = self.ask(request, path, missing=DirectoryMissing)
        return answer.headers.get("ETag", "")

    def copy_part(
        self, old: str, key: str, upload: str, number: int, bytes_of: str, path: str
    ) -> str:
        """Copy bytes of an object to be one part, and return its ETag.

        Args:
            old: key of the object.
            key: of the upload.
            upload: its id.
            number: of the part, from 1 on.
            bytes_of: such as `bytes=0-99`, "" for all.
            path: for errors.
        """
        headers = self._source(old)
        if bytes_of:
            headers["x-amz-copy-source-range"] = bytes_of
        request = Request("PUT", key, _part(upload, number), headers)
        answer = self.ask(request, path, late=True)
        return self._root(answer, path, "CopyPartResult").text("ETag")

    def complete(
        self, key: str, upload: str, etags: Sequence[str], path: str, *, free: bool = False
    ) -> None:
        """Make an object of the parts; with `free` only if the key is."""
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag, quote=False)}</ETag></Part>"
            for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        request = Request("POST", key, {"uploadId": upload}, FREE if free else {}, body)
        self.ask(request, path, missing=DirectoryMissing, late=True)

    def abort(self, key: str, upload: str, path: str) -> None:
        """End an upload, if it is there; its parts are dropped."""
        self.ask(Request("DELETE", key, {"uploadId": upload}), path, accepted="NoSuchUpload")

    def has_upload(self, key: str, upload: str, path: str) -> bool:
        """Tell whether an upload is there that nobody has completed."""
        request = Request("GET", key, {"max-parts": "1", "uploadId": upload})
        answer = self.ask(request, path, accepted="NoSuchUpload")
        return not code_of(answer)

    def uploads(self, key: str, path: str) -> list[str]:
        """Return the ids of all uploads under a key that nobody has completed."""
        return [upload for found, upload in self.uploads_below(key, path) if found == key]

    def uploads_below(self, prefix: str, path: str) -> list[tuple[str, str]]:
        """Return key and id of the first 1000 uploads that nobody has completed."""
        answer = self.ask(
            Request("GET", query={"prefix": prefix, "uploads": ""}), path, missing=DirectoryMissing
        )
        root = self._root(answer, path, "ListMultipartUploadsResult")
        return [(one.text("Key"), one.text("UploadId")) for one in root.all("Upload")]


def listing(
    prefix: str, *, most: int | None = None, delimiter: str = "/", token: str = "", after: str = ""
) -> Request:
    """Return the request that lists the keys with a prefix, grouped up to the next slash.

    Args:
        prefix: of the keys.
        most: keys and prefixes of the page, None for `PAGE`.
        delimiter: "" groups nothing.
        token: of the page before, "" for the first.
        after: the key behind which it begins, "" for the first one.
    """
    query = {
        "encoding-type": "url",
        "list-type": "2",
        "max-keys": str(most or PAGE),
        "prefix": prefix,
    }
    optional = {"continuation-token": token, "delimiter": delimiter, "start-after": after}
    return Request("GET", query=query | {name: value for name, value in optional.items() if value})


def getting(key: str, bytes_of: str = "", etag: str = "") -> Request:
    """Return the request for an object, or for bytes of it such as `bytes=0-99`.

    Args:
        key: of the object.
        bytes_of: "" for all.
        etag: the object must still have it; "" takes any.
    """
    headers = {"Range": bytes_of} if bytes_of else {}
    return Request("GET", key, headers=headers | ({"If-Match": etag} if etag else {}))


def putting(
    key: str, content: bytes, *, free: bool = False, metadata: Mapping[str, str] | None = None
) -> Request:
    """Return the request that puts an object; the store compares the MD5 of what it gets."""
    own = {f"x-amz-meta-{name}": value for name, value in (metadata or {}).items()}
    headers = _sum(content) | (FREE if free else {}) | own
    return Request("PUT", key, headers=headers, body=content)


def _page(root: Element) -> Page:
    decoded = unquote_plus if root.text("EncodingType") == "url" else str
    objects = [
        Listed(
            decoded(one.text("Key")),
            int(one.text("Size")),
            _moment(one.text("LastModified")),
            one.text("ETag").strip('"'),
        )
        for one in root.all("Contents")
    ]
    prefixes = [decoded(one.text("Prefix")) for one in root.all("CommonPrefixes")]
    is_cut = root.text("IsTruncated") == "true"
    return Page(objects, prefixes, root.text("NextContinuationToken") if is_cut else "")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _root(answer: Answer, *tags: str) -> Element:
    """Return the root of an answer.

    Raises:
        ValueError: it is no XML, or another answer.
    """
    root = read(answer.body)
    if root.tag not in tags:
        message = f"{root.tag} instead of {tags[0]}"
        raise ValueError(message)
    return root


def _part(upload: str, number: int) -> dict[str, str]:
    return {"partNumber": str(number), "uploadId": upload}


def _sum(content: bytes) -> dict[str, str]:
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return {"Content-MD5": base64.b64encode(digest).decode()}
