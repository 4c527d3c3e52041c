"""IMAP mailboxes as a source: the attachments of mails, whole mails, or files behind their links.

A file's path is `folder/UIDVALIDITY.UID/part/name`: a mail's content never changes under these
numbers (RFC 3501, section 2.3.1.1), so no file does. Of a mail with several files each is
marked by a keyword once it is safe, and the mail is disposed of with the last one; after a crash
between two of them nothing is lost and nothing is fetched again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, ClassVar

from pydantic import Field, SecretStr, model_validator

from blocks import icons
from blocks.endpoint import AfterPickup, Can, Endpoint, Finding, RemoteFile, display
from blocks.imap_errors import changed, gone
from blocks.imap_files import DONE, Item, Mark, Place, Take, items_of
from blocks.imap_links import Link, LinkClient
from blocks.imap_receiving import ReceivingConnection
from blocks.imap_session import Account, Security, Session
from blocks.limits import ended_in_time, limited
from blocks.mail_parts import Mail, decoded
from blocks.paths import below_base, join
from blocks.tls import greeted, trusting
from transforms.document import Fingerprint, Hasher
from transforms.errors import DirectoryMissing, NameNotAllowed, NotSupported

SEEN = "\\Seen"
PORTION = 200
"""Mails that are asked for at once."""


class ImapMailbox(Endpoint):
    """A mailbox that offices send documents to.

    Example:
        ```python
        from blocks.imap import ImapMailbox

        ImapMailbox(
            host="mail.example",
            user="eingang@rechenzentrum.example",
            password="…",
        ).save("eingang")
        ```
    """

    _block_type_name = "Mailbox (IMAP)"
    _block_type_slug = "imap-mailbox"
    _logo_url = icons.MAIL
    _description = "Fetches attachments, whole mails or files behind links from a mailbox."

    can: ClassVar[frozenset[Can]] = frozenset({Can.FETCH})

    host: str = Field(
        title="Host", description="Name of the mail server.", examples=["mail.example"]
    )
    port: int = Field(
        default=993, ge=1, le=65535, title="Port", description="993 for TLS, 143 for STARTTLS."
    )
    security: Security = Field(
        default=Security.TLS,
        title="Security",
        description="TLS encrypts from the start, STARTTLS turns encryption on after connecting; "
        "with NONE mails and password travel readable.",
    )
    user: str = Field(title="User", description="Account at the server.")
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="The account's password."
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the server's certificate, the only one "
        "trusted then; empty: those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )
    folder: str = Field(
        default="INBOX",
        min_length=1,
        title="Base folder",
        description="Folder that all transfers of this block stay below; sub folders with /.",
        examples=["INBOX", "INBOX/Bauanträge"],
    )
    take: Take = Field(
        default=Take.ATTACHMENTS,
        title="Take",
        description="ATTACHMENTS: each attachment is a file; WHOLE_MESSAGE: each mail is one file "
        "(.eml); LINKS: each https link to an allowed host is a file.",
    )
    mark: Mark = Field(
        default=Mark.KEYWORD,
        title="Mark of kept mails",
        description="KEYWORD: an own keyword, which mail programs rarely show; SEEN: read. With "
        "SEEN, mails that somebody has read count as taken.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        title="Allowed hosts",
        description="Hosts that links may lead to, host or host:port; for LINKS.",
        examples=[["formulare.example"]],
    )
    link_user: str = Field(
        default="", title="Links: user", description="Account at the allowed hosts; empty: none."
    )
    link_password: SecretStr = Field(
        default=SecretStr(""), title="Links: password", description="Password of that account."
    )
    link_ca_certificate: str = Field(
        default="",
        title="Links: CA certificate",
        description="PEM of the only authority that the allowed hosts are trusted by; empty: "
        "those that this machine trusts.",
        json_schema_extra={"format": "textarea"},
    )

    @model_validator(mode="after")
    def _links_have_hosts(self) -> ImapMailbox:
        if self.take is Take.LINKS and not self.allowed_hosts:
            message = "name the allowed hosts that links may lead to"
            raise ValueError(message)
        return self

    @contextmanager
    def connect(self) -> Iterator[MailboxConnection]:
        """Open a session: connect, encrypt, log in, open the base folder.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            DirectoryMissing: the base folder is not there.
            NotSupported: the server offers no STARTTLS.
        """
        with MailboxConnection(self) as connection:
            connection.check()
            yield connection

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate where TLS comes first."""
        if self.security is Security.TLS:
            context = trusting(self.ca_certificate, where=self.label)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )

    def account(self) -> Account:
        """Return where to log in, and as whom."""
        return Account(
            self.host,
            self.port,
            self.security,
            self.user,
            self.password.get_secret_value(),
            self.ca_certificate,
        )


