"""The promises about what goes wrong at the other side: told by its kind, and nothing is lost.

The server's own directory is closed, filled up, or changed behind the endpoint's back. Servers
have to heed permissions, whoever runs the tests (`tests.servers.rights`).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Secret, SecretStr

from blocks.endpoint import AfterPickup, Can, Connection, Endpoint, Locking, RemoteFile, Trace
from tests.blocks.contract.parts import (
    BackDoor,
    Fixtures,
    FolderDoor,
    MeddlingPath,
    listed,
    needs,
    one,
    parcel_of,
    reached,
)
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    SpaceExhausted,
)

READ_ONLY, CLOSED = 0o555, 0
SHORTEST_SECRET = 4
DISK = 1 << 20

Verb = Callable[[Connection, RemoteFile, Path], object]

VERBS: dict[str, tuple[frozenset[Can], Verb]] = {
    "write": (
        frozenset({Can.DELIVER}),
        lambda at, _, place: at.stage(parcel_of(place, directory="ein")),
    ),
    "make a directory": (
        frozenset({Can.DIRECTORIES}),
        lambda at, _, place: at.stage(
            parcel_of(place, directory="ein/neu", create_directories=True)
        ),
    ),
    "delete": (frozenset(), lambda at, file, _: at.acknowledge(file, AfterPickup.DELETE)),
    "move": (frozenset(), lambda at, file, _: at.acknowledge(file, AfterPickup.MOVE, "fertig")),
    "lock": (frozenset({Can.LOCK}), lambda at, file, _: at.lock(file, "hub", Locking.LOCK_FILE)),
    "rename": (
        frozenset({Can.RENAME_LOCK}),
        lambda at, file, _: at.lock(file, "hub", Locking.RENAME),
    ),
}
"""What is tried in a directory that may not be changed, and what an endpoint has to claim."""


class RefusalContract(Fixtures):
    """What every protocol promises whose server serves a directory of this machine."""

    def as_server(self) -> AbstractContextManager[None]:
        """Return what binds the test to permissions where it is the server itself."""
        return nullcontext()

    @pytest.fixture
    def root(self, door: BackDoor, endpoint: Endpoint) -> Path:
        """Return the served directory, empty."""
        del endpoint
        assert isinstance(door, FolderDoor)
        return door.root

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """Return an empty directory at this side."""
        place = tmp_path / "here"
        place.mkdir()
        return place

    # -- permissions -------------------------------------------------------------------------

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_directory_that_may_not_be_changed_is_told_and_stays_as_it_is(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path, verb: str
    ) -> None:
        abilities, act = VERBS[verb]
        needs(endpoint, *abilities)
        door.put_raw("ein/a.xml", b"x")
        with self.as_server(), endpoint.connect() as connection:
            file = one(connection, "ein/a.xml")
            with mode(root / "ein", READ_ONLY), told(endpoint, "ein", AccessRefused):
                act(connection, file, place)
            assert listed(connection, "ein") == {"ein/a.xml"}
        assert door.list_raw() == {"ein/a.xml"}
        assert door.get_raw("ein/a.xml") == b"x"

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_delivery_that_may_not_be_published_waits_until_it_may(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path, *, overwrite: bool
    ) -> None:
        needs(endpoint, Can.DELIVER, *([Can.OVERWRITE] if overwrite else []))
        door.make_directory_raw("aus")
        if overwrite:
            door.put_raw("aus/a.xml", b"old")
        parcel = parcel_of(place, b"new", "a.xml", directory="aus", overwrite=overwrite)
        with self.as_server(), endpoint.connect() as connection:
            staged = connection.stage(parcel)
            with mode(root / "aus", READ_ONLY), told(endpoint, "aus/a.xml", AccessRefused):
                connection.publish(parcel, staged)
            assert door.get_raw("aus/a.xml") == (b"old" if overwrite else None)
            assert connection.trace(parcel, staged)[0] is Trace.STAGED
            connection.publish(parcel, staged)
        assert door.list_raw() == {"aus/a.xml"}
        assert door.get_raw("aus/a.xml") == b"new"

    def test_a_directory_that_may_not_be_listed_is_told(
        self, endpoint: Endpoint, door: BackDoor, root: Path
    ) -> None:
        door.put_raw("ein/a.xml", b"x")
        with self.as_server():
            with mode(root / "ein", CLOSED):
                with endpoint.connect() as connection, told(endpoint, "ein", AccessRefused):
                    listed(connection, "ein")
                with told(endpoint, "ein", AccessRefused):
                    reached(endpoint, "ein")
            with endpoint.connect() as connection:
                assert listed(connection, "ein") == {"ein/a.xml"}

    def test_a_file_that_may_not_be_read_is_told_and_hinders_no_other(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path
    ) -> None:
        for name in ("a.xml", "b.xml", "c.xml"):
            door.put_raw(name, b"x")
        with self.as_server(), endpoint.connect() as connection:
            files = sorted(connection.list_files("", recursive=False), key=lambda file: file.name)
            with mode(root / "b.xml", CLOSED):
                with told(endpoint, "b.xml", AccessRefused):
                    connection.fetch(files[1], place / "to")
                answers = connection.fetch_many([(file, place / file.name) for file in files])
        assert isinstance(answers[1], AccessRefused)
        assert "b.xml" in answers[1].where
        assert {path.name for path in place.iterdir()} == {"a.xml", "c.xml"}
        assert door.list_raw() == {"a.xml", "b.xml", "c.xml"}

    # -- room --------------------------------------------------------------------------------

    def test_a_full_disk_is_told_and_nothing_stays_of_what_does_not_fit(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path
    ) -> None:
        needs(endpoint, Can.DELIVER)
        with small_disk(root / "voll") as disk, endpoint.connect() as connection:
            large = parcel_of(place, bytes(3 * DISK), "a.bin", directory="voll")
            with told(endpoint, "voll", SpaceExhausted):
                connection.stage(large)
            assert not list(disk.iterdir())
            parcels = [
                parcel_of(place, bytes(30_000), f"{number}.xml", directory="voll")
                for number in range(40)
            ]
            answers = connection.stage_many(parcels)
            fit = [answer for answer in answers if not isinstance(answer, EndpointError)]
            assert 0 < len(fit) < len(answers)
            assert isinstance(answers[-1], SpaceExhausted)
            assert sum(path.stat().st_size == 30_000 for path in disk.iterdir()) == len(fit)
        assert door.list_raw() == set()

    def test_a_lock_that_a_full_disk_prevents_keeps_nobody_away(
        self, endpoint: Endpoint, root: Path
    ) -> None:
        needs(endpoint, Can.LOCK)
        with small_disk(root / "voll") as disk:
            (disk / "a.xml").write_bytes(b"x")
            fill(disk)
            before = {path.name for path in disk.iterdir()}
            with endpoint.connect() as connection:
                file = one(connection, "voll/a.xml")
                with told(endpoint, "voll/a.xml", SpaceExhausted):
                    connection.lock(file, "hub", Locking.LOCK_FILE)
            assert {path.name for path in disk.iterdir()} == before

    # -- what is not what it was ---------------------------------------------------------------

    def test_a_file_that_vanishes_while_it_is_read_is_not_taken(
        self, endpoint: Endpoint, door: BackDoor, place: Path
    ) -> None:
        door.put_raw("ein/a.xml", b"1" * (3 << 20))
        to = MeddlingPath(place / "to")
        to.meddle = lambda: door.remove_raw("ein/a.xml")
        with endpoint.connect() as connection:
            file = one(connection, "ein/a.xml")
            with told(endpoint, "ein/a.xml", FileMissing):
                connection.fetch(file, to)
        assert list(place.iterdir()) == []

    def test_a_directory_that_vanished_since_the_listing_is_told(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path
    ) -> None:
        door.put_raw("ein/a.xml", b"x")
        with endpoint.connect() as connection:
            file = one(connection, "ein/a.xml")
            door.remove_raw("ein/a.xml")
            (root / "ein").rmdir()
            with told(endpoint, "ein/a.xml", FileMissing):
                connection.fetch(file, place / "to")
            assert "gone" in connection.acknowledge(file, AfterPickup.DELETE)
            with told(endpoint, "ein", DirectoryMissing):
                listed(connection, "ein")
        assert list(place.iterdir()) == []

    def test_a_directory_in_place_of_the_file_is_neither_fetched_nor_removed(
        self, endpoint: Endpoint, door: BackDoor, place: Path
    ) -> None:
        for name in ("a.xml", "b.xml"):
            door.put_raw(name, b"x")
        with endpoint.connect() as connection:
            files = [one(connection, "a.xml"), one(connection, "b.xml")]
            door.remove_raw("a.xml")
            door.put_raw("a.xml/citizen.xml", b"x")
            with told(endpoint, "a.xml", FileMissing, FileChanged):
                connection.fetch(files[0], place / "to")
            answers = connection.fetch_many([(file, place / file.name) for file in files])
            assert isinstance(answers[0], FileMissing | FileChanged)
            for after in (AfterPickup.DELETE, AfterPickup.MOVE):
                with told(endpoint, "a.xml", FileChanged):
                    connection.acknowledge(files[0], after, "fertig")
        assert [path.name for path in place.iterdir()] == ["b.xml"]
        assert door.list_raw() == {"a.xml/citizen.xml", "b.xml"}

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_directory_that_took_the_name_meanwhile_stays(
        self, endpoint: Endpoint, door: BackDoor, root: Path, place: Path, *, overwrite: bool
    ) -> None:
        needs(endpoint, Can.DELIVER, *([Can.OVERWRITE] if overwrite else []))
        parcel = parcel_of(place, b"new", "a.xml", overwrite=overwrite)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            door.put_raw("a.xml/citizen.xml", b"x")
            with told(endpoint, "a.xml", AlreadyThere):
                connection.publish(parcel, staged)
            assert door.get_raw("a.xml/citizen.xml") == b"x"
            door.remove_raw("a.xml/citizen.xml")
            (root / "a.xml").rmdir()
            assert connection.trace(parcel, staged)[0] is Trace.STAGED
            connection.publish(parcel, staged)
        assert door.get_raw("a.xml") == b"new"

    def test_a_file_in_place_of_a_directory_is_told_and_stays(
        self, endpoint: Endpoint, door: BackDoor, place: Path
    ) -> None:
        door.put_raw("a.xml", b"x")
        door.put_raw("ein", b"y")
        kinds = (DirectoryMissing, AlreadyThere)
        with endpoint.connect() as connection:
            with told(endpoint, "ein", *kinds):
                listed(connection, "ein")
            for create in (False, True) if Can.DELIVER in endpoint.can else ():
                parcel = parcel_of(place, directory="ein", create_directories=create)
                with told(endpoint, "ein", *kinds):
                    connection.stage(parcel)
            with told(endpoint, "ein", *kinds):
                connection.acknowledge(one(connection, "a.xml"), AfterPickup.MOVE, "ein")
        assert (door.get_raw("a.xml"), door.get_raw("ein")) == (b"x", b"y")
        assert door.list_raw() == {"a.xml", "ein"}


@contextmanager
def told(endpoint: Endpoint, path: str, *kinds: type[EndpointError]) -> Iterator[None]:
    """Expect an error of one of these kinds that says what, where, and how to mend it."""
    with pytest.raises(EndpointError) as caught:
        yield
    error = caught.value
    assert isinstance(error, kinds), repr(error)
    assert error.what
    assert error.remedy
    assert error.where.startswith(f"{endpoint.label}:")
    assert path in error.where
    shown = f"{error} {error!r} {error.__cause__!r}"
    assert not [secret for secret in secrets_in(endpoint) if secret in shown]


def secrets_in(value: Any) -> Iterator[str]:
    """Yield what no error may show, of an endpoint and the blocks it refers to."""
    if isinstance(value, SecretStr):
        yield from (one for one in [value.get_secret_value()] if len(one) >= SHORTEST_SECRET)
    elif isinstance(value, Secret):
        yield from (str(one) for one in dict(value.get_secret_value()).values())
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from secrets_in(getattr(value, field))


@contextmanager
def mode(path: Path, mode: int) -> Iterator[None]:
    """Give a file or directory these permissions for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@contextmanager
def small_disk(point: Path) -> Iterator[Path]:
    """Have a disk of 1 MiB in a new directory for a while."""
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0777", "tmpfs", str(point)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield point
    finally:
        # A server may still have a file open there.
        subprocess.run(["umount", "--lazy", str(point)], check=True)


def fill(disk: Path) -> None:
    """Write until no byte fits any more."""
    with (disk / "full").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
