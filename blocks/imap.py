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

from blocks import icons
from blocks.endpoint import AfterPickup, Can, Finding, RemoteFile, display
from blocks.imap_errors import changed, gone
from blocks.imap_files import DONE, Item, Place, items_of
from blocks.imap_links import Link, LinkClient
from blocks.imap_receiving import ReceivingConnection
from blocks.imap_session import Session
from blocks.imap_settings import ImapSettings, Mark, Take
from blocks.limits import ended_in_time, limited
from blocks.mail_account import Login, Security
from blocks.mail_parts import Mail, decoded
from blocks.paths import below_base, join
from blocks.tls import trusting
from transforms.document import Fingerprint, Hasher
from transforms.errors import DirectoryMissing, FileMissing, NameNotAllowed, NotSupported

__all__ = ["ImapMailbox", "Login", "MailboxConnection", "Mark", "Security", "Take"]

SEEN = "\\Seen"
PORTION = 200
"""Mails that are asked for at once."""


class ImapMailbox(ImapSettings):
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


class MailboxConnection(ReceivingConnection):
    """One session with a mailbox."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        """Prepare the session; `check` opens it."""
        super().__init__(mailbox.label)
        self._mailbox = mailbox
        self._links: LinkClient | None = None
        self._session = Session(mailbox)

    def check(self) -> None:
        """Log in, and see whether the base folder is there.

        Raises:
            EndpointError: see `ImapMailbox.connect`.
        """
        box = self._mailbox
        limits = box.model_copy(update={"total_seconds": box.connect_seconds})
        with ended_in_time(limits, "", self._cut):
            self._session.log_in()
            self._open("")

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
            for mail in self._look(uids)
            for item in self._items_there(mail)
            if item.keyword.lower() not in mail.flags
        ]

    def _look(self, uids: Sequence[int]) -> list[Mail]:
        return self._session.look(uids, inside=self._mailbox.take is not Take.WHOLE_MESSAGE)

    def _items_there(self, mail: Mail) -> list[Item]:
        try:
            return self._items(mail)
        except FileMissing:
            # It has gone while its text was read for links: the others are listed all the same.
            return []

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
        mail = next(iter(self._look([place.uid])), None)
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
