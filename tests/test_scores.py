"""Scores: against scikit-learn, sacrebleu and rouge-score on random inputs; by hand for numbers, JSON, odd labels."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.dataset.conversation import said
from advisor.errors import InputError, RuleBookError
from advisor.evaluation.corpus_overlap import bleu_measure, chrf_measure
from advisor.evaluation.cost_per_correct import cost_of
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.json_answer import SchemaCheck, check_schema, field_f1, json_answer
from advisor.evaluation.label_scores import EMPTY, OUTSIDE, label_scores
from advisor.evaluation.metric_rules import build_metric_rules
from advisor.evaluation.number_answer import Tolerance, quantity, same_quantity
from advisor.evaluation.scores import Scored, Scoring, score, shared_items
from advisor.evaluation.task_kind import choose_kind, rows_of
from advisor.evaluation.word_overlap import normalised_match, token_f1
from advisor.evaluation_rules import load_evaluation_rules
from advisor.files import content
from advisor.strict_yaml import read
from advisor.tuning.label_rows import LabelRow
from advisor.tuning.text_similarity import rouge_l, rouge_n

RULES = load_evaluation_rules().metrics
CLOSE = Tolerance(Decimal(0), Decimal("0.000001"))
WORDS = "the a cat dog sat on mat red, blue. 12 über naïve don't (so) and — if".split()


def texts(seed: int, count: int, *, ascii_only: bool = False) -> list[str]:
    """Random sentences of few words, so that many n-grams are shared."""
    draw = random.Random(seed)
    words = [word for word in WORDS if word.isascii() or not ascii_only]
    return [" ".join(draw.choices(words, k=draw.randint(1, 14))) for _ in range(count)]


def items_of(*wanted: str) -> list[Item]:
    """Items with these golden answers."""
    return [Item(f"L{line}", [said("user", "?")], answer) for line, answer in enumerate(wanted, start=1)]


def scored(kind: str, wanted: list[str], answers: list[str], **more: Any) -> Scored:
    """The answers of an arm that never fails."""
    replies = [Reply(f"L{line}", answer, 1.0) for line, answer in enumerate(answers, start=1)]
    return score(items_of(*wanted), replies, Scoring(RULES.kind(kind), CLOSE, **more))


@pytest.mark.parametrize("seed", range(5))
def test_corpus_scores_equal_sacrebleu(seed: int) -> None:
    """BLEU and chrF of a corpus, and of any resample of it, are sacrebleu's."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    answers, wanted = texts(seed, 30), texts(seed + 100, 30)
    answers[3], answers[4] = "", wanted[4]
    bleu, chrf = bleu_measure(answers, wanted), chrf_measure(answers, wanted)
    taken = np.random.default_rng(seed).integers(0, 30, 30)
    for measure, reference in ((bleu, BLEU()), (chrf, CHRF())):
        assert measure.value == pytest.approx(reference.corpus_score(answers, [wanted]).score / 100, abs=1e-6)
        again = reference.corpus_score([answers[one] for one in taken], [[wanted[one] for one in taken]])
        summed = measure.sums[taken].sum(axis=0, dtype=np.float64)[None]
        assert measure.value_of(summed)[0] == pytest.approx(again.score / 100, abs=1e-6)
    for place, (answer, gold) in enumerate(zip(answers, wanted, strict=True)):
        assert chrf.per_item[place] == pytest.approx(CHRF().sentence_score(answer, [gold]).score / 100, abs=1e-6)
        one = BLEU(effective_order=True).sentence_score(answer, [gold]).score
        assert bleu.per_item[place] == pytest.approx(one / 100, abs=1e-6)


@pytest.mark.slow
def test_rouge_equals_rouge_score() -> None:
    """On ASCII texts."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    for answer, wanted in zip(texts(1, 40, ascii_only=True), texts(2, 40, ascii_only=True), strict=True):
        reference = scorer.score(wanted, answer)
        assert rouge_n(answer, wanted, 1) == pytest.approx(reference["rouge1"].fmeasure)
        assert rouge_n(answer, wanted, 2) == pytest.approx(reference["rouge2"].fmeasure)
        assert rouge_l(answer, wanted) == pytest.approx(reference["rougeL"].fmeasure)


def test_rouge_reads_every_alphabet() -> None:
    """Where rouge-score sees no letters at all, texts still differ."""
    assert rouge_l("кот сидит", "собака бежит") == 0
    assert rouge_l("кот сидит", "кот бежит") == pytest.approx(0.5)


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd?")), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_macro_scores_equal_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """Precision, recall and F1 over the labels that occur, an answer outside them being a miss."""
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    wanted, answers = [one for one, _ in pairs], [other for _, other in pairs]
    found = label_scores(answers, wanted, "abcd")
    labels = sorted({*wanted, *answers} - {"?"})
    reference = precision_recall_fscore_support(wanted, answers, labels=labels, average="macro", zero_division=0)
    assert [measure.value for measure in found.macro_measures()] == pytest.approx(reference[:3])
    assert found.right().mean() == pytest.approx(accuracy_score(wanted, answers))


def test_no_answer_is_lost_in_the_confusion_matrix() -> None:
    """Answers outside the labels and empty ones have rows of their own; every item is counted once."""
    confusion = label_scores(["Cat.", "bird", "", "dog"], ["cat", "cat", "dog", "dog"]).confusion()
    assert confusion.answered == ("cat", "dog", OUTSIDE, EMPTY)
    assert confusion.counts == ((1, 0), (0, 1), (1, 0), (0, 1))


def test_labels_that_differ_only_by_case_or_signs_stay_apart() -> None:
    """A forgiving reading never turns one label into another."""
    found = label_scores(["C", "c", "C++", "'C#'", "POSITIVE"], ["C", "C", "C", "C#", "positive"], ["c", "C++"])
    assert found.right().tolist() == [1, 0, 0, 1, 1]


def test_words_shared() -> None:
    """SQuAD's measures; where its normalisation leaves nothing, what is written counts."""
    assert normalised_match("The  Cat!", "cat")
    assert token_f1("the big cat", "a cat") == pytest.approx(2 / 3)
    assert not normalised_match("-", "+")
    assert token_f1("-", "+") == 0
    assert token_f1("the", "A") == 0
    assert token_f1("", "cat") == 0


