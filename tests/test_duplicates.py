"""Rows that say the same twice, against planted ones and against a comparison of every pair."""

from __future__ import annotations

import itertools
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.dataset.duplicates import Duplicates, find_leakage
from advisor.dataset.example import Example
from advisor.dataset.near_duplicates import LEAST_SHARED, jaccard, one_word_apart
from advisor.dataset.word_ids import WordIds
from tests.dirty_rows import dirty_rows, example, ticket

CANNED = "Please open the settings and choose the second entry."


def found(rows: list[Example]) -> dict[str, dict[int, int]]:
    """Finding → line → the earlier line that the detail names."""
    duplicates = Duplicates()
    for row in rows:
        duplicates.add(row)
    return {
        finding.id: {place.line: int(re.findall(r"line (\d+)", place.detail)[0]) for place in finding.places}
        for finding in duplicates.found()
    }


def pair(one: str, other: str, answer: str = CANNED, other_answer: str | None = None) -> dict[str, dict[int, int]]:
    """What is found in two rows."""
    return found([example(1, one, answer), example(2, other, answer if other_answer is None else other_answer)])


@pytest.mark.parametrize("seed", [1, 2])
def test_every_planted_repetition_is_found_and_nothing_else(seed: int) -> None:
    """Exact duplicates, near duplicates and conflicts: all of them, each naming its original."""
    dirty = dirty_rows(seed, 1500)
    listed = found(list(dirty.rows))
    assert listed["exact_duplicate"].items() >= dirty.planted["exact_duplicate"].items()
    assert listed["conflicting_answers"] == dirty.planted["conflicting_answers"]
    assert listed["near_duplicate"] == dirty.planted["near_duplicate"]
    # A conflict that is planted twice is an exact duplicate of its first copy as well.
    assert set(listed["exact_duplicate"]) - set(dirty.planted["exact_duplicate"]) <= set(listed["conflicting_answers"])


def test_exact_means_but_for_composition_and_outer_white_space() -> None:
    """é in one or two code points is the same; case is not."""
    assert pair("caf\u00e9 ", "cafe\u0301") == {"exact_duplicate": {2: 1}}
    assert pair("A table", "a table") == {"near_duplicate": {2: 1}}


@pytest.mark.parametrize("other", ["WHAT is it?", "what is  it", "“What is it?”", "What is it?\n"])
def test_a_conflict_is_the_same_input_however_it_is_written(other: str) -> None:
    """Case, white space and punctuation around words make no other question."""
    assert pair("What is it?", other, "a", "b") == {"conflicting_answers": {2: 1}}


@pytest.mark.parametrize(
    ("one", "other"), [("What is 5 - 3", "What is 5 + 3"), ("Price 3.5", "Price 35"), ("a C program", "a C# program")]
)
def test_signs_that_mean_something_make_another_question(one: str, other: str) -> None:
    """Inside words and on their own, signs count."""
    assert pair(one, other, "a", "b") == {}


def test_other_instructions_make_another_question() -> None:
    """The same text under another system prompt may well have another answer."""
    rows = [
        example(1, "I am happy", "joy", system="Name the mood."),
        example(2, "I am happy", "I", system="First word?"),
    ]
    assert found(rows) == {}


def test_a_third_row_is_compared_with_the_first() -> None:
    """Answers a, b, a, b: the second and fourth conflict; the third and fourth repeat exactly."""
    rows = [example(line, "What is it?", answer) for line, answer in enumerate("abab", 1)]
    assert found(rows) == {"exact_duplicate": {3: 1, 4: 2}, "conflicting_answers": {2: 1, 4: 1}}


def test_short_inputs_need_the_same_telling_answer() -> None:
    """One word changed in a short input: a near duplicate where a long answer is the same, not where a label is."""
    assert pair("Where is my blue order now", "Where is my green order now") == {"near_duplicate": {2: 1}}
    assert pair("turn on the kitchen light", "turn on the bedroom light", "light") == {}
    assert pair("Hello", "Hallo") == {}


