"""Tables of models in operation: deployments, what was asked of them, feedback, KPIs, and predictions to be held to.

Times in milliseconds since 1970 end in `_ms`; others are in seconds. Money in `usd_nano` is in 10^-9 US dollars, so
that sums are exact on every database; null where no price is known.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from advisor.store.tables import METADATA, NUMBER, workspace_column


def _deployment_column() -> Column[str]:
    return Column("deployment_id", String(64), ForeignKey("deployments.id"), nullable=False)


# `revision` grows with every change of stage or routes; who changes a row names the revision that was read, so that of
# two workers that want the same change only one makes it. `held` says why the candidate is asked nothing.
DEPLOYMENTS: Final = Table(
    "deployments",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("stage_since_ms", BigInteger, nullable=False),
    Column("held", Text),
    Column("routes", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    workspace_column(),
    UniqueConstraint("workspace", "name"),
)

# One row for every time that a model was asked through a deployment; no content, and of the user only a keyed hash.
# `shown` is true for the one row of a request whose answer, or error, the user got: the others are attempts that
# another model made good, and what a candidate answered in the shadow.
GATEWAY_RECORDS: Final = Table(
    "gateway_records",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    _deployment_column(),
    Column("at_ms", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("model", String(255), nullable=False),
    Column("user_digest", String(64)),
    Column("shown", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", String(64)),
    Column("latency_ms", Float, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("prompt_chars", Integer, nullable=False),
    Column("usd_nano", BigInteger),
    Column("label", String(128)),
    Index("ix_gateway_records_deployment", "deployment_id", "at_ms"),
)

# Only where the deployment's settings say that content is stored.
GATEWAY_TEXTS: Final = Table(
    "gateway_texts",
    METADATA,
    Column("record_id", String(64), ForeignKey("gateway_records.id"), primary_key=True),
    Column("messages", JSON, nullable=False),
    Column("answer", Text, nullable=False),
)

# `proposed` is the correction as it came, where a reviewer wrote another one.
FEEDBACK: Final = Table(
    "feedback",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    _deployment_column(),
    Column("record_id", String(64)),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("model", String(255)),
    Column("user_digest", String(64)),
    Column("messages", JSON(none_as_null=True)),
    Column("answer", Text),
    Column("correction", Text),
    Column("proposed", Text),
    Column("comment", Text),
    Column("status", String(16), nullable=False),
    Column("findings", JSON(none_as_null=True)),
    Column("reviewed_by", String(255)),
    Column("reviewed_at", BigInteger),
    Column("review_note", Text),
    Column("run_id", String(64)),
    Index("ix_feedback_deployment", "deployment_id", "status"),
)

DEPLOYMENT_EVENTS: Final = Table(
    "deployment_events",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    _deployment_column(),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("data", JSON(none_as_null=True)),
    Index("ix_deployment_events_deployment", "deployment_id", "at_ms"),
)

# `open_for` is the deployment while the run is under way and null afterwards: one run at a time.
IMPROVEMENT_RUNS: Final = Table(
    "improvement_runs",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    _deployment_column(),
    Column("open_for", String(64), unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("status", String(16), nullable=False),
    Column("step", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)

KPI_VALUES: Final = Table(
    "kpi_values",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    _deployment_column(),
    Column("kpi", String(64), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("value", Float, nullable=False),
    Column("note", Text),
    Column("actor", String(255), nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("deployment_id", "kpi", "first_day", "last_day"),
)

PREDICTIONS: Final = Table(
    "predictions",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("unit", String(32), nullable=False),
    Column("p10", Float, nullable=False),
    Column("p50", Float, nullable=False),
    Column("p90", Float, nullable=False),
    Column("context", JSON, nullable=False),
    Column("actual", Float),
    Column("actual_at", BigInteger),
    Column("actual_source", Text),
    workspace_column(),
)
