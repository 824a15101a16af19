"""Numbers in cells as people write them: `2k`, `4,096`, `1 (per device)`, `13B`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from advisor.cost.training_run import Assumption
from advisor.errors import InputError

_LARGEST: Final = {
    "micro_batch": 100_000,
    "grad_accum": 1_000_000,
    "seq_len": 10_000_000,
    "lora_rank": 100_000,
    "num_gpus": 100_000,
    "params_b": 100_000,
    "dataset_tokens": 1e16,
    "epochs": 1e6,
}

_SCALES: Final = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def count_in(text: Mapping[str, str], name: str, usual: int, taken: list[Assumption], widening: str) -> int:
    """The whole number in the cell `name`, or `usual`, which is then added to `taken`. Raises InputError."""
    value = number_in(text, name)
    if value is None:
        because = f'"{text[name][:30]}" is no number; a usual value' if text[name] else "not given; a usual value"
        taken.append(Assumption(name, str(usual), because, widening))
        return usual
    if value < 1:
        raise InputError(f"{name} is {text[name][:40]}, but must be at least 1", what_to_do=f"correct {name}")
    return round(value)


def number_in(text: Mapping[str, str], name: str) -> float | None:
    """The first number in the cell `name`, with its unit; None where it is empty or holds none, as `auto` does.

    Raises InputError with a sentence where the number cannot be: not above 0, not finite, larger than any run.
    """
    cell = text[name].lower()
    if re.fullmatch(r"[-+]?(nan|inf|infinity)", cell):
        raise InputError(f"{name} is {cell}, which is no number to reckon with", what_to_do=f"correct {name}")
    cell = re.sub(r"(?<=\d)[,_' ](?=\d{3}(?!\d))", "", cell)
    found = re.search(
        r"(?<![\w.])([-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*([kmbt]|thousand|million|billion)?(?![a-z0-9])", cell
    )
    found = found or re.search(r"(\d+(?:\.\d+)?)()", cell)
    if not found:
        return None
    unit = (found[2] or "")[:1]
    scale = 1024.0 if unit == "k" and name == "seq_len" else _SCALES.get(unit, 1.0)
    if name == "params_b":
        scale = {"m": 1e-3, "t": 1e3}.get(unit, 1.0)
    value = float(found[1].replace("−", "-")) * scale
    if value <= 0:
        raise InputError(f"{name} is {text[name][:40]}, but must be above 0", what_to_do=f"correct {name}")
    if not math.isfinite(value) or value > _LARGEST[name]:
        raise InputError(f"{name} is {text[name][:40]}, which is more than can be", what_to_do=f"correct {name}")
    return value