@pytest.mark.parametrize(
    ("answer", "wanted", "right"),
    [
        ("1,234.5", "1234.5", True),
        ("1.234,5", "1234.5", True),
        ("1 234,5", "1234.5", True),
        ("1'234'567", "1234567", True),
        ("1,234", "1234", True),
        ("1,5", "1.5", True),
        ("0,125", "0.125", True),
        ("1.234", "1234", False),
        ("The answer is 42.", "42", True),
        ("42 and nothing else", "42 mm", True),
        ("42", "42 mm", True),
        ("42 mm", "42", True),
        ("42 cm", "42 mm", False),
        ("It is 42 cm long", "42 mm", False),
        ("it takes 3 days in all", "3 day", True),
        ("5 MW", "5 mW", False),
        ("$1,200.00", "1200 USD", True),
        ("€5", "$5", False),
        ("45 %", "45", True),
        ("45%", "0.45", True),
        ("0.45", "45 percent", True),
        ("45", "0.45", False),
        ("−5", "-5", True),
        ("5", "-5", False),
        ("from 10-20", "20", True),
        ("3 million", "3,000,000", True),
        ("2.5e3", "2500", True),
        ("3 + 4 = 7", "7", True),
        ("seven", "7", False),
        ("", "7", False),
        ("7.0001", "7", False),
    ],
)
def test_numbers(answer: str, wanted: str, right: bool) -> None:
    """Separators, signs, units and per cent, as `rules/metrics.yaml` says."""
    golden = quantity(wanted)
    assert golden is not None
    assert same_quantity(answer, golden, CLOSE) is right


def test_tolerance_of_numbers() -> None:
    """So much, or so large a share of the golden number."""
    golden = quantity("200")
    assert golden is not None
    assert same_quantity("201", golden, Tolerance(Decimal(1), Decimal(0)))
    assert same_quantity("202", golden, Tolerance(Decimal(0), Decimal("0.01")))
    assert not same_quantity("203", golden, Tolerance(Decimal(1), Decimal("0.01")))


@pytest.mark.slow
def test_json_answers() -> None:
    """Order and spacing do not matter, kinds do; a fence is taken off for the fields but is no JSON."""
    result = scored(
        "json",
        ['{"a": 1, "b": [true, "x"]}'] * 5,
        ['{"b":[true,"x"],"a":1.0}', '```json\n{"a": 1, "b": [true, "x"]}\n```', '{"a": 1, "b": [1, "x"]}', "{", ""],
        schema={"type": "object", "required": ["a"]},
    )
    assert result.measures["field_f1"].per_item == pytest.approx([1, 1, 2 / 3, 0, 0])
    assert result.measures["accuracy"].per_item.tolist() == [1, 1, 0, 0, 0]
    assert result.measures["json_valid"].per_item.tolist() == [1, 0, 1, 0, 0]
    assert result.measures["schema_valid"].per_item.tolist() == [1, 0, 1, 0, 0]
    assert result.correct.tolist() == [True, True, False, False, False]
    assert not json_answer("NaN").found
    assert json_answer("[" * 150 + "]" * 150).found
    for brackets in (300, 100_000):
        assert not json_answer("[" * brackets + "]" * brackets).found
    assert field_f1({}, []) == 0
    assert field_f1({"a": None}, {}) == 0


def test_a_wrong_schema_is_named() -> None:
    """Before anything is scored; references out of it are not followed."""
    with pytest.raises(InputError, match="no JSON Schema"):
        check_schema({"type": "objekt"}, "schema.json")
    with pytest.raises(InputError, match="refers to"):
        SchemaCheck({"$ref": "http://example.invalid/x.json"}).holds(json_answer("1"))


