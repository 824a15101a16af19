"""Tables of who may come in, and of what was done by whom. No secret is in them: only hashes that cannot be undone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from advisor.store.tables import METADATA, NUMBER, workspace_column

WORKSPACES: Final = Table(
    "workspaces",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

USERS: Final = Table(
    "users",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("workspace", String(64), ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    Column("workspace", String(64), ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user_id", String(64), ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

IDEMPOTENCY_KEYS: Final = Table(
    "idempotency_keys",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("scope", String(64), nullable=False),
    Column("request", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    UniqueConstraint("scope"),
)

AUDIT_LOG: Final = Table(
    "audit_log",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(255), nullable=False),
    Column("address", String(64), nullable=False),
    workspace_column(),
)
