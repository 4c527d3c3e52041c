"""The first tables: executions, files, documents, deliveries, status changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

identity = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "executions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("run", sa.String(36), nullable=False, index=True),
        sa.Column("transfer", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("kdnr", sa.Text, nullable=False),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment),
    )
    op.create_index("executions_unfinished", "executions", ["transfer", "outcome"])
    op.create_table(
        "files",
        sa.Column("id", identity, primary_key=True),
        sa.Column(
            "execution", sa.String(36), sa.ForeignKey("executions.id"), nullable=False, index=True
        ),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified", moment),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("claim", sa.String(64), unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("disposed", sa.Boolean, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("stored", sa.Text, nullable=False),
        sa.Column("stored_at", moment),
        sa.Column("md5", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("id", identity, primary_key=True),
        sa.Column("file", identity, sa.ForeignKey("files.id"), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("md5", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", identity, primary_key=True),
        sa.Column(
            "execution", sa.String(36), sa.ForeignKey("executions.id"), nullable=False, index=True
        ),
        sa.Column("document", identity, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("parcel", sa.JSON, nullable=False),
        sa.Column("staged", sa.JSON),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("retry", sa.String(8), nullable=False),
        sa.Column("delivered_at", moment),
        sa.UniqueConstraint("document", "recipient"),
    )
    op.create_table(
        "status_changes",
        sa.Column("id", identity, primary_key=True),
        sa.Column(
            "execution", sa.String(36), sa.ForeignKey("executions.id"), nullable=False, index=True
        ),
        sa.Column("at", moment, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
