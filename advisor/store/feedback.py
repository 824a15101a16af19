"""What people said of answers: thumbs, comments, and corrections with their review."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from secrets import token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, case, func, insert, select, update

from advisor.store.audit import Deed, note
from advisor.store.operation_tables import FEEDBACK
from advisor.store.page import Page, read_page

UP: Final = "up"
DOWN: Final = "down"
CORRECTION: Final = "correction"
COMMENT: Final = "comment"
KINDS: Final = (UP, DOWN, CORRECTION, COMMENT)
KEPT: Final = "kept"  # needs no review
PENDING: Final = "pending"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
STATUSES: Final = (KEPT, PENDING, ACCEPTED, REJECTED)
REVIEW: Final = "review"  # the source of a judgement that an expert made on a sample
_DAY_MS: Final = 86_400_000


class FeedbackRow(NamedTuple):
    """What somebody said of one answer; `at_ms` in milliseconds, `reviewed_at` in seconds since 1970.

    `answer` by `model` is what the person saw, `messages` what had been asked. `user_digest` is a keyed hash.
    """

    id: str
    deployment_id: str
    record_id: str | None
    at_ms: int
    kind: str
    source: str
    model: str | None = None
    user_digest: str | None = None
    messages: Sequence[Mapping[str, Any]] | None = None
    answer: str | None = None
    correction: str | None = None
    proposed: str | None = None
    comment: str | None = None
    status: str = KEPT
    findings: Sequence[Mapping[str, Any]] | None = None
    reviewed_by: str | None = None
    reviewed_at: int | None = None
    review_note: str | None = None
    run_id: str | None = None

    @property
    def question(self) -> str:
        """What the user said last; "" where it is not known."""
        said = [str(one.get("content") or "") for one in self.messages or () if one.get("role") == "user"]
        return said[-1] if said else ""


class Thumbs(NamedTuple):
    """How many answers were liked and disliked, and how many were corrected or commented on."""

    up: int
    down: int
    corrections: int
    comments: int


class Review(NamedTuple):
    """What a reviewer decides: `status` is accepted or rejected; `correction` where it is written anew."""

    status: str
    note: str
    correction: str | None = None
    findings: Sequence[Mapping[str, Any]] = ()


_COLUMNS = tuple(FEEDBACK.c[name] for name in FeedbackRow._fields)


def new_feedback_id() -> str:
    """An id for a new row."""
    return f"feedback-{token_hex(12)}"


class Feedback:
    """The table of feedback."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, rows: Sequence[FeedbackRow], deed: Deed) -> None:
        """Keep new rows."""
        with self._engine.begin() as connection:
            connection.execute(insert(FEEDBACK), [row._asdict() for row in rows])
            note(connection, deed, "feedback.add", rows[0].id if len(rows) == 1 else f"{len(rows)} rows")

    def find(self, id: str, deployment_id: str) -> FeedbackRow | None:
        """The row with that id, of that deployment."""
        query = select(*_COLUMNS).where(FEEDBACK.c.id == id, FEEDBACK.c.deployment_id == deployment_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return FeedbackRow(*row) if row else None

    def page(
        self,
        deployment_id: str,
        *,
        status: str | None = None,
        kind: str | None = None,
        after: str | None = None,
        limit: int = 20,
        oldest_first: bool = False,
    ) -> Page[FeedbackRow]:
        """Rows of a deployment, newest first unless asked otherwise. Raises UnknownCursor."""
        query = select(*_COLUMNS).where(FEEDBACK.c.deployment_id == deployment_id)
        if status is not None:
            query = query.where(FEEDBACK.c.status == status)
        if kind is not None:
            query = query.where(FEEDBACK.c.kind == kind)
        with self._engine.connect() as connection:
            found = read_page(connection, query, FEEDBACK, after=after, limit=limit, oldest_first=oldest_first)
        return Page(tuple(FeedbackRow(*row) for row in found.rows), found.has_more)

    def corrections(
        self,
        deployment_id: str,
        *,
        status: Collection[str],
        since_ms: int = 0,
        unused: bool = False,
        most: int = 10_000,
    ) -> list[FeedbackRow]:
        """Corrections in one of `status` from `since_ms` on, newest first; `unused` are in no training run yet."""
        query = select(*_COLUMNS).where(
            FEEDBACK.c.deployment_id == deployment_id,
            FEEDBACK.c.kind == CORRECTION,
            FEEDBACK.c.status.in_(status),
            FEEDBACK.c.at_ms >= since_ms,
        )
        if unused:
            query = query.where(FEEDBACK.c.run_id.is_(None))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(FEEDBACK.c.number.desc()).limit(most))
            return [FeedbackRow(*row) for row in rows]

    def counts(self, deployment_id: str) -> dict[str, int]:
        """How many rows there are in each status."""
        query = select(FEEDBACK.c.status, func.count()).where(FEEDBACK.c.deployment_id == deployment_id)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(FEEDBACK.c.status))}

    def count_accepted(self, deployment_id: str) -> int:
        """Accepted corrections that no training run used yet."""
        query = select(func.count()).where(
            FEEDBACK.c.deployment_id == deployment_id, FEEDBACK.c.status == ACCEPTED, FEEDBACK.c.run_id.is_(None)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def thumbs(self, deployment_id: str, first_ms: int, before_ms: int, *, reviewers: bool = False) -> Thumbs:
        """What was said from `first_ms` to before `before_ms`: by users, or by `reviewers` who judged samples."""
        of_kind = [func.coalesce(func.sum(case((FEEDBACK.c.kind == kind, 1), else_=0)), 0) for kind in KINDS]
        of_reviewers = FEEDBACK.c.source == REVIEW
        query = select(*of_kind).where(
            FEEDBACK.c.deployment_id == deployment_id,
            FEEDBACK.c.at_ms >= first_ms,
            FEEDBACK.c.at_ms < before_ms,
            of_reviewers if reviewers else ~of_reviewers,
        )
        with self._engine.connect() as connection:
            return Thumbs(*map(int, connection.execute(query).one()))

    def review(self, row: FeedbackRow, decided: Review, deed: Deed) -> bool:
        """Accept or reject a pending correction; false where somebody else did meanwhile."""
        changed = decided.correction is not None and decided.correction != row.correction
        values = {
            "status": decided.status,
            "findings": [dict(one) for one in decided.findings],
            "reviewed_by": deed.actor[:255],
            "reviewed_at": int(time.time()),
            "review_note": decided.note,
            **({"correction": decided.correction, "proposed": row.correction} if changed else {}),
        }
        # The text too: what is accepted is what was read.
        same = (FEEDBACK.c.id == row.id, FEEDBACK.c.status == PENDING, FEEDBACK.c.correction == row.correction)
        with self._engine.begin() as connection:
            if not connection.execute(update(FEEDBACK).where(*same).values(values)).rowcount:
                return False
            note(connection, deed, f"feedback.{decided.status}", row.id)
        return True

    def set_findings(self, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Keep what the checks say of rows, by their ids."""
        with self._engine.begin() as connection:
            for id, findings in found.items():
                values = {"findings": [dict(one) for one in findings]}
                connection.execute(update(FEEDBACK).where(FEEDBACK.c.id == id).values(values))

    def mark_used(self, ids: Sequence[str], run_id: str) -> int:
        """Say that a training run took these accepted rows; how many were still free."""
        with self._engine.begin() as connection:
            free = (FEEDBACK.c.id.in_(ids), FEEDBACK.c.status == ACCEPTED, FEEDBACK.c.run_id.is_(None))
            return int(connection.execute(update(FEEDBACK).where(*free).values(run_id=run_id)).rowcount)


def since(days: float, now_ms: int) -> int:
    """The moment so many days ago, in milliseconds."""
    return now_ms - round(days * _DAY_MS)
