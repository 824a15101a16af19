"""Labels among answers, their spellings and shares, and how they go with named fields."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.bias import Fields
from advisor.dataset.example import Example
from advisor.dataset.found import Found, merged
from advisor.dataset.labels import Labels, one_letter_apart
from tests.dirty_rows import example


def labels_of(answers: list[str], system: str = "Sort it.") -> Labels:
    """Labels of rows with these answers."""
    labels = Labels()
    for line, answer in enumerate(answers, 1):
        labels.add(example(line, f"text {line}", answer, system))
    return labels


def lines(found: tuple[Found, ...], name: str) -> list[int]:
    """The lines of one finding."""
    return [place.line for finding in found if finding.id == name for place in finding.places]


def test_few_distinct_short_answers_are_labels() -> None:
    """Each with its rows, share and first line, the most frequent first."""
    counts = labels_of(["spam"] * 30 + ["ham"] * 10).counts()
    assert [(count.label, count.rows, count.share, count.first_line) for count in counts] == [
        ("spam", 30, 0.75, 1),
        ("ham", 10, 0.25, 31),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        [f"The answer is number {line}." for line in range(50)],
        [f"City {line}" for line in range(50)],
        ["A longer text of many words that nobody would call a label, again and again."] * 50,
        ["yes"] * 50,
        ["yes", "no"] * 3,
    ],
)
def test_other_answers_are_no_labels(answers: list[str]) -> None:
    """Texts, short answers that never repeat, one single answer, too few rows."""
    assert labels_of(answers).counts() == ()


def test_labels_are_judged_by_task() -> None:
    """Labels under one instruction and texts under another are both as they should be."""
    labels = Labels()
    for line in range(1, 101):
        task = line % 2
        answer = ["spam", "ham"][line % 4 // 2] if task else f"A text of its own, number {line}, with many words in it."
        labels.add(example(line, f"text {line}", answer, f"Task {task}."))
    assert {count.label for count in labels.counts()} == {"spam", "ham"}
    assert labels.found() == ()


def test_other_spellings_of_a_label_are_listed_with_the_usual_one() -> None:
    """Case, spaces, punctuation, and one letter where the right word is far more frequent."""
    answers = ["billing"] * 60 + ["shipping"] * 50 + ["Billing", "billing.", "BILLING ", "biling", "shiping"]
    found = labels_of(answers).found()
    assert lines(found, "label_spelling") == [111, 112, 113, 114, 115]
    details = {place.line: place.detail for finding in found for place in finding.places}
    assert details[111] == "`Billing` is spelt `billing` in 60 rows"
    assert details[114] == "`biling` is probably `billing`, which stands in 60 rows"


def test_labels_that_differ_on_purpose_are_left_alone() -> None:
    """Numbers, short words, and a first letter that turns a word into its opposite."""
    answers = ["class 1"] * 60 + ["class 2"] * 2 + ["typical"] * 60 + ["atypical"] * 2 + ["cat"] * 60 + ["car"] * 2
    assert lines(labels_of(answers).found(), "label_spelling") == []


def test_rare_labels_are_listed_at_their_first_row() -> None:
    """Fewer than ten rows, or ten times rarer than the most frequent."""
    found = labels_of(["a lot"] * 300 + ["enough"] * 31 + ["few"] * 29 + ["hardly"] * 9).found()
    assert lines(found, "label_imbalance") == [332, 361]


def test_a_text_among_labels_is_another_format() -> None:
    """One explanation where all others reply with a word."""
    found = labels_of(["spam"] * 30 + ["ham"] * 30 + ["I think that this is spam, since it promises a lot."]).found()
    assert lines(found, "inconsistent_output_format") == [61]


@given(st.text("abc1", min_size=1, max_size=6), st.integers(0, 5), st.sampled_from("xyz"))
def test_one_letter_apart_is_symmetric(word: str, place: int, letter: str) -> None:
    """A letter put in or changed is one letter, read either way; the word itself is none."""
    place = min(place, len(word) - 1)
    assert not one_letter_apart(word, word)
    for other in (word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :]):
        assert one_letter_apart(word, other) == one_letter_apart(other, word)
        assert one_letter_apart(word, other) or word[place].isdigit() or letter.isdigit()


def fields_of(rows: list[tuple[str, str]]) -> Fields:
    """Fields of rows with these values of `group` and labels."""
    fields = Fields()
    for line, (group, label) in enumerate(rows, 1):
        fields.add(Example(line, "", "p", label, ("p", label), {"group": group, "id": str(line), "same": label}))
    return fields


def test_a_label_that_goes_with_a_field_is_bias() -> None:
    """Four fifths of one group are refused, a fifth of the other; the field that repeats the label is no bias."""
    rows = [("a", "yes")] * 80 + [("a", "no")] * 20 + [("b", "yes")] * 20 + [("b", "no")] * 80
    (bias,) = fields_of(rows).biases(["yes", "no"])
    assert bias.field == "group"
    assert bias.association == pytest.approx(0.5958, abs=0.0001)  # sqrt(0.36 - 1 / 199)
    assert bias.p_adjusted < 1e-15
    assert (bias.share, bias.share_of_all) in ((0.8, 0.5), (0.2, 0.5))
    (finding,) = fields_of(rows).found(["yes", "no"])
    assert "field `group`" in finding.places[0].detail


def test_chance_is_no_bias() -> None:
    """Of two hundred files drawn without any bias, none or hardly any is called biased."""
    random = Random(4)
    called = 0
    for _ in range(200):
        rows = [(random.choice("abcd"), random.choice(["yes", "no", "maybe"])) for _ in range(150)]
        called += bool(fields_of(rows).biases(["yes", "no", "maybe"]))
    assert called <= 4


def test_rare_values_of_a_field_are_listed() -> None:
    """A value ten times rarer than the most frequent one."""
    (finding,) = fields_of([("a", "yes")] * 100 + [("b", "yes")] * 9).found(["yes"])
    assert [(place.line, place.detail) for place in finding.places] == [
        (101, "field `group`: `b` has 9 rows, `a` has 100")
    ]


def test_findings_with_one_id_become_one() -> None:
    """Places of several looks are put in the order of the file."""
    first = labels_of(["spam"] * 30 + ["ham"] * 3).found()
    second = fields_of([("a", "yes")] * 100 + [("b", "yes")] * 9).found(["yes"])
    (one,) = merged([*second, *first])
    assert [place.line for place in one.places] == [31, 101]
