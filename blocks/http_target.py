"""One document on its way to a web service: checked, sent once, and proven by the answer.

A request cannot be half visible: `stage` checks all that can be checked and sends no document,
`publish` sends it. From its first byte on, only the service's answer tells what became of it; if
that is lost, or says nothing, the delivery is without proof until `trace` finds one.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import httpx

from blocks.endpoint import Locking, Parcel, Receipt, Staged, Trace
from blocks.http_body import (
    XML,
    Body,
    BodyKind,
    filled_path,
    json_body,
    multipart,
    raw,
    recorded,
    soap,
    soap_answer,
    xml_text,
)
from blocks.http_client import (
    NOT_DONE,
    beginning,
    json_value,
    location,
    members,
    pointed,
    shown,
    status_line,
    where,
)
from blocks.http_session import Session
from blocks.http_settings import HttpSettings, Method
from blocks.limits import limited
from blocks.paths import below_base
from transforms.document import Hasher
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DeliveryUnconfirmed,
    DocumentInvalid,
    EndpointError,
    FileMissing,
    IdentityUnknown,
    NotSupported,
    StepFailed,
    Unreachable,
)
from transforms.names import safe_name

SOAP_ANSWER = 1 << 20
STATUS_LIMIT = 1 << 20
SENT_ON_DONE = {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
"""With these a form is answered that was taken, and one whose login has expired."""
WITH_FAULT = {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR}
"""Refusals whose body may be a fault (SOAP 1.2 part 2, section 7.5.2.2)."""
TEMPORARY_FAULTS = {"Server", "Receiver"}
"""Codes of faults that are not the message's (SOAP 1.1, 4.4.1; SOAP 1.2 part 1, 5.4.6)."""


