"""A folder on this machine, or one that is mounted on it."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from blocks import icons
from blocks.driver import Driver, Entry
from blocks.durable import LIBC, sync_directory, sync_files
from blocks.endpoint import Can, Endpoint, display, in_turn
from blocks.filesystem import FILES_AND_LOCKS, FileConnection
from transforms.document import CHUNK
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    NameNotAllowed,
    SpaceExhausted,
    Unreachable,
)

ERRORS: dict[int, tuple[type[EndpointError], str, str]] = {
    errno.EACCES: (AccessRefused, "Access was refused", "Give the hub's user the right to it"),
    errno.EPERM: (AccessRefused, "Access was refused", "Give the hub's user the right to it"),
    errno.EROFS: (AccessRefused, "The file system is read-only", "Mount it writable"),
    errno.EEXIST: (AlreadyThere, "The name is taken", "Take the file away or allow overwriting"),
    errno.EISDIR: (AlreadyThere, "A directory has the name", "Choose another name"),
    errno.ENAMETOOLONG: (NameNotAllowed, "The name is too long", "Shorten the name"),
    errno.EILSEQ: (NameNotAllowed, "The file system refuses the name", "Rename the file"),
    errno.ELOOP: (NameNotAllowed, "A symbolic link is in the way", "Name the real path"),
    errno.ENOSPC: (SpaceExhausted, "The disk is full", "Make room on the disk"),
    errno.EDQUOT: (SpaceExhausted, "The quota is used up", "Make room or raise the quota"),
}

AT_FDCWD = -100
RENAME_NOREPLACE = 1


class LocalFolder(Endpoint):
    """A folder on the worker's machine, or a share that is mounted there.

    Example:
        ```python
        from blocks.local import LocalFolder

        LocalFolder(directory="/srv/kombox").save("kombox")
        ```
    """

    _block_type_name = "Local folder"
    _block_type_slug = "local-folder"
    _logo_url = icons.FOLDER
    _description = "Fetches files from a folder of the worker's machine and delivers files to it."

    can: ClassVar[frozenset[Can]] = FILES_AND_LOCKS

    directory: str = Field(
        title="Base directory",
        description="Absolute path that all transfers of this block stay below.",
        examples=["/srv/kombox"],
    )

    @contextmanager
    def connect(self) -> Iterator[FileConnection]:
        """Open the folder.

        Raises:
            DirectoryMissing: it is not there, such as a share that is not mounted.
        """
        base = Path(self.directory)
        if not base.is_absolute() or not base.is_dir():
            raise DirectoryMissing(
                "The base directory is not there",
                where=f"{self.label}:{self.directory}",
                remedy="Create or mount it, or correct the block; it must be an absolute path",
            )
        with FileConnection(LocalDriver(base, self.label), self) as connection:
            yield connection


class LocalDriver(Driver):
    """The raw verbs on a local folder; symbolic links to directories are not followed."""

    def __init__(self, base: Path, label: str) -> None:
        """Stay below this directory."""
        self._base = base
        self._label = label

    def scan(self, directory: str) -> Iterator[Entry]:
        """Yield the entries of one directory."""
        missing = self._translated(directory, missing=DirectoryMissing)
        with missing, os.scandir(self._path(directory)) as found:
            for one in found:
                entry = _entry(one.name, one)
                if entry:
                    yield entry

    def stat(self, path: str) -> Entry | None:
        """Look at one path."""
        full = self._path(path)
        with self._translated(path):
            try:
                return _described(full.name, full.lstat())
            except (FileNotFoundError, NotADirectoryError):
                return None

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file from an offset on."""
        with self._translated(path):
            handle = os.open(self._path(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                os.close(handle)
                raise FileNotFoundError(errno.ENOENT, "a directory is in its place", path)
            with os.fdopen(handle, "rb", buffering=0) as file:
                file.seek(offset)
                while chunk := file.read(CHUNK):
                    yield chunk

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Write a file durably."""
        del size
        with self._translated(path, missing=DirectoryMissing):
            self._write(path, chunks)
            sync_files([self._path(path)])

    def write_many(self, files: Sequence[tuple[str, bytes]]) -> list[EndpointError | None]:
        """Write several small files, and make all of them durable at once."""

        def write(file: tuple[str, bytes]) -> None:
            with self._translated(file[0], missing=DirectoryMissing):
                self._write(file[0], [file[1]])

        answers = in_turn(files, write)
        with self._translated(files[0][0]):
            sync_files([self._path(path) for path, _ in files if self._path(path).exists()])
        return answers

    def _write(self, path: str, chunks: Iterable[bytes]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(self._path(path), flags, 0o664), "wb") as file:
            for chunk in chunks:
                file.write(chunk)

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file if the name is free."""
        with self._translated(path, missing=DirectoryMissing):
            try:
                file = self._path(path).open("xb", buffering=0)
            except FileExistsError:
                return False
            try:
                with file:
                    file.write(content)
            except OSError:
                # An empty lock file would keep everybody away, and say nobody's name.
                self._path(path).unlink()
                raise
            return True

    def replace(self, old: str, new: str) -> None:
        """Rename, replacing atomically, durably."""
        with self._translated(new):
            self._path(old).replace(self._path(new))
            sync_directory(self._path(new).parent)

    def rename(self, old: str, new: str) -> None:
        """Rename onto a free name in one step, durably."""
        with self._translated(new):
            rename_onto_free(self._path(old), self._path(new))
            sync_directory(self._path(new).parent)

    def rename_many(
        self, pairs: Sequence[tuple[str, str]], *, replace: bool
    ) -> list[EndpointError | None]:
        """Rename several files, and make all new names durable at once."""

        def rename(pair: tuple[str, str]) -> None:
            old, new = (self._path(path) for path in pair)
            with self._translated(pair[1]):
                if replace:
                    old.replace(new)
                else:
                    rename_onto_free(old, new)

        answers = in_turn(pairs, rename)
        with self._translated(pairs[0][1]):
            for directory in {self._path(new).parent for _, new in pairs}:
                sync_directory(directory)
        return answers

    def remove(self, path: str) -> None:
        """Remove exactly this file."""
        with self._translated(path):
            self._path(path).unlink()

    def make_directory(self, path: str) -> None:
        """Create one directory."""
        with self._translated(path, missing=DirectoryMissing):
            self._path(path).mkdir(exist_ok=True)

    def close(self) -> None:
        """Nothing is open."""

    def _path(self, path: str) -> Path:
        return self._base / path if path else self._base

    @contextmanager
    def _translated(self, path: str, missing: type[EndpointError] = FileMissing) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._error(error, path, missing) from error

    def _error(self, error: OSError, path: str, missing: type[EndpointError]) -> EndpointError:
        where = f"{self._label}:/{display(path)}"
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return missing("It is not there", where=where, remedy="Check the path and its mount")
        kind, what, remedy = ERRORS.get(
            error.errno or 0,
            (Unreachable, f"The file system failed: {error.strerror}", "Check the disk or mount"),
        )
        return kind(what, where=where, remedy=remedy)


def rename_onto_free(source: Path, target: Path) -> None:
    """Rename a file in one step, unless the new name is taken (renameat2(2), RENAME_NOREPLACE).

    A link and an unlink would be two: a reader that takes the file between them, and a crash
    there, leave the old name as if nothing had been published. File systems that lack the call
    (NFS, some FUSE) get the two steps all the same, as they refuse a taken name at least.

    Raises:
        OSError: as `os.rename`; FileExistsError if the name is taken.
    """
    names = (os.fsencode(source), os.fsencode(target))
    if LIBC.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_NOREPLACE) == 0:
        return
    code = ctypes.get_errno()
    if code not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        raise OSError(code, os.strerror(code), str(target))
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        if not source.samefile(target):
            raise
    source.unlink()


def _entry(name: str, found: os.DirEntry[str]) -> Entry | None:
    try:
        return _described(name, found.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None


def _described(name: str, found: os.stat_result) -> Entry | None:
    """Describe files and directories; links, sockets and devices are nothing to be taken."""
    is_directory = stat.S_ISDIR(found.st_mode)
    if not is_directory and not stat.S_ISREG(found.st_mode):
        return None
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return Entry(name, is_directory, found.st_size, modified, f"{found.st_ino}.{found.st_mtime_ns}")
