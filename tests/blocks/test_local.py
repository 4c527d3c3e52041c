"""The local folder keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.endpoint import Endpoint
from blocks.local import LocalFolder
from tests.blocks.endpoint_contract import BackDoor, EndpointContract, FolderDoor
from transforms.errors import DirectoryMissing


class TestLocalFolder(EndpointContract):
    """A folder of this machine."""

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
            LocalFolder(directory=str(root / "not mounted")).check_access()

    def test_a_link_is_not_followed(self, root: Path, endpoint: Endpoint, tmp_path: Path) -> None:
        (tmp_path / "secret.xml").write_bytes(b"x")
        (root / "a.xml").symlink_to(tmp_path / "secret.xml")
        (root / "loop").symlink_to(root)
        with endpoint.connect() as connection:
            assert list(connection.list_files("", recursive=True)) == []
