"""One IMAP session (RFC 3501): the commands the mailbox needs, and errors that say how to mend them.

Nothing is read in a way that marks a mail as seen, and nothing is expunged but the one mail that
is meant (UIDPLUS, RFC 4315).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import (  # type: ignore[import-untyped]
    IMAPClientError,
    IMAPClientReadOnlyError,
)

from blocks.imap_errors import gone, is_lost, lost, not_removed, refusal, withheld
from blocks.imap_login import log_in
from blocks.imap_settings import ImapSettings
from blocks.mail_account import Security
from blocks.mail_parts import Mail, mail_of, small_flags
from blocks.tls import trusting
from transforms.document import CHUNK
from transforms.errors import (
    DirectoryMissing,
    EndpointError,
    NotSupported,
    Unreachable,
)

AT_ONCE = 90_000
"""Mails that are searched at once: imaplib gives up on a line of more than 1,000,000 bytes."""
GOODBYE_SECONDS = 2.0
DELETED = "\\Deleted"
SELDOM_WANTED = frozenset(
    {b"\\noselect", b"\\nonexistent", b"\\all", b"\\drafts", b"\\junk", b"\\sent", b"\\trash"}
)
"""Folders that hold no mails, or none that were received and are still wanted (RFC 6154)."""


class Handshake:
    """A TLS context that lets another thread end what waits in the handshake or for the greeting.

    The library gives no access to the socket before the greeting has been read.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        """Verify as this context does."""
        self._context = context
        self._copy: socket.socket | None = None

    def wrap_socket(self, sock: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        """Shake hands, as `ssl.SSLContext.wrap_socket`."""
        # A handshake takes the descriptor away from the socket: only a copy can be shut.
        self._copy = sock.dup()
        return self._context.wrap_socket(sock, server_hostname=server_hostname)

    def cut(self) -> None:
        """End the connection, from any thread."""
        if self._copy is not None:
            with suppress(OSError):
                self._copy.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        if self._copy is not None:
            self._copy.close()


class Session:
    """A connection that is logged in; closed for good once it is lost."""

    def __init__(self, settings: ImapSettings) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            DefinitionWrong: the CA certificate in the block is none.
        """
        self._settings = settings
        self._folder: tuple[str, bool] = ("", False)
        self.validity = 0
        self._count = 0
        self._marks: frozenset[str] = frozenset()
        self._client: IMAPClient | None = None
        self._tls = Handshake(trusting(settings.ca_certificate, where=settings.label))
        self.delimiter = "/"

    def log_in(self) -> None:
        """Connect, encrypt, log in; once.

        Raises:
            Unreachable, AccessRefused, IdentityUnknown: as for every endpoint.
            NotSupported: the server offers no STARTTLS, or no such login.
        """
        with self._translated(""):
            self._connect()
            told = self._live.list_folders("", "")
        self.delimiter = (told[0][1] or b"/").decode() if told else "/"

    def _connect(self) -> None:
        settings, seconds = self._settings, self._settings.connect_seconds
        self._client = client = IMAPClient(
            settings.host,
            settings.port,
            ssl=settings.security is Security.TLS,
            ssl_context=self._tls,
            timeout=SocketTimeout(seconds, seconds),
        )
        client.normalise_times = False
        if settings.security is Security.STARTTLS:
            client.starttls(self._tls)
        log_in(client, settings)
        client.socket().settimeout(settings.idle_seconds)

    # -- folders ---------------------------------------------------------------------------

    def raw_folder(self, *paths: str) -> str:
        """Return the server's name of a folder of which the parts are divided by slashes."""
        return "/".join(path for path in paths if path).replace("/", self.delimiter)

    def open(self, folder: str, *, write: bool = False, anew: bool = False) -> None:
        """Select a folder, unless it is the one that is selected.

        Args:
            folder: raw name.
            write: to change flags; else the server is asked to change nothing at all.
            anew: see what has come since.

        Raises:
            DirectoryMissing: there is no such folder.
            AccessRefused: the account may not read it, or not write to it.
        """
        if not anew and self._folder in {(folder, True), (folder, write)}:
            return
        self._folder = ("", False)
        with self._translated(folder, missing=DirectoryMissing):
            try:
                told = self._live.select_folder(folder, readonly=not write)
            except IMAPClientReadOnlyError:
                # Else the library refuses every further command of this session.
                self._live.select_folder(folder, readonly=True)
                raise
        self.validity = int(told.get(b"UIDVALIDITY", 0))
        self._count = int(told.get(b"EXISTS", 0))
        permanent = told.get(b"PERMANENTFLAGS", (b"\\*",))
        self._marks = frozenset(flag.decode().lower() for flag in permanent)
        self._folder = (folder, write)

    def folders_below(self, folder: str) -> list[str]:
        """Return the raw names of all folders below one, without trash, drafts and the like."""
        prefix = folder + self.delimiter
        with self._translated(folder):
            told = self._live.list_folders("", f"{prefix}*")
        return [
            name
            for flags, _, name in told
            if name.startswith(prefix) and not SELDOM_WANTED & {flag.lower() for flag in flags}
        ]

    def create(self, folder: str) -> None:
        """Create a folder that people find in their mail programs; nothing happens if it is there.

        Raises:
            AccessRefused: the account may not.
        """
        with self._translated(folder):
            if self._live.list_folders("", folder):
                return
            self._live.create_folder(folder)
            with suppress(IMAPClientError):
                self._live.subscribe_folder(folder)

    # -- mails -----------------------------------------------------------------------------

    def uids(self, *criteria: str) -> list[int]:
        """Return the numbers of the mails of the selected folder that are not marked as deleted."""
        with self._translated(self._folder[0]):
            found: set[int] = set()
            # From the end: what others remove meanwhile makes the others' numbers smaller.
            for last in range(self._count, 0, -AT_ONCE):
                window = f"{max(1, last - AT_ONCE + 1)}:{last}"
                found.update(self._live.search([window, "UNDELETED", *criteria]))
            return sorted(found)

    def look(self, uids: Iterable[int], *, inside: bool) -> list[Mail]:
        """Return what the server tells of these mails of the selected folder, if they are there.

        Args:
            uids: their numbers.
            inside: ask for their structure too, which is most of the work of a listing.
        """
        wanted = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", *(["BODYSTRUCTURE"] if inside else [])]
        with self._translated(self._folder[0]):
            told = self._live.fetch(list(uids), wanted)
        # What others mark meanwhile is told too, without the rest.
        return [mail_of(uid, one) for uid, one in told.items() if wanted[-1].encode() in one]

    def read(self, uid: int, section: str, octets: int) -> Iterator[bytes]:
        """Yield a part of a mail as it is stored, 1 MiB at a time.

        Args:
            uid: the mail.
            section: number of the part, "" for the whole mail.
            octets: as the server told; it decides nothing but whether to ask for more.

        Raises:
            FileMissing: the mail is gone.
        """
        offset = 0
        while True:
            piece = self._piece(uid, section, offset)
            if piece:
                yield piece
            elif offset < octets:
                self._check_end(uid, nothing=piece is None)
            offset += len(piece or b"")
            # Some servers tell a wrong size: only an empty answer is an end before it.
            if not piece or (len(piece) < CHUNK and offset >= octets):
                return

    def _piece(self, uid: int, section: str, offset: int) -> bytes | None:
        """Return the bytes from an offset on; empty after the end, None for NIL."""
        with self._translated(self._folder[0]):
            told = self._live.fetch([uid], [f"BODY.PEEK[{section}]<{offset}.{CHUNK}>"])
        key = f"BODY[{section}]<{offset}>".encode()
        if key not in told.get(uid, {}):
            raise gone(self._where(self._folder[0]))
        piece = told[uid][key]
        # A short answer that is no literal comes as what it looks like.
        return piece if piece is None or isinstance(piece, bytes) else str(piece).encode()

    def _check_end(self, uid: int, *, nothing: bool) -> None:
        """Tell an end that comes too early from a mail that goes while it is read."""
        with self._translated(self._folder[0]):
            self._live.noop()
            if uid not in self._live.get_flags([uid]):
                raise gone(self._where(self._folder[0]))
        if nothing:
            raise withheld(self._where(self._folder[0]))

    def mark(self, uid: int, flag: str) -> frozenset[str] | None:
        """Add a flag or keyword to a mail.

        Returns:
            All flags of the mail in small letters; None if it is gone.

        Raises:
            NotSupported: the server keeps no such flag.
        """
        if not self._marks & {flag.lower(), "\\*"}:
            raise self._no_keywords()
        with self._translated(self._folder[0]):
            self._live.add_flags([uid], [flag], silent=True)
            # Servers do not answer with flags that were there before.
            told = self._live.get_flags([uid])
        if uid not in told:
            return None
        flags = small_flags(told[uid])
        if flag.lower() not in flags:
            raise self._no_keywords()
        return flags

    def remove(self, uid: int) -> None:
        """Delete one mail for good, and no other that is marked as deleted.

        Raises:
            AccessRefused: the account may not; servers agree all the same (RFC 4314, section 4).
            NotSupported: the server can only expunge everything that anybody has marked.
        """
        self.check_removal(moving=False)
        with self._translated(self._folder[0]):
            self._live.add_flags([uid], [DELETED], silent=True)
            self._live.uid_expunge([uid])
            if self._live.search(["UID", str(uid)]):
                # Else no listing would show it any more.
                self._live.remove_flags([uid], [DELETED], silent=True)
                raise not_removed(self._where(self._folder[0]))

    def move(self, uid: int, folder: str) -> None:
        """Move one mail to another folder of this account.

        Raises:
            NotSupported: see `check_removal`.
        """
        self.check_removal(moving=True)
        with self._translated(folder):
            if self._live.has_capability("MOVE"):
                self._live.move([uid], folder)
                return
            self._live.copy([uid], folder)
        self.remove(uid)

    def check_removal(self, *, moving: bool) -> None:
        """See whether a single mail can be deleted, or moved, here.

        Raises:
            NotSupported: it cannot.
        """
        if self.offers("UIDPLUS") or (moving and self.offers("MOVE")):
            return
        raise NotSupported(
            "The server cannot remove a single mail: it has neither UIDPLUS nor MOVE"
            if moving
            else "The server cannot delete a single mail: it does not offer UIDPLUS",
            where=self._settings.label,
            remedy="Set 'after pickup' to KEEP" + ("" if moving else " or MOVE"),
        )

    @property
    def keeps_keywords(self) -> bool:
        """Whether the selected folder takes new keywords."""
        return "\\*" in self._marks

    def offers(self, capability: str) -> bool:
        """Tell whether the server has announced a capability."""
        with self._translated(""):
            return bool(self._live.has_capability(capability))

    def is_alive(self) -> bool:
        """Ask the server for nothing."""
        try:
            with self._translated(""):
                self._live.noop()
        except EndpointError:
            return False
        return True

    def close(self) -> None:
        """Say goodbye; never raises."""
        if self._client is not None:
            with suppress(IMAPClientError, OSError, ValueError):
                self._client.socket().settimeout(GOODBYE_SECONDS)
                self._client.logout()
        self._drop()

    def cut(self) -> None:
        """End whatever waits for the server; for another thread than the one that waits."""
        self._tls.cut()
        if self._client is not None:
            # Of the plain socket: a TLS socket's own would take apart what the other one reads.
            with suppress(OSError):
                socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)

    def _drop(self) -> None:
        self._tls.close()
        client, self._client = self._client, None
        if client is not None:
            with suppress(IMAPClientError, OSError, ValueError):
                client.shutdown()

    # -- errors ----------------------------------------------------------------------------

    @property
    def _live(self) -> IMAPClient:
        if self._client is None:
            raise lost(ConnectionError(), self._server)
        return self._client

    @contextmanager
    def _translated(
        self, folder: str, missing: type[EndpointError] = Unreachable
    ) -> Iterator[None]:
        try:
            yield
        except EndpointError:
            raise
        except (OSError, ValueError, IMAPClientError) as error:
            if not is_lost(error):
                raise refusal(error, self._where(folder), missing) from error
            self._drop()
            raise lost(error, self._server) from error

    @property
    def _server(self) -> str:
        return f"{self._settings.label}: {self._settings.host}:{self._settings.port}"

    def _no_keywords(self) -> NotSupported:
        return NotSupported(
            "The server keeps no keywords of ours, so a file of a mail cannot be marked as taken",
            where=self._where(self._folder[0]),
            remedy="Set 'Take' to WHOLE_MESSAGE, with DELETE or MOVE after pickup, or with the "
            "mark SEEN",
        )

    def _where(self, folder: str) -> str:
        return f"{self._settings.label}:/{folder}" if folder else self._settings.label
