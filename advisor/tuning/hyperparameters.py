"""The settings of a training run, each with its reason, from `rules/hyperparameters.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

BACK_ENDS: Final = ("linear", "lora", "openai_api")


class Setting(NamedTuple):
    """One setting of a run: its value, why it has it, and by which source."""

    name: str
    value: int | float | str
    why: str
    source: str


class _Step(NamedTuple):
    rows_below: int | None
    value: int | float | str


class SettingRule(NamedTuple):
    """A setting whose value depends on the number of rows: the first step that they are below."""

    name: str
    steps: tuple[_Step, ...]
    why: str
    source: str

    def of(self, rows: int) -> Setting:
        """The setting for `rows` rows."""
        step = next(step for step in self.steps if step.rows_below is None or rows < step.rows_below)
        return Setting(self.name, step.value, self.why, self.source)


class SettingRules(NamedTuple):
    """The settings of every back end."""

    of: Mapping[str, tuple[SettingRule, ...]]

    def for_rows(self, back_end: str, rows: int) -> tuple[Setting, ...]:
        """The settings of `back_end` for `rows` rows; none where nothing is known of it."""
        return tuple(rule.of(rows) for rule in self.of.get(back_end, ()))


def build_setting_rules(document: Document) -> SettingRules:
    """The rules in the file. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    sources = {}
    for name, fields in top.group("sources", "a source").items():
        sources[name] = f"{fields.text('says')} ({fields.text('as_of')})"
        fields.truth("assumption")
        fields.done()
    found: dict[str, tuple[SettingRule, ...]] = {}
    for back_end in BACK_ENDS:
        rules = []
        for fields in top.rows(back_end, "a setting"):
            steps = tuple(_step(step) for step in fields.rows("values", "a value"))
            if not steps or steps[-1].rows_below is not None:
                raise fields.error("the last value must be for any number of rows", "values")
            source = fields.one_of("source", sources, "source")
            rules.append(SettingRule(fields.text("name"), steps, fields.text("why"), sources[source]))
            fields.done()
        found[back_end] = tuple(rules)
    top.done()
    return SettingRules(found)


def _step(fields: Fields) -> _Step:
    below = fields.number("rows_below")
    value = fields.raw("value")
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fields.error("a value must be a number or a word", "value", what_to_do="write `value: 3`")
    fields.done()
    return _Step(None if below is None else int(below), value)
