"""The promises of `blocks.endpoint` as tests, for every protocol that moves files.

A protocol's test module subclasses `EndpointContract`, or `NetworkContract` too if it speaks to a
server, and gives the fixtures that `tests.blocks.contract` asks for; it never overrides a test.
The tests see what the server holds through a back door, never through the endpoint alone.
"""

from __future__ import annotations

from tests.blocks.contract.crash import CrashContract
from tests.blocks.contract.network import NetworkContract
from tests.blocks.contract.parts import BackDoor, FolderDoor
from tests.blocks.contract.source import AcknowledgeContract, FetchContract, ListingContract
from tests.blocks.contract.target import (
    AppendContract,
    DeliveryContract,
    FlagContract,
    NamesContract,
    TargetLockContract,
)

__all__ = ["BackDoor", "EndpointContract", "FolderDoor", "NetworkContract"]


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