def test_failed_and_empty_answers_are_wrong_and_shown_apart() -> None:
    """Even where the arm failed after it had said something."""
    replies = [Reply("L1", "yes", 1.0), Reply("L2", " ", 1.0), Reply("L3", "yes", 1.0, error="timeout")]
    result = score(items_of("yes", "yes", "yes"), replies, Scoring(RULES.kind("label"), CLOSE, ["no"]))
    assert result.correct.tolist() == [True, False, False]
    assert (result.failed_items, result.empty_items) == (1, 1)
    assert result.measures["accuracy"].value == pytest.approx(1 / 3)
    for kind in ("short_answer", "long_text", "number"):
        other = score(items_of("yes", "yes", "yes"), replies, Scoring(RULES.kind(kind), CLOSE))
        assert other.correct.tolist() == [True, False, False]
        assert all(measure.per_item[1:].max() == 0 for measure in other.measures.values())


def test_every_item_needs_one_reply() -> None:
    """Missing and double replies are refused; items that not every arm was asked are left out, with their number."""
    items = items_of("yes", "no")
    with pytest.raises(InputError, match="no reply to 1 of 2"):
        score(items, [Reply("L1", "yes", 1.0)], Scoring(RULES.kind("label"), CLOSE))
    with pytest.raises(InputError, match="two replies"):
        score(items, [Reply("L1", "yes", 1.0)] * 2, Scoring(RULES.kind("label"), CLOSE))
    with pytest.raises(InputError, match="no golden answer"):
        score(items_of(" "), [Reply("L1", "", 1.0)], Scoring(RULES.kind("label"), CLOSE))
    shared = shared_items(items, [[Reply("L1", "a", 1.0), Reply("L2", "b", 1.0)], [Reply("L2", "b", 1.0)]])
    assert [item.id for item in shared.items] == ["L2"]
    assert shared.left_out == 1


def test_own_grader() -> None:
    """Its values are the metric; without them the kind cannot be scored."""
    items, replies = items_of("a", "b"), [Reply("L1", "x", 1.0), Reply("L2", "y", 1.0)]
    result = score(items, replies, Scoring(RULES.kind("graded"), CLOSE), [0.25, 0.75])
    assert result.measures["grader"].value == pytest.approx(0.5)
    assert not result.measures["grader"].binary
    assert result.correct.tolist() == [False, True]
    with pytest.raises(InputError, match="grader"):
        score(items, replies, Scoring(RULES.kind("graded"), CLOSE))


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["yes", "no"] * 5, "label"),
        (["1", "2", "3"] * 5, "label"),
        ([str(number * 7) for number in range(40)] * 2, "number"),
        ([f"{number}.5 mm" for number in range(9)] * 3, "number"),
        (['{"a": 1}', '{"a": 2}'] * 5, "json"),
        ([f"Street {number}, Town" for number in range(9)], "short_answer"),
        (["A longer text. " * 9] * 2, "long_text"),
        (["2024-05-06", "2024-05-07", "2024-05-08"], "short_answer"),
        ([], "long_text"),
    ],
)
def test_kind_of_task(answers: list[str], kind: str) -> None:
    """By the golden answers, whatever the questions are."""
    assert choose_kind([LabelRow("?", answer, "") for answer in answers], RULES.choice).name == kind
    assert choose_kind(rows_of(items_of(*answers)), RULES.choice).name == kind


def test_cost_of_a_correct_answer() -> None:
    """Failed items cost and are wrong; no price is made up."""
    replies = [
        Reply("L1", "a", 10.0, 5, 1, Decimal("0.10")),
        Reply("L2", "a", 30.0, 5, 1, Decimal("0.10")),
        Reply("L3", "", 999.0, 5, 0, Decimal("0.10"), error="timeout"),
    ]
    cost = cost_of(replies, [True, True, True])
    assert (cost.latency_ms_p50, cost.failed_items, cost.correct_items) == (20.0, 1, 2)
    assert (cost.usd_total, cost.usd_per_correct) == (Decimal("0.30"), Decimal("0.15"))
    assert cost_of(replies, [False] * 3).usd_per_correct is None
    unknown = cost_of([replies[0]._replace(usd=None), replies[1]], [True, True])
    assert (unknown.usd_total, unknown.usd_per_correct) == (None, None)
    assert cost_of([], []).latency_ms_p50 is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("primary: accuracy", "primary: acuracy", "accuracy"),
        ("correct_at: 0.8", "correct_at: 1.8", "from 0.01 to 1"),
        ("  graded:\n", "  grated:\n", "graded"),
        ("[gsm8k_habit, assumption]", "[gsm9k_habit]", "gsm8k_habit"),
        ("few_numbers: 20", "few_numbers: 20\n  more: 1", "no field more"),
        ("relative: 0.000001", "relative: -1", "from 0 to 1"),
    ],
)
def test_mistakes_in_the_rules_are_named(old: str, new: str, message: str) -> None:
    """With the place; a misspelt word is not left out silently."""
    text = (content("rules") / "metrics.yaml").read_text(encoding="utf-8")
    assert old in text
    document = read(text.replace(old, new, 1), "metrics.yaml")
    with pytest.raises(RuleBookError, match=message) as raised:
        build_metric_rules(document, ["M-E1"])
    assert "metrics.yaml:" in str(raised.value)
    with pytest.raises(InputError, match="label"):
        RULES.kind("lable")
