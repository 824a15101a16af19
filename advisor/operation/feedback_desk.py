"""Feedback from its coming to its use: kept with its lineage, checked, reviewed, and written as training examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.evaluation.injection_rules import load_injection_patterns
from advisor.operation.feedback_check import Correction, FeedbackCheck, FeedbackFinding, Known, Surroundings
from advisor.operation.feedback_rules import BLOCKING
from advisor.operation.rule_files import load_feedback_rules
from advisor.operation.watch_settings import CanarySet, watch_settings
from advisor.store.audit import Deed
from advisor.store.database import Store
from advisor.store.deployment_events import now_ms
from advisor.store.deployments import Deployment
from advisor.store.feedback import ACCEPTED, CORRECTION, KEPT, PENDING, FeedbackRow, Review, new_feedback_id, since

MOST_PENDING: Final = 10_000  # corrections that wait for a review; more help nobody and fill the disk
_MOST_COMPARED: Final = 2_000


class Said(NamedTuple):
    """What somebody says of an answer. Texts that the gateway kept with the record are taken from there."""

    kind: str
    record_id: str | None = None
    correction: str | None = None
    comment: str | None = None
    messages: Sequence[Mapping[str, Any]] | None = None
    answer: str | None = None
    user_digest: str | None = None
    at_ms: int | None = None


class TooMany(Exception):  # noqa: N818  an answer about the table, not an error of ours
    """So many corrections wait for a review that no more are taken."""


def take(store: Store, deployment: Deployment, source: str, said: Sequence[Said], deed: Deed) -> list[FeedbackRow]:
    """Keep what was said. Raises TooMany, and InputError where a record is no record of this deployment."""
    if (
        any(one.kind == CORRECTION for one in said)
        and store.feedback.counts(deployment.id).get(PENDING, 0) >= MOST_PENDING
    ):
        raise TooMany
    rows = [_row(store, deployment, source, one) for one in said]
    store.feedback.add(rows, deed)
    return rows


def _row(store: Store, deployment: Deployment, source: str, said: Said) -> FeedbackRow:
    record = store.gateway_records.find(said.record_id, deployment.workspace) if said.record_id else None
    if said.record_id and (record is None or record.deployment_id != deployment.id):
        raise InputError(
            f"{deployment.name} has no record {said.record_id[:100]}",
            where="record_id",
            what_to_do="send the id that came with the answer, or none",
        )
    text = store.gateway_records.text(record.id) if record else None
    return FeedbackRow(
        id=new_feedback_id(),
        deployment_id=deployment.id,
        record_id=said.record_id,
        at_ms=said.at_ms or now_ms(),
        kind=said.kind,
        source=source,
        model=record.model if record else None,
        user_digest=said.user_digest or (record.user_digest if record else None),
        # What we answered is believed before what the caller says that we answered.
        messages=[dict(one) for one in text.messages] if text else said.messages,
        answer=text.answer if text else said.answer,
        correction=said.correction,
        comment=said.comment,
        status=PENDING if said.kind == CORRECTION else KEPT,
    )


def golden_answers(canary: CanarySet | None, folder: Path) -> tuple[Known, ...]:
    """The questions and answers of the canary set that is locked in the data folder; empty where there is none.

    Raises InputError where the file is gone or was changed.
    """
    if canary is None or canary.sha256 is None:
        return ()
    from advisor.tuning.data_folder import sha256_of

    path = canary_path(folder, canary.sha256)
    try:
        found = sha256_of(path)
    except OSError as error:
        raise InputError(
            f"the canary set cannot be read: {error.strerror}",
            where=str(path),
            what_to_do="put it back, or lock it again with `advisor drift set`",
        ) from None
    if found != canary.sha256:
        raise InputError(
            "the canary set is not the one that was locked, so figures before and after cannot be compared",
            where=str(path),
            what_to_do="put the old file back, or lock one with `advisor drift set`, which begins anew",
        )
    return read_golden(path)


def read_golden(path: Path) -> tuple[Known, ...]:
    """The questions with golden answers in a data set. Raises InputError."""
    from advisor.data_examples import rows_of

    found = (row.example for row in rows_of(path))
    return tuple(Known(example.prompt, example.answer) for example in found if example.answer)


def canary_path(folder: Path, sha256: str) -> Path:
    """Where the canary set of that hash lies in the data folder."""
    return folder / "canary" / f"{sha256}.jsonl"


class Desk:
    """The corrections of one deployment with all that they are compared with, read once."""

    def __init__(self, store: Store, deployment: Deployment, folder: Path) -> None:
        """`folder` is the data folder. Raises InputError where the canary set was changed."""
        rules = load_feedback_rules()
        self._store = store
        self._deployment = deployment
        accepted = store.feedback.corrections(deployment.id, status=(ACCEPTED,), most=_MOST_COMPARED)
        since_ms = since(rules.thresholds["window_days"], now_ms())
        window = store.feedback.corrections(
            deployment.id, status=(PENDING, ACCEPTED), since_ms=since_ms, most=_MOST_COMPARED
        )
        self._golden = golden_answers(watch_settings(deployment.settings).canary, folder)
        self._accepted = [(row.id, Known(row.question, row.correction or "")) for row in accepted]
        self._check = FeedbackCheck(
            rules,
            load_injection_patterns(),
            Surroundings(self._golden, [known for _, known in self._accepted], [_correction(row) for row in window]),
        )

    def findings(self, row: FeedbackRow, correction: str | None = None) -> tuple[FeedbackFinding, ...]:
        """What speaks against a row, or against the `correction` that a reviewer would put in its place."""
        one = _correction(row)
        return self._check.findings(one if correction is None else one._replace(correction=correction))

    def check_pending(self, most: int = _MOST_COMPARED) -> dict[str, tuple[FeedbackFinding, ...]]:
        """Check the corrections that wait, the oldest first, and keep what was found with them."""
        found: dict[str, tuple[FeedbackFinding, ...]] = {}
        waiting = self._store.feedback.page(
            self._deployment.id, status=PENDING, kind=CORRECTION, limit=most, oldest_first=True
        ).items
        for row in waiting:
            found[row.id] = self.findings(row)
        self._store.feedback.set_findings({id: [one._asdict() for one in some] for id, some in found.items()})
        return found

    def accept(self, row: FeedbackRow, note: str, deed: Deed, correction: str | None = None) -> None:
        """Make a correction a training example. Raises InputError where a finding blocks it or it waits no longer."""
        found = self.findings(row, correction)
        blocking = [one for one in found if one.severity == BLOCKING]
        if blocking:
            check = load_feedback_rules().checks[blocking[0].check]
            raise InputError(
                f"{row.id} cannot be accepted: {check.id.replace('_', ' ')} ({blocking[0].detail}). {check.why}",
                what_to_do=check.what_to_do,
            )
        if not row.question or not (correction or row.correction or "").strip():
            raise InputError(
                f"{row.id} has no question or no correction, so it is no example",
                what_to_do="refuse it; send `messages` with corrections, or keep texts with the records",
            )
        self._decide(row, Review(ACCEPTED, note, correction, [one._asdict() for one in found]), deed)

    def reject(self, row: FeedbackRow, note: str, deed: Deed) -> None:
        """Refuse a correction for good. Raises InputError where it waits no longer."""
        self._decide(row, Review("rejected", note, None, list(row.findings or ())), deed)

    def _decide(self, row: FeedbackRow, review: Review, deed: Deed) -> None:
        if not self._store.feedback.review(row, review, deed):
            raise InputError(f"{row.id} does not wait for a review any more", what_to_do="look at it again")


def training_rows(rows: Sequence[FeedbackRow]) -> Iterator[dict[str, Any]]:
    """Accepted corrections, oldest first, as rows of OpenAI's chat format, with their lineage as metadata (texts)."""
    oldest_first = list(reversed(rows))  # they are read newest first
    oldest_first.sort(key=lambda one: one.at_ms)
    for row in oldest_first:
        if row.status != ACCEPTED or not row.messages or not row.correction:
            continue
        asked = [dict(one) for one in row.messages]
        while asked and asked[-1].get("role") == "assistant":
            asked.pop()  # the answer that is corrected
        lineage = {
            "feedback": row.id,
            "deployment": row.deployment_id,
            "record": row.record_id,
            "model": row.model,
            "said_at": _time(row.at_ms / 1000),
            "corrected_by": f"reviewer {row.reviewed_by}" if row.proposed is not None else _user(row),
            "reviewed_by": row.reviewed_by,
            "reviewed_at": _time(row.reviewed_at) if row.reviewed_at else None,
            "review_note": row.review_note,
        }
        yield {
            "messages": [*asked, {"role": "assistant", "content": row.correction}],
            "metadata": {name: value for name, value in lineage.items() if value},
        }


def _correction(row: FeedbackRow) -> Correction:
    return Correction(row.id, row.question, row.answer or "", row.correction or "", row.comment or "", row.user_digest)


def _user(row: FeedbackRow) -> str:
    return f"user {row.user_digest}" if row.user_digest else f"somebody, by {row.source}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
