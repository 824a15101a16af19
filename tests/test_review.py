"""Reviews by experts: the sample, the sheet and the table, and what comes back."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.example import Example
from advisor.dataset.review import (
    COLUMNS,
    Judgement,
    read_judgements,
    review_table,
    reviewed,
    sample_for_review,
    wilson,
)
from advisor.errors import InputError
from advisor.files import content
from advisor.report.review_sheet import review_sheet


def examples(answers: list[str]) -> list[Example]:
    """Rows with these answers."""
    return [Example(line, "", f"question {line}", answer, (), {}) for line, answer in enumerate(answers, start=1)]


@given(st.lists(st.sampled_from("abcd"), max_size=200), st.integers(1, 40), st.integers(0, 3))
def test_a_sample_holds_every_label_and_is_the_same_for_a_seed(answers: list[str], size: int, seed: int) -> None:
    """As many rows as wanted, none twice, in the order of the file."""
    found = sample_for_review(examples(answers), size, seed)
    lines = [item.line for item in found]
    assert len(lines) == min(size, len(answers)) and lines == sorted(set(lines))
    assert found == sample_for_review(examples(answers), size, seed)
    if size >= 4:
        assert {item.answer for item in found} == set(answers)


def test_free_answers_are_sampled_evenly() -> None:
    """Over 400 seeds each of 100 rows is drawn about 40 times for samples of 10, also the late ones."""
    rows = examples([f"answer {number}" for number in range(100)])
    drawn = Counter(item.line for seed in range(400) for item in sample_for_review(rows, 10, seed))
    assert sum(drawn.values()) == 4000 and min(drawn.values()) > 15 and max(drawn.values()) < 70


def test_the_table_comes_back() -> None:
    """Filled in and read: only rows with a judgement; formulas of a spreadsheet are defused."""
    table = review_table(sample_for_review(examples(["=1+1", "b", "c"]), 3, 0))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows[0]["answer"] == "'=1+1"
    rows[0] |= {"reviewer": "Ann", "judgement": "Right "}
    rows[2] |= {"reviewer": "Ann", "judgement": "wrong", "better_answer": "d\ne"}
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    back = read_judgements(stream.getvalue(), "ann.csv")
    assert [(one.line, one.judgement, one.better_answer) for one in back] == [(1, "right", ""), (3, "wrong", "d\ne")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "the column item is missing"),
        ("item,judgement\n1-ab,maybe\n", "x.csv:2: 'maybe' is no judgement"),
        ("item,judgement\nzz,right\n", "'zz' is no item"),
        ("item,judgement\n1-ab,\n", "nothing is judged in it"),
    ],
)
def test_a_table_that_is_none(text: str, says: str) -> None:
    """A sentence with the place."""
    with pytest.raises(InputError) as error:
        read_judgements(text, "x.csv")
    assert says in str(error.value)


def test_what_reviewers_say_together_by_hand() -> None:
    """Three reviewers, three items: one is wrong by two of three, one is disputed, all judge the third right."""
    said = {"1-a": ("wrong", "wrong", "right"), "2-b": ("right", "unclear", "right"), "3-c": ("right",) * 3}
    found = reviewed(
        Judgement(item, int(item[0]), reviewer, judged, "better" if judged == "wrong" else "", "")
        for item, given_ in said.items()
        for reviewer, judged in zip(("Ann", "Ben", "Cleo"), given_, strict=True)
    )
    assert found.items == 3 and found.wrong_share == pytest.approx(1 / 3)
    assert [group[0].item for group in found.disputed] == ["1-a", "2-b"]
    assert len(found.better) == 2
    assert found.agreement.agreed_share == pytest.approx((1 / 3 + 1 / 3 + 1) / 3)


def test_wilson_by_hand() -> None:
    """Wilson's interval for 1 of 10 is 1.8 % to 40.4 %, for 0 of 10 0 % to 27.8 % (Newcombe 1998)."""
    assert wilson(1, 10) == pytest.approx((0.0179, 0.4042), abs=1e-4)
    low, high = wilson(0, 10)
    assert (low, high) == pytest.approx((0, 0.2775), abs=1e-4)


def test_the_sheet_stands_alone_and_escapes_the_data() -> None:
    """No address outside, every text as text, and the columns that are read back."""
    items = sample_for_review([Example(1, "<b>sys", "<script>alert(1)</script>", 'a "quoted" & more', (), {})], 1, 0)
    page = review_sheet(items, "train.jsonl", 1234, content("web") / "templates")
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "http" not in page.replace("http-equiv", "") and "1,234" in page
    assert all(f'"{column}"' in page for column in COLUMNS)
