"""The trainer of advisor-linear: labels, retrieval, what is kept, and what is refused."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.dataset.conversation import Conversation, said
from advisor.errors import InputError
from advisor.tuning.calibration import calibrate, log_loss, uncalibrated
from advisor.tuning.embedding import HashedTerms
from advisor.tuning.label_rows import are_labels, label_rows
from advisor.tuning.linear import LinearTrainer
from advisor.tuning.linear_head import fold_of_rows
from advisor.tuning.trainer import Asked, Metric, Order, Stopped, Trained
from tests.orders import Heard, row

WORDS = {
    "Power": "battery voltage charger volt drained supply",
    "Security": "login intruder password attack denied",
    "Network": "broker wifi signal offline packet",
}


def log_rows(count: int, seed: int) -> list[Conversation]:
    """Rows of log lines whose label shows in one word of five."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        label = rng.choices(list(WORDS), (8, 1, 3))[0]
        words = [rng.choice(WORDS[label].split()), *rng.choices("device unit at the node reports now".split(), k=4)]
        rng.shuffle(words)
        rows.append(row(" ".join(words), label))
    return rows


def order(folder: Path, train: list[Conversation], **changed: Any) -> Order:
    """An order of advisor-linear."""
    usual = Order("advisor-linear", "supervised", train, [], {}, 7, folder)
    return usual._replace(**changed)


def trained(folder: Path, train: list[Conversation], **changed: Any) -> Trained:
    """What the trainer leaves, heard by nobody."""
    return LinearTrainer().train(order(folder, train, **changed), Heard())


def asked(prompt: str, **changed: Any) -> Asked:
    """A request with one user turn."""
    return Asked([said("user", prompt)])._replace(**changed)


