"""Everything that can be written into the ledger and read from it within one transaction."""

from __future__ import annotations

from blocks.ledger.deliveries import Deliveries
from blocks.ledger.executions import Executions
from blocks.ledger.files import Files
from blocks.ledger.keys import Keys
from blocks.ledger.operations import Operations
from blocks.ledger.owners import Owners


class Book(Executions, Files, Keys, Deliveries, Operations, Owners):
    """The ledger's verbs on one open transaction; a row moves forward only."""
