"""The raw verbs of FTP, over as many sessions as are needed at a time.

FTP renames onto a name that is taken without a word, and creates no file only if its name is
free. Creating a directory is atomic everywhere, so a directory of our own guards each name while
it is taken; others than the hubs it does not keep off.
"""

from __future__ import annotations

import ftplib
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

from blocks.at_once import AtOnce
from blocks.driver import Driver, Entry
from blocks.endpoint import display
from blocks.ftp_errors import UNAVAILABLE, lost, refusal, reply_of
from blocks.ftp_line import ERRORS, Account, FtpLine, Reply
from blocks.ftp_listing import UnreadableListing, facts_entry, list_entry, moment
from blocks.paths import parent
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    Locked,
    NameNotAllowed,
    NotSupported,
    Unreachable,
)

GUARD = ".govmanager-guard-"
GUARD_SECONDS = 300
GO_ON = 350
ENDING = frozenset("\r\n\0")


class FtpDriver(Driver):
    """The raw verbs over several sessions; the first is opened at once.

    Args:
        account: who logs in where.
        label: the endpoint, for errors.
        directory: the base directory, relative to where the login leads unless it begins with /.
        encoding: Python's name of the character set that the server's names are in.
        at_once: sessions at a time, where many files are asked for.
    """

    def __init__(
        self, account: Account, *, label: str, directory: str, encoding: str, at_once: int
    ) -> None:
        """Log in.

        Raises:
            EndpointError: not reached, not trusted, or refused.
        """
        self._account = account
        self._label = label
        self._encoding = encoding
        self._base = ""
        self._at_once = AtOnce(at_once, "ftp")
        self._change = threading.Lock()
        self._free: list[FtpLine] = []
        self._used: set[FtpLine] = set()
        self._is_closed = False
        with self._line("") as line:
            home = "" if directory.startswith("/") else line.home()
            self._has_mlst = "MLST" in line.features
        self._base = f"{home.rstrip('/')}/{self._encoded(directory.strip('/'))}".rstrip("/")

    def check_base(self) -> None:
        """Raise `DirectoryMissing` unless the base directory is one."""
        with self._line("") as line:
            is_there = line.ask(f"CWD {self._base or '/'}").is_good
        if not is_there:
            raise DirectoryMissing(
                "The base directory is not there",
                where=self._where(""),
                remedy="Create it at the server, or correct the base directory in the block",
            )

    # -- looking -----------------------------------------------------------------------------

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory; the listing is read before the first is yielded."""
        entries = None
        with self._line(directory) as line:
            if line.ask(f"CWD {self._wire(directory) or '/'}").is_good:
                entries = self._listed(line, directory)
        if entries is None:
            raise self._why_unlisted(directory)
        yield from (one for one in entries if not one.name.startswith(GUARD))

    def _listed(self, line: FtpLine, directory: str) -> list[Entry]:
        try:
            if self._has_mlst:
                found = [facts_entry(text) for text in line.lines("MLSD")]
                return [self._named(one) for one in found if one and one.name not in (".", "..")]
            found = [list_entry(text) for text in self._plain_lines(line)]
        except UnreadableListing as error:
            raise NotSupported(
                f"The server's listing has a form that is not known: {display(str(error))!r}",
                where=self._where(directory),
                remedy="Have the server's MLSD or its Unix listing switched on",
            ) from error
        entries = [one for one in found if one and one.name not in (".", "..")]
        asked = [f"MDTM {self._wire(directory)}/{one.name}" for one in entries]
        times = [moment(told.text[4:]) if told.is_good else None for told in line.ask_all(asked)]
        return [
            self._named(Entry(one.name, one.is_directory, one.size, time))
            for one, time in zip(entries, times, strict=True)
        ]

    def _plain_lines(self, line: FtpLine) -> list[str]:
        try:
            return line.lines("LIST -a")
        except ftplib.error_perm:
            return line.lines("LIST")

    def _named(self, entry: Entry) -> Entry:
        name = entry.name.encode("latin-1").decode(self._encoding, "surrogateescape")
        return Entry(name, entry.is_directory, entry.size, entry.modified, entry.version)

    def stat(self, path: str) -> Entry | None:
        """Look at one path; links are what they lead to."""
        (answer,) = self.stat_many([path])
        if isinstance(answer, EndpointError):
            raise answer
        return answer

    def stat_many(self, paths: Sequence[str]) -> list[Entry | EndpointError | None]:
        """Look at several paths."""
        if not paths:
            return []
        with self._line(paths[0]) as line:
            wires = [self._wire(path) or "/" for path in paths]
            return list(self._told(line, wires) if self._has_mlst else self._guessed(line, wires))

    def _told(self, line: FtpLine, wires: Sequence[str]) -> Iterator[Entry | None]:
        for wire, reply in zip(wires, line.ask_all([f"MLST {one}" for one in wires]), strict=True):
            lines = reply.text.splitlines()
            entry = None
            if reply.is_good and len(lines) > 1:
                entry = facts_entry(lines[1].removeprefix(" "))
            self._heeded(reply)
            leaf = wire.rpartition("/")[2]
            yield entry and self._named(
                Entry(leaf, entry.is_directory, entry.size, entry.modified, entry.version)
            )

    def _guessed(self, line: FtpLine, wires: Sequence[str]) -> Iterator[Entry | None]:
        """Look with SIZE and MDTM, as servers without MLST have them; directories have no size."""
        sizes = line.ask_all([f"SIZE {one}" for one in wires])
        times = line.ask_all([f"MDTM {one}" for one in wires])
        for wire, size, changed in zip(wires, sizes, times, strict=True):
            leaf = wire.rpartition("/")[2]
            if size.is_good:
                told = moment(changed.text[4:]) if changed.is_good else None
                yield self._named(
                    Entry(leaf, is_directory=False, size=int(size.text[4:]), modified=told)
                )
            else:
                self._heeded(size)
                there = line.ask(f"CWD {wire}").is_good
                yield (
                    self._named(Entry(leaf, is_directory=True, size=0, modified=None))
                    if there
                    else None
                )

    def _heeded(self, reply: Reply) -> None:
        """Raise what says that nothing can be told now; that nothing is there is an answer."""
        if not reply.is_good and reply.code not in UNAVAILABLE | {501}:
            raise refusal(reply, self._where(""))

    # -- bytes -------------------------------------------------------------------------------

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file from an offset on."""
        with self._line(path, self._why_unreadable) as line:
            yield from line.read(f"RETR {self._wire(path)}", offset)

    def read_many(self, paths: Sequence[str], most: int) -> list[bytes | EndpointError]:
        """Return the contents of small files."""

        def content(path: str) -> bytes:
            (whole,) = Driver.read_many(self, [path], most)
            if isinstance(whole, EndpointError):
                raise whole
            return whole

        return self._at_once.ask(paths, content)

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Write a file; the server's last word is all there is of durability."""
        del size
        with self._line(path, self._why_unwritable) as line:
            line.write(f"STOR {self._wire(path)}", chunks)

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files."""
        return self._at_once.ask(files, lambda one: self.write(one[0], [one[1]], len(one[1])))

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file only if the name is free, under a guard."""
        with self._guarding(path) as alone:
            if not alone or self.stat(path):
                return False
            try:
                self.write(path, [content], len(content))
            except EndpointError as error:
                if not isinstance(error, Unreachable):
                    # An empty lock file would keep everybody away, and say nobody's name.
                    with suppress(EndpointError):
                        self.remove(path)
                raise
        return True

    # -- names -------------------------------------------------------------------------------

    def replace(self, old: str, new: str) -> None:
        """Rename, replacing a file."""
        with self._line(new) as line:
            told = line.ask_all([f"RNFR {self._wire(old)}", f"RNTO {self._wire(new)}"])
            if told[1].is_good:
                return
        refused = told[1] if told[0].code == GO_ON else told[0]
        self._why_not_renamed(old, new, refused)

    def rename(self, old: str, new: str) -> None:
        """Rename under a guard; `AlreadyThere` if `new` is taken, `Locked` while it is."""
        with self._guarding(new) as alone:
            if not alone:
                raise Locked(
                    "Another hub takes this name just now",
                    where=self._where(new),
                    remedy="Nothing is to be done: it is tried again",
                )
            if self.stat(new):
                raise self._taken(new)
            self.replace(old, new)

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files."""
        rename = self.replace if replace else self.rename
        return self._at_once.ask(pairs, lambda one: rename(*one))

    def remove(self, path: str) -> None:
        """Remove exactly this file."""
        (refused,) = self.remove_many([path])
        if refused:
            raise refused

    def remove_many(self, paths: Sequence[str]) -> list[EndpointError | None]:
        """Remove several files."""
        if not paths:
            return []
        with self._line(paths[0]) as line:
            replies = line.ask_all([f"DELE {self._wire(path)}" for path in paths])
        return [
            None if reply.is_good else self._why(reply, path, self._why_unreadable)
            for path, reply in zip(paths, replies, strict=True)
        ]

    def make_directory(self, path: str) -> None:
        """Create one directory; nothing happens if it is there."""
        with self._line(path) as line:
            reply = line.ask(f"MKD {self._wire(path)}")
        if reply.is_good:
            return
        entry = self.stat(path)
        if entry and entry.is_directory:
            return
        raise self._taken(path) if entry else self._why(reply, path, self._why_unwritable)

    def close(self) -> None:
        """End every session, from any thread."""
        with self._change:
            self._is_closed = True
            free, self._free = self._free, []
            used = list(self._used)
        for line in used:
            line.end()
        for line in free:
            line.close()
        self._at_once.close()

    # -- guards ------------------------------------------------------------------------------

    @contextmanager
    def _guarding(self, path: str) -> Iterator[bool]:
        """Keep other hubs from taking a name at the same moment; False if one does.

        An account that may not make directories works without the guard.
        """
        name = path.rpartition("/")[2]
        digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
        guard = f"{self._wire(parent(path))}/{GUARD}{digest}"
        with self._line(path) as line:
            held = line.ask(f"MKD {guard}").is_good
            is_there = not held and line.ask(f"CWD {guard}").is_good
            if is_there and self._is_stale(line, guard):
                self._drop(line, guard)
                held = line.ask(f"MKD {guard}").is_good
        try:
            yield held or not is_there
        finally:
            if held:
                with suppress(EndpointError), self._line(path) as line:
                    self._drop(line, guard)

    def _is_stale(self, line: FtpLine, guard: str) -> bool:
        """Tell whether a guard stands since long; who finds it first marks it with the time.

        A guard is held for a few commands; one that is older was left by a crash.
        """
        now = int(time.time())
        seen = self._marks(line, guard)
        if not seen:
            line.ask(f"MKD {guard}/{now}")
        return bool(seen) and now - min(map(int, seen)) > GUARD_SECONDS

    def _drop(self, line: FtpLine, guard: str) -> None:
        if not line.ask(f"RMD {guard}").is_good:
            line.ask_all([f"RMD {guard}/{mark}" for mark in self._marks(line, guard)])
            line.ask_all([f"CWD {self._base or '/'}", f"RMD {guard}"])

    def _marks(self, line: FtpLine, guard: str) -> list[str]:
        try:
            names = line.lines("NLST") if line.ask(f"CWD {guard}").is_good else []
        except (ftplib.error_perm, ftplib.error_temp):
            return []  # What some servers answer where nothing is.
        return [name for name in names if name.isdigit()]

    # -- sessions ----------------------------------------------------------------------------

    @contextmanager
    def _line(
        self, path: str, why: Callable[[str], EndpointError] | None = None
    ) -> Iterator[FtpLine]:
        """Lend a session of its own to whoever needs one; refusals are told apart by `why`."""
        try:
            line = self._lent()
            try:
                yield line
            finally:
                self._returned(line)
        except (ftplib.error_temp, ftplib.error_perm) as error:
            raise self._why(reply_of(error), path, why) from error
        except ERRORS as error:
            raise lost(error, self._where(path)) from error

    def _lent(self) -> FtpLine:
        with self._change:
            line = self._free.pop() if self._free else None
            if line is None and not self._is_closed:
                line = FtpLine(self._account)
                is_new = True
            else:
                is_new = False
            if line is None:
                raise EOFError
            self._used.add(line)
        if is_new:
            try:
                line.open()
            except BaseException:
                self._used.discard(line)
                line.end()
                line.close()
                raise
        return line

    def _returned(self, line: FtpLine) -> None:
        with self._change:
            self._used.discard(line)
            if not line.is_broken and not self._is_closed:
                self._free.append(line)
                return
        line.close()

    # -- names and errors --------------------------------------------------------------------

    def _wire(self, path: str) -> str:
        return f"{self._base}/{self._encoded(path)}" if path else self._base

    def _encoded(self, path: str) -> str:
        try:
            raw = path.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            raw = b""
        if (path and not raw) or ENDING & set(path):
            raise NameNotAllowed(
                f"The name {display(path)!r} is none that this server can be told",
                where=self._where(path),
                remedy="Give the file another name, or correct the block's encoding",
            )
        return raw.decode("latin-1")

    def _where(self, path: str) -> str:
        return f"{self._label}:/{display(path)}"

    def _why(
        self, reply: Reply, path: str, why: Callable[[str], EndpointError] | None
    ) -> EndpointError:
        if reply.code in UNAVAILABLE and why:
            return why(path)
        return refusal(reply, self._where(path))

    def _why_unreadable(self, path: str) -> EndpointError:
        entry = self.stat(path)
        if entry is None:
            return FileMissing(
                "There is nothing of this name",
                where=self._where(path),
                remedy="Look who moved or deleted it",
            )
        if entry.is_directory:
            return FileChanged(
                "A directory is in the file's place",
                where=self._where(path),
                remedy="Find out who else works in this directory",
            )
        return self._closed(path)

    def _why_unwritable(self, path: str) -> EndpointError:
        if self.stat(path):
            return self._taken(path) if self._is_directory(path) else self._closed(path)
        if not self._is_directory(parent(path)):
            return self._missing(parent(path))
        return self._closed(path)

    def _why_not_renamed(self, old: str, new: str, refused: Reply) -> NoReturn:
        if refused.code not in UNAVAILABLE:
            raise refusal(refused, self._where(new))
        raise self._why_unwritable(new) if self.stat(old) else self._why_unreadable(old)

    def _is_directory(self, path: str) -> bool:
        entry = self.stat(path)
        return entry is not None and entry.is_directory

    def _why_unlisted(self, directory: str) -> EndpointError:
        """Tell what is closed from what is missing: the server says the same of both."""
        with suppress(EndpointError):
            name = directory.rpartition("/")[2]
            if directory and any(
                one.is_directory and one.name == name for one in self.scan(parent(directory))
            ):
                return self._closed(directory)
        return self._missing(directory)

    def _missing(self, directory: str) -> DirectoryMissing:
        return DirectoryMissing(
            "There is no such directory, or it is closed to the account",
            where=self._where(directory),
            remedy="Create it, correct its name, or have the account given the right",
        )

    def _taken(self, path: str) -> AlreadyThere:
        return AlreadyThere(
            "The name is taken",
            where=self._where(path),
            remedy="Remove the file, set overwrite, or make the name unique with {date}",
        )

    def _closed(self, path: str) -> AccessRefused:
        return AccessRefused(
            "The server refuses this to the account",
            where=self._where(path),
            remedy="Have the account given the right at the server",
        )
