"""Holds, continuations, further deliveries, endpoints that failed, and what persons did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

identity = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)

# The first tables left it to the database to name what it keeps unique.
NAMES = {"uq": "%(table_name)s_%(column_0_name)s_%(column_1_name)s_key"}


def upgrade() -> None:
    """Add them."""
    for name, column in (
        ("executions", sa.Column("runs", sa.Integer, nullable=False, server_default="0")),
        ("executions", sa.Column("continue_at", moment)),
        ("executions", sa.Column("held", sa.Text, nullable=False, server_default="")),
        ("files", sa.Column("attempts", sa.Integer, nullable=False, server_default="0")),
    ):
        op.add_column(name, column)
    with op.batch_alter_table("deliveries", naming_convention=NAMES) as table:
        table.add_column(sa.Column("ordinal", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("purpose", sa.String(16), nullable=False, server_default=""))
        table.add_column(sa.Column("chosen", sa.JSON))
        table.add_column(sa.Column("decision", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("until", moment))
        table.drop_constraint("deliveries_document_recipient_key", type_="unique")
        table.create_unique_constraint("deliveries_once", ["document", "recipient", "ordinal"])
    op.create_table(
        "endpoints",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("closed_until", moment),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "actions",
        sa.Column("id", identity, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column(
            "execution", sa.String(36), sa.ForeignKey("executions.id"), nullable=False, index=True
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
    )