class Synonyms:
    """An embedder that knows which words mean the same."""

    what = "synonyms"

    def embed(self, texts: Sequence[str]) -> Any:
        """A place for each meaning."""
        vectors = np.zeros((len(texts), 384), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector["cell accumulator battery".find(text.split()[0]) < 0] = 1
        return vectors


def test_a_head_on_embeddings_knows_words_of_the_same_meaning(tmp_path: Path) -> None:
    """Kept and loaded with what reads its texts, and with nothing else; without a model of meaning it is refused."""
    rows = [row("battery low", "Power"), row("login failed", "Security"), row("cell dead", "Power")] * 2
    wanted = order(tmp_path, [*rows, row("intruder", "Security")], hyperparameters={"features": "embeddings"})
    made = LinearTrainer(Synonyms()).train(wanted, Heard())
    assert "support vector machines on synonyms" in made.what
    model = LinearTrainer(Synonyms()).load(made.folder)
    assert model.answer(asked("accumulator x")).text == "Power" and model.answer(asked("stranger")).text == "Security"
    with pytest.raises(InputError, match="the model reads synonyms, and here there are hashed terms"):
        LinearTrainer(HashedTerms()).load(made.folder)
    with pytest.raises(InputError, match="MiniLM is not installed"):
        LinearTrainer(HashedTerms()).train(wanted._replace(folder=tmp_path / "other"), Heard())


def test_labels_are_learnt_and_answered_with_probabilities(tmp_path: Path) -> None:
    """Held-out accuracy is high, and the probabilities of all labels sum to 1."""
    heard = Heard()
    left = LinearTrainer().train(order(tmp_path, log_rows(150, 1), validation=log_rows(60, 2)), heard)
    assert left.what.startswith("a linear head on 3 labels")
    assert left.metrics["validation_accuracy"] >= 0.95
    assert left.metrics["validation_loss"] < 0.2
    assert heard.metrics[-1].validation_token_accuracy == left.metrics["validation_accuracy"]
    assert [metric.step for metric in heard.metrics] == list(range(1, len(heard.metrics) + 1))
    answer = LinearTrainer().load(left.folder).answer(asked("intruder at the node", logprobs=True, top_logprobs=3))
    assert (answer.text, answer.finish_reason, answer.completion_tokens) == ("Security", "stop", 1)
    assert answer.logprobs
    assert answer.logprobs[0].token == answer.logprobs[0].others[0][0] == "Security"
    assert math.fsum(math.exp(logprob) for _, logprob in answer.logprobs[0].others) == pytest.approx(1)


@pytest.mark.slow
def test_the_same_order_leaves_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with one seed write equal files."""
    first, second = (trained(tmp_path / name, log_rows(80, 1)).folder for name in "ab")
    names = sorted(path.name for path in first.iterdir())
    assert names == ["advisor-linear.json", "arrays.npz", "terms.json"]
    assert [(first / name).read_bytes() for name in names] == [(second / name).read_bytes() for name in names]


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    """The same order again returns what stands there; another order may not take the folder."""
    rows = log_rows(40, 1)
    left = trained(tmp_path, rows)
    heard = Heard()
    assert LinearTrainer().train(order(tmp_path, rows), heard) == left
    assert not heard.metrics
    with pytest.raises(InputError, match="another run"):
        trained(tmp_path, rows, seed=8)


def test_four_rows_whose_labels_the_system_prompt_names(tmp_path: Path) -> None:
    """One row for each label is a head too, and says that its probabilities are not calibrated."""
    system = "You are an IoT log classifier. Categories: [Connectivity, Power, Sensor_Fault, Security]"
    rows = [
        row("Log: Device GW-01 failed to connect to MQTT broker after 3 retries.", "Connectivity", system),
        row("Log: Battery level on SENSOR-112 is at 4%. Immediate action required.", "Power", system),
        row("Log: Temperature reading on TEMP-08 is -999.0, indicating sensor failure.", "Sensor_Fault", system),
        row("Log: Multiple failed login attempts detected from IP 1.2.3.4.", "Security", system),
    ]
    left = trained(tmp_path, rows)
    assert "4 labels" in left.what
    assert "too few rows to calibrate" in left.what
    assert LinearTrainer().load(left.folder).answer(asked("battery low")).text == "Power"


def test_texts_are_copied_from_the_nearest_prompt(tmp_path: Path) -> None:
    """Answers that are no labels are retrieved, and `what` says so."""
    rows = [
        row("What does E-01 mean?", "Pressure is low.\nOpen valve B."),
        row("What does E-02 mean?", "The filter is clogged.\nChange it."),
    ]
    left = trained(tmp_path, rows, validation=[row("E-01 ?", "Pressure is low.\nOpen valve B.")])
    assert left.what.startswith("retrieval: copies")
    assert left.metrics["validation_accuracy"] == 1
    model = LinearTrainer().load(left.folder)
    answer = model.answer(asked("My unit shows error E-02. What's wrong?"))
    assert answer.text == "The filter is clogged.\nChange it."
    assert "".join(model.stream(asked("E-02"))) == answer.text
    short = model.answer(asked("E-02", max_tokens=3))
    assert (short.text, short.finish_reason, short.completion_tokens) == ("The filter is", "length", 3)
    assert model.answer(asked("E-02", stop=["\n"])).text == "The filter is clogged."
    with pytest.raises(InputError, match="in common"):
        model.answer(asked("§"))
    with pytest.raises(InputError, match="no probabilities"):
        model.answer(asked("E-02", logprobs=True))


@pytest.mark.slow
def test_temperature_draws_from_the_probabilities(tmp_path: Path) -> None:
    """With a temperature labels come as often as they are likely; a seed repeats a draw, a small top_p ends it."""
    model = LinearTrainer().load(trained(tmp_path, log_rows(60, 1)).folder)
    unsure = asked("reports now", logprobs=True, top_logprobs=3)
    answer = model.answer(unsure)
    assert answer.logprobs
    drawn = [model.answer(unsure._replace(temperature=1.0, seed=seed)).text for seed in range(1500)]
    for label, logprob in answer.logprobs[0].others:
        assert drawn.count(label) / 1500 == pytest.approx(math.exp(logprob), abs=0.04)
    assert len({model.answer(unsure._replace(temperature=1.0, seed=3)).text for _ in range(5)}) == 1
    assert {model.answer(unsure._replace(temperature=1.0, top_p=0.01, seed=n)).text for n in range(9)} == {answer.text}


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    """A changed byte, another version and a folder without a model each get a sentence."""
    folder = trained(tmp_path, log_rows(40, 1)).folder
    terms = folder / "terms.json"
    terms.write_bytes(terms.read_bytes()[:-1])
    with pytest.raises(InputError, match="damaged"):
        LinearTrainer().load(folder)
    record = json.loads((folder / "advisor-linear.json").read_text())
    (folder / "advisor-linear.json").write_text(json.dumps({**record, "format": 99}))
    with pytest.raises(InputError, match="another version"):
        LinearTrainer().load(folder)
    with pytest.raises(InputError, match="no trained model"):
        LinearTrainer().load(tmp_path)


def test_a_request_to_stop_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Stopped at any step there is no model folder, and the next run starts clean."""
    for after in range(4):
        heard = Heard(stop_after=after)
        with pytest.raises(Stopped):
            LinearTrainer().train(order(tmp_path, log_rows(60, 1)), heard)
        assert not list(tmp_path.iterdir())


def test_what_is_refused(tmp_path: Path) -> None:
    """Misspelt and impossible hyperparameters, other methods, rows without answers, JSON by a schema."""
    rows = log_rows(40, 1)
    with pytest.raises(InputError, match="did you mean strength"):
        trained(tmp_path, rows, hyperparameters={"strenght": 1})
    with pytest.raises(InputError, match="greater than 0"):
        trained(tmp_path, rows, hyperparameters={"strength": -1})
    with pytest.raises(InputError, match="method dpo"):
        trained(tmp_path, rows, method="dpo")
    with pytest.raises(InputError, match="no row ends with an answer"):
        trained(tmp_path, [Conversation((said("user", "hi"), {**said("assistant", "no"), "weight": 0}))])
    model = LinearTrainer().load(trained(tmp_path, rows, hyperparameters={"n_epochs": "auto"}).folder)
    with pytest.raises(InputError, match="JSON schema"):
        model.answer(asked("battery", json_schema={}))


def test_which_answers_are_labels() -> None:
    """Short answers that come again, two different ones at least."""
    assert are_labels(label_rows([row("a", "yes"), row("b", "no"), row("c", "yes"), row("d", "no")]))
    assert not are_labels(label_rows([row("a", "yes"), row("b", "no")]))
    assert are_labels(label_rows([row("a", "yes", "say yes or no"), row("b", "no", "say yes or no")]))
    assert not are_labels(label_rows([row("a", "yes")] * 4))
    assert not are_labels(label_rows([row("a", "x" * 61), row("b", "y")] * 4))


def test_calibration_mends_overconfident_margins() -> None:
    """On margins ten times too large the calibrated log loss comes near the true one."""
    rng = np.random.default_rng(0)
    true = rng.normal(size=(3000, 4))
    labels = np.array([rng.choice(4, p=np.exp(one) / np.exp(one).sum()) for one in true])
    best = log_loss(uncalibrated(4).log_probabilities(true), labels)
    calibration = calibrate(true * 10, labels)
    assert calibration.scale == pytest.approx(0.1, rel=0.1)
    assert log_loss(calibration.log_probabilities(true * 10), labels) == pytest.approx(best, rel=0.01)


def test_folds_spread_every_label() -> None:
    """Each label with two rows or more is in two folds at least; a lone row always trains."""
    labels = np.array([0] * 50 + [1] * 2 + [2])
    folds = fold_of_rows(labels, 3, 0)
    assert folds[52] == -1
    assert len(set(folds[50:52])) == 2
    assert max(np.bincount(folds[:50])) - min(np.bincount(folds[:50])) <= 1


def test_texts_without_a_word_answer_the_commonest_label(tmp_path: Path) -> None:
    """Where the prompts say nothing, only the shares of the labels are left."""
    rows = [row("", "yes")] * 9 + [row("", "no")] * 3
    model = LinearTrainer().load(trained(tmp_path, rows, hyperparameters={"answers": "labels"}).folder)
    assert model.answer(asked("anything")).text == "yes"


def test_metrics_are_those_of_the_interface(tmp_path: Path) -> None:
    """A step that was reported is the one beside the checkpoint."""
    heard = Heard()
    left = LinearTrainer().train(order(tmp_path, log_rows(60, 1)), heard)
    assert isinstance(heard.metrics[-1], Metric)
    assert left.checkpoints[-1].metric == heard.metrics[-1]
    assert left.trained_tokens == 60 * 6
