"""The first look at a source with bundles: which there are, and what each of them lacks.

It keeps one small record for each bundle (some 500 bytes), not for each file; where files are
listed by others also a number for each file, and the names that the lists read so far have. Lists
are read in order, no more than it takes to fill a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from blocks.endpoint import Connection, RemoteFile, display
from flows.bundles import LONGEST_LIST, Listed, Member, Stems, is_main, read_list, too_long
from flows.selection import Chosen, Connect, Gates, asked, place, show
from flows.source import Source
from transforms.errors import (
    DocumentInvalid,
    HubError,
    NameNotAllowed,
    StoreUnavailable,
    Unreachable,
)

READ_AT_ONCE = 50
"""Lists that are fetched together."""


@dataclass(slots=True)
class Group:
    """What the first look keeps of one bundle.

    Attributes:
        place: where it comes in the order: that of its first part.
        modified: when a part of it was changed last; None where the protocol has no times.
        files: how many parts lie there.
        is_ready: whether all of these have passed the other gates.
        lacks: which parts are missing, or why its list cannot be read; nothing if it is whole.
        is_hopeless: whether waiting cannot help.
    """

    place: tuple[float, str]
    modified: datetime | None
    files: int = 1
    is_ready: bool = True
    lacks: Sequence[str] = ()
    is_hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """All bundles that the first look found.

    Attributes:
        groups: by key.
        member: tells where a file belongs; None if to no bundle found.
        lacking: tells which parts of a bundle are not among these files.
        knows_all: whether a file without a bundle truly has none.
    """

    groups: dict[str, Group]
    member: Callable[[RemoteFile], Member | None]
    lacking: Callable[[str, Sequence[RemoteFile]], Sequence[str]]
    knows_all: bool = True


# -- by stem --------------------------------------------------------------------------------


def survey_stems(source: Source, gates: Gates, free: Iterable[Chosen]) -> Survey:
    """Find bundles by the beginning of names."""
    stems = Stems(source.bundle)
    groups: dict[str, Group] = {}
    found: dict[str, int] = {}
    for one in free:
        own, bit = stems.place(one.file)
        found[own.key] = found.get(own.key, 0) | bit
        _count(source, gates, groups, own.key, one)
    for key, bits in found.items():
        groups[key].lacks = tuple(stems.lacking(bits))
    return Survey(groups, lambda file: stems.place(file)[0], partial(_without, stems))


def _count(source: Source, gates: Gates, groups: dict[str, Group], key: str, one: Chosen) -> None:
    where, modified = place(source.order, one.file), one.file.modified
    is_ready = bool(gates.is_takeable(one.file) and gates.admitted(one))
    group = groups.get(key)
    if group is None:
        groups[key] = Group(where, modified, is_ready=is_ready)
        return
    group.place = min(group.place, where)
    if modified and group.modified:
        group.modified = max(modified, group.modified)
    group.files += 1
    group.is_ready &= is_ready


def _without(stems: Stems, _: str, files: Sequence[RemoteFile]) -> Sequence[str]:
    bits = 0
    for file in files:
        bits |= stems.place(file)[1]
    return stems.lacking(bits)


# -- by lists -------------------------------------------------------------------------------


def survey_lists(source: Source, connect: Connect, gates: Gates, lying: Lying) -> Survey:
    """Find bundles by the files that list the others.

    Raises:
        EndpointError: the source cannot be reached.
        StoreUnavailable: the hub's own disk cannot take the lists.
    """
    state = _Lists(source, gates, lying)
    mains = sorted(lying.mains, key=lambda one: place(source.order, one))
    read = 0
    while read < len(mains) and state.whole < source.maximum_files:
        portion = mains[read : read + READ_AT_ONCE]
        state.take(portion, read_lists(source, connect, portion))
        read += len(portion)
    knows_all = read == len(mains) and lying.all_mains and not state.unread
    return Survey(state.groups, state.member, state.lacking, knows_all)


@dataclass(slots=True)
class Lying:
    """What lies at a source whose files are listed by others.

    Attributes:
        mains: the files that list others, as far as they are ready.
        all_mains: whether none of them was not.
        ready: numbers of the files that have passed the gates, by path.
        waiting: numbers of those that have not.
    """

    mains: list[RemoteFile] = field(default_factory=list)
    all_mains: bool = True
    ready: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)


def what_lies(source: Source, gates: Gates, free: Iterable[Chosen]) -> Lying:
    """Note what lies there."""
    lists_others = is_main(source.bundle)
    found = Lying()
    for one in free:
        is_ready = bool(gates.is_takeable(one.file) and gates.admitted(one))
        (found.ready if is_ready else found.waiting).add(hash(display(one.file.path)))
        if lists_others(one.file.name):
            found.all_mains &= is_ready
            if is_ready:
                found.mains.append(one.file)
    return found


class _Lists:
    """What the lists read so far come to.

    Attributes:
        whole: how many files can go.
        unread: whether a list could not be read.
    """

    def __init__(self, source: Source, gates: Gates, lying: Lying) -> None:
        self.groups: dict[str, Group] = {}
        self.whole = 0
        self.unread = False
        self._source = source
        self._gates = gates
        self._lying = lying
        self._lists: dict[str, Listed] = {}
        self._members: dict[str, Member] = {}

    def take(self, mains: Sequence[RemoteFile], answers: Sequence[Listed | HubError]) -> None:
        """Judge some lists; one that another list names is no list but its part."""
        named = {
            path
            for main, one in zip(mains, answers, strict=True)
            if isinstance(one, Listed)
            for path in one.paths()
            if path != display(main.path)
        }
        for main, one in zip(mains, answers, strict=True):
            path = display(main.path)
            if path in named or path in self._members:
                continue
            if isinstance(one, Listed):
                self._judge(one)
            else:
                self._unreadable(main, one)

    def member(self, file: RemoteFile) -> Member | None:
        """Return where a file belongs."""
        return self._members.get(display(file.path))

    def lacking(self, key: str, files: Sequence[RemoteFile]) -> Sequence[str]:
        """Return what a list has and these files have not."""
        there = {display(file.path) for file in files}
        return [path for path in self._lists[key].paths() if path not in there]

    def _judge(self, listed: Listed) -> None:
        paths = listed.paths()
        numbers = {path: hash(path) for path in paths}
        waiting = [path for path, one in numbers.items() if one in self._lying.waiting]
        lacks = [
            path.rpartition("/")[2]
            for path, one in numbers.items()
            if one not in self._lying.ready and one not in self._lying.waiting
        ]
        main, key = listed.main, listed.own.key
        files = len(paths) - len(lacks)
        where = place(self._source.order, main)
        self.groups[key] = Group(where, main.modified, files, not waiting, lacks)
        self._lists[key] = listed
        for path, own in paths.items():
            self._members.setdefault(path, own)
        if not (lacks or waiting):
            self.whole += files
            # A file goes with one bundle only.
            self._lying.ready.difference_update(numbers.values())

    def _unreadable(self, main: RemoteFile, error: HubError) -> None:
        self.unread = True
        is_hopeless = isinstance(error, NameNotAllowed) or main.size > LONGEST_LIST
        if is_hopeless:
            show(self._gates.picked.refused, str(error))
        where = place(self._source.order, main)
        self.groups[display(main.path)] = Group(
            where, main.modified, 1, is_ready=True, lacks=(error.what,), is_hopeless=is_hopeless
        )


def read_lists(
    source: Source, connect: Connect, mains: Sequence[RemoteFile]
) -> list[Listed | HubError]:
    """Fetch some lists to a temporary directory and read them; each may have its error.

    Raises:
        EndpointError: the source cannot be reached.
        StoreUnavailable: the hub's own disk cannot take them.
    """
    try:
        return asked(source, connect, partial(_fetched_and_read, source, mains))
    except OSError as error:
        raise StoreUnavailable(
            f"The lists of bundles cannot be kept for a moment: {error.strerror or error}",
            where="the directory for temporary files",
            remedy="Make room there; the next run goes on",
        ) from error


def _fetched_and_read(
    source: Source, mains: Sequence[RemoteFile], connection: Connection
) -> list[Listed | HubError]:
    with TemporaryDirectory(prefix="govmanager-") as directory:
        paths = {main: Path(directory) / str(number) for number, main in enumerate(mains)}
        wanted = [(main, path) for main, path in paths.items() if main.size <= LONGEST_LIST]
        answers = {main: too_long(main) for main in mains} | dict(
            zip((main for main, _ in wanted), connection.fetch_many(wanted), strict=True)
        )
        for answer in answers.values():
            if isinstance(answer, Unreachable):
                raise answer
        return [
            answer if isinstance(answer, HubError) else _read(source, main, paths[main])
            for main, answer in answers.items()
        ]


def _read(source: Source, main: RemoteFile, path: Path) -> Listed | HubError:
    try:
        return read_list(source.bundle, main, path)
    except (DocumentInvalid, NameNotAllowed) as error:
        return error
