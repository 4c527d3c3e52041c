"""What `trace` finds after a crash, each time over a new connection, and what is done then."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.endpoint import Can, Endpoint, Locking, Parcel, Remains, RemoteFile, Staged, Trace
from tests.blocks.contract.parts import BackDoor, Fixtures, listed, needs, parcel_of
from transforms.errors import AlreadyThere

CONTENT = b"once and only once\n" * 20_000


def stage(endpoint: Endpoint, parcel: Parcel) -> Staged:
    """Stage, and come back with what the ledger would hold."""
    with endpoint.connect() as connection:
        return Staged.from_json(connection.stage(parcel).as_json())


def publish(endpoint: Endpoint, parcel: Parcel, staged: Staged) -> None:
    """Publish over a new connection."""
    with endpoint.connect() as connection:
        connection.publish(parcel, staged)


def trace(endpoint: Endpoint, parcel: Parcel, staged: Staged | None) -> Trace:
    """Ask over a new connection."""
    with endpoint.connect() as connection:
        finding, evidence = connection.trace(parcel, staged)
    assert evidence
    return finding


class CrashContract(Fixtures):
    """Where a delivery stood at the crash decides what happens; never is it sent twice."""

    @pytest.fixture(params=["new", "overwrite"])
    def parcel(
        self,
        endpoint: Endpoint,
        door: BackDoor,
        tmp_path: Path,
        request: pytest.FixtureRequest,
    ) -> Parcel:
        """Return a parcel onto a free name and one onto a taken one."""
        needs(endpoint, Can.TRACE)
        overwrite = request.param == "overwrite"
        door.make_directory_raw("ein")
        if overwrite:
            door.put_raw("ein/a;[1].xml", b"old")
        return parcel_of(tmp_path, CONTENT, "a;[1].xml", directory="ein", overwrite=overwrite)

    def test_before_anything_was_sent(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        before = door.list_raw()
        assert trace(endpoint, parcel, None) is Trace.ABSENT
        assert door.list_raw() == before

    def test_while_it_was_sent(self, endpoint: Endpoint, door: BackDoor, parcel: Parcel) -> None:
        before = door.list_raw()
        temporary = stage(endpoint, parcel).temporary
        door.put_raw(temporary, CONTENT[:1000])
        assert trace(endpoint, parcel, None) is Trace.ABSENT
        assert door.list_raw() == before
        publish(endpoint, parcel, stage(endpoint, parcel))
        assert door.list_raw() == {"ein/a;[1].xml"}
        assert door.get_raw("ein/a;[1].xml") == CONTENT

    def test_after_it_was_sent_before_that_was_written_down(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        before = door.list_raw()
        stage(endpoint, parcel)
        assert trace(endpoint, parcel, None) is Trace.ABSENT
        assert door.list_raw() == before

    def test_after_it_was_staged(self, endpoint: Endpoint, door: BackDoor, parcel: Parcel) -> None:
        staged = stage(endpoint, parcel)
        assert trace(endpoint, parcel, staged) is Trace.STAGED
        publish(endpoint, parcel, staged)
        assert door.list_raw() == {"ein/a;[1].xml"}
        assert door.get_raw("ein/a;[1].xml") == CONTENT

    def test_what_was_staged_lost_bytes(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        before = door.get_raw("ein/a;[1].xml")
        staged = stage(endpoint, parcel)
        door.put_raw(staged.temporary, CONTENT[:1000])
        assert trace(endpoint, parcel, staged) is Trace.ABSENT
        # The next crash may come before the answer is written down: it is asked once more.
        assert trace(endpoint, parcel, staged) is Trace.ABSENT
        assert door.get_raw("ein/a;[1].xml") == before
        publish(endpoint, parcel, stage(endpoint, parcel))
        assert door.list_raw() == {"ein/a;[1].xml"}
        assert door.get_raw("ein/a;[1].xml") == CONTENT

    def test_after_a_refusal_before_that_was_written_down(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        if parcel.overwrite:
            pytest.skip("nothing refuses what may overwrite")
        staged = stage(endpoint, parcel)
        door.put_raw("ein/a;[1].xml", b"theirs")
        with pytest.raises(AlreadyThere):
            publish(endpoint, parcel, staged)
        assert trace(endpoint, parcel, staged) is Trace.STAGED
        with pytest.raises(AlreadyThere):
            publish(endpoint, parcel, staged)
        assert trace(endpoint, parcel, None) is Trace.ABSENT
        assert door.list_raw() == {"ein/a;[1].xml"}
        assert door.get_raw("ein/a;[1].xml") == b"theirs"

    def test_what_nobody_needs_any_more_is_found_and_removed(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        door.put_raw("ein/.b.xml", b"theirs")
        before = door.list_raw()
        stage(endpoint, parcel)
        with endpoint.connect() as connection:
            if "ein/.b.xml" not in listed(connection, "ein"):
                pytest.skip("the server hides such names, nginx for one")
            (leftover,) = connection.leftovers("", recursive=True)
            assert (leftover.kind, leftover.owners) == (Remains.TEMPORARY, (parcel.key,))
            assert connection.remove_leftover(leftover) == "removed"
            assert list(connection.leftovers("ein", recursive=False)) == []
        assert door.list_raw() == before

    def test_after_it_was_published(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        staged = stage(endpoint, parcel)
        publish(endpoint, parcel, staged)
        assert trace(endpoint, parcel, staged) is Trace.PUBLISHED
        assert door.get_raw("ein/a;[1].xml") == CONTENT

    def test_after_the_recipient_took_it(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        staged = stage(endpoint, parcel)
        publish(endpoint, parcel, staged)
        door.remove_raw("ein/a;[1].xml")
        assert trace(endpoint, parcel, staged) is Trace.PUBLISHED
        assert door.list_raw() == set()

    def test_after_the_recipient_put_another_file_there(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        staged = stage(endpoint, parcel)
        publish(endpoint, parcel, staged)
        door.put_raw("ein/a;[1].xml", b"theirs")
        assert trace(endpoint, parcel, staged) is Trace.PUBLISHED
        assert door.get_raw("ein/a;[1].xml") == b"theirs"

    def test_with_both_names_there(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        staged = stage(endpoint, parcel)
        door.put_raw("ein/a;[1].xml", CONTENT)
        assert trace(endpoint, parcel, staged) is Trace.PUBLISHED
        assert door.list_raw() == {"ein/a;[1].xml"}

    def test_staged_beside_a_file_of_another_content(
        self, endpoint: Endpoint, door: BackDoor, parcel: Parcel
    ) -> None:
        staged = stage(endpoint, parcel)
        door.put_raw("ein/a;[1].xml", CONTENT[::-1])
        assert trace(endpoint, parcel, staged) is Trace.STAGED
        assert door.get_raw("ein/a;[1].xml") == CONTENT[::-1]

    def test_an_own_lock_is_found_again(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.TRACE, Can.LOCK)
        parcel = parcel_of(tmp_path, CONTENT, "a.xml", locking=Locking.LOCK_FILE)
        staged = stage(endpoint, parcel)
        with endpoint.connect() as connection:
            file = RemoteFile("a.xml", "a.xml", 0, None)
            assert connection.lock(file, parcel.key, Locking.LOCK_FILE)
        assert trace(endpoint, parcel, staged) is Trace.STAGED
        publish(endpoint, parcel, staged)
        assert door.list_raw() == {"a.xml"}

    @pytest.mark.parametrize("ours", [False, True])
    def test_after_it_was_published_under_a_lock(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, *, ours: bool
    ) -> None:
        needs(endpoint, Can.TRACE, Can.LOCK)
        parcel = parcel_of(tmp_path, CONTENT, "a.xml", locking=Locking.LOCK_FILE)
        staged = stage(endpoint, parcel)
        publish(endpoint, parcel, staged)
        door.put_raw("a.xml.lock", parcel.key.encode() if ours else b"the recipient's")
        assert trace(endpoint, parcel, staged) is Trace.PUBLISHED
        assert door.list_raw() == ({"a.xml"} if ours else {"a.xml", "a.xml.lock"})
