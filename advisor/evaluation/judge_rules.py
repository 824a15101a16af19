"""What a judge goes by, from `rules/judge.yaml` or a user's own copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

SCORES: Final = (1, 2, 3, 4, 5)
_PROMPTS: Final = {
    "rubric": ("{rubric}", "{fence}", "{shape}"),
    "rubric_item": ("{fence}", "{question}", "{golden}", "{answer}"),
    "pair": ("{fence}", "{golden_says}"),
    "pair_golden": (),
    "pair_item": ("{fence}", "{question}", "{golden}", "{first}", "{second}"),
    "repair": ("{problem}",),
}


class Criterion(NamedTuple):
    """One thing that is graded; `anchors` says what each of SCORES means."""

    name: str
    asks: str
    anchors: tuple[str, ...]


class Probe(NamedTuple):
    """A wrong answer, and an instruction to the judge that may be added to it."""

    question: str
    golden: str
    wrong: str
    instruction: str


class JudgeRules(NamedTuple):
    """The rubric, the prompts by name, words in model names by family, the probes, and what its own sources say."""

    criteria: tuple[Criterion, ...]
    prompts: Mapping[str, str]
    families: Mapping[str, tuple[str, ...]]
    probes: tuple[Probe, ...]
    sources: Mapping[str, str]

    def rubric(self) -> str:
        """The criteria with their anchors, to be read by a judge."""
        return "\n\n".join(
            f"{criterion.name}: {criterion.asks}\n"
            + "\n".join(f"  {score}: {anchor}" for score, anchor in zip(SCORES, criterion.anchors, strict=True))
            for criterion in self.criteria
        )

    def family(self, model: str) -> str | None:
        """The family of a model by its name; of a tuned one that of its base, which stands in its name."""
        name = model.lower().removeprefix("ft:")
        # `o1` is a model of its own, but also two letters in the names of others.
        starts = name.rsplit("/", 1)[-1]
        for family, words in self.families.items():
            if any(starts.startswith(word) or (len(word) > 2 and word in name) for word in words):
                return family
        return None


def build_judge_rules(document: Document, shared: Mapping[str, str]) -> JudgeRules:
    """The rules in the file. Raises RuleBookError with file:line.

    `shared` says what the ids stand for that several files cite.
    """
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = {name: fields.text("says") for name, fields in top.group("sources", "a source").items()}
    sources = {**shared, **own}

    def cited(fields: Fields, name: str = "source") -> None:
        for source in fields.texts(name, required=True):
            fields.must_be_known(source, sources, "source", name)

    criteria = []
    for name, fields in top.group("criteria", "a criterion").items():
        anchors = fields.texts("anchors", required=True)
        if len(anchors) != len(SCORES):
            raise fields.error(f"{name} needs an anchor for each of 1 to 5", "anchors", what_to_do="write all five")
        criteria.append(Criterion(name, fields.text("asks"), anchors))
        cited(fields)
        fields.done()
    if not criteria:
        raise top.error("there is no criterion", "criteria", what_to_do="write at least one")
    probes = []
    for fields in top.rows("probes", "a probe"):
        probes.append(Probe(*(fields.text(name) for name in Probe._fields)))
        cited(fields)
        fields.done()
    cited(top, "families_source")
    top.raw("families")
    families = Fields(document, ("families",), "the families")
    words = {family: families.texts(family, required=True) for family in families.values}
    top.raw("prompts")
    fields = Fields(document, ("prompts",), "the prompts")
    cited(fields)
    prompts = {name: _prompt(fields, name, holes) for name, holes in _PROMPTS.items()}
    fields.done()
    top.done()
    return JudgeRules(tuple(criteria), prompts, words, tuple(probes), own)


def _prompt(fields: Fields, name: str, holes: tuple[str, ...]) -> str:
    text = fields.text(name)
    for hole in holes:
        if hole not in text:
            raise fields.error(f"{name} does not hold {hole}", name, what_to_do=f"write {hole} where it belongs")
    return text
