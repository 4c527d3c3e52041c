"""A bucket as a target: what is put straight to its final key, and how that is known after a crash.

Every object appears at once and as a whole, so a rename, that is a copy within the store, could
be spared. But after a crash somebody has to tell a file that arrived, and that its recipient took
away, from one that was never sent. So a note lies at the target from `stage` on until the file is
visible, under a name that nobody reads:

    .govmanager-<number>.note.part   keys of parcels that are not visible yet; their bytes go from
                                     the execution folder straight to the final keys
    .govmanager-<key>.note.part      the upload in parts of one large file, which lies complete at
                                     the store, invisible, and is to be completed

A parcel whose note is gone, or no longer names it, was published. What is to be read back first,
or added to a file, is copied from a temporary key instead.

One moment is left: a run that dies after it has put a small object, and before it strikes it off
the note, while the recipient takes the object away. Then it is put again. So every small object
has the key of its delivery as metadata, and one that may be a repetition says so, there and in its
receipt; the note tells which ones somebody has begun to put.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from blocks.driver import Entry
from blocks.endpoint import Endpoint, Parcel, Receipt, Staged, Trace, in_turn
from blocks.file_locks import FileLocks
from blocks.file_side import SMALL
from blocks.file_target import DELIVERED, FileTarget, Plan, chunks_of
from blocks.limits import limited
from blocks.paths import join, parent
from blocks.s3_driver import TOGETHER, S3Driver
from blocks.s3_keys import NOTE
from blocks.s3_parts import PART
from transforms.document import Fingerprint, Hasher, fingerprint_of
from transforms.errors import AlreadyThere, EndpointError, FileMissing, Unreachable
from transforms.names import safe_name

LARGE = PART
"""Bytes above which a file travels in parts, straight to its final key."""
END = "end"
"""Last line of a note, without which it is not whole."""
DELIVERY, REPEATED = "govmanager-delivery", "govmanager-repeated"
"""Metadata of small objects: the key of the delivery, and whether it may have come before."""
TAKEN = (
    "its note at the target is gone: it was published, and the recipient has taken or changed the "
    "file since"
)


@dataclass(frozen=True, slots=True)
class Note:
    """What is not visible yet.

    Attributes:
        waiting: keys of parcels.
        upload: id of an upload in parts of the only parcel, "" if it is put in one piece.
        etags: of all parts, in order; empty until all are there.
        begun: keys of parcels that somebody has begun to put to their final keys.
    """

    waiting: tuple[str, ...]
    upload: str = ""
    etags: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()

    def as_bytes(self) -> bytes:
        """Return what lies at the target."""
        lines = (" ".join(self.waiting), self.upload, " ".join(self.etags), " ".join(self.begun))
        return "\n".join((*lines, END)).encode()

    @classmethod
    def of(cls, content: bytes) -> Note:
        """Read back what `as_bytes` gave; what is no whole note names nobody."""
        lines = content.decode(errors="replace").split("\n")
        if lines.pop() != END or len(lines) != len(("waiting", "upload", "etags", "begun")):
            return cls(())
        waiting, etags, begun = (tuple(lines[number].split()) for number in (0, 2, 3))
        return cls(waiting, lines[1], etags, begun)


class BucketTarget(FileTarget):
    """The target's half of the contract over a bucket.

    Args:
        driver: the raw verbs, and what a bucket has beyond them.
        endpoint: whose label and limits apply.
        locks: those of the session.
        read_back: whether a delivered file is read again and its hash compared; then all of them
            are copied from a temporary key, as nothing else can be read before it is visible.
    """

    driver: S3Driver

    def __init__(
        self, driver: S3Driver, endpoint: Endpoint, locks: FileLocks, *, read_back: bool
    ) -> None:
        """Work with this driver."""
        super().__init__(driver, endpoint, locks, read_back=read_back)

    # -- stage -----------------------------------------------------------------------------

    def _free(self, plan: Plan, entry: Entry | EndpointError | None) -> Plan:
        try:
            return super()._free(plan, entry)
        except AlreadyThere:
            self._forget(plan.parcel)
            raise

    def _write(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        direct = [] if self._read_back else [one for one in plans if not one.parcel.append]
        large = [one for one in direct if one.size > LARGE]
        small = [one for one in direct if one.size <= min(SMALL, LARGE)]
        answers = dict(zip(small, self._announce(small), strict=True))
        answers |= zip(large, in_turn(large, self._send_parts), strict=True)
        for one in direct:
            if one not in answers:
                # A note of its own: all that is on one note is held in memory at once.
                answers |= {one: self._announce([one])[0]}
        rest = [one for one in plans if one not in answers]
        answers |= zip(rest, super()._write(rest) if rest else (), strict=True)
        return [answers[one] for one in plans]

    def _announce(self, plans: Sequence[Plan]) -> list[Plan | EndpointError]:
        """Lay a note for small parcels, one in each directory; their bytes follow later."""
        intact = in_turn(plans, lambda one: self._intact(one, fingerprint_of(one.parcel.path)))
        together: dict[str, list[Plan]] = {}
        for one in intact:
            if isinstance(one, Plan):
                together.setdefault(parent(one.final), []).append(one)
        noted = in_turn(list(together), lambda place: self._lay(place, together[place]))
        paths = dict(zip(together, noted, strict=True))

        def with_note(one: Plan | EndpointError) -> Plan | EndpointError:
            if isinstance(one, EndpointError):
                return one
            path = paths[parent(one.final)]
            return path if isinstance(path, EndpointError) else replace(one, temporary=path)

        return [with_note(one) for one in intact]

    def _lay(self, directory: str, plans: Sequence[Plan]) -> str:
        keys = tuple(one.parcel.key for one in plans)
        # Another number for other keys: a note that somebody relies on is never written over.
        number = hashlib.sha256(" ".join(keys).encode()).hexdigest()[:32]
        path = join(directory, NOTE.format(key=number if len(keys) > 1 else keys[0]))
        with self.in_time(path):
            self._note(path, Note(keys))
        return path

    def _send_parts(self, plan: Plan) -> Plan:
        """Send a large file in parts under its final key, where it is not completed yet."""
        key, final = plan.parcel.key, plan.final
        path = join(parent(final), NOTE.format(key=key))
        with self.in_time(final):
            self._withdraw(path, key, final)
            upload = self.driver.begin(final)
            self._note(path, Note((key,), upload))
            try:
                etags, written = self._passed(plan, upload)
                if written != plan.parcel.fingerprint:
                    raise self.changed(final, "is not what was to be sent")
            except EndpointError as error:
                if not isinstance(error, Unreachable):
                    with suppress(EndpointError):
                        self._withdraw(path, key, final)
                raise
            self._note(path, Note((key,), upload, etags))
        return replace(plan, temporary=path, sha256=written.sha256)

    def _passed(self, plan: Plan, upload: str) -> tuple[tuple[str, ...], Fingerprint]:
        hasher = Hasher()

        def passing() -> Iterator[bytes]:
            for chunk in chunks_of(plan.parcel.path):
                hasher.update(chunk)
                yield chunk

        passed = limited(passing(), self.endpoint, plan.final)
        etags = self.driver.send_parts(plan.final, upload, passed, plan.size)
        return tuple(etags), hasher.fingerprint()

    def _verify(self, plans: Sequence[Plan]) -> list[Staged | EndpointError]:
        # The store has compared the MD5 of each part, and will do so with what is small.
        rest = [one for one in plans if not is_note(one.temporary)]
        answers = iter(super()._verify(rest) if rest else ())
        return [
            Staged(one.final, one.temporary, one.size, one.sha256)
            if is_note(one.temporary)
            else next(answers)
            for one in plans
        ]

    # -- publish ---------------------------------------------------------------------------

    def _rename_many(
        self, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[Receipt | EndpointError]:
        notes: dict[str, list[tuple[Parcel, Staged]]] = {}
        rest = []
        for one in staged:
            if is_note(one[1].temporary):
                notes.setdefault(one[1].temporary, []).append(one)
            else:
                rest.append(one)
        answers: dict[str, Receipt | EndpointError] = {}
        for some in notes.values():
            for start in range(0, len(some), TOGETHER):
                part = some[start : start + TOGETHER]
                answers |= zip((one[0].key for one in part), self._show_many(part), strict=True)
        answers |= zip((one[0].key for one in rest), super()._rename_many(rest), strict=True)
        return [answers[parcel.key] for parcel, _ in staged]

    def _show_many(self, staged: Sequence[tuple[Parcel, Staged]]) -> list[Receipt | EndpointError]:
        with self.in_time(staged[0][1].location):
            answers = self._show(staged)
        return [
            self._unconfirmed(where, answer)
            if isinstance(answer, EndpointError)
            else self._shown(where, again=answer)
            for (_, where), answer in zip(staged, answers, strict=True)
        ]

    def _shown(self, staged: Staged, *, again: bool) -> Receipt:
        receipt = self._receipt(staged)
        told = f"{receipt.proof}; may be a repetition, and says so as {REPEATED}"
        return replace(receipt, proof=told) if again else receipt

    def _rename(self, parcel: Parcel, staged: Staged) -> None:
        if not is_note(staged.temporary):
            super()._rename(parcel, staged)
        elif isinstance(error := self._show([(parcel, staged)])[0], EndpointError):
            raise error

    def _show(self, staged: Sequence[tuple[Parcel, Staged]]) -> list[EndpointError | bool]:
        """Make parcels of one note visible, then take them off it.

        Returns:
            For each whether it may have been visible before, or why it is not visible.
        """
        path = staged[0][1].temporary
        try:
            note = self._read_note(path)
            if note.upload:
                return in_turn(staged, lambda one: self._complete(note, *one))
            answers = self._put(note, staged)
        except EndpointError as error:
            return [error] * len(staged)
        pairs = zip(staged, answers, strict=True)
        shown = [one.key for (one, _), answer in pairs if isinstance(answer, bool)]
        # They are there: a note that still names them is no reason to doubt it.
        with suppress(EndpointError):
            self._strike(path, replace(note, begun=_begun(note, staged)), shown)
        return answers

    def _put(
        self, note: Note, staged: Sequence[tuple[Parcel, Staged]]
    ) -> list[EndpointError | bool]:
        contents = in_turn(staged, lambda one: self._content(note, *one))
        good = [
            (where.location, content, _metadata(note, parcel))
            for (parcel, where), content in zip(staged, contents, strict=True)
            if isinstance(content, bytes)
        ]
        if (begun := _begun(note, staged)) != note.begun:
            self._note(staged[0][1].temporary, replace(note, begun=begun))
        put = iter(self.driver.put_many(good, replace=staged[0][0].overwrite))
        answers = [next(put) if isinstance(one, bytes) else one for one in contents]
        return [
            answer or parcel.key in note.begun
            for (parcel, _), answer in zip(staged, answers, strict=True)
        ]

    def _content(self, note: Note, parcel: Parcel, staged: Staged) -> bytes:
        if parcel.key not in note.waiting:
            raise self._not_staged(staged.temporary)
        content = parcel.path.read_bytes()
        hasher = Hasher()
        hasher.update(content)
        if hasher.fingerprint() != parcel.fingerprint:
            raise self.changed(staged.location, "is not what was to be sent")
        return content

    def _complete(self, note: Note, parcel: Parcel, staged: Staged) -> bool:
        if parcel.key not in note.waiting or not note.etags:
            raise self._not_staged(staged.temporary)
        self.driver.complete(staged.location, note.upload, note.etags, replace=parcel.overwrite)
        with suppress(EndpointError):
            self._strike(staged.temporary, note, [parcel.key])
        # An upload can be completed once only.
        return False

    def _receipt(self, staged: Staged) -> Receipt:
        if not is_note(staged.temporary):
            return super()._receipt(staged)
        return Receipt(staged.location, f"MD5 compared by the store, {staged.size} bytes")

    # -- trace -----------------------------------------------------------------------------

    def trace(self, parcel: Parcel, staged: Staged | None) -> tuple[Trace, str]:
        """Find out how far a delivery got, from its note and the final key."""
        with self.in_time(parcel.name):
            if staged is None:
                self._forget(parcel)
            elif is_note(staged.temporary):
                self._locks.lift_own(staged.location, parcel)
                found = self._traced(parcel, staged)
                if found == (Trace.PUBLISHED, DELIVERED):
                    self._flag(parcel, staged)
                return found
        return super().trace(parcel, staged)

    def _traced(self, parcel: Parcel, staged: Staged) -> tuple[Trace, str]:
        path = staged.temporary
        is_delivered = self._is_delivered(staged)
        try:
            note = self._read_note(path)
        except FileMissing:
            return Trace.PUBLISHED, DELIVERED if is_delivered else TAKEN
        if is_delivered:
            self._strike(path, note, [parcel.key])
            return Trace.PUBLISHED, DELIVERED
        if note.waiting and parcel.key not in note.waiting:
            return Trace.PUBLISHED, TAKEN
        if not note.waiting:
            return Trace.ABSENT, "its note at the target is not whole"
        is_there = note.etags and self.driver.has_upload(staged.location, note.upload)
        if note.upload and not is_there:
            return Trace.ABSENT, "its upload was not complete, or the store has dropped it"
        return Trace.STAGED, "noted at the target as not visible yet"

    def _forget(self, parcel: Parcel) -> None:
        """Take a parcel off every note in its directory."""
        directory = self.directory(parcel.directory)
        own = join(directory, NOTE.format(key=parcel.key))
        for path in self.driver.notes(directory):
            self._withdraw(path, parcel.key, join(directory, safe_name(parcel.name)))
            if path == own:
                self.discard(own)

    # -- notes -----------------------------------------------------------------------------

    def _withdraw(self, path: str, key: str, final: str) -> None:
        """Take a parcel off a note, if it is there, and end its upload."""
        with suppress(FileMissing):
            note = self._read_note(path)
            if key in note.waiting:
                if note.upload:
                    self.driver.abort(final, note.upload)
                self._strike(path, note, [key])

    def _strike(self, path: str, note: Note, keys: Sequence[str]) -> None:
        left = tuple(key for key in note.waiting if key not in keys)
        if not left:
            self.driver.remove_many([path])
        elif left != note.waiting:
            begun = tuple(key for key in note.begun if key not in keys)
            self._note(path, replace(note, waiting=left, begun=begun))

    def _note(self, path: str, note: Note) -> None:
        content = note.as_bytes()
        self.driver.write(path, [content], len(content))

    def _read_note(self, path: str) -> Note:
        return Note.of(b"".join(self.driver.read(path)))

    def _not_staged(self, path: str) -> FileMissing:
        return FileMissing(
            "It is not noted as staged",
            where=self.where(path),
            remedy="Nothing is to be done: it is asked what became of it",
        )


def _begun(note: Note, staged: Sequence[tuple[Parcel, Staged]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*note.begun, *(parcel.key for parcel, _ in staged))))


def _metadata(note: Note, parcel: Parcel) -> dict[str, str]:
    mark = {REPEATED: "yes"} if parcel.key in note.begun else {}
    return {DELIVERY: parcel.key, **mark}


def is_note(path: str) -> bool:
    """Tell whether a path is that of a note."""
    return path.endswith(NOTE.rpartition("{key}")[2])
