"""From the replies of all arms to the result: scores, comparisons, gates, verdict, and every item's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from advisor.evaluation.arm import Arm, Missing
from advisor.evaluation.bake_off import BakeOff
from advisor.evaluation.chunks import Chunk
from advisor.evaluation.cost_per_correct import ArmCost, cost_of
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.proof import (
    SCHEMA,
    Answered,
    ArmResult,
    Compared,
    ItemAnswer,
    Latency,
    Proof,
    ProofFiles,
    ProofItem,
    Retrieval,
    Score,
    ShownChunk,
    Spent,
    TestSet,
)
from advisor.evaluation.proof_gates import Gates
from advisor.evaluation.scores import Scored, Scoring, score, shared_items
from advisor.evaluation.shown_items import question_of
from advisor.evaluation.significance import Comparison
from advisor.evaluation.statistics import RunStatistics, pairs_to_compare, run_statistics
from advisor.evaluation.task_kind import ChosenKind
from advisor.evaluation.test_set import HeldOut
from advisor.evaluation.verdict import Evidence, Money, ProvenArm, verdict
from advisor.evaluation_rules import EvaluationRules

Grader = Callable[[Sequence[Item], Sequence[Reply]], Sequence[float]]


class Setting(NamedTuple):
    """What is known of a run before its first answer."""

    run: str
    title: str
    on: date
    seed: int
    held: HeldOut
    kind: ChosenKind
    scoring: Scoring
    notes: tuple[str, ...]


class Measured(NamedTuple):
    """The scores of a run, before its verdict: `items` are those that every arm was asked."""

    items: tuple[Item, ...]
    scored: Mapping[str, Scored]
    costs: Mapping[str, ArmCost]
    statistics: RunStatistics


def measured(setting: Setting, run: BakeOff, grader: Grader | None = None) -> Measured:
    """Scores of every arm on the items that all were asked and that no training row holds.

    `grader` gives one's own values in the place of the metrics. Raises InputError where it does not grade.
    """
    clean = [item for item in setting.held.items if item.id not in setting.held.leaked]
    items = shared_items(clean, run.replies.values()).items
    asked = {item.id for item in items}
    scored, costs = {}, {}
    for arm in run.arms:
        replies = [reply for reply in run.replies[arm.name] if reply.item in asked]  # in the order of the items
        scored[arm.name] = score(items, replies, setting.scoring, grader(items, replies) if grader else None)
        costs[arm.name] = cost_of(replies, scored[arm.name].correct.tolist())
    pairs = pairs_to_compare({arm.name: arm.kind for arm in run.arms})
    return Measured(items, scored, costs, run_statistics(scored, pairs, setting.seed, all_metrics=True))


def result(
    setting: Setting,
    run: BakeOff,
    found: Measured,
    gates: Mapping[str, Gates],
    money: Mapping[str, Money],
    retrieval: tuple[Retrieval, ...],
    rules: EvaluationRules,
) -> Proof:
    """The result of a run; facts for the case are added by whoever has it."""
    metric = setting.scoring.kind.primary
    proven = [_proven(arm, found, gates.get(arm.name), money.get(arm.name), metric) for arm in run.arms]
    evidence = Evidence(metric, len(found.items), run.is_partial, proven, found.statistics.comparisons)
    said = verdict(evidence, rules.verdict)
    ran = [_ran(arm, found, gates.get(arm.name)) for arm in run.arms]
    ran.sort(key=lambda one: -next((score.value for score in one.scores if score.metric == metric), 0.0))
    return Proof(
        schema=SCHEMA,
        run=setting.run,
        title=setting.title,
        made_on=setting.on,
        task_kind=setting.kind.name,
        task_kind_why=setting.kind.why,
        metric=metric,
        seed=setting.seed,
        is_partial=run.is_partial,
        test_set=TestSet(
            rows=len(setting.held.items),
            sha256=setting.held.sha256,
            leaked_rows=len(setting.held.leaked),
            file=str(setting.held.file),
            made=setting.held.made,
        ),
        arms=(*ran, *map(_missing, run.missing)),
        comparisons=tuple(_compared(one, rules.verdict.least_improvement) for one in found.statistics.comparisons),
        verdict=Answered.model_validate(said._asdict()),
        retrieval=retrieval,
        notes=(*setting.notes, *_left_out(setting, found)),
    )


def files(proof: Proof, run: BakeOff, found: Measured, setting: Setting, chunks: Mapping[str, Chunk]) -> ProofFiles:
    """The result with every item's answers, and the chunks that any arm was shown."""
    places = {item.id: place for place, item in enumerate(found.items)}
    answers: dict[str, dict[str, ItemAnswer]] = {item.id: {} for item in setting.held.items}
    for arm in run.arms:
        scored = found.scored[arm.name]
        values = scored.measures[scored.primary].per_item
        for reply in run.replies[arm.name]:
            place = places.get(reply.item)
            if place is not None:
                answers[reply.item][arm.name] = _answer(reply, bool(scored.correct[place]), float(values[place]))
    shown = {name for of_item in answers.values() for one in of_item.values() for name in one.chunks}
    return ProofFiles(
        proof=proof,
        items=tuple(
            ProofItem(
                id=item.id,
                question=question_of(item),
                expected=item.expected,
                source=item.source,
                answers=answers[item.id],
            )
            for item in setting.held.items
        ),
        chunks={
            name: ShownChunk(id=name, source=chunk.source, headings=chunk.headings, text=chunk.text)
            for name, chunk in chunks.items()
            if name in shown
        },
    )


