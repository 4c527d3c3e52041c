"""Keys that a transfer takes once, such as seller, number and date of an invoice."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

identity = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "keys",
        sa.Column("transfer", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("file", identity, sa.ForeignKey("files.id"), nullable=False),
    )
