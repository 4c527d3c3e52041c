"""Which bundle a file belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column, and an index over the files that belong to one."""
    op.add_column("files", sa.Column("bundle", sa.String(32), nullable=False, server_default=""))
    in_one = sa.text("bundle != ''")
    op.create_index(
        "files_bundle", "files", ["bundle"], postgresql_where=in_one, sqlite_where=in_one
    )
