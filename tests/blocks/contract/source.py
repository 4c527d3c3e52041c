"""The promises to a source: exactly the named file, complete, and disposed of once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from blocks.endpoint import AfterPickup, Can, Endpoint, Locking
from tests.blocks.contract.parts import (
    BackDoor,
    Fixtures,
    MeddlingPath,
    listed,
    needs,
    one,
    reached,
)
from tests.hostile import BAIT, DECOMPOSED, LONG, NAMES, UNFINISHED
from transforms.errors import DirectoryMissing, FileChanged, FileMissing, NameNotAllowed

MANY = 3 << 20


class ListingContract(Fixtures):
    """What `list_files` promises."""

    def test_every_name_is_listed_as_it_is(self, endpoint: Endpoint, door: BackDoor) -> None:
        names = set(self.carried(*NAMES, BAIT, DECOMPOSED))
        for name in names:
            door.put_raw(name, name.encode())
        with endpoint.connect() as connection:
            files = list(connection.list_files("", recursive=False))
        assert {file.path for file in files} == names == {file.name for file in files}
        assert all(file.size == len(file.name.encode()) for file in files)

    def test_unfinished_and_locked_files_are_not_listed(
        self, endpoint: Endpoint, door: BackDoor
    ) -> None:
        for name in (*UNFINISHED, "fertig.xml"):
            door.put_raw(name, b"x")
        with endpoint.connect() as connection:
            assert listed(connection) == {"fertig.xml"}

    def test_directories_are_walked_only_if_asked(self, endpoint: Endpoint, door: BackDoor) -> None:
        for path in ("oben.xml", "ein gang/a[1].xml", "ein gang/tief #1/b.xml"):
            door.put_raw(path, b"x")
        with endpoint.connect() as connection:
            assert listed(connection) == {"oben.xml"}
            assert listed(connection, "ein gang") == {"ein gang/a[1].xml"}
            assert listed(connection, "/ein gang/", recursive=True) == {
                "ein gang/a[1].xml",
                "ein gang/tief #1/b.xml",
            }

    def test_an_empty_directory_has_no_files(self, endpoint: Endpoint, door: BackDoor) -> None:
        door.make_directory_raw("leer")
        with endpoint.connect() as connection:
            assert listed(connection, "leer", recursive=True) == set()

    def test_a_missing_directory_cannot_be_listed(self, endpoint: Endpoint) -> None:
        with endpoint.connect() as connection, pytest.raises(DirectoryMissing):
            listed(connection, "gibt es nicht")

    def test_no_listing_leaves_the_base_directory(self, endpoint: Endpoint) -> None:
        with endpoint.connect() as connection:
            for directory in ("..", "a/../..", "a\r\nb", "a\0b"):
                with pytest.raises(NameNotAllowed):
                    listed(connection, directory)

    def test_a_listing_sees_what_came_since_the_last_one(
        self, endpoint: Endpoint, door: BackDoor
    ) -> None:
        with endpoint.connect() as connection:
            assert listed(connection) == set()
            door.put_raw("neu.xml", b"x")
            assert listed(connection) == {"neu.xml"}

    def test_access_is_checked_without_a_change(self, endpoint: Endpoint, door: BackDoor) -> None:
        door.put_raw("ein gang/a.xml", b"x")
        assert "1 file" in reached(endpoint, "ein gang")
        assert door.list_raw() == {"ein gang/a.xml"}
        assert door.list_raw() == {"ein gang/a.xml"}


class FetchContract(Fixtures):
    """What `fetch` promises."""

    def test_exactly_the_named_file_is_fetched(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        names = self.carried(*NAMES, DECOMPOSED, BAIT)
        for name in names:
            door.put_raw(name, name.encode())
        with endpoint.connect() as connection:
            files = {file.path: file for file in connection.list_files("", recursive=False)}
            for number, name in enumerate(names):
                found = connection.fetch(files[name], tmp_path / f"{number}")
                assert (tmp_path / f"{number}").read_bytes() == name.encode()
                assert found.sha256 == hashlib.sha256(name.encode()).hexdigest()

    def test_every_byte_arrives(self, endpoint: Endpoint, door: BackDoor, tmp_path: Path) -> None:
        sizes = (0, 1, 32_767, 32_768, 261_120, 261_121, MANY + 1)
        contents = {
            f"{size}.bin": (b"0123456789abcdef\n" * (size // 17 + 1))[:size] for size in sizes
        }
        for name, content in contents.items():
            door.put_raw(name, content)
        with endpoint.connect() as connection:
            for file in list(connection.list_files("", recursive=False)):
                content = contents.pop(file.name)
                found = connection.fetch(file, tmp_path / file.name)
                assert (tmp_path / file.name).read_bytes() == content
                md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
                assert (found.size, found.md5) == (len(content), md5)
                assert found.sha256 == hashlib.sha256(content).hexdigest()
        assert not contents

    def test_a_file_that_is_gone_is_missing(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        door.put_raw("a[1].xml", b"x")
        door.put_raw("a1.xml", b"bait")
        with endpoint.connect() as connection:
            file = one(connection, "a[1].xml")
            door.remove_raw("a[1].xml")
            with pytest.raises(FileMissing):
                connection.fetch(file, tmp_path / "to")
        assert not (tmp_path / "to").exists()

    @pytest.mark.parametrize("content", [b"longer than it was", b"same", b""])
    def test_a_file_replaced_since_the_listing_is_refused(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, content: bytes
    ) -> None:
        door.put_raw("a.xml", b"size")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            door.put_raw("a.xml", content, age=5)
            with pytest.raises(FileChanged):
                connection.fetch(file, tmp_path / "to")
        assert not (tmp_path / "to").exists()

    @pytest.mark.parametrize("size", [MANY + 4096, MANY, 4096])
    def test_a_file_replaced_while_it_is_read_is_refused(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path, size: int
    ) -> None:
        door.put_raw("a.xml", b"1" * MANY)
        to = MeddlingPath(tmp_path / "to")
        to.meddle = lambda: door.put_raw("a.xml", b"2" * size, age=5)
        with endpoint.connect() as connection:
            with pytest.raises(FileChanged):
                connection.fetch(one(connection, "a.xml"), to)
            assert not (tmp_path / "to").exists()
            again = connection.fetch(one(connection, "a.xml"), tmp_path / "again")
        assert again.size == size

    def test_an_existing_local_file_is_never_written_over(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        door.put_raw("a.xml", b"new")
        (tmp_path / "to").write_bytes(b"old")
        with endpoint.connect() as connection, pytest.raises(FileExistsError):
            connection.fetch(one(connection, "a.xml"), tmp_path / "to")
        assert (tmp_path / "to").read_bytes() == b"old"

    def test_one_connection_serves_many_files(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        for number in range(50):
            door.put_raw(f"{number}.xml", str(number).encode())
        with endpoint.connect() as connection:
            for file in list(connection.list_files("", recursive=False)):
                connection.fetch(file, tmp_path / file.name)
                connection.acknowledge(file, AfterPickup.DELETE)
            assert listed(connection) == set()
        assert {path.read_text() for path in tmp_path.glob("*.xml")} == set(map(str, range(50)))

    def test_a_listing_may_be_interrupted_by_fetching(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        for number in range(300):
            door.put_raw(f"ein/{number}.xml", b"x")
        with endpoint.connect() as connection:
            for file in connection.list_files("ein", recursive=True):
                connection.fetch(file, tmp_path / file.name)
        assert len(list(tmp_path.glob("*.xml"))) == 300


class AcknowledgeContract(Fixtures):
    """What `acknowledge`, `lock` and `unlock` promise."""

    def test_exactly_the_named_file_is_deleted(self, endpoint: Endpoint, door: BackDoor) -> None:
        names = self.carried(*NAMES, DECOMPOSED)
        for name in (*names, BAIT):
            door.put_raw(name, b"x")
        with endpoint.connect() as connection:
            files = {file.path: file for file in connection.list_files("", recursive=False)}
            for number, name in enumerate(names, 1):
                connection.acknowledge(files[name], AfterPickup.DELETE)
                assert door.list_raw() == {*names[number:], BAIT}

    def test_exactly_the_named_file_is_moved(self, endpoint: Endpoint, door: BackDoor) -> None:
        names = self.carried(*NAMES, DECOMPOSED)
        for name in (*names, BAIT):
            door.put_raw(f"ein/{name}", name.encode())
        with endpoint.connect() as connection:
            for file in list(connection.list_files("ein", recursive=False)):
                if file.name != BAIT:
                    connection.acknowledge(file, AfterPickup.MOVE, "fertig/2026")
        assert door.list_raw() == {f"ein/{BAIT}", *(f"ein/fertig/2026/{name}" for name in names)}
        assert all(door.get_raw(f"ein/fertig/2026/{name}") == name.encode() for name in names)

    @pytest.mark.parametrize("after", list(AfterPickup))
    def test_the_second_time_nothing_happens(
        self, endpoint: Endpoint, door: BackDoor, after: AfterPickup
    ) -> None:
        door.put_raw("a.xml", b"x")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            assert connection.acknowledge(file, after, "fertig")
            once = door.list_raw()
            assert connection.acknowledge(file, after, "fertig")
        assert door.list_raw() == once
        left = {"DELETE": set(), "MOVE": {"fertig/a.xml"}, "KEEP": {"a.xml"}}
        assert once == left[after]

    @pytest.mark.parametrize("after", [AfterPickup.DELETE, AfterPickup.MOVE])
    @pytest.mark.parametrize("content", [b"longer", b"same"])
    def test_another_file_under_the_name_is_left_alone(
        self, endpoint: Endpoint, door: BackDoor, after: AfterPickup, content: bytes
    ) -> None:
        door.put_raw("a.xml", b"size")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            door.put_raw("a.xml", content, age=5)
            with pytest.raises(FileChanged):
                connection.acknowledge(file, after, "fertig")
        assert door.list_raw() == {"a.xml"}
        assert door.get_raw("a.xml") == content

    def test_a_taken_name_gets_a_number(self, endpoint: Endpoint, door: BackDoor) -> None:
        door.put_raw("fertig/a.xml", b"first")
        door.put_raw("fertig/a (2).xml", b"second")
        door.put_raw("a.xml", b"third")
        with endpoint.connect() as connection:
            said = connection.acknowledge(one(connection, "a.xml"), AfterPickup.MOVE, "fertig")
        assert "a (3).xml" in said
        assert door.get_raw("fertig/a.xml") == b"first"
        assert door.get_raw("fertig/a (2).xml") == b"second"
        assert door.get_raw("fertig/a (3).xml") == b"third"
        assert len(door.list_raw()) == 3

    def test_a_taken_name_as_long_as_can_be_gets_a_number(
        self, endpoint: Endpoint, door: BackDoor
    ) -> None:
        door.put_raw(f"fertig/{LONG}", b"first")
        door.put_raw(LONG, b"second")
        with endpoint.connect() as connection:
            connection.acknowledge(one(connection, LONG), AfterPickup.MOVE, "fertig")
        (moved,) = door.list_raw() - {f"fertig/{LONG}"}
        assert moved.startswith("fertig/ää")
        assert " (2).pdf" in moved
        assert door.get_raw(moved) == b"second"
        assert door.get_raw(f"fertig/{LONG}") == b"first"

    def test_nothing_is_moved_out_of_the_base_directory_or_onto_itself(
        self, endpoint: Endpoint, door: BackDoor
    ) -> None:
        door.put_raw("a.xml", b"x")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            for directory in ("../fertig", "..", "fertig/../..", "", ".", "/"):
                with pytest.raises(NameNotAllowed):
                    connection.acknowledge(file, AfterPickup.MOVE, directory)
        assert door.list_raw() == {"a.xml"}

    def test_a_lock_keeps_everybody_else_away(self, endpoint: Endpoint, door: BackDoor) -> None:
        needs(endpoint, Can.LOCK)
        door.put_raw("a;[1].xml", b"x")
        with endpoint.connect() as mine, endpoint.connect() as theirs:
            file = one(mine, "a;[1].xml")
            assert mine.lock(file, "mine", Locking.LOCK_FILE)
            assert not theirs.lock(file, "theirs", Locking.LOCK_FILE)
            assert "a;[1].xml.lock" in door.list_raw()
            assert listed(theirs) == {"a;[1].xml"}
        with endpoint.connect() as again:
            assert again.lock(file, "mine", Locking.LOCK_FILE)
            again.unlock(file, "mine", Locking.LOCK_FILE)
            assert again.lock(file, "theirs", Locking.LOCK_FILE)
            again.unlock(file, "mine", Locking.LOCK_FILE)
            again.unlock(file, "mine", Locking.LOCK_FILE)
        assert door.list_raw() == {"a;[1].xml"}

    def test_a_new_name_keeps_everybody_else_away(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.RENAME_LOCK)
        door.put_raw("ein/a;[1].xml", b"x")
        with endpoint.connect() as mine, endpoint.connect() as theirs:
            file = one(mine, "ein/a;[1].xml")
            held = mine.lock(file, "mine", Locking.RENAME)
            assert held is not None
            assert theirs.lock(file, "theirs", Locking.RENAME) is None
            assert listed(theirs, "ein") == set()
            assert mine.fetch(held, tmp_path / "to").size == 1
        with endpoint.connect() as again:
            assert again.lock(file, "mine", Locking.RENAME) == held
            again.acknowledge(held, AfterPickup.MOVE, "fertig")
            again.unlock(file, "mine", Locking.RENAME)
        assert door.list_raw() == {"ein/fertig/a;[1].xml"}

    def test_a_new_name_is_given_up_again(self, endpoint: Endpoint, door: BackDoor) -> None:
        needs(endpoint, Can.RENAME_LOCK)
        door.put_raw("a.xml", b"x")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            assert connection.lock(file, "mine", Locking.RENAME)
            door.put_raw("a.xml", b"newer")
            connection.unlock(file, "mine", Locking.RENAME)
            connection.unlock(file, "mine", Locking.RENAME)
            assert listed(connection) == {"a.xml", "a (2).xml"}
        assert door.get_raw("a (2).xml") == b"x"

    def test_the_server_keeps_everybody_else_away(
        self, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.SERVER_LOCK)
        door.put_raw("a;[1].xml", b"x")
        with endpoint.connect() as mine, endpoint.connect() as theirs:
            file = one(mine, "a;[1].xml")
            held = mine.lock(file, "mine", Locking.SERVER_LOCK)
            assert held is not None
            assert theirs.lock(file, "theirs", Locking.SERVER_LOCK) is None
            assert mine.fetch(held, tmp_path / "to").size == 1
            mine.acknowledge(held, AfterPickup.DELETE)
            mine.unlock(file, "mine", Locking.SERVER_LOCK)
        assert door.list_raw() == set()

    def test_a_lock_says_whose_it_is(self, endpoint: Endpoint, door: BackDoor) -> None:
        needs(endpoint, Can.LOCK)
        door.put_raw("a.xml", b"x")
        with endpoint.connect() as connection:
            file = one(connection, "a.xml")
            assert connection.locked_by(file, Locking.LOCK_FILE) == ""
            assert connection.lock(file, "mine", Locking.LOCK_FILE)
            assert connection.locked_by(file, Locking.LOCK_FILE) == "mine"
