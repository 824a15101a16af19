"""Graders and measures of likeness: golden values, laws, and the routes of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.tuning import text_similarity as similarity
from advisor.tuning.grader_formula import formula
from advisor.tuning.graders import filled

if TYPE_CHECKING:
    from tests.live_service import Live

WORDS = st.text(alphabet="ab c", max_size=12)


def grader(kind: str, **fields: Any) -> Any:
    """A grader that compares the sample with `item.answer`."""
    return {
        "type": kind,
        "name": "g",
        "input": "{{ sample.output_text }}",
        "reference": "{{item.answer}}",
        **fields,
    }


def subsequence(first: str, second: str) -> int:
    """The longest common subsequence by the textbook's table."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for row, one in enumerate(first):
        for column, other in enumerate(second):
            table[row + 1][column + 1] = (
                table[row][column] + 1 if one == other else max(table[row][column + 1], table[row + 1][column])
            )
    return table[-1][-1]


@given(WORDS, WORDS)
def test_common_subsequence(first: str, second: str) -> None:
    """Counted in bits as by the table."""
    assert similarity.common_subsequence(first, second) == subsequence(first, second)


@given(WORDS, WORDS)
def test_measures_stay_between_0_and_1(first: str, second: str) -> None:
    """Every measure is a share, 1 for equal texts; the even ones do not care for order."""
    for measure in (similarity.fuzzy_match, similarity.bleu, similarity.gleu, similarity.rouge_l):
        assert 0 <= measure(first, second) <= 1 + 1e-9
    for even in (similarity.fuzzy_match, similarity.gleu, similarity.rouge_l):
        assert even(first, second) == pytest.approx(even(second, first))
        assert even(first, first) == 1


def test_golden_values() -> None:
    """Values worked out by hand or given by the reference implementations."""
    said, wanted = "the cat sat on the mat", "the cat is on the mat"
    assert similarity.fuzzy_match("this is a test", "this is a test!") == pytest.approx(28 / 29)
    assert similarity.rouge_n(said, wanted, 1) == pytest.approx(5 / 6)
    assert similarity.rouge_n(said, wanted, 2) == pytest.approx(3 / 5)
    assert similarity.rouge_l(said, wanted) == pytest.approx(5 / 6)
    assert similarity.gleu(said, wanted) == pytest.approx((5 + 3 + 1) / 18)
    # Precisions 5/6, 3/5, 1/4 and half a match of three.
    assert similarity.bleu(said, wanted) == pytest.approx((5 / 6 * 3 / 5 * 1 / 4 * 1 / 6) ** 0.25)
    assert similarity.bleu("a b c d e", "a b c d e") == pytest.approx(1)
    assert similarity.bleu("x", "a b") == 0


def test_formula() -> None:
    """Arithmetic over scores; anything else is refused."""
    values = {"a": 0.5, "b": 0.25}
    assert formula("a*2 + max(a, b)^2 - -b", values) == pytest.approx(1.5)
    assert formula("sqrt(b) / a", values) == 1
    for wrong in ("a +", "c", "a.real", "__import__('os')", "a if b else a", "1/0", "9^9^9", "'x'*9", "a" * 900 + "("):
        with pytest.raises(InputError, match=r"cannot be worked out|no finite value"):
            formula(wrong, values)


def test_templates() -> None:
    """Items and samples are filled in; a name that is not there is told."""
    item = {"a": {"b": [1, 2]}, "c": "x"}
    assert filled("{{item.a.b}} {{ item.c }} {{sample.output_json.k}}", '{"k": "v"}', item) == "[1, 2] x v"
    for wrong in ("{{item.d}}", "{{item.c.d}}", "{{sample.other}}"):
        with pytest.raises(InputError, match="there is no"):
            filled(wrong, "s", item)
    with pytest.raises(InputError, match="the sample is no JSON"):
        filled("{{sample.output_json.k}}", "s", item)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "reward"),
    [
        (grader("string_check", operation="eq"), 0),
        (grader("string_check", operation="ne"), 1),
        (grader("string_check", operation="like"), 0),
        (grader("string_check", operation="ilike"), 1),
        (grader("text_similarity", evaluation_metric="rouge_1"), 2 / 3),
        (grader("text_similarity", evaluation_metric="rouge_5"), 0),
        (
            {
                "type": "multi",
                "name": "both",
                "graders": {
                    "same": grader("string_check", operation="ilike"),
                    "near": grader("text_similarity", evaluation_metric="rouge_l"),
                },
                "calculate_output": "0.25 * same + 0.75 * near",
            },
            0.75,
        ),
        (
            {
                "type": "multi",
                "name": "one",
                "graders": grader("string_check", operation="ilike"),
                "calculate_output": "g / 2",
            },
            0.5,
        ),
    ],
)
def test_run(live: Live, wanted: Any, reward: float) -> None:
    """Each kind of grader through the SDK."""
    reply = live.client.fine_tuning.alpha.graders.run(grader=wanted, model_sample="Very Good", item={"answer": "good"})
    assert reply.reward == pytest.approx(reward)
    assert reply.metadata.type == wanted["type"]
    if wanted["type"] == "multi":
        assert reply.sub_rewards


@pytest.mark.slow
def test_cosine_and_judge(live: Live, tuned: str) -> None:
    """Cosine uses the embedding model; a judge is any model that answers with a number."""
    import openai

    run = live.client.fine_tuning.alpha.graders.run
    same = grader("text_similarity", evaluation_metric="cosine")
    assert run(grader=same, model_sample="low battery", item={"answer": "low battery"}).reward == pytest.approx(1)
    judge: Any = {
        "type": "score_model",
        "name": "judge",
        "model": tuned,
        "input": [{"role": "user", "content": "Grade: {{sample.output_text}}"}],
        "range": [0, 10],
    }
    with pytest.raises(openai.BadRequestError, match="without a number"):
        run(grader=judge, model_sample="x")
    with pytest.raises(openai.NotFoundError):
        run(grader=judge | {"model": "missing"}, model_sample="x")


@pytest.mark.slow
def test_validate(live: Live) -> None:
    """A grader that could not run is refused before it is used; one that could comes back as it is."""
    import openai

    validate = live.client.fine_tuning.alpha.graders.validate
    right = grader("text_similarity", evaluation_metric="bleu")
    shown = validate(grader=right).grader
    assert shown is not None and shown.model_dump(exclude_none=True) == right
    wrong: list[Any] = [
        {"type": "python", "name": "p", "source": "def grade(sample, item): return 1"},
        grader("text_similarity", evaluation_metric="meteor"),
        {"type": "multi", "name": "m", "graders": right, "calculate_output": "other"},
    ]
    for refused in wrong:
        with pytest.raises(openai.BadRequestError):
            validate(grader=refused)
