"""A proof for reading: golden text at 80 columns, every width, Markdown, and words that claim no more than is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from advisor.evaluation.proof import ArmResult, ProofFiles
from advisor.report.proof_figures import arms_table, comparison_words, dollars
from advisor.report.proof_markdown import proof_markdown
from advisor.report.proof_text import proof_text
from advisor.report.visible_text import on_one_line, visible
from tests.proof_files import compared, hostile_proof, small_proof

GOLDEN = """\
NOT SHOWN YET
=============
  IoT error codes (iot-1b2c, 2026-11-21)
  It is not shown that linear is better than rag. [M-E4, holm_1979]
  Best arm: linear.
  Next step: Test on about 900 items, or stay with rag.

Arms, best first
  arm           accuracy (95 %)  correct  $/correct   p50/p95 ms  failed
  linear    1.000 (0.510-1.000)      4/4         $0      0.4/0.9       0
  few_shot  0.500 (0.150-0.850)      2/4   $0.00020  1,204/3,400       1
  rag       0.500 (0.150-0.850)      2/4   no price      2.0/4.0       0

Arms that did not run
  - tuned (tuned): no tuned model is named; use --arms

Comparisons
  - linear is 0.500 better than few_shot by accuracy (0.051 to 0.850), p 0.003
    after Holm.
    exact McNemar, p 0.0015 unadjusted; relative to few_shot +10% to +170%
    4 items find a difference of 0.110 or more in four of five cases
  - linear is not shown to be better or worse than rag: accuracy differs by
    +0.500 (-0.050 to +0.850), p 0.41 after Holm.
    exact McNemar, p 0.2 unadjusted; relative to rag -10% to +170%
    4 items find a difference of 0.110 or more in four of five cases
    a difference as large as this one needs about 896 more items (900 in all)

Other metrics
  - linear: macro_f1 1.000 (0.600-1.000)

How well the documents are found
  Over 4 questions whose documents are known, with 95 % intervals.
  method                hit@1                  mrr
  tfidf   0.750 (0.300-0.950)  0.800 (0.400-0.970)

Before and after tuning
  ? linear, general ability: does not apply
    a linear head has no general ability
  + linear, bias and safety: passed
    no label changes with the person

Failed and empty answers (counted as wrong)
  ! few_shot: 1 failed, 0 empty
    first: HTTP 429 after 5 attempts
  - rag: 0 failed, 1 empty

Notes
  - No language model is configured.

