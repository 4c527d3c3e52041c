"""The ledger's tables as SQLAlchemy sees them; `migrations/` is what creates them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData()
identity = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A time: written in UTC, and read with its time zone, which SQLite would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write it in UTC."""
        del dialect
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read it in UTC."""
        del dialect
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


moment = Moment()

executions = Table(
    "executions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("run", String(36), nullable=False, index=True),
    Column("transfer", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("kdnr", Text, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("state", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("started_at", moment, nullable=False),
    Column("ended_at", moment),
    Column("runs", Integer, nullable=False, server_default="0"),
    Column("continue_at", moment),
    Column("held", Text, nullable=False, server_default=""),
    Column("home", String(64), nullable=False, server_default=""),
    Index("executions_unfinished", "transfer", "outcome"),
)

files = Table(
    "files",
    metadata,
    Column("id", identity, primary_key=True),
    Column("execution", ForeignKey("executions.id"), nullable=False, index=True),
    Column("endpoint", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", moment),
    Column("version", Text, nullable=False),
    Column("claim", String(64), unique=True),
    Column("state", String(16), nullable=False),
    Column("disposed", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("stored", Text, nullable=False),
    Column("stored_at", moment),
    Column("md5", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("bundle", String(32), nullable=False, server_default=""),
)
Index("files_content", files.c.sha256)
Index(
    "files_bundle",
    files.c.bundle,
    postgresql_where=files.c.bundle != "",
    sqlite_where=files.c.bundle != "",
)

keys = Table(
    "keys",
    metadata,
    Column("transfer", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("file", ForeignKey("files.id"), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", identity, primary_key=True),
    Column("file", ForeignKey("files.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("md5", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", identity, primary_key=True),
    Column("execution", ForeignKey("executions.id"), nullable=False, index=True),
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("key", String(32), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("target", Integer, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("parcel", JSON, nullable=False),
    Column("staged", JSON),
    Column("attempts", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("code", String(64), nullable=False),
    Column("error", Text, nullable=False),
    Column("retry", String(8), nullable=False),
    Column("delivered_at", moment),
    Column("ordinal", Integer, nullable=False, server_default="0"),
    Column("purpose", String(16), nullable=False, server_default=""),
    Column("chosen", JSON),
    Column("decision", Text, nullable=False, server_default=""),
    Column("until", moment),
    UniqueConstraint("document", "recipient", "ordinal", name="deliveries_once"),
)

status_changes = Table(
    "status_changes",
    metadata,
    Column("id", identity, primary_key=True),
    Column("execution", ForeignKey("executions.id"), nullable=False, index=True),
    Column("at", moment, nullable=False),
    Column("state", String(64), nullable=False),
    Column("action", Text, nullable=False),
    Column("details", Text, nullable=False),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("closed_until", moment),
    Column("error", Text, nullable=False),
    Column("at", moment, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("id", identity, primary_key=True),
    Column("at", moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(32), nullable=False),
    Column("execution", ForeignKey("executions.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("details", JSON, nullable=False),
)