class Sender:
    """Delivers documents to a service.

    Args:
        settings: the block.
        session: how to reach the service.
    """

    def __init__(self, settings: HttpSettings, session: Session) -> None:
        """Prepare; nothing is sent yet."""
        self._settings = settings
        self._session = session

    def stage(self, parcel: Parcel) -> Staged:
        """Check all that can be checked without sending the document.

        Raises:
            NotSupported: a document is too large, or more is asked for than HTTP has.
            NameNotAllowed: the name or the directory cannot stand in an address.
            AlreadyThere: there is a document at the address, which may not be replaced.
            StepFailed: the document is to be embedded as XML and is none.
            StoreDamaged: the file is not the one that was recorded.
        """
        self._check_options(parcel)
        url = self._url(parcel)
        body = self._body(parcel)
        if body.parcel:
            recorded(body.parcel)
        if self._has_own_url and not parcel.overwrite:
            self._check_free(url)
        return Staged(shown(url), "", parcel.fingerprint.size, parcel.fingerprint.sha256)

    def publish(self, parcel: Parcel, staged: Staged) -> Receipt:
        """Send the document; the service's answer is the proof.

        Raises:
            AccessRefused, AlreadyThere, NameNotAllowed, NotSupported: refused for good.
            Unreachable, Locked, SpaceExhausted: not taken now; nothing was done.
            DeliveryUnconfirmed: the document was on its way and no answer tells what became of it.
        """
        url, body = self._url(parcel), self._body(parcel)
        try:
            response, content = self._exchanged(parcel, url, body)
        except Unreachable as error:
            if not self._session.is_unanswered:
                raise
            raise self._unconfirmed(parcel, staged, error.what) from error
        self._judge(parcel, staged, body, response, content)
        return Receipt(
            staged.location,
            self._proof(response, content or b""),
            self._reference(response, content),
        )

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Say what is known: the service is asked where it can tell.

        Raises:
            EndpointError: it cannot be asked now, or what answers is no status.
        """
        if staged is None:
            return Trace.ABSENT, "the document was not sent"
        is_there, evidence = self._look(parcel)
        if is_there:
            return Trace.PUBLISHED, evidence
        if is_there is False and self._settings.absence_is_proof:
            return Trace.ABSENT, evidence
        if self._settings.repeatable:
            return Trace.STAGED, f"the service takes the key {parcel.key} only once: sent again"
        return Trace.UNKNOWN, f"{evidence}; {self._look_for(parcel, staged)}"

    @property
    def _has_own_url(self) -> bool:
        """Whether every document has an address of its own."""
        path = self._settings.delivery_path
        return self._settings.method is Method.PUT and ("{name}" in path or "{key}" in path)

    # -- before ----------------------------------------------------------------------------

    def _check_options(self, parcel: Parcel) -> None:
        settings = self._settings
        if parcel.append or parcel.flag_file or parcel.locking is not Locking.NO_LOCKING:
            raise self._unable("append, flag files or locks", "Take them out of the target")
        templates = settings.delivery_path
        templates += "" if settings.body is BodyKind.RAW else settings.template
        if below_base(parcel.directory, settings.label) and "{directory}" not in templates:
            raise self._unable(
                "directories", "Write {directory} into the delivery path, or none at the target"
            )
        is_embedded = settings.body is BodyKind.SOAP and XML in settings.template
        if is_embedded and parcel.fingerprint.size > settings.size_limit_bytes:
            raise self._unable(
                f"embedded documents above {settings.size_limit_bytes:,} bytes",
                "Raise the block's size limit, or send the document as {content}",
            )

    def _check_free(self, url: httpx.URL) -> None:
        with suppress(FileMissing):
            if self._session.head(url) is not None:
                raise AlreadyThere(
                    "There is a document at this address already",
                    where=where(self._settings.label, url),
                    remedy="Take it away, set overwrite, or make the name unique with {date}",
                )

    def _facts(self, parcel: Parcel) -> dict[str, str]:
        return {
            "name": safe_name(parcel.name),
            "key": parcel.key,
            "directory": below_base(parcel.directory, self._settings.label),
            "sha256": parcel.fingerprint.sha256,
            "size": str(parcel.fingerprint.size),
        }

    def _url(self, parcel: Parcel, template: str = "") -> httpx.URL:
        path = filled_path(template or self._settings.delivery_path, self._facts(parcel))
        return self._session.below(path)

    def _body(self, parcel: Parcel) -> Body:
        settings, facts = self._settings, self._facts(parcel)
        if settings.body is BodyKind.JSON:
            return json_body(parcel, facts, settings.template)
        if settings.body is BodyKind.MULTIPART:
            return multipart(
                parcel, facts, settings.part_name, settings.content_type, settings.template
            )
        if settings.body is BodyKind.RAW:
            return raw(parcel, settings.content_type)
        try:
            return soap(parcel, facts, settings.template, settings.soap_action)
        except DocumentInvalid as error:
            raise StepFailed(
                f"The document cannot be embedded in the envelope: {error.what}",
                where=error.where,
                remedy="Use {content} in the envelope, or have the document corrected",
            ) from error

    def _headers(self, parcel: Parcel, body: Body) -> dict[str, str]:
        settings = self._settings
        headers = {"Content-Type": body.content_type, "Content-Length": str(body.size)}
        if settings.key_header:
            headers[settings.key_header] = parcel.key
        if settings.body is BodyKind.SOAP and body.content_type.startswith("text/xml"):
            headers["SOAPAction"] = f'"{settings.soap_action}"'
        if self._has_own_url and not parcel.overwrite:
            headers["If-None-Match"] = "*"
        return headers

    # -- after -----------------------------------------------------------------------------

    def _exchanged(
        self, parcel: Parcel, url: httpx.URL, body: Body
    ) -> tuple[httpx.Response, bytes | None]:
        """Send the document; return the answer and the beginning of its body, None if it broke."""
        settings = self._settings
        limit = SOAP_ANSWER if settings.body is BodyKind.SOAP else 0
        with self._session.request(
            settings.method.value,
            url,
            headers=self._headers(parcel, body),
            content=lambda: limited(body.pieces(), settings, url.path.lstrip("/")),
        ) as response:
            try:
                return response, beginning(response, limit) if limit else beginning(response)
            except httpx.TransportError:
                # The status has said what became of the document.
                return response, None

    def _judge(
        self,
        parcel: Parcel,
        staged: Staged,
        body: Body,
        response: httpx.Response,
        content: bytes | None,
    ) -> None:
        """Raise the error that an answer is; return if it is a proof."""
        if self._settings.body is BodyKind.SOAP:
            self._judge_soap(parcel, staged, response, content)
        if self._is_open(response):
            raise self._unconfirmed(parcel, staged, f"the answer was {status_line(response)}")
        if not response.is_success:
            raise self._session.refused(response, content or b"", missing=NotSupported)
        if not body.is_complete:
            how = f"{status_line(response)} came before the whole document was sent"
            raise self._unconfirmed(parcel, staged, how)

    def _is_open(self, response: httpx.Response) -> bool:
        """Tell whether an answer leaves open what became of the document."""
        status = response.status_code
        if response.is_server_error:
            return status not in NOT_DONE
        if status == HTTPStatus.CONFLICT:
            # An earlier attempt under the same key is still being worked on.
            return self._settings.repeatable
        return status in SENT_ON_DONE and self._settings.method is Method.POST

    def _judge_soap(
        self, parcel: Parcel, staged: Staged, response: httpx.Response, content: bytes | None
    ) -> None:
        if content == b"" or not (response.is_success or response.status_code in WITH_FAULT):
            return
        is_envelope, fault = soap_answer(content or b"")
        if fault:
            raise self._fault(response, *fault)
        if response.is_success and not is_envelope:
            how = f"{status_line(response)} came without a SOAP envelope"
            raise self._unconfirmed(parcel, staged, how)

    def _fault(self, response: httpx.Response, code: str, reason: str) -> EndpointError:
        local = code.strip().rpartition(":")[2]
        kind = Unreachable if local.partition(".")[0] in TEMPORARY_FAULTS else NotSupported
        return kind(
            f"The service answered with the SOAP fault {self._session.scrubbed(f'{code}: {reason}')}",
            where=where(self._settings.label, response.request.url),
            remedy="Correct the envelope or the document, or ask the service's operator",
        )

    def _proof(self, response: httpx.Response, content: bytes) -> str:
        said = [status_line(response)]
        if there := location(response):
            said.append(f"Location: {there}")
        lines = content.decode("utf-8", "replace").split("\n")
        said.append(next((line for line in lines if line.strip()), ""))
        return self._session.scrubbed("; ".join(one for one in said if one))

    def _reference(self, response: httpx.Response, content: bytes | None) -> str:
        wanted = self._settings.reference_from
        if not wanted:
            return ""
        if not wanted.startswith("/"):
            found = response.headers.get(wanted, "")
            is_location = wanted.lower() == "location"
            return self._session.scrubbed(location(response) if is_location else found)
        if wanted.startswith("//"):
            return self._session.scrubbed(xml_text(content or b"", wanted.removeprefix("//")))
        value = pointed(members(content or b""), wanted)
        return self._session.scrubbed(str(value)) if isinstance(value, str | int) else ""

    # -- in doubt --------------------------------------------------------------------------

    def _look(self, parcel: Parcel) -> tuple[bool | None, str]:
        """Ask whether a document is there; None if the service cannot tell."""
        settings = self._settings
        try:
            if settings.status_path:
                return self._has_status(self._url(parcel, settings.status_path))
            if self._has_own_url and settings.body is BodyKind.RAW:
                return self._has_bytes(self._url(parcel), parcel)
        except FileMissing:
            return False, "the service answers that there is no such document"
        except (NotSupported, AccessRefused) as error:
            if settings.status_path or isinstance(error, IdentityUnknown):
                raise
            # It takes documents and shows none.
        return None, "the service cannot tell"

    def _has_status(self, url: httpx.URL) -> tuple[bool | None, str]:
        pointer = self._settings.status_pointer
        # No redirect is followed: a page to log in on would be an answer 200 too.
        with self._session.request("GET", url) as response:
            if not response.is_success:
                raise self._session.refused(response)
            said = f"the service answered {status_line(response)} when asked for it"
            if not pointer:
                return response.status_code == HTTPStatus.OK or None, said
            told = json_value(beginning(response, STATUS_LIMIT))
        if not isinstance(told, dict | list):
            return None, f"{said}, without JSON"
        found = pointed(told, pointer)
        return bool(found), f"{said}, with {pointer}: {self._session.scrubbed(str(found))}"

    def _has_bytes(self, url: httpx.URL, parcel: Parcel) -> tuple[bool, str]:
        hasher = Hasher()
        left = parcel.fingerprint.size
        with self._session.get(url) as response:
            for chunk in limited(response.iter_raw(), self._settings, url.path.lstrip("/")):
                left -= len(chunk)
                if left < 0:
                    break
                hasher.update(chunk)
        if left == 0 and hasher.fingerprint() == parcel.fingerprint:
            return True, "size and SHA-256 of the document at its address agree"
        return False, "there is another document at its address"

    def _look_for(self, parcel: Parcel, staged: Staged) -> str:
        header = self._settings.key_header
        key = f", and in the service's log for {header}: {parcel.key}" if header else ""
        return (
            f"look at {staged.location} for the document {parcel.name} of {staged.size:,} bytes, "
            f"SHA-256 {staged.sha256}{key}"
        )

    def _unconfirmed(self, parcel: Parcel, staged: Staged, how: str) -> DeliveryUnconfirmed:
        return DeliveryUnconfirmed(
            f"The document was on its way, and no answer tells whether it was taken: {how}",
            where=f"{self._settings.label}: {staged.location}",
            remedy=f"Before it is sent again, {self._look_for(parcel, staged)}",
        )

    def _unable(self, what: str, remedy: str) -> NotSupported:
        return NotSupported(
            f"This web service knows no {what}", where=self._settings.label, remedy=remedy
        )