The run
  - Test set: test.jsonl, 4 rows; given with --test
  - SHA-256 of the test set:
    abababababababababababababababababababababababababababababababab
  - Task: label (3 different golden answers), by accuracy
  - Seed 7; all answers that have a price together $0.00040
  - quality.linear: 1.0"""


def test_text_at_80_columns() -> None:
    """The whole text, letter for letter."""
    assert proof_text(small_proof(), colour=False, width=80) == GOLDEN


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_hostile_texts_keep_the_width_and_steer_nothing(width: int) -> None:
    """No line is too long and no control character is left; colour adds only its own codes."""
    for line in proof_text(hostile_proof(), colour=False, width=width).split("\n"):
        assert len(line) <= width
        assert visible(line) == line
    coloured = proof_text(hostile_proof(), colour=True, width=width)
    assert "\x1b[31m!" in coloured and "\x1b[31m \u202e" not in coloured


def test_partial_and_leaked_runs_say_so_beside_the_verdict() -> None:
    """Both warnings stand before the table of arms."""
    for text in (proof_text(hostile_proof(), colour=False, width=80), proof_markdown(hostile_proof())):
        before = text.partition("Arms, best first")[0]
        assert "PARTIAL: " in before and "LEAKED: 2 of 4" in before


def test_a_long_name_stands_on_a_line_of_its_own() -> None:
    """The figures keep their columns below it."""
    small = small_proof()
    name = "ft:advisor-linear:advisor:iot:1b2c3d4e"
    arms = (small.proof.arms[0].model_copy(update={"name": name}),)
    files = small.model_copy(update={"proof": small.proof.model_copy(update={"arms": arms}), "items": ()})
    lines = proof_text(files, colour=False, width=80).splitlines()
    place = lines.index(f"  {name}")
    assert lines[place + 1].split() == ["0.500", "(0.150-0.850)", "2/4", "$0.00020", "1,204/3,400", "1"]


def test_no_arm_and_no_item() -> None:
    """A run in which nothing ran is told as well."""
    small = small_proof()
    nothing = ArmResult(name="rag", kind="rag", what="", ran=False)
    empty = {"arms": (nothing,), "comparisons": (), "retrieval": (), "notes": (), "measured": {}}
    files = ProofFiles(proof=small.proof.model_copy(update=empty), items=(), chunks={})
    text = proof_text(files, colour=False, width=80)
    assert "rag (rag): no reason is recorded" in text and "Arms, best first" not in text
    assert "together $0" in text


def test_a_partial_run_counts_what_was_asked() -> None:
    """Correct answers are of the items that the arm was asked."""
    small = small_proof()
    asked = tuple(
        item.model_copy(update={"answers": {k: v for k, v in item.answers.items() if k != "rag" or item.id == "L1"}})
        for item in small.items
    )
    rows = arms_table(small.model_copy(update={"items": asked})).rows
    assert [row[2] for row in rows] == ["4/4", "2/4", "2/1"]  # the small proof says 2 for rag whatever it was asked


@pytest.mark.parametrize(
    ("low", "high", "adjusted", "said"),
    [
        (0.05, 0.19, 0.003, "linear is 0.120 better than few_shot by accuracy (0.050 to 0.190), p 0.003 after Holm"),
        (0.05, 0.19, 0.06, "linear is not shown to be better or worse than few_shot"),
        (-0.01, 0.19, 0.003, "linear is not shown to be better or worse than few_shot"),
        (0.05, 0.19, 0.00000001, "p < 0.0001 after Holm"),
    ],
)
def test_better_only_with_both_the_test_and_the_interval(low: float, high: float, adjusted: float, said: str) -> None:
    """The adjusted p and the whole interval must agree."""
    assert said in comparison_words(compared("linear", "few_shot", 0.12, low, high, adjusted))


def test_worse_is_said_the_same_way() -> None:
    """With the interval turned round."""
    words = comparison_words(compared("tuned", "rag", -0.2, -0.3, -0.1, 0.01))
    assert words == "tuned is 0.200 worse than rag by accuracy (0.100 to 0.300), p 0.01 after Holm"


def test_small_dollars_keep_two_digits() -> None:
    """From fractions of a cent to thousands."""
    amounts = ["0", "0.000012345", "0.01", "0.2", "1.5", "1234.5"]
    assert [dollars(Decimal(one)) for one in amounts] == ["$0", "$0.000012", "$0.010", "$0.20", "$1.50", "$1,235"]


def test_markdown_tables_have_one_shape() -> None:
    """Every row has as many cells as its heading, whatever stands in the names."""
    for files in (small_proof(), hostile_proof()):
        text = proof_markdown(files)
        assert text.startswith("# Not shown yet\n") and "<script>" not in text
        table = [line for line in text.splitlines() if line.startswith("|")]
        widths = [line.replace("\\|", "").count("|") for line in table]
        assert widths == [7] * 5 + [4] * 3


def test_text_on_one_line() -> None:
    """Spaces and line ends are one space, cut with a mark; what reorders or steers is replaced."""
    assert on_one_line("a\n\t b\r\nc") == "a b c"
    assert on_one_line("abcdef", 4) == "abc…"
    assert visible("a\x1b\u202eb\x9b\ud800\n") == "a\ufffd\ufffdb\ufffd\ufffd\n"
