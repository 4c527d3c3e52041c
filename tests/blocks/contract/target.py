"""The promises to a target: invisible until whole, visible at once, and exactly the given name."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest

from blocks.endpoint import Can, Endpoint, Locking, RemoteFile, Trace
from tests.blocks.contract.parts import BackDoor, Fixtures, listed, needs, one, parcel_of
from tests.hostile import BAIT, DECOMPOSED, NAMES, REFUSED
from transforms.errors import (
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    Locked,
    NameNotAllowed,
)


class NamesContract(Fixtures):
    """Which name a delivered file has."""

    def test_exactly_the_given_name_appears(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        door.put_raw(BAIT, b"another citizen's")
        with endpoint.connect() as connection:
            for name in self.carried(*NAMES, DECOMPOSED):
                parcel = parcel_of(tmp_path, b"content", name)
                receipt = connection.publish(parcel, connection.stage(parcel))
                seen = unicodedata.normalize("NFC", name)
                assert receipt.location == seen
                assert door.list_raw() == {seen, BAIT}
                assert door.get_raw(seen) == b"content"
                door.remove_raw(seen)
        assert door.get_raw(BAIT) == b"another citizen's"

    def test_exactly_the_given_name_is_replaced(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.OVERWRITE)
        names = self.carried(*NAMES)
        for name in (*names, BAIT):
            door.put_raw(name, b"old")
        with endpoint.connect() as connection:
            for name in names:
                parcel = parcel_of(tmp_path, name.encode(), name, overwrite=True)
                connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {*names, BAIT}
        assert all(door.get_raw(name) == name.encode() for name in names)
        assert door.get_raw(BAIT) == b"old"

    def test_a_harmful_name_is_refused(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        with endpoint.connect() as connection:
            for name in REFUSED:
                with pytest.raises(NameNotAllowed):
                    connection.stage(parcel_of(tmp_path, name=name))
        assert door.list_raw() == set()

    def test_a_harmful_directory_is_refused(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        with endpoint.connect() as connection:
            for directory in ("..", "a/../../b", "a\nb", "a\0b"):
                parcel = parcel_of(tmp_path, directory=directory, create_directories=True)
                with pytest.raises(NameNotAllowed):
                    connection.stage(parcel)
        assert door.list_raw() == set()


class DeliveryContract(Fixtures):
    """What `stage` and `publish` promise."""

    @pytest.mark.parametrize("size", [0, 1, 32_768, 261_120, (3 << 20) + 1])
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_nothing_is_visible_until_the_whole_file_is(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, size: int, *, overwrite: bool
    ) -> None:
        content = (b"0123456789abcdef\n" * (size // 17 + 1))[:size]
        if overwrite:
            door.put_raw("a.bin", b"old")
        parcel = parcel_of(tmp_path, content, "a.bin", overwrite=overwrite)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            assert door.get_raw("a.bin") == (b"old" if overwrite else None)
            assert listed(connection) == ({"a.bin"} if overwrite else set())
            receipt = connection.publish(parcel, staged)
        assert door.list_raw() == {"a.bin"}
        assert door.get_raw("a.bin") == content
        assert (staged.size, staged.sha256) == (size, hashlib.sha256(content).hexdigest())
        assert receipt.location == "a.bin"
        assert receipt.proof

    def test_a_taken_name_is_told_before_anything_is_sent(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        door.put_raw("ein/a.xml", b"old")
        with endpoint.connect() as connection, pytest.raises(AlreadyThere):
            connection.stage(parcel_of(tmp_path, name="a.xml", directory="ein"))
        assert door.list_raw() == {"ein/a.xml"}
        assert door.get_raw("ein/a.xml") == b"old"

    def test_a_name_taken_meanwhile_is_not_written_over(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, name="a.xml")
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            door.put_raw("a.xml", b"somebody else's")
            with pytest.raises(AlreadyThere):
                connection.publish(parcel, staged)
            assert listed(connection) == {"a.xml"}
            with pytest.raises(AlreadyThere):
                connection.stage(parcel)
        assert door.list_raw() == {"a.xml"}
        assert door.get_raw("a.xml") == b"somebody else's"

    def test_the_old_file_survives_a_replacement_that_fails(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.OVERWRITE)
        door.put_raw("a.xml", b"old")
        parcel = parcel_of(tmp_path, b"new", "a.xml", overwrite=True)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            door.remove_raw(staged.temporary)
            with pytest.raises(EndpointError):
                connection.publish(parcel, staged)
        assert door.get_raw("a.xml") == b"old"

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_directory_of_that_name_stays(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, *, overwrite: bool
    ) -> None:
        door.put_raw("a.xml/citizen.xml", b"x")
        parcel = parcel_of(tmp_path, name="a.xml", overwrite=overwrite)
        with endpoint.connect() as connection, pytest.raises(AlreadyThere):
            connection.publish(parcel, connection.stage(parcel))
        assert door.get_raw("a.xml/citizen.xml") == b"x"

    def test_what_is_delivered_can_be_fetched(self, endpoint: Endpoint, tmp_path: Path) -> None:
        parcel = parcel_of(tmp_path, b"there and back", name="a.xml")
        with endpoint.connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
            found = connection.fetch(one(connection, "a.xml"), tmp_path / "to")
        assert found == parcel.fingerprint

    def test_a_file_is_staged_again_from_the_beginning(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, b"short", name="a.xml")
        with endpoint.connect() as connection:
            door.put_raw(connection.stage(parcel).temporary, b"something longer than that")
            connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {"a.xml"}
        assert door.get_raw("a.xml") == b"short"

    def test_a_local_file_that_changed_is_not_sent(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, b"size")
        parcel.path.write_bytes(b"same")
        with endpoint.connect() as connection, pytest.raises(FileChanged):
            connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == set()

    def test_a_missing_directory_is_told(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        with endpoint.connect() as connection, pytest.raises(DirectoryMissing):
            connection.stage(parcel_of(tmp_path, directory="gibt/es nicht"))
        assert door.list_raw() == set()

    def test_a_missing_directory_is_created_where_asked(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.DIRECTORIES)
        with endpoint.connect() as connection:
            for name in ("a.xml", "b.xml"):
                parcel = parcel_of(
                    tmp_path, name=name, directory="Ämter/Bau #1/[x]", create_directories=True
                )
                connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {"Ämter/Bau #1/[x]/a.xml", "Ämter/Bau #1/[x]/b.xml"}

    def test_bytes_read_back_are_compared(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        if "read_back" not in type(endpoint).model_fields:
            pytest.skip("this endpoint has no read-back")
        parcel = parcel_of(tmp_path, b"x" * 300_000, name="a.bin")
        with endpoint.model_copy(update={"read_back": True}).connect() as connection:
            receipt = connection.publish(parcel, connection.stage(parcel))
        assert "SHA-256 read back" in receipt.proof
        assert door.get_raw("a.bin") == b"x" * 300_000

    def test_one_connection_delivers_many_files(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        with endpoint.connect() as connection:
            for number in range(50):
                parcel = parcel_of(tmp_path, str(number).encode(), f"{number}.xml")
                connection.publish(parcel, connection.stage(parcel))
        assert {door.get_raw(name) for name in door.list_raw()} == {
            str(number).encode() for number in range(50)
        }


class AppendContract(Fixtures):
    """What adding to a file promises."""

    def test_bytes_are_added_at_once(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.APPEND)
        door.put_raw("liste.csv", b"a;1\n" * 100_000)
        parcel = parcel_of(tmp_path, b"b;2\n", "liste.csv", append=True)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            assert door.get_raw("liste.csv") == b"a;1\n" * 100_000
            connection.publish(parcel, staged)
        assert door.list_raw() == {"liste.csv"}
        assert door.get_raw("liste.csv") == b"a;1\n" * 100_000 + b"b;2\n"

    def test_the_first_bytes_make_the_file(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.APPEND)
        parcel = parcel_of(tmp_path, b"b;2\n", "liste.csv", append=True)
        with endpoint.connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
        assert door.get_raw("liste.csv") == b"b;2\n"

    @pytest.mark.parametrize("content", [b"theirs too", b"same"])
    def test_what_others_added_meanwhile_is_kept(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, content: bytes
    ) -> None:
        needs(endpoint, Can.APPEND)
        door.put_raw("liste.csv", b"size")
        parcel = parcel_of(tmp_path, b"b;2\n", "liste.csv", append=True)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            door.put_raw("liste.csv", content, age=5)
            with pytest.raises(FileChanged):
                connection.publish(parcel, staged)
            assert door.get_raw("liste.csv") == content
            connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {"liste.csv"}
        assert door.get_raw("liste.csv") == content + b"b;2\n"

    def test_what_others_began_meanwhile_is_kept(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.APPEND)
        parcel = parcel_of(tmp_path, b"b;2\n", "liste.csv", append=True)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            door.put_raw("liste.csv", b"theirs")
            with pytest.raises(FileChanged):
                connection.publish(parcel, staged)
        assert door.get_raw("liste.csv") == b"theirs"


class FlagContract(Fixtures):
    """What is promised to recipients who wait for a flag file."""

    def test_the_flag_follows_the_document(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, name="a.xml", flag_file="a.ok")
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            assert "a.ok" not in door.list_raw()
            connection.publish(parcel, staged)
        assert door.list_raw() == {"a.xml", "a.ok"}
        assert door.get_raw("a.ok") == b""

    def test_a_flag_that_a_crash_prevented_is_made_good(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        parcel = parcel_of(tmp_path, name="a.xml", flag_file="a.ok")
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            connection.publish(parcel, staged)
            door.remove_raw("a.ok")
            assert connection.trace(parcel, staged)[0] is Trace.PUBLISHED
        assert door.list_raw() == {"a.xml", "a.ok"}


class TargetLockContract(Fixtures):
    """What a lock file around the rename promises."""

    def test_the_lock_is_gone_afterwards(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.LOCK)
        parcel = parcel_of(tmp_path, name="a.xml", locking=Locking.LOCK_FILE)
        with endpoint.connect() as connection:
            connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {"a.xml"}

    def test_somebody_elses_lock_is_respected(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.LOCK)
        parcel = parcel_of(tmp_path, b"new", "a.xml", locking=Locking.LOCK_FILE)
        file = RemoteFile("a.xml", "a.xml", 0, None)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            assert connection.lock(file, "somebody else", Locking.LOCK_FILE)
            with pytest.raises(Locked):
                connection.publish(parcel, staged)
            assert "a.xml" not in door.list_raw()
            connection.unlock(file, "somebody else", Locking.LOCK_FILE)
            connection.publish(parcel, staged)
        assert door.list_raw() == {"a.xml"}
