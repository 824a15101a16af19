"""What takes over from a tuned model, and how long that takes: `rules/rescue.yaml`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.strict_yaml import Document

LIVES: Final = ("dead", "too_short", "ends", "no_end_known", "unknown")
DATA: Final = ("fetchable", "local", "gone", "forbidden", "unknown")
ADVICE: Final = ("retrain", "distil", "prompt_or_rag", "save_data")
FIGURES: Final = ("distil_prompts", "requests_per_minute", "rows", "row_tokens", "answer_share", "epochs")


class Rule(NamedTuple):
    """What is advised where the life and the data are among these."""

    id: str
    lives: tuple[str, ...]
    data: tuple[str, ...]
    advise: str
    why: str
    source: tuple[str, ...]


class Step(NamedTuple):
    """A step of the calendar, in days: as it usually takes, and the least."""

    step: str
    what: str
    days: int
    least_days: int
    source: tuple[str, ...]


class RescueRules(NamedTuple):
    """The file, checked. `figures` are assumptions by name; `open_class` is a class of open models."""

    rules: tuple[Rule, ...]
    texts: Mapping[str, str]
    calendar: tuple[Step, ...]
    figures: Mapping[str, float]
    training_card: str
    open_class: str
    sources: Mapping[str, str]

    def rule_for(self, life: str, data: str) -> Rule:
        """The first rule that holds; the reader made sure that there is one."""
        return next(rule for rule in self.rules if life in rule.lives and data in rule.data)


def build_rescue_rules(document: Document) -> RescueRules:
    """The rules in the file. Raises RuleBookError with file:line, also where a life and data have no rule."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    rules = tuple(_rule(fields, own) for fields in top.rows("rules", "a rule"))
    texts = Fields(document, ("texts",), "the texts").all_texts()
    top.raw("texts")
    for name in ADVICE:
        if name not in texts:
            raise top.error(f"the texts lack {name}", "texts", what_to_do=f"add `{name}: ...`")
    steps = tuple(_step(fields, own) for fields in top.rows("calendar", "a step"))
    groups = top.group("figures", "a figure")
    figures: dict[str, float] = {}
    for name in FIGURES:
        if name not in groups:
            raise top.error(f"the figures lack {name}", "figures", what_to_do=f"add `{name}: ...`")
        figures[name] = float(number_within(groups[name], "value", 0, 10**9))
        sources_of(groups[name], own)
        groups[name].done()
    found = RescueRules(rules, texts, steps, figures, top.text("training_card"), top.text("open_class"), own)
    top.done()
    for life in LIVES:
        for data in DATA:
            if not any(life in rule.lives and data in rule.data for rule in rules):
                raise top.error(f"no rule holds for {life} with data {data}", "rules", what_to_do="add one")
    return found


def _rule(fields: Fields, known: Mapping[str, str]) -> Rule:
    fields.raw("when")
    when = Fields(fields.document, (*fields.path, "when"), "`when`")
    lives, data = when.texts("life") or LIVES, when.texts("data") or DATA
    for name, values, allowed in (("life", lives, LIVES), ("data", data, DATA)):
        for value in values:
            when.must_be_known(value, allowed, name, name)
    when.done()
    rule = Rule(
        fields.text("id"),
        tuple(lives),
        tuple(data),
        fields.one_of("advise", ADVICE, "advice"),
        fields.text("why"),
        sources_of(fields, known),
    )
    fields.done()
    return rule


def _step(fields: Fields, known: Mapping[str, str]) -> Step:
    days, least = (int(number_within(fields, name, 0, 365)) for name in ("days", "least_days"))
    if least > days:
        raise fields.error("`least_days` is more than `days`", "least_days", what_to_do="correct it")
    step = Step(fields.text("step"), fields.text("what"), days, least, sources_of(fields, known))
    fields.done()
    return step
