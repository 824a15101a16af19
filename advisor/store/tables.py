"""The tables. JSON columns are plain JSON, so that the same migrations run on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
# Every row has a number that grows, by which lists are ordered and pages are cut; ids are for people and clients.
# SQLite gives numbers by itself only to a column of the type INTEGER.
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
DEFAULT_WORKSPACE: Final = "default"  # where everything lies that was made without accounts


def workspace_column() -> Column[str]:
    """Who may see the row; what hangs on a job (its events and checkpoints) is seen by those who see the job."""
    return Column("workspace", String(64), nullable=False, server_default=DEFAULT_WORKSPACE, index=True)


FILES: Final = Table(
    "files",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("filename", Text, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    workspace_column(),
)

JOBS: Final = Table(
    "jobs",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("base_model", Text, nullable=False),
    Column("method", JSON, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("suffix", String(64)),
    Column("metadata", JSON(none_as_null=True)),
    Column("training_file", String(64), nullable=False),
    Column("validation_file", String(64)),
    Column("status", String(32), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("dispatched", Integer, nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("fine_tuned_model", Text),
    Column("finished_at", BigInteger),
    Column("trained_tokens", BigInteger),
    Column("result_files", JSON, nullable=False),
    workspace_column(),
)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(128), nullable=False, unique=True),
    Column("job_id", String(64), ForeignKey("jobs.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("level", String(8), nullable=False),
    Column("message", Text, nullable=False),
    Column("type", String(16), nullable=False),
    Column("data", JSON(none_as_null=True)),
    Index("ix_events_job", "job_id", "number"),
)

CHECKPOINTS: Final = Table(
    "checkpoints",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("job_id", String(64), ForeignKey("jobs.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("model", Text, nullable=False, unique=True),
    Column("folder", Text, nullable=False),
    Column("metrics", JSON, nullable=False),
)

MODELS: Final = Table(
    "models",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(255), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("job_id", String(64), nullable=False, index=True),
    Column("base_model", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("lineage", JSON, nullable=False),
    workspace_column(),
)
