"""Which files a mail has, what each is called, and where it is found again."""

from __future__ import annotations

from dataclasses import dataclass

from blocks.endpoint import RemoteFile
from blocks.imap_links import Link, links_of
from blocks.imap_session import Session
from blocks.imap_settings import Take
from blocks.mail_parts import Mail, Part, decoded, parts_of

DONE = "$GovManager"
"""Keyword of a mail all files of which are taken; a hyphen and the part follow for one file."""
TEXT_LIMIT = 1 << 20
"""Bytes of a text in which links are looked for."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a mail: key within the mail, leaf name, bytes as told, and what it is."""

    key: str
    name: str
    size: int
    what: Part | Link | None

    @property
    def keyword(self) -> str:
        """The keyword that marks it as taken."""
        return f"{DONE}-{self.key}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listed file is: folder below the base folder, and its numbers."""

    folder: str
    validity: int
    uid: int
    key: str

    @classmethod
    def of(cls, file: RemoteFile) -> Place:
        """Read the place from a listed file."""
        validity, uid, key = file.version.split(".", 2)
        folder = "/".join(file.path.split("/")[:-3])
        return cls(folder, int(validity), int(uid), key)


def items_of(
    mail: Mail, session: Session, take: Take, allowed_hosts: tuple[str, ...]
) -> list[Item]:
    """Return all files of a mail, whether they are marked as taken or not.

    Args:
        mail: of the folder that the session has selected.
        session: reads the texts in which links are looked for.
        take: what of a mail is a file.
        allowed_hosts: as `blocks.imap_links` takes them.

    Raises:
        EndpointError: the texts cannot be read.
    """
    if take is Take.WHOLE_MESSAGE:
        moment = f"{mail.arrived:%Y%m%d-%H%M%S}-" if mail.arrived else ""
        return [Item("mail", f"{moment}{mail.uid}.eml", mail.size, None)]
    parts = list(parts_of(mail.structure))
    if take is Take.ATTACHMENTS:
        return [
            Item(part.number, part.file_name, part.size, part)
            for part in parts
            if part.is_attachment
        ]
    texts = [(part.kind, _text(mail, part, session)) for part in parts if part.is_text]
    return [
        Item(f"link{link.number}", link.name, 0, link) for link in links_of(texts, allowed_hosts)
    ]


def _text(mail: Mail, part: Part, session: Session) -> str:
    content = b""
    for piece in decoded(session.read(mail.uid, part.number, part.octets), part.encoding):
        content += piece
        if len(content) > TEXT_LIMIT:
            break
    try:
        return content[:TEXT_LIMIT].decode(part.charset or "utf-8", "replace")
    except LookupError:
        return content[:TEXT_LIMIT].decode("utf-8", "replace")
