"""The figures of a proof in words and cells, the same for every way of showing it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from advisor.evaluation.proof import ArmResult, Compared, Proof, ProofFiles, Score
from advisor.report.money import usd
from advisor.report.section import Table
from advisor.report.visible_text import on_one_line

ANSWERS: Final = {"worth_it": "Worth it", "not_worth_it": "Not worth it", "not_shown_yet": "Not shown yet"}
ALPHA: Final = 0.05  # of the adjusted p; the same level as that of the intervals
_NONE: Final = "-"


def ranked(proof: Proof) -> list[ArmResult]:
    """The arms that ran, the best by the primary metric first."""
    ran = [arm for arm in proof.arms if arm.ran]
    return sorted(ran, key=lambda arm: -(found.value if (found := score_of(arm.scores, proof.metric)) else -1.0))


def score_of(scores: Sequence[Score], metric: str) -> Score | None:
    """The score by `metric`, or None."""
    return next((score for score in scores if score.metric == metric), None)


def asked_items(files: ProofFiles, *arms: str) -> int:
    """How many items all these arms were asked; the whole test set where the run left no items."""
    asked = sum(all(arm in item.answers for arm in arms) for item in files.items)
    return asked if files.items else files.proof.test_set.rows


def arms_table(files: ProofFiles) -> Table:
    """One row for each arm that ran, the best first."""
    proof = files.proof
    rows = tuple(
        (
            on_one_line(arm.name),
            with_interval(score_of(arm.scores, proof.metric)),
            f"{arm.correct_items:,}/{asked_items(files, arm.name):,}",
            dollars_per_correct(arm),
            _latency(arm),
            f"{arm.failed_items:,}",
        )
        for arm in ranked(proof)
    )
    columns = ("arm", f"{on_one_line(proof.metric)} (95 %)", "correct", "$/correct", "p50/p95 ms", "failed")
    return Table("Arms, best first", columns, rows)


def retrieval_table(proof: Proof) -> Table:
    """One row for each method of finding documents."""
    metrics = list(dict.fromkeys(score.metric for found in proof.retrieval for score in found.scores))
    rows = tuple(
        (on_one_line(found.method), *(with_interval(score_of(found.scores, metric)) for metric in metrics))
        for found in proof.retrieval
    )
    questions = sorted({found.questions for found in proof.retrieval})
    counted = " and ".join(f"{count:,}" for count in questions)
    note = f"Over {counted} questions whose documents are known, with 95 % intervals." if rows else ""
    return Table("How well the documents are found", ("method", *map(on_one_line, metrics)), rows, note)


def with_interval(score: Score | None) -> str:
    """`0.812 (0.771-0.848)`."""
    return _NONE if score is None else f"{score.value:.3f} ({score.low:.3f}-{score.high:.3f})"


def dollars_per_correct(arm: ArmResult) -> str:
    """The cost of a correct answer, or why there is none."""
    if arm.usd is None or arm.usd.total is None:
        return "no price"
    return "none right" if arm.usd.per_correct is None else dollars(arm.usd.per_correct)


def dollars(value: Decimal) -> str:
    """Two digits that count below a dollar: `$0.00012`; cents and more above."""
    if value == 0:
        return "$0"
    if abs(value) >= 1:
        return usd(value)
    digits = 1 - value.adjusted()
    return f"${round(value, max(2, digits)):f}"


def milliseconds(value: float) -> str:
    """`0.4`, `12`, `1,204`."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _latency(arm: ArmResult) -> str:
    found = arm.latency_ms
    if found is None or found.p50 is None or found.p95 is None:
        return _NONE
    return f"{milliseconds(found.p50)}/{milliseconds(found.p95)}"


def comparison_words(compared: Compared) -> str:
    """One comparison as a sentence that claims no more than the test shows."""
    arm, against, metric = (on_one_line(name) for name in (compared.arm, compared.against, compared.metric))
    tested = f"p {_p(compared.p_adjusted)} after Holm"
    if compared.p_adjusted < ALPHA and compared.low > 0:
        span = f"({compared.low:.3f} to {compared.high:.3f})"
        return f"{arm} is {compared.difference:.3f} better than {against} by {metric} {span}, {tested}"
    if compared.p_adjusted < ALPHA and compared.high < 0:
        span = f"({-compared.high:.3f} to {-compared.low:.3f})"
        return f"{arm} is {-compared.difference:.3f} worse than {against} by {metric} {span}, {tested}"
    span = f"({compared.low:+.3f} to {compared.high:+.3f})"
    return (
        f"{arm} is not shown to be better or worse than {against}: {metric} differs by {compared.difference:+.3f} "
        f"{span}, {tested}"
    )


def comparison_details(compared: Compared, items: int) -> tuple[str, ...]:
    """The test, the relative difference, what could have been found, and how many more items would show it."""
    relative = ""
    if compared.relative_low is not None and compared.relative_high is not None:
        relative = f"; relative to {on_one_line(compared.against)} {compared.relative_low:+.0%} to "
        relative += f"{compared.relative_high:+.0%}"
    found = [f"{on_one_line(compared.test)}, p {_p(compared.p_value)} unadjusted{relative}"]
    least = compared.detectable
    found.append(
        f"{items:,} items find a difference of {least:.3f} or more in four of five cases"
        if least is not None
        else f"{items:,} items are too few to find any difference"
    )
    shown = compared.p_adjusted < ALPHA and (compared.low > 0 or compared.high < 0)
    if not shown and compared.items_to_show is not None and compared.items_to_show > items:
        more = compared.items_to_show - items
        found.append(
            f"a difference as large as this one needs about {more:,} more items ({compared.items_to_show:,} in all)"
        )
    return tuple(found)


def _p(value: float) -> str:
    """Two digits that count, never 0."""
    return "< 0.0001" if value < 0.0001 else f"{value:.2g}"