class MailboxConnection(ReceivingConnection):
    """One session with a mailbox."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        """Connect and log in; see `ImapMailbox.connect`."""
        super().__init__(mailbox.label)
        self._mailbox = mailbox
        self._links: LinkClient | None = None
        self._session = Session(mailbox.account(), mailbox)

    def check(self) -> None:
        """See whether the base folder is there.

        Raises:
            DirectoryMissing: it is not.
        """
        try:
            with self._in_time(""):
                self._open("")
        except BaseException:
            self._session.close()
            raise

    # -- source ----------------------------------------------------------------------------

    def list_files(self, directory: str, *, recursive: bool) -> Iterator[RemoteFile]:
        """Yield the files of the mails of a folder that are not marked as taken.

        Mails marked as deleted are left out, and of sub folders those for trash, junk, drafts
        and sent mails. The size of an attachment is what `Part.size` tells, of a link 0, as it
        is not asked for.
        """
        first = below_base(directory, self._label)
        for folder in [first, *(self._below(first) if recursive else ())]:
            with self._in_time(folder):
                self._open(folder, anew=True)
                validity = self._session.validity
                uids = self._session.uids(*self._untaken())
            for start in range(0, len(uids), PORTION):
                with self._in_time(folder):
                    found = self._portion(folder, validity, uids[start : start + PORTION])
                yield from found

    def _untaken(self) -> tuple[str, ...]:
        if self._mailbox.mark is Mark.SEEN:
            return ("UNSEEN", "UNKEYWORD", DONE)
        return ("UNKEYWORD", DONE)

    def _below(self, folder: str) -> list[str]:
        base = self._session.raw_folder(self._mailbox.folder)
        with self._in_time(folder):
            self._open(folder)
            found = self._session.folders_below(self._raw(folder))
        return [
            name.removeprefix(base + self._session.delimiter).replace(self._session.delimiter, "/")
            for name in found
        ]

    def _portion(self, folder: str, validity: int, uids: Sequence[int]) -> list[RemoteFile]:
        self._open(folder)
        self._unchanged(folder, validity)
        return [
            RemoteFile(
                join(folder, f"{validity}.{mail.uid}/{item.key}/{item.name}"),
                item.name,
                item.size,
                mail.arrived,
                f"{validity}.{mail.uid}.{item.key}",
            )
            for mail in self._session.look(uids)
            for item in self._items(mail)
            if item.keyword.lower() not in mail.flags
        ]

    def _items(self, mail: Mail) -> list[Item]:
        return items_of(mail, self._session, self._mailbox.take, self._mailbox.allowed_hosts)

    def fetch(self, file: RemoteFile, to: Path) -> Fingerprint:
        """Stream one file into the new local file `to`; see the contract."""
        with self._in_time(file.path), to.open("xb") as target:
            try:
                return self._copy(file, target)
            except BaseException:
                to.unlink(missing_ok=True)
                raise

    def _copy(self, file: RemoteFile, target: IO[bytes]) -> Fingerprint:
        mail, items = self._found(file)
        item = next((one for one in items if one.key == Place.of(file).key), None)
        if mail is None:
            raise gone(self._where(file.path))
        if item is None:
            raise changed(
                self._where(file.path), "is none of this mail's with the block's settings"
            )
        hasher = Hasher()
        for chunk in limited(self._content(mail, item, file), self._mailbox, file.path):
            hasher.update(chunk)
            target.write(chunk)
        return hasher.fingerprint()

    def _content(self, mail: Mail, item: Item, file: RemoteFile) -> Iterator[bytes]:
        if isinstance(item.what, Link):
            return self._link_client().read(item.what, display(file.path))
        if item.what is None:
            return self._session.read(mail.uid, "", mail.size)
        try:
            raw = self._session.read(mail.uid, item.what.number, item.what.octets)
            return decoded(raw, item.what.encoding)
        except ValueError as error:
            raise NotSupported(
                f"The attachment cannot be decoded: {error}",
                where=self._where(file.path),
                remedy="Take the mail as a whole, or ask its sender for base64",
            ) from error

    def _found(self, file: RemoteFile, *, write: bool = False) -> tuple[Mail | None, list[Item]]:
        """Return the mail of a file and all its files; None and nothing if it is gone."""
        place = Place.of(file)
        try:
            self._open(place.folder, write=write)
        except DirectoryMissing:
            return None, []
        self._unchanged(place.folder, place.validity)
        mail = next(iter(self._session.look([place.uid])), None)
        return mail, self._items(mail) if mail else []

    def acknowledge(self, file: RemoteFile, after: AfterPickup, directory: str = "") -> str:
        """Mark the file as taken, and with the last file of a mail dispose of the mail."""
        target = self._target(file, directory) if after is AfterPickup.MOVE else ""
        with self._in_time(file.path):
            if after is not AfterPickup.KEEP:
                self._session.check_removal(moving=after is AfterPickup.MOVE)
            mail, items = self._found(file, write=True)
            if mail is None:
                return "was gone already"
            own = next((one for one in items if one.key == Place.of(file).key), None)
            if own is None:
                raise changed(
                    self._where(file.path), "is none of this mail's with the block's settings"
                )
            if len(items) > 1:
                flags = self._session.mark(mail.uid, own.keyword)
                if flags is None:
                    return "was gone already"
                left = sum(one.keyword.lower() not in flags for one in items)
                if left:
                    return f"marked as taken; {left} more of this mail are to be taken"
            return self._dispose(mail, after, target)

    def _target(self, file: RemoteFile, directory: str) -> str:
        """Return the folder to move to, below the base folder."""
        below = below_base(directory, self._label)
        if not below:
            raise NameNotAllowed(
                "The mail is to be moved to where it is, and would be taken again",
                where=self._where(file.path),
                remedy="Name another folder, relative to the mail's own",
            )
        return join(Place.of(file).folder, below)

    def _dispose(self, mail: Mail, after: AfterPickup, target: str) -> str:
        if after is AfterPickup.DELETE:
            self._session.remove(mail.uid)
            return "mail deleted"
        if after is AfterPickup.KEEP:
            flag = SEEN if self._mailbox.mark is Mark.SEEN else DONE
            if flag.lower() not in mail.flags:
                self._session.mark(mail.uid, flag)
            return f"mail kept, marked {flag}"
        folder = self._raw(target)
        self._session.create(folder)
        self._session.move(mail.uid, folder)
        return f"mail moved to {target}"

    def probe(self, directory: str, *, write: bool) -> Iterator[Finding]:
        """List a folder, and say what can be done with its mails; nothing is written."""
        del write
        place = below_base(directory, self._label)
        count = sum(1 for _ in self.list_files(place, recursive=False))
        yield Finding("list", f"{count} files in /{place}")
        with self._in_time(place):
            self._open(place, write=True)
            session = self._session
            able = {
                "deletes single mails": session.offers("UIDPLUS"),
                "moves mails": session.offers("MOVE") or session.offers("UIDPLUS"),
                "keeps keywords": session.keeps_keywords,
            }
        told = "; ".join(f"{what}: {'yes' if can else 'no'}" for what, can in able.items())
        yield Finding("after pickup", told)

    def is_alive(self) -> bool:
        """Ask the server for nothing."""
        return self._session.is_alive()

    def close(self) -> None:
        """End the session; never raises."""
        self._session.close()
        if self._links is not None:
            self._links.close()

    # -- shared ----------------------------------------------------------------------------

    def _raw(self, folder: str) -> str:
        return self._session.raw_folder(self._mailbox.folder, folder)

    def _open(self, folder: str, *, write: bool = False, anew: bool = False) -> None:
        self._session.open(self._raw(folder), write=write, anew=anew)

    def _link_client(self) -> LinkClient:
        if self._links is None:
            box = self._mailbox
            self._links = LinkClient(
                trusting(box.link_ca_certificate, where=box.label),
                (box.link_user, box.link_password.get_secret_value()) if box.link_user else None,
                box.allowed_hosts,
                box,
            )
        return self._links

    def _in_time(self, path: str) -> AbstractContextManager[None]:
        return ended_in_time(self._mailbox, path, self._cut)

    def _cut(self) -> None:
        self._session.cut()
        if self._links is not None:
            self._links.close()

    def _where(self, path: str) -> str:
        return f"{self._label}:/{display(path)}"

    def _unchanged(self, folder: str, validity: int) -> None:
        if self._session.validity != validity:
            raise changed(
                self._where(folder), "is of a folder that was made anew since the listing"
            )
