"""The promises of `blocks.endpoint` as tests, for every protocol that moves files.

A protocol's test module subclasses `EndpointContract`, `NetworkContract` too if it speaks to a
server, and `RefusalContract` if that serves a directory of this machine, and gives the fixtures that `tests.blocks.contract` asks for; it never overrides a test.
The tests see what the server holds through a back door, never through the endpoint alone.
"""

from __future__ import annotations

from tests.blocks.contract.crash import CrashContract
from tests.blocks.contract.network import NetworkContract
from tests.blocks.contract.parts import BackDoor, FolderDoor
from tests.blocks.contract.refusals import RefusalContract
from tests.blocks.contract.source import AcknowledgeContract, FetchContract, ListingContract
from tests.blocks.contract.target import (
    AppendContract,
    DeliveryContract,
    FlagContract,
    NamesContract,
    TargetLockContract,
)

__all__ = ["BackDoor", "EndpointContract", "FolderDoor", "NetworkContract", "RefusalContract"]


class EndpointContract(
    ListingContract,
    FetchContract,
    AcknowledgeContract,
    NamesContract,
    DeliveryContract,
    AppendContract,
    FlagContract,
    TargetLockContract,
    CrashContract,
):
    """Everything that is promised of files, wherever they are."""
