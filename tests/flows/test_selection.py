"""What a run takes of what is listed: stable files, in order, up to the cap, in bounded memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from blocks.endpoint import RemoteFile
from blocks.filesystem import FileConnection
from blocks.local import LocalFolder
from flows.definition import Source
from flows.selection import Picked, pick
from tests.flows.office import Office, go

MANY = 100_000
MIB = 1024 * 1024


def source(**fields: Any) -> Source:
    return Source.model_validate(
        {"endpoint": "local-folder/a", "retries": {"allowed": False}, **fields}
    )


def all_free(files: Sequence[RemoteFile]) -> Sequence[RemoteFile]:
    return files


def names(picked: Picked) -> list[str]:
    return [one.file.name for one in picked.chosen]


@pytest.fixture
def folder(tmp_path: Path) -> LocalFolder:
    """Three files: c is the oldest, b the newest; the age is a day and more."""
    for name, day in (("a.xml", 2), ("b.xml", 3), ("c.pdf", 1)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (day * 86400, day * 86400))
    return LocalFolder(directory=str(tmp_path))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["c.pdf", "a.xml", "b.xml"]),
        ({"order": "NEWEST"}, ["b.xml", "a.xml", "c.pdf"]),
        ({"order": "NAME"}, ["a.xml", "b.xml", "c.pdf"]),
        ({"post_selection": "WILDCARD", "expression": "*.xml"}, ["a.xml", "b.xml"]),
        ({"post_selection": "REGEX", "expression": r"(?P<x>[ac])\..*"}, ["c.pdf", "a.xml"]),
        ({"order": "NEWEST", "maximum_files": 2}, ["b.xml", "a.xml"]),
    ],
)
def test_order_expression_and_cap(
    folder: LocalFolder, fields: dict[str, Any], expected: list[str]
) -> None:
    assert names(pick(source(**fields), folder.connect, all_free)) == expected


def test_the_cap_counts_what_is_free_and_tells_what_is_left(folder: LocalFolder) -> None:
    def unclaimed(files: Sequence[RemoteFile]) -> Sequence[RemoteFile]:
        return [file for file in files if file.name != "c.pdf"]

    picked = pick(source(maximum_files=1), folder.connect, unclaimed)
    assert names(picked) == ["a.xml"]
    assert picked.left == "1 left for the next run"


# -- stable listings --------------------------------------------------------------------------


@pytest.mark.parametrize(("listings", "expected"), [(1, 3), (2, 2), (3, 2)])
def test_a_file_that_still_grows_is_left(
    folder: LocalFolder,
    monkeypatch: pytest.MonkeyPatch,
    listings: int,
    expected: int,
) -> None:
    growing = Path(folder.directory) / "a.xml"

    listed = FileConnection.list_files

    def listed_then_grown(
        self: FileConnection, directory: str, *, recursive: bool
    ) -> Iterator[RemoteFile]:
        yield from listed(self, directory, recursive=recursive)
        with growing.open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(FileConnection, "list_files", listed_then_grown)
    chosen = source(stable_listings=listings, seconds_between_listings=0)
    picked = pick(chosen, folder.connect, all_free)
    assert len(picked.chosen) == expected
    assert picked.not_ready == 3 - expected


# -- at scale ---------------------------------------------------------------------------------


def listed_many(*_: object, **__: object) -> Iterator[RemoteFile]:
    """Yield 100,000 files, in no useful order."""
    changed = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(MANY):
        name = f"antrag-{number * 7919 % MANY:06}.xml"
        yield RemoteFile(f"eingang/{name}", name, number, changed, str(number))


def test_a_hundred_thousand_files_are_chosen_from_in_bounded_memory(
    folder: LocalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileConnection, "list_files", listed_many)
    tracemalloc.start()
    picked = pick(source(order="NAME"), folder.connect, all_free)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert names(picked) == [f"antrag-{number:06}.xml" for number in range(1000)]
    assert picked.left == "99000 left for the next run"
    assert peak < 4 * MIB


@pytest.mark.anyio
async def test_what_is_beyond_the_cap_is_for_the_next_run(office: Office) -> None:
    for number in range(5):
        office.drop(f"{number}.xml")
    definition = office.definition(source={"maximum_files": 2, "order": "NAME"})
    for taken in ({"0.xml", "1.xml"}, {"2.xml", "3.xml"}, {"4.xml"}):
        assert (await go(definition)).name == "SUCCESS_FILES_SEND"
        assert set(office.at("fachverfahren")) == taken
        with office.ledger().read() as book:
            (claimed,) = [
                one.details
                for one in book.changes(book.recent()[0].id)
                if one.action == "files claimed"
            ]
        waiting = len(office.at("source"))
        assert claimed.endswith(f", {waiting} left for the next run") is bool(waiting)
        office.collect()
