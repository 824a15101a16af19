"""The lines of an estimate as data, from which a page computes them again for other traffic, prices and quality."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from advisor.cost.amount import Line
from advisor.cost.estimate import Estimate
from advisor.cost.what_if import Knob, knob_of, knobs

WORDS: Final[Mapping[str, str]] = {
    "no gain": "nothing is gained",
    "never": "never",
    "ruled out": "ruled out",
    "after shutdown": "not before the model's shutdown",
}


def what_if_data(estimates: Sequence[Estimate], possible: Collection[str]) -> dict[str, Any]:
    """Inputs and lines as JSON values; decimals are text, so that the page computes with every digit.

    Approaches that are not `possible` are marked: their cost stands for comparison, and a pay-back they have none.
    """
    inputs = knobs(estimates)
    return {
        "words": dict(WORDS),
        "knobs": [
            {
                "label": knob.label,
                "value": f"{knob.value.normalize():f}",
                "low": f"{knob.low:f}",
                "high": f"{knob.high:f}",
                "how": knob.how,
            }
            for knob in inputs
        ],
        "approaches": [
            {
                "approach": item.approach,
                "possible": item.approach in possible,
                "growth": item.terms.growth,
                "set_up_months": item.terms.set_up_months,
                "ends_months": float(item.ends.months) if item.ends else None,
                "own": _lines(item.lines, inputs),
                "today": _lines(item.today, inputs),
            }
            for item in estimates
        ],
    }


def _lines(lines: Iterable[Line], inputs: Sequence[Knob]) -> list[dict[str, Any]]:
    return [
        {
            "kind": line.kind,
            "grows": line.grows,
            "factors": [[f"{factor.middle:f}", knob_of(factor, inputs)] for factor in line.factors],
        }
        for line in lines
    ]
