"""Where the bytes of an execution lie: machines may share a ledger, and no storage."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it; "" is what one machine alone has written."""
    op.add_column("executions", sa.Column("home", sa.String(64), nullable=False, server_default=""))
