"""Wrong labels and learning curves, on made tickets."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from advisor.cleanlab_judge import load_cleanlab_judge
from advisor.dataset.learning_curve import learning_curve
from advisor.dataset.suspicious import disagreements, find_suspicious_labels
from advisor.dataset.text_classifier import LabelledText
from advisor.errors import InputError
from advisor.presidio_names import load_name_finder
from tests.dirty_rows import TOPICS, ticket


def tickets(count: int, seed: int, words: int = 30) -> list[LabelledText]:
    """Tickets with their right labels."""
    random = Random(seed)
    topics = sorted(TOPICS)
    return [
        LabelledText(line, ticket(random, topics[line % 3], words), topics[line % 3]) for line in range(1, count + 1)
    ]


@pytest.mark.slow
def test_flipped_labels_are_found() -> None:
    """Most of those planted, hardly any other, the same in every run."""
    rows = tickets(400, seed=1)
    topics = sorted(TOPICS)
    flipped = set(Random(2).sample(range(400), 16))
    dirty = [
        row._replace(label=topics[(topics.index(row.label) + 1) % 3]) if place in flipped else row
        for place, row in enumerate(rows)
    ]
    suspicion = find_suspicious_labels(dirty, seed=3)
    (finding,) = suspicion.found
    listed = {place.line - 1 for place in finding.places}
    assert len(listed & flipped) >= 12
    assert len(listed - flipped) <= 1
    assert find_suspicious_labels(dirty, seed=3) == suspicion


def test_where_texts_do_not_tell_the_label_nothing_is_suspicious() -> None:
    """Labels drawn at random, and too few rows: the note says so."""
    random = Random(5)
    rows = [row._replace(label=random.choice(["yes", "no"])) for row in tickets(200, seed=6)]
    suspicion = find_suspicious_labels(rows, seed=1)
    assert suspicion.found == ()
    assert "no better than" in suspicion.note
    assert "fewer than" in find_suspicious_labels(rows[:20], seed=1).note


def test_a_class_has_its_own_usual_probability() -> None:
    """Confident learning: a row is suspicious when another label reaches what is usual for that label."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    sure = np.array([0.9, 0.9, 0.1, 0.2, 0.2, 0.45])  # probability of label 0
    assert disagreements(labels, np.stack([sure, 1 - sure], axis=1)) == [2]


def test_a_judge_can_take_the_place_of_the_built_in_one() -> None:
    """Whatever rows it names are listed."""
    suspicion = find_suspicious_labels(tickets(100, seed=1), seed=1, judge=lambda labels, probabilities: [4])
    assert [place.line for finding in suspicion.found for place in finding.places] == [5]


@pytest.mark.slow
def test_few_hard_examples_call_for_more() -> None:
    """The curve still rises; twice the data is worth something, with a range."""
    curve = learning_curve(tickets(120, seed=1, words=6), seed=1)
    assert curve.answer == "more_helps"
    assert curve.gain_low is not None
    assert curve.gain is not None
    assert curve.gain_high is not None
    assert 0.01 <= curve.gain_low <= curve.gain <= curve.gain_high <= 0.5
    assert curve.points[0].accuracy < curve.points[-1].accuracy
    assert learning_curve(tickets(120, seed=1, words=6), seed=1) == curve


@pytest.mark.slow
def test_an_easy_task_has_enough() -> None:
    """Where nothing is left to learn, more examples hardly help."""
    curve = learning_curve(tickets(600, seed=1, words=40), seed=1)
    assert curve.answer == "enough"
    assert curve.points[-1].accuracy > 0.98


def test_what_cannot_be_learnt_cannot_be_told() -> None:
    """No verdict from a handful of rows, or where the model only guesses."""
    assert learning_curve(tickets(20, seed=1), seed=1).answer == "cannot_say"
    random = Random(5)
    rows = [row._replace(label=random.choice(["yes", "no"])) for row in tickets(200, seed=6)]
    curve = learning_curve(rows, seed=1)
    assert curve.answer == "cannot_say"
    assert curve.gain is None


@pytest.mark.parametrize("load", [load_cleanlab_judge, load_name_finder])
def test_a_missing_extra_is_named(load: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install, and what works without it."""
    monkeypatch.setitem(__import__("sys").modules, "cleanlab.filter", None)
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(InputError, match="pip install"):
        load()  # type: ignore[operator]
