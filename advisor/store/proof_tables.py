"""Tables of proofs that the service runs, and of the blind ballots on them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from advisor.store.tables import METADATA, NUMBER, workspace_column

PROOF_RUNS: Final = Table(
    "proof_runs",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("title", Text, nullable=False),
    Column("case_id", String(64), index=True),
    Column("case_text", Text, nullable=False),
    Column("order", JSON, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("dispatched", Integer, nullable=False),
    Column("plan", JSON(none_as_null=True)),
    Column("progress", JSON(none_as_null=True)),
    Column("spent_usd", String(32), nullable=False),
    Column("verdict", JSON(none_as_null=True)),
    Column("error", Text),
    Column("finished_at", BigInteger),
    workspace_column(),
)

PROOF_EVENTS: Final = Table(
    "proof_events",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(128), nullable=False, unique=True),
    Column("proof_id", String(64), ForeignKey("proof_runs.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("level", String(8), nullable=False),
    Column("message", Text, nullable=False),
    Index("ix_proof_events_proof", "proof_id", "number"),
)

# The key is read by the count alone; `proof_id` also names proofs of the command line, which have no row.
BALLOTS: Final = Table(
    "ballots",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("proof_id", String(255), nullable=False, index=True),
    Column("commitment", String(64), nullable=False),
    Column("shown", JSON, nullable=False),
    Column("sealed_key", Text, nullable=False),
    Column("counted_at", BigInteger),
    Column("result", JSON(none_as_null=True)),
    workspace_column(),
)

BALLOT_COPIES: Final = Table(
    "ballot_copies",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("ballot_id", String(64), ForeignKey("ballots.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expert", String(255), nullable=False),
    Column("judgements", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("given_in", Boolean, nullable=False),
    UniqueConstraint("ballot_id", "expert"),
)
