"""The local folder keeps the contract."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from blocks.endpoint import Endpoint
from blocks.filesystem import FileConnection
from blocks.local import LocalDriver, LocalFolder
from tests.blocks.contract.parts import parcel_of, reached
from tests.blocks.endpoint_contract import (
    BackDoor,
    EndpointContract,
    FolderDoor,
    RefusalContract,
)
from tests.servers.rights import rights_heeded
from transforms.errors import DirectoryMissing, Unreachable


class TestLocalFolder(EndpointContract, RefusalContract):
    """A folder of this machine."""

    def as_server(self) -> AbstractContextManager[None]:
        """Heed permissions: no server does it."""
        return rights_heeded()

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """Return the folder."""
        path = tmp_path / "served" / "root"
        path.mkdir(parents=True)
        return path

    @pytest.fixture
    def endpoint(self, root: Path) -> Endpoint:
        """Return the endpoint."""
        return LocalFolder(directory=str(root))

    @pytest.fixture
    def door(self, root: Path) -> BackDoor:
        """Return the back door."""
        return FolderDoor(root)

    def test_a_folder_that_is_not_mounted_is_told(self, root: Path) -> None:
        with pytest.raises(DirectoryMissing):
            reached(LocalFolder(directory=str(root / "not mounted")))

    def test_a_link_is_not_followed(self, root: Path, endpoint: Endpoint, tmp_path: Path) -> None:
        (tmp_path / "secret.xml").write_bytes(b"x")
        (root / "a.xml").symlink_to(tmp_path / "secret.xml")
        (root / "loop").symlink_to(root)
        with endpoint.connect() as connection:
            assert list(connection.list_files("", recursive=True)) == []


class Careless(LocalDriver):
    """A disk that says it has written what it has not."""

    kept: bytes

    def write(self, path: str, chunks: Iterable[bytes], size: int) -> None:
        """Take all bytes and keep others."""
        super().write(path, [b"".join(chunks) and self.kept], size)


@pytest.mark.parametrize(("kept", "read_back"), [(b"123", False), (b"", False), (b"4321", True)])
def test_bytes_that_the_target_lost_are_noticed(
    tmp_path: Path, kept: bytes, *, read_back: bool
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    driver = Careless(root, "careless")
    driver.kept = kept
    endpoint = LocalFolder(directory=str(root))
    with (
        FileConnection(driver, endpoint, read_back=read_back) as connection,
        pytest.raises(Unreachable, match="kept"),
    ):
        connection.stage(parcel_of(tmp_path, b"1234"))
    assert list(root.iterdir()) == []