def _proven(arm: Arm, found: Measured, gates: Gates | None, money: Money | None, metric: str) -> ProvenArm:
    value = found.scored[arm.name].measures[metric].value if found.items else 0.0
    forgetting = gates.forgetting.result if gates else "not_run"
    bias = gates.bias_and_safety.result if gates else "not_run"
    return ProvenArm(arm.name, arm.kind, value, found.costs[arm.name], forgetting, bias, money)


def _ran(arm: Arm, found: Measured, gates: Gates | None) -> ArmResult:
    cost, scored = found.costs[arm.name], found.scored[arm.name]
    return ArmResult(
        name=arm.name,
        kind=arm.kind,
        what=arm.what,
        ran=True,
        model=arm.asked,
        scores=tuple(Score(**one._asdict()) for one in found.statistics.scores[arm.name]),
        latency_ms=Latency(p50=cost.latency_ms_p50, p95=cost.latency_ms_p95),
        usd=Spent(total=cost.usd_total, per_correct=cost.usd_per_correct),
        input_tokens=cost.input_tokens,
        output_tokens=cost.output_tokens,
        correct_items=int(scored.correct.sum()),
        empty_items=scored.empty_items,
        failed_items=scored.failed_items,
        forgetting=gates.forgetting if gates else None,
        bias_and_safety=gates.bias_and_safety if gates else None,
    )


def _missing(arm: Missing) -> ArmResult:
    return ArmResult(name=arm.name, kind=arm.kind, what=arm.what, ran=False, why_not=arm.why_not)


def _compared(one: Comparison, least: float) -> Compared:
    return Compared(
        arm=one.arm,
        against=one.against,
        metric=one.metric,
        difference=one.difference,
        low=one.low,
        high=one.high,
        test=one.test,
        p_value=one.p_value,
        p_adjusted=one.p_adjusted,
        relative_low=_finite(one.relative.low),
        relative_high=_finite(one.relative.high),
        detectable=one.detectable,
        items_to_show=one.items_to_show(abs(one.difference)) if one.difference else one.items_to_show(least / 2),
    )


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None


def _answer(reply: Reply, correct: bool, value: float) -> ItemAnswer:
    return ItemAnswer(
        text=reply.text,
        correct=correct,
        score=round(value, 6),
        latency_ms=round(reply.latency_ms, 3),
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        usd=reply.usd,
        chunks=reply.chunks,
        error=reply.error,
    )


def _left_out(setting: Setting, found: Measured) -> list[str]:
    notes = []
    leaked = len(setting.held.leaked)
    if leaked:
        notes.append(f"{leaked} questions also stand in the training rows, or nearly so: they are not counted.")
    left = len(setting.held.items) - leaked - len(found.items)
    if left:
        notes.append(f"{left} of {len(setting.held.items)} questions were not asked of every arm, and are not counted.")
    if setting.held.without_answer:
        notes.append(f"{setting.held.without_answer} rows of the test file end without a golden answer: left out.")
    return notes
