"""Proofs that the service runs, with their events, and blind ballots with the copies of the experts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

    op.create_table(
        "proof_runs",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("case_text", sa.Text(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("dispatched", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("progress", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("spent_usd", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("workspace", sa.String(length=64), server_default="default", nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_proof_runs"),
        sa.UniqueConstraint("id", name="uq_proof_runs_id"),
    )
    for column in ("case_id", "status", "workspace"):
        op.create_index(f"ix_proof_runs_{column}", "proof_runs", [column], unique=False)
    op.create_table(
        "proof_events",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("proof_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["proof_id"], ["proof_runs.id"], name="fk_proof_events_proof_id"),
        sa.PrimaryKeyConstraint("number", name="pk_proof_events"),
        sa.UniqueConstraint("id", name="uq_proof_events_id"),
    )
    op.create_index("ix_proof_events_proof", "proof_events", ["proof_id", "number"], unique=False)
    op.create_table(
        "ballots",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("proof_id", sa.String(length=255), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("sealed_key", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("workspace", sa.String(length=64), server_default="default", nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ballots"),
        sa.UniqueConstraint("id", name="uq_ballots_id"),
    )
    for column in ("proof_id", "workspace"):
        op.create_index(f"ix_ballots_{column}", "ballots", [column], unique=False)
    op.create_table(
        "ballot_copies",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ballot_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expert", sa.String(length=255), nullable=False),
        sa.Column("judgements", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("given_in", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name="fk_ballot_copies_ballot_id"),
        sa.PrimaryKeyConstraint("number", name="pk_ballot_copies"),
        sa.UniqueConstraint("ballot_id", "expert", name="uq_ballot_copies_ballot_id"),
        sa.UniqueConstraint("id", name="uq_ballot_copies_id"),
    )
