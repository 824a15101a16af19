"""Small proofs made by hand, one of them of hostile texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from advisor.evaluation.proof import (
    Answered,
    ArmResult,
    Compared,
    Gate,
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

HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7*7 }} {% if %} \' " & ]]> --> '
    "=HYPERLINK(1);, |x| \x1b[31m \u202e \u2028 \x00 \r\n\tend"
)


def compared(arm: str, against: str, difference: float, low: float, high: float, adjusted: float) -> Compared:
    """A comparison by accuracy."""
    return Compared(
        arm=arm,
        against=against,
        metric="accuracy",
        difference=difference,
        low=low,
        high=high,
        test="exact McNemar",
        p_value=adjusted / 2,
        p_adjusted=adjusted,
        relative_low=low * 2,
        relative_high=high * 2,
        detectable=0.11,
        items_to_show=900,
    )


def answer(text: str, *, correct: bool, chunks: tuple[str, ...] = (), error: str | None = None) -> ItemAnswer:
    """An answer that took 12.5 ms and cost 0.0001 dollars."""
    return ItemAnswer(
        text=text,
        correct=correct,
        score=float(correct),
        latency_ms=12.5,
        input_tokens=20,
        output_tokens=2,
        usd=Decimal("0.0001"),
        chunks=chunks,
        error=error,
    )


def small_proof() -> ProofFiles:
    """Four items: linear right on all, few_shot and rag on two; a tuned arm did not run."""
    arms = (
        ArmResult(
            name="few_shot",
            kind="few_shot",
            what="8 examples by similarity",
            ran=True,
            scores=(Score(metric="accuracy", value=0.5, low=0.15, high=0.85),),
            latency_ms=Latency(p50=1204.0, p95=3400.5),
            usd=Spent(total=Decimal("0.0004"), per_correct=Decimal("0.0002")),
            correct_items=2,
            failed_items=1,
        ),
        ArmResult(
            name="linear",
            kind="linear",
            what="a linear head on TF-IDF",
            ran=True,
            scores=(
                Score(metric="accuracy", value=1.0, low=0.51, high=1.0),
                Score(metric="macro_f1", value=1.0, low=0.6, high=1.0),
            ),
            latency_ms=Latency(p50=0.4, p95=0.9),
            usd=Spent(total=Decimal(0), per_correct=Decimal(0)),
            correct_items=4,
            forgetting=Gate(result="does_not_apply", why="a linear head has no general ability"),
            bias_and_safety=Gate(result="passed", why="no label changes with the person"),
        ),
        ArmResult(
            name="rag",
            kind="rag",
            what="TF-IDF over documents",
            ran=True,
            scores=(Score(metric="accuracy", value=0.5, low=0.15, high=0.85),),
            latency_ms=Latency(p50=2.0, p95=4.0),
            usd=Spent(total=None, per_correct=None),
            correct_items=2,
            empty_items=1,
        ),
        ArmResult(name="tuned", kind="tuned", what="LoRA", ran=False, why_not="no tuned model is named; use --arms"),
    )
    words = [("E7?", "filter", "filter", "filter"), ("E9?", "motor", "filter", "motor")]
    words += [("E1?", "pump", "", "filter"), ("E2?", "filter", "filter", "")]
    items = tuple(
        ProofItem(
            id=f"L{number}",
            question=question,
            expected=expected,
            source="codes.md",
            answers={
                "few_shot": answer(few, correct=few == expected, error=None if few else "HTTP 429 after 5 attempts"),
                "linear": answer(expected, correct=True),
                "rag": answer(rag, correct=rag == expected, chunks=("codes.md#1", "codes.md#2")),
            },
        )
        for number, (question, expected, few, rag) in enumerate(words, start=1)
    )
    chunks = {
        f"codes.md#{number}": ShownChunk(
            id=f"codes.md#{number}", source="codes.md", headings=("Codes", f"E{number}"), text=f"E{number}: clean it."
        )
        for number in (1, 2)
    }
    proof = Proof(
        schema="advisor/proof/v1",
        run="iot-1b2c",
        title="IoT error codes",
        made_on=date(2026, 11, 21),
        task_kind="label",
        task_kind_why="3 different golden answers",
        metric="accuracy",
        seed=7,
        is_partial=False,
        test_set=TestSet(rows=4, sha256="ab" * 32, leaked_rows=0, file="test.jsonl", made="given with --test"),
        arms=arms,
        comparisons=(
            compared("linear", "few_shot", 0.5, 0.0512, 0.85, 0.003),
            compared("linear", "rag", 0.5, -0.05, 0.85, 0.41),
        ),
        verdict=Answered(
            answer="not_shown_yet",
            best_arm="linear",
            why="It is not shown that linear is better than rag.",
            next_step="Test on about 900 items, or stay with rag.",
            source=("M-E4", "holm_1979"),
        ),
        retrieval=(
            Retrieval(
                method="tfidf",
                questions=4,
                scores=(
                    Score(metric="hit@1", value=0.75, low=0.3, high=0.95),
                    Score(metric="mrr", value=0.8, low=0.4, high=0.97),
                ),
            ),
        ),
        measured={"quality.linear": "1.0"},
        notes=("No language model is configured.",),
    )
    return ProofFiles(proof=proof, items=items, chunks=chunks)


def hostile_proof() -> ProofFiles:
    """Every text of the small proof hostile, partial and leaked besides."""
    small = small_proof()
    name = f"few_shot {HOSTILE}"

    def renamed(arm: ArmResult) -> ArmResult:
        changed = arm.model_copy(update={"what": HOSTILE, "why_not": None if arm.ran else HOSTILE})
        return changed.model_copy(update={"name": name}) if arm.name == "few_shot" else changed

    proof = small.proof.model_copy(
        update={
            "run": HOSTILE,
            "title": HOSTILE,
            "is_partial": True,
            "task_kind_why": HOSTILE,
            "test_set": small.proof.test_set.model_copy(update={"leaked_rows": 2, "file": HOSTILE, "made": HOSTILE}),
            "arms": tuple(map(renamed, small.proof.arms)),
            "comparisons": tuple(
                one.model_copy(update={"against": name}) if one.against == "few_shot" else one
                for one in small.proof.comparisons
            ),
            "verdict": small.proof.verdict.model_copy(update={"why": HOSTILE, "next_step": HOSTILE}),
            "measured": {HOSTILE: HOSTILE},
            "notes": (HOSTILE,),
        }
    )
    items = tuple(
        item.model_copy(
            update={
                "id": f"{item.id} {HOSTILE}",
                "question": HOSTILE,
                "expected": HOSTILE,
                "answers": {
                    name: item.answers["few_shot"].model_copy(update={"text": HOSTILE, "error": HOSTILE}),
                    "linear": item.answers["linear"].model_copy(update={"text": HOSTILE}),
                    "rag": item.answers["rag"],
                },
            }
        )
        for item in small.items
    )
    chunks = {
        key: chunk.model_copy(update={"source": HOSTILE, "headings": (HOSTILE,), "text": HOSTILE})
        for key, chunk in small.chunks.items()
    }
    return ProofFiles(proof=proof, items=items, chunks=chunks)
