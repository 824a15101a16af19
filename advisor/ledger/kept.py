"""Predictions in the store: kept when work begins, settled when it ends, learned from when ranges are shown."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.files import content, load_documents
from advisor.ledger.correction import Correction, learn
from advisor.ledger.entry import Entry, Spread
from advisor.ledger.ledger_rules import LedgerRules, build_ledger_rules
from advisor.store.database import Store
from advisor.store.predictions import Prediction, new_prediction_id
from advisor.store.tables import DEFAULT_WORKSPACE

RAW: Final = "raw"


class Foreseen(NamedTuple):
    """A range that was shown, and the one before anything learned was applied."""

    kind: str
    shown: Spread
    raw: Spread


def load_ledger_rules() -> LedgerRules:
    """The shipped rules of the ledger, checked. Raises RuleBookError with file:line."""
    path = content("rules") / "ledger.yaml"
    return load_documents({"ledger": path}, lambda documents: build_ledger_rules(documents["ledger"]))


def keep(
    store: Store,
    subject: str,
    foreseen: Sequence[Foreseen],
    *,
    context: Mapping[str, Any] | None = None,
    workspace: str = DEFAULT_WORKSPACE,
) -> int:
    """Keep what was foreseen about `subject`; how many were new. Ranges that are no numbers are not kept."""
    rules = load_ledger_rules()
    kept = 0
    for one in foreseen:
        if not all(map(isfinite, (*one.shown, *one.raw))):
            continue
        prediction = Prediction(
            new_prediction_id(),
            int(time.time()),
            one.kind,
            subject,
            rules.kinds[one.kind].unit,
            *one.shown,
            context={RAW: list(one.raw), **(context or {})},
            workspace=workspace,
        )
        kept += store.predictions.add(prediction)
    return kept


def settle(
    store: Store, subject: str, actual: Mapping[str, float], source: str, *, workspace: str = DEFAULT_WORKSPACE
) -> int:
    """Write down what happened, by kind; how many predictions came true by it. What is known is not changed."""
    return sum(
        store.predictions.settle(kind, subject, value, source, workspace)
        for kind, value in actual.items()
        if isfinite(value)
    )


def corrections(store: Store, workspace: str = DEFAULT_WORKSPACE) -> Mapping[str, Correction]:
    """What the ledger teaches, by kind; only of kinds where it changes something."""
    rules = load_ledger_rules()
    entries = entries_of(store.predictions.all(workspace))
    found = {name: learn(entries, kind, rules.learning) for name, kind in rules.kinds.items()}
    return {name: one for name, one in found.items() if one.changes_anything}


def entries_of(predictions: Sequence[Prediction]) -> list[Entry]:
    """The predictions as the core reads them."""
    return [
        Entry(
            one.kind,
            one.subject,
            Spread(one.p10, one.p50, one.p90),
            Spread(*one.context.get(RAW, (one.p10, one.p50, one.p90))),
            one.actual,
            day_of(one.actual_at),
        )
        for one in predictions
    ]


def day_of(seconds: int | None) -> date | None:
    """The day, in UTC, of a time in seconds since 1970."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date()


def checked_actual(prediction: Prediction, actual: float) -> float:
    """A value that is typed for a prediction. Raises InputError for one that cannot be."""
    scale = load_ledger_rules().kinds[prediction.kind].scale
    if not isfinite(actual) or (scale == "log" and actual < 0):
        raise InputError(
            f"{prediction.kind} cannot be {actual}", where="--actual", what_to_do=f"give it in {prediction.unit}"
        )
    return actual
