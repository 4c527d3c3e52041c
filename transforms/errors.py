"""The errors of the hub, sorted by what mends them, not by where they arose.

Every error says what happened, where, and how to mend it; its class says whether a later attempt
can succeed (`retry`) and who has to act (`who`). Flows decide by class only, never by text. A
secret never enters an error: `where` names an endpoint and a path, nothing else.

    HubError
      DefinitionWrong        never  operator    the file or the form must be corrected
      EndpointError
        Unreachable          later  recipient   host, port, DNS, time limit, connection lost
        AccessRefused        never  operator    login, key, certificate, permission
          IdentityUnknown    never  operator    the host key or certificate is not the pinned one
        TargetClosed         later  recipient   its windows or holidays say that it is closed
        EndpointPaused       later  recipient   it failed too often and is left alone for a while
        SpaceExhausted       later  recipient   quota, disk full
        Locked               later  recipient   somebody else holds the lock
        DirectoryMissing     never  operator    the directory is not there
        FileMissing          never  sender      was listed, is gone
        FileChanged          later  sender      grew or was replaced while it was read
        FileIncomplete       later  sender      is not a whole document yet
        FileAbandoned        never  sender      was begun long ago and never finished
        BundleIncomplete     later  sender      what must go with it has not come in yet
        LatePart             never  sender      its bundle has gone already
        AlreadyThere         never  operator    the name is taken and may not be overwritten
        NameNotAllowed       never  sender      path parts, control characters, too long
        DocumentRefused      never  sender      the other side takes no such document
        NotSupported         never  operator    the protocol cannot do this
        DeliveryUnconfirmed  later  hub         sent, but without proof: ask, never send blindly
      StepError
        DocumentInvalid      never  sender      the document breaks its schema or is no XML
        StepFailed           never  operator    a step is set up wrongly for this document
        SameContent          never  operator    the transfer took the same bytes not long ago
        AttemptsExhausted    never  operator    the steps failed or died over it too often
      BundleBroken           never  operator    what must go with it was refused
      StoreUnavailable       later  hub         the hub's own disk is full or fails
      StoreDamaged           never  hub         ledger, manifest and bytes do not agree
      Busy                   later  hub         another run works on this execution
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """Whether the same attempt can succeed later without anybody's help."""

    LATER = "later"
    NEVER = "never"


class Who(StrEnum):
    """Who has to act before it can succeed."""

    OPERATOR = "operator"
    SENDER = "sender"
    RECIPIENT = "recipient"
    HUB = "hub"


class HubError(Exception):
    """What happened, where, and how to mend it.

    Args:
        what: one sentence without its full stop, such as `The server refused the login`.
        where: endpoint and path or file and line, such as `gnap03-inbox:/eingang/a.xml`.
        remedy: one imperative sentence, such as `Correct the password in the block gnap03`.
    """

    retry: ClassVar[Retry] = Retry.NEVER
    who: ClassVar[Who] = Who.HUB

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        """Keep the three parts; `str()` joins them to one line."""
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(f"{what} ({where}). {remedy}.")

    @property
    def code(self) -> str:
        """The class as users meet it in state names: `AccessRefused` is `ACCESS_REFUSED`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).upper()

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling: Prefect stores the exception of a failed task."""
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[HubError], what: str, where: str, remedy: str) -> HubError:
    return kind(what, where=where, remedy=remedy)


class DefinitionWrong(HubError):
    """The definition of a transfer or a form contradicts itself or names what is not there."""

    who = Who.OPERATOR


class EndpointError(HubError):
    """Something went wrong between the hub and an endpoint."""


class Unreachable(EndpointError):
    """No answer: host, port, DNS, time limit or a lost connection."""

    retry = Retry.LATER
    who = Who.RECIPIENT


class AccessRefused(EndpointError):
    """The endpoint answers and refuses: login, key, certificate or permission."""

    who = Who.OPERATOR


class IdentityUnknown(AccessRefused):
    """The server's host key or certificate is not the one that was pinned."""


class TargetClosed(EndpointError):
    """The target may not be used now: its windows or holidays say so."""

    retry = Retry.LATER
    who = Who.RECIPIENT


class EndpointPaused(EndpointError):
    """The endpoint failed too often in a row and is left alone for a while."""

    retry = Retry.LATER
    who = Who.RECIPIENT


class SpaceExhausted(EndpointError):
    """Disk or quota is full."""

    retry = Retry.LATER
    who = Who.RECIPIENT


class Locked(EndpointError):
    """Somebody else holds the lock on the file."""

    retry = Retry.LATER
    who = Who.RECIPIENT


class DirectoryMissing(EndpointError):
    """The directory is not there and may not be created."""

    who = Who.OPERATOR


class FileMissing(EndpointError):
    """The file was listed and is gone."""

    who = Who.SENDER


class FileChanged(EndpointError):
    """The file grew or was replaced while it was read."""

    retry = Retry.LATER
    who = Who.SENDER


class FileIncomplete(EndpointError):
    """The file is not a whole document yet: its end or its done-file is missing."""

    retry = Retry.LATER
    who = Who.SENDER


class FileAbandoned(EndpointError):
    """The file was begun long ago and never finished."""

    who = Who.SENDER


class BundleIncomplete(EndpointError):
    """Something that must go with the file, a part of its bundle or batch, has not come in yet."""

    retry = Retry.LATER
    who = Who.SENDER


class LatePart(EndpointError):
    """The file belongs to a bundle that has gone already."""

    who = Who.SENDER


class AlreadyThere(EndpointError):
    """The name is taken at the target and overwriting is not allowed."""

    who = Who.OPERATOR


class NameNotAllowed(EndpointError):
    """The name has path parts or control characters, or is too long."""

    who = Who.SENDER


class DocumentRefused(EndpointError):
    """The other side takes others, but not this document: too large, or not what it reads."""

    who = Who.SENDER


class NotSupported(EndpointError):
    """The protocol cannot do what the definition asks for."""

    who = Who.OPERATOR


class DeliveryUnconfirmed(EndpointError):
    """Bytes were sent and no proof came back: ask the target before anything is sent again."""

    retry = Retry.LATER
    who = Who.HUB


class StepError(HubError):
    """A processing step could not do its work."""


class DocumentInvalid(StepError):
    """The document is not what its format promises; the remedy carries the findings."""

    who = Who.SENDER


class StepFailed(StepError):
    """The step is set up in a way that does not fit the document."""

    who = Who.OPERATOR


class SameContent(StepError):
    """The transfer took a document with the same bytes not long ago."""

    who = Who.OPERATOR


class DocumentInfected(StepError):
    """A virus scanner has found something in the document."""

    who = Who.OPERATOR


class NobodyGetsIt(StepError):
    """No recipient of the transfer is for the document."""

    who = Who.OPERATOR


class AlreadyReceived(StepError):
    """The transfer took a document with the same key before, such as the same invoice."""

    who = Who.OPERATOR


class AttemptsExhausted(StepError):
    """The steps failed, or ended the run, over this document too often."""

    who = Who.OPERATOR


class BundleBroken(HubError):
    """Something that must go with the document, a part of its bundle or batch, was refused."""

    who = Who.OPERATOR


class StoreUnavailable(HubError):
    """The hub's own disk is full, or fails."""

    retry = Retry.LATER


class StoreDamaged(HubError):
    """Ledger, execution folder and bytes contradict each other."""


class Busy(HubError):
    """Another run holds the execution."""

    retry = Retry.LATER
