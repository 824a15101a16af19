"""Tables of cases, and of what was recommended for them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from advisor.store.tables import METADATA, NUMBER, workspace_column

CASES: Final = Table(
    "cases",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("etag", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    workspace_column(),
)

CASE_VERSIONS: Final = Table(
    "case_versions",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("case_id", String(64), ForeignKey("cases.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("etag", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    UniqueConstraint("case_id", "version"),
)

# Texts by their hash: the same case on the same day with the same rules and prices has the same record, kept once.
SNAPSHOTS: Final = Table(
    "snapshots",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)

RECOMMENDATIONS: Final = Table(
    "recommendations",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("case_id", String(64)),
    Column("as_of", String(10), nullable=False),
    Column("status", String(16), nullable=False),
    Column("approach", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("case_sha256", String(64), ForeignKey("snapshots.sha256"), nullable=False),
    Column("record_sha256", String(64), ForeignKey("snapshots.sha256"), nullable=False),
    Column("rules_version", String(64), nullable=False),
    Column("rules_sha256", String(64), nullable=False),
    Column("prices_version", String(64), nullable=False),
    Column("prices_sha256", String(64), nullable=False),
    workspace_column(),
)

PLANS: Final = Table(
    "tuning_plans",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("file_id", String(64), nullable=False),
    Column("plan", JSON, nullable=False),
    workspace_column(),
)

TICKS: Final = Table(
    "ticks",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("case_id", String(64), ForeignKey("cases.id"), nullable=False),
    Column("item", String(128), nullable=False),
    Column("done", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    UniqueConstraint("case_id", "item"),
)
