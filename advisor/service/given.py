"""Recommendations as they are kept: with who asked, the versions they were made from, and never changed again."""

from __future__ import annotations

import time

from advisor.case import Case
from advisor.service.knowledge import Knowledge, Made, made_of
from advisor.service.object_id import new_id
from advisor.store.audit import Deed
from advisor.store.recommendations import Given, Recommendations


def given_now(made: Made, knowledge: Knowledge, case_id: str | None, who: Deed) -> Given:
    """What is kept of a recommendation that is given to `who`."""
    return Given(
        new_id("rec-"),
        int(time.time()),
        who.actor,
        case_id,
        made.as_of,
        made.status,
        made.approach,
        made.title,
        made.case_sha256,
        made.record_sha256,
        knowledge.rulebook.version,
        knowledge.rules_sha256,
        knowledge.prices.version,
        knowledge.prices_sha256,
        who.workspace,
    )


def kept_result(kept: Recommendations, case_id: str, case: Case, knowledge: Knowledge, who: Deed) -> Given:
    """The recommendation for a case as it stands: the last one where it said the same, else a new one."""
    made = made_of(case, knowledge.record(case))
    given = given_now(made, knowledge, case_id, who)
    last = next(iter(kept.page(who.workspace, limit=1, case_id=case_id).items), None)
    if last is not None and _origin(last) == _origin(given):
        return last
    kept.add(given, made.texts, who)
    return given


def _origin(given: Given) -> tuple[str, ...]:
    """All that decides what a recommendation says."""
    return (given.case_sha256, given.record_sha256, given.rules_sha256, given.prices_sha256)
