"""Where the bytes of an execution lie, and how to find files by their bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it; "" is what one machine alone has written."""
    op.add_column("executions", sa.Column("home", sa.String(64), nullable=False, server_default=""))
    op.create_index("files_content", "files", ["sha256"])