def test_the_same_long_context_with_another_question_is_no_duplicate() -> None:
    """Questions over one document share nearly all words; their answers differ."""
    context = ticket(Random(3), "refund", 300)
    assert pair(f"{context} Who wrote it?", f"{context} When was it sent?", "Anna, the clerk.", "On Monday.") == {}


def test_an_instruction_in_every_prompt_is_no_evidence() -> None:
    """A long prefix that all prompts share does not make them alike; a repeated text under it is still seen."""
    random = Random(5)
    prefix = ticket(random, "login", 80)
    texts = [ticket(random, "refund", 20) for _ in range(60)]
    texts.append(texts[7].replace(" ", " really ", 1))
    assert found([example(line, f"{prefix} {text}", "refund") for line, text in enumerate(texts, 1)]) == {
        "near_duplicate": {61: 8}
    }


def test_texts_without_spaces_are_compared_letter_by_letter() -> None:
    """Chinese and Japanese have no spaces between words."""
    text = "我们的订单昨天已经发货但是到今天还没有收到请帮我查询一下物流信息谢谢"
    assert pair(text, text.replace("昨天", "前天")) == {"near_duplicate": {2: 1}}


def test_empty_texts_are_left_out() -> None:
    """Nothing is alike about rows that say nothing."""
    assert found([Example(1, "", "", "", ("",), {}), Example(2, "", "", "", (" . ",), {})]) == {}
    assert found([]) == {}


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_candidates_miss_no_pair_well_above_the_limit(seed: int, changes: int) -> None:
    """Against the definition: word pairs of the longer texts compared one by one."""
    random = Random(seed)
    text = ticket(random, "delivery", 60).split()
    other = list(text)
    for _ in range(changes):
        other[random.randrange(60)] = random.choice(["never", "always", "maybe"])
    ids = WordIds()
    one, two = ids.of(" ".join(text)), ids.of(" ".join(other))
    shared = jaccard(set(itertools.pairwise(one)), set(itertools.pairwise(two)))
    listed = pair(" ".join(text), " ".join(other), "delivery")
    if shared >= LEAST_SHARED + 0.08 and one != two:
        assert listed == {"near_duplicate": {2: 1}}
    if shared < LEAST_SHARED:
        assert "near_duplicate" not in listed


@given(st.lists(st.integers(0, 3), max_size=6), st.integers(0, 6), st.integers(0, 3))
def test_one_word_apart_is_symmetric_and_sees_each_kind_of_change(words: list[int], place: int, word: int) -> None:
    """A word put in, left out or changed is one word; and it is the same read the other way."""
    place = min(place, len(words))
    for other in ([*words[:place], word, *words[place:]], words[:place] + words[place + 1 :], words):
        assert one_word_apart(words, other)
        assert one_word_apart(other, words)
    assert not one_word_apart(words, [9, *words, 9])


def test_leakage_lists_the_rows_of_the_training_file() -> None:
    """Exactly, with the same input, or nearly; each detail names the line of the test file."""
    random = Random(8)
    texts = [ticket(random, "login", 40) for _ in range(30)]
    train, test = Duplicates(), Duplicates()
    for line, text in enumerate(texts, 1):
        train.add(example(line, text, "login"))
    test.add(example(1, texts[3], "login"))
    test.add(example(2, texts[9].upper(), "refund"))
    test.add(example(3, texts[20].replace(" ", " oh ", 1), "login"))
    test.add(example(4, ticket(random, "refund", 40), "refund"))
    (finding,) = find_leakage(train, test)
    assert [(place.line, place.detail) for place in finding.places[:2]] == [
        (4, "the same as line 1 of the test file"),
        (10, "the same input as line 2 of the test file"),
    ]
    assert finding.places[2].line == 21
    assert finding.places[2].detail.startswith("nearly the same as line 3 ")
    assert len(finding.places) == 3
    assert find_leakage(train, Duplicates()) == ()


def test_words_have_the_same_numbers_in_every_run() -> None:
    """What is found does not depend on the hash seed of the interpreter."""
    assert WordIds().of("Hello, World! ()") == [907060870, 980881731]
