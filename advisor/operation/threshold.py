"""Numbers that rules in operation rest on, each with its reason and its sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of


def read_thresholds(top: Fields, names: Collection[str], known: Collection[str]) -> Mapping[str, float]:
    """The field `thresholds`: each of `names` with `value`, `why` and `source`. Raises RuleBookError with file:line."""
    found: dict[str, float] = {}
    for name, fields in top.group("thresholds", "a threshold").items():
        top.must_be_known(name, names, "threshold", "thresholds", name)
        found[name] = float(number_within(fields, "value", 0))
        fields.text("why")
        sources_of(fields, known)
        fields.done()
    for name in names:
        if name not in found:
            raise top.error(f"the threshold {name} is missing", "thresholds", what_to_do=f"add `{name}: ...`")
    return found
