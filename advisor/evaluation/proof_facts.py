"""What a proof measured, as answers of the case, so that a recommendation rests on them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from advisor.case import Case
from advisor.evaluation.proof import Proof
from advisor.question import Answer

_RUNGS = {"tried.prompt": "zero_shot", "tried.few_shot": "few_shot", "tried.rag": "rag"}


def facts_of(proof: Proof, case: Case, train_rows: int) -> Mapping[str, Answer]:
    """Answers by their name in the case.

    A rung of the ladder is exhausted where an arm above it was shown to be better by the primary metric, or where its
    whole interval lies below the target that the case names; else it is improving. A rung that did not run stays as it
    is, and so does retrieval without documents, since a vote of training rows is not what the case asks about.
    """
    if proof.test_set.rows == proof.test_set.leaked_rows:
        return {}  # nothing was measured
    found: dict[str, Answer] = {
        "success.metric_defined": True,
        "success.metric": proof.metric,
        "success.test_examples": proof.test_set.rows - proof.test_set.leaked_rows,
        "data.examples": train_rows,
    }
    ran = {arm.name: arm for arm in proof.arms if arm.ran}
    scores = {
        name: next(score for score in arm.scores if score.metric == proof.metric)
        for name, arm in ran.items()
        if arm.scores
    }
    untrained = [scores[name].value for name in ("zero_shot", "few_shot", "rag", "retrieval") if name in scores]
    if untrained:
        baseline = scores["zero_shot"].value if "zero_shot" in scores else max(untrained)
        found["success.baseline"] = Decimal(str(round(baseline, 4)))
    target = case.given("success.target")
    beaten = {
        one.against for one in proof.comparisons if one.metric == proof.metric and one.p_adjusted < 0.05 and one.low > 0
    }
    for answer, name in _RUNGS.items():
        if name in scores:
            short = isinstance(target, int | Decimal) and scores[name].high < target
            found[answer] = "exhausted" if short or name in beaten else "improving"
    arm = ran.get("zero_shot")
    if arm is not None and arm.output_tokens:
        found["traffic.output_tokens"] = max(1, round(arm.output_tokens / proof.test_set.rows))
    return found
