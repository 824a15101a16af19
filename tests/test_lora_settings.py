"""Hyperparameters of LoRA: names, ranges, what is taken where one is open, and the order of rows."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.tuning.lora_run import learning_rate, rows_of_step
from advisor.tuning.lora_settings import LoraSettings, lora_plan
from advisor.tuning.settings import read_settings


def plan(given: dict[str, Any], method: str = "supervised", rows: int = 100) -> Any:
    """The plan on a CPU with a context of 1,000 tokens."""
    return lora_plan(read_settings(LoraSettings, given, "LoRA"), method, rows, 1000, "cpu")


def test_openais_names_are_taken() -> None:
    """`auto` is left to the trainer, and the multiplier multiplies its usual rate."""
    taken = plan({"n_epochs": "auto", "batch_size": 4, "learning_rate_multiplier": 0.5})
    assert (taken.epochs, taken.batch_size, taken.learning_rate) == (3, 4, 1e-4)
    assert plan({"beta": 0.3}, "dpo").beta == 0.3
    assert plan({}, "dpo").learning_rate < plan({}).learning_rate


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (40, 2), (5000, 16)])
def test_batches_grow_with_the_data(rows: int, size: int) -> None:
    """Few rows make small steps, so that an epoch has several."""
    assert plan({}, rows=rows).batch_size == size


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"epochs": 3}, "did you mean n_epochs"),
        ({"n_epochs": 0}, "greater than or equal to 1"),
        ({"learning_rate": 3}, "less than 1"),
        ({"learning_rate": 1e-4, "learning_rate_multiplier": 2}, "cannot both"),
        ({"precision": "int8"}, "float32"),
        ({"max_length": 2000}, "longer than the 1000"),
        ({"lora_rank": "big"}, "valid integer"),
    ],
)
def test_what_is_refused(given: dict[str, Any], problem: str) -> None:
    """Each mistake is named with its hyperparameter and a way out."""
    with pytest.raises(InputError, match=problem) as caught:
        plan(given)
    assert caught.value.where.startswith("hyperparameters.")
    assert caught.value.what_to_do


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 60), batch=st.integers(1, 20), seed=st.integers(0, 5))
def test_an_epoch_takes_every_row_once(rows: int, batch: int, seed: int) -> None:
    """In an order of its own, which the seed repeats."""
    steps = math.ceil(rows / batch)
    epochs = [[rows_of_step(rows, batch, seed, epoch * steps + step) for step in range(steps)] for epoch in range(2)]
    for epoch in epochs:
        assert sorted(place for step in epoch for place in step) == list(range(rows))
    if rows > 20:
        assert epochs[0] != epochs[1]


def test_the_rate_rises_then_falls() -> None:
    """Linear to the full rate, then a cosine to a tenth of it."""
    taken = plan({"learning_rate": 0.01, "warmup_ratio": 0.1})
    rates = [learning_rate(taken, step, 100) for step in range(100)]
    assert rates[9] == max(rates) == 0.01
    assert rates[0] == pytest.approx(0.001)
    assert rates[99] == pytest.approx(0.001, rel=0.01)
    assert rates[10:] == sorted(rates[10:], reverse=True)
